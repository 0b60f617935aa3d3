"""One mail from a person to one contact: written, tried against the gates, sent or put off."""

from __future__ import annotations

from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from guanxi.campaigns import personal
from guanxi.campaigns.personal import FREE, Mail, MailMistake, Trial
from guanxi.console import message_words
from guanxi.console.access import act, firm_of, member_of, page
from guanxi.console.shipped_words import title_words
from guanxi.content.dialect import BadLetter
from guanxi.content.queries import NoLetter
from guanxi.content.render import MissingValues
from guanxi.kernel import clock
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.outbox.gates.base import PASS
from guanxi.outbox.states import EXPIRED, HELD, QUEUED
from guanxi.staff.roles import Right

MISTAKES = {
    "contact": lazy("This contact has no e-mail address; enter one first."),
    "letter": lazy("This letter is there no longer; choose another."),
    "subject": lazy("Write a subject of at most %(subject)s characters."),
    "text": lazy("Write a text of at most %(text)s characters."),
}


class MailForm(forms.Form):
    """A letter of the library, or one's own words in the reader's frame."""

    letter = forms.ChoiceField(label=lazy("Letter"))
    subject = forms.CharField(label=lazy("Subject"), max_length=personal.LONGEST_SUBJECT, required=False)
    text = forms.CharField(
        label=lazy("Text"), max_length=personal.LONGEST_TEXT, required=False, widget=forms.Textarea({"rows": 9}),
        help_text=lazy("Without greeting and closing: they are added as the reader is used to them."),
    )  # fmt: skip
    send_at = forms.DateTimeField(
        label=lazy("Not before"), required=False, input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        help_text=lazy("Empty means at once; quiet hours there are kept in any case."),
    )  # fmt: skip
    nonce = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, zone: ZoneInfo, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.zone = zone
        chosen: Any = self.fields["letter"]
        chosen.choices = [
            (FREE, _("my own words")),
            *((each.key, title_words(each.title)) for each in personal.letters()),
        ]

    def mail(self) -> Mail:
        told = self.cleaned_data
        send_at = told["send_at"].replace(tzinfo=self.zone) if told["send_at"] else None
        return Mail(template_key=told["letter"], subject=told["subject"], text=told["text"], send_at=send_at)


@page(right=Right.SEE, post=Right.EDIT_CUSTOMERS, scoped=True)
def contact_write(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact = _contact(request, contact_id)
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            message = personal.send(
                contact=contact, mail=form.mail(), by=member_of(request), now=clock.utc_now(),
                nonce=form.cleaned_data["nonce"] or token_hex(8),
            )  # fmt: skip
        except MailMistake as mistake:
            sentence = str(MISTAKES[mistake.field]) % {
                "subject": personal.LONGEST_SUBJECT,
                "text": personal.LONGEST_TEXT,
            }
            form.add_error(mistake.field if mistake.field in form.fields else None, sentence)
        else:
            messages.success(request, _("It is in the outbox; the gates have the last word."))
            return redirect("message", message.pk)
    context = {"contact": contact, "form": form, "has_address": bool(contact.email_key)}
    return render(request, "console/mail/write.html", context, status=422 if form.errors else 200)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def contact_write_trial(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The part beside the text: how it reads, and what the gates would say."""
    contact = _contact(request, contact_id)
    form = _form(request)
    context: dict[str, Any] = {"contact": contact, "problem": ""}
    if not form.is_valid():
        context["problem"] = _("Write a subject and a text.")
    else:
        try:
            trial = personal.try_out(contact=contact, mail=form.mail(), by=member_of(request), now=clock.utc_now())
            context |= _trial_words(trial)
        except MailMistake:
            context["problem"] = _("Write a subject and a text.")
        except (NoLetter, BadLetter, MissingValues):
            context["problem"] = _("This letter cannot be written for this reader.")
    return render(request, "console/mail/_trial.html", context)


def _trial_words(trial: Trial) -> dict[str, Any]:
    judgement = trial.judgement
    sentences = {
        QUEUED: _("It leaves at its moment."),
        HELD: _("It waits for a fitting moment."),
        EXPIRED: _("It would be too late when it may leave, and is not sent."),
    }
    return {
        "trial": trial,
        "fate": sentences.get(judgement.state, _("It would not be sent.")),
        "tone": {QUEUED: "is-good", HELD: "is-warn"}.get(judgement.state, "is-bad"),
        "verdicts": [
            (opinion.outcome, message_words.GATE_NAMES.get(gate, gate),
             message_words.reason_words(opinion.reason, opinion.detail), opinion.until)
            for gate, opinion in judgement.opinions
            if opinion.outcome != PASS or gate in ("permission", "window")
        ],
        "leaves_at": judgement.due_at if judgement.state == HELD else trial.not_before,
    }  # fmt: skip


def _form(request: HttpRequest) -> MailForm:
    zone = ZoneInfo(firm_of(request).time_zone)
    return MailForm(request.POST or None, zone=zone, initial={"letter": FREE, "nonce": token_hex(8)})


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    """The contact, when the reader may see its customer; 404 otherwise (RS-15)."""
    seen = ledger_queries.customers_for(member_of(request))
    return get_object_or_404(Contact.objects.select_related("customer"), pk=contact_id, customer__in=seen)


urlpatterns: list[URLPattern] = [
    path("contacts/<int:contact_id>/write/", contact_write, name="contact_write"),
    path("contacts/<int:contact_id>/write/trial/", contact_write_trial, name="contact_write_trial"),
]
