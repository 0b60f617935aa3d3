"""The fields that cards of the builder are made of, and what is read back from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanxi.journeys.reading import GraphError, read_block
from guanxi.journeys.splicing import flow, plain

Options = Sequence[tuple[str, str]]
Groups = Sequence[tuple[str, Options]]
UNITS: dict[str, str | Promise] = {
    "m": gettext_lazy("minutes"), "h": gettext_lazy("hours"), "d": gettext_lazy("days"), "w": gettext_lazy("weeks"),
}  # fmt: skip
SPAN = re.compile(r"(\d{1,4}) ?([mhdw])")


class Unfilled(GraphError):
    """A field of the card cannot be taken as it was filled in; the sentence says which and why."""

    def __init__(self, sentence: str) -> None:
        ValueError.__init__(self, sentence)
        self.line = 1


@dataclass(frozen=True, slots=True)
class FormField:
    """`kind` is text, area, select, number, hour or span, a span counting `value` times its `unit`.

    `mode` names the choices of the field before it under which this one is asked for; empty means always.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    options: Options = ()
    hint: str = ""
    unit: str = ""
    mode: str = ""
    groups: Groups = ()


def span_field(
    name: str, label: str, value: Any, *, hint: str = "", unit: str = "d", mode: str = "", units: str = "mhdw"
) -> FormField:
    """A number and its unit; what is no span (nothing, or a text of another kind) leaves it empty."""
    found = SPAN.fullmatch(str(value or ""))
    count, unit = (found[1], found[2]) if found else ("", unit)
    return FormField(name, label, "span", count, [(each, str(UNITS[each])) for each in units], hint, unit, mode)


def span_filled(name: str, post: QueryDict) -> str | None:
    """`3d`; what is no whole number goes on as it is, for the grammar to refuse."""
    count, unit = post.get(name, "").strip(), post.get(f"{name}-unit", "")
    return (f"{count}{unit}" if unit in UNITS and count.isdecimal() else count) or None


def numbers_of(prefix: str, part: str, post: QueryDict) -> list[int]:
    """The rows `prefix`-0, -1, … that were sent, by a field each of them has."""
    found = (re.fullmatch(rf"{re.escape(prefix)}(\d{{1,3}})-{re.escape(part)}", name) for name in post)
    return sorted(int(each[1]) for each in found if each)


def list_of(words: Mapping[str, str | Promise]) -> Options:
    return [(value, str(title)) for value, title in words.items()]


def with_written(options: Options, value: Any) -> Options:
    """What is written stays among the choices even when it is none of them."""
    names = {name for name, _title in options}
    return [*options, *([(str(value), str(value))] if value and str(value) not in names else [])]


def spoken(value: Any) -> str:
    """A value as the text writes it."""
    return str(flow(value))


def mapping(text: str) -> dict[str, Any]:
    """`stage: confirmed, to: [a, b]`, as it stands between braces. Raises GraphError."""
    if not text.strip():
        return {}
    return dict(plain(read_block("{" + text.replace("\n", " ") + "}")))


def scalars(text: str) -> list[Any]:
    """One value or several with commas between them."""
    try:
        found = mapping(f"it: [{text}]")["it"]
    except (GraphError, KeyError):
        found = [each.strip() for each in text.split(",")]
    return list(found) or [text]


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """One mapping, or a list of them."""
    return [each for each in listed(value) if isinstance(each, Mapping)]


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]
