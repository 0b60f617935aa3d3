"""Segments and lists: the overview, the builder, one segment with its members, lists filled by hand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console import list_files
from guanxi.console.access import act, member_of, page
from guanxi.console.parts import is_part, page_number
from guanxi.console.segment_titles import refusal_title
from guanxi.console.segment_vocabulary import names, vocabulary
from guanxi.console.segment_words import sentence
from guanxi.console.tier_words import in_language
from guanxi.insights import segment_users
from guanxi.kernel import clock
from guanxi.segments import actions as segments_actions
from guanxi.segments import gallery, grammar
from guanxi.segments import queries as segments_queries
from guanxi.segments.actions import SegmentInUse, SegmentMistake
from guanxi.segments.models import RULE, DayCount, Membership, Segment
from guanxi.segments.tree import RuleMistake
from guanxi.staff.roles import Right

CHANGED_FOR = timedelta(days=30)
PAGE_SIZE = 25
EMPTY = {"version": 1, "level": "customer", "where": {"all": []}}


@page(right=Right.SEE_ALL)
def segments(request: HttpRequest) -> HttpResponse:
    found = list(segments_queries.all_segments())
    changes = _changes(found, clock.utc_now())
    context = {
        "segments": [(each, changes.get(each.pk, 0)) for each in found],
        "gallery": [
            (each, in_language(each.title, each.key), in_language(each.note, "")) for each in gallery.ready_rules()
        ],
        "may_edit": member_of(request).may(Right.EDIT_JOURNEYS),
    }
    return render(request, "console/segments/list.html", context)


def _changes(found: list[Segment], now: datetime) -> dict[int, int]:
    """Members more or fewer than thirty days ago, per segment."""
    rows = DayCount.objects.filter(segment__in=found, on__gte=(now - CHANGED_FOR).date()).values("segment_id")
    sums = rows.annotate(came=Sum("joined"), went=Sum("left"))
    return {row["segment_id"]: row["came"] - row["went"] for row in sums}


# Builder


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def segment_new(request: HttpRequest) -> HttpResponse:
    """A new rule, empty or begun from the gallery."""
    if request.method == "POST":
        return _save(request, None)
    ready = gallery.ready_rule(request.GET.get("from", ""))
    title = in_language(ready.title, ready.key) if ready else ""
    note = in_language(ready.note, "") if ready else ""
    return _builder(request, None, title=title, note=note, document=ready.document if ready else EMPTY)


@page(right=Right.EDIT_JOURNEYS, post=Right.EDIT_JOURNEYS)
def segment_edit(request: HttpRequest, segment_key: str) -> HttpResponse:
    segment = _segment(segment_key)
    if segment.kind != RULE:
        raise Http404
    if request.method == "POST":
        return _save(request, segment)
    return _builder(request, segment, title=segment.title, note=segment.note, document=segment.rule)


def _save(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    title, note, now = request.POST.get("title", ""), request.POST.get("note", "").strip()[:1000], clock.utc_now()
    text = request.POST.get("rule", "")
    try:
        document = read_json(text)
        if segment is None:
            segment = segments_actions.save_segment(
                title=title, note=note, document=document, now=now, by=member_of(request)
            )
        else:
            segments_actions.change_segment(segment=segment, title=title, note=note, document=document, now=now)
    except (RuleMistake, SegmentMistake) as mistake:
        return _builder(request, segment, title=title, note=note, text=text, mistake=str(mistake), status=422)
    segments_actions.refresh(segment=segment, now=now)
    messages.success(request, _("“%(title)s” is saved and filled.") % {"title": segment.title})
    return redirect("segment", segment.key)


def read_json(text: str) -> Any:
    """The document in the form. Raises RuleMistake."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RuleMistake("rule", f"is no JSON ({error}); mend it beside the cards.") from None


def _builder(
    request: HttpRequest,
    segment: Segment | None,
    *,
    title: str,
    note: str,
    document: Any = None,
    text: str = "",
    mistake: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "segment": segment,
        "title": title,
        "note": note,
        "text": text or json.dumps(document, indent=2, ensure_ascii=False),
        "mistake": mistake,
        "vocabulary": vocabulary(member_of(request), but=segment.key if segment else ""),
    }
    return render(request, "console/segments/builder.html", context, status=status)


@act(right=Right.EDIT_JOURNEYS)
def segment_preview(request: HttpRequest) -> HttpResponse:
    """The part beside the cards: how many, who for instance, and the rule in words; or what is still missing."""
    own_key = request.POST.get("key", "")
    try:
        document = read_json(request.POST.get("rule", ""))
        rule = grammar.read_rule(document, known=segments_queries.known_names(own_key=own_key))
    except RuleMistake as mistake:
        return render(request, "console/segments/_preview.html", {"mistake": mistake})
    preview = segments_queries.preview_of(rule, now=clock.utc_now())
    context = {"preview": preview, "sentence": sentence(rule, names()), "level": rule.level}
    return render(request, "console/segments/_preview.html", context)


# One segment


