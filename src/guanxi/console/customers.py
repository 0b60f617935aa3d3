"""The customer list, its export, and what one changes about a customer by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.console import care_pages, list_files, survey_pages
from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import (
    CUSTOMER_KINDS,
    NOTE_KINDS,
    ContactForm,
    CustomerForm,
    NoteForm,
    OwnerForm,
    TagsForm,
)
from guanxi.console.customer_page import page_facts, worded
from guanxi.console.customer_profile import profile_facts
from guanxi.console.foresight_cards import cards_of
from guanxi.console.offer_cards import codes_card
from guanxi.console.order_forms import STAGE_CHOICES
from guanxi.console.parts import clean, is_part, named_countries, number_in, page_number, say_errors
from guanxi.console.reaching_pages import ways_to
from guanxi.console.trait_forms import trait_choices, traits_of
from guanxi.firm import queries as firm_queries
from guanxi.insights import customer_list, interest, timeline
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact, Customer
from guanxi.staff import queries as staff_queries
from guanxi.staff.roles import Right
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Scheme

USUAL_SORT = "-spend"
LAST_ORDER = ("30", "90", "365", "older", "none")


# The list


@page(right=Right.SEE)
def customers(request: HttpRequest) -> HttpResponse:
    ask = ask_of(request.GET)
    scheme = _scheme_asked(request.GET)
    tiers = tiering_queries.tiers_of(scheme) if scheme else []
    listing = customer_list.page_of(
        user=member_of(request), ask=ask, scheme_id=scheme.pk if scheme else None, now=clock.utc_now()
    )
    context = {
        "ask": ask,
        "listing": listing,
        "scheme": scheme,
        "titles": dict(tiers),
        "coordinates": _coordinates(listing),
        "currency": firm_queries.the_firm().reporting_currency,
        "sorts": {name: _sort_address(request.GET, ask.sort, name) for name in customer_list.SORTS},
        "query": clean(request.GET, but=("page",)),
        "may_export": member_of(request).may(Right.EXPORT),
    }
    if is_part(request):
        part = render(request, "console/customers/_list.html", context)
        usual = ("sort",) if ask.sort == USUAL_SORT else ()
        part["HX-Push-Url"] = f"{request.path}?{clean(request.GET, but=usual)}".rstrip("?")
        return part
    choices = customer_list.choices_for(user=member_of(request))
    context |= {
        "choices": choices,
        "countries": named_countries(choices.countries),
        "tiers": tiers,
        "schemes": [
            (each, tiering_queries.title_of(each)) for each in tiering_queries.kept_schemes() if each.is_active
        ],
        "kinds": CUSTOMER_KINDS,
        "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
        "sees_all": member_of(request).may(Right.SEE_ALL),
    }
    return render(request, "console/customers/list.html", context)


@page(right=Right.EXPORT)
def customers_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The whole list as a file, with the filters of the page it was asked from."""
    scheme = _scheme_asked(request.GET)
    rows = customer_list.all_rows(
        user=member_of(request),
        ask=ask_of(request.GET),
        scheme_id=scheme.pk if scheme else None,
        now=clock.utc_now(),
    )
    currency = firm_queries.the_firm().reporting_currency
    if form == "csv":
        return list_files.csv_answer("customers.csv", _heading(currency), map(_cells, rows))
    return list_files.xlsx_answer("customers.xlsx", _heading(currency), map(_cells, rows))


def _scheme_asked(query: QueryDict) -> Scheme | None:
    """The scheme whose tiers the list shows: the one of the address when it is applied, else the default one."""
    asked = Scheme.objects.filter(name=query.get("scheme", ""), is_active=True).first()
    return asked or tiering_queries.default_scheme()


def _coordinates(listing: customer_list.Listing) -> dict[int, tuple[str, str]]:
    """Per customer his label and his tiers on all axes, in words (T-30, T-34); empty for one who stands nowhere."""
    found = tiering_queries.coordinates_of_many([row.id for row in listing.rows])
    return {row.id: ("", "") for row in listing.rows} | {
        customer_id: (tiering_queries.label_of(each), " · ".join(one.title for one in each if one.tier != "none"))
        for customer_id, each in found.items()
    }


def ask_of(query: QueryDict) -> customer_list.Ask:
    """What the address asks for; words that mean nothing are passed over."""
    owner = query.get("owner", "")
    ordered = query.get("ordered", "")
    return customer_list.Ask(
        search=query.get("q", "").strip()[:200],
        country=query.get("country", "")[:4],
        tier=query.get("tier", "")[:40],
        owner=owner if owner == customer_list.NONE or number_in(owner) else "",
        tag=query.get("tag", "")[:40],
        kind=query.get("kind", "")[:8],
        ordered=ordered if ordered in LAST_ORDER else "",
        r_score=_score(query.get("r", "")),
        fm_score=_score(query.get("fm", "")),
        sort=query.get("sort", "") if query.get("sort", "").lstrip("-") in customer_list.SORTS else USUAL_SORT,
        page=page_number(query),
    )


