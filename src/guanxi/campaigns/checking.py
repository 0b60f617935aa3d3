"""What stands in the way of a campaign, and what one should know before it leaves (CN-43, T-64, RE-20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from guanxi.campaigns import audience, forecast, offering, winning
from guanxi.campaigns.forecast import Forecast
from guanxi.campaigns.models import CLICKS, OPENS, Campaign, Variant
from guanxi.campaigns.moments import INSTANT, LOCAL
from guanxi.content import queries as content_queries
from guanxi.content.models import Letter
from guanxi.firm import queries as firm_queries
from guanxi.outbox import facts
from guanxi.outbox.letters import UNWRITABLE
from guanxi.outbox.models import Sender
from guanxi.segments.models import RULE, Segment

ERROR, WARNING, NOTE = LEVELS = ("error", "warning", "note")
# Of a hundred readers so many answer when nothing better is known; the page calls them defaults.
BASE_RATES = {"clicks": 0.03, "replies": 0.01, "orders": 0.02, "opens": 0.3}


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is a key of the page's words, `detail` holds plain values for its sentence."""

    code: str
    level: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding, errors first, and the forecast they rest on."""

    findings: tuple[Finding, ...]
    forecast: Forecast

    @property
    def readers(self) -> int:
        return self.forecast.readers

    @property
    def errors(self) -> list[Finding]:
        return [each for each in self.findings if each.level == ERROR]

    @property
    def warnings(self) -> list[Finding]:
        return [each for each in self.findings if each.level == WARNING]


def check(campaign: Campaign, *, now: datetime) -> Report:
    """Everything there is to say before sending; changes nothing."""
    letters = list(campaign.variants.select_related("template"))
    found = forecast.foresee(campaign, now=now)
    findings = [
        *_of_audience(campaign, found),
        *_of_letters(campaign, letters, found, offering.filled_names(campaign, now=now)),
        *_of_sender(campaign, letters),
        *_of_speed(campaign, letters, found),
        *_of_moment(campaign, found, now),
        *_of_test(campaign, letters, found),
    ]
    order = {level: place for place, level in enumerate(LEVELS)}
    return Report(tuple(sorted(findings, key=lambda each: order[each.level])), found)


def _of_audience(campaign: Campaign, found: Forecast) -> Iterator[Finding]:
    whom = audience.whom_of(campaign)
    if not whom.is_chosen:
        yield Finding("no_audience", ERROR)
        return
    for key in audience.missing_segments(whom):
        yield Finding("segment_gone", ERROR, {"key": key})
    for segment in Segment.objects.filter(key__in=[*whom.includes, *whom.excludes], kind=RULE):
        if segment.problem:
            yield Finding("segment_broken", WARNING, {"title": segment.title, "problem": segment.problem})
        elif segment.refreshed_at is None:
            yield Finding("segment_unfilled", ERROR, {"title": segment.title})
    if not found.readers:
        yield Finding("nobody", ERROR)
    elif found.asked and not found.permitted:
        yield Finding("nobody_permitted", ERROR)


def _of_letters(
    campaign: Campaign, letters: Sequence[Variant], found: Forecast, by_offer: set[str]
) -> Iterator[Finding]:
    """`by_offer` are the names that the campaign's offer fills."""
    if not letters:
        yield Finding("no_letter", ERROR, {"title": ""})
    given = {name for name, value in campaign.values.items() if value not in ("", None)} | by_offer
    if offering.offer_of(campaign) and not by_offer:
        yield Finding("offer_off", ERROR, {"key": offering.offer_of(campaign)})
    for variant in letters:
        template = variant.template
        if template.kind == "transactional":
            yield Finding("transactional_letter", ERROR, {"title": template.title})
        if template.kind == "service":
            yield Finding("service_letter", WARNING, {"title": template.title})
        if variant.segment_key and not Segment.objects.filter(key=variant.segment_key).exists():
            yield Finding("segment_gone", ERROR, {"key": variant.segment_key})
        published = content_queries.letters_of(template.pk)
        if not published:
            yield Finding("no_letter", ERROR, {"title": template.title})
            continue
        lacking = [name for name in content_queries.required_values(template.key) if name not in given]
        if lacking:
            yield Finding("no_values", ERROR, {"title": template.title, "names": lacking})
        for letter in published:
            yield from _of_letter(letter, template.title)
    for language, count in found.untranslated.most_common():
        yield Finding("untranslated", WARNING, {"language": language, "readers": found.scaled(count)})
    if found.languages.get(""):
        yield Finding("no_language", ERROR, {"readers": found.scaled(found.languages[""])})


