"""The schemes: a gallery, and each one's preview and editor. Nothing is applied that was not shown before (CN-06)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console import scheme_form
from guanxi.console.access import act, member_of, page
from guanxi.console.templatetags.guanxi import tone_of
from guanxi.console.tier_words import in_language
from guanxi.kernel import clock
from guanxi.kernel.money import NoRate
from guanxi.ledger.models import Customer
from guanxi.scoring import queries as scoring_queries
from guanxi.staff.roles import Right
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import documents, drafts, previews
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.conditions import SchemeError
from guanxi.tiering.grammar import Circular
from guanxi.tiering.models import Scheme, SchemeDraft
from guanxi.tiering.scheme_forms import BadChange

AXES: dict[str, str | Promise] = {
    "activity": gettext_lazy("Activity"),
    "value": gettext_lazy("Value"),
    "stage": gettext_lazy("Stage of the cooperation"),
    "need": gettext_lazy("Product need"),
    "lifecycle": gettext_lazy("Lifecycle"),
    "reading": gettext_lazy("Reading"),
    "service": gettext_lazy("Service level"),
    "": gettext_lazy("Others"),
}
TABS = ("form", "text", "versions")


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One tier of the preview beside what stands there now."""

    tier: str
    title: str
    tone: str
    customers: int
    customer_share: float
    spend: Decimal
    spend_share: float
    now_customers: int | None

    @property
    def change(self) -> int:
        return self.customers - (self.now_customers or 0)


@page(right=Right.SEE_ALL)
def tier_schemes(request: HttpRequest) -> HttpResponse:
    applied: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    drafted = set(SchemeDraft.objects.values_list("scheme_id", flat=True))
    for record in tiering_queries.kept_schemes():
        scheme = documents.read_scheme(record.document)
        table = tiering_queries.tier_table(record) if record.is_active else None
        titles = dict(tiering_queries.tiers_of(record))
        (applied if record.is_active else waiting).append({
            "record": record,
            "axis": AXES[scheme.axis],
            "place": list(AXES).index(scheme.axis),
            "title": tiering_queries.title_of(record),
            "about": in_language(scheme.about, ""),
            "decides": scheme.decides,
            "has_draft": record.pk in drafted,
            "rows": [(row, titles.get(row.tier, row.tier), tone_of(row.tier)) for row in table.rows if row.customers]
            if table else [],
        })  # fmt: skip
    groups = [(title, sorted(cards, key=lambda card: (not card["record"].is_default, card["place"])))
              for title, cards in ((_("Applied"), applied), (_("Not applied"), waiting)) if cards]  # fmt: skip
    return render(request, "console/schemes/list.html", {"groups": groups, "may_edit": _may_edit(request)})


@page(right=Right.SEE_ALL)
def tier_scheme(request: HttpRequest, scheme_name: str) -> HttpResponse:
    record = _record(scheme_name)
    draft = SchemeDraft.objects.filter(scheme=record).select_related("started_by").first()
    text = draft.document if draft and request.GET.get("of") == "draft" else record.document
    tab = request.GET.get("tab", "")
    context = _preview_context(record, text) | {
        "tab": tab if tab in TABS else "form",
        "draft": draft,
        "of_draft": text is not record.document,
        "versions": tiering_queries.versions_of(record),
        "may_edit": _may_edit(request),
        "about": in_language(documents.read_scheme(record.document).about, ""),
        "scheme_title": tiering_queries.title_of(record),
        "others": [(each, tiering_queries.title_of(each)) for each in tiering_queries.kept_schemes() if each != record],
    }
    return render(request, "console/schemes/page.html", context)


@act(right=Right.EDIT_TIERS)
def tier_scheme_try(request: HttpRequest, scheme_name: str) -> HttpResponse:
    """What the changed form would do; nothing is written. A button that adds or removes gets the whole form back."""
    record = _record(scheme_name)
    try:
        text = scheme_form.text_after(request.POST)
    except (BadChange, SchemeError) as error:
        return render(
            request, "console/schemes/_problem.html", {"problem": _problem(error, request.POST.get("document", ""))}
        )
    context = _preview_context(record, text) | {
        "may_edit": True,
        "is_part": True,
        "whole": bool(request.POST.get("act")),
    }
    return render(request, "console/schemes/_answer.html", context)