@page(right=Right.SEE_ALL)
def segment(request: HttpRequest, segment_key: str) -> HttpResponse:
    found = _segment(segment_key)
    user, now = member_of(request), clock.utc_now()
    members = Paginator(segments_queries.members_of(found), PAGE_SIZE).get_page(page_number(request.GET))
    may_edit = user.may(Right.EDIT_JOURNEYS)
    context: dict[str, Any] = {"segment": found, "members": members, "may_edit": may_edit and found.kind != RULE}
    if is_part(request):
        return render(request, "console/segments/_members.html", context)
    growth = segments_queries.growth(found)
    recent = [row for row in growth if row.on >= (now - CHANGED_FOR).date()]
    context |= {
        "sentence": _told(found),
        "came": sum(row.joined for row in recent),
        "went": sum(row.left for row in recent),
        "chart": _growth_chart(growth) if len(growth) > 1 else None,
        "overlaps": segments_queries.overlaps(found),
        "used_by": segments_queries.used_by(found),
        "json": json.dumps(found.rule, indent=2, ensure_ascii=False) if found.kind == RULE else "",
        "may_change": may_edit,
        "may_export": user.may(Right.EXPORT),
    }
    return render(request, "console/segments/page.html", context)


@page(right=Right.SEE_ALL)
def segment_audience(request: HttpRequest, segment_key: str) -> HttpResponse:
    """Whom a marketing mail would reach at this moment, and why not the others: loaded after the page (D-21)."""
    audience = segments_queries.audience_of(_segment(segment_key), now=clock.utc_now())
    reasons = sorted(audience.refused.items(), key=lambda each: -each[1])
    context = {"audience": audience, "refused": [(refusal_title(reason), count) for reason, count in reasons]}
    return render(request, "console/segments/_audience.html", context)


def _segment(key: str) -> Segment:
    found = segments_queries.segment_named(key)
    if found is None:
        raise Http404
    return found


def _told(found: Segment) -> str:
    """The rule in words; nothing for a list, or when it cannot be read any more."""
    if found.kind != RULE:
        return ""
    try:
        return sentence(grammar.read_rule(found.rule), names())
    except RuleMistake:
        return ""


def _growth_chart(growth: list[DayCount]) -> dict[str, Any]:
    return {
        "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "time", "axisLine": {"lineStyle": {"color": "@line"}}, "axisTick": {"show": False},
            "axisLabel": {"color": "@muted", "hideOverlap": True},
        },
        "yAxis": {
            "type": "value", "minInterval": 1, "axisLabel": {"color": "@muted"},
            "splitLine": {"lineStyle": {"color": "@line"}},
        },
        "series": [
            {
                "name": _("Members"), "type": "line", "step": "end", "showSymbol": len(growth) < 40,
                "data": [[row.on.isoformat(), row.members] for row in growth], "lineStyle": {"width": 2},
                "itemStyle": {"color": "@accent"}, "areaStyle": {"color": "@accent", "opacity": 0.08},
            }
        ],
    }  # fmt: skip


@act(right=Right.EDIT_JOURNEYS)
def segment_refresh(request: HttpRequest, segment_key: str) -> HttpResponse:
    """Now instead of tonight."""
    found = _segment(segment_key)
    answer = segments_actions.refresh(segment=found, now=clock.utc_now())
    if "problem" in answer:
        messages.error(request, answer["problem"])
    else:
        messages.success(
            request,
            _("%(joined)d came in, %(left)d left.") % {"joined": answer["joined"], "left": answer["left"]},
        )
    return redirect("segment", found.key)


@act(right=Right.EDIT_JOURNEYS)
def segment_delete(request: HttpRequest, segment_key: str) -> HttpResponse:
    found = _segment(segment_key)
    try:
        if users := segment_users.users_of(found):
            raise SegmentInUse(users)
        segments_actions.delete_segment(segment=found)
    except SegmentInUse as mistake:
        named = {"users": ", ".join(mistake.users)}
        messages.error(request, _("It is used by %(users)s; take it out there first.") % named)
        return redirect("segment", found.key)
    messages.success(request, _("“%(title)s” is deleted.") % {"title": found.title})
    return redirect("segments")


@page(right=Right.EXPORT)
def segment_export(request: HttpRequest, segment_key: str, form: str) -> HttpResponseBase:
    """Every member with what one needs to write to him, and whether one may (RS-29)."""
    found = _segment(segment_key)
    allowed = set(segments_queries.audience_of(found, now=clock.utc_now()).contact_ids)
    first = segments_queries.first_contacts(
        []
        if found.level == "contact"
        else Membership.objects.filter(segment=found).values_list("customer_id", flat=True)
    )
    heading = [_("Customer"), _("Country"), _("Contact"), _("E-mail"), _("May get marketing mail"), _("Member since")]
    rows = (_cells(row, allowed, first) for row in segments_queries.members_of(found).iterator(chunk_size=2_000))
    return list_files.answer(form, found.key, heading, rows)


def _cells(row: Membership, allowed: set[int], first: dict[int, int]) -> list[Any]:
    contact_id = row.contact_id or first.get(row.customer_id)
    contact = row.contact
    return [
        row.customer.name, row.customer.country, str(contact) if contact else "", contact.email if contact else "",
        _("yes") if contact_id in allowed else _("no"), row.since_at.date(),
    ]  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("segments/", segments, name="segments"),
    path("segments/new/", segment_new, name="segment_new"),
    path("segments/preview/", segment_preview, name="segment_preview"),
    path("segments/<slug:segment_key>/", segment, name="segment"),
    path("segments/<slug:segment_key>/audience/", segment_audience, name="segment_audience"),
    path("segments/<slug:segment_key>/edit/", segment_edit, name="segment_edit"),
    path("segments/<slug:segment_key>/refresh/", segment_refresh, name="segment_refresh"),
    path("segments/<slug:segment_key>/delete/", segment_delete, name="segment_delete"),
    path("segments/<slug:segment_key>/export/<str:form>", segment_export, name="segment_export"),
]
