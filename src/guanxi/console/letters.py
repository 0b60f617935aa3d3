"""Letters: what can be sent, in which languages and by whom; made, described, duplicated, put away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.consent import queries as consent_queries
from guanxi.console import letter_reader, letter_usage, letter_words
from guanxi.console.access import act, member_of, page
from guanxi.console.parts import is_part, say_errors
from guanxi.console.shipped_words import title_words
from guanxi.content import actions as content_actions
from guanxi.content import proof
from guanxi.content import queries as content_queries
from guanxi.content.actions import BadTemplate
from guanxi.content.models import Letter, Template
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.staff import actions as staff_actions
from guanxi.staff.roles import Right

# Readers by whom the page shows which letter each would get.
SHOWN_READERS = ("de-AT", "fr", "pt-BR", "zh-Hant", "ru", "ko")


class TemplateForm(forms.Form):
    """What a template is: its name, its type with what that brings, its topic."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    kind = forms.ChoiceField(
        label=gettext_lazy("Type"), choices=lambda: letter_words.KINDS.items(), widget=forms.RadioSelect
    )
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False, choices=lambda: topic_choices())


def topic_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    topics = [(topic.key, in_language(topic.titles, language, topic.key)) for topic in consent_queries.topics()]
    return [("", _("none in particular")), *topics]


@dataclass(frozen=True, slots=True)
class Row:
    """A template of the list. `languages` are tag and state of the newest text of each."""

    template: Template
    languages: list[tuple[str, str]]
    uses: list[letter_usage.Use]
    changed_at: datetime


