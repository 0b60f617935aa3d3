"""The pixel, the links and the hidden link of a mail. No answer says whether a token was good, but for where it leads.

The long way: a running server takes most of these by its short way, `hit_door`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from guanxi.kernel import clock, hops
from guanxi.public.pages import missing, private
from guanxi.tracking import arriving

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)  # a transparent GIF of one pixel


class _Redirect(HttpResponseRedirect):
    """Targets come from the message's own links, which hold http and https only."""

    allowed_schemes = ["http", "https"]


def open_picture(token: str, meta: Mapping[str, object]) -> None:
    """The picture was asked for; what is recorded is the tracking room's business (RL-05)."""
    arriving.record_open(
        token=token, now=clock.utc_now(), user_agent=_agent(meta), address=_address(meta), method=_method(meta)
    )


def target_of(token: str, meta: Mapping[str, object]) -> str | None:
    """Where the link leads, from the message's own table (RS-25); None when it does not work."""
    return arriving.record_click(
        token=token, now=clock.utc_now(), user_agent=_agent(meta), address=_address(meta), method=_method(meta)
    )


@csrf_exempt
@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """The image, whatever the token says."""
    open_picture(token, request.META)
    return private(HttpResponse(PIXEL, content_type="image/gif"))


@csrf_exempt
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """To the target kept with the message, or the page that says the link does not work."""
    target = target_of(token, request.META)
    return private(_Redirect(target)) if target else missing(request)


@csrf_exempt
@require_safe
def trap(request: HttpRequest, token: str) -> HttpResponse:
    """The link nobody sees: noted, and answered like a link that does not work (RP-41)."""
    arriving.record_trap(
        token=token, now=clock.utc_now(), user_agent=_agent(request.META), address=_address(request.META),
        method=_method(request.META),
    )  # fmt: skip
    return missing(request)


def _agent(meta: Mapping[str, object]) -> str:
    return str(meta.get("HTTP_USER_AGENT", ""))


def _address(meta: Mapping[str, object]) -> str:
    """The hop that our own proxy saw, or whoever connects (RP-45)."""
    return hops.client_address(meta, behind_proxy=bool(settings.SECURE_PROXY_SSL_HEADER))


def _method(meta: Mapping[str, object]) -> str:
    return str(meta.get("REQUEST_METHOD", "GET"))
