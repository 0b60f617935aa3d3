"""What customers answered to questionnaires, why they leave (R-06), and the card on a customer's page."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from guanxi.console.access import member_of, page
from guanxi.console.paper_words import SURVEYS, answer_lines, leaving_reason
from guanxi.console.parts import page_number
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Customer
from guanxi.papers import queries as papers_queries
from guanxi.papers.models import Answer
from guanxi.staff.roles import Right

PAGE_SIZE = 25
ON_THE_CARD = 5


@page(right=Right.SEE)
def survey_answers(request: HttpRequest) -> HttpResponse:
    """Of the reader's own customers, or of all; by questionnaire, or only those that name a problem."""
    survey, only_problems = request.GET.get("survey", ""), request.GET.get("show") == "problems"
    mine = papers_queries.answers().filter(contact__customer__in=ledger_queries.customers_for(member_of(request)))
    rows = mine.filter(survey=survey) if survey in SURVEYS else mine
    found = Paginator(rows.filter(names_problem=True) if only_problems else rows, PAGE_SIZE)
    answers = found.get_page(page_number(request.GET))
    reasons = papers_queries.leaving_reasons(mine)
    most = max((count for _, count in reasons), default=0)
    context = {
        "found": answers, "answers": [card(each) for each in answers], "surveys": SURVEYS.items(), "survey": survey,
        "only_problems": only_problems,
        "reasons": [(leaving_reason(key), count, round(count * 100 / most)) for key, count in reasons],
    }  # fmt: skip
    return render(request, "console/surveys/list.html", context)


def card(answer: Answer) -> dict[str, Any]:
    return {"answer": answer, "survey": SURVEYS.get(answer.survey, answer.survey), "lines": answer_lines(answer)}


def cards_of(customer: Customer) -> list[dict[str, Any]]:
    """The newest answers of a customer's people."""
    return [card(each) for each in papers_queries.answers().filter(contact__customer=customer)[:ON_THE_CARD]]


urlpatterns: list[URLPattern] = [path("answers/", survey_answers, name="survey_answers")]
