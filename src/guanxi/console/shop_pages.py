"""The web shop: which pages tell of their visitors, and what to put into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.firm_forms import LineField
from guanxi.console.parts import say_errors
from guanxi.kernel import clock
from guanxi.staff.roles import Right
from guanxi.tracking import queries as tracking_queries
from guanxi.tracking import sites
from guanxi.tracking.models import Site


class SiteForm(forms.Form):
    address = LineField(
        label=gettext_lazy("Address of the shop"),
        max_length=300,
        help_text=gettext_lazy("Such as https://shop.example. Pages elsewhere cannot use its key."),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list."""

    id: int
    origin: str
    prefix: str
    used_at: datetime | None
    is_live: bool


@page(right=Right.MANAGE_TOKENS)
def shop(request: HttpRequest) -> HttpResponse:
    return _page(request, SiteForm())


def _page(request: HttpRequest, form: SiteForm, key: str = "") -> HttpResponse:
    lines = [
        Line(each.pk, each.origin, each.token.prefix, each.token.used_at, each.token.revoked_at is None)
        for each in tracking_queries.sites()
    ]
    context = {"form": form, "sites": lines, "snippet": snippet(key) if key else ""}
    response = render(request, "console/shop/page.html", context)
    if key:
        response["Cache-Control"] = "no-store"
    return response


def snippet(key: str) -> str:
    """What stands in every page of the shop."""
    return f'<script src="{settings.PUBLIC_URL}/p/guanxi.js" data-key="{key}" defer></script>'


@act(right=Right.MANAGE_TOKENS)
def shop_add(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself instead of a redirect: the key exists in this answer only."""
    form = SiteForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("shop")
    try:
        _site, key = sites.add_site(actor=member_of(request), address=form.cleaned_data["address"], now=clock.utc_now())
    except sites.BadSite:
        form.add_error("address", _("This is no address of a shop, or it is entered already."))
        return _page(request, form)
    return _page(request, SiteForm(), key)


@act(right=Right.MANAGE_TOKENS)
def shop_remove(request: HttpRequest, site_id: int) -> HttpResponse:
    site = get_object_or_404(Site.objects.select_related("token"), pk=site_id)
    sites.remove_site(actor=member_of(request), site=site, now=clock.utc_now())
    messages.success(request, _("Visits of %(origin)s are told no more.") % {"origin": site.origin})
    return redirect("shop")


urlpatterns = [
    path("shop/", shop, name="shop"),
    path("shop/add", shop_add, name="shop_add"),
    path("shop/<int:site_id>/remove", shop_remove, name="shop_remove"),
]
