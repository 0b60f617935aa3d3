"""What every figure is called, and how a customer's own is told, in English and Chinese (`figures.yaml`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guanxi.kernel.titles import in_language

TABLE = Path(__file__).with_name("figures.yaml")
QUARTERS = {
    "spend_quarter_": {"en": "spend {number} closed quarters back", "zh-Hans": "前第{number}个季度采购额"},
    "order_count_quarter_": {"en": "orders {number} closed quarters back", "zh-Hans": "前第{number}个季度订单数"},
}


@dataclass(frozen=True, slots=True)
class FigureName:
    """`has` tells a customer's own amount, `none` that it is not known; a `short` amount speaks for itself."""

    title: Mapping[str, str]
    has: Mapping[str, str] = field(default_factory=dict)
    none: Mapping[str, str] = field(default_factory=dict)
    short: bool = False


@cache
def names() -> Mapping[str, FigureName]:
    """Every figure that `figures.yaml` names; the quarters are numbered."""
    table: dict[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {figure: FigureName(**fields) for figure, fields in table.items()}


def name_of(figure: str) -> FigureName:
    """The words of a figure; its bare name when nobody gave it any."""
    for prefix, titles in QUARTERS.items():
        number = figure.removeprefix(prefix)
        if number != figure and number.isdigit():
            return FigureName({language: title.format(number=number) for language, title in titles.items()})
    return names().get(figure) or FigureName({"en": figure.replace("_", " ")})


def title_of(figure: str, language: str = "en") -> str:
    return in_language(name_of(figure).title, language)
