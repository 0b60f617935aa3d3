"""Rules, figures and moves of tiers as sentences in the reader's language. Never "R high": days, and a score of 5
(CN-03)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from guanxi.console.phrases import labelled, listed, with_aside
from guanxi.console.templatetags.guanxi import page_locale
from guanxi.kernel import titles as kernel_titles
from guanxi.scoring.measures import FIGURES
from guanxi.tiering import figure_names, outlook_words, words
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.rules import STANDING, Check, Constant, Decision, GateOutcome, Multiple, Outcome
from guanxi.tiering.rules import Words as OneOf

CAUSES: dict[str, str | Promise] = {
    "first": gettext_lazy("first standing"),
    "growth": gettext_lazy("grew"),
    "risk": gettext_lazy("fell back"),
    "time": gettext_lazy("time has passed"),
    "policy": gettext_lazy("the rules were changed"),
    "person": gettext_lazy("decided by hand"),
}
CAUSES["need"] = gettext_lazy("another need")
GATE_STATES: dict[str, str | Promise] = {
    "passed": gettext_lazy("met"),
    "warned": gettext_lazy("warning"),
    "failed": gettext_lazy("not met: one grade lower"),
    "unknown": gettext_lazy("not known, so without effect"),
}
# Worded by the reader's locale; the others by tiering.words, which has their names.
ORDERS_AND_SPEND = frozenset({
    "days_since_last_order", "order_count", "spend_total", "order_count_window", "spend_window", "r_score", "f_score",
    "m_score", "cycle_days",
})  # fmt: skip
SCORES: dict[str, str | Promise] = {
    "r_score": gettext_lazy("score of the last order"),
    "f_score": gettext_lazy("score of the number of orders"),
    "m_score": gettext_lazy("score of the spend"),
}


@dataclass(frozen=True, slots=True)
class CheckWords:
    """One condition: what the customer has, what the rule asks, and by how much it is missed."""

    figure: str
    border: str
    note: str
    passed: bool
    missed_by: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class GateWords:
    """One demand beside the conditions of the deciding rule (CN-12), by name."""

    title: str
    state: str
    state_words: str
    checks: list[CheckWords]


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule of the scheme against one customer."""

    tier: str
    title: str
    passed: bool
    decided: bool
    is_nearest: bool
    checks: list[CheckWords]


def rules_of(
    decision: Decision, *, titles: Mapping[str, str], currency: str, scores: Mapping[str, Any]
) -> list[RuleWords]:
    """Every rule in order; `scores` are the customer's r_score, f_score, m_score."""
    nearest = decision.nearest
    return [
        RuleWords(
            tier=outcome.tier,
            title=titles.get(outcome.tier, outcome.tier),
            passed=outcome.passed,
            decided=outcome.decided,
            is_nearest=outcome is nearest,
            checks=_checks(outcome, currency, scores),
        )
        for outcome in decision.outcomes
    ]


def gates_of(decision: Decision, *, currency: str, scores: Mapping[str, Any]) -> list[GateWords]:
    """The demands of the deciding rule."""
    return [
        GateWords(
            title=kernel_titles.in_language(gate.title, language()),
            state=gate.state,
            state_words=str(GATE_STATES[gate.state]),
            checks=_checks(gate, currency, scores),
        )
        for gate in decision.gates
    ]


def marks_of(decision: Decision) -> list[str]:
    return [kernel_titles.in_language(mark.title, language()) for mark in decision.marks]


def outlook_of(explanation: tiering_queries.Explanation) -> list[str]:
    """What would change the tier, and what time will do, a sentence each."""
    return outlook_words.outlook_words(
        explanation.outlook, explanation.read.tiers, explanation.currency, language()
    )  # fmt: skip


def language() -> words.Language:
    """The language of the page, of the two that the rules are worded in."""
    return "zh-Hans" if (get_language() or "").lower().startswith("zh") else "en"


def _checks(outcome: Outcome | GateOutcome, currency: str, scores: Mapping[str, Any]) -> list[CheckWords]:
    return [
        CheckWords(
            figure=figure_words(check, currency, scores),
            border=border_words(check, currency),
            note=source_words(check),
            passed=check.passed,
            is_over=_is_over(check),
            missed_by="" if check.passed or not check.missed_by else _quantity(check.figure, check.missed_by, currency),
        )
        for check in outcome.checks
    ]


def _is_over(check: Check) -> bool:
    value = check.value
    return value is not None and not isinstance(value, str) and check.threshold is not None and value > check.threshold


