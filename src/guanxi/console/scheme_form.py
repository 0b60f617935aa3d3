"""The editor of a scheme: what a posted form changes in its text, and the text as the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.parts import number_in
from guanxi.console.tier_words import language
from guanxi.kernel.titles import in_language
from guanxi.scoring.measures import FIGURES
from guanxi.tiering import documents, figure_names, scheme_forms, words
from guanxi.tiering.previews import BorderFacts, Preview, Spread
from guanxi.tiering.scheme_forms import BadChange, Border, Path

# Positions of a slider: the width of the histogram above it.
STEPS = 400
OPERATORS: dict[str, str | Promise] = {
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "above": gettext_lazy("more than"),
    "below": gettext_lazy("less than"),
    "is": gettext_lazy("exactly"),
}
# Several borders of one comparison.
CHOICES: dict[str | int, str | Promise] = {
    "largest_of": gettext_lazy("the larger of"),
    "smallest_of": gettext_lazy("the smaller of"),
    "any_of": gettext_lazy("or"),
}
LISTS: dict[str, str | Promise] = {
    "facts": gettext_lazy("Named facts"),
    "moves": gettext_lazy("Moves beside the rules"),
    "marks": gettext_lazy("Remarks"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of a histogram on a canvas of 200 × 32."""

    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class BorderField:
    """One border as the form shows it. `position` is that of the slider; without a spread there is none."""

    name: str
    title: str
    choice: str
    operator: str
    operator_words: str
    may_change_operator: bool
    operator_place: str
    form: str
    value: str
    other: str
    unit: str
    settled: str
    near: int
    is_preset: bool
    is_share: bool
    position: int | None
    low: float
    high: float
    is_log: bool
    is_whole: bool
    bars: list[Bar]
    mark: float | None
    near_from: float
    near_width: float
    remove_place: str


@dataclass(frozen=True, slots=True)
class GroupFields:
    """One rule, gate, fact, move or remark with its borders; `others` are conditions on other standings in words."""

    place: str
    title: str
    name: str
    tier: str
    fields: list[BorderField]
    others: list[str] = field(default_factory=list)
    gates: list[GroupFields] = field(default_factory=list)
    may_rise: bool = False


@dataclass(frozen=True, slots=True)
class Editor:
    """The whole form."""

    rules: list[GroupFields]
    lists: list[tuple[str, list[GroupFields]]]
    tiers: list[tuple[str, str, str]]
    titles: tuple[str, str]
    about: tuple[str, str]
    window: str
    decides: str
    hysteresis: str
    figures: list[tuple[str, str]]


def text_after(query: QueryDict) -> str:
    """The document of the form with everything that was changed in it. Raises BadChange and SchemeError."""
    text = query.get("document", "")
    text = _with_values(text, query)
    text = _with_operators(text, query)
    text = _with_texts(text, query)
    return _with_act(text, query)


