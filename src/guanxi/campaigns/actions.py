"""What people do with a campaign: write it, schedule it, agree to it, pause, resume and stop it, name a winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from guanxi.campaigns import answers, checking, running, telling
from guanxi.campaigns.checking import Finding
from guanxi.campaigns.models import (
    CHOICES_OF_CONTACTS,
    METRICS,
    WITHOUT_WINNER,
    Campaign,
    Safeguards,
    Variant,
)
from guanxi.campaigns.moments import INSTANT, LOCAL, PAST_RULES, TIMINGS
from guanxi.campaigns.states import (
    DRAFT,
    OBSERVING,
    SCHEDULED,
    STOPPING,
    UNAPPROVED,
    check_move,
)
from guanxi.campaigns.winning import Decision
from guanxi.content.models import Template
from guanxi.outbox import actions as outbox_actions
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.staff.roles import Right

MOST_ARMS = 4
WORDS: Mapping[str, Sequence[str]] = {
    "timing": TIMINGS,
    "when_past": PAST_RULES,
    "contact_choice": CHOICES_OF_CONTACTS,
    "metric": METRICS,
    "without_winner": WITHOUT_WINNER,
}
BOUNDS: Mapping[str, tuple[int, int]] = {
    "spread_minutes": (0, 24 * 60),
    "alive_hours": (1, 30 * 24),
    "test_percent": (0, 100),
    "observe_hours": (1, 14 * 24),
    "least_sample": (20, 1_000_000),
    "order_days": (1, 90),
    "holdout_percent": (0, 50),
}
FIELDS = frozenset({
    "title", "takes_everyone", "includes", "excludes", "values", "sender", "starts_at", "local_on", "local_time",
    *WORDS, *BOUNDS,
})  # fmt: skip


class CampaignMistake(ValueError):
    """A campaign cannot be kept or sent as it was given; `field` is the field and the sentence says the remedy."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class NotReady(CampaignMistake):
    """A check found errors; `findings` lists them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("checks", "Mend what the checks found; nothing is sent before.")


class NotConfirmed(CampaignMistake):
    """So many readers have to be confirmed by their number (RE-20)."""

    def __init__(self, readers: int) -> None:
        self.readers = readers
        super().__init__("confirmed", f"Write {readers} to confirm that so many readers are meant.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A letter of the campaign: an arm, or with `segment_key` the edition for that segment."""

    template: Template
    segment_key: str = ""


@transaction.atomic
def draft(
    *, title: str, letters: Sequence[Choice], by: User | None, now: datetime, changes: Mapping[str, Any] | None = None
) -> Campaign:
    """A new campaign that nobody is sent yet. Raises CampaignMistake."""
    campaign = Campaign(created_by=by, created_at=now, updated_at=now)
    _apply(campaign, {"title": title, **(changes or {})})
    _check_letters(letters, campaign)
    campaign.save()
    _write_letters(campaign, letters)
    return campaign


@transaction.atomic
def change(*, campaign: Campaign, changes: Mapping[str, Any], letters: Sequence[Choice] = (), now: datetime) -> None:
    """Another audience, schedule or test, and other letters when some are given. Raises CampaignMistake."""
    _must_be_draft(campaign)
    _apply(campaign, changes)
    _check_letters(letters or _letters_of(campaign), campaign)
    campaign.updated_at = now
    campaign.save()
    if letters:
        _write_letters(campaign, letters)


@transaction.atomic
def copy(*, campaign: Campaign, title: str, by: User | None, now: datetime) -> Campaign:
    """A new draft with the same audience, letters and moment; the checks say when that is over."""
    kept = FIELDS - {"title"}
    return draft(
        title=title, letters=_letters_of(campaign), by=by, now=now,
        changes={name: getattr(campaign, name) for name in kept},
    )  # fmt: skip


@transaction.atomic
def delete_draft(*, campaign: Campaign) -> None:
    """Raises CampaignMistake for a campaign that has begun: its answers to "why" stay."""
    _must_be_draft(campaign)
    campaign.delete()


def schedule(*, campaign: Campaign, by: User, now: datetime, confirmed: int | None = None) -> Campaign:
    """Let it go at its moment, or ask a second person first. `confirmed` is the number of readers a person wrote.

    Raises NotReady while a check finds errors, NotConfirmed for a large send, and staff.actions.NotAllowed.
    """
    _check_may_send(by)
    _must_be_draft(campaign)
    readers = _checked(campaign, now)
    rules = safeguards()
    if readers > rules.confirm_above and confirmed != readers:
        raise NotConfirmed(readers)
    with transaction.atomic():
        campaign = _as_checked(campaign)
        campaign.scheduled_by, campaign.scheduled_at, campaign.reader_count = by, now, 0
        needs_second = rules.asks_second_person and readers > rules.second_person_above
        campaign.state = check_move(campaign.state, UNAPPROVED if needs_second else SCHEDULED)
        campaign.due_at = None if needs_second else _begins_at(campaign, now)
        campaign.save()
        _note(campaign, "campaign.scheduled", by, now, readers=readers)
    return campaign