def _of_letter(letter: Letter, title: str) -> Iterator[Finding]:
    """What the proof and the rules of wording say of the text that is published now."""
    for each in content_queries.findings_of(letter):
        detail = {"title": title, "language": letter.language, "finding": each, "template": letter.template.key}
        yield Finding("letter", WARNING if each.is_warning else ERROR, detail)


def sender_of(campaign: Campaign, kind: str) -> Sender | None:
    return campaign.sender or facts.default_sender(kind)


def _of_sender(campaign: Campaign, letters: Sequence[Variant]) -> Iterator[Finding]:
    firm = firm_queries.the_firm()
    kinds = {each.template.kind for each in letters} or {"marketing"}
    if any(sender_of(campaign, kind) is None for kind in kinds):
        yield Finding("no_sender", ERROR)
    if not firm.name.strip():
        yield Finding("no_firm_name", ERROR)
    if "marketing" in kinds and not firm.postal_address.strip():
        yield Finding("no_postal_address", ERROR)
    if facts.the_policy().is_stopped:
        yield Finding("sending_is_stopped", ERROR)


def _of_speed(campaign: Campaign, letters: Sequence[Variant], found: Forecast) -> Iterator[Finding]:
    """How long the sender's own limits make it take (RP-30), and whether mails grow too old meanwhile."""
    kind = letters[0].template.kind if letters else "marketing"
    sender = sender_of(campaign, kind)
    per_hour = min(filter(None, (sender.per_hour, sender.per_day and sender.per_day // 24)), default=0) if sender else 0
    mails = found.total("going") + found.total("later")
    if not per_hour or mails <= per_hour:
        return
    yield Finding("slow", NOTE, {"per_hour": per_hour, "hours": -(-mails // per_hour)})
    in_time = per_hour * (campaign.alive_hours + campaign.spread_minutes // 60 + _hours_between(found))
    if mails > in_time:
        yield Finding("slow_expires", WARNING, {"late": mails - in_time})


def _hours_between(found: Forecast) -> int:
    """From the first reader's moment to the last one's: the earth turns while it is sent."""
    span = max(found.hours) - min(found.hours) if found.hours else timedelta()
    return int(span.total_seconds() // 3600)


def _of_moment(campaign: Campaign, found: Forecast, now: datetime) -> Iterator[Finding]:
    schedule = campaign.schedule
    if schedule.timing == INSTANT and schedule.starts_at and schedule.starts_at < now:
        yield Finding("moment_over", ERROR)
    if schedule.timing == LOCAL and schedule.ends_at and schedule.ends_at < now:
        yield Finding("moment_over", ERROR)
    elif schedule.timing == LOCAL and schedule.begins_at and schedule.begins_at < now:
        yield Finding("moment_over_somewhere", NOTE, {"when_past": schedule.when_past})
    for wait in by_size(found.waits.values()):
        detail = {"wait": wait, "readers": found.scaled(wait.readers), "skipped": found.scaled(wait.skipped)}
        yield Finding("wait", WARNING if wait.skipped else NOTE, detail)


def by_size(waits: Iterable[forecast.Wait]) -> list[forecast.Wait]:
    return sorted(waits, key=lambda each: (-each.readers, each.until))


def _of_test(campaign: Campaign, letters: Sequence[Variant], found: Forecast) -> Iterator[Finding]:
    arms = sum(not each.segment_key for each in letters)
    if not campaign.is_test or arms < 2:
        return
    if campaign.metric == OPENS:
        yield Finding("opens_need_tracking", WARNING)
    if campaign.metric == CLICKS:
        for each in letters:
            if not each.segment_key and _has_no_link(each.template_id):
                yield Finding("no_links", WARNING, {"title": each.template.title})
    sample = expected_sample(campaign, arms, found)
    base = BASE_RATES[campaign.metric]
    detail = {
        "sample": sample, "base": base, "metric": campaign.metric, "arms": arms,
        "visible": base + winning.detectable(sent=sample, base=base, arms=arms),
    }  # fmt: skip
    if sample < campaign.least_sample:
        yield Finding("test_too_small", WARNING, detail | {"least": campaign.least_sample})
    else:
        yield Finding("test_power", NOTE, detail)


def _has_no_link(template_id: int) -> bool:
    """Whether a letter, in whatever language, leads nowhere a click is counted."""
    for letter in content_queries.letters_of(template_id):
        try:
            if content_queries.sampled(letter).link_urls:
                return False
        except UNWRITABLE:
            continue
    return True


def expected_sample(campaign: Campaign, arms: int, found: Forecast) -> int:
    """How many mails of each letter the test will probably see."""
    reached = found.total("going") + found.total("later")
    return reached * campaign.test_percent // 100 // arms
