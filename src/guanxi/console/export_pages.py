"""Taking everything out: each list as a file, and one button for all (D-26)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from tempfile import TemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.import_work import has_worker
from guanxi.console.list_files import XLSX
from guanxi.insights import export_files, export_tables
from guanxi.kernel import clock
from guanxi.pipeline import exports
from guanxi.pipeline.models import Export
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

LIST_NAMES: dict[str, str | Promise] = {
    "customers": gettext_lazy("Customers"),
    "contacts": gettext_lazy("Contacts"),
    "products": gettext_lazy("Articles"),
    "rates": gettext_lazy("Exchange rates"),
    "orders": gettext_lazy("Orders"),
    "order-lines": gettext_lazy("Lines of orders"),
    "invoices": gettext_lazy("Invoices"),
    "payments": gettext_lazy("Payments"),
    "permissions": gettext_lazy("Permissions"),
    "ledger_event": gettext_lazy("Events"),
    "ledger_note": pgettext_lazy("plural", "Notes"),
    "ledger_trait": gettext_lazy("Traits"),
    "ledger_referral": gettext_lazy("Referrals"),
    "tiering_standing": gettext_lazy("Tiers as they stand"),
    "tiering_standingchange": gettext_lazy("Changes of tiers"),
    "outbox_message": gettext_lazy("Messages"),
    "journeys_enrolment": gettext_lazy("Travellers of journeys"),
    "consent_suppression": gettext_lazy("Suppressed addresses"),
}


def in_background(task: Callable[[], None]) -> None:
    """Run `task` in a thread of its own; tests put another runner here."""
    threading.Thread(target=task, daemon=True, name="guanxi-export").start()


@page(right=Right.EXPORT)
def export_page(request: HttpRequest) -> HttpResponse:
    _check_scope(request)
    recent = exports.recent()
    context = {
        "lists": [(each.name, LIST_NAMES.get(each.name, each.name), each.count()) for each in export_tables.lists()],
        "exports": recent,
        "forms": export_files.FORMS,
        "is_busy": any(each.state in {"waiting", "running"} for each in recent),
    }
    part = "_copies.html" if "HX-Request" in request.headers else "page.html"
    return render(request, f"console/export/{part}", context)


@page(right=Right.EXPORT)
def export_list(request: HttpRequest, table: str, form: str) -> HttpResponseBase:
    """One list as csv or xlsx, streamed."""
    _check_scope(request)
    found = next((each for each in export_tables.lists() if each.name == table), None)
    if found is None:
        raise Http404
    if form == "csv":
        lines = export_files.csv_lines([column.heading for column in found.columns], found.rows())
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{table}.csv"'
        return answer
    file = TemporaryFile()  # noqa: SIM115  (the answer closes it)
    export_files.write_xlsx(found, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{table}.xlsx", content_type=XLSX)


@act(right=Right.EXPORT)
def export_ask(request: HttpRequest) -> HttpResponse:
    """The button for everything."""
    _check_scope(request)
    form, user = request.POST.get("form", "csv"), member_of(request)
    if form not in export_files.FORMS:
        raise Http404
    export = exports.ask(form=form, user=user, with_audit=user.may(Right.READ_AUDIT), now=clock.utc_now())
    _audit(request, "export.asked", export)
    if not has_worker():
        in_background(_write)
    messages.success(request, _("The copy is being written; it can be downloaded here when it is ready."))
    return redirect("export")


@page(right=Right.EXPORT)
def export_file(request: HttpRequest, export_id: int) -> HttpResponseBase:
    _check_scope(request)
    export = get_object_or_404(Export, pk=export_id, state="done", expires_at__gt=clock.utc_now())
    if export.with_audit and not member_of(request).may(Right.READ_AUDIT):
        raise PermissionDenied
    found = exports.path_of(export)
    if not found.is_file():
        raise Http404
    _audit(request, "export.downloaded", export)
    name = f"guanxi-{export.asked_at:%Y-%m-%d}-{export.form}.zip"
    return FileResponse(found.open("rb"), as_attachment=True, filename=name, content_type="application/zip")


def _write() -> None:
    try:
        exports.write_due(clock=clock.utc_now)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


def _check_scope(request: HttpRequest) -> None:
    """Lists hold everybody's customers."""
    if not member_of(request).may(Right.SEE_ALL):
        raise PermissionDenied


def _audit(request: HttpRequest, act_name: str, export: Export) -> None:
    staff_actions.append_audit(
        actor=member_of(request), act=act_name, now=clock.utc_now(), details={"kind": export.form}
    )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("export/", export_page, name="export"),
    path("export/all/", export_ask, name="export_ask"),
    path("export/all/<int:export_id>", export_file, name="export_file"),
    path("export/<str:table>/<str:form>", export_list, name="export_list"),
]
