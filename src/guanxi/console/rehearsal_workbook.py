"""A rehearsal as a workbook: sums, every letter, every task; what was assumed stands on each sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from guanxi.rehearsal import figures
from guanxi.rehearsal.rehearsing import Rehearsal

SUMS = ("Journey", "Entered", "Proposed", "Left", "Tasks", "Held", "Skipped", "Discount at most")
LETTERS = (
    "Journey", "Step", "Letter", "Customer", "Contact", "Country", "Tier", "Language", "Proposed", "Would leave",
    "Held by", "Not sent because", "Discount at most",
)  # fmt: skip
CHORES = ("Journey", "Step", "Task", "Customer", "Person", "Opened")
COUNTS = ("Of what", "Journey or person", "Value", "Count")
MISSING = ("What", "Name", "Language", "Country", "Times")
MOST_ROWS = 1_000_000


def write_workbook(found: Rehearsal, path: Path) -> None:
    """Sums, weeks, countries and tiers, every letter, every task, what was missing. Raises OSError."""
    document = found.document()
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book, "Journeys", SUMS, _sums(document), found)
        _sheet(book, "Counts", COUNTS, _counts(document), found)
        _sheet(book, "Letters", LETTERS, _letters(found), found)
        _sheet(book, "Tasks", CHORES, _chores(found), found)
        _sheet(book, "Missing", MISSING, _missing(document), found)


def _sheet(book: Any, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], found: Rehearsal) -> None:
    sheet = book.add_worksheet(name)
    bold, grey = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#666666"})
    sheet.write_string(
        0,
        0,
        f"Rehearsal {found.first} to {found.last}, times of {found.past.zone.key}; nothing was sent. "
        f"{' '.join(found.notes)}",
        grey,
    )
    sheet.write_row(2, 0, headings, bold)
    sheet.freeze_panes(3, 0)
    for number, row in enumerate(rows, start=3):
        if number > MOST_ROWS:
            break
        sheet.write_row(number, 0, row)
    sheet.set_column(0, len(headings) - 1, 18)


def _sums(document: dict[str, Any]) -> Iterable[Sequence[Any]]:
    for key, each in document["by_journey"].items():
        told = ("; ".join(f"{name} {n}" for name, n in each[what].items()) for what in ("held", "skipped"))
        yield (key, each["entered"], each["proposed"], each["left"], each["tasks"], *told, each["discount_at_most"])


def _counts(document: dict[str, Any]) -> Iterable[Sequence[Any]]:
    """Per journey and week, country and tier; how many readers got how many mails; who had how many tasks."""
    for key, each in document["by_journey"].items():
        for cut in figures.CUTS:
            yield from ((cut.removeprefix("by_"), key, value, n) for value, n in each[cut].items())
    yield from (("mails per contact", "", mails, n) for mails, n in document["per_contact"]["distribution"].items())
    for each in document["tasks_per_person"]["by_person"]:
        yield ("tasks per week", each["person"], each["week"], each["tasks"])


def _missing(document: dict[str, Any]) -> Iterable[Sequence[Any]]:
    for each in document["missing_letters"]:
        yield ("letter", each["letter"], each["language"], "", each["times"])
    for each in document["missing_documents"]:
        yield (f"document for {each['journey']}", each["document"], each["language"], each["country"], each["times"])


def _letters(found: Rehearsal) -> Iterable[Sequence[Any]]:
    readers = {each.pk: each for some in found.past.readers.values() for each in some}
    for each in found.play.letters:
        yield (
            each.journey, each.step, each.template, found.past.customers[each.customer_id].name,
            str(readers[each.contact_id]), each.country, each.tier, each.language,
            _moment(each.proposed_at), _moment(each.left_at), ", ".join(dict.fromkeys(each.held_by)),
            each.dropped_by, each.discount,
        )  # fmt: skip


def _chores(found: Rehearsal) -> Iterable[Sequence[Any]]:
    for each in found.play.chores:
        name, person = found.past.customers[each.customer_id].name, found.past.people.get(each.owner_id or 0, "")
        yield (each.journey, each.step, each.kind, name, person, _moment(each.at))


def _moment(moment: Any) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""
