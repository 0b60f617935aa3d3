"""The page of the yearly letter about one's data: purpose, retention, confirm, update, delete (J-20, G-07, G-08)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.consent import queries as consent_queries
from guanxi.consent import yearly
from guanxi.consent.models import YearlyCheck
from guanxi.kernel import clock
from guanxi.kernel.signing import BadToken
from guanxi.ledger.identity import masked
from guanxi.outbox.addresses import DATA
from guanxi.pipeline.asking import retention_months
from guanxi.public import own_data
from guanxi.public.pages import asked, firm_name, missing, page, payload_of, public_form, words_of
from guanxi.public.preferences import proof_of

PAGE = "data_confirmation"
ANSWER_OF = {"confirm": yearly.CONFIRM, "correct": yearly.UPDATE, "address": yearly.UPDATE, "erase": yearly.DELETE}
# Acts with a field to fill in, and the notices by which they have counted.
FILLED_IN, DONE = ("correct", "address"), ("corrected", "address_taken")


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what we hold and why; POST answers. A link of an earlier year answers nothing."""
    check = _check_of(token)
    if check is None:
        return missing(request)
    contact = check.contact
    notice = _answer(check, request) if request.method == "POST" else ""
    contact.refresh_from_db()
    words, address, firm = words_of(contact), masked(contact.email), firm_name()
    return page(
        "data.html", words, text=words.say("review_text", firm=firm, address=address),
        retention=words.say("review_retention", months=str(retention_months())),
        wording=words.say("review_confirm_wording", firm=firm), notice=own_data.spoken(notice, words, request, address),
        source=consent_queries.source_of(contact.pk), **own_data.context(words, address, notice),
    )  # fmt: skip


def _check_of(token: str) -> YearlyCheck | None:
    try:
        contact_id, round_number = payload_of(DATA, token)
    except (BadToken, ValueError):
        return None
    return yearly.check_of(contact_id, round_number)


def _answer(check: YearlyCheck, request: HttpRequest) -> str:
    """What is done with the data is done each time; the yearly check is answered once."""
    act, words = asked(request, "act"), words_of(check.contact)
    notice = own_data.act(check.contact, act, request, via=PAGE) if act in own_data.ACTS else ""
    if act in ANSWER_OF and (act not in FILLED_IN or notice in DONE):
        wording = words.say("review_confirm_wording", firm=firm_name())
        proof = proof_of(check.contact, request, wording, words, page=PAGE)
        yearly.answer(check=check, said=ANSWER_OF[act], proof=proof, now=clock.utc_now())
    return "review_confirmed" if act == "confirm" else notice
