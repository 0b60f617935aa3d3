"""Sign-up forms and topics: what readers are asked, in which words, and what to paste into one's own site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guanxi.consent import form_editing
from guanxi.consent import queries as consent_queries
from guanxi.consent import topics as consent_topics
from guanxi.consent.models import FormWording, SignUpForm, Topic
from guanxi.console.access import member_of, page
from guanxi.console.shipped_words import title_words
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.outbox.addresses import sign_up_address
from guanxi.staff.roles import Right
from guanxi.tracking import queries as tracking_queries

LANGUAGES = (
    ("en", "English"),
    ("zh-Hans", "简体中文"),
    ("de", "Deutsch"),
    ("ja", "日本語"),
    ("ar", "العربية"),
    ("es", "Español"),
)
NEW = "new"
ASKED = {"name": gettext_lazy("name"), "company": gettext_lazy("company")}
WRONG = {
    "key": gettext_lazy("Use small letters, digits and hyphens for the short name."),
    "name": gettext_lazy("Give the form a name."),
    "wording": gettext_lazy("Write a title and the words agreed to in at least one language."),
    "topics": gettext_lazy("Choose among the topics that exist."),
    "asks": gettext_lazy("A form asks for a name and a company at most."),
    "redirect_url": gettext_lazy("Lead readers to a page of your website or of a shop you have entered."),
}


class FormForm(forms.Form):
    """All but the texts."""

    key = forms.SlugField(
        label=gettext_lazy("Short name"), max_length=60, help_text=gettext_lazy("Stands in the address of the page.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    tag = forms.CharField(label=gettext_lazy("Tag for new customers"), max_length=60, required=False)
    redirect_url = forms.URLField(
        label=gettext_lazy("Page after confirming"), max_length=500, required=False, assume_scheme="https",
        help_text=gettext_lazy("On your own website; without it a page of thanks is shown."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=pgettext_lazy("sign-up form", "Open"), required=False, initial=True)


@page(right=Right.SEE_ALL)
def sign_up_forms(request: HttpRequest) -> HttpResponse:
    context = {
        "forms": [(form, sign_up_address(form.key)) for form in consent_queries.forms()],
        "topics": consent_queries.topics(only_active=False),
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }
    return render(request, "console/permissions/forms.html", context)


@page(right=Right.SEE_ALL, post=Right.EDIT_LETTERS)
def sign_up_form(request: HttpRequest, form_key: str) -> HttpResponse:
    """One form: settings, texts by language, snippet; the hosted page itself is the preview."""
    found = None if form_key == NEW else get_object_or_404(SignUpForm, key=form_key)
    form = FormForm(request.POST if request.method == "POST" else None, initial=_settings_of(found))
    if request.method == "POST" and form.is_valid() and (saved := _saved(form, request)):
        messages.success(request, _("Saved; version %(version)s of the text is in force.") % {"version": saved.version})
        return redirect("sign_up_form", form_key=saved.key)
    texts = _posted(request) if request.method == "POST" else _texts_of(found)
    topics = {topic.key: title_words(topic.titles) for topic in consent_queries.topics()}
    context = {
        "sign_up": found, "form": form,
        "topics": _ticked("topics", topics, request, found), "asks": _ticked("asks", ASKED, request, found),
        "texts": [(code, name, texts.get(code)) for code, name in LANGUAGES],
        "snippets": snippets(found) if found else [], "address": sign_up_address(found.key) if found else "",
        "versions": found.wordings.order_by("-version", "language") if found else [],
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/permissions/form.html", context, status=422 if request.method == "POST" else 200)


def snippets(form: SignUpForm) -> list[tuple[str, str, str]]:
    """Per language its tag, its name and plain HTML for any page.

    It needs no script and sets no cookie; the reader finishes on the hosted page, in the language of the page he came
    from.
    """
    wordings = form_editing.wordings_of(form)
    return [(code, name, _snippet(form, wordings[code])) for code, name in LANGUAGES if code in wordings]


def _snippet(form: SignUpForm, wording: FormWording) -> str:
    titles = {topic.key: in_language(topic.titles, wording.language, topic.key) for topic in consent_queries.topics()}
    context = {
        "wording": wording, "address": f"{sign_up_address(form.key)}?lang={wording.language}",
        "topics": [(key, title) for key, title in titles.items() if key in form.topics],
    }  # fmt: skip
    return render_to_string("console/permissions/snippet.html", context).strip()


def _saved(form: FormForm, request: HttpRequest) -> SignUpForm | None:
    try:
        return form_editing.save_form(
            **form.cleaned_data, topics=request.POST.getlist("topics"), asks=request.POST.getlist("asks"),
            texts=_posted(request), allowed_origins=our_origins(), now=clock.utc_now(),
        )  # fmt: skip
    except form_editing.BadForm as error:
        form.add_error(error.field if error.field in form.fields else None, str(WRONG[error.field]))
        return None


def our_origins() -> list[str]:
    """Where a form may lead: the firm's website, the shops entered, and this installation."""
    website = firm_queries.the_firm().website
    return [website.rstrip("/"), *(site.origin for site in tracking_queries.sites()), settings.PUBLIC_URL]


