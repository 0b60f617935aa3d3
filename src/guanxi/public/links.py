"""The pixel and the links of a mail. The answer never says whether a token was good, but for where it leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from guanxi.kernel import clock
from guanxi.public.pages import client_address, missing, private
from guanxi.tracking import actions as tracking_actions

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)  # a transparent GIF of one pixel


class _Redirect(HttpResponseRedirect):
    """Targets come from the message's own links, which hold http and https only."""

    allowed_schemes = ["http", "https"]


@csrf_exempt
@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """The image, whatever the token says (RL-05); what is recorded is the tracking room's business."""
    tracking_actions.record_open(
        token=token, now=clock.utc_now(), user_agent=request.headers.get("User-Agent", ""),
        address=client_address(request), method=request.method or "GET",
    )  # fmt: skip
    return private(HttpResponse(PIXEL, content_type="image/gif"))


@csrf_exempt
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """To the target kept with the message, or the page that says the link does not work (RS-25)."""
    target = tracking_actions.record_click(
        token=token, now=clock.utc_now(), user_agent=request.headers.get("User-Agent", ""),
        address=client_address(request), method=request.method or "GET",
    )  # fmt: skip
    return private(_Redirect(target)) if target else missing(request)
