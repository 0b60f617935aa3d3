"""The work on campaigns that have begun, one short transaction after the other.

Each step locks the campaign's row, does a bounded piece and moves the mark in the same transaction: a worker that is
killed between two steps, or a second one beside it, neither repeats nor omits a reader (RD-01, RD-02).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from guanxi.campaigns import answers, audience, drawing, offering, readers, telling, winning
from guanxi.campaigns.models import SPLIT, Campaign, HeldOut, Recipient, Variant
from guanxi.campaigns.moments import LOCAL, NEXT_DAY
from guanxi.campaigns.states import (
    FINISHED,
    FREEZING,
    OBSERVING,
    PROPOSING,
    SCHEDULED,
    SENDING,
    STOPPED,
    STOPPING,
    WORKED_ON,
    check_move,
)
from guanxi.content import queries as content_queries
from guanxi.firm import queries as firm_queries
from guanxi.kernel import bulk
from guanxi.kernel.fetching import unheld
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.letterbook import country_of
from guanxi.outbox.models import Message
from guanxi.outbox.proposals import Proposal
from guanxi.outbox.states import LEASED, WAITING
from guanxi.segments import queries as segments_queries
from guanxi.tiering import plain
from guanxi.tracking.verdicts import SETTLE_WINDOW

ORIGIN = "campaign"
READERS_AT_ONCE = 1_000
# So many readers per turn of the pulse; order notices wait no longer than that.
READERS_PER_TURN = 20_000
LOOK_AGAIN_AFTER = timedelta(minutes=5)


def work_due(*, now: datetime, most: int = READERS_PER_TURN) -> Counter[str]:
    """Carry every campaign that is due a piece further; returns how many readers were frozen and mails proposed.

    Call it outside a transaction: each piece has its own.
    """
    counts: Counter[str] = Counter()
    for campaign_id in _due(now):
        while counts.total() < most:
            step = _step(campaign_id, now)
            if step is None:
                break
            counts += step
    return counts


def _due(now: datetime) -> list[int]:
    due = Campaign.objects.filter(state__in=WORKED_ON, due_at__lte=now).order_by("due_at", "id")
    return list(due.values_list("id", flat=True))


@transaction.atomic
def _step(campaign_id: int, now: datetime) -> Counter[str] | None:
    """One piece of work; None when there is nothing to do now, or another worker does it."""
    campaign = _locked(campaign_id)
    if campaign is None or campaign.due_at is None or campaign.due_at > now or campaign.is_paused:
        return None
    work = STEPS.get(campaign.state)
    return work(campaign, now) if work else None


def _locked(campaign_id: int) -> Campaign | None:
    rows = Campaign.objects.filter(id=campaign_id)
    rows = unheld(rows)
    return rows.first()


def _begin(campaign: Campaign, now: datetime) -> Counter[str]:
    campaign.started_at = now
    _move(campaign, FREEZING, now)
    telling.tell(campaign, "campaign.started", now=now)
    return Counter()


def _freeze(campaign: Campaign, now: datetime) -> Counter[str]:
    """Write down the next readers. Who came into the ledger after the beginning is none of them."""
    contacts = list(
        audience.contacts_of(audience.whom_of(campaign))
        .filter(id__gt=campaign.cursor, created_at__lte=campaign.started_at)
        .select_related("customer")
        .order_by("id")[:READERS_AT_ONCE]
    )
    held_out = [
        HeldOut(campaign=campaign, contact=contact, customer_id=contact.customer_id, at=now)
        for contact in contacts
        if drawing.is_held_out(campaign.pk, contact.pk, campaign.holdout_percent)
    ]
    HeldOut.objects.bulk_create(held_out, batch_size=READERS_AT_ONCE)
    kept_out = {each.contact_id for each in held_out}
    written_to = [contact for contact in contacts if contact.pk not in kept_out]
    Recipient.objects.bulk_create(_places(campaign, written_to), batch_size=READERS_AT_ONCE)
    campaign.reader_count += len(written_to)
    if contacts:
        campaign.cursor = contacts[-1].pk
    if len(contacts) < READERS_AT_ONCE:
        _move(campaign, PROPOSING, now)
    else:
        campaign.save(update_fields=["cursor", "reader_count"])
    return Counter(frozen=len(contacts))


def _places(campaign: Campaign, contacts: Sequence[Any]) -> list[Recipient]:
    arms = _arms(campaign)
    fallback = firm_queries.the_firm().time_zone
    tiers = readers.tiers_of({each.customer_id for each in contacts})
    editions = readers.editions_of(campaign, contacts)
    languages = {each.pk: readers.Languages(each.template_id) for each in campaign.variants.all()}
    places = []
    for contact in contacts:
        edition = editions.get(contact.pk)
        is_test = edition is None and drawing.is_in_test(campaign.pk, contact.pk, campaign.test_percent)
        variant = edition or _first_variant(campaign, contact.pk, arms, is_test=is_test)
        places.append(
            Recipient(
                campaign=campaign, contact=contact, customer_id=contact.customer_id, variant=variant, is_test=is_test,
                country=country_of(contact), zone=readers.zone_of(contact, fallback=fallback),
                language=languages[(variant or arms[0]).pk].of(contact), tier=tiers.get(contact.customer_id, ""),
            )
        )  # fmt: skip
    return places


def _first_variant(campaign: Campaign, contact_id: int, arms: Sequence[Variant], *, is_test: bool) -> Variant | None:
    """The letter that is settled at the beginning; the readers outside the test wait for its end."""
    if is_test:
        return arms[drawing.arm_of(campaign.pk, contact_id, len(arms))]
    return None if campaign.is_test else arms[0]


def _propose(campaign: Campaign, now: datetime) -> Counter[str]:
    """Put the next mails into the outbox: of a test that is not decided those of the test and of the editions."""
    waiting = Recipient.objects.filter(campaign=campaign, message__isnull=True)
    if campaign.is_test and campaign.decided_at is None:
        waiting = waiting.filter(variant__isnull=False)
    places = list(waiting.select_related("contact__customer", "variant__template").order_by("id")[:READERS_AT_ONCE])
    if not places:
        return _after_proposing(campaign, now)
    arms = _arms(campaign)
    rows, proposals = [], []
    told = _standings(campaign, places)
    codes = offering.codes_for(campaign, [place.contact for place in places], now=now)
    by_profile = bool(segments_queries.resting_on_profile(campaign.includes))
    for place in places:
        variant = place.variant or _decided_variant(campaign, place.contact_id, arms)
        not_before = _moment(campaign, place, now)
        rows.append((place.pk, variant.pk, not_before))
        proposal = replace(_proposal(campaign, place, variant, not_before), chosen_by_profile=by_profile)
        if told is not None:
            proposal = replace(proposal, values=plain.beside(proposal.values, told.get(place.contact.customer_id)))
        if place.contact_id in codes:
            proposal = replace(proposal, values={**proposal.values, **codes[place.contact_id]})
        proposals.append(proposal)
    outbox_actions.propose_many(proposals=proposals, now=now)
    bulk.update_rows(Recipient, ["variant_id", "not_before"], rows)
    _link([place.pk for place in places])
    return Counter(campaign_mails=len(places))


def _standings(campaign: Campaign, places: Sequence[Recipient]) -> dict[int, dict[str, str]] | None:
    """Where the readers' customers stand, when a letter of the campaign asks for it; None otherwise (X-01)."""
    keys = set(campaign.variants.values_list("template__key", flat=True))
    if not content_queries.asking_for(keys, plain.NAMES):
        return None
    return plain.standing_values({place.contact.customer_id for place in places})


