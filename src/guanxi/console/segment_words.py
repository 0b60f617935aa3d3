"""A rule as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from guanxi.console.phrases import with_aside
from guanxi.console.segment_titles import PROPERTY_TITLES, choice_title, event_title, field_title
from guanxi.console.templatetags.guanxi import page_locale
from guanxi.kernel import places
from guanxi.segments.tree import (
    EventCount,
    FieldTest,
    Filter,
    Group,
    MemberTest,
    Node,
    OrderFigure,
    Rule,
    StandingTest,
    Window,
)


@dataclass(frozen=True, slots=True)
class Names:
    """Titles of what a rule refers to by name: schemes, tiers as (scheme, tier), segments, owners by number."""

    schemes: Mapping[str, str] = field(default_factory=dict)
    tiers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)


def sentence(rule: Rule, names: Names | None = None) -> str:
    """`Customers with all of these: country is Germany; at least 3 orders in the last 90 days.`"""
    speaker = _Speaker(rule.currency, names or Names())
    what = speaker.group(rule.where, is_top=True)
    if rule.level == "contact":
        return _("Contacts: %(conditions)s.") % {"conditions": what}
    return _("Customers: %(conditions)s.") % {"conditions": what}


@dataclass(frozen=True, slots=True)
class _Speaker:
    currency: str
    names: Names

    def group(self, group: Group, *, is_top: bool = False) -> str:
        parts = [self.node(each) for each in group.nodes]
        if group.kind == "none":
            # Translators: between conditions of which none may hold.
            return _("none of these: %(conditions)s") % {"conditions": _(" or ").join(parts)}
        joined = (_(" and ") if group.kind == "all" else _(" or ")).join(parts)
        return joined if is_top or len(parts) == 1 else _("(%(conditions)s)") % {"conditions": joined}

    def node(self, node: Node) -> str:
        match node:
            case Group():
                return self.group(node)
            case FieldTest():
                return self._field(node)
            case StandingTest():
                return self._standing(node)
            case EventCount():
                return self._event(node)
            case OrderFigure():
                return self._orders(node)
            case MemberTest():
                title = self.names.segments.get(node.segment, node.segment)
                words = _("in “%(segment)s”") if node.is_in else _("not in “%(segment)s”")
                return words % {"segment": title}

    def _field(self, test: FieldTest) -> str:
        title = field_title(test.field.name)
        if test.op in _FLAGS:
            return _FLAGS[test.op]() % {"field": title}
        return _OPERATIONS[test.op]() % {"field": title, "value": self._value(test)}

    def _value(self, test: FieldTest) -> str:
        value: Any = test.value
        if isinstance(value, tuple) and test.op == "between":
            low, high = (self._number(test, each) for each in value)
            return _("%(low)s and %(high)s") % {"low": low, "high": high}
        if isinstance(value, tuple):
            return self._any([self._choice(test, each) for each in value])
        if isinstance(value, date):
            return str(format_date(value, "medium", locale=page_locale()))
        return self._number(test, value) if isinstance(value, int | Decimal) else _("“%(word)s”") % {"word": value}

    def _number(self, test: FieldTest, value: Decimal | int) -> str:
        return self._money(value) if test.field.kind == "money" else plain(value)

    def _money(self, value: Decimal | int) -> str:
        if not self.currency:
            return plain(value)
        return str(format_currency(value, self.currency, "¤#,##0.##", locale=page_locale(), currency_digits=False))

    def _choice(self, test: FieldTest, value: str) -> str:
        match test.field.source:
            case "countries":
                return places.country_name(value, get_language() or "en") or value
            case "languages":
                return places.language_name(value, get_language() or "en") or value
            case "owners":
                return self.names.owners.get(value, value)
        return choice_title(value) if test.field.choices else value

    def _any(self, words: Sequence[str]) -> str:
        if len(words) < 2:
            return "".join(words)
        return _("%(first)s or %(last)s") % {"first": _(", ").join(words[:-1]), "last": words[-1]}

    def _standing(self, test: StandingTest) -> str:
        scheme = self.names.schemes.get(test.scheme, test.scheme)
        tiers = self._any([self.names.tiers.get((test.scheme, tier), tier) for tier in test.tiers])
        match test.op:
            case "any_of":
                words = _("%(tier)s in “%(scheme)s”") % {"tier": tiers, "scheme": scheme}
            case "none_of":
                words = _("not %(tier)s in “%(scheme)s”") % {"tier": tiers, "scheme": scheme}
            case "is_known":
                words = _("has a standing in “%(scheme)s”") % {"scheme": scheme}
            case _:
                words = _("has no standing in “%(scheme)s”") % {"scheme": scheme}
        if not test.for_days:
            return words
        return with_aside(words, _("for %(days)s days at least") % {"days": plain(test.for_days)})

    def _event(self, test: EventCount) -> str:
        happened = event_title(test.name)
        if test.op == "at_most" and test.count == 0:
            words = _("never “%(event)s”") % {"event": happened}
        else:
            count = _times(test.op, test.count)
            words = _("“%(event)s” %(times)s") % {"event": happened, "times": count}
        return self._with_more(words, test.window, test.filters)

    def _orders(self, test: OrderFigure) -> str:
        if test.figure == "sum":
            amount = self._money(test.value)
            words = (
                _("orders worth at least %(amount)s") if test.op == "at_least" else _("orders worth at most %(amount)s")
            )
            words = words % {"amount": amount}
        elif test.op == "at_most" and test.value == 0:
            words = _("no order")
        else:
            count = {"count": plain(test.value)}
            plural = int(test.value)
            words = (
                ngettext("at least %(count)s order", "at least %(count)s orders", plural) % count
                if test.op == "at_least"
                else ngettext("at most %(count)s order", "at most %(count)s orders", plural) % count
            )
        return self._with_more(words, test.window, test.filters)

    def _with_more(self, words: str, window: Window, filters: Sequence[Filter]) -> str:
        when = window_words(window)
        if when:
            words = _("%(what)s %(when)s") % {"what": words, "when": when}
        more = [self._filter(each) for each in filters]
        return with_aside(words, _(", ").join(more)) if more else words

    def _filter(self, each: Filter) -> str:
        title = PROPERTY_TITLES.get(each.name, each.name)
        value = each.value
        words = (
            self._any([choice_title(word) for word in value])
            if isinstance(value, tuple)
            else plain(value) if isinstance(value, Decimal) else _("“%(word)s”") % {"word": value}
        )  # fmt: skip
        return _OPERATIONS[each.op]() % {"field": title, "value": words}


def window_words(window: Window) -> str:
    """`in the last 30 days`; nothing for all time."""
    if window.last_days is not None:
        return ngettext("in the last %(days)s day", "in the last %(days)s days", window.last_days) % {
            "days": plain(window.last_days)
        }
    if window.days_ago is not None:
        near, far = window.days_ago
        return _("between %(near)s and %(far)s days ago") % {"near": plain(near), "far": plain(far)}
    first, last = (
        each and format_date(each, "medium", locale=page_locale()) for each in (window.from_on, window.to_on)
    )
    if first and last:
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("since %(first)s") % {"first": first}
    return _("until %(last)s") % {"last": last} if last else ""


def _times(op: str, count: int) -> str:
    number = {"count": plain(count)}
    if op == "at_least":
        return ngettext("at least %(count)s time", "at least %(count)s times", count) % number
    return ngettext("at most %(count)s time", "at most %(count)s times", count) % number


def plain(number: Decimal | int) -> str:
    return str(format_decimal(number, "#,##0.######", locale=page_locale()))


# Functions, since a text is translated when it is asked for.
_FLAGS = {
    "is_true": lambda: _("%(field)s"),
    "is_false": lambda: _("not: %(field)s"),
    "is_known": lambda: _("%(field)s is known"),
    "is_unknown": lambda: _("%(field)s is unknown"),
}
_OPERATIONS = {
    "is": lambda: _("%(field)s is %(value)s"),
    "is_not": lambda: _("%(field)s is not %(value)s"),
    "contains": lambda: _("%(field)s contains %(value)s"),
    "starts_with": lambda: _("%(field)s begins with %(value)s"),
    "any_of": lambda: _("%(field)s is %(value)s"),
    "none_of": lambda: _("%(field)s is not %(value)s"),
    "at_least": lambda: _("%(field)s at least %(value)s"),
    "at_most": lambda: _("%(field)s at most %(value)s"),
    "between": lambda: _("%(field)s between %(value)s"),
    "in_last_days": lambda: _("%(field)s in the last %(value)s days"),
    "more_than_days_ago": lambda: _("%(field)s more than %(value)s days ago"),
    "in_next_days": lambda: _("%(field)s in the next %(value)s days"),
    "anniversary_in_days": lambda: _("anniversary of “%(field)s” in the next %(value)s days"),
    "on_or_after": lambda: _("%(field)s on or after %(value)s"),
    "on_or_before": lambda: _("%(field)s on or before %(value)s"),
}
