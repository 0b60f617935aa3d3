"""The charts of a rehearsal's page: letters a week, why they waited, how many one reader got, where and who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.console.rehearsal_words import held_words, tier_titles
from guanxi.console.templatetags.guanxi import page_locale
from guanxi.kernel import places
from guanxi.rehearsal.figures import UNKNOWN

COLOURS = ("@accent", "#c98b2b", "#5b7fb5", "#8a6fa8", "#5d9a8c", "#b5656b", "#9a9a55", "#8d97a5")
SHOWN = 12
MOST_COLUMNS = 24
GRID = {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True}


def charts(found: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {
        "weeks": _weeks(found, titles),
        "held": _bars({held_words(reason): n for reason, n in found["held"].items()}),
        "readers": _columns(_binned(found["per_contact"]["distribution"])),
        "countries": _bars(_named(found["by_country"], country_words)),
        "tiers": _bars(_named(found["by_tier"], tier_words())),
    }


def monday_of(week: str) -> str:
    """The first day of a week such as 2026-W07, as people write it."""
    return format_date(date.fromisocalendar(int(week[:4]), int(week[6:]), 1), "medium", locale=page_locale())


def _named(counts: Mapping[str, int], words: Callable[[str], str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for key, n in counts.items():
        found[words(key)] += n
    return dict(found)


def country_words(code: str) -> str:
    return _("unknown") if code == UNKNOWN else places.country_name(code, get_language() or "en")


def tier_words() -> Callable[[str], str]:
    titles = {UNKNOWN: _("no tier yet")} | tier_titles()
    return lambda tier: titles.get(tier, tier)


def _weeks(found: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    weeks = list(found["by_week"])
    journeys = sorted(found["by_journey"].items(), key=lambda each: -each[1]["proposed"])
    return {
        "grid": GRID,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "left": 0, "type": "scroll", "itemWidth": 10, "itemHeight": 10},
        "xAxis": {"type": "category", "data": list(map(monday_of, weeks)), "axisTick": {"show": False}},
        "yAxis": {"type": "value", "splitLine": {"lineStyle": {"color": "@line"}}},
        "series": [
            {"name": titles[key], "type": "bar", "stack": "letters", "barMaxWidth": 24,
             "itemStyle": {"color": COLOURS[number % len(COLOURS)]},
             "data": [each["by_week"].get(week, 0) for week in weeks]}
            for number, (key, each) in enumerate(journeys) if each["proposed"]
        ],
    }  # fmt: skip


def _bars(counts: Mapping[str, int]) -> dict[str, Any]:
    """The largest on top."""
    largest = sorted(counts.items(), key=lambda each: each[1])[-SHOWN:]
    return {
        "grid": GRID | {"top": 8, "right": 48},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", "splitLine": {"lineStyle": {"color": "@line"}}},
        "yAxis": {"type": "category", "data": [name for name, _ in largest], "axisTick": {"show": False}},
        "series": [
            {"type": "bar", "barMaxWidth": 18, "itemStyle": {"color": "@accent"}, "data": [n for _, n in largest],
             "label": {"show": True, "position": "right"}}
        ],
    }  # fmt: skip


def _binned(counts: Mapping[str, int]) -> dict[str, int]:
    """Readers by the number of their mails; many different numbers come together in spans of one width."""
    width = max(-(-max(map(int, counts), default=1) // MOST_COLUMNS), 1)
    found: Counter[str] = Counter()
    for mails, n in sorted((int(mails), n) for mails, n in counts.items()):
        begin = (mails - 1) // width * width + 1
        found[str(mails) if width == 1 else f"{begin}–{begin + width - 1}"] += n
    return dict(found)


def _columns(counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "grid": GRID | {"top": 12},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "category", "data": list(counts), "axisTick": {"show": False}},
        "yAxis": {"type": "value", "splitLine": {"lineStyle": {"color": "@line"}}},
        "series": [
            {"type": "bar", "barMaxWidth": 24, "itemStyle": {"color": "@accent"}, "data": list(counts.values())}
        ],
    }
