"""Refused rows of an import: mended in place, left out, or taken away as a file with the reasons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.console import list_files
from guanxi.console.access import act, page
from guanxi.console.parts import number_in, numbers_in
from guanxi.intake import mending
from guanxi.intake import queries as intake_queries
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.kernel import clock
from guanxi.staff.roles import Right

ROWS_A_PAGE = 20
CELL = "cell"


def rejects_context(run: ImportRun, number: int) -> dict[str, Any]:
    """One page of refused rows with their cells in the order of the file."""
    page_of: Page[Any] = Paginator(intake_queries.rejects_of(run), ROWS_A_PAGE).get_page(number)
    page_of.object_list = [_shown(run, reject) for reject in page_of.object_list]
    return {
        "rejects": page_of,
        "has_file": intake_queries.rejects_path(run) is not None,
        "may_mend": run.state == "done" and any(each["cells"] for each in page_of.object_list),
    }


def _shown(run: ImportRun, reject: RejectedRow) -> dict[str, Any]:
    """A refused row; the cells at fault come first, the others are folded away."""
    headings = _headings(run, reject) if reject.state == "open" else []
    faulty = reject.field.split(" / ")
    cells = [
        {"name": _name(reject, place), "heading": heading, "value": reject.content.get(heading, ""),
         "is_faulty": heading in faulty}
        for place, heading in enumerate(headings)
    ]  # fmt: skip
    return {
        "row": reject, "cells": cells, "faulty": [each for each in cells if each["is_faulty"]],
        "others": [each for each in cells if not each["is_faulty"]],
    }  # fmt: skip


def _headings(run: ImportRun, reject: RejectedRow) -> list[str]:
    try:
        return list(mending.table_of(run, reject.table)["headings"])
    except mending.NotToBeMended:
        return []


def _name(reject: RejectedRow, place: int) -> str:
    return f"{CELL}-{reject.pk}-{place}"


@act(right=Right.IMPORT)
def import_mend(request: HttpRequest, run_id: int) -> HttpResponse:
    """Try the rows again that were changed or ticked, or leave out those that were ticked."""
    run = get_object_or_404(ImportRun, pk=run_id)
    ticked = set(numbers_in(request.POST.getlist("reject")))
    if request.POST.get("what") == "skip":
        count = mending.skip(run=run, ids=sorted(ticked))
        text = ngettext("%(count)d row is left out.", "%(count)d rows are left out.", count)
        messages.success(request, text % {"count": count})
    else:
        _mend(request, run, ticked)
    return redirect(f"{request.path.removesuffix('mend/')}?page={request.POST.get('page', '1')[:6]}")


def _mend(request: HttpRequest, run: ImportRun, ticked: set[int]) -> None:
    try:
        told = mending.mend(run=run, cells=_cells(run, request.POST, ticked), now=clock.utc_now())
    except mending.NotToBeMended:
        messages.error(request, _("Rows can be mended in an import that is done."))
        return
    if told["mended"]:
        text = ngettext("%(count)d row is taken now.", "%(count)d rows are taken now.", told["mended"])
        messages.success(request, text % {"count": told["mended"]})
    if told["still_refused"]:
        text = ngettext("%(count)d row is still refused.", "%(count)d rows are still refused.", told["still_refused"])
        messages.warning(request, text % {"count": told["still_refused"]})
    if not any(told.values()):
        messages.info(request, _("Nothing was changed; edit a cell or tick a row."))


def _cells(run: ImportRun, query: QueryDict, ticked: set[int]) -> dict[int, dict[str, str]]:
    """The cells of the rows that were ticked or differ from what is kept."""
    ids = {int(parts[1]) for key in query if (parts := key.split("-"))[0] == CELL and _is_cell(parts)}
    changed: dict[int, dict[str, str]] = {}
    for reject in intake_queries.rejects_of(run, state="open").filter(pk__in=ids | ticked):
        told = {
            heading: str(query[_name(reject, place)])
            for place, heading in enumerate(_headings(run, reject))
            if _name(reject, place) in query
        }
        differs = any(told[heading] != reject.content.get(heading, "") for heading in told)
        if differs or reject.pk in ticked:
            changed[reject.pk] = told
    return changed


def _is_cell(parts: list[str]) -> bool:
    return len(parts) == 3 and all(number_in(each, otherwise=-1) >= 0 for each in parts[1:])


@page(right=Right.IMPORT)
def import_rejects(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """All refused rows with their reasons as the import wrote them, however many."""
    found = intake_queries.rejects_path(get_object_or_404(ImportRun, pk=run_id))
    if found is None:
        raise Http404
    return FileResponse(found.open("rb"), as_attachment=True, filename=found.name, content_type="text/csv")


@page(right=Right.IMPORT)
def import_rejects_file(request: HttpRequest, run_id: int, form: str) -> HttpResponseBase:
    """The refused rows that nobody has mended, with row, field and reason first."""
    run = get_object_or_404(ImportRun, pk=run_id)
    heading, rows = intake_queries.rejects_table(run)
    return list_files.answer(form, f"import-{run.pk}-refused", heading, rows)


urlpatterns: list[URLPattern] = [
    path("imports/<int:run_id>/mend/", import_mend, name="import_mend"),
    path("imports/<int:run_id>/rejects/", import_rejects, name="import_rejects"),
    path("imports/<int:run_id>/rejects/<str:form>", import_rejects_file, name="import_rejects_file"),
]
