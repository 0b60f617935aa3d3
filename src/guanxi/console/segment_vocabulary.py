"""What the builder of rules offers: fields, operators, events, schemes, segments, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.catalogue.models import Product
from guanxi.console.segment_titles import (
    EVENT_TITLES,
    GROUPS,
    OPERATOR_TITLES,
    OTHER_EVENTS,
    PROPERTY_TITLES,
    choice_title,
    field_title,
)
from guanxi.console.segment_words import Names
from guanxi.firm.queries import the_firm
from guanxi.kernel import places
from guanxi.ledger import queries as ledger_queries
from guanxi.segments import grammar, queries
from guanxi.segments.models import Segment
from guanxi.segments.registry import FIELDS, OPERATORS, WITHOUT_VALUE, Field
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import User
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Scheme

MOST_CHOICES = 400
COUNTS = ("at_least", "at_most", "never")
SUMS = ("at_least", "at_most")


def names() -> Names:
    """The titles a sentence needs."""
    schemes = tiering_queries.kept_schemes()
    return Names(
        schemes={each.name: tiering_queries.title_of(each) for each in schemes},
        tiers={(each.name, tier): title for each in schemes for tier, title in tiering_queries.tiers_of(each)},
        segments=dict(queries.all_segments().values_list("key", "title")),
        owners={str(each.pk): str(each) for each in staff_queries.members()},
    )


def vocabulary(user: User, *, but: str = "") -> dict[str, Any]:
    """As plain JSON; `but` is the key of the segment being edited, which cannot ask for itself."""
    open_choices = _open_choices(user)
    return {
        "fields": [_field(each, open_choices) for each in FIELDS.values()],
        "groups": [[name, str(title)] for name, title in GROUPS.items()],
        "operators": {kind: [_operator(op) for op in each] for kind, each in OPERATORS.items()},
        "without_value": sorted(WITHOUT_VALUE),
        "counts": [_operator(op) for op in COUNTS],
        "sums": [_operator(op) for op in SUMS],
        "standing_operators": [_operator(op) for op in grammar.STANDING_OPERATORS],
        "member_operators": [_operator(op) for op in grammar.MEMBER_OPERATORS],
        "events": [
            *([name, str(title)] for name, title in EVENT_TITLES.items()), *([name, name] for name in OTHER_EVENTS),
        ],
        "event_properties": [_property(name, ops) for name, ops in grammar.EVENT_PROPERTIES.items()],
        "order_properties": [_property(name, ops) for name, ops in grammar.ORDER_PROPERTIES.items()],
        "schemes": [
            {"name": each.name, "title": _scheme_title(each), "tiers": tiering_queries.tiers_of(each)}
            for each in tiering_queries.kept_schemes()
        ],
        "segments": [[each.key, each.title] for each in _others(but)],
        "categories": open_choices["categories"],
        "currency": the_firm().reporting_currency,
        "words": _words(),
    }  # fmt: skip


def _scheme_title(scheme: Scheme) -> str:
    return _("Tier: %(scheme)s") % {"scheme": tiering_queries.title_of(scheme)}


def _others(but: str) -> QuerySet[Segment]:
    return queries.all_segments().exclude(key=but)


def _field(each: Field, open_choices: dict[str, list[list[str]]]) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": each.name, "title": field_title(each.name), "group": each.group, "kind": each.kind}
    if each.choices:
        entry["choices"] = [[choice, choice_title(choice)] for choice in each.choices]
    elif each.source:
        entry["suggestions"] = open_choices.get(each.source, [])
    return entry


def _open_choices(user: User) -> dict[str, list[list[str]]]:
    """What exists: countries and tags of the reader's customers, owners, languages, categories."""
    language = get_language() or "en"
    customers = ledger_queries.customers_for(user)
    countries = [code for code, _count in ledger_queries.countries_of(customers)]
    tags: set[str] = set()
    for held in customers.exclude(tags=[]).values_list("tags", flat=True).distinct()[:5_000]:
        tags.update(held)
    categories = Product.objects.exclude(category="").order_by("category").values_list("category", flat=True).distinct()
    spoken = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "ar", "ja", "ko", "zh", "vi", "th", "id")
    return {
        "countries": [[code, places.country_name(code, language) or code] for code in countries],
        "languages": [[code, places.language_name(code, language) or code] for code in spoken],
        "owners": [[str(each.pk), str(each)] for each in staff_queries.active_members()],
        "tags": [[tag, tag] for tag in sorted(tags, key=str.casefold)[:MOST_CHOICES]],
        "categories": [[each, each] for each in categories[:MOST_CHOICES]],
    }


def _operator(op: str) -> list[str]:
    return [op, str(OPERATOR_TITLES[op])]


def _property(name: str, operators: tuple[str, ...]) -> dict[str, Any]:
    known = [[each, choice_title(each)] for each in ("human", "machine")] if name == "verdict" else []
    return {
        "name": name, "title": str(PROPERTY_TITLES.get(name, name)), "operators": [_operator(op) for op in operators],
        "suggestions": known,
    }  # fmt: skip


def _words() -> dict[str, str]:
    """The words of the builder itself."""
    return {
        "all": _("all of these"), "any": _("any of these"), "none": _("none of these"),
        "condition": _("Condition"), "group": _("Group"), "remove": _("Remove"), "remove_group": _("Remove this group"),
        "choose": _("Choose what to ask …"), "event": _("Event"), "orders_count": _("Number of orders"),
        "orders_sum": _("Sum of orders"), "standing": _("Tier or stage"), "segment": _("Segment or list"),
        "behaviour": _("Behaviour and standing"), "times": _("times"), "ever": _("ever"),
        "last_days": _("in the last … days"), "days_ago": _("between … and … days ago"), "from_to": _("from … to …"),
        "days": _("days"), "and": _("and"), "only_where": _("Only where"), "for_days": _("for at least"),
        "add_value": _("Add …"), "value": _("Value"), "operator": _("How"), "what": _("What"), "when": _("When"),
        "matching": _("Matching"), "imported": _("Imported column"),
        "column": _("Name of the column"), "no_json": _("This is no JSON: %(reason)s"), "from": _("from"),
        "to": _("to"),
    }  # fmt: skip
