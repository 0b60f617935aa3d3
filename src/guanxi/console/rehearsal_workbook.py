"""A rehearsal as a workbook in the reader's language: sums, counts, letters, tasks, what was missing.

What was assumed stands on each sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any

import xlsxwriter
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from xlsxwriter.exceptions import FileCreateError

from guanxi.console import paper_words, rehearsal_words
from guanxi.console.phrases import labelled, listed
from guanxi.console.shipped_words import title_words
from guanxi.kernel import places
from guanxi.rehearsal import figures
from guanxi.rehearsal.comparing import compare
from guanxi.rehearsal.rehearsing import Rehearsal

MOST_ROWS = 1_000_000
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False}
Rows = Iterable[Sequence[Any]]


def write_workbook(
    target: str | IO[bytes], document: dict[str, Any], *, played: Rehearsal | None = None,
    published: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """The sheets of a rehearsal's document; with `played` every letter and task too, with `published` what differs.

    Raises OSError.
    """
    try:
        with xlsxwriter.Workbook(target, OPTIONS) as book:
            pages = Pages(book, document)
            pages.write(_("Journeys"), _sums(document))
            if published:
                pages.write(_("Comparison"), _differences(published, document))
            pages.write(_("Counts"), _counts(document))
            if played:
                pages.write(_("Letters"), _letters(played))
                pages.write(_("Tasks"), _chores(played))
            pages.write(_("Missing"), _missing(document))
    except FileCreateError as problem:
        raise OSError(str(problem)) from problem


class Pages:
    """The sheets of one book; each begins with what the figures rest on."""

    def __init__(self, book: Any, document: dict[str, Any]) -> None:
        self.book = book
        self.bold, self.grey = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#666"})
        span = _("Rehearsal %(first)s to %(last)s; nothing was sent and nothing was changed.")
        self.remarks = [span % {"first": document["from"], "last": document["to"]}]
        if assumed := rehearsal_words.assumed_words(document["assumed"]):
            self.remarks.append(labelled(_("Assumed"), listed(assumed)))
        self.notes = rehearsal_words.notes_of(document)

    def write(self, name: str, rows: Rows) -> None:
        """The first row holds the headings; the first sheet tells everything that was assumed or derived."""
        sheet = self.book.add_worksheet(name[:31])
        is_first = len(self.book.worksheets()) == 1
        for line, remark in enumerate([*self.remarks, *(self.notes if is_first else ())]):
            sheet.write_string(line, 0, remark, self.grey)
        top = len(self.remarks) + len(self.notes) * is_first + 1
        sheet.freeze_panes(top + 1, 0)
        for number, row in enumerate(rows):
            if number > MOST_ROWS:
                break
            sheet.write_row(top + number, 0, row, self.bold if number == 0 else None)
        sheet.set_column(0, 12, 20)


def _sums(document: dict[str, Any]) -> Rows:
    yield (
        _("Journey"), _("Entered"), _("Proposed"), _("Left"), _("Tasks"), _("Held out by chance"), _("Waited"),
        _("Skipped"), _("Discounts at most"),
    )  # fmt: skip
    for key, each in document["by_journey"].items():
        told = (
            listed(labelled(words, n) for words, n in rehearsal_words.counted_words(figure, each[figure]))
            for figure in ("held", "skipped")
        )
        counts = (each[figure] for figure in ("entered", "proposed", "left", "tasks", "held_out"))
        yield (key, *counts, *told, float(each["discount_at_most"]))


def _differences(published: dict[str, Any], document: dict[str, Any]) -> Rows:
    yield _("Journey"), _("Figure"), _("As it is"), _("As tried"), _("Change")
    for each in compare(published, document):
        words = rehearsal_words.difference_words(each.figure, each.reason)
        yield each.journey, words, float(each.before), float(each.after), float(each.change)


def _counts(document: dict[str, Any]) -> Rows:
    """Per journey and week, country and tier; how many readers got how many mails; who had how many tasks."""
    yield _("Of what"), _("Journey or person"), _("Value"), _("Count")
    tiers = rehearsal_words.tier_titles()
    names = {"by_week": _("week"), "by_country": _("country"), "by_tier": _("tier")}
    for key, each in document["by_journey"].items():
        for cut in figures.CUTS:
            yield from ((names[cut], key, _value(cut, value, tiers), n) for value, n in each[cut].items())
    for mails, n in document["per_contact"]["distribution"].items():
        yield _("mails to one reader"), "", int(mails), n
    for each in document["tasks_per_person"]["by_person"]:
        yield _("tasks in a week"), each["person"] or _("nobody looks after them"), each["week"], each["tasks"]


def _value(cut: str, value: str, tiers: dict[str, str]) -> str:
    if cut == "by_country" and value != figures.UNKNOWN:
        return places.country_name(value, get_language() or "en")
    return tiers.get(value, value)


def _missing(document: dict[str, Any]) -> Rows:
    yield _("What"), _("Name"), _("Language"), _("Country"), _("Times")
    for each in document["missing_letters"]:
        yield _("letter"), title_words(each["letter"]), each["language"], "", each["times"]
    for each in document["missing_documents"]:
        words = labelled(_("document"), paper_words.KINDS.get(each["document"], each["document"]))
        yield words, each["journey"], each["language"], each["country"], each["times"]


def _letters(found: Rehearsal) -> Rows:
    yield (
        _("Journey"), _("Step"), _("Letter"), _("Customer"), _("Contact"), _("Country"), _("Tier"), _("Language"),
        _("Proposed"), _("Would have left"), _("Waited for"), _("Not sent because"), _("Discounts at most"),
    )  # fmt: skip
    readers = {each.pk: each for some in found.past.readers.values() for each in some}
    tiers = rehearsal_words.tier_titles()
    for each in found.play.letters:
        yield (
            each.journey, each.step, each.template, found.past.customers[each.customer_id].name,
            str(readers[each.contact_id]), each.country, tiers.get(each.tier, each.tier), each.language,
            _moment(each.proposed_at), _moment(each.left_at),
            listed(map(rehearsal_words.held_words, dict.fromkeys(each.held_by))),
            rehearsal_words.skipped_words(each.dropped_by) if each.dropped_by else "", each.discount,
        )  # fmt: skip


def _chores(found: Rehearsal) -> Rows:
    yield _("Journey"), _("Step"), _("Task"), _("Customer"), _("Person"), _("Opened")
    for each in found.play.chores:
        name, person = found.past.customers[each.customer_id].name, found.past.people.get(each.owner_id or 0, "")
        yield each.journey, each.step, each.kind, name, person, _moment(each.at)


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""
