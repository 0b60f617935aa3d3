"""How a customer is looked after: the card on his page, its forms, his growth file, and what is shipped first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.care import actions as care_actions
from guanxi.care import queries as care_queries
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.my_day import RESULTS, lines_of
from guanxi.console.parts import number_in, say_errors
from guanxi.firm.queries import the_firm
from guanxi.insights import growth_file, shipping
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact, Customer
from guanxi.staff import queries as staff_queries
from guanxi.staff.roles import Right
from guanxi.supply import actions as supply_actions
from guanxi.supply import ordering as supply_ordering
from guanxi.supply.models import CHECK_POINTS, Project

AGREEMENTS: dict[str, str | LazyText] = {
    "supply": gettext_lazy("Long-term supply"),
    "emergency_stock": gettext_lazy("Emergency stock"),
    "own_channel": gettext_lazy("Ordering channel of his own"),
    "payment_terms": gettext_lazy("Terms of payment"),
    "price_lock": gettext_lazy("Locked price"),
}
POINTS: dict[str, str | LazyText] = {
    "raw_material": gettext_lazy("Raw material"),
    "trial_assembly": gettext_lazy("Trial assembly"),
    "final_acceptance": gettext_lazy("Final acceptance"),
}
CLOCKS: dict[str, tuple[str | LazyText, str]] = {
    "running": (gettext_lazy("running"), ""),
    "waiting": (gettext_lazy("waits for the customer"), "warn"),
    "kept": (gettext_lazy("kept"), "good"),
    "missed": (gettext_lazy("done too late"), "warn"),
    "overdue": (gettext_lazy("overdue"), "bad"),
}
ENTRIES: dict[str, str | LazyText] = {
    "need": gettext_lazy("Need"),
    "plan": gettext_lazy("Plan"),
    "note": gettext_lazy("Note"),
    "project": gettext_lazy("Custom project"),
    "agreement": gettext_lazy("Agreement"),
    "standing": gettext_lazy("Tier"),
}


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    item: str
    line: str
    title: str
    done_by: str
    done_at: datetime | None


class AgreementForm(forms.Form):
    """Something agreed for a time."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[(kind, kind) for kind in AGREEMENTS])
    title = forms.CharField(label=gettext_lazy("What was agreed"), max_length=200)
    starts_on = forms.DateField(label=gettext_lazy("From"), widget=DAY)
    ends_on = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DAY)
    note = forms.CharField(label=gettext_lazy("Terms in words"), required=False, max_length=2_000)
    articles = forms.CharField(label=gettext_lazy("Articles"), required=False, max_length=20_000)

    def terms(self, currency: str) -> dict[str, Any]:
        """Prices or reserved quantities by article, from lines such as `lamp 9.50`. Raises NotPossible."""
        numbers = supply_actions.read_articles(self.cleaned_data["articles"])
        if not numbers:
            return {}
        if self.cleaned_data["kind"] == "emergency_stock":
            return {"reserved": numbers}
        return {"unit_prices": numbers, "currency": currency}


class ProjectForm(forms.Form):
    """A custom request that is accepted now."""

    title = forms.CharField(label=gettext_lazy("What is to be made"), max_length=200)
    specification = forms.CharField(label=gettext_lazy("Specification"), required=False, max_length=10_000)


