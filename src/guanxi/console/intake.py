"""Import: upload, look, try out, run, result, undo."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console import import_work
from guanxi.console.access import act, member_of, page
from guanxi.console.intake_sentences import sentence_words
from guanxi.console.intake_words import FIELD_NAMES, KIND_NAMES, PHASE_NAMES
from guanxi.console.parts import is_part, page_number, say_errors
from guanxi.firm import queries as firm_queries
from guanxi.intake import actions as intake_actions
from guanxi.intake import queries as intake_queries
from guanxi.intake.fields import KINDS
from guanxi.intake.mapping import BadMapping, Options
from guanxi.intake.models import ImportRun
from guanxi.intake.recognise import recognise
from guanxi.intake.rows import UnusableFile
from guanxi.kernel import clock, places
from guanxi.staff.roles import Right

KIND_CHOICES = [("auto", KIND_NAMES["auto"]), *((kind, KIND_NAMES[kind]) for kind in KINDS)]
COLUMN = "column-"


class CurrencyField(forms.CharField):
    """A currency by code, sign or name; empty when the file or the firm says it."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).strip()
        code = places.currency_code(text) if text else ""
        if text and not code:
            raise forms.ValidationError(_("This is no currency; write its three letters, such as GBP."))
        return code


class UploadForm(forms.Form):
    """A file, and what the user knows about it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=300,
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.gz,.xlsx,.xls,.ods,.json,.jsonl,.parquet,.zip"}
        ),
    )


class ChoiceForm(forms.Form):
    """How the file is to be taken."""

    kind = forms.ChoiceField(label=gettext_lazy("It holds"), choices=KIND_CHOICES, initial="auto")
    currency = CurrencyField(
        label=gettext_lazy("Currency of amounts without one"), required=False, max_length=12,
        help_text=gettext_lazy("Empty means the reporting currency"),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Name of the source"), required=False, max_length=60,
        help_text=gettext_lazy("Numbers are unique within a source; give exports of one system the same name"),
    )  # fmt: skip
    is_history = forms.BooleanField(
        label=gettext_lazy("Starts no journeys"), required=False, initial=True,
        help_text=gettext_lazy("Right for history; off when the orders are new and journeys should start."),
    )  # fmt: skip


@page(right=Right.IMPORT, post=Right.IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    form = UploadForm(
        request.POST if request.method == "POST" else None, request.FILES if request.method == "POST" else None
    )
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        run = intake_actions.receive(
            file=upload, name=upload.name, now=clock.utc_now(), user=member_of(request)
        )  # fmt: skip
        return redirect("import_run", run_id=run.pk)
    context = {"form": form, "runs": [(each, *_told(each)) for each in intake_queries.recent_runs()]}
    return render(request, "console/intake/list.html", context, status=422 if form.errors else 200)


@page(right=Right.IMPORT)
def import_run(request: HttpRequest, run_id: int) -> HttpResponse:
    run = _run_of(run_id)
    sign = import_work.sign_of(run)
    context: dict[str, Any] = {
        "run": run,
        "sign": sign,
        "phase": PHASE_NAMES.get(sign.phase, sign.phase) if sign else "",
        "currency": firm_queries.the_firm().reporting_currency,
    }
    if run.state in {"done", "undone"}:
        rejects = Paginator(intake_queries.rejects_of(run), 20).get_page(page_number(request.GET))
        context |= {
            "answer": run.result,
            "kind_name": KIND_NAMES.get(run.kind, run.kind),
            "rejects": rejects,
            "has_file": intake_queries.rejects_path(run) is not None,
        }
        part = "_rejects.html" if is_part(request) else "result.html"
        return render(request, f"console/intake/{part}", context)
    if not (sign and sign.is_running):
        context |= _look(run)
    if sign and sign.what == import_work.TRY and sign.state == "done":
        context |= {"answer": sign.answer, "examples": _examples(sign.answer)}
    return render(request, "console/intake/run.html", context)


@page(right=Right.IMPORT)
def import_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The bar, asked for again and again by the page; when the work has ended it leads to the whole page."""
    run = _run_of(run_id)
    sign = import_work.sign_of(run)
    if sign is None or not sign.is_running:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = {"run": run, "sign": sign, "phase": PHASE_NAMES.get(sign.phase, sign.phase)}
    return render(request, "console/intake/_progress.html", context)


