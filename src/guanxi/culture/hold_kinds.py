"""The holds of holds.yaml: named spans in which mail behaves otherwise, each with its class. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parent / "holds.yaml"
# Marketing waits until the span is over.
PROMOTION_HOLD = "promotion_hold"
# As above, but a letter that is written for this feast may leave on its days.
GREETING_WINDOW = "greeting_window"
# Nothing waits; marketing leaves in the shorter hours of the span.
WORKING_TIME_ONLY = "working_time_only"
CLASSES = (PROMOTION_HOLD, GREETING_WINDOW, WORKING_TIME_ONLY)
# A firm's own span, each year the same: 12-20..01-06.
_OWN_DAYS = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """Equal only to itself. `rule` is hijri, dates or lunar_new_year and says how `bounds` are read; `hours` are
    those of the short days."""

    code: str
    titles: Mapping[str, str]
    kind: str
    rule: str
    bounds: tuple[Any, Any]
    contact_may_opt_out: bool = False
    hours: tuple[time, time] | None = field(default=None)

    @property
    def name(self) -> str:
        return self.titles["en"]

    def title(self, language: str) -> str:
        """The name for a reader of `language`, else the English one."""
        return self.titles.get(language) or self.titles.get(_SCRIPTS.get(language, ""), self.name)


# What Django calls the languages of our own pages.
_SCRIPTS = {"zh-hans": "zh-Hans", "zh-cn": "zh-Hans", "zh": "zh-Hans"}


@cache
def all_holds() -> dict[str, Hold]:
    """The holds of holds.yaml by code."""
    entries = yaml.load(PATH.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {code: _hold(code, entry) for code, entry in entries.items()}


@lru_cache(maxsize=512)
def hold(code: str) -> Hold:
    """A hold by its code, or by its days when it is the firm's own. Raises KeyError."""
    known = all_holds().get(code)
    if known is not None:
        return known
    if not is_hold(code):
        raise KeyError(code)
    first, last = code.split("..")
    titles = {"en": f"own hold {first} to {last}", "zh-Hans": f"自定暂停期 {first} 至 {last}"}
    return Hold(code, titles, PROMOTION_HOLD, "dates", (first, last))


def is_hold(code: str) -> bool:
    return code in all_holds() or _are_days(code)


def title(code: str, language: str = "en") -> str:
    """The name of a hold; the code in words when there is none by that name any more."""
    return hold(code).title(language) if is_hold(code) else code.replace("_", " ")


def _are_days(code: str) -> bool:
    match = _OWN_DAYS.fullmatch(code)
    if match is None:
        return False
    first_month, first_day, last_month, last_day = (int(part) for part in match.groups())
    try:  # A year without 29 February, so that the span exists in every year.
        date(2027, first_month, first_day), date(2027, last_month, last_day)
    except ValueError:
        return False
    return True


def _hold(code: str, entry: dict[str, Any]) -> Hold:
    rule = next(key for key in ("hijri", "dates", "lunar_new_year") if key in entry)
    first, last = entry[rule]
    hours = entry.get("hours")
    if entry["class"] not in CLASSES:
        raise ValueError(f"{code}: {entry['class']!r} is none of {', '.join(CLASSES)}")
    return Hold(
        code, dict(entry["title"]), entry["class"], rule, (first, last), bool(entry.get("contact_may_opt_out")),
        (time.fromisoformat(hours[0]), time.fromisoformat(hours[1])) if hours else None,
    )  # fmt: skip
