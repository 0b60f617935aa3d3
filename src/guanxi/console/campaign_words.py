"""What a campaign's states, findings and figures are called on the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from guanxi.campaigns import states
from guanxi.campaigns.actions import CampaignMistake
from guanxi.campaigns.checking import ERROR, NOTE, WARNING, Finding
from guanxi.campaigns.forecast import Forecast, Line, Wait
from guanxi.campaigns.models import Campaign
from guanxi.campaigns.moments import INSTANT, LOCAL
from guanxi.console import letter_words, message_words
from guanxi.console.phrases import labelled, listed, with_aside
from guanxi.console.shipped_words import title_words
from guanxi.console.templatetags.guanxi import day_and_time, page_locale
from guanxi.insights.campaign_results import NOT_PROPOSED, Reason
from guanxi.kernel import places
from guanxi.outbox.states import STATES
from guanxi.segments.models import Segment

Words = str | Promise

STATE_NAMES: dict[str, Words] = {
    states.DRAFT: lazy("draft"),
    states.UNAPPROVED: lazy("waits for a second person"),
    states.SCHEDULED: lazy("scheduled"),
    states.FREEZING: lazy("writing its readers down"),
    states.PROPOSING: lazy("filling the outbox"),
    states.OBSERVING: lazy("watching the test"),
    states.SENDING: lazy("sending"),
    states.STOPPING: lazy("being stopped"),
    states.STOPPED: lazy("stopped"),
    states.FINISHED: lazy("finished"),
}
TONES: dict[str, str] = {
    states.UNAPPROVED: "is-warn",
    states.FINISHED: "is-good",
    states.STOPPED: "is-bad",
    states.STOPPING: "is-bad",
    **dict.fromkeys((states.FREEZING, states.PROPOSING, states.OBSERVING, states.SENDING), "is-good"),
}
LEVEL_ICONS = {ERROR: "ban", WARNING: "alert-triangle", NOTE: "info-circle"}
READER_STATES: dict[str, Words] = {
    **message_words.STATE_NAMES,
    "expired": lazy("left out"),
    NOT_PROPOSED: lazy("not in the outbox yet"),
}
METRICS: dict[str, Words] = {
    "clicks": lazy("clicks of people"), "replies": lazy("replies"), "orders": lazy("orders"), "opens": lazy("opens"),
}  # fmt: skip
CUT_NAMES: dict[str, Words] = {
    "country": lazy("Country"), "tier": lazy("Tier"), "language": lazy("Language"), "variant": lazy("Letter"),
}  # fmt: skip
DECISIONS: dict[str, Words] = {
    "clear": lazy("It is clearly better than every other letter."),
    "no_difference": lazy("No difference was found: what the letters differ by may be chance."),
    "too_few": lazy("Too few mails left to tell."),
    "person": lazy("A person decided before the end of the test."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One finding as the page shows it."""

    level: str
    icon: str
    sentence: str
    note: str = ""
    address: str = ""


def state_words(campaign: Campaign) -> tuple[str, str]:
    """The state in words and its tone."""
    if campaign.is_paused:
        return _("paused"), "is-warn"
    return str(STATE_NAMES[campaign.state]), TONES.get(campaign.state, "")


def told(findings: Iterable[Finding], zone: ZoneInfo) -> list[Told]:
    return [_told(each, zone) for each in findings]


def _told(finding: Finding, zone: ZoneInfo) -> Told:
    if finding.code == "wait":
        sentence, note = _wait_words(finding, zone)
    else:
        sentence, note = _sentence(finding.code, finding.detail)
    return Told(finding.level, LEVEL_ICONS[finding.level], sentence, note, _way(finding))


# Where the remedy lies.
WAYS = {
    "no_sender": "settings", "no_firm_name": "settings", "no_postal_address": "settings",
    "sending_is_stopped": "settings", "segment_broken": "segments", "segment_unfilled": "segments",
}  # fmt: skip


def _way(finding: Finding) -> str:
    if finding.code == "letter":
        return reverse("letter_template", args=[finding.detail["template"]])
    return reverse(WAYS[finding.code]) if finding.code in WAYS else ""