@act(right=Right.IMPORT)
def import_start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Keep what was chosen, then try out or run, as the button says."""
    run = _run_of(run_id)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
    else:
        try:
            _choose(run, form, request)
            what = import_work.RUN if request.POST.get("what") == import_work.RUN else import_work.TRY
            import_work.start(run, what)
        except intake_actions.NotToBeRun:
            messages.error(request, _("This import has been run already; import the file again instead."))
        except (BadMapping, UnusableFile) as problem:
            messages.error(request, sentence_words(str(problem)))
    return redirect("import_run", run_id=run.pk)


@act(right=Right.IMPORT)
def import_undo(request: HttpRequest, run_id: int) -> HttpResponse:
    run = _run_of(run_id)
    try:
        gone = intake_actions.undo(run=run, now=clock.utc_now())
    except intake_actions.NotToBeUndone:
        messages.error(request, _("Only an import that is done can be taken back."))
    else:
        text = _("Taken back: %(customers)d customers, %(contacts)d contacts, %(orders)d orders.")
        messages.success(request, text % gone)
    return redirect("import_run", run_id=run.pk)


@page(right=Right.IMPORT)
def import_rejects(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """All refused rows with their reasons, to be mended and imported again."""
    found = intake_queries.rejects_path(_run_of(run_id))
    if found is None:
        raise Http404
    return FileResponse(found.open("rb"), as_attachment=True, filename=found.name, content_type="text/csv")


def _run_of(run_id: int) -> ImportRun:
    return get_object_or_404(ImportRun, pk=run_id)


def _told(run: ImportRun) -> tuple[Any, bool]:
    """The kind in words, and whether the run waits for somebody."""
    return KIND_NAMES.get(run.kind, run.kind), run.state == "pending"


def _look(run: ImportRun) -> dict[str, Any]:
    """What the file seems to be, or why it cannot be read."""
    form = ChoiceForm(initial={
        "kind": run.kind, "currency": run.options.get("currency", ""), "source": run.source,
        "is_history": not run.is_live,
    })  # fmt: skip
    try:
        tables = intake_queries.look_at(run)
    except UnusableFile as problem:
        return {"problem": str(problem), "form": form}
    chosen = {heading: field for field, group in run.mapping.get("columns", {}).items() for heading in group}
    for table in tables:
        table["kind_name"] = KIND_NAMES.get(table["kind"], "")
        table["choices"] = _choices(table["kind"] or run.kind)
        for column in table["columns"]:
            column["field"] = chosen.get(column["heading"], "") if run.mapping else column["field"]
            column["field_name"] = FIELD_NAMES.get(column["field"], column["field"])
    is_one = len(tables) == 1
    return {
        "tables": tables,
        "form": form,
        "may_map": is_one,
        "known": any(table["format"] for table in tables),
    }


def _choices(kind: str) -> list[tuple[str, Any]]:
    fields = intake_queries.fields_of(kind if kind in KINDS else "orders")
    return sorted(((name, FIELD_NAMES.get(name, name)) for name in fields), key=lambda each: str(each[1]))


def _choose(run: ImportRun, form: ChoiceForm, request: HttpRequest) -> None:
    data = form.cleaned_data
    changes: dict[str, Any] = {
        "kind": data["kind"], "currency": data["currency"], "source": data["source"],
        "is_live": not data["is_history"],
    }  # fmt: skip
    if run.kind == data["kind"]:
        changes["mapping"] = _mapping(run, request)
    else:
        changes["mapping"] = {}
    intake_actions.choose(run=run, changes=changes)


def _mapping(run: ImportRun, request: HttpRequest) -> dict[str, Any]:
    """The mapping document of what was chosen per column; empty when it is what was recognised anyway."""
    tables = intake_queries.look_at(run)
    if len(tables) != 1:
        return {}
    headings = [column["heading"] for column in tables[0]["columns"]]
    chosen: dict[str, list[str]] = {}
    for number, heading in enumerate(headings):
        if field := request.POST.get(f"{COLUMN}{number}", ""):
            chosen.setdefault(field, []).append(heading)
    found = recognise(headings, kind=run.kind)
    if not chosen or (found and {name: list(group) for name, group in found.columns.items()} == chosen):
        return {}
    known = (
        {name: value for name, value in asdict(found.options).items() if value != getattr(Options(), name)}
        if found
        else {}
    )
    return {"kind": found.kind if found else "orders", "columns": chosen, "options": known}


def _examples(answer: dict[str, Any]) -> dict[str, Any]:
    """The first rows as they were understood, as a table."""
    rows = answer.get("examples", {}).get("rows", [])[:8]
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name in FIELD_NAMES]
    return {
        "headings": [FIELD_NAMES.get(name, name) for name in names],
        "rows": [[row.get(name, "") for name in names] for row in rows],
        "conflicts": answer.get("examples", {}).get("conflicts", [])[:8],
    }


urlpatterns: list[URLPattern] = [
    path("imports/", imports, name="imports"),
    path("imports/<int:run_id>/", import_run, name="import_run"),
    path("imports/<int:run_id>/progress/", import_progress, name="import_progress"),
    path("imports/<int:run_id>/start/", import_start, name="import_start"),
    path("imports/<int:run_id>/undo/", import_undo, name="import_undo"),
    path("imports/<int:run_id>/rejects/", import_rejects, name="import_rejects"),
]
