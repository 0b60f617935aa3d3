"""Documents for readers: the list, upload and what stands on them, who got them; which journeys lack which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.customer_forms import DAY
from guanxi.console.file_answers import file_answer, uploaded
from guanxi.console.letter_words import language_choices
from guanxi.console.paper_words import KINDS, reason_words
from guanxi.console.parts import note_act, page_number
from guanxi.console.shipped_words import title_words
from guanxi.insights.document_gaps import document_gaps
from guanxi.kernel import clock, places
from guanxi.ledger import queries as ledger_queries
from guanxi.papers import actions as papers_actions
from guanxi.papers import checking
from guanxi.papers import queries as papers_queries
from guanxi.papers.models import Document
from guanxi.staff.roles import Right
from guanxi.tracking.models import PageHit
from guanxi.tracking.page_visits import DOWNLOAD
from guanxi.tracking.verdicts import HUMAN, MACHINE

PAGE_SIZE = 50
GAPS_A_PAGE = 50
MOST_WORDS = 40


class WordsField(forms.CharField):
    """Words between commas."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [word.strip() for word in text.replace("，", ",").replace("、", ",").split(",") if word.strip()]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class DocumentForm(forms.Form):
    """What stands on a document; the file may stay away when there is one."""

    file = forms.FileField(
        label=gettext_lazy("File"), max_length=200,
        help_text=gettext_lazy("PDF, Word, Excel, PowerPoint or OpenDocument, at most 20 MB, without macros."),
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, help_text=gettext_lazy("Readers see it."))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KINDS.items()))
    language = forms.ChoiceField(label=gettext_lazy("Language"))
    markets = WordsField(
        label=gettext_lazy("Markets"), required=False, max_length=600,
        help_text=gettext_lazy("Countries between commas, such as DE, Austria. None means every market."),
    )  # fmt: skip
    trades = WordsField(
        label=gettext_lazy("Trades"), required=False, max_length=600,
        help_text=gettext_lazy("As they stand in the customers' records. None means every trade."),
    )  # fmt: skip
    categories = WordsField(
        label=gettext_lazy("Categories of goods"), required=False, max_length=600,
        help_text=gettext_lazy("Then only readers who have looked at one of them in the last 30 days get it."),
    )  # fmt: skip
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"), required=False, widget=DAY,
        help_text=gettext_lazy("Given to nobody after that day."),
    )  # fmt: skip

    def __init__(self, *args: Any, needs_file: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = needs_file
        self.fields["language"] = forms.ChoiceField(label=gettext_lazy("Language"), choices=language_choices(()))
        self.fields["kind"].widget.attrs["autocomplete"] = "off"

    def clean_file(self) -> bytes | None:
        return uploaded(self.cleaned_data["file"])

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())

    def clean_markets(self) -> list[str]:
        found = []
        for word in self.cleaned_data["markets"][:MOST_WORDS]:
            code = places.country_code(word)
            if not code:
                raise forms.ValidationError(
                    _("“%(word)s” is no country; write its name or its two letters.") % {"word": word}
                )
            found.append(code)
        return found

    def clean_trades(self) -> list[str]:
        return list(self.cleaned_data["trades"][:MOST_WORDS])

    def clean_categories(self) -> list[str]:
        return list(self.cleaned_data["categories"][:MOST_WORDS])

    def facts(self) -> papers_actions.Facts:
        return papers_actions.Facts(**{name: value for name, value in self.cleaned_data.items() if name != "file"})


