"""The charts of a rehearsal's page: letters a week, why they waited, how many one reader got, where and who."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.console.rehearsal_words import held_words

COLOURS = ("@accent", "#c98b2b", "#5b7fb5", "#8a6fa8", "#5d9a8c", "#b5656b", "#9a9a55", "#8d97a5")
SHOWN = 12
GRID = {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True}


def charts(found: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {
        "weeks": _weeks(found, titles),
        "held": _bars({held_words(reason): n for reason, n in found["held"].items()}),
        "readers": _columns(found["per_contact"]["distribution"]),
        "countries": _bars(found["by_country"]),
        "tiers": _bars(found["by_tier"]),
    }


def _weeks(found: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    weeks = list(found["by_week"])
    journeys = sorted(found["by_journey"].items(), key=lambda each: -each[1]["proposed"])
    return {
        "grid": GRID,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "left": 0, "type": "scroll", "itemWidth": 10, "itemHeight": 10},
        "xAxis": {"type": "category", "data": weeks, "axisTick": {"show": False}},
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
