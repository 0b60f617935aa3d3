"""Counting what went which way: for limits, warm-up, the counters of large providers and the alarms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncDate

from guanxi.kernel.bulk import add_to_counters
from guanxi.outbox import pace
from guanxi.outbox.models import Sender, Tally
from guanxi.transports.mailbox_rules import group_of, providers

Line = tuple[int, str, str]  # sender, kind, group of mailboxes
LINE = ("sender_id", "kind", "mailboxes", "slot_at")
COUNTED = ("handed", "accepted", "deferred", "refused")


@dataclass
class Counts:
    """What one transaction adds, by sender, kind and group; written at its end."""

    by_line: defaultdict[Line, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, what: str, *, sender_id: int, kind: str, domain: str) -> None:
        self.by_line[sender_id, kind, group_of(domain)][what] += 1

    def write(self, now: datetime) -> None:
        slot = pace.slot_of(now)
        rows = [(*line, slot, *(counts[what] for what in COUNTED)) for line, counts in sorted(self.by_line.items())]
        if rows:
            add_to_counters(Tally, LINE, COUNTED, rows)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more a sender may hand over now; None is no limit. `per_group` holds what a warm-up leaves."""

    mails: int | None = None
    per_group: Mapping[str, int] = field(default_factory=dict)

    def left_for(self, domain: str) -> int | None:
        within = [self.mails, self.per_group.get(group_of(domain)) if self.per_group else None]
        known = [each for each in within if each is not None]
        return min(known) if known else None

    def less_one(self, domain: str) -> Allowance:
        """After one more mail to `domain`."""
        group = group_of(domain)
        per_group = dict(self.per_group)
        if group in per_group:
            per_group[group] -= 1
        return Allowance(None if self.mails is None else self.mails - 1, per_group)


def allowances(senders: Collection[Sender], now: datetime) -> dict[int, Allowance]:
    """What each sender with limits or in a warm-up may still send; the others are not named."""
    found = {}
    for sender in senders:
        if sender.per_hour is None and sender.per_day is None and sender.warming_since is None:
            continue
        left = []
        if sender.per_hour is not None:
            left.append(sender.per_hour - handed_since(sender.pk, now - pace.HOUR))
        if sender.per_day is not None:
            left.append(sender.per_day - handed_since(sender.pk, now - pace.DAY))
        mails = max(0, min(left)) if left else None
        found[sender.pk] = Allowance(mails, _warm_up_left(sender, now))
    return found


def _warm_up_left(sender: Sender, now: datetime) -> dict[str, int]:
    limit = warm_up_limit(sender, now)
    if limit is None:
        return {}
    used = Counter(dict(_handed_by_group(sender.pk, now - pace.HOUR)))
    return {group: max(0, limit - used[group]) for group in (*providers(), "other")}


def warm_up_limit(sender: Sender, now: datetime) -> int | None:
    """Mails an hour to each provider today, None when the sender is not warming up (any more)."""
    if sender.warming_since is None:
        return None
    today = now.date()
    return pace.warm_up_limit(since=sender.warming_since, today=today, days=days_of(sender, before=today))


def days_of(sender: Sender, *, before: date) -> list[pace.Day]:
    """What each day since the beginning of the warm-up brought."""
    rows = (
        Tally.objects.filter(sender_id=sender.pk, slot_at__date__gte=sender.warming_since, slot_at__date__lt=before)
        .annotate(on=TruncDate("slot_at"))
        .values_list("on")
        .annotate(handed=Sum("handed"), deferred=Sum("deferred"))
    )
    return [pace.Day(on, handed, deferred) for on, handed, deferred in rows if handed]


def handed_since(sender_id: int, since: datetime) -> int:
    tallies = Tally.objects.filter(sender_id=sender_id, slot_at__gt=since - pace.SLOT)
    return tallies.aggregate(sum=Sum("handed"))["sum"] or 0


def _handed_by_group(sender_id: int, since: datetime) -> list[tuple[str, int]]:
    tallies = Tally.objects.filter(sender_id=sender_id, slot_at__gt=since - pace.SLOT)
    return list(tallies.values_list("mailboxes").annotate(sum=Sum("handed")))


def busiest_days(sender_ids: Collection[int], *, now: datetime, days: int = 30) -> dict[str, int]:
    """The most mails of one day to each provider that counts bulk senders, over these senders (RP-30, RP-33)."""
    rows = (
        Tally.objects.filter(
            sender_id__in=sender_ids, slot_at__gt=now - timedelta(days=days),
            mailboxes__in=[key for key, each in providers().items() if each.bulk_from],
        )
        .annotate(on=TruncDate("slot_at"))
        .values_list("mailboxes", "on")
        .annotate(sum=Sum("accepted"))
    )  # fmt: skip
    busiest: dict[str, int] = {}
    for group, _, count in rows:
        busiest[group] = max(busiest.get(group, 0), count or 0)
    return busiest