@page(right=Right.SEE_ALL)
def documents(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    rows = Document.objects.order_by("withdrawn_at", "kind", "title", "language")
    found = Paginator(rows.filter(kind=kind) if kind in KINDS else rows, PAGE_SIZE).get_page(page_number(request.GET))
    given, visits, today = papers_queries.given_counts(), _visits(), clock.utc_now().date()
    context = {
        "found": found, "kinds": KINDS.items(), "kind": kind,
        "rows": [
            (each, _facts_of(each), given.get(each.pk, 0), visits.get(str(each.pk), {}),
             bool(each.valid_until and each.valid_until < today))
            for each in found
        ],
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/documents/list.html", context)


def _visits(document: Document | None = None) -> dict[str, Mapping[str, Any]]:
    """Views and downloads by people, and what machines did, by document; of the last 30 days, as hits are kept."""
    rows = PageHit.objects.filter(page="document")
    if document is not None:
        rows = rows.filter(object_id=str(document.pk))
    counted = rows.values("object_id").annotate(
        views=Count("id", filter=Q(verdict=HUMAN) & ~Q(kind=DOWNLOAD)),
        downloads=Count("id", filter=Q(verdict=HUMAN, kind=DOWNLOAD)),
        machines=Count("id", filter=Q(verdict=MACHINE)),
    )
    return {each["object_id"]: each for each in counted}


def _facts_of(document: Document) -> dict[str, Any]:
    language = get_language() or "en"
    return {
        "kind": KINDS.get(document.kind, document.kind),
        "language": places.language_name(document.language, language),
        "markets": [places.country_name(code, language) for code in document.markets],
        "form": document.name.rpartition(".")[2].upper(),
    }


@page(right=Right.EDIT_LETTERS, post=Right.EDIT_LETTERS)
def document_new(request: HttpRequest) -> HttpResponse:
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = papers_actions.add_document(
                raw=form.cleaned_data["file"], facts=form.facts(), by=member_of(request), now=clock.utc_now()
            )
        except checking.BadFile as mistake:
            form.add_error("file", _(str(mistake)))
        else:
            note_act(request, "document.added", object_kind="document", object_id=added.pk, title=added.title)
            messages.success(request, _("Kept."))
            return redirect("document", added.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "console/documents/form.html", {"form": form}, status=status)


@page(right=Right.SEE_ALL)
def document(request: HttpRequest, document_id: int) -> HttpResponse:
    """What it is, how often it was opened and taken, and who got it for which reason."""
    found = get_object_or_404(Document, pk=document_id)
    given = found.given.filter(contact__customer__in=ledger_queries.customers_for(member_of(request)))
    rows = given.select_related("contact__customer").order_by("-given_at", "-id")
    readers = Paginator(rows, PAGE_SIZE).get_page(page_number(request.GET))
    context = {
        "document": found, "facts": _facts_of(found), "readers": readers,
        "lines": [(each, reason_words(each.reason)) for each in readers],
        "visits": _visits(found).get(str(found.pk), {}),
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/documents/page.html", context)


@page(right=Right.EDIT_LETTERS, post=Right.EDIT_LETTERS)
def document_edit(request: HttpRequest, document_id: int) -> HttpResponse:
    """Change what stands on it, or its file: links that are out lead to the new one."""
    found = get_object_or_404(Document, pk=document_id)
    names = ("title", "kind", "language", "markets", "trades", "categories", "valid_until")
    initial = {name: getattr(found, name) for name in names}
    form = DocumentForm(request.POST or None, request.FILES or None, needs_file=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            papers_actions.change_document(
                document=found, facts=form.facts(), raw=form.cleaned_data["file"], by=member_of(request),
                now=clock.utc_now(),
            )  # fmt: skip
        except checking.BadFile as mistake:
            form.add_error("file", _(str(mistake)))
        else:
            note_act(request, "document.changed", object_kind="document", object_id=found.pk, title=found.title)
            messages.success(request, _("Saved."))
            return redirect("document", found.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "console/documents/form.html", {"form": form, "document": found}, status=status)


@act(right=Right.EDIT_LETTERS)
def document_withdraw(request: HttpRequest, document_id: int) -> HttpResponse:
    """Give it to nobody any more, or offer it again."""
    found = get_object_or_404(Document, pk=document_id)
    if "again" in request.POST:
        papers_actions.offer_again(document=found)
        messages.success(request, _("It is offered again."))
    else:
        papers_actions.withdraw_document(document=found, now=clock.utc_now())
        messages.success(request, _("Withdrawn: nobody gets it any more, and links that are out say so."))
    note_act(
        request, "document.offered" if "again" in request.POST else "document.withdrawn", object_kind="document",
        object_id=found.pk, title=found.title,
    )  # fmt: skip
    return redirect("document", found.pk)


@page(right=Right.SEE_ALL)
def document_copy(request: HttpRequest, document_id: int) -> HttpResponse:
    """The file as readers get it."""
    found = get_object_or_404(Document, pk=document_id)
    return file_answer(found.name, found.title)


@page(right=Right.SEE_ALL)
def document_gaps_page(request: HttpRequest) -> HttpResponse:
    """Which journey lacks which document for which market and language; the largest gaps first."""
    gaps, language = document_gaps(now=clock.utc_now()), get_language() or "en"
    rows = Paginator(gaps.rows, GAPS_A_PAGE).get_page(page_number(request.GET))
    context = {
        "found": rows, "readers": gaps.readers, "asked": [(KINDS[kind], each) for kind, each in gaps.asked.items()],
        "rows": [
            {
                "gap": gap, "kind": KINDS.get(gap.kind, gap.kind),
                "market": places.country_name(gap.market, language) if gap.market else _("no country known"),
                "language": places.language_name(gap.language, language),
                "journeys": [(each.key, title_words(each.names)) for each in gap.journeys],
                "trades": [(trade or _("no trade known"), count) for trade, count in gap.trades.most_common(3)],
            }
            for gap in rows
        ],
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/documents/gaps.html", context)


urlpatterns: list[URLPattern] = [
    path("documents/", documents, name="documents"),
    path("documents/new/", document_new, name="document_new"),
    path("documents/gaps/", document_gaps_page, name="document_gaps"),
    path("documents/<int:document_id>/", document, name="document"),
    path("documents/<int:document_id>/edit/", document_edit, name="document_edit"),
    path("documents/<int:document_id>/withdraw", document_withdraw, name="document_withdraw"),
    path("documents/<int:document_id>/copy", document_copy, name="document_copy"),
]