def editor_of(text: str, found: Preview | None) -> Editor:
    """The form of a text that can be read."""
    document = documents.load(text)
    facts = {each.border.place: each for each in found.borders} if found else {}
    currency = found.run.currency if found else document.get("currency", "")
    fields = _Fields(facts, currency, _preset_values(document), len(found.overview.tiers) if found else 0)
    groups: dict[Path, list[BorderField]] = {}
    for border in scheme_forms.borders_of(document):
        groups.setdefault(border.group, []).append(fields.of(border))
    scheme = documents.read_scheme(text)
    return Editor(
        rules=[_rule(document, place, groups, scheme.tiers) for place in range(len(document["rules"]))],
        lists=[(str(LISTS[key]), _list(document, key, groups)) for key in LISTS if document.get(key)],
        tiers=[(tier, titles.get("en", ""), titles.get("zh-Hans", "")) for tier, titles in scheme.tiers.items()],
        titles=(scheme.title.get("en", ""), scheme.title.get("zh-Hans", "")),
        about=(scheme.about.get("en", ""), scheme.about.get("zh-Hans", "")),
        window="lifetime" if scheme.window_days is None else str(scheme.window_days),
        decides=scheme.decides,
        hysteresis=f"{scheme.hysteresis:f}",
        figures=sorted(((name, figure_names.title_of(name, language())) for name in FIGURES), key=lambda each: each[1]),
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    facts: Mapping[str, BorderFacts]
    currency: str
    preset: Mapping[str, Decimal]
    tiers: int

    def of(self, border: Border) -> BorderField:
        facts = self.facts.get(border.place)
        spread = facts.spread if facts else None
        settled = facts.settled if facts else None
        is_share = border.form == "percentile"
        mark = spread.place_of(float(settled)) if spread and settled is not None else None
        near = _near(spread, settled)
        return BorderField(
            name=border.place,
            title=figure_names.title_of(border.figure, language()),
            choice=str(next((CHOICES[part] for part in border.path if part in CHOICES), "")),
            operator=border.operator,
            operator_words=str(OPERATORS.get(border.operator, border.operator)),
            may_change_operator=border.path[-1] == border.operator,
            operator_place=_operator_place(border),
            form=border.form,
            value=f"{border.value:f}",
            other=figure_names.title_of(border.other, language()) if border.other else "",
            unit=_unit(border, self.currency),
            settled=words.quantity(border.figure, settled, self.currency, language())
            if is_share and settled is not None else "",
            near=facts.near if facts else 0,
            is_preset=self.preset.get(border.place) == border.value,
            is_share=is_share,
            position=_position(border, spread, settled),
            low=spread.low if spread else 0.0,
            high=spread.high if spread else 0.0,
            is_log=bool(spread and spread.is_log),
            is_whole=FIGURES[border.figure].kind in ("days", "count", "score", "months"),
            bars=_bars(spread),
            mark=None if mark is None else round(mark * 200, 1),
            near_from=near[0],
            near_width=near[1],
            remove_place=_condition_place(border),
        )  # fmt: skip


def _bars(spread: Spread | None) -> list[Bar]:
    if spread is None or not any(spread.counts):
        return []
    most, width = max(spread.counts), 200 / len(spread.counts)
    # The square root, so that a long tail stays visible beside a peak.
    heights = [round(30 * (count / most) ** 0.5, 1) for count in spread.counts]
    return [Bar(round(place * width, 1), 32 - height, height) for place, height in enumerate(heights) if height]


def _near(spread: Spread | None, settled: Decimal | None) -> tuple[float, float]:
    if spread is None or settled is None:
        return 0.0, 0.0
    first, last = (spread.place_of(float(settled) * (1 + share)) * 200 for share in (-0.1, 0.1))
    return round(first, 1), round(max(last - first, 0), 1)


def _position(border: Border, spread: Spread | None, settled: Decimal | None) -> int | None:
    if border.form == "percentile":
        return round(border.value)
    if border.form != "number" or spread is None or settled is None or spread.high <= spread.low:
        return None
    return round(spread.place_of(float(settled)) * STEPS)


def _unit(border: Border, currency: str) -> str:
    if border.form == "percentile":
        return "%"
    if border.form == "times":
        return "×"
    kind = FIGURES[border.figure].kind
    units = {"money": currency, "days": _("days"), "percent": "%", "years": _("years"), "months": _("months")}
    return units.get(kind, "")


def _operator_place(border: Border) -> str:
    """The place of the comparison itself, where it can be changed for another."""
    path = border.path[:-1] if border.form in ("percentile", "times") else border.path
    return scheme_forms.place_of(path)


def _condition_place(border: Border) -> str:
    """The place of the whole condition: everything up to the figure."""
    return scheme_forms.place_of(border.path[: border.path.index(border.figure) + 1])


def _preset_values(document: Mapping[str, Any]) -> Mapping[str, Decimal]:
    """The borders as they were shipped, so that a default is marked as one."""
    name = document.get("name")
    return _shipped_values(str(name)) if name in documents.preset_names() else {}


@cache
def _shipped_values(name: str) -> Mapping[str, Decimal]:
    shipped = documents.load(documents.preset_text(name))
    return {border.place: border.value for border in scheme_forms.borders_of(shipped)}


def _rule(document: Mapping[str, Any], place: int, groups: Mapping[Path, list[BorderField]], tiers: Any) -> GroupFields:
    rule = document["rules"][place]
    titles = tiers.get(rule["tier"], {})
    gates = [
        GroupFields(
            place=f"rules/{place}/gates/{number}",
            title=in_language(conditions_titles(gate), language()),
            name=gate["name"],
            tier="",
            fields=groups.get(("rules", place, "gates", number), []),
        )
        for number, gate in enumerate(rule.get("gates", []))
    ]
    return GroupFields(
        place=f"rules/{place}",
        title=in_language(titles, language()) or rule["tier"],
        name=rule.get("name", ""),
        tier=rule["tier"],
        fields=groups.get(("rules", place), []),
        others=_others(rule.get("when", {})),
        gates=gates,
        may_rise=place > 0,
    )


def conditions_titles(found: Mapping[str, Any]) -> Mapping[str, str]:
    title = found.get("title", found.get("name", ""))
    return title if isinstance(title, Mapping) else {"en": str(title)}


def _list(document: Mapping[str, Any], key: str, groups: Mapping[Path, list[BorderField]]) -> list[GroupFields]:
    if key == "facts":
        return [GroupFields(f"facts/{name}", name, name, "", groups.get(("facts", name), []), _others(table))
                for name, table in document[key].items()]  # fmt: skip
    return [
        GroupFields(
            place=f"{key}/{place}",
            title=in_language(conditions_titles(each), language()),
            name=each.get("name", ""),
            tier=each.get("to", ""),
            fields=groups.get((key, place), []),
            others=_others(each.get("when", {})),
        )
        for place, each in enumerate(document[key])
    ]


def _others(table: Any) -> list[str]:
    """Conditions without a number, as they stand in the text: facts and standings of other schemes."""
    if not isinstance(table, Mapping):
        return []
    found = []
    facts = table.get("facts", [])
    found += facts if isinstance(facts, list) else [facts]
    options = table.get("any_of", [])
    for each in (table, *options):
        for scheme, tiers in (each.get("standing") or {}).items():
            found.append(f"{scheme}: {' / '.join(tiers) if isinstance(tiers, list) else tiers}")
    return [str(each) for each in found]


def _with_values(text: str, query: QueryDict) -> str:
    before = {border.place: border for border in scheme_forms.borders_of(documents.load(text))}
    changes: dict[Path, str] = {}
    for place, border in before.items():
        posted = query.get(f"b:{place}")
        if posted is None or border.form == "flag":
            continue
        value = _decimal(posted, place)
        if value != border.value:
            changes[border.path] = f"{value:f}"
    return scheme_forms.changed(text, changes) if changes else text


def _with_operators(text: str, query: QueryDict) -> str:
    for key in query:
        if key.startswith("o:"):
            path = scheme_forms.path_of(key[2:])
            operator = str(query[key])
            if path[-1] != operator:
                text = scheme_forms.with_operator(text, path, operator)
    return text


def _with_texts(text: str, query: QueryDict) -> str:
    """Titles and options, where the form has them and they differ."""
    scheme = documents.read_scheme(text)
    for key, values in _texts(scheme).items():
        for code, before in zip(("en", "zh-Hans"), values, strict=True):
            posted = query.get(f"t:{key}/{code}")
            if posted is not None and posted.strip() and posted.strip() != before:
                text = scheme_forms.set_value(text, (*scheme_forms.path_of(key), code), posted.strip())
    options: dict[str, object] = {
        "window_days": "lifetime" if scheme.window_days is None else str(scheme.window_days),
        "decides": scheme.decides,
        "hysteresis": f"{scheme.hysteresis:f}",
    }
    for key, known in options.items():
        posted = query.get(f"t:{key}", "").strip()
        if posted and posted != known:
            number = number_in(posted, otherwise=-1)
            text = scheme_forms.set_value(text, (key,), posted if number < 0 else number)
    return text


def _texts(scheme: Any) -> dict[str, Sequence[str]]:
    def both(titles: Mapping[str, str]) -> tuple[str, str]:
        return titles.get("en", ""), titles.get("zh-Hans", "")

    return {"title": both(scheme.title), **{f"tiers/{tier}": both(titles) for tier, titles in scheme.tiers.items()}}


def _with_act(text: str, query: QueryDict) -> str:
    """What a button asks for: `remove:…`, `up:…`, `condition:…`, `gate:…`, `rule`."""
    act, _, place = query.get("act", "").partition(":")
    path = scheme_forms.path_of(place) if place else ()
    figure = query.get(f"f:{place}", "")
    match act:
        case "remove":
            return scheme_forms.without(text, path)
        case "up":
            return scheme_forms.moved_up(text, path)
        case "condition":
            return scheme_forms.with_condition(text, path, figure)
        case "gate":
            return scheme_forms.with_gate(text, path, figure)
        case "rule":
            return scheme_forms.with_rule(text, query.get("new_tier", "").strip())
    return text


def _decimal(posted: str, place: str) -> Decimal:
    try:
        return Decimal(posted.strip().replace(",", ""))
    except ArithmeticError:
        raise BadChange(place) from None