def _sentence(code: str, detail: dict[str, Any]) -> tuple[str, str]:
    title = title_words(str(detail.get("title", "")))
    readers = detail.get("readers", 0)
    sentences: dict[str, str] = {
        "no_audience": _("Choose whom it goes to."),
        "segment_gone": _("The segment “%s” is gone; choose another.") % detail.get("key", ""),
        "segment_broken": _("The rule of “%s” cannot be applied; its members are those of before.") % title,
        "segment_unfilled": _("“%s” has never been filled; refresh it.") % title,
        "nobody": _("Nobody is in this audience."),
        "nobody_permitted": _("Nobody in this audience permits such mail."),
        "no_letter": _("“%s” has no published letter.") % title if title else _("Choose a letter."),
        "transactional_letter": _("“%s” is a letter about an order; a campaign cannot use it to get round permission.")
        % title,
        "service_letter": _("“%s” is a service letter: it may give notice, but not advertise.") % title,
        "no_values": _("“%(title)s” asks for %(names)s; write them in.")
        % {"title": title, "names": listed(detail.get("names", ()))},
        "offer_off": _("There is no offer “%s” that is switched on; its codes cannot be handed out.")
        % detail.get("key", ""),
        "letter": _letter_words(title, detail) if "finding" in detail else "",
        "untranslated": ngettext(
            "%(readers)d reader would read English, for want of a letter in %(language)s.",
            "%(readers)d readers would read English, for want of a letter in %(language)s.", readers,
        ) % {"readers": readers, "language": _language(detail.get("language", ""))},
        "no_language": ngettext(
            "For %(readers)d reader there is no letter at all, not even in English.",
            "For %(readers)d readers there is no letter at all, not even in English.", readers,
        ) % {"readers": readers},
        "no_sender": _("No sender is set up."),
        "no_firm_name": _("The firm's name is missing; every letter says who writes."),
        "no_postal_address": _("The firm's postal address is missing; the law asks for it in advertising."),
        "sending_is_stopped": _("All sending is stopped."),
        "moment_over": _("Its moment is over; choose another."),
        "moment_over_somewhere": _("In the east its hour is over already; these readers follow as you have chosen."),
        "opens_need_tracking": _("Opens are seen only of readers who permit tracking; the test rests on these alone."),
        "no_links": _("“%s” has no link that counts: a test by clicks cannot tell how it does.") % title,
        "test_too_small": _small_test(detail),
        "test_power": _power_words(detail),
        "slow": _("At the sender's limit of %(per_hour)s mails an hour it takes about %(hours)s hours.") % {
            "per_hour": detail.get("per_hour", ""), "hours": detail.get("hours", ""),
        },
        "slow_expires": _("The sender is too slow: about %(late)s mails would be too late when their turn comes.")
        % {"late": detail.get("late", "")},
    }  # fmt: skip
    return sentences.get(code, code), str(detail.get("problem", ""))


def _letter_words(title: str, detail: dict[str, Any]) -> str:
    finding = detail["finding"]
    sentence = letter_words.sentence_of(finding)
    return _("“%(title)s” in %(language)s: %(what)s") % {
        "title": title, "language": _language(str(detail.get("language", ""))),
        "what": labelled(letter_words.place_words(finding.place), sentence) if finding.place else sentence,
    }  # fmt: skip


def _small_test(detail: dict[str, Any]) -> str:
    return _("The test would see about %(sample)s mails of each letter, fewer than the %(least)s you ask for.") % {
        "sample": detail.get("sample", 0), "least": detail.get("least", 0),
    }  # fmt: skip


def _power_words(detail: dict[str, Any]) -> str:
    if "visible" not in detail:
        return ""
    return _(
        "With about %(sample)s mails of each letter the test finds a difference as large as that between %(base)s and "
        "%(visible)s, four times in five; a smaller one may stay hidden. %(base)s is our default, not your figure."
    ) % {
        "sample": detail["sample"], "base": _percent(detail["base"]), "visible": _percent(min(1.0, detail["visible"])),
    }  # fmt: skip


def _wait_words(finding: Finding, zone: ZoneInfo) -> tuple[str, str]:
    wait: Wait = finding.detail["wait"]
    reason = message_words.reason_words(wait.reason, {"reasons": [{"code": wait.reason, "name": wait.name}]})
    until = format_date(wait.until.astimezone(zone).date(), "long", locale=page_locale())
    readers, skipped = finding.detail["readers"], finding.detail["skipped"]
    sentence = ngettext(
        "%(readers)d reader waits until %(until)s: %(reason)s.",
        "%(readers)d readers wait until %(until)s: %(reason)s.", readers,
    ) % {"readers": readers, "until": until, "reason": reason}  # fmt: skip
    if skipped:
        sentence += " " + ngettext(
            "%(skipped)d of them is left out, since its time is over by then.",
            "%(skipped)d of them are left out, since their time is over by then.", skipped,
        ) % {"skipped": skipped}  # fmt: skip
    return sentence, listed(_countries(wait.countries))


