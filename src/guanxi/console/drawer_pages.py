"""The drawer: mails that the default transport put into a folder, to be read before anything leaves the house."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from guanxi.console.access import member_of, page
from guanxi.console.parts import page_number
from guanxi.console.sandbox import sandboxed
from guanxi.kernel.clock import utc_now
from guanxi.outbox import queries as outbox_queries
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.transports import choice as transport_choice
from guanxi.transports import drawer as drawer_transport

MOST = 2_000
PAGE_SIZE = 25
NAME = re.compile(r"(?P<moment>\d{8}T\d{6})\d*Z-(?P<id>.+)\.eml")
SHOWN_HEADERS = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Content-Language", "Auto-Submitted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slip:
    """One mail of the list; `message_id` is its row in the outbox, None for mail to staff."""

    name: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    language: str
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to be read."""

    subject: str
    headers: list[tuple[str, str]]
    text: str
    has_html: bool


@page(right=Right.SEE_ALL)
def drawer(request: HttpRequest) -> HttpResponse:
    names = _names_for(member_of(request))
    found: Page[Any] = Paginator(list(names), PAGE_SIZE).get_page(page_number(request.GET))
    slips = [_slip(name, names[name]) for name in found.object_list]
    context = {"page_of_names": found, "slips": slips, "is_in_use": not settings.GUANXI_SMTP_URL}
    return render(request, "console/drawer/list.html", context)


@page(right=Right.SEE_ALL)
def drawer_mail(request: HttpRequest, name: str) -> HttpResponse:
    raw, message_id = _read(request, name)
    return render(request, "console/drawer/page.html", {"mail": _mail(raw), "name": name, "message_id": message_id})


@page(right=Right.SEE_ALL)
def drawer_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part, in a frame that may do nothing but open links in a new window."""
    part = _parsed(_read(request, name)[0]).get_body(("html",))
    if part is None:
        raise Http404
    return sandboxed(str(part.get_content()))


@page(right=Right.SEE_ALL)
def drawer_source(request: HttpRequest, name: str) -> HttpResponse:
    """The file as it lies in the folder."""
    raw, _message_id = _read(request, name)
    answer = HttpResponse(raw, content_type="message/rfc822")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _names_for(user: User) -> dict[str, int | None]:
    """The files `user` may read, newest first, with their rows in the outbox.

    Mail to staff carries links that open accounts: only who manages staff sees it.
    """
    names = drawer_transport.letters(transport_choice.drawer_folder(), limit=MOST)
    rows = _rows_of(user, names)
    sees_staff_mail = user.may(Right.MANAGE_STAFF)
    return {name: rows.get(name) for name in names if name in rows or sees_staff_mail}


def _rows_of(user: User, names: Iterable[str]) -> dict[str, int]:
    by_id = {f"<{found['id']}>": name for name in names if (found := NAME.fullmatch(name))}
    rows = outbox_queries.messages_for(user).filter(rfc_message_id__in=list(by_id))
    return {by_id[rfc_id]: key for rfc_id, key in rows.order_by().values_list("rfc_message_id", "id")}


def _read(request: HttpRequest, name: str) -> tuple[bytes, int | None]:
    """The file and its row; 404 for a name that is not there or not for this reader."""
    user = member_of(request)
    try:
        raw = drawer_transport.read_letter(transport_choice.drawer_folder(), name)
    except (OSError, ValueError):
        raise Http404 from None
    rows = _rows_of(user, [name])
    if name not in rows and not user.may(Right.MANAGE_STAFF):
        raise Http404
    return raw, rows.get(name)


def _slip(name: str, message_id: int | None) -> Slip:
    found = NAME.fullmatch(name)
    at = datetime.strptime(found["moment"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else utc_now()
    try:
        raw = drawer_transport.read_letter(transport_choice.drawer_folder(), name)
    except OSError:
        return Slip(name, at, "", "", "", "", message_id)
    headers = BytesHeaderParser(policy=policy.default).parsebytes(raw)
    return Slip(
        name=name, at=at, sender=str(headers["From"] or ""), recipient=str(headers["To"] or ""),
        subject=str(headers["Subject"] or ""), language=str(headers["Content-Language"] or ""),
        message_id=message_id,
    )  # fmt: skip


def _parsed(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _mail(raw: bytes) -> Mail:
    found = _parsed(raw)
    text = found.get_body(("plain",))
    return Mail(
        subject=str(found["Subject"] or ""),
        headers=[(name, str(found[name])) for name in SHOWN_HEADERS if found[name]],
        text=str(text.get_content()) if text else "",
        has_html=found.get_body(("html",)) is not None,
    )


urlpatterns: list[URLPattern] = [
    path("drawer/", drawer, name="drawer"),
    path("drawer/<str:name>/", drawer_mail, name="drawer_mail"),
    path("drawer/<str:name>/html/", drawer_html, name="drawer_html"),
    path("drawer/<str:name>/source/", drawer_source, name="drawer_source"),
]