def approve(*, campaign: Campaign, by: User, now: datetime) -> Campaign:
    """A second person agrees. Raises CampaignMistake for a first one, NotReady when it is in order no longer."""
    _check_may_send(by)
    if campaign.state != UNAPPROVED:
        raise CampaignMistake("state", "It does not wait for anybody to agree.")
    if campaign.is_of(by):
        raise CampaignMistake("state", "Somebody else than whoever wrote or scheduled it has to agree.")
    readers = _checked(campaign, now)
    with transaction.atomic():
        campaign = _as_checked(campaign)
        campaign.approved_by = by
        campaign.state, campaign.due_at = check_move(campaign.state, SCHEDULED), _begins_at(campaign, now)
        campaign.save()
        _note(campaign, "campaign.approved", by, now, readers=readers)
    return campaign


def _checked(campaign: Campaign, now: datetime) -> int:
    """The number of readers of a campaign in order; asked outside a transaction, since it takes a second or two."""
    report = checking.check(campaign, now=now)
    if report.errors:
        raise NotReady(report.errors)
    return report.readers


def _as_checked(campaign: Campaign) -> Campaign:
    """The row, locked, if nobody has changed it since it was checked."""
    fresh = _fresh(campaign)
    if (fresh.state, fresh.updated_at, fresh.scheduled_by_id) != (
        campaign.state,
        campaign.updated_at,
        campaign.scheduled_by_id,
    ):
        raise CampaignMistake("state", "Somebody has changed it meanwhile; look at it again.")
    return fresh


@transaction.atomic
def take_back(*, campaign: Campaign, by: User, now: datetime) -> Campaign:
    """A scheduled campaign that has not begun becomes a draft again. Raises states.IllegalMove."""
    _check_may_send(by)
    campaign = _fresh(campaign)
    campaign.state, campaign.due_at = check_move(campaign.state, DRAFT), None
    campaign.scheduled_by = campaign.scheduled_at = campaign.approved_by = None
    campaign.save()
    _note(campaign, "campaign.taken_back", by, now)
    return campaign


@transaction.atomic
def pause(*, campaign: Campaign, by: User, now: datetime, reason: str = "") -> Campaign:
    """Nothing more leaves from the next hand-over on; what waits keeps its place. Pausing twice changes nothing."""
    _check_may_send(by)
    campaign = _fresh(campaign)
    if not campaign.is_under_way:
        raise CampaignMistake("state", "Only a campaign that is under way can be paused.")
    if campaign.paused_at is None:
        campaign.paused_at = now
        campaign.save()
        outbox_actions.pause_origin(
            origin_kind=running.ORIGIN, origin_id=str(campaign.pk), reason=reason or str(by), now=now
        )
        _note(campaign, "campaign.paused", by, now, reason=reason)
        telling.tell(campaign, "campaign.paused", now=now, reason=reason)
    return campaign


@transaction.atomic
def resume(*, campaign: Campaign, by: User, now: datetime) -> Campaign:
    """It goes on where it stopped; what has become too late meanwhile is skipped by its own time limit."""
    _check_may_send(by)
    campaign = _fresh(campaign)
    if campaign.is_paused:
        campaign.paused_at = None
        campaign.due_at = max(now, campaign.due_at or now)
        campaign.save()
        outbox_actions.resume_origin(origin_kind=running.ORIGIN, origin_id=str(campaign.pk), now=now)
        _note(campaign, "campaign.resumed", by, now)
        telling.tell(campaign, "campaign.resumed", now=now)
    return campaign


@transaction.atomic
def stop(*, campaign: Campaign, by: User, now: datetime, reason: str = "") -> Campaign:
    """For good: nothing leaves from the next hand-over on, and the pulse takes back what waits. Raises IllegalMove."""
    _check_may_send(by)
    campaign = _fresh(campaign)
    campaign.state, campaign.due_at = check_move(campaign.state, STOPPING), now
    campaign.save()
    outbox_actions.pause_origin(origin_kind=running.ORIGIN, origin_id=str(campaign.pk), reason="stopped", now=now)
    _note(campaign, "campaign.stopped", by, now, reason=reason)
    telling.tell(campaign, "campaign.stopped", now=now, reason=reason)
    return campaign