def _countries(counted: Any) -> list[str]:
    language = get_language() or "en"
    named = [with_aside(places.country_name(code, language) if code else _("unknown"), count)
             for code, count in counted.most_common(8)]  # fmt: skip
    return [*named, "…"] if len(counted) > 8 else named


def mistake_words(mistake: CampaignMistake) -> str:
    """Why it cannot be let go or agreed to."""
    return _(str(mistake))


# What campaigns.actions says, for the catalogue of translations.
MISTAKES = (
    gettext_noop("It does not wait for anybody to agree."),
    gettext_noop("Somebody else than whoever wrote or scheduled it has to agree."),
    gettext_noop("Somebody has changed it meanwhile; look at it again."),
    gettext_noop("Only a draft can be changed; take it back first."),
)


def audience_words(campaign: Campaign) -> str:
    """Whom it goes to, in a line."""
    titles = dict(Segment.objects.filter(key__in=[*campaign.includes, *campaign.excludes]).values_list("key", "title"))
    names = [titles.get(key, key) for key in campaign.includes]
    words = _("Everyone") if campaign.takes_everyone else listed(names) or _("nobody yet")
    if campaign.excludes:
        left_out = listed(titles.get(key, key) for key in campaign.excludes)
        words = _("%(words)s, but not %(left_out)s") % {"words": words, "left_out": left_out}
    return words


def moment_words(campaign: Campaign, zone: ZoneInfo) -> str:
    """When it leaves, in a line."""
    if campaign.timing == LOCAL and campaign.local_on and campaign.local_time:
        day = format_date(campaign.local_on, "long", locale=page_locale())
        return _("%(day)s, %(time)s on each reader's own clock") % {"day": day, "time": f"{campaign.local_time:%H:%M}"}
    if campaign.timing == INSTANT and campaign.starts_at:
        there = campaign.starts_at.astimezone(zone)
        day = format_date(there.date(), "long", locale=page_locale())
        return _("%(day)s, %(time)s for all") % {"day": day, "time": f"{there:%H:%M}"}
    return _("at once")


def reason_words(reason: Reason) -> str:
    """Why mails of a state are there."""
    if reason.reason.startswith("smtp_"):
        return _("the mail server answered %s") % reason.reason.removeprefix("smtp_")
    return message_words.reason_words(reason.reason, {"reason": reason.behind} if reason.behind else {})


def refusal(reason: str) -> str:
    """Why a reader gets nothing."""
    return message_words.reason_words(reason)


def segment_titles(campaign: Campaign) -> dict[str, str]:
    """Titles of the segments that editions are for, by key."""
    keys = [each.segment_key for each in campaign.variants.all() if each.segment_key]
    return dict(Segment.objects.filter(key__in=keys).values_list("key", "title"))


def by_size(found: Forecast) -> list[tuple[str, Line]]:
    """The countries, the one with the most readers first."""
    return sorted(found.countries.items(), key=lambda each: -each[1].total)


def hours_chart(found: Forecast, zone: ZoneInfo) -> dict[str, Any] | None:
    """When how many mails would leave, by the firm's clock."""
    if not found.hours:
        return None
    points = sorted((moment.astimezone(zone), found.scaled(count)) for moment, count in found.hours.items())
    return {
        "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "category", "axisLine": {"lineStyle": {"color": "@line"}}, "axisTick": {"show": False},
            "axisLabel": {"color": "@muted", "hideOverlap": True, "alignMinLabel": "left", "alignMaxLabel": "right"},
            "data": [day_and_time(at) for at, _n in points],
        },
        "yAxis": {
            "type": "value", "minInterval": 1, "axisLabel": {"color": "@muted"},
            "splitLine": {"lineStyle": {"color": "@line"}},
        },
        "series": [
            {
                "name": _("Mails"), "type": "bar", "barMaxWidth": 28, "data": [count for _at, count in points],
                "itemStyle": {"color": "@accent", "borderRadius": [4, 4, 0, 0]},
            }
        ],
    }  # fmt: skip


def reader_state(state: str) -> str:
    return str(READER_STATES.get(state, state))


def states_in_order() -> list[str]:
    return [*STATES, NOT_PROPOSED]


def _language(tag: str) -> str:
    return places.language_name(tag, get_language() or "en") if tag else ""


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