def _posted(request: HttpRequest) -> dict[str, form_editing.Text]:
    def typed(part: str, code: str) -> str:
        return request.POST.get(f"{part}-{code}", "").strip()[:4000]

    return {
        code: form_editing.Text(typed("title", code)[:160], typed("wording", code), typed("intro", code))
        for code, _name in LANGUAGES
    }


def _ticked(
    name: str, titles: Mapping[str, Any], request: HttpRequest, found: SignUpForm | None
) -> list[tuple[str, Any, bool]]:
    """Key, title and whether it is ticked: as posted, else as the form has it."""
    chosen = request.POST.getlist(name) if request.method == "POST" else getattr(found, name, [])
    return [(key, title, key in chosen) for key, title in titles.items()]


def _texts_of(found: SignUpForm | None) -> dict[str, form_editing.Text]:
    wordings = form_editing.wordings_of(found) if found else {}
    return {code: form_editing.Text(row.title, row.wording, row.intro) for code, row in wordings.items()}


def _settings_of(found: SignUpForm | None) -> dict[str, Any]:
    names = ("key", "name", "tag", "redirect_url", "is_active")
    return {name: getattr(found, name) for name in names} if found else {"is_active": True}


class TopicForm(forms.Form):
    key = forms.SlugField(label=gettext_lazy("Short name"), max_length=60)
    position = forms.IntegerField(label=gettext_lazy("Order"), min_value=0, max_value=999, initial=0)
    is_active = forms.BooleanField(label=gettext_lazy("Offered to readers"), required=False, initial=True)
    is_default = forms.BooleanField(
        label=gettext_lazy("Whoever chose nothing gets it"), required=False, initial=True
    )  # fmt: skip


@page(right=Right.SEE_ALL, post=Right.EDIT_LETTERS)
def topic(request: HttpRequest, topic_key: str) -> HttpResponse:
    found = None if topic_key == NEW else get_object_or_404(Topic, key=topic_key)
    initial = {name: getattr(found, name) for name in TopicForm.base_fields} if found else None
    form = TopicForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        titles, descriptions = (
            {code: request.POST.get(f"{part}-{code}", "").strip()[:200] for code, _name in LANGUAGES}
            for part in ("title", "description")
        )
        try:
            consent_topics.save_topic(
                **form.cleaned_data, titles=titles, descriptions=descriptions, now=clock.utc_now()
            )
            messages.success(request, _("Saved."))
            return redirect("sign_up_forms")
        except consent_topics.BadTopic:
            form.add_error("key", _("A topic needs a short name of small letters and digits, and a title."))
    titles, descriptions = (found.titles, found.descriptions) if found else ({}, {})
    context = {
        "topic": found, "form": form, "may_edit": member_of(request).may(Right.EDIT_LETTERS),
        "texts": [(code, name, titles.get(code, ""), descriptions.get(code, "")) for code, name in LANGUAGES],
    }  # fmt: skip
    return render(request, "console/permissions/topic.html", context, status=422 if request.method == "POST" else 200)


urlpatterns: list[URLPattern] = [
    path("sign-up-forms/", sign_up_forms, name="sign_up_forms"),
    path("sign-up-forms/<slug:form_key>/", sign_up_form, name="sign_up_form"),
    path("topics/<slug:topic_key>/", topic, name="topic"),
]
