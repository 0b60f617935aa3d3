"""The page behind the share link of a mail: what a colleague sees to whom the reader passed it on (CN-26)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from guanxi.consent import queries as consent_queries
from guanxi.firm.queries import the_firm
from guanxi.kernel import clock
from guanxi.outbox.addresses import sign_up_address
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
        website=_where_to_sign_up(token),
    )  # fmt: skip


def _where_to_sign_up(token: str) -> str:
    """The firm's sign-up form, where the colleague confirms his own address; without one its home page (G-19).

    The form is told whose link it was, so that both are linked to one company (J-11.2).
    """
    form = consent_queries.first_form()
    return f"{sign_up_address(form.key)}?shared={token}" if form else the_firm().website
