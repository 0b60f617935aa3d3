"""Questions to campaigns: the list, and how far one has come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from guanxi.campaigns.models import Campaign, Recipient
from guanxi.campaigns.states import DRAFT, SCHEDULED, UNAPPROVED, UNDER_WAY
from guanxi.outbox.states import ACCEPTED, LEASED, UNCERTAIN, WAITING


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come: readers by the state of their mail; `next_at` is when the next mail is looked at."""

    readers: int
    states: Counter[str]
    not_proposed: int
    next_at: datetime | None

    @property
    def delivered(self) -> int:
        return self.states[ACCEPTED]

    @property
    def waiting(self) -> int:
        return self.not_proposed + sum(self.states[each] for each in (*WAITING, *LEASED))

    @property
    def uncertain(self) -> int:
        """Handed over, and the mail server's answer never came: their readers may have it or not."""
        return self.states[UNCERTAIN]

    @property
    def ended(self) -> int:
        """Left out or refused."""
        return self.readers - self.delivered - self.waiting - self.uncertain


def all_campaigns() -> QuerySet[Campaign]:
    """What is under way first, then what is to come, then the newest."""
    order = Case(
        When(state__in=UNDER_WAY, then=Value(0)),
        When(state__in=[DRAFT, UNAPPROVED, SCHEDULED], then=Value(1)),
        default=Value(2), output_field=IntegerField(),
    )  # fmt: skip
    return Campaign.objects.order_by(order, "-updated_at", "-id")


def progress_of(campaign: Campaign) -> Progress:
    """Two queries."""
    places = Recipient.objects.filter(campaign=campaign)
    states: Counter[str] = Counter()
    not_proposed = 0
    for state, count in places.order_by().values_list("message__state").annotate(count=Count("id")):
        if state is None:
            not_proposed = count
        else:
            states[state] = count
    waiting = places.filter(message__state__in=WAITING).order_by("message__due_at")
    next_at = waiting.values_list("message__due_at", flat=True).first()
    return Progress(states.total() + not_proposed, states, not_proposed, next_at)