def _score(text: str) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def _sort_address(query: QueryDict, current: str, name: str) -> dict[str, str]:
    """Where the heading of a column leads, and which way it is sorted now."""
    first = "" if name in {"name", "country"} else "-"
    turned = {f"-{name}": name, name: f"-{name}"}.get(current, first + name)
    changed = query.copy()
    changed.pop("page", None)
    changed["sort"] = turned
    direction = {f"-{name}": "descending", name: "ascending"}.get(current, "none")
    return {"address": f"?{changed.urlencode()}", "direction": direction}


def _heading(currency: str) -> list[str]:
    return [
        _("Number"), _("Name"), _("Kind"), _("Country"), _("Tier"), _("Owner"), _("Tags"), _("Contact"), _("E-mail"),
        _("Orders"), _("Spend in %(currency)s") % {"currency": currency}, _("Last order"), _("Days since last order"),
    ]  # fmt: skip


def _cells(row: customer_list.Row) -> list[Any]:
    return [
        row.id, row.name, row.kind, row.country, row.tier, row.owner, ", ".join(row.tags), row.contact, row.email,
        row.order_count, row.spend, row.last_order_at.date() if row.last_order_at else None,
        row.days_since_last_order,
    ]  # fmt: skip


# One customer


@page(right=Right.SEE, scoped=True)
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    if kept := kept_customer(request, customer_id):
        return redirect("customer", customer_id=kept)
    found = customer_of(request, customer_id)
    now = clock.utc_now()
    facts, ways = page_facts(found, now=now), ways_to(found.contacts.all(), now=now)
    context = (
        facts
        | cards_of(found, now=now)
        | care_pages.card_of(found, now=now)
        | codes_card(found, member_of(request))
        | {
            "behaviour": interest.behaviour_of(found.pk, now=now),
            "contact_names": dict(contacts_of(found)),
            "people": [(each, ways.get(each.id, [])) for each in facts["facts"].contacts],
            "profile": profile_facts(found.pk),
            "traits": traits_of(found.pk, on=now.date()),
            "trait_choices": trait_choices(),
            "stretch": worded(timeline.timeline_of(customer_id=found.pk)),
            "survey_cards": survey_pages.cards_of(found),
            "types": timeline.TYPES,
            "chosen": [],
            "note_kinds": NOTE_KINDS,
            "stage_choices": STAGE_CHOICES,
            "may_see_all": member_of(request).may(Right.SEE_ALL),
            "colleagues": [(each.pk, str(each)) for each in staff_queries.active_members()],
            "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
            "may_assign": member_of(request).may(Right.ASSIGN_OWNERS),
            "may_see_data": member_of(request).may(Right.EXPORT),
        }
    )
    return render(request, "console/customers/page.html", context)


