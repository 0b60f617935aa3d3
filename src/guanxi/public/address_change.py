"""What the link in the mail to a new address leads to: its owner confirms that it is his (J-20.2, RL-09).

GET shows a button, POST acts, once. The name of the reader is not shown: a stranger may have got the mail.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.consent import addressing
from guanxi.consent.models import AddressChange
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger.actions import AddressTaken
from guanxi.ledger.identity import masked
from guanxi.outbox.addresses import ADDRESS
from guanxi.public.pages import client_address, firm_name, missing, page, payload_of, public_form, words_of


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def address_change(request: HttpRequest, token: str) -> HttpResponse:
    change = _change_of(token)
    if change is None:
        return missing(request)
    if request.method != "POST":
        return _page(change, "address_confirm")
    try:
        addressing.confirm(change=change, ip_address=client_address(request), now=clock.utc_now())
    except addressing.NotConfirmable:
        return missing(request)
    except AddressTaken:
        return _page(change, "address_known", status=409)
    return _page(change, "address_changed")


def _change_of(token: str) -> AddressChange | None:
    try:
        (change_id,) = payload_of(ADDRESS, token)
    except (BadToken, ValueError):
        return None
    return addressing.waiting(change_id, now=clock.utc_now())


def _page(change: AddressChange, part: str, *, status: int = 200) -> HttpResponse:
    words = words_of(change.contact)
    about = {"firm": firm_name(), "address": masked(change.new_address)}
    return page(
        "address_change.html", words, status=status, part=part, title=words[f"{part}_title"],
        text=words.say(f"{part}_text", **about),
    )  # fmt: skip
