"""The guides, cases and documents that are recommended, and what the recommendations rest on."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.foresight_words import kind_names, region_names
from guanxi.kernel import clock, places
from guanxi.recommendations import actions as recommendations_actions
from guanxi.recommendations import queries as recommendations_queries
from guanxi.recommendations.models import ContentPiece
from guanxi.staff.roles import Right

SEPARATORS = re.compile(r"[,;\n，；、]+")


class ContentForm(forms.Form):
    """A piece with the readers it is made for; empty fields fit everybody."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: kind_names().items())
    title = forms.CharField(label=gettext_lazy("Title"), max_length=300)
    url = forms.URLField(label=gettext_lazy("Address"), max_length=500, assume_scheme="https")
    language = forms.CharField(
        label=gettext_lazy("Language"), max_length=16, required=False, help_text=gettext_lazy("Such as de or zh-Hans.")
    )
    summary = forms.CharField(
        label=gettext_lazy("Summary"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    trades = forms.CharField(
        label=gettext_lazy("Trades"), required=False, help_text=gettext_lazy("With commas, such as builder, retail.")
    )
    categories = forms.CharField(
        label=gettext_lazy("Categories"), required=False, help_text=gettext_lazy("As the catalogue names them.")
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries"), required=False, help_text=gettext_lazy("Names or codes, with commas.")
    )
    regions = forms.MultipleChoiceField(
        label=gettext_lazy("Regions"), required=False, choices=lambda: region_names().items(),
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )  # fmt: skip
    is_published = forms.BooleanField(label=gettext_lazy("Published"), required=False, initial=True)

    def clean_language(self) -> str:
        tag = str(self.cleaned_data["language"]).strip()
        if tag and not places.is_language(tag):
            raise forms.ValidationError(_("This is no language; write a tag such as de or zh-Hans."))
        return tag

    def clean_trades(self) -> list[str]:
        return _words(self.cleaned_data["trades"])

    def clean_categories(self) -> list[str]:
        return _words(self.cleaned_data["categories"])

    def clean_countries(self) -> list[str]:
        found = {name: places.country_code(name) for name in _words(self.cleaned_data["countries"])}
        unknown = [name for name, code in found.items() if not code]
        if unknown:
            raise forms.ValidationError(_("%(name)s is no country; write its code, such as SA.") % {"name": unknown[0]})
        return sorted(set(found.values()))


def _words(text: str) -> list[str]:
    return [word.strip()[:120] for word in SEPARATORS.split(text) if word.strip()]


@page(right=Right.SEE_ALL)
def recommendations(request: HttpRequest) -> HttpResponse:
    kinds, regions = kind_names(), region_names()
    pieces = ContentPiece.objects.order_by("kind", "title")
    context = {
        "run": recommendations_queries.latest_count(),
        "pieces": [(piece, kinds.get(piece.kind, piece.kind), _audience(piece, regions)) for piece in pieces],
        "refused": recommendations_queries.most_refused(),
        "may_edit": member_of(request).may(Right.EDIT_CUSTOMERS),
    }
    return render(request, "console/foresight/recommendations.html", context)


def _audience(piece: ContentPiece, regions: dict[str, str]) -> list[str]:
    return [*piece.trades, *(regions.get(each, each) for each in piece.regions), *piece.countries, *piece.categories]


@page(right=Right.EDIT_CUSTOMERS, post=Right.EDIT_CUSTOMERS)
def content_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@page(right=Right.EDIT_CUSTOMERS, post=Right.EDIT_CUSTOMERS)
def content_edit(request: HttpRequest, content_key: str) -> HttpResponse:
    return _edit(request, _piece(content_key))


@act(right=Right.EDIT_CUSTOMERS)
def content_remove(request: HttpRequest, content_key: str) -> HttpResponse:
    recommendations_actions.remove_content(key=_piece(content_key).key)
    messages.success(request, _("Removed."))
    return redirect("recommendations")


def _piece(key: str) -> ContentPiece:
    piece = ContentPiece.objects.filter(key=key).first()
    if piece is None:
        raise Http404
    return piece


def _edit(request: HttpRequest, piece: ContentPiece | None) -> HttpResponse:
    form = ContentForm(request.POST or None, initial=_initial(piece) if piece else None)
    if request.method == "POST" and form.is_valid():
        key = piece.key if piece else _free_key(form.cleaned_data["title"])
        recommendations_actions.save_content(key=key, fields=form.cleaned_data, now=clock.utc_now())
        messages.success(request, _("Saved."))
        return redirect("recommendations")
    return render(request, "console/foresight/content_form.html", {"form": form, "piece": piece})


def _initial(piece: ContentPiece) -> dict[str, Any]:
    told = {name: getattr(piece, name) for name in ContentForm.base_fields}
    joined = {name: ", ".join(getattr(piece, name)) for name in ("trades", "categories", "countries")}
    return told | joined


def _free_key(title: str) -> str:
    stem = slugify(title)[:70] or "content"
    taken = set(ContentPiece.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if key not in taken)


urlpatterns: list[URLPattern] = [
    path("recommendations/", recommendations, name="recommendations"),
    path("recommendations/content/new", content_new, name="recommendation_content_new"),
    path("recommendations/content/<slug:content_key>", content_edit, name="recommendation_content"),
    path("recommendations/content/<slug:content_key>/remove", content_remove, name="recommendation_content_remove"),
]