def _decided_variant(campaign: Campaign, contact_id: int, arms: Sequence[Variant]) -> Variant:
    if campaign.winner_id is not None:
        return next(arm for arm in arms if arm.pk == campaign.winner_id)
    if campaign.without_winner == SPLIT:
        return arms[drawing.arm_of(campaign.pk, contact_id, len(arms))]
    return arms[0]


def _moment(campaign: Campaign, place: Recipient, now: datetime) -> datetime:
    """The rest of a test goes at the next such moment of each reader after the decision, not at once."""
    schedule = campaign.schedule
    if schedule.timing == LOCAL and campaign.decided_at and not place.is_test:
        schedule = replace(schedule, when_past=NEXT_DAY)
    share = drawing.share_of(campaign.pk, place.contact_id, "spread")
    return schedule.leaves_at(zone=place.zone, now=now, share=share)


def _proposal(campaign: Campaign, place: Recipient, variant: Variant, not_before: datetime) -> Proposal:
    return Proposal(
        contact=place.contact, template_key=variant.template.key, values=nested(campaign.values), origin_kind=ORIGIN,
        origin_id=str(campaign.pk), idempotency_key=key_of(campaign.pk, place.contact_id), not_before=not_before,
        expires_at=campaign.schedule.expires_at(not_before), sender_id=campaign.sender_id,
    )  # fmt: skip


