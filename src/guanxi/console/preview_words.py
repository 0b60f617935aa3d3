"""When a letter would leave and why, in sentences; the page and `guanxi preview` say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.console.message_words import hold_name, reason_words
from guanxi.culture import formats, hold_kinds
from guanxi.kernel import places
from guanxi.outbox.previews import Preview, Step


def sentences(preview: Preview) -> list[str]:
    """Why it waits or does not go, in the order of time; then whose clock that is."""
    found = [sentence for step in preview.steps for sentence in _of_step(step, preview)]
    if preview.leaves_at is not None:
        found.append(_("leaves at %(moment)s") % {"moment": moment_there(preview.leaves_at, preview.place.name)})
    found += [_clock(preview), *_language(preview)]
    return list(dict.fromkeys(found))


def holds(preview: Preview) -> list[str]:
    """Only what makes it wait or stops it."""
    found = (each for step in preview.steps if step.outcome != "pass" for each in _of_step(step, preview))
    return list(dict.fromkeys(found))


def moment_there(moment: datetime, zone: str) -> str:
    """Day, hour and zone as the reader's clock shows them."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{_day(local.date())}, {local:%H:%M} ({zone})"


def _of_step(step: Step, preview: Preview) -> Iterator[str]:
    if step.outcome == "drop":
        yield _("not sent: %(reason)s") % {"reason": reason_words(step.reason, step.detail)}
    elif step.outcome == "pass":
        if step.gate == "permission":
            yield reason_words(step.reason, step.detail)
    elif step.gate == "window":
        for reason in sorted(step.detail.get("reasons", []), key=_end):
            if not reason["code"].endswith("_zone"):
                yield _held(reason, step, preview)
    elif step.until is not None:
        until = moment_there(step.until, preview.place.name)
        yield _("held until %(until)s: %(reason)s") % {
            "until": until, "reason": reason_words(step.reason, step.detail)
        }  # fmt: skip
    else:
        yield reason_words(step.reason, step.detail)


def _end(reason: dict[str, Any]) -> str:
    """When a reason to wait is over, as far as it is known; ISO days and moments sort by time."""
    return str(reason.get("until") or reason.get("opens_at") or "")


def _held(reason: dict[str, Any], step: Step, preview: Preview) -> str:
    """A rest with its last day; hours of the day with the moment they open."""
    code, name = reason["code"], reason.get("name", "")
    if "until" in reason:
        until = _day(date.fromisoformat(reason["until"]))
    else:
        opens_at = datetime.fromisoformat(reason["opens_at"]) if "opens_at" in reason else step.until
        until = moment_there(opens_at, preview.place.name) if opens_at else ""
    if code == "firm_closed":
        words = _("we are closed ourselves (%(name)s)") % {"name": name}
    elif hold_kinds.is_hold(code):
        words = hold_name(code)
    else:
        words = reason_words(code, {"reasons": [reason]})
    return _("held until %(until)s: %(reason)s") % {"until": until, "reason": words}


def _clock(preview: Preview) -> str:
    place = preview.place
    told = {"zone": place.name, "source": source_words(place.source), "sure": confidence_words(place.confidence)}
    if place.note:
        told["note"] = place.note.rstrip(".")
        return _("%(note)s; reckoned in %(zone)s, %(source)s (%(sure)s)") % told
    return _("the reader's clock is %(zone)s, %(source)s (%(sure)s)") % told


def source_words(source: str) -> str:
    """How a time zone is known."""
    return {
        "contact": _("entered at the contact"),
        "city": _("from the city"),
        "region": _("from the region"),
        "phone": _("from the telephone number"),
        "country": _("from the country"),
    }.get(source, _("taken from the firm, since nothing else is known"))


def confidence_words(confidence: str) -> str:
    return {"high": _("sure"), "medium": _("fairly sure")}.get(confidence, _("a guess"))


def _language(preview: Preview) -> Iterator[str]:
    wanted = {tag.partition("-")[0] for tag in preview.wanted}
    if wanted and preview.language.partition("-")[0] not in wanted:
        page = get_language() or "en"
        yield _("there is no letter in %(wanted)s: the reader gets it in %(language)s") % {
            "wanted": places.language_name(preview.wanted[0], page),
            "language": places.language_name(preview.language, page),
        }


def _day(day: date) -> str:
    language = get_language() or "en"
    return formats.format_date(day, "en-GB" if language == "en" else language)
