"""Rules of wording: what letters are read against before they leave, those that ship and the firm's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.access import act, member_of, page
from guanxi.console.parts import note_act, say_errors
from guanxi.content import words as content_words
from guanxi.content.checks import engine
from guanxi.firm import actions as firm_actions
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock, places
from guanxi.staff.roles import Right


class WordingForm(forms.Form):
    """A rule of wording of the firm's own."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    phrases = forms.CharField(
        label=gettext_lazy("Words or phrases, one a line"), max_length=8000, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.CharField(label=gettext_lazy("Why not"), max_length=300)
    needs_figure = forms.BooleanField(label=gettext_lazy("Fine in a sentence with a figure"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        page_language = get_language() or "en"
        every = [(tag, places.language_name(tag, page_language)) for tag in content_words.languages()]
        self.fields["language"].choices = [("", _("every language")), *every]  # type: ignore[attr-defined]


@page(right=Right.SEE_ALL, post=Right.MANAGE_SETTINGS)
def wording(request: HttpRequest) -> HttpResponse:
    """The rules letters are read against before they leave: those that ship and the firm's own."""
    form = WordingForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            try:
                with transaction.atomic():
                    rule = firm_actions.add_house_rule(**form.cleaned_data, now=clock.utc_now())
                    note_act(request, "wording.added", object_kind="wording", object_id=rule.pk, reason=rule.reason)
                messages.success(request, _("Saved. Letters are read against it from now on."))
                return redirect("culture_wording")
            except firm_actions.BadRule as error:
                form.add_error(None, str(error))
        else:
            say_errors(request, form)
    context = {
        "form": form, "shipped": [_shipped(rule) for rule in engine.shipped_rules()],
        "own": [(rule, places.language_name(rule.language, get_language() or "en") if rule.language else "")
                for rule in firm_queries.house_rules()],
        "may_edit": member_of(request).may(Right.MANAGE_SETTINGS),
    }  # fmt: skip
    return render(request, "console/culture/wording.html", context, status=422 if form.errors else 200)


@act(right=Right.MANAGE_SETTINGS)
def remove_wording(request: HttpRequest, rule_id: int) -> HttpResponse:
    with transaction.atomic():
        if firm_actions.remove_house_rule(rule_id=rule_id):
            note_act(request, "wording.removed", object_kind="wording", object_id=rule_id)
            messages.success(request, _("Removed."))
    return redirect("culture_wording")


def _shipped(rule: engine.Rule) -> dict[str, str]:
    page_language = get_language() or "en"
    spoken = ", ".join(places.language_name(tag, page_language) for tag in rule.languages) or _("every language")
    return {"code": rule.code, "reason": rule.reason_in(page_language), "languages": spoken}


urlpatterns: list[URLPattern] = [
    path("culture/wording/", wording, name="culture_wording"),
    path("culture/wording/<int:rule_id>/remove", remove_wording, name="culture_wording_remove"),
]
