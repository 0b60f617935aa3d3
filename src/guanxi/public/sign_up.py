"""Signing up: the hosted form, which a form on the firm's own site posts to as well, and the confirmation by mail.

The answer is the same for every address, known or not (RS-34). A GET changes nothing; the address is confirmed by a
button, since scanners follow links (RL-06, RS-31). No cookie is read or set.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from guanxi.consent import form_editing, signing_up
from guanxi.consent import queries as consent_queries
from guanxi.consent.models import FormWording, SignUp, SignUpForm
from guanxi.consent.wishes import DOUBLE_OPT_IN
from guanxi.kernel import clock, signing
from guanxi.ledger.identity import BadAddress, masked
from guanxi.outbox.addresses import CONFIRM, sign_up_address
from guanxi.outbox.models import Message
from guanxi.public.pages import (
    accepted_languages,
    asked,
    firm_name,
    missing,
    page,
    payload_of,
    private,
    public_form,
    visitor_of,
    words_of,
)  # fmt: skip
from guanxi.public.words import all_words, words_for
from guanxi.tracking import actions as tracking_actions

STARTED = "sign_up"
# Nobody reads and fills in a form faster; a program does. After a day the page is loaded anew.
FASTEST_SECONDS, SLOWEST_SECONDS = 3, 86_400
TRAP = "website"


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, form_key: str) -> HttpResponse:
    """The form in the reader's language. What was typed in elsewhere is shown once more, with the text it is about."""
    form = SignUpForm.objects.filter(key=form_key, is_active=True).first()
    wording = _wording_for(request, form) if form else None
    if form is None or wording is None:
        return missing(request)
    now = clock.utc_now()
    seen, age = _seen(asked(request, "started"), now)
    if request.method != "POST" or seen is None or seen.form_id != form.pk:
        return _form_page(request, form, wording, now)
    is_trapped = bool(asked(request, TRAP)) or age < FASTEST_SECONDS
    try:
        if not is_trapped:
            signing_up.take(
                form=form, wording=seen, email=asked(request, "email")[:320], chosen=request.POST.getlist("topic"),
                given={name: asked(request, name)[:120] for name in form.asks},
                visitor=visitor_of(request, page=sign_up_address(form.key)), now=now,
                shared_by_id=tracking_actions.sharer_of(request.GET.get("shared", "")),
            )  # fmt: skip
    except BadAddress:
        return _form_page(request, form, wording, now, is_wrong=True)
    words = words_for([wording.language])
    return page("sign_up_taken.html", words, text=words.say("sign_up_taken", firm=firm_name()))


def _wording_for(request: HttpRequest, form: SignUpForm) -> FormWording | None:
    """In the language asked for by the address, else by the browser, else in English or what there is."""
    wordings = form_editing.wordings_of(form)
    asked_for = [request.GET.get("lang", "")[:16], *accepted_languages(request)]
    by_words = {words_for([language]).language: wording for language, wording in wordings.items()}
    for tag in filter(None, asked_for):
        found = words_for([tag])
        is_known = found.language != "en" or tag.casefold().startswith("en")
        if is_known and found.language in by_words:
            return by_words[found.language]
    return by_words.get("en") or next(iter(wordings.values()), None)


def _seen(started: str, now: datetime) -> tuple[FormWording | None, float]:
    """The text that was on the page when it was loaded, and how many seconds ago that was."""
    try:
        wording_id, loaded_at = payload_of(STARTED, started)
    except signing.BadToken:
        return None, 0
    age = now.timestamp() - loaded_at
    return (FormWording.objects.filter(pk=wording_id).first() if age <= SLOWEST_SECONDS else None), age


def _form_page(
    request: HttpRequest, form: SignUpForm, wording: FormWording, now: datetime, *, is_wrong: bool = False
) -> HttpResponse:
    words = words_for([wording.language])
    chosen = request.POST.getlist("topic")
    topics = [topic for topic in consent_queries.topics() if topic.key in form.topics]
    started = signing.sign(settings.SECRET_KEY, STARTED, f"{wording.pk}:{int(now.timestamp())}")
    return page(
        "sign_up.html", words, status=422 if is_wrong else 200, wording=wording, started=started, trap=TRAP,
        email=asked(request, "email")[:320], is_wrong=is_wrong,
        fields=[(name, words[f"sign_up_{name}"], asked(request, name)[:120]) for name in form.asks],
        topics=[
            (topic.key, in_language(topic.titles, words.language), in_language(topic.descriptions, words.language),
             topic.key in chosen)  # a box ticked beforehand is nobody's word
            for topic in topics
        ],
        languages=[each for each in all_words().values() if each.language in form.languages],
    )  # fmt: skip


def in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, POST confirms; once, within seven days."""
    now = clock.utc_now()
    sign_up_id = _confirmed_by(token)
    waiting = signing_up.waiting_sign_up(sign_up_id, now=now)
    if waiting is None:
        done = signing_up.just_confirmed(sign_up_id, now=now)
        return _confirmed(done) if done else missing(request)
    if request.method != "POST":
        words = words_for([waiting.language])
        text = words.say("confirm_text", **_about(waiting))
        shown = page("confirm.html", words, text=text, wording=waiting.wording.wording)
        return leading_to(shown, waiting.form.redirect_url)
    mail = Message.objects.filter(idempotency_key=f"sign-up:{waiting.pk}:{DOUBLE_OPT_IN}").first()
    try:
        signing_up.confirm(
            sign_up_id=waiting.pk, visitor=visitor_of(request), now=now,
            mail_id=mail.rfc_message_id if mail else "", mail_sent_at=mail.accepted_at if mail else None,
        )  # fmt: skip
    except signing_up.NotConfirmable:
        return missing(request)
    return _confirmed(waiting)


def _confirmed(sign_up: SignUp) -> HttpResponse:
    if sign_up.form.redirect_url:
        return private(HttpResponseRedirect(sign_up.form.redirect_url))
    assert sign_up.contact is not None
    words = words_of(sign_up.contact)
    # A complaint, or an address that does not exist, is not undone by a word of his own.
    outcome = "silenced" if consent_queries.is_suppressed(sign_up.contact.email_key or "") else "confirmed"
    text = words.say(f"{outcome}_text", **_about(sign_up))
    return page("confirmed.html", words, title=words[f"{outcome}_title"], text=text)


def _about(sign_up: SignUp) -> dict[str, Any]:
    return {"firm": firm_name(), "address": masked(sign_up.email)}


def leading_to(response: HttpResponse, target: str) -> HttpResponse:
    """Browsers hold a form to its policy when its answer leads on; the firm's own page is let in."""
    parts = urlsplit(target)
    if parts.netloc:
        response._csp_update = {"form-action": f"{parts.scheme}://{parts.netloc}"}  # type: ignore[attr-defined]
    return response


def _confirmed_by(token: str) -> int:
    """The sign-up that a link confirms; 0 for one that is none of ours."""
    try:
        (sign_up_id,) = payload_of(CONFIRM, token)
    except (signing.BadToken, ValueError):
        return 0
    return sign_up_id