@page(right=Right.SEE, scoped=True)
def customer_timeline(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    chosen = [word for word in request.GET.getlist("type") if word in timeline.TYPES]
    cursor = request.GET.get("after", "")
    stretch = worded(timeline.timeline_of(customer_id=found.pk, types=chosen, cursor=cursor))
    context = {"customer_id": found.pk, "stretch": stretch, "types": timeline.TYPES, "chosen": chosen}
    part = "_stretch.html" if cursor else "_timeline.html"
    return render(request, f"console/customers/{part}", context)


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS)
def customer_new(request: HttpRequest) -> HttpResponse:
    form = CustomerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        owner = None if member_of(request).may(Right.SEE_ALL) else member_of(request)
        made = ledger_actions.create_customer(owner=owner, now=clock.utc_now(), **form.cleaned_data)
        messages.success(request, _("%(name)s is entered.") % {"name": made.name})
        return redirect("customer", customer_id=made.pk)
    return _form_page(request, form, title=_("New customer"))


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def customer_edit(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    form = CustomerForm(request.POST) if request.method == "POST" else CustomerForm.of(found)
    if form.is_valid():
        ledger_actions.update_customer(customer=found, changes=form.cleaned_data, now=clock.utc_now())
        messages.success(request, _("Saved."))
        return redirect("customer", customer_id=found.pk)
    return _form_page(request, form, title=_("Edit customer"), customer=found)


@act(right=Right.ASSIGN_OWNERS, scoped=True)
def customer_owner(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    form = OwnerForm(request.POST)
    if form.is_valid():
        ledger_actions.assign_owner(customer=found, owner=form.cleaned_data["owner"], now=clock.utc_now())
        messages.success(request, _("The owner is set."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id=found.pk)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_tags(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    form = TagsForm(request.POST)
    if form.is_valid():
        ledger_actions.set_tags(customer=found, tags=form.cleaned_data["tags"], now=clock.utc_now())
        messages.success(request, _("The tags are set."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id=found.pk)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def customer_note(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A note, call, meeting or chat; answers with the whole page, since the timeline's first stretch has changed."""
    found = customer_of(request, customer_id)
    now = clock.utc_now()
    form = NoteForm(request.POST, contacts=contacts_of(found), now=now)
    if form.is_valid():
        data = form.cleaned_data
        contact = Contact.objects.get(pk=data["contact"], customer=found) if data["contact"] else None
        ledger_actions.write_note(
            customer=found, author=member_of(request), kind=data["kind"], text=data["text"],
            happened_at=data["happened_at"], now=now, contact=contact, asks_for_custom=data["asks_for_custom"],
        )  # fmt: skip
        messages.success(request, _("Written down."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id=found.pk)


# Contacts


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def contact_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    found = customer_of(request, customer_id)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _save_contact(form, customer=found):
        messages.success(request, _("The contact is entered."))
        return redirect("customer", customer_id=found.pk)
    return _form_page(request, form, title=_("New contact"), customer=found)


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def contact_edit(request: HttpRequest, contact_id: int) -> HttpResponse:
    seen = ledger_queries.customers_for(member_of(request))
    contact = get_object_or_404(Contact.objects.select_related("customer"), pk=contact_id, customer__in=seen)
    form = ContactForm(request.POST) if request.method == "POST" else ContactForm.of(contact)
    if form.is_valid() and _save_contact(form, contact=contact):
        messages.success(request, _("Saved."))
        return redirect("customer", customer_id=contact.customer_id)
    return _form_page(request, form, title=_("Edit contact"), customer=contact.customer, contact=contact)


def _save_contact(form: ContactForm, *, customer: Customer | None = None, contact: Contact | None = None) -> bool:
    """Whether the ledger took the contact; else the form says why not."""
    now = clock.utc_now()
    try:
        if contact is not None:
            ledger_actions.update_contact(contact=contact, changes=form.changes(), now=now)
        elif customer is not None:
            changes = form.changes()
            if not changes["is_primary"]:
                del changes["is_primary"]  # the first contact is primary by itself
            ledger_actions.create_contact(customer=customer, now=now, **changes)
    except ledger_actions.AddressTaken:
        form.add_error("email", _("Another contact has this e-mail address."))
        return False
    return True


def customer_of(request: HttpRequest, customer_id: int) -> Customer:
    """The customer, when the reader may see him; 404 otherwise (RS-15)."""
    found = ledger_queries.customers_for(member_of(request)).select_related("owner").filter(pk=customer_id).first()
    if found is None:
        raise Http404
    return found


def kept_customer(request: HttpRequest, customer_id: int) -> int | None:
    """Whom a merged customer went into, when the reader may see that one."""
    gone = Customer.objects.for_user(member_of(request)).filter(pk=customer_id, merged_into__isnull=False).first()
    if gone is None or gone.merged_into_id is None:
        return None
    kept = ledger_queries.customers_for(member_of(request)).filter(pk=gone.merged_into_id).first()
    return kept.pk if kept else None


def contacts_of(found: Customer) -> list[tuple[int, str]]:
    return [(each.pk, str(each)) for each in found.contacts.order_by("-is_primary", "id")]


def _form_page(request: HttpRequest, form: Any, *, title: str, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound and not form.is_valid() else 200
    context |= {"form": form, "form_title": title}
    return render(request, "console/customers/form.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("customers/", customers, name="customers"),
    path("customers/export/<str:form>", customers_export, name="customers_export"),
    path("customers/new/", customer_new, name="customer_new"),
    path("customers/<int:customer_id>/", customer, name="customer"),
    path("customers/<int:customer_id>/timeline/", customer_timeline, name="customer_timeline"),
    path("customers/<int:customer_id>/edit/", customer_edit, name="customer_edit"),
    path("customers/<int:customer_id>/owner/", customer_owner, name="customer_owner"),
    path("customers/<int:customer_id>/tags/", customer_tags, name="customer_tags"),
    path("customers/<int:customer_id>/notes/", customer_note, name="customer_note"),
    path("customers/<int:customer_id>/contacts/new/", contact_new, name="contact_new"),
    path("contacts/<int:contact_id>/edit/", contact_edit, name="contact_edit"),
]
