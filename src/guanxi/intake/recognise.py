"""Heading line to mapping: known export formats first, then headings that people use. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from guanxi.intake import units
from guanxi.intake.fields import FIELDS, KINDS
from guanxi.intake.mapping import Mapping, Options, mapping_from

# The loaders in C, where PyYAML was built with them, are ten times as fast: this is read by every command.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

FORMATS = files("guanxi.intake") / "formats"
HEADINGS = "headings.yaml"
CURRENCY_HEADING = re.compile(r"^[A-Z]{3}$")
UNNAMED = re.compile(r"^column \d+$")


def key_of(heading: str) -> str:
    """A heading without case, blanks and signs: "E-mail" and "email" are one."""
    text = unicodedata.normalize("NFKC", str(heading)).casefold()
    return "".join(char for char in text if char.isalnum())


@cache
def known_formats() -> dict[str, tuple[Mapping, frozenset[str]]]:
    """Format name to its mapping and the headings it is recognised by, from formats/*.yaml."""
    formats = {}
    for name, document in _documents().items():
        mapping = mapping_from(document, name=name)
        headings = document.get("recognised_by") or [each for group in mapping.columns.values() for each in group]
        formats[name] = (mapping, frozenset(map(key_of, headings)))
    return formats


def _format_files() -> list[Traversable]:
    files = (each for each in FORMATS.iterdir() if each.name.endswith(".yaml") and each.name != HEADINGS)
    return sorted(files, key=lambda each: each.name)


@cache
def _documents() -> dict[str, dict[str, Any]]:
    """The files of the formats by their names."""
    return {
        path.name.removesuffix(".yaml"): yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506
        for path in _format_files()
    }


@cache
def usual_headings() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Heading key to field: everywhere, and by kind of file."""
    # BaseLoader: "No" is a heading, not a boolean.
    document: Any = yaml.load((FORMATS / HEADINGS).read_text(encoding="utf-8"), Loader=_BaseLoader)  # noqa: S506
    by_kind = {kind: _inverted(table) for kind, table in document["by_kind"].items()}
    return _inverted(document["everywhere"]), by_kind


def _inverted(table: dict[str, list[str]]) -> dict[str, str]:
    return {key_of(heading): field for field, headings in table.items() for heading in headings}


def recognise(headings: Sequence[str], *, kind: str = "auto") -> Mapping | None:
    """The mapping for these headings, or None when they say nothing usable."""
    return _known_format(headings, kind) or _usual(headings, kind)


@cache
def headerless_formats() -> tuple[tuple[re.Pattern[str], Mapping], ...]:
    """Formats without a heading, each with what its first line looks like (`first_line` of the format's file)."""
    return tuple((re.compile(pattern), known_formats()[name][0]) for name, pattern in _first_lines().items())


@cache
def _first_lines() -> dict[str, str]:
    return {name: document["first_line"] for name, document in _documents().items() if "first_line" in document}


def lookups(headings: Sequence[str]) -> dict[str, str]:
    """The columns of a known format that hold codes, with the heading under which a second table names them."""
    found = _known_format(headings, "auto")
    return dict(found.options.lookup) if found else {}


def field_of(heading: str, kind: str) -> str:
    """The field that people mean by this heading in a file of this kind; empty when nobody uses it."""
    everywhere, by_kind = usual_headings()
    key = key_of(heading)
    field = by_kind.get(kind, {}).get(key) or everywhere.get(key, "")
    return field if field and kind in FIELDS[field].kinds else ""


def _known_format(headings: Sequence[str], kind: str) -> Mapping | None:
    by_key = {key_of(heading): heading for heading in headings}
    fitting = [
        (len(wanted), mapping)
        for mapping, wanted in known_formats().values()
        if wanted <= set(by_key) and kind in {"auto", mapping.kind}
    ]
    if not fitting:
        return None
    mapping = max(fitting, key=lambda each: each[0])[1]
    columns = {
        field: tuple(by_key[key_of(each)] for each in foreign if key_of(each) in by_key)
        for field, foreign in mapping.columns.items()
    }
    return replace(mapping, columns={field: foreign for field, foreign in columns.items() if foreign})


def _usual(headings: Sequence[str], kind: str) -> Mapping | None:
    for candidate in _ORDER_OF_TRIAL if kind == "auto" else (kind,):
        columns = columns_for(headings, candidate)
        if _is_usable(candidate, set(columns), headings, is_told=kind != "auto"):
            return Mapping(kind=candidate, columns=columns, options=Options(), format="")
    return None


def columns_for(headings: Sequence[str], kind: str) -> dict[str, tuple[str, ...]]:
    """Our fields that the headings stand for in a file of this kind; the first heading of a field counts."""
    everywhere, by_kind = usual_headings()
    special = _without_weaker(by_kind.get(kind, {}), headings)
    columns: dict[str, tuple[str, ...]] = {}
    left = list(headings)
    # What stands there word for word goes before "Price (old)".
    for spelled in (_spelled, _without_unit):
        for heading in list(left):
            field = next((found for key in spelled(heading) if (found := special.get(key) or everywhere.get(key))), "")
            if field and kind in FIELDS[field].kinds:
                columns.setdefault(field, (heading,))
                left.remove(heading)
    for heading in left:
        field = _said_twice(heading, special)
        if field and kind in FIELDS[field].kinds:
            columns.setdefault(field, (heading,))
    if kind == "orders" and "amount" not in columns and "order_amount" in columns and "order_number" not in columns:
        columns["amount"] = columns.pop("order_amount")
    return _with_person(columns, headings) if kind in ("customers", "contacts") else columns


def _without_weaker(special: ReadOnly[str, str], headings: Sequence[str]) -> dict[str, str]:
    """`special` without a word that says little (ID, Date) where another heading names its field in full."""
    everywhere, _ = usual_headings()
    keys = [key_of(heading) for heading in headings]
    named = {everywhere.get(key) for key in keys}
    dated = any(special.get(key) == "ordered_at" and key not in MONTHS for key in keys)
    return {
        key: field
        for key, field in special.items()
        if (field not in named or key in everywhere) and not (dated and key in MONTHS)
    }


MONTHS = frozenset({"month", "月份"})  # beside a day they say nothing more


# Headings that name a firm or a person, whichever else is there.
_NAMES = ("name", "名称")
_OF_A_PERSON = frozenset({"contact_name", "given_name", "family_name"})
_OF_A_PERSON_TOO = frozenset({"position", "honorific", "gender"})


def _with_person(columns: dict[str, tuple[str, ...]], headings: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Title is what he is, or how he is addressed where his position stands beside it. Name beside a firm's name, or
    beside a title, is the person's."""
    by_key = {key_of(heading): heading for heading in headings}
    if "title" in by_key:
        columns.setdefault("honorific" if "position" in columns else "position", (by_key["title"],))
    name = next((by_key[key] for key in _NAMES if key in by_key), "")
    if not name or "email" not in columns or _OF_A_PERSON.intersection(columns):
        return columns
    everywhere, _ = usual_headings()
    firm = next((heading for key, heading in by_key.items() if everywhere.get(key) == "customer_name"), "")
    if firm:
        return columns | {"customer_name": (firm,), "contact_name": (name,)}
    return columns | {"contact_name": (name,)} if _OF_A_PERSON_TOO.intersection(columns) else columns


def _spelled(heading: str) -> list[str]:
    return [key_of(heading), *([key_of(heading.rpartition(".")[2])] if "." in heading else [])]


def _without_unit(heading: str) -> list[str]:
    bare, unit = units.split(heading)
    return [key_of(bare)] if unit else []


def _said_twice(heading: str, special: ReadOnly[str, str]) -> str:
    """The field that a heading in two languages names in both of them."""
    everywhere, _ = usual_headings()
    found = {
        next((field for key in keys if (field := special.get(key) or everywhere.get(key))), "")
        for part in units.languages(heading)
        if (keys := [key for key in (key_of(part), *_without_unit(part)) if key])
    }
    if found == {"customer", "customer_name"}:
        return "customer_name"
    return found.pop() if len(found) == 1 else ""


# The most telling kinds first; a heading of orders also looks like one of customers.
_ORDER_OF_TRIAL = (
    "rates", "consents", "invoices", "orders", "payments", "events", "lines", "products", "customers", "contacts",
)  # fmt: skip
assert set(_ORDER_OF_TRIAL) == set(KINDS)


# Who has such a number sells to us, works for us or carries our goods: no customer.
OTHERS = (
    "supplierid", "supplier", "vendorid", "shipperid", "employeeid", "employeenumber", "供应商", "员工编号",
)  # fmt: skip


def _is_of_others(headings: Sequence[str]) -> bool:
    """Whether the first column numbers suppliers, staff or carriers."""
    return bool(headings) and key_of(headings[0]) in OTHERS


def _is_usable(kind: str, found: Collection[str], headings: Sequence[str], *, is_told: bool) -> bool:
    """Whether the fields found make a file of this kind; a told kind needs less than a guessed one."""
    has = set(found).issuperset
    any_of = set(found).intersection
    buyer = any_of({"customer", "customer_name", "email"})
    if kind == "rates":
        wide = [each for each in headings if CURRENCY_HEADING.match(str(each).strip())]
        least = 1 if is_told or are_currencies(headings) else 5
        return "rate_on" in found and (len(wide) >= least or has({"rate", "rate_currency"}))
    if kind == "orders":
        priced = any_of({"amount", "order_amount"}) or has({"quantity", "unit_price"})
        return bool(buyer and "ordered_at" in found and (priced or is_told))
    if kind == "lines":
        return "order_number" in found and bool(any_of({"product_code", "product_name", "quantity", "amount"}))
    if kind in {"products", "customers", "contacts"} and not is_told and _is_of_others(headings):
        return False
    if kind == "products" and not is_told and any(field_of(heading, "customers") == "email" for heading in headings):
        return False  # people have a number and a name as well
    if kind in {"customers", "contacts"}:
        is_buyer = any_of({"email"} if kind == "contacts" else {"customer", "customer_name"})
        if kind == "customers" and not is_told and "email" in found and "customer_name" not in found:
            return False  # people of customers that have a number
        return bool(is_buyer and (is_told or len(found) > 1))
    needs = {
        "consents": {"email", "purpose"}, "invoices": {"invoice_number", "issued_on", "amount"},
        "payments": {"paid_on", "amount"}, "events": {"event", "occurred_at"}, "products": set(),
    }[kind]  # fmt: skip
    if not has(needs):
        return False
    if kind == "products":
        return has({"product_code"} if is_told else {"product_code", "product_name"})
    return bool(is_told or kind == "consents" or buyer or "invoice_number" in found) and (
        kind != "invoices" or is_told or "due_on" in found or "paid_on" in found
    )


def are_currencies(headings: Sequence[str]) -> bool:
    """Whether all columns but the one of the day are named by currencies; that of a comma at the line's end is none."""
    from guanxi.kernel.places import currency_code

    named = [each for each in map(str, headings) if not UNNAMED.match(each)]
    return sum(bool(CURRENCY_HEADING.match(each.strip()) and currency_code(each)) for each in named) == len(named) - 1


def lacks(headings: Sequence[str], kind: str) -> list[str]:
    """What keeps headings that speak of orders from making them: buyer, ordered_at, amount; nothing where they speak
    of something else."""
    found = set(columns_for(headings, "orders"))
    tells = {
        "buyer": found & {"customer", "customer_name", "email"},
        "ordered_at": found & {"ordered_at"},
        "amount": found & {"amount", "order_amount"} or found >= {"quantity", "unit_price"},
    }
    speaks = kind == "orders" or len(found & {"order_number", "ordered_at", "amount", "order_amount", "quantity"}) > 1
    return [name for name, told in tells.items() if not told] if speaks and found else []


@cache
def _all_keys() -> frozenset[str]:
    everywhere, by_kind = usual_headings()
    keys = {key for _, wanted in known_formats().values() for key in wanted} | set(everywhere)
    return frozenset(keys.union(*by_kind.values()))


def is_known_heading(text: str) -> bool:
    """Whether the cell is a heading of some known format or one that people use."""
    if len(text) >= 80:
        return False
    keys = {key_of(text), *_without_unit(text)}
    if not keys.isdisjoint(_all_keys()) or CURRENCY_HEADING.match(text.strip()):
        return True
    return bool(_said_twice(text, {}))
