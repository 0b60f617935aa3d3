"""Launches: which articles go on sale when, and which journeys tell whom of it beforehand (J-14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.catalogue import actions as catalogue_actions
from guanxi.catalogue import queries as catalogue_queries
from guanxi.catalogue.actions import ProductRecord
from guanxi.catalogue.models import Product
from guanxi.console.access import act, member_of, page
from guanxi.console.journey_occasions import EDITION_NAMES
from guanxi.console.journey_words import condition_words
from guanxi.console.parts import note_act
from guanxi.console.shipped_words import of_language
from guanxi.firm.queries import the_firm
from guanxi.journeys.clockwork import ANY_EDITION, EDITIONS, Launch
from guanxi.journeys.graph import Graph, Trigger, read_graph
from guanxi.journeys.models import Journey
from guanxi.kernel import clock
from guanxi.staff.roles import Right

SHOWN_AFTER = timedelta(days=60)
MOST_ARTICLES = 2_000


@dataclass(frozen=True, slots=True)
class Notice:
    """A journey that tells of a launch: when, and whom."""

    on: date
    key: str
    title: str
    state: str
    whom: str


@dataclass(frozen=True, slots=True)
class LaunchView:
    """The articles of one day and edition."""

    on: date
    edition: str
    is_past: bool
    articles: list[Product] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


class LaunchForm(forms.Form):
    """An article with the day on which it goes on sale; a code that is not known yet is a new article."""

    code = forms.CharField(
        label=gettext_lazy("Article"), max_length=120, widget=forms.TextInput(attrs={"list": "articles"}),
        help_text=gettext_lazy("Its code; one that is not in the catalogue yet is added to it."),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=300, required=False,
        help_text=gettext_lazy("Letters call it so; what the catalogue says stays when this is empty."),
    )  # fmt: skip
    launches_on = forms.DateField(
        label=gettext_lazy("On sale from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    edition = forms.ChoiceField(
        label=gettext_lazy("Edition"), required=False,
        choices=[("", gettext_lazy("none")), *((each, EDITION_NAMES[each]) for each in EDITIONS)],
        help_text=gettext_lazy("Who may have it first depends on it."),
    )  # fmt: skip


@page(right=Right.SEE_ALL, post=Right.EDIT_JOURNEYS)
def launches(request: HttpRequest) -> HttpResponse:
    """What goes on sale, the next day first; the form gives an article its day."""
    form = LaunchForm(request.POST or None, initial={"code": request.GET.get("article", "")[:120]})
    if request.method == "POST" and form.is_valid():
        _keep(form.cleaned_data)
        note_act(request, "product.launch_set", object_kind="product", object_id=form.cleaned_data["code"])
        messages.success(request, _("Saved; the journeys that tell of launches go by this day."))
        return redirect("launches")
    context: dict[str, Any] = {
        "form": form,
        "launches": _launches(the_firm().day_of(clock.utc_now())),
        "known": Product.objects.order_by("code")[:MOST_ARTICLES],
        "may_edit": member_of(request).may(Right.EDIT_JOURNEYS),
    }
    return render(request, "console/journeys/launches.html", context, status=422 if request.method == "POST" else 200)


@act(right=Right.EDIT_JOURNEYS)
def launch_remove(request: HttpRequest) -> HttpResponse:
    """The article goes on sale on no particular day any more."""
    product = Product.objects.filter(code=request.POST.get("code", "")).first()
    if product is None:
        messages.error(request, _("There is no such article."))
        return redirect("launches")
    fields = {"launches_on": None, "edition": ""}
    catalogue_actions.record_products(records=[ProductRecord(product.code, fields)])
    note_act(request, "product.launch_removed", object_kind="product", object_id=product.code)
    messages.success(request, _("Removed."))
    return redirect("launches")


def _keep(said: dict[str, Any]) -> None:
    fields = {"launches_on": said["launches_on"], "edition": said["edition"]}
    fields |= {"name": said["name"]} if said["name"] else {}
    catalogue_actions.record_products(records=[ProductRecord(said["code"].strip(), fields)])


def _launches(today: date) -> list[LaunchView]:
    tellers = [
        (journey, graph, trigger)
        for journey, graph in _journeys()
        for trigger in graph.triggers
        if isinstance(trigger.clockwork, Launch)
    ]
    found: dict[tuple[date, str], LaunchView] = {}
    for product in catalogue_queries.launching_since(today - SHOWN_AFTER):
        on, edition = product.launches_on, product.edition
        assert on is not None  # asked for in the query
        if (on, edition) not in found:
            notices = [_notice(on, *each) for each in tellers if _tells(each[2], edition)]
            found[on, edition] = LaunchView(on, edition, on < today, [], sorted(notices, key=lambda each: each.on))
        found[on, edition].articles.append(product)
    return sorted(found.values(), key=lambda each: (each.is_past, each.on))


def _journeys() -> list[tuple[Journey, Graph]]:
    rows = Journey.objects.select_related("live_version").filter(live_version__text__contains="launch").order_by("key")
    return [(each, read_graph(each.live_version.text)) for each in rows if each.live_version]


def _tells(trigger: Trigger, edition: str) -> bool:
    clockwork = trigger.clockwork
    return isinstance(clockwork, Launch) and clockwork.edition in {ANY_EDITION, edition}


def _notice(on: date, journey: Journey, graph: Graph, trigger: Trigger) -> Notice:
    assert isinstance(trigger.clockwork, Launch)  # see _tells
    whom = condition_words(trigger.when) or _("every buyer")
    day = on - trigger.clockwork.lead + trigger.clockwork.after
    return Notice(day, journey.key, of_language(graph.shelf.titles), journey.state, whom)


urlpatterns: list[URLPattern] = [
    path("launches/", launches, name="launches"),
    path("launches/remove/", launch_remove, name="launch_remove"),
]