def key_of(campaign_id: int, contact_id: int) -> str:
    """The occasion: this campaign and this reader (RD-01)."""
    return f"{ORIGIN}:{campaign_id}:{contact_id}"


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """`{"coupon.code": "X"}` as `{"coupon": {"code": "X"}}`."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        *groups, leaf = name.split(".")
        inner = found
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[leaf] = value
    return found


def _link(place_ids: list[int]) -> None:
    """Each place gets its message, in one statement."""
    key = Concat(
        Value(f"{ORIGIN}:"), Cast(OuterRef("campaign_id"), CharField()), Value(":"),
        Cast(OuterRef("contact_id"), CharField()), output_field=CharField(),
    )  # fmt: skip
    message = Message.objects.filter(idempotency_key=key).values("id")[:1]
    Recipient.objects.filter(id__in=place_ids).update(message_id=Subquery(message))


def _after_proposing(campaign: Campaign, now: datetime) -> Counter[str]:
    if campaign.is_test and campaign.decided_at is None:
        latest = _test_places(campaign).aggregate(latest=Max("not_before"))["latest"] or now
        _move(campaign, OBSERVING, latest + _watched(campaign))
    else:
        _move(campaign, SENDING, now)
    return Counter()


def _observe(campaign: Campaign, now: datetime) -> Counter[str] | None:
    """Decide once every mail of the test has ended and the last of them was watched as long as the first."""
    places = _test_places(campaign)
    if places.filter(message__state__in=(*WAITING, *LEASED)).exists():
        _wait(campaign, now + LOOK_AGAIN_AFTER)
        return None
    latest = places.aggregate(latest=Max("message__accepted_at"))["latest"]
    if latest is not None and latest + _watched(campaign) > now:
        _wait(campaign, latest + _watched(campaign))
        return None
    arms = answers.arms_of(campaign)
    decision = winning.decide(arms, least_sample=campaign.least_sample)
    settle(campaign, arms, decision, now=now)
    return Counter()


def settle(
    campaign: Campaign, arms: Sequence[winning.Arm], decision: winning.Decision, *, now: datetime, by: str = ""
) -> None:
    """Write the decision down with all its figures, and let the rest go on; `by` names the person who decided."""
    variants = {each.label: each for each in _arms(campaign)}
    campaign.winner = variants.get(decision.winner)
    campaign.decision = telling.figures_of(arms, decision, metric=campaign.metric, by=by)
    campaign.decided_at = now
    _move(campaign, PROPOSING, now)
    telling.tell(campaign, "campaign.decided", now=now, winner=decision.winner, reason=decision.reason)


def _finish(campaign: Campaign, now: datetime) -> Counter[str] | None:
    unsent = Message.objects.filter(
        origin_kind=ORIGIN, origin_id=str(campaign.pk), state__in=(*WAITING, *LEASED)
    )  # fmt: skip
    if unsent.exists():
        _wait(campaign, now + LOOK_AGAIN_AFTER)
        return None
    return _end(campaign, FINISHED, now)


def _take_back(campaign: Campaign, now: datetime) -> Counter[str]:
    """What has not left is called back, each with its verdict; the pause that came first holds it meanwhile."""
    outbox_actions.recall(origin_kind=ORIGIN, origin_id=str(campaign.pk), reason="stopped", now=now)
    return _end(campaign, STOPPED, now)


def _end(campaign: Campaign, into: str, now: datetime) -> Counter[str]:
    campaign.ended_at = now
    _move(campaign, into, None)
    if into == FINISHED:
        telling.tell(campaign, "campaign.finished", now=now)
    return Counter()


def _wait(campaign: Campaign, until: datetime) -> None:
    campaign.due_at = until
    campaign.save(update_fields=["due_at"])


def _move(campaign: Campaign, into: str, due_at: datetime | None) -> None:
    campaign.state = check_move(campaign.state, into)
    campaign.due_at = due_at
    campaign.save()


def _arms(campaign: Campaign) -> list[Variant]:
    return list(campaign.variants.filter(segment_key="").select_related("template").order_by("position"))


def _test_places(campaign: Campaign) -> QuerySet[Recipient]:
    return Recipient.objects.filter(campaign=campaign, is_test=True)


def _watched(campaign: Campaign) -> timedelta:
    """How long after a mail its answers count, and the time in which a machine's click shows itself (RP-43)."""
    return timedelta(hours=campaign.observe_hours) + SETTLE_WINDOW


STEPS: dict[str, Callable[[Campaign, datetime], Counter[str] | None]] = {
    SCHEDULED: _begin,
    FREEZING: _freeze,
    PROPOSING: _propose,
    OBSERVING: _observe,
    SENDING: _finish,
    STOPPING: _take_back,
}
