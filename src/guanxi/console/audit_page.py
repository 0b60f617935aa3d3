"""The audit trail: who did what that matters for security, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from guanxi.console.access import page
from guanxi.console.audit_words import detail_words, objects_of, who_words
from guanxi.console.parts import is_part
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import AuditEntry
from guanxi.staff.roles import Right

PAGE_SIZE = 50
ACT_NAMES = {
    "journey.published": _("published a version of a journey"),
    "journey.switched_on": _("switched a journey on"),
    "journey.moved": _("moved readers to the new version of a journey"),
    "product.launch_set": _("gave an article its launch day"),
    "product.launch_removed": _("took the launch day of an article away"),
    "culture.changed": _("set a value of a country"),
    "offer.saved": _("changed an offer"),
    "offer.switched_on": _("switched an offer on"),
    "offer.switched_off": _("switched an offer off"),
    "offer.code_given": _("handed out a code"),
    "offer.code_taken_back": _("took a code back"),
    "offer.code_used": _("used a code for an order"),
    "offer.use_taken_back": _("took the use of a code back"),
    "document.added": _("added a document"),
    "document.changed": _("changed a document"),
    "document.withdrawn": _("withdrew a document"),
    "document.offered": _("offered a document again"),
    "local_contact.named": _("named who helps on the spot"),
    "local_contact.removed": _("removed who helps on the spot"),
    "culture.restored": _("took back a value of a country"),
    "wording.added": _("added a rule of wording"),
    "wording.removed": _("removed a rule of wording"),
    "mailbox.added": _("added a mailbox"),
    "mailbox.changed": _("changed a mailbox"),
    "mailbox.removed": _("removed a mailbox"),
    "provider_key.set": _("set the key of a mail provider"),
    "provider_key.removed": _("removed the key of a mail provider"),
    "webhook.gave_up": _("gave up telling a program"),
    "webhook.paused": _("paused a program that failed for three days"),
    "staff.invited": _("invited"),
    "staff.uninvited": _("withdrew an invitation"),
    "staff.joined": _("joined"),
    "staff.role_changed": _("changed a role"),
    "staff.disabled": _("shut an account"),
    "staff.enabled": _("opened an account again"),
    "staff.password_changed": _("changed the password"),
    "staff.signed_in": _("signed in"),
    "staff.factor_added": _("turned on the second step"),
    "staff.factor_removed": _("turned off the second step"),
    "staff.codes_renewed": _("made new recovery codes"),
    "token.issued": _("issued a key"),
    "token.revoked": _("revoked a key"),
    "firm.described": _("changed the firm's details"),
    "sender.changed": _("changed the sender"),
    "message.retried": _("sent a mail on its way once more"),
    "message.held_back": _("held a mail back"),
    "rate.entered": _("entered an exchange rate"),
    "customer.merged": _("merged two customers"),
    "customer.split": _("split two customers again"),
    "export.asked": _("asked for a copy of all data"),
    "export.downloaded": _("downloaded a copy of all data"),
    "letter.submitted": _("submitted a letter"),
    "letter.approved": _("approved a letter"),
    "letter.sent_back": _("sent a letter back"),
    "letter.published": _("published a letter"),
    "letter.policy_changed": _("changed who approves letters"),
    "policy.changed": _("changed the sending limits"),
    "consent.policy_changed": _("changed what the firm says of its sales"),
    "suppression.added": _("put an address on the suppression list"),
    "suppression.lifted": _("took an address off the suppression list"),
    "sending.stopped": _("stopped all sending"),
    "sending.resumed": _("resumed sending"),
    "campaign.scheduled": _("scheduled a campaign"),
    "campaign.approved": _("agreed to a campaign"),
    "campaign.taken_back": _("took a scheduled campaign back"),
    "campaign.paused": _("paused a campaign"),
    "campaign.resumed": _("let a campaign go on"),
    "campaign.stopped": _("stopped a campaign"),
    "campaign.decided": _("decided the test of a campaign"),
    "campaign.safeguards_changed": _("changed who must agree to large sends"),
    "person.exported": _("took out everything about a person"),
    "person.erased": _("erased a person"),
    "retention.changed": _("changed how long something is kept"),
    "record.changed": _("changed the record of processing"),
    "breach.opened": _("wrote down a breach"),
    "breach.changed": _("added to a breach"),
    "breach.closed": _("closed a breach"),
    "assessment.added": _("kept an assessment"),
    "evidence.exported": _("took out the evidence pack"),
    "mail.written": _("wrote a mail to a contact"),
}
FAMILIES = {
    "staff.": _("Staff"),
    "token.": _("Keys"),
    "firm.": _("Firm"),
    "se": _("Sending"),
    "rate.": _("Exchange rates"),
}


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    who: str
    what: str
    on: str
    details: str


@page(right=Right.READ_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    family = request.GET.get("act", "")
    family = family if family in FAMILIES else ""
    entries = Paginator(staff_queries.audit_entries(act=family), PAGE_SIZE).get_page(request.GET.get("page"))
    objects = objects_of(entries)
    context = {
        "entries": entries,
        "lines": [_line(entry, objects) for entry in entries],
        "families": list(FAMILIES.items()),
        "family": family,
    }
    return render(request, "console/staff/_audit.html" if is_part(request) else "console/staff/audit.html", context)


def _line(entry: AuditEntry, objects: Mapping[tuple[str, str], str]) -> Line:
    on = objects.get((entry.object_kind, entry.object_id), "")
    what = str(ACT_NAMES.get(entry.act, entry.act))
    return Line(entry.at, who_words(entry), what, on, detail_words(entry.details))


urlpatterns = [path("audit/", audit, name="audit")]
