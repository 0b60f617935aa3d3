"""What would become of a campaign: the gates of the outbox asked beforehand, for every reader at his own moment.

Of a large audience a share is asked, drawn evenly over the contacts; the page says so and shows the figures as rounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Mod

from guanxi.campaigns import audience, drawing, offering, readers
from guanxi.campaigns.models import Campaign, Variant
from guanxi.campaigns.moments import LOCAL, NEXT_DAY
from guanxi.campaigns.running import ORIGIN, nested
from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import MARKETING, may_send
from guanxi.content.models import Template
from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import Contact
from guanxi.outbox import facts
from guanxi.outbox.gates.base import DROP, HOLD
from guanxi.outbox.judgement import Judgement, judge
from guanxi.outbox.models import Message
from guanxi.outbox.states import EXPIRED, HELD, QUEUED
from guanxi.segments import queries as segments_queries
from guanxi.tracking.verdicts import SETTLE_WINDOW

ASKED_AT_MOST = 2_000
AT_ONCE = 500


@dataclass(slots=True)
class Wait:
    """Readers who wait for the same reason until the same day; `skipped` of them would have to wait too long."""

    reason: str
    until: datetime
    name: str = ""
    readers: int = 0
    skipped: int = 0
    countries: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Line:
    """A country: how many leave at their moment, later, not in time, or not at all."""

    going: int = 0
    later: int = 0
    skipped: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        return self.going + self.later + self.skipped + self.refused


@dataclass(slots=True)
class Forecast:
    """`readers` is exact; the other counts are of `asked` readers, see `scaled`. `held_out` gets no mail by chance."""

    readers: int
    asked: int = 0
    held_out: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    waits: dict[tuple[str, str, str], Wait] = field(default_factory=dict)
    countries: dict[str, Line] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)
    untranslated: Counter[str] = field(default_factory=Counter)
    hours: Counter[datetime] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    @property
    def is_exact(self) -> bool:
        return self.asked == self.readers

    def scaled(self, count: int) -> int:
        """A count of the asked readers as one of all."""
        return round(count * self.readers / self.asked) if self.asked else 0

    def total(self, fate: str) -> int:
        """Of all readers: going, later, skipped or refused."""
        return self.scaled(sum(getattr(line, fate) for line in self.countries.values()))

    @property
    def permitted(self) -> int:
        """Whom the gates would ever let through."""
        return self.readers - self.total("refused") - self.scaled(self.held_out)


def foresee(campaign: Campaign, *, now: datetime, most: int = ASKED_AT_MOST) -> Forecast:
    """Ask the gates about the audience, the held out set apart; writes nothing.

    The letters must be kept, the campaign need not be.
    """
    contacts = audience.contacts_of(audience.whom_of(campaign))
    found = Forecast(contacts.count())
    letters = list(campaign.variants.select_related("template")) if campaign.pk else []
    if not letters or not found.readers:
        return found
    drawn = _drawn(contacts, found.readers, most).select_related("customer").order_by("id")
    book = Asking(campaign, letters, now)
    rows = drawn.iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        book.ask(some, found)
    return found


def coverage(whom: audience.Whom, *, now: datetime, most: int = 1_000) -> Counter[str]:
    """Of at most so many readers of an audience that is being chosen, how many permit marketing, and why not.

    Keys are `permitted` and the reasons of consent.rules.
    """
    contacts = audience.contacts_of(whom)
    drawn = _drawn(contacts, contacts.count(), most).values_list("id", "email_key")
    keys: dict[int, str] = dict(drawn)  # type: ignore[arg-type]
    stands, barred = consent_queries.stands_of(keys), consent_queries.suppressions_of(set(keys.values()))
    return Counter(
        may_send(kind=MARKETING, permission=stands.get((pk, MARKETING)), suppressions=barred[email_key], now=now).reason
        for pk, email_key in keys.items()
    )


def _drawn(contacts: QuerySet[Contact], readers: int, most: int) -> QuerySet[Contact]:
    """All of them, or an even draw of at most so many."""
    if readers <= most:
        return contacts
    step = -(-readers // most)
    return contacts.annotate(place=Mod(F("id"), step)).filter(place=0)


class Asking:
    """Asks about one batch of contacts after the other."""

    def __init__(self, campaign: Campaign, letters: Sequence[Variant], now: datetime) -> None:
        self.campaign, self.now = campaign, now
        self.arms = [each for each in letters if not each.segment_key]
        self.languages = {each.template_id: readers.Languages(each.template_id) for each in letters}
        self.fallback = firm_queries.the_firm().time_zone
        self.by_profile = bool(segments_queries.resting_on_profile(campaign.includes))
        self.values = {**nested(campaign.values), **offering.sample_values(campaign, now=now)}

    def ask(self, contacts: Sequence[Contact], found: Forecast) -> None:
        contacts = self._written_to(contacts, found)
        editions = readers.editions_of(self.campaign, contacts)
        messages = [self._message(each, editions.get(each.pk)) for each in contacts]
        table = facts.gather(messages, now=self.now)
        for message in messages:
            asked = replace(table.facts_of(message), now=message.not_before)
            note(found, message, judge(asked, expires_at=message.expires_at), asked.country)
            self._note_language(found, message)

    def _written_to(self, contacts: Sequence[Contact], found: Forecast) -> list[Contact]:
        """Without those whom chance will keep out, who are counted."""
        campaign = self.campaign
        kept = [each for each in contacts if not drawing.is_held_out(campaign.pk, each.pk, campaign.holdout_percent)]
        found.held_out += len(contacts) - len(kept)
        found.asked += len(contacts) - len(kept)
        return kept

    def _message(self, contact: Contact, edition: Variant | None) -> Message:
        not_before = self._moment(contact, is_edition=edition is not None)
        template: Template = (edition or self._arm(contact.pk)).template
        return Message(
            contact=contact, customer_id=contact.customer_id, template=template, kind=template.kind,
            origin_kind=ORIGIN, origin_id=str(self.campaign.pk or ""), values=self.values, state=QUEUED,
            not_before=not_before, expires_at=self.campaign.schedule.expires_at(not_before),
            sender_id=self.campaign.sender_id, chosen_by_profile=self.by_profile,
        )  # fmt: skip

    def _arm(self, contact_id: int) -> Variant:
        return self.arms[drawing.arm_of(self.campaign.pk, contact_id, len(self.arms))]

    def _moment(self, contact: Contact, *, is_edition: bool) -> datetime:
        campaign, schedule, now = self.campaign, self.campaign.schedule, self.now
        waits_for_test = campaign.is_test and not is_edition
        if waits_for_test and not drawing.is_in_test(campaign.pk, contact.pk, campaign.test_percent):
            now = decided_at(campaign, now)
            schedule = replace(schedule, when_past=NEXT_DAY) if schedule.timing == LOCAL else schedule
        share = drawing.share_of(campaign.pk, contact.pk, "spread")
        return schedule.leaves_at(zone=readers.zone_of(contact, fallback=self.fallback), now=now, share=share)

    def _note_language(self, found: Forecast, message: Message) -> None:
        letter = self.languages[message.template_id].of(message.contact)
        found.languages[letter] += 1
        wanted = self.languages[message.template_id].wanted(message.contact)
        if letter and wanted and letter.partition("-")[0] not in {each.partition("-")[0] for each in wanted}:
            found.untranslated[wanted[0]] += 1


def decided_at(campaign: Campaign, now: datetime) -> datetime:
    """When a test would be decided at the latest, if its mails leave at their moments."""
    latest = max(now, campaign.schedule.ends_at or now) + timedelta(minutes=campaign.spread_minutes)
    return latest + timedelta(hours=campaign.observe_hours) + SETTLE_WINDOW


def note(found: Forecast, message: Message, judgement: Judgement, country: str) -> None:
    """Count one reader's answer."""
    found.asked += 1
    line = found.countries.setdefault(country, Line())
    if judgement.state == QUEUED:
        line.going += 1
        found.hours[_hour(message.not_before)] += 1
    elif judgement.state == HELD:
        line.later += 1
        found.hours[_hour(judgement.due_at)] += 1
        _note_wait(found, judgement, country)
    elif judgement.state == EXPIRED:
        line.skipped += 1
        _note_wait(found, judgement, country)
    else:
        line.refused += 1
        reason = next(opinion for _, opinion in judgement.opinions if opinion.outcome == DROP)
        found.refused[reason.reason] += 1
        found.missing.update(reason.detail.get("names", ()))


def _note_wait(found: Forecast, judgement: Judgement, country: str) -> None:
    holds = [opinion for _, opinion in judgement.opinions if opinion.outcome == HOLD and opinion.until]
    if not holds:
        return
    longest = max(holds, key=lambda opinion: opinion.until or judgement.due_at)
    until = longest.until or judgement.due_at
    name = _name_of(longest.reason, longest.detail)
    wait = found.waits.setdefault((longest.reason, name, until.date().isoformat()), Wait(longest.reason, until, name))
    wait.readers += 1
    wait.skipped += judgement.state == EXPIRED
    wait.until = max(wait.until, until)
    wait.countries[country] += 1


def _name_of(reason: str, detail: dict[str, Any]) -> str:
    """What the hold is called, e.g. the public holiday's name."""
    named = [each for each in detail.get("reasons", ()) if each.get("code") == reason]
    return str(named[0].get("name", "")) if named else ""


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
