"""What surrounds every page: the firm, the navigation of the reader's role, the language, counts that need a hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guanxi.console.access import OTHER_DOORS
from guanxi.firm import queries as firm_queries
from guanxi.firm.models import Firm
from guanxi.kernel import clock
from guanxi.staff.models import User
from guanxi.staff.roles import Right


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the navigation. It is lit for every URL name that begins with one of `family`."""

    title: str | Promise
    url_name: str
    icon: str
    right: Right
    family: tuple[str, ...] = ()

    def holds(self, current: str) -> bool:
        return current == self.url_name or current.startswith(self.family)


@dataclass(frozen=True, slots=True)
class Group:
    title: str | Promise
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An item as the template shows it."""

    title: str | Promise
    address: str
    icon: str
    is_lit: bool


NAVIGATION = (
    Group(
        "",
        (
            Item(_("Home"), "home", icon="home", right=Right.SEE),
            Item(_("Customers"), "customers", icon="users", right=Right.SEE, family=("customer", "contact", "order")),
            Item(_("Tiers"), "tiers", icon="chart-pie-2", right=Right.SEE_ALL, family=("tier", "matrix")),
            Item(_("Import"), "imports", icon="table-import", right=Right.IMPORT, family=("import",)),
        ),
    ),
    Group(
        _("Reaching out"),
        (
            Item(_("Journeys"), "journeys", icon="route", right=Right.SEE_ALL, family=("journey",)),
            Item(_("Letters"), "letters", icon="mail-opened", right=Right.SEE_ALL, family=("letter",)),
            Item(_("Outbox"), "outbox", icon="send-2", right=Right.SEE, family=("message", "outbox")),
            Item(_("Drawer"), "drawer", icon="inbox", right=Right.SEE_ALL, family=("drawer",)),
        ),
    ),
    Group(
        _("Firm"),
        (
            Item(
                _("Settings"),
                "settings",
                icon="adjustments-horizontal",
                right=Right.MANAGE_SETTINGS,
                family=("settings",),
            ),
            Item(_("Staff"), "staff", icon="id-badge-2", right=Right.MANAGE_STAFF, family=("staff", "invitation")),
            Item(_("Keys"), "tokens", icon="key", right=Right.MANAGE_TOKENS, family=("token",)),
            Item(_("Audit trail"), "audit", icon="shield-check", right=Right.READ_AUDIT, family=("audit",)),
        ),
    ),
)


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor; outside the console it adds nothing and asks the database nothing."""
    if request.path_info.startswith(OTHER_DOORS):
        return {}
    firm = firm_queries.the_firm()
    return {
        "firm": firm,
        "firm_zone": ZoneInfo(firm.time_zone),
        "now": clock.utc_now(),
        "navigation": navigation_for(request),
        "languages": settings.LANGUAGES,
        "page_language": get_language(),
    }


def navigation_for(request: HttpRequest) -> list[tuple[str | Promise, list[Link]]]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    match = request.resolver_match
    current = (match.url_name or "") if match else ""
    groups = []
    for group in NAVIGATION:
        links = [link for item in group.items if user.may(item.right) and (link := _link(item, current))]
        if links:
            groups.append((group.title, links))
    return groups


def _link(item: Item, current: str) -> Link | None:
    try:
        address = reverse(item.url_name)
    except NoReverseMatch:
        return None
    return Link(item.title, address, item.icon, item.holds(current))


def local(firm: Firm, moment: datetime) -> datetime:
    """`moment` on the firm's own clock."""
    return moment.astimezone(ZoneInfo(firm.time_zone))