@transaction.atomic
def decide_winner(*, campaign: Campaign, label: str, by: User, now: datetime) -> Campaign:
    """A person ends the test before its time; the figures of that moment are kept with his name."""
    _check_may_send(by)
    campaign = _fresh(campaign)
    if campaign.state != OBSERVING:
        raise CampaignMistake("state", "Only a test that is being observed can be decided.")
    arms = answers.arms_of(campaign)
    if label not in {arm.label for arm in arms}:
        raise CampaignMistake("winner", f"There is no letter {label!r} in this test.")
    running.settle(campaign, arms, Decision(label, "person"), now=now, by=str(by))
    _note(campaign, "campaign.decided", by, now, winner=label)
    return campaign


def safeguards() -> Safeguards:
    """The row of thresholds, or an unsaved one with the defaults of RE-20."""
    return Safeguards.objects.filter(id=1).first() or Safeguards(id=1)


@transaction.atomic
def set_safeguards(*, asks_second_person: bool, by: User, now: datetime) -> Safeguards:
    """Raises staff.actions.NotAllowed."""
    if not by.may(Right.MANAGE_SETTINGS):
        raise staff_actions.NotAllowed
    rules = safeguards()
    rules.asks_second_person = asks_second_person
    rules.save()
    staff_actions.append_audit(
        actor=by, act="campaign.safeguards_changed", now=now, details={"second_person": asks_second_person}
    )
    return rules


def _apply(campaign: Campaign, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name not in FIELDS:
            raise CampaignMistake(name, f"A campaign has no {name}.")
        if name in WORDS and value not in WORDS[name]:
            raise CampaignMistake(name, f"{name}: {value!r} is none of {', '.join(WORDS[name])}.")
        if name in BOUNDS and not BOUNDS[name][0] <= value <= BOUNDS[name][1]:
            low, high = BOUNDS[name]
            raise CampaignMistake(name, f"{name}: write a number from {low} to {high}.")
        setattr(campaign, name, list(value) if name in ("includes", "excludes") else value)
    campaign.title = campaign.title.strip()
    if not campaign.title or len(campaign.title) > 120:
        raise CampaignMistake("title", "title: write one of at most 120 characters.")
    if campaign.timing == INSTANT and campaign.starts_at is None:
        raise CampaignMistake("starts_at", "starts_at: say when it is to leave.")
    if campaign.timing == LOCAL and (campaign.local_on is None or campaign.local_time is None):
        raise CampaignMistake("local_on", "local_on: say the day and the hour on the readers' own clocks.")


def _check_letters(letters: Sequence[Choice], campaign: Campaign) -> None:
    arms = [each for each in letters if not each.segment_key]
    if not arms:
        raise CampaignMistake("letters", "letters: choose a letter.")
    if len(arms) > MOST_ARMS:
        raise CampaignMistake("letters", f"letters: a test compares at most {MOST_ARMS} letters.")
    if len({each.template.pk for each in arms}) < len(arms):
        raise CampaignMistake("letters", "letters: the letters of a test have to differ.")
    if campaign.is_test and len(arms) == 1:
        raise CampaignMistake("test_percent", "test_percent: a test needs a second letter.")
    if not campaign.is_test and len(arms) > 1:
        raise CampaignMistake("test_percent", "test_percent: say how many of a hundred readers see the test.")


def _write_letters(campaign: Campaign, letters: Sequence[Choice]) -> None:
    """Arms first, then editions: an arm's letter is its place."""
    campaign.variants.all().delete()
    ordered = sorted(letters, key=lambda each: bool(each.segment_key))
    Variant.objects.bulk_create(
        Variant(campaign=campaign, position=position, template=each.template, segment_key=each.segment_key)
        for position, each in enumerate(ordered)
    )


def _letters_of(campaign: Campaign) -> list[Choice]:
    return [Choice(each.template, each.segment_key) for each in campaign.variants.select_related("template")]


def _begins_at(campaign: Campaign, now: datetime) -> datetime:
    return max(now, campaign.schedule.begins_at or now)


def _fresh(campaign: Campaign) -> Campaign:
    """The row as it is now, locked."""
    return Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)


def _must_be_draft(campaign: Campaign) -> None:
    if not campaign.is_draft:
        raise CampaignMistake("state", "Only a draft can be changed; take it back first.")


def _check_may_send(by: User) -> None:
    if not by.may(Right.SEND):
        raise staff_actions.NotAllowed


def _note(campaign: Campaign, act: str, by: User, now: datetime, **details: Any) -> None:
    staff_actions.append_audit(
        actor=by, act=act, now=now, object_kind="campaign", object_id=campaign.pk,
        details={"name": campaign.title, **{key: value for key, value in details.items() if value != ""}},
    )  # fmt: skip