class GiftForm(forms.Form):
    """A gift to a person."""

    what = forms.CharField(label=gettext_lazy("Gift"), max_length=200)
    value = forms.DecimalField(label=gettext_lazy("Value"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2)
    currency = forms.RegexField(label=gettext_lazy("Currency"), regex="^[A-Z]{3}$")
    given_on = forms.DateField(label=gettext_lazy("Day"), widget=DAY)


def card_of(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """What the card of the customer's page needs: `care`, its titles in the reader's language, and the open tasks."""
    care = care_queries.care_of(customer, now=now)
    language = get_language() or "en"
    return {
        "care": care,
        "entitlements": [in_language(item.title, language) for item in care.entitlements],
        "rhythms": [in_language(item.title, language) for item in care.contacts],
        "checklists": [
            (in_language(each.item.title, language), _lines(each, language), each.is_complete)
            for each in care.checklists
        ],
        "results": RESULTS.items(),
        "task_lines": [line for line in lines_of(care.tasks, now) if line.task.state == "open"],
        "projects": [_project(each) for each in care.projects],
        "agreements": [(AGREEMENTS.get(each.kind, each.kind), each) for each in care.agreements],
        "agreement_kinds": AGREEMENTS.items(),
        "ordering_links": _ordering_links(customer, now),
        "check_points": POINTS.items(),
    }


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def check_line(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Tick a line of a stage's checklist."""
    try:
        care_actions.check_line(
            customer=_customer(request, customer_id), item=request.POST.get("item", ""),
            line=request.POST.get("line", ""), is_done="done" in request.POST, now=clock.utc_now(),
            by=member_of(request),
        )  # fmt: skip
    except care_actions.NoSuchLine:
        messages.error(request, _("The checklist has no such line; load the page again."))
    return _back(customer_id)


@act(right=Right.ASSIGN_OWNERS, scoped=True)
def team(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Put a colleague into the team, or take him out."""
    customer, wanted = _customer(request, customer_id), request.POST.get("user", "")
    user = next((each for each in staff_queries.active_members() if str(each.pk) == wanted), None)
    if user is None:
        messages.error(request, _("Choose a colleague."))
    elif "leave" in request.POST:
        care_actions.leave_team(customer=customer, user=user)
    else:
        role = request.POST.get("role", "").strip() or _("Account manager")
        care_actions.join_team(customer=customer, user=user, role=role, now=clock.utc_now())
    return _back(customer_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def agreement(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer, form = _customer(request, customer_id), AgreementForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return _back(customer_id)
    said = {name: value for name, value in form.cleaned_data.items() if name != "articles"}
    try:
        terms = form.terms(the_firm().reporting_currency)
        supply_actions.agree(customer=customer, by=member_of(request), now=clock.utc_now(), terms=terms, **said)
    except supply_actions.NotAnArticle as problem:
        messages.error(
            request, _("Articles, line %(line)s: write an article and a number above zero.") % {"line": problem.line}
        )
    except supply_actions.NotPossible:
        messages.error(request, _("The agreement would end before it begins."))
    else:
        messages.success(request, _("Saved."))
    return _back(customer_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def project(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Accept a custom request; the technician is one of the colleagues."""
    customer, form = _customer(request, customer_id), ProjectForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return _back(customer_id)
    wanted = request.POST.get("technician", "")
    technician = next((each for each in staff_queries.active_members() if str(each.pk) == wanted), None)
    care_actions.accept_project(customer=customer, technician=technician, now=clock.utc_now(), **form.cleaned_data)
    messages.success(request, _("Accepted: the drawing is due in 3 days, the sample in 10."))
    return _back(customer_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def project_step(request: HttpRequest, customer_id: int, step: str) -> HttpResponse:
    """What happened to a project: drawing, sample, wait, go_on or check."""
    customer = _customer(request, customer_id)
    found = Project.objects.filter(customer=customer, pk=number_in(request.POST.get("project", ""))).first()
    if found is None:
        messages.error(request, _("Choose a project of this customer."))
        return _back(customer_id)
    now = clock.utc_now()
    match step:
        case "drawing":
            care_actions.finish_drawing(project=found, now=now)
        case "sample":
            care_actions.finish_sample(project=found, now=now)
        case "wait":
            supply_actions.wait_for_customer(project=found, now=now)
        case "go_on":
            supply_actions.go_on(project=found, now=now)
        case "check" if request.POST.get("point") in CHECK_POINTS:
            supply_actions.record_check(
                project=found, point=request.POST["point"], is_passed=request.POST.get("outcome") == "passed",
                note=request.POST.get("note", "")[:1_000], by=member_of(request), now=now,
            )  # fmt: skip
        case "check":
            messages.error(request, _("Choose one of the three checks."))
        case _:
            raise Http404
    return _back(customer_id)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def gift(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer, form = _customer(request, customer_id), GiftForm(request.POST)
    contact = Contact.objects.filter(customer=customer, pk=number_in(request.POST.get("contact", ""))).first()
    if contact is None:
        messages.error(request, _("Choose a contact of this customer."))
        return _back(customer_id)
    if not form.is_valid():
        say_errors(request, form)
        return _back(customer_id)
    by = member_of(request)
    try:
        care_actions.give(
            contact=contact, by=by, approved_by=by if by.may(Right.ASSIGN_OWNERS) else None, now=clock.utc_now(),
            **form.cleaned_data,
        )  # fmt: skip
    except care_actions.GiftRefused as refusal:
        messages.error(
            request,
            _("This customer accepts no gifts.")
            if refusal.is_by_customer
            else _("This goes beyond the yearly limit per person; a manager has to enter it."),
        )
    else:
        messages.success(request, _("Entered in the gift register."))
    return _back(customer_id)


@page(right=Right.SEE, scoped=True)
def growth(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = _customer(request, customer_id)
    found = growth_file.growth_file(customer)
    peak = max((each.spend for each in found.quarters), default=Decimal(0))
    bars = [(each, int(each.spend * 100 / peak) if peak > 0 and each.spend > 0 else 0) for each in found.quarters]
    entries = [(ENTRIES[each.kind], each) for each in found.entries]
    context = {"customer": customer, "file": found, "bars": bars[-16:], "entries": entries}
    return render(request, "console/care/growth.html", context)


@page(right=Right.SEE)
def shipping_queue(request: HttpRequest) -> HttpResponse:
    waiting = shipping.waiting_orders(user=member_of(request), now=clock.utc_now())
    rows = [(each, *CLOCKS[each.promise.state]) if each.promise else (each, "", "") for each in waiting]
    return render(
        request, "console/care/shipping.html", {"rows": rows, "first": sum(each.is_first for each in waiting)}
    )


def _lines(checklist: care_queries.Checklist, language: str) -> Sequence[ChecklistLine]:
    return [
        ChecklistLine(
            item=checklist.item.key, line=line, title=in_language(titles, language),
            done_by=str(check.done_by or "") if (check := checklist.done.get(line)) else "",
            done_at=check.done_at if check else None,
        )
        for line, titles in checklist.item.lines.items()
    ]  # fmt: skip


def _ordering_links(customer: Customer, now: datetime) -> list[tuple[str, str]]:
    """Each contact with the link to the ordering page, while the customer has one."""
    if supply_ordering.channel_of(customer.pk, on=the_firm().day_of(now)) is None:
        return []
    return [
        (str(each), supply_ordering.ordering_url(customer_id=customer.pk, contact_id=each.pk))
        for each in Contact.objects.filter(customer=customer).order_by("pk")
    ]


def _project(state: Any) -> dict[str, Any]:
    return {
        "project": state.project,
        "clocks": [
            (_("Drawing"), "drawing", state.drawing, *CLOCKS[state.drawing.state]),
            (_("Sample"), "sample", state.sample, *CLOCKS[state.sample.state]),
        ],
        "is_waiting": state.drawing.state == "waiting" or state.sample.state == "waiting",
        "checks": [(POINTS[point], check) for point, check in state.checks.items()],
    }


def _customer(request: HttpRequest, customer_id: int) -> Customer:
    return get_object_or_404(ledger_queries.customers_for(member_of(request)), pk=customer_id)


def _back(customer_id: int) -> HttpResponseRedirect:
    return redirect(reverse("customer", args=[customer_id]) + "#care")


urlpatterns: list[URLPattern] = [
    path("customers/<int:customer_id>/checklist", check_line, name="customer_checklist"),
    path("customers/<int:customer_id>/team", team, name="customer_team"),
    path("customers/<int:customer_id>/agreements", agreement, name="customer_agreement"),
    path("customers/<int:customer_id>/projects", project, name="customer_project"),
    path("customers/<int:customer_id>/projects/<slug:step>", project_step, name="customer_project_step"),
    path("customers/<int:customer_id>/gifts", gift, name="customer_gift"),
    path("customers/<int:customer_id>/growth/", growth, name="customer_growth"),
    path("orders/shipping/", shipping_queue, name="orders_shipping"),
]