@act(right=Right.EDIT_TIERS)
def tier_scheme_save(request: HttpRequest, scheme_name: str) -> HttpResponse:
    """Put the text in force, or keep it beside the rules in force."""
    record, now = _record(scheme_name), clock.utc_now()
    text, reason = request.POST.get("document", "").replace("\r\n", "\n"), request.POST.get("reason", "")
    try:
        if request.POST.get("how") == "beside":
            drafts.set_beside(scheme=record, text=text, by=member_of(request), now=now)
            messages.success(request, _("The new rules run beside the ones in force now."))
            return redirect("tier_scheme", scheme_name=record.name)
        saved = drafts.put_in_force(text=text, by=member_of(request), reason=reason, now=now)
    except (SchemeError, Circular, drafts.NoReason) as error:
        messages.error(request, _problem(error, text))
        context = _preview_context(record, text) | {"may_edit": True, "tab": "text", "reason": reason,
                   "scheme_title": tiering_queries.title_of(record), "versions": [], "others": []}  # fmt: skip
        return render(request, "console/schemes/page.html", context, status=400)
    _apply(request, saved)
    return redirect("tier_scheme", scheme_name=saved.name)


@act(right=Right.EDIT_TIERS)
def tier_scheme_switch(request: HttpRequest, scheme_name: str) -> HttpResponse:
    """On, off, or the one that pages and journeys speak of."""
    record, now, by = _record(scheme_name), clock.utc_now(), member_of(request)
    try:
        match request.POST.get("to"):
            case "on":
                drafts.switch_on(scheme=record, is_on=True, by=by, now=now)
                record.refresh_from_db()
                _apply(request, record)
            case "off":
                drafts.switch_on(scheme=record, is_on=False, by=by, now=now)
                messages.success(request, _("The scheme is no longer applied."))
            case "default":
                drafts.make_default(scheme=record, by=by, now=now)
                messages.success(request, _("Pages and journeys speak of this scheme now."))
    except Circular as error:
        messages.error(request, str(error))
    return redirect("tier_scheme", scheme_name=record.name)


@act(right=Right.EDIT_TIERS)
def tier_scheme_draft(request: HttpRequest, scheme_name: str) -> HttpResponse:
    """Switch to the draft with a reason, look at it again, or discard it."""
    record, now, by = _record(scheme_name), clock.utc_now(), member_of(request)
    draft = get_object_or_404(SchemeDraft, scheme=record)
    try:
        match request.POST.get("to"):
            case "switch":
                saved = drafts.switch(scheme=record, by=by, reason=request.POST.get("reason", ""), now=now)
                _apply(request, saved)
            case "discard":
                drafts.discard(scheme=record, by=by, now=now)
                messages.success(request, _("The draft is discarded."))
            case "refresh":
                drafts.refresh(draft, now=now)
    except (SchemeError, Circular, drafts.NoReason) as error:
        messages.error(request, _problem(error))
    return redirect("tier_scheme", scheme_name=record.name)


@page(right=Right.SEE_ALL)
def tier_compare(request: HttpRequest) -> HttpResponse:
    """Two schemes as a cross table."""
    records = tiering_queries.kept_schemes()
    by_name = {record.name: record for record in records}
    active = [record for record in records if record.is_active]
    first = by_name.get(request.GET.get("a", "")) or next(iter(active), None)
    second = by_name.get(request.GET.get("b", "")) or next((each for each in active if each != first), first)
    if first is None or second is None:
        raise Http404
    found = previews.cross_table(*(documents.read_scheme(each.document) for each in (first, second)))
    down, across = tiering_queries.tiers_of(first), tiering_queries.tiers_of(second)
    most = max((customers for customers, _ in (found or {}).values()), default=0)
    rows = [
        (tier, title, [_cell(found, tier, other, most) for other, _title in across])
        for tier, title in down
    ]  # fmt: skip
    run = scoring_queries.latest_run()
    context = {
        "first": first, "second": second, "across": across, "rows": rows, "found": found, "run": run,
        "first_title": tiering_queries.title_of(first), "second_title": tiering_queries.title_of(second),
        "schemes": [(each, tiering_queries.title_of(each)) for each in active],
    }  # fmt: skip
    return render(request, "console/schemes/compare.html", context)


