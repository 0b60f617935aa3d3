"""Which column of a foreign file means what, and how its cells are written. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Document
from dataclasses import dataclass, field, fields
from typing import Any

from guanxi.intake.fields import FIELDS, KINDS


class BadMapping(ValueError):
    """The mapping cannot be used; the message names the entry and what to write instead."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the file is written. Empty means: find out from the file."""

    currency: str = ""  # of every amount without one of its own
    date_order: str = ""  # dmy, mdy or ymd, for 03/04/05
    decimal_mark: str = ""  # . or ,
    time_zone: str = ""  # IANA name of the clock in the file; the firm's own by default
    credit_prefix: str = ""  # an order number that begins so is a cancellation or return
    customer_label: str = "Customer {}"  # name of a customer who has only a number
    customer_by: str = ""  # "email": without a number, customers are told apart by address instead of name
    fill_down: bool = False  # cells of the order stand on its first row only
    amounts_follow: bool = False  # the orders' lines come in a second file
    summary_rows: bool = False  # an order of several articles has a row of its own above its lines, with their sum
    constants: Document[str, str] = field(default_factory=dict)  # our field: what holds for every row
    lookup: Document[str, str] = field(default_factory=dict)  # heading: the heading beside it in a second table
    left_out: tuple[str, ...] = ()  # headings of columns that are not kept
    stages: Document[str, str] = field(default_factory=dict)  # foreign status: our stage
    sheet: str = ""  # of a workbook; the first one with a usable heading by default
    delimiter: str = ""  # of a text file; "blank" for any number of blanks
    encoding: str = ""
    heading: bool = True  # False: columns are named by their number, from 1
    yen: str = ""  # what ¥ alone means: CNY or JPY


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns` gives for each of our fields the foreign headings; the first cell that is not empty counts."""

    kind: str
    columns: Document[str, tuple[str, ...]]
    options: Options = field(default_factory=Options)
    format: str = ""
    source: str = ""
    headings: tuple[str, ...] = ()  # of a file that has none itself
    note: str = ""  # what the reader of the answer should know about this kind of file

    def has(self, *names: str) -> bool:
        return all(name in self.columns for name in names)

    def has_any(self, *names: str) -> bool:
        return any(name in self.columns for name in names)

    def heading_of(self, name: str) -> str:
        """The foreign heading of a field, for messages; our own name when it has none."""
        return " / ".join(self.columns.get(name, ())) or name


def mapping_from(document: Any, *, name: str = "") -> Mapping:
    """A mapping as it stands in a YAML file: kind, columns, options. Raises BadMapping."""
    if not isinstance(document, dict) or not isinstance(document.get("columns"), dict):
        raise BadMapping("A mapping needs `columns:` with our field on the left and your heading on the right.")
    kind = str(document.get("kind", "orders"))
    if kind not in KINDS:
        raise BadMapping(f"kind: {kind!r} is unknown; use one of {', '.join(KINDS)}.")
    columns = {str(ours): _headings(ours, foreign) for ours, foreign in document["columns"].items()}
    return Mapping(
        kind=kind,
        columns={ours: headings for ours, headings in columns.items() if headings},
        options=options_from(document.get("options") or {}),
        format=name,
        source=str(document.get("source") or ""),
        headings=tuple(map(str, document.get("headings") or ())),
        note=str(document.get("note") or ""),
    )


def options_from(document: Any) -> Options:
    """Options by their names; raises BadMapping for an unknown one."""
    known = {each.name: each for each in fields(Options)}
    unknown = sorted(set(document) - set(known)) if isinstance(document, dict) else ["options"]
    if unknown:
        raise BadMapping(f"options: {', '.join(map(str, unknown))} is unknown; use {', '.join(known)}.")
    for option, value in document.items():
        wanted = _type_of(option, str(known[option].type))
        if not isinstance(value, wanted):
            raise BadMapping(f"options: {option} is {value!r}; write a value of type {wanted.__name__}.")
    foreign = set(document.get("constants") or {}) - set(FIELDS)
    if foreign:
        raise BadMapping(f"options: constants: {', '.join(map(str, sorted(foreign)))} is no field of ours.")
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    return Options(**told)


def _type_of(option: str, annotation: str) -> type:
    if annotation.startswith("Document"):
        return dict
    return list if annotation.startswith("tuple") else bool if annotation == "bool" else str


def _headings(ours: object, foreign: object) -> tuple[str, ...]:
    if ours not in FIELDS:
        raise BadMapping(f"columns: {ours!r} is no field of ours; use one of {', '.join(FIELDS)}.")
    if foreign is None or foreign == "":
        return ()
    return tuple(str(each) for each in foreign) if isinstance(foreign, list) else (str(foreign),)
