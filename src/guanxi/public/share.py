"""The page behind the share link of a mail: what a colleague sees to whom the reader passed it on (CN-26)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from guanxi.firm.queries import the_firm
from guanxi.kernel import clock
from guanxi.public.pages import firm_name, missing, page, words_of
from guanxi.tracking import actions as tracking_actions


@require_safe
def share(request: HttpRequest, token: str) -> HttpResponse:
    """Nobody is added by opening it; whoever wants to hear from the firm signs up himself."""
    message = tracking_actions.record_share(
        token=token, now=clock.utc_now(), user_agent=request.headers.get("User-Agent", ""),
        method=request.method or "GET",
    )  # fmt: skip
    if message is None:
        return missing(request)
    words, firm = words_of(message.contact), firm_name()
    return page(
        "share.html", words, text=words.say("share_text", firm=firm), how=words.say("share_how", firm=firm),
        website=the_firm().website,
    )  # fmt: skip
