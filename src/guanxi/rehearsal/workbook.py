"""A rehearsal as a workbook: the sums, every letter, every task; what was assumed stands on each sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from guanxi.rehearsal.rehearsing import Rehearsal

SUMS = ("Journey", "Entered", "Proposed", "Left", "Tasks", "Held", "Skipped", "Discount at most")
LETTERS = (
    "Journey", "Step", "Letter", "Customer", "Contact", "Country", "Tier", "Proposed (UTC)", "Would leave (UTC)",
    "Held by", "Not sent because", "Discount at most",
)  # fmt: skip
CHORES = ("Journey", "Step", "Task", "Customer", "Opened (UTC)")
MOST_ROWS = 1_000_000


def write_workbook(found: Rehearsal, path: Path) -> None:
    """Three sheets. Raises OSError."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book, "Journeys", SUMS, _sums(found), found)
        _sheet(book, "Letters", LETTERS, _letters(found), found)
        _sheet(book, "Tasks", CHORES, _chores(found), found)


def _sheet(book: Any, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], found: Rehearsal) -> None:
    sheet = book.add_worksheet(name)
    bold, grey = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#666666"})
    sheet.write_string(
        0, 0, f"Rehearsal {found.first} to {found.last}; nothing was sent. {' '.join(found.notes)}", grey
    )
    sheet.write_row(2, 0, headings, bold)
    sheet.freeze_panes(3, 0)
    for number, row in enumerate(rows, start=3):
        if number > MOST_ROWS:
            break
        sheet.write_row(number, 0, row)
    sheet.set_column(0, len(headings) - 1, 18)


def _sums(found: Rehearsal) -> Iterable[Sequence[Any]]:
    for key, each in found.document()["by_journey"].items():
        told = ("; ".join(f"{name} {n}" for name, n in each[what].items()) for what in ("held", "skipped"))
        yield (key, each["entered"], each["proposed"], each["left"], each["tasks"], *told, each["discount_at_most"])


def _letters(found: Rehearsal) -> Iterable[Sequence[Any]]:
    readers = {each.pk: each for some in found.past.readers.values() for each in some}
    for each in found.play.letters:
        yield (
            each.journey, each.step, each.template, found.past.customers[each.customer_id].name,
            str(readers[each.contact_id]), each.country, each.tier, _moment(each.proposed_at), _moment(each.left_at),
            ", ".join(dict.fromkeys(each.held_by)), each.dropped_by, each.discount,
        )  # fmt: skip


def _chores(found: Rehearsal) -> Iterable[Sequence[Any]]:
    for each in found.play.chores:
        name = found.past.customers[each.customer_id].name
        yield (each.journey, each.step, each.kind, name, _moment(each.at))


def _moment(moment: Any) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""
