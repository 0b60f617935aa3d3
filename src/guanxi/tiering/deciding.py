"""A person decides: about proposals of a review, about a tier by hand, about a move that is to be undone (CN-51)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from guanxi.firm.queries import the_firm
from guanxi.ledger import actions as ledger_actions
from guanxi.staff.models import User
from guanxi.tiering import documents, moves, reviews, rules
from guanxi.tiering.models import Proposal, Scheme, Standing
from guanxi.tiering.reviews import Answer
from guanxi.tiering.writing import SOURCE, Step, write_steps


class NoReason(ValueError):
    """A decision was made without saying why."""

    def __init__(self) -> None:
        super().__init__("Say why: the reason is kept with the decision.")


class NoKeepUntil(ValueError):
    """A customer is to be kept where he is, but no later day is named until when."""

    def __init__(self) -> None:
        super().__init__("Name a day after today until which the tier is kept.")


@dataclass(frozen=True, slots=True)
class Decided:
    """How many proposals got the answer, and how many could not: decided before, or the customer stands elsewhere."""

    done: int
    too_late: int


def decide(
    *,
    proposal_ids: Sequence[int],
    answer: Answer,
    by: User,
    now: datetime,
    reason: str = "",
    keep_until: date | None = None,
) -> Decided:
    """Accept, keep until a day or decline, all or as many as are still open. Raises NoReason, NoKeepUntil.

    An accepted proposal takes its own reason when none is given. Accepting moves the customer with `by` as who
    decided; a customer who is kept is moved by nothing until that day.
    """
    reason = reason.strip()
    if not reason and answer != "accepted":
        raise NoReason
    if answer == "kept" and (keep_until is None or keep_until <= _local_day(now)):
        raise NoKeepUntil
    done = 0
    with transaction.atomic():
        rows = Proposal.objects.filter(pk__in=proposal_ids, state="open").select_for_update(of=("self",))
        for record, proposals in _by_scheme(rows.select_related("customer", "scheme").order_by("scheme_id", "id")):
            settled = _carry_out(record, proposals, answer, by=by, reason=reason, keep_until=keep_until, now=now)
            for proposal in settled:
                proposal.state, proposal.decided_at, proposal.decided_by = answer, now, by
                proposal.decision_reason = reason or proposal.reason
                proposal.keep_until = keep_until if answer == "kept" else None
            Proposal.objects.bulk_update(
                settled, ["state", "decided_at", "decided_by", "decision_reason", "keep_until"], batch_size=200
            )
            done += len(settled)
    return Decided(done, len(set(proposal_ids)) - done)


def _by_scheme(proposals: Any) -> Iterator[tuple[Scheme, list[Proposal]]]:
    found: dict[int, list[Proposal]] = {}
    for proposal in proposals:
        found.setdefault(proposal.scheme_id, []).append(proposal)
    for same in found.values():
        yield same[0].scheme, same


def _carry_out(
    record: Scheme,
    proposals: Sequence[Proposal],
    answer: Answer,
    *,
    by: User,
    reason: str,
    keep_until: date | None,
    now: datetime,
) -> list[Proposal]:
    """The proposals that could be settled; those of a customer who stands elsewhere by now become outdated."""
    if answer == "kept" and keep_until is not None:
        Standing.objects.filter(scheme=record, customer__in=[each.customer_id for each in proposals]).update(
            basis="person", protected_until=_midnight(keep_until), reason=reason
        )
    if answer != "accepted":
        return list(proposals)
    measures = [each for each in proposals if each.kind in reviews.MEASURES]
    moving = [each for each in proposals if each.kind not in reviews.MEASURES]
    scheme = documents.read_scheme(record.document)
    steps = {each.customer_id: _step(each, scheme, reason, now) for each in moving}
    written = {
        step.customer_id for step in write_steps(list(steps.values()), scheme=record, at=now, now=now, decided_by=by)
    }
    late = [each.pk for each in moving if each.customer_id not in written]
    Proposal.objects.filter(pk__in=late).update(state="outdated")
    settled = [*measures, *(each for each in moving if each.customer_id in written)]
    for proposal in settled:
        _tell(proposal, by, reason, now)
    return settled


def _step(proposal: Proposal, scheme: rules.Scheme, reason: str, now: datetime) -> Step:
    move = moves.named_move(scheme, proposal.rule)
    return Step(
        customer_id=proposal.customer_id,
        from_tier=proposal.from_tier,
        to_tier=proposal.to_tier,
        cause=proposal.cause,
        rule=proposal.rule,
        reason=f"{reason} ({proposal.reason})" if reason else proposal.reason,
        basis=moves.basis_of(move),
        protected_until=moves.protected_until(move, at=now),
        figures=proposal.figures,
    )


def _tell(proposal: Proposal, by: User, reason: str, now: datetime) -> None:
    """The event by which journeys and desks hear of it: win-back, membership, tighter risk control."""
    ledger_actions.record_event(
        name="proposal.accepted", occurred_at=now, now=now, source=SOURCE, customer=proposal.customer,
        object_kind="proposal", object_id=str(proposal.pk),
        properties={
            "kind": proposal.kind, "rule": proposal.rule, "scheme": proposal.scheme.name, "from": proposal.from_tier,
            "to": proposal.to_tier, "reason": reason or proposal.reason, "by": str(by),
        },
    )  # fmt: skip


def set_standing(
    *, standing: Standing, tier: str, by: User, reason: str, keep_until: date, now: datetime, rule: str = "person"
) -> bool:
    """A person puts a customer into a tier and keeps him there until a day; False when he has moved meanwhile.

    Raises NoReason, NoKeepUntil.
    """
    if not reason.strip():
        raise NoReason
    if keep_until <= _local_day(now):
        raise NoKeepUntil
    step = Step(
        customer_id=standing.customer_id, from_tier=standing.tier, to_tier=tier, cause="person", rule=rule,
        reason=reason.strip(), basis="person", protected_until=_midnight(keep_until), figures=standing.figures,
    )  # fmt: skip
    return bool(write_steps([step], scheme=standing.scheme, at=now, now=now, decided_by=by))


def undo_move(*, standing: Standing, by: User, reason: str, keep_until: date, now: datetime) -> bool:
    """Put a customer back to where he stood before his latest move and keep him there until a day (CN-51).

    False when there is no earlier tier. Raises NoReason, NoKeepUntil.
    """
    latest = standing.scheme.changes.filter(customer=standing.customer).order_by("-at", "-id").first()
    if latest is None or not latest.from_tier:
        return False
    return set_standing(
        standing=standing, tier=latest.from_tier, by=by, reason=reason, keep_until=keep_until, now=now, rule="undone"
    )


def _local_day(now: datetime) -> date:
    return the_firm().day_of(now)


def _midnight(on: date) -> datetime:
    """The beginning of the day at the firm."""
    return datetime.combine(on, time(), tzinfo=the_firm().zone)
