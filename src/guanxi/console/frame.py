"""What surrounds every page: the firm, the navigation of the reader's role, the language, counts that need a hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guanxi.console.access import OTHER_DOORS, firm_of
from guanxi.console.message_words import KIND_NAMES
from guanxi.desk import queries as desk_queries
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.outbox import facts as outbox_facts
from guanxi.outbox import streams
from guanxi.outbox.models import Message
from guanxi.outbox.states import QUARANTINED, UNCERTAIN
from guanxi.pipeline import soundness
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.tiering import review_queries


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
    count: int = 0


NAVIGATION = (
    Group(
        "",
        (
            Item(_("Home"), "home", icon="home", right=Right.SEE),
            Item(_("My day"), "my_day", icon="checklist", right=Right.SEE, family=("my_day",)),
            Item(_("Customers"), "customers", icon="users", right=Right.SEE, family=("customer", "contact", "order")),
            Item(_("Tiers"), "tiers", icon="chart-pie-2", right=Right.SEE_ALL, family=("tier", "matrix")),
            Item(_("Reviews"), "reviews", icon="list-check", right=Right.SEE, family=("review",)),
            Item(_("Segments"), "segments", icon="users-group", right=Right.SEE_ALL, family=("segment",)),
            Item(_("At risk"), "at_risk", icon="heartbeat", right=Right.SEE, family=("at_risk",)),
            Item(_("Outlook"), "outlook", icon="telescope", right=Right.SEE_ALL),
            Item(_("Offers"), "offers", icon="discount", right=Right.SEE_ALL, family=("offer",)),
            Item(_("Claimed outcomes"), "claims", icon="chart-line", right=Right.SEE_ALL, family=("claim",)),
            Item(_("Effort"), "effort", icon="scale", right=Right.SEE_ALL, family=("effort",)),
            Item(_("Import"), "imports", icon="table-import", right=Right.IMPORT, family=("import",)),
            Item(_("Export"), "export", icon="table-export", right=Right.EXPORT, family=("export",)),
        ),
    ),
    Group(
        _("Reaching out"),
        (
            Item(_("Journeys"), "journeys", icon="route", right=Right.SEE_ALL, family=("journey", "launch")),
            Item(_("Rehearse"), "rehearsals", icon="player-play", right=Right.SEE_ALL, family=("rehearsal",)),
            Item(_("Campaigns"), "campaigns", icon="broadcast", right=Right.SEE_ALL, family=("campaign",)),
            Item(_("Letters"), "letters", icon="file-text", right=Right.SEE_ALL, family=("letter", "picture")),
            Item(_("Documents"), "documents", icon="book", right=Right.SEE_ALL, family=("document", "local_contact")),
            Item(_("Questionnaires"), "survey_answers", icon="message-question", right=Right.SEE, family=("survey",)),
            Item(
                _("Recommendations"),
                "recommendations",
                icon="thumb-up",
                right=Right.SEE_ALL,
                family=("recommendation",),
            ),
            Item(
                _("Permissions"),
                "permissions",
                icon="user-check",
                right=Right.SEE_ALL,
                family=("permission", "sign_up_form", "topic", "suppression"),
            ),
            Item(_("Outbox"), "outbox", icon="send-2", right=Right.SEE, family=("message", "outbox")),
            Item(_("Inbox"), "mail_in", icon="inbox", right=Right.SEE_ALL, family=("mail_in",)),
            Item(_("Culture"), "culture", icon="language", right=Right.SEE_ALL, family=("culture",)),
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
            Item(_("Senders"), "senders", icon="mail-forward", right=Right.MANAGE_SETTINGS, family=("sender",)),
            Item(
                _("Mailboxes"),
                "mailboxes",
                icon="mail-opened",
                right=Right.MANAGE_SETTINGS,
                family=("mailbox", "provider"),
            ),
            Item(_("Staff"), "staff", icon="id-badge-2", right=Right.MANAGE_STAFF, family=("staff", "invitation")),
            Item(_("Keys"), "tokens", icon="key", right=Right.MANAGE_TOKENS, family=("token",)),
            Item(_("Web shop"), "shop", icon="world", right=Right.MANAGE_TOKENS, family=("shop",)),
            Item(_("Webhooks"), "webhooks", icon="plug-connected", right=Right.MANAGE_TOKENS, family=("webhook",)),
            Item(_("Data protection"), "privacy", icon="shield-lock", right=Right.READ_AUDIT, family=("privacy",)),
            Item(_("Audit trail"), "audit", icon="shield-check", right=Right.READ_AUDIT, family=("audit",)),
        ),
    ),
)


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor; outside the console it adds nothing. What costs a query waits until a template asks."""
    if request.path_info.startswith(OTHER_DOORS):
        return {}
    firm = firm_of(request)
    return {
        "firm": firm,
        "firm_zone": ZoneInfo(firm.time_zone),
        "now": clock.utc_now(),
        "navigation": partial(navigation_for, request),
        "database_is_damaged": soundness.is_damaged,
        "sending_is_stopped": lambda: outbox_facts.the_policy().is_stopped,
        "stopped_streams": lambda: [
            (each.sender.name, KIND_NAMES[each.kind], each.detail) for each in streams.paused().values()
        ],
        "languages": settings.LANGUAGES,
        "page_language": get_language(),
    }


def navigation_for(request: HttpRequest) -> list[tuple[str | Promise, list[Link]]]:
    """The groups of pages that the reader's role opens."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    match = request.resolver_match
    current = (match.url_name or "") if match else ""
    counts = {
        "outbox": messages_in_doubt(user),
        "reviews": review_queries.waiting_for(user)[0],
        "my_day": desk_queries.pressing(user, now=clock.utc_now()),
    }
    groups = []
    for group in NAVIGATION:
        links = [_link(item, current, counts) for item in group.items if user.may(item.right)]
        if links:
            groups.append((group.title, links))
    return groups


def messages_in_doubt(user: User) -> int:
    """Messages whose fate a person must decide; found by the index on the state."""
    rows = Message.objects.filter(state__in=[UNCERTAIN, QUARANTINED])
    if not user.may(Right.SEE_ALL):
        rows = rows.filter(customer__in=ledger_queries.customers_for(user))
    return rows.count()


def _link(item: Item, current: str, counts: dict[str, int]) -> Link:
    return Link(item.title, reverse(item.url_name), item.icon, item.holds(current), counts.get(item.url_name, 0))
