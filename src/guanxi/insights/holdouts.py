"""What a journey or campaign brought about: those it reached against those whom chance kept out, with intervals.

Counted by intention: whoever entered belongs to the treated, mailed or not, and each customer counts once, with his
first entry. Of both groups the same `days` after that entry are looked at; whose days are not over yet is left out and
counted, and so is a customer of whom one contact was treated and another kept out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from guanxi.campaigns.models import Campaign, HeldOut, Recipient
from guanxi.journeys.models import Enrolment, Journey, Visit
from guanxi.kernel.effect import Effect, Sample, detectable, effect_of, share_interval
from guanxi.kernel.fetching import among
from guanxi.kernel.parts import in_parts
from guanxi.ledger.models import NOT_ORDERED, Order
from guanxi.outbox.models import Message
from guanxi.outbox.states import ACCEPTED
from guanxi.tracking.models import Hit
from guanxi.tracking.verdicts import CLICK, HUMAN, MACHINE, OPEN

SPANS = (7, 14, 30, 60, 90, 180)
# Below so many in either group no interval is worth showing as an answer.
FEWEST = 30
OUTCOMES = ("orders", "revenue", "repurchase")
AT_ONCE = 500
HELD_OUT = "heldout"


@dataclass(frozen=True, slots=True)
class Member:
    """One customer of the experiment: since when he counts, and on which side."""

    customer_id: int
    since: datetime
    is_held_out: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome of both groups. `detectable` is the smallest difference of shares these groups could show (80 %)."""

    outcome: str
    treated: Sample
    held_out: Sample
    effect: Effect
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What people did with the mails themselves; who got none cannot answer. Machines are counted apart.

    Each counts mails: `opens` those a person opened, `machine_opens` those a machine did; clicks likewise.
    """

    mails: int = 0
    clicks: int = 0
    machine_clicks: int = 0
    opens: int = 0
    machine_opens: int = 0

    @property
    def click_share(self) -> tuple[float, float, float] | None:
        """The share of mails a person clicked in, between its bounds (Wilson)."""
        return share_interval(self.clicks, self.mails)


@dataclass(frozen=True, slots=True)
class Results:
    """Both groups and what became of them within `days`; `too_early` and `mixed` customers are left out, and so are
    those who entered `before` anybody could be held out.
    """

    days: int
    treated: int
    held_out: int
    too_early: int
    mixed: int
    rows: tuple[Row, ...]
    answers: Answers
    before: int = 0

    @property
    def has_control(self) -> bool:
        return bool(self.held_out)

    @property
    def is_too_small(self) -> bool:
        return min(self.treated, self.held_out) < FEWEST


def of_journey(journey: Journey, *, days: int, now: datetime) -> Results:
    rows = Enrolment.objects.filter(journey=journey).order_by("entered_at", "id")
    before = 0
    if since_at := journey.holdout_since_at:
        earlier = set(rows.filter(entered_at__lt=since_at).values_list("customer_id", flat=True))
        # Who was treated before is no fresh case afterwards either.
        rows, before = rows.exclude(among("customer_id", earlier)), len(earlier)
    columns = rows.values_list("customer_id", "entered_at", "state").iterator(chunk_size=10_000)
    members = (Member(customer_id, since, state == HELD_OUT) for customer_id, since, state in columns)
    visits = Visit.objects.filter(enrolment__journey=journey, message_id__isnull=False)
    messages = Message.objects.filter(pk__in=visits.values("message_id"), state=ACCEPTED)
    return replace(measure(members, days=days, now=now, answers=_answers(messages)), before=before)


def of_campaign(campaign: Campaign, *, days: int, now: datetime) -> Results:
    """Both groups count from the beginning of the campaign: who is kept out has no mail to count from."""
    began = campaign.started_at or now
    treated = Recipient.objects.filter(campaign=campaign).values_list("customer_id", flat=True)
    kept_out = HeldOut.objects.filter(campaign=campaign).values_list("customer_id", flat=True)
    members = [*(Member(each, began, False) for each in treated), *(Member(each, began, True) for each in kept_out)]
    messages = Message.objects.filter(campaign_place__campaign=campaign, state=ACCEPTED)
    return measure(members, days=days, now=now, answers=_answers(messages))


def usual_days(since: Sequence[datetime], *, now: datetime) -> int:
    """The longest span that is over for half of those who entered; the shortest when it is over for none."""
    if not since:
        return SPANS[0]
    middle = sorted(since)[len(since) // 2]
    return max((days for days in SPANS if middle + timedelta(days=days) <= now), default=SPANS[0])


def days_of_journey(journey: Journey, *, now: datetime) -> int:
    rows = Enrolment.objects.filter(journey=journey)
    if journey.holdout_since_at:
        rows = rows.filter(entered_at__gte=journey.holdout_since_at)
    return usual_days(list(rows.values_list("entered_at", flat=True)), now=now)


def days_of_campaign(campaign: Campaign, *, now: datetime) -> int:
    return usual_days([campaign.started_at] if campaign.started_at else [], now=now)


def measure(members: Iterable[Member], *, days: int, now: datetime, answers: Answers | None = None) -> Results:
    """Compare the customers of both groups; orders are counted from the ledger."""
    span = timedelta(days=days)
    first: dict[int, Member] = {}
    sides: dict[int, set[bool]] = defaultdict(set)
    for each in members:
        first.setdefault(each.customer_id, each)
        sides[each.customer_id].add(each.is_held_out)
    pure = [each for each in first.values() if len(sides[each.customer_id]) == 1]
    over = [each for each in pure if each.since + span <= now]
    values: dict[bool, list[tuple[int, float]]] = {True: [], False: []}
    for some in in_parts(over, AT_ONCE):
        for member, (orders, revenue) in _bought(some, span):
            values[member.is_held_out].append((orders, revenue))
    rows = tuple(_row(outcome, values[False], values[True]) for outcome in OUTCOMES)
    return Results(
        days, len(values[False]), len(values[True]), len(pure) - len(over), len(first) - len(pure), rows,
        answers or Answers(),
    )  # fmt: skip


def _bought(members: Sequence[Member], span: timedelta) -> Iterator[tuple[Member, tuple[int, float]]]:
    """How often and for how much each ordered in his days; an order without a rate counts as one of no worth."""
    placed: dict[int, list[tuple[datetime, float]]] = defaultdict(list)
    orders = Order.objects.filter(
        customer_id__in=[each.customer_id for each in members], kind="order",
        placed_at__gte=min(each.since for each in members), placed_at__lt=max(each.since for each in members) + span,
    ).exclude(stage__in=NOT_ORDERED)  # fmt: skip
    for customer_id, at, amount in orders.values_list("customer_id", "placed_at", "amount_reporting"):
        placed[customer_id].append((at, float(amount or 0)))
    for each in members:
        mine = [amount for at, amount in placed[each.customer_id] if each.since <= at < each.since + span]
        yield each, (len(mine), sum(mine))


def _row(outcome: str, treated: Sequence[tuple[int, float]], kept_out: Sequence[tuple[int, float]]) -> Row:
    read = {"orders": lambda each: each[0], "revenue": lambda each: each[1], "repurchase": lambda each: each[0] > 0}
    one, other = (sample_of([float(read[outcome](each)) for each in some]) for some in (treated, kept_out))
    seen = detectable(other.mean, one.count, other.count) if outcome == "repurchase" else None
    return Row(outcome, one, other, effect_of(one, other, pooled=True), seen)


def sample_of(values: Collection[float]) -> Sample:
    count = len(values)
    mean = sum(values) / count if count else 0.0
    variance = sum((value - mean) ** 2 for value in values) / (count - 1) if count > 1 else 0.0
    return Sample(count, mean, variance)


def _answers(messages: Any) -> Answers:
    hits = Hit.objects.filter(message__in=messages).order_by().values_list("kind", "verdict")
    found = {(kind, verdict): n for kind, verdict, n in hits.annotate(n=Count("message", distinct=True))}
    return Answers(
        messages.count(), found.get((CLICK, HUMAN), 0), found.get((CLICK, MACHINE), 0), found.get((OPEN, HUMAN), 0),
        found.get((OPEN, MACHINE), 0),
    )  # fmt: skip