def figure_words(check: Check, currency: str, scores: Mapping[str, Any]) -> str:
    """What the customer has, with its window: `5 orders in 365 days`."""
    if check.figure.startswith(STANDING):
        return _standing_words(check)
    if check.figure not in ORDERS_AND_SPEND:
        return words.figure_words(check, currency, language())
    if check.value is None or isinstance(check.value, str):
        return _("no rhythm of his own yet") if check.figure == "cycle_days" else _("no order yet")
    amount = _quantity(check.figure, check.value, currency)
    if check.figure == "days_since_last_order":
        told = _("last order today") if not check.value else _("last order %(days)s ago") % {"days": amount}
        return _with_score(told, scores)
    if check.figure == "cycle_days":
        return _("own rhythm %(days)s") % {"days": amount}
    if check.figure in SCORES:
        return _("%(name)s %(score)s/5") % {"name": SCORES[check.figure], "score": amount}
    if check.window_days is None:
        return _("%(amount)s in all") % {"amount": amount}
    return _("%(amount)s in %(days)d days") % {"amount": amount, "days": check.window_days}


def _standing_words(check: Check) -> str:
    """`Lifecycle: Mature`, by the titles of the other scheme."""
    name = check.figure.removeprefix(STANDING)
    scheme = next((each for each in tiering_queries.kept_schemes() if each.name == name), None)
    if scheme is None:
        return labelled(name, check.value or _("no standing yet"))
    titles = dict(tiering_queries.tiers_of(scheme))
    tier = titles.get(str(check.value), str(check.value)) if check.value else _("no standing yet")
    return labelled(tiering_queries.title_of(scheme), tier)


def border_words(check: Check, currency: str) -> str:
    """What the rule asks: `at least 5 orders`."""
    if isinstance(check.source, OneOf):
        return "" if check.passed else words.border_words(check, currency, language())
    if FIGURES[check.figure].kind == "flag":
        return ""
    if check.threshold is None:
        return _("not known yet")
    amount = {"amount": _quantity(check.figure, check.threshold, currency)}
    match check.operator:
        case "at_least":
            return _("at least %(amount)s") % amount
        case "at_most":
            return _("at most %(amount)s") % amount
        case "above":
            return _("more than %(amount)s") % amount
        case "below":
            return _("less than %(amount)s") % amount
        case _:
            return _("exactly %(amount)s") % amount


def source_words(check: Check) -> str:
    """Where the border comes from, when it is no plain number."""
    match check.source:
        case Constant(percentile=Decimal() as share):
            return _("%(share)s %% of your customers lie below") % {"share": _plain(share)}
        case Multiple(figure, times):
            name = _("own rhythm") if figure == "cycle_days" else figure_names.title_of(figure, language())
            return f"{_plain(times)} × {name}"
    return ""


def figures_words(figures: Mapping[str, Any]) -> str:
    """The figures a move was decided on: `last order 23 days ago (5/5), 6 orders, 118,000 USD in all`."""
    told_of = []
    days, count = figures.get("days_since_last_order"), figures.get("order_count")
    if days is not None:
        amount = _quantity("days_since_last_order", Decimal(days), "")
        told = _("last order today") if not days else _("last order %(days)s ago") % {"days": amount}
        told_of.append(_with_score(told, figures))
    if count is not None:
        told_of.append(_quantity("order_count", Decimal(count), ""))
    if figures.get("spend_total") is not None and figures.get("currency"):
        amount = _quantity("spend_total", Decimal(str(figures["spend_total"])), str(figures["currency"]))
        told_of.append(_("%(amount)s in all") % {"amount": amount})
    return listed(told_of)


def _with_score(words: str, figures: Mapping[str, Any]) -> str:
    return with_aside(words, f"{figures['r_score']}/5") if figures.get("r_score") else words


def cause_words(cause: str) -> str:
    return str(CAUSES.get(cause, cause))


def _quantity(figure: str, number: Decimal | int, currency: str) -> str:
    kind = FIGURES[figure].kind
    if kind == "money":
        return str(format_currency(number, currency, locale=page_locale()))
    if kind == "score":
        return _plain(number)
    if kind != "days" and figure not in ORDERS_AND_SPEND:
        return words.quantity(figure, number, currency, language())
    count = {"count": _plain(number)}
    plural = 1 if number == 1 else 2
    if kind == "days":
        return ngettext("%(count)s day", "%(count)s days", plural) % count
    return ngettext("%(count)s order", "%(count)s orders", plural) % count


def _plain(number: Decimal | int) -> str:
    return str(format_decimal(number, "#,##0.##", locale=page_locale()))


def in_language(titles: Mapping[str, str], fallback: str) -> str:
    """The title of a tier or scheme in the page's language; its name when it has none."""
    return kernel_titles.in_language(titles, get_language() or "en", fallback)