def _cell(found: Any, tier: str, other: str, most: int) -> dict[str, Any]:
    customers, spend = (found or {}).get((tier, other), (0, Decimal(0)))
    return {"customers": customers, "spend": spend, "heat": round((customers / most) ** 0.5, 3) if most else 0}


def _preview_context(record: Scheme, text: str) -> dict[str, Any]:
    """The preview of a text and its form; `problem` instead when it cannot be read or told."""
    context: dict[str, Any] = {
        "record": record, "document": text, "is_changed": text != record.document, "operators": scheme_form.OPERATORS,
    }  # fmt: skip
    try:
        found = previews.preview(text, now=clock.utc_now())
        context["editor"] = scheme_form.editor_of(text, found)
    except (SchemeError, Circular, NoRate) as error:
        return context | {"problem": _problem(error, text)}
    if found is None:
        return context
    scheme = found.overview.scheme
    titles = {tier: in_language(texts, tier) for tier, texts in scheme.tiers.items()}
    table = tiering_queries.tier_table(record) if record.is_active else None
    now = {row.tier: row.customers for row in table.rows} if table else {}
    movers = Customer.objects.filter(pk__in=[each.customer_id for each in found.movers])
    names = dict(movers.values_list("pk", "name"))
    return context | {
        "preview": found,
        "currency": found.run.currency,
        "classes": [
            ClassRow(row.tier, titles.get(row.tier, row.tier), tone_of(row.tier), row.customers, row.customer_share,
                     row.spend, row.spend_share, now.get(row.tier, 0) if table else None)
            for row in found.overview.tiers
        ],
        "streams": [(each, titles.get(each.before, each.before), titles.get(each.after, each.after))
                    for each in found.streams if each.before],
        "movers": [(each, names.get(each.customer_id, ""), titles.get(each.before, each.before),
                    titles.get(each.after, each.after)) for each in found.movers],
    }  # fmt: skip


def _problem(error: Exception, text: str = "") -> str:
    if isinstance(error, BadChange):
        return _("%(place)s will not do; write a number.") % {"place": error}
    if isinstance(error, drafts.NoReason):
        return _("Say in a few words why, so that everybody can read it later.")
    if isinstance(error, SchemeError) and text and (line := documents.line_of(text, error.where)):
        said = error.problem if error.where == f"line {line}" else error
        return _("Line %(line)d, %(problem)s") % {"line": line, "problem": said}
    return str(error)


def _apply(request: HttpRequest, record: Scheme) -> None:
    """Decide by the latest scores, so that the page shows at once what the rules do."""
    run = scoring_queries.latest_run()
    if record.is_active and run is not None:
        answer = tiering_actions.apply_scores(run=run, now=clock.utc_now()).get(record.name, {})
        if "skipped" in answer:
            messages.warning(request, str(answer["skipped"]))
            return
    messages.success(request, _("Saved. The rules are in force."))


def _record(name: str) -> Scheme:
    return get_object_or_404(Scheme, name=name)


def _may_edit(request: HttpRequest) -> bool:
    return member_of(request).may(Right.EDIT_TIERS)


urlpatterns: list[URLPattern] = [
    path("tiers/schemes/", tier_schemes, name="tier_schemes"),
    path("tiers/compare/", tier_compare, name="tier_compare"),
    path("tiers/schemes/<slug:scheme_name>/", tier_scheme, name="tier_scheme"),
    path("tiers/schemes/<slug:scheme_name>/try/", tier_scheme_try, name="tier_scheme_try"),
    path("tiers/schemes/<slug:scheme_name>/save/", tier_scheme_save, name="tier_scheme_save"),
    path("tiers/schemes/<slug:scheme_name>/switch/", tier_scheme_switch, name="tier_scheme_switch"),
    path("tiers/schemes/<slug:scheme_name>/draft/", tier_scheme_draft, name="tier_scheme_draft"),
]