@page(right=Right.SEE_ALL)
def letters(request: HttpRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    search = request.GET.get("q", "").strip()[:100]
    rows = [row for row in _rows() if _fits(row, show, search)]
    context = {
        "rows": rows, "show": show, "q": search, "kinds": letter_words.KINDS.items(), "topics": dict(topic_choices()),
        "waiting": Letter.objects.filter(submitted_at__isnull=False, approved_at=None, published_at=None).count(),
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
        "may_set": member_of(request).may(Right.MANAGE_SETTINGS),
        "policy": content_queries.policy(),
    }  # fmt: skip
    return render(request, "console/letters/_list.html" if is_part(request) else "console/letters/list.html", context)


def _rows() -> list[Row]:
    uses = letter_usage.uses()
    newest: dict[int, dict[str, Letter]] = {}
    told = ("id", "template_id", "language", "version", "is_library", "published_at", "saved_at", "submitted_at",
            "approved_at")  # fmt: skip
    for letter in Letter.objects.only(*told).order_by("version"):
        if letter.published_at or not letter.is_library:
            newest.setdefault(letter.template_id, {})[letter.language] = letter
    rows = []
    for template in content_queries.templates():
        found = newest.get(template.pk, {})
        moments = [moment for each in found.values() if (moment := each.saved_at or each.published_at)]
        tags = sorted(found, key=lambda tag: (tag != "en", tag))
        rows.append(
            Row(template, [(tag, found[tag].state) for tag in tags], uses.get(template.key, []),
                max(moments, default=template.created_at))
        )  # fmt: skip
    return sorted(rows, key=lambda row: row.changed_at, reverse=True)


def _fits(row: Row, show: str, search: str) -> bool:
    template = row.template
    if (show == "archived") != (template.archived_at is not None):
        return False
    if show in letter_words.KINDS and template.kind != show:
        return False
    if show == "waiting" and all(state != "submitted" for _tag, state in row.languages):
        return False
    words = f"{template.title} {title_words(template.title)} {template.key}".casefold()
    return search.casefold() in words


@page(right=Right.EDIT_LETTERS, post=Right.EDIT_LETTERS)
def letter_new(request: HttpRequest) -> HttpResponse:
    form = TemplateForm(request.POST or None, initial={"kind": "marketing"})
    if request.method == "POST" and form.is_valid():
        try:
            template = content_actions.create_template(**form.cleaned_data, now=clock.utc_now())
        except BadTemplate as mistake:
            form.add_error("title", letter_words.mistake_words(mistake))
        else:
            language = _first_language(request)
            content_actions.start_draft(
                template=template, language=language, author=member_of(request), now=clock.utc_now()
            )
            return redirect("letter_editor", template_key=template.key, language=language)
    context = {"form": form, "consequences": _consequences(), "tongues": letter_words.language_choices(()),
               "language": _first_language(request)}  # fmt: skip
    return render(request, "console/letters/new.html", context)


def _first_language(request: HttpRequest) -> str:
    asked = request.POST.get("language", "en")
    return asked if asked in dict(letter_words.language_choices(())) else "en"


def _consequences() -> list[tuple[str, Any, tuple[Any, ...]]]:
    return [(key, letter_words.KINDS[key], letter_words.CONSEQUENCES[key]) for key in letter_words.KINDS]


@page(right=Right.SEE_ALL)
def letter_template(request: HttpRequest, template_key: str) -> HttpResponse:
    """One template: its letters side by side, what is missing, who sends it."""
    template = template_of(template_key)
    context = {
        "template": template, "kind": letter_words.KINDS[template.kind],
        "consequences": letter_words.CONSEQUENCES[template.kind],
        "cards": _cards(template),
        "missing": proof.missing_translations(content_queries.newest_of_each_language(template.pk)),
        "choices": letter_words.language_choices(content_queries.newest_of_each_language(template.pk)),
        "fallbacks": _fallbacks(template),
        "uses": letter_usage.uses().get(template.key, []),
        "topics": topic_choices(), "kinds": letter_words.KINDS.items(),
        "is_published": template.letters.filter(published_at__isnull=False).exists(),
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/letters/page.html", context)


def template_of(key: str) -> Template:
    """404 for a key that is none."""
    found = Template.objects.filter(key=key).first()
    if found is None:
        raise Http404
    return found


def _cards(template: Template) -> list[dict[str, Any]]:
    """Per language: what is sent, the draft beside it, and how many mistakes it has."""
    published = {each.language: each for each in content_queries.letters_of(template.pk)}
    newest = content_queries.newest_of_each_language(template.pk)
    cards = []
    for tag in sorted(newest, key=lambda tag: (tag != "en", tag)):
        letter = newest[tag]
        findings = content_queries.findings_of(letter)
        cards.append(
            {"language": tag, "letter": letter, "subject": letter_reader.subject_of(letter),
             "published": published.get(tag),
             "state": letter_words.STATES[letter.state],
             "mistakes": sum(not each.is_warning for each in findings),
             "warnings": sum(each.is_warning for each in findings)}
        )  # fmt: skip
    return cards


def _fallbacks(template: Template) -> list[tuple[str, list[str], str]]:
    """For readers of some other languages: the chain that is tried, and the language they would get."""
    published = {each.language for each in content_queries.letters_of(template.pk)}
    readers = [tag for tag in SHOWN_READERS if tag not in published]
    chains = [(tag, content_queries.fallback_chain([tag])) for tag in readers]
    return [(tag, chain, next((each for each in chain if each in published), "")) for tag, chain in chains]


@act(right=Right.EDIT_LETTERS)
def letter_describe(request: HttpRequest, template_key: str) -> HttpResponse:
    template = template_of(template_key)
    changes = {name: request.POST[name] for name in ("title", "topic", "kind") if name in request.POST}
    try:
        content_actions.describe_template(template=template, changes=changes, now=clock.utc_now())
    except BadTemplate as mistake:
        messages.error(request, letter_words.mistake_words(mistake))
    else:
        messages.success(request, _("Saved."))
    return redirect("letter_template", template_key=template.key)


@act(right=Right.EDIT_LETTERS)
def letter_duplicate(request: HttpRequest, template_key: str) -> HttpResponse:
    template = template_of(template_key)
    title, kind = request.POST.get("title", ""), request.POST.get("kind", template.kind)
    try:
        copy = content_actions.duplicate_template(
            template=template, title=title, kind=kind, author=member_of(request), now=clock.utc_now()
        )
    except BadTemplate as mistake:
        messages.error(request, letter_words.mistake_words(mistake))
        return redirect("letter_template", template_key=template.key)
    return redirect("letter_template", template_key=copy.key)


@act(right=Right.EDIT_LETTERS)
def letter_archive(request: HttpRequest, template_key: str) -> HttpResponse:
    """Put away, unless a journey or campaign may still send it."""
    template = template_of(template_key)
    if open_uses := [each for each in letter_usage.uses().get(template.key, []) if each.is_open]:
        messages.error(request, _("%(title)s still sends this letter; end that first.") % {"title": open_uses[0].title})
    else:
        content_actions.archive_template(template=template, now=clock.utc_now())
        messages.success(request, _("Put away; it is found under Archived."))
    return redirect("letter_template", template_key=template.key)


@act(right=Right.EDIT_LETTERS)
def letter_bring_back(request: HttpRequest, template_key: str) -> HttpResponse:
    template = template_of(template_key)
    content_actions.bring_back_template(template=template)
    return redirect("letter_template", template_key=template.key)


class PolicyForm(forms.Form):
    needs_approval = forms.BooleanField(required=False)


@act(right=Right.MANAGE_SETTINGS)
def letter_policy(request: HttpRequest) -> HttpResponse:
    """Whether a second person has to look before a letter is published."""
    form = PolicyForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return redirect("letters")
    content_actions.set_policy(**form.cleaned_data)
    staff_actions.append_audit(
        actor=member_of(request), act="letter.policy_changed", now=clock.utc_now(), details=form.cleaned_data
    )
    messages.success(request, _("Saved."))
    return redirect("letters")


urlpatterns: list[URLPattern] = [
    path("letters/", letters, name="letters"),
    path("letters/new/", letter_new, name="letter_new"),
    path("letters/approval/", letter_policy, name="letter_policy"),
    path("letters/of/<str:template_key>/", letter_template, name="letter_template"),
    path("letters/of/<str:template_key>/describe/", letter_describe, name="letter_describe"),
    path("letters/of/<str:template_key>/duplicate/", letter_duplicate, name="letter_duplicate"),
    path("letters/of/<str:template_key>/archive/", letter_archive, name="letter_archive"),
    path("letters/of/<str:template_key>/bring-back/", letter_bring_back, name="letter_bring_back"),
]
