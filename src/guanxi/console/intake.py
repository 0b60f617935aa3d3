"""Import: upload, look, try out, run, result, undo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console import import_work, intake_choice
from guanxi.console.access import act, member_of, page
from guanxi.console.intake_choice import ChoiceForm
from guanxi.console.intake_examples import examples
from guanxi.console.intake_rejects import rejects_context
from guanxi.console.intake_sentences import sentence_words
from guanxi.console.intake_words import KIND_NAMES, PHASE_NAMES
from guanxi.console.parts import is_part, page_number, say_errors
from guanxi.firm import queries as firm_queries
from guanxi.intake import actions as intake_actions
from guanxi.intake import queries as intake_queries
from guanxi.intake.fields import KINDS
from guanxi.intake.mapping import BadMapping
from guanxi.intake.models import ImportRun
from guanxi.intake.rows import UnusableFile
from guanxi.kernel import clock
from guanxi.staff.roles import Right

KIND_CHOICES = [("auto", KIND_NAMES["auto"]), *((kind, KIND_NAMES[kind]) for kind in KINDS)]
COLUMN = "column-"


class UploadForm(forms.Form):
    """A file, and what the user knows about it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=300,
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.gz,.xlsx,.xls,.ods,.json,.jsonl,.parquet,.zip"}
        ),
    )


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
    run = run_of(run_id)
    sign = import_work.sign_of(run)
    context: dict[str, Any] = {
        "run": run,
        "sign": sign,
        "phase": PHASE_NAMES.get(sign.phase, sign.phase) if sign else "",
        "currency": firm_queries.the_firm().reporting_currency,
    }
    if run.state in {"done", "undone"}:
        context |= {"answer": run.result, "kind_name": KIND_NAMES.get(run.kind, run.kind)}
        context |= rejects_context(run, page_number(request.GET))
        part = "_rejects.html" if is_part(request) else "result.html"
        return render(request, f"console/intake/{part}", context)
    if not (sign and sign.is_running):
        context |= intake_choice.look(run, request.GET.get("kind", ""))
    if sign and sign.what == import_work.TRY and sign.state == "done":
        context |= {"answer": sign.answer, "examples": examples(sign.answer)}
    return render(request, "console/intake/run.html", context)


@page(right=Right.IMPORT)
def import_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The bar, asked for again and again by the page; when the work has ended it leads to the whole page."""
    run = run_of(run_id)
    sign = import_work.sign_of(run)
    if sign is None or not sign.is_running:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = {"run": run, "sign": sign, "phase": PHASE_NAMES.get(sign.phase, sign.phase)}
    return render(request, "console/intake/_progress.html", context)


@act(right=Right.IMPORT)
def import_start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Keep what was chosen, then try out or run, as the button says."""
    run = run_of(run_id)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
    else:
        try:
            intake_choice.choose(run, form, request.POST)
            what = import_work.RUN if request.POST.get("what") == import_work.RUN else import_work.TRY
            import_work.start(run, what)
        except intake_actions.NotToBeRun:
            messages.error(request, _("This import has been run already; import the file again instead."))
        except (BadMapping, UnusableFile) as problem:
            messages.error(request, sentence_words(str(problem)))
    return redirect("import_run", run_id=run.pk)


@page(right=Right.IMPORT, post=Right.IMPORT)
def import_undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """What taking back would do; the form does it."""
    run, now = run_of(run_id), clock.utc_now()
    act_on = intake_actions.undo if request.method == "POST" else intake_actions.undo_preview
    try:
        told = act_on(run=run, now=now)
    except intake_actions.NotToBeUndone:
        messages.error(request, _("Only an import that is done can be taken back."))
        return redirect("import_run", run_id=run.pk)
    if request.method == "POST":
        text = _("Taken back: %(customers)d customers, %(contacts)d contacts, %(orders)d orders.")
        messages.success(request, text % told)
        return redirect("import_run", run_id=run.pk)
    return render(request, "console/intake/undo.html", {"run": run, "told": told})


def run_of(run_id: int) -> ImportRun:
    return get_object_or_404(ImportRun, pk=run_id)


def _told(run: ImportRun) -> tuple[Any, bool]:
    """The kind in words, and whether the run waits for somebody."""
    return KIND_NAMES.get(run.kind, run.kind), run.state == "pending"


urlpatterns: list[URLPattern] = [
    path("imports/", imports, name="imports"),
    path("imports/<int:run_id>/", import_run, name="import_run"),
    path("imports/<int:run_id>/progress/", import_progress, name="import_progress"),
    path("imports/<int:run_id>/start/", import_start, name="import_start"),
    path("imports/<int:run_id>/undo/", import_undo, name="import_undo"),
]
