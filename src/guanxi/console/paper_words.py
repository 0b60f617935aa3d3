"""What documents, papers for customs and questionnaires are called in the console."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.kernel.titles import in_language
from guanxi.papers.models import Answer
from guanxi.papers.questions import STARS, TEXT, surveys

Text = str | Promise

KINDS: Mapping[str, Text] = {
    "guide": gettext_lazy("Guide for a trade"),
    "case": gettext_lazy("Case of a customer"),
    "certificate": gettext_lazy("Certificate"),
    "price_list": gettext_lazy("Price list"),
    "process": gettext_lazy("How we work together"),
    "article": gettext_lazy("Technical article"),
    "manual": gettext_lazy("Manual"),
    "analysis": gettext_lazy("Market analysis"),
    "plan": gettext_lazy("Plan for buying together"),
    "webinar": gettext_lazy("Webinar"),
    "invitation": gettext_lazy("Invitation"),
}
SURVEYS: Mapping[str, Text] = {
    "usage": gettext_lazy("Goods in use"),
    "leaving": gettext_lazy("Reasons for leaving"),
    "review": gettext_lazy("Review"),
}
CUSTOMS: Mapping[str, Text] = {
    "commercial_invoice": gettext_lazy("Commercial invoice"),
    "packing_list": gettext_lazy("Packing list"),
    "bill_of_lading": gettext_lazy("Bill of lading"),
    "air_waybill": gettext_lazy("Air waybill"),
    "certificate_of_origin": gettext_lazy("Certificate of origin"),
    "inspection_certificate": gettext_lazy("Inspection certificate"),
    "insurance_certificate": gettext_lazy("Insurance certificate"),
    "export_declaration": gettext_lazy("Export declaration"),
    "fumigation_certificate": gettext_lazy("Fumigation certificate"),
    "test_report": gettext_lazy("Test report"),
    "other": gettext_lazy("Another paper"),
}
_REASONS: Mapping[str, Text] = {
    "language own": gettext_lazy("in the reader's language"),
    "language related": gettext_lazy("in a related language"),
    "language english": gettext_lazy("in English, for want of the reader's language"),
    "market own": gettext_lazy("made for this market"),
    "trade own": gettext_lazy("made for this trade"),
    "category own": gettext_lazy("about what the reader looked at lately"),
}


def reason_words(reason: str) -> str:
    """Why a document was chosen, as `papers.fitting.Fit.reason` keeps it."""
    told = [str(_REASONS[part]) for part in reason.split(", ") if part in _REASONS]
    return _("; ").join(told)


def answer_lines(answer: Answer) -> list[tuple[str, str]]:
    """Question and answer in the reader's language; his own words as he wrote them."""
    language = get_language() or "en"
    survey = surveys().get(answer.survey)
    lines = []
    for question in survey.questions if survey else ():
        if question.kind == TEXT:
            said = answer.texts.get(question.key, "")
        elif question.kind == STARS:
            said = "★" * int(next(iter(answer.choices.get(question.key, ())), 0))
        else:
            ticked = answer.choices.get(question.key, ())
            said = _(", ").join(
                in_language(question.choices[key], language) for key in ticked if key in question.choices
            )
        if said:
            lines.append((in_language(question.titles, language), said))
    return lines


def leaving_reason(key: str) -> str:
    question = surveys()["leaving"].question("reason")
    return in_language(question.choices[key], get_language() or "en") if question and key in question.choices else key
