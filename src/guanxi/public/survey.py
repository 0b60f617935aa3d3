"""The questionnaires behind the links of mails: a GET shows one and changes nothing, a POST answers it (RS-31).

The signed token names the questionnaire, the reader and what he is asked about. The first answer stands.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.http import require_http_methods

from guanxi.kernel import clock, signing
from guanxi.kernel.titles import in_language
from guanxi.ledger.models import Contact
from guanxi.papers import answering
from guanxi.papers.queries import SURVEY
from guanxi.papers.questions import MOST_STARS, NothingSaid, Question, Survey, read_answer, surveys
from guanxi.public.pages import missing, page, public_form, words_of

STARS = range(MOST_STARS, 0, -1)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The questions in the reader's language, or thanks once they are answered."""
    found = _found(token)
    if found is None:
        return missing(request)
    asked, contact, occasion = found
    words, now = words_of(contact), clock.utc_now()
    kept = answering.answer_of(contact=contact, survey=asked.key, occasion=occasion)
    is_short = answering.is_short(contact=contact, survey=asked.key, now=now)
    notice = ""
    if request.method == "POST" and kept is None:
        try:
            said = read_answer(asked, lambda name: _given(request, name), is_short=is_short)
            kept = answering.answer(
                contact=contact, survey=asked.key, occasion=occasion, said=said, language=words.language, now=now
            )
        except NothingSaid:
            notice = words["survey_nothing"]
        except answering.AlreadyAnswered:
            kept = answering.answer_of(contact=contact, survey=asked.key, occasion=occasion)
    order = answering.order_of(occasion, contact)
    return page(
        "survey.html", words, status=422 if notice else 200, title=in_language(asked.titles, words.language),
        text=in_language(asked.texts, words.language), notice=notice, is_answered=kept is not None,
        thanks=words["survey_thanks_problem" if kept and kept.names_problem else "survey_thanks"],
        about=words.say("progress_title", number=order.number) if order else "",
        questions=[_shown(each, words.language) for each in asked.asked(is_short=is_short)], stars=STARS,
    )  # fmt: skip


def _shown(question: Question, language: str) -> dict[str, Any]:
    return {
        "key": question.key, "kind": question.kind, "title": in_language(question.titles, language),
        "choices": [(key, in_language(titles, language)) for key, titles in question.choices.items()],
    }  # fmt: skip


def _given(request: HttpRequest, name: str) -> list[str]:
    try:
        return request.POST.getlist(name)
    except (BadRequest, MultiPartParserError, SuspiciousOperation, OSError, LookupError, ValueError):
        return []


def _found(token: str) -> tuple[Survey, Contact, str] | None:
    try:
        key, number, occasion = signing.unsign(settings.SECRET_KEY, SURVEY, token).split("|", 2)
    except (signing.BadToken, ValueError):
        return None
    asked = surveys().get(key)
    contact = Contact.objects.select_related("customer").filter(pk=int(number)).first()
    return (asked, contact, occasion) if asked and contact else None
