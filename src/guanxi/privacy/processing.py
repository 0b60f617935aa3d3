"""The record of processing (GDPR 30, RL-12): what processing.yaml says, what the system knows of itself, what the firm
adds; as a document and as a workbook.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import xlsxwriter
import yaml
from django.db import transaction
from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.firm.queries import the_firm
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Sender
from guanxi.privacy import retention
from guanxi.privacy.models import RecordDetails
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.webhooks.models import Endpoint

FILE = Path(__file__).with_name("processing.yaml")
DETAILS = ("controller_contact", "representative", "officer", "hosting", "recipients", "transfers")


@cache
def _written() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def in_words(text: Mapping[str, str], language: str) -> str:
    """The text in a language, else in English."""
    names = {name.lower(): value for name, value in text.items()}
    return names.get(language.lower()) or names["en"]


def record(*, language: str, now: datetime) -> dict[str, Any]:
    """The whole record, in one language."""
    firm, details, days = the_firm(), the_details(), retention.spans()
    with translation.override(language):
        return {
            "as_of": now.isoformat(),
            "controller": {"name": firm.name, "address": firm.postal_address, "website": firm.website,
                           "contact": details.controller_contact, "representative": details.representative,
                           "data_protection_officer": details.officer},
            "activities": [_activity(each, language, days) for each in _written()["activities"]],
            "recipients": recipients() + _lines(details.recipients),
            "transfers": {"countries": countries(), "told": _lines(details.transfers), "hosting": details.hosting},
            "retention": [
                {"what": str(told.rule.holds), "days": told.days, "is_default": told.is_default,
                 "because": told.reason or str(told.rule.why)}
                for told in retention.told()
            ],
            "measures": [in_words(each, language) for each in _written()["measures"]],
        }  # fmt: skip


def laws(language: str) -> list[dict[str, Any]]:
    """What further laws ask to be thought of; data, reviewed by nobody yet (RL-17, RL-18)."""
    return [
        {"country": each["country"], "law": in_words(each["law"], language),
         "notes": [in_words(note, language) for note in each["notes"]], "review_days": each["review_days"]}
        for each in _written()["laws"]
    ]  # fmt: skip


def _activity(written: Mapping[str, Any], language: str, days: Mapping[str, int]) -> dict[str, Any]:
    told = {name: in_words(written[name], language) for name in ("title", "purpose", "basis", "persons", "data")}
    keeps = {str(retention.BY_KEY[key].holds): retention.words_of(days[key]) for key in written["keeps"]}
    return {"key": written["key"], **told, "keeps": keeps}


def recipients() -> list[str]:
    """Whom the system itself hands data to: mail servers of senders, other programs by webhook."""
    hosts = sorted({urlsplit(url).hostname or "" for url in Endpoint.objects.values_list("url", flat=True)} - {""})
    senders = sorted({str(sender.settings.get("host", "")) for sender in Sender.objects.all()} - {""})
    return [*(_("Mail server %s") % host for host in senders), *(_("Other program at %s") % host for host in hosts)]


def countries() -> dict[str, int]:
    """How many contacts are in each country, by the customer's country."""
    rows = Contact.objects.exclude(customer__country="").values_list("customer__country").annotate(count=Count("id"))
    return dict(rows.order_by("customer__country"))


def the_details() -> RecordDetails:
    return RecordDetails.objects.filter(pk=1).first() or RecordDetails(pk=1)


@transaction.atomic
def save_details(*, actor: User, now: datetime, **texts: str) -> RecordDetails:
    """What only the firm knows. Raises staff.actions.NotAllowed."""
    if not actor.may(Right.MANAGE_SETTINGS):
        raise staff_actions.NotAllowed
    details = the_details()
    changed = [name for name in DETAILS if texts.get(name, "").strip() != getattr(details, name)]
    for name in changed:
        setattr(details, name, texts.get(name, "").strip())
    details.changed_by, details.changed_at = actor, now
    details.save()
    staff_actions.append_audit(actor=actor, act="record.changed", now=now, object_kind="record", object_id=1,
                               details={"fields": changed})  # fmt: skip
    return details


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


# As a workbook


def as_workbook(found: Mapping[str, Any]) -> bytes:
    """The record as sheets, whose cells nothing computes (RS-29)."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        heads = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        cells = book.add_format({"text_wrap": True, "valign": "top"})
        for name, rows in _sheets(found):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    sheet.set_column(place, place, 36)
                    sheet.write_string(number, place, str(cell)[:32_767], heads if number == 0 else cells)
    return file.getvalue()


def _sheets(found: Mapping[str, Any]) -> list[tuple[str, list[list[Any]]]]:
    activities = [
        [each["title"], each["purpose"], each["basis"], each["persons"], each["data"],
         "\n".join(f"{what}: {long}" for what, long in each["keeps"].items())]
        for each in found["activities"]
    ]  # fmt: skip
    transfers = found["transfers"]
    abroad = [[country, count] for country, count in transfers["countries"].items()]
    return [
        (_("Controller"), [[_("Field"), _("Value")], *([name, value] for name, value in found["controller"].items())]),
        (_("Activities"), [[_("Activity"), _("Purpose"), _("Basis"), _("Persons"), _("Data"), _("Kept")], *activities]),
        (_("Recipients"), [[_("Recipient")], *([each] for each in found["recipients"])]),
        (_("Transfers"), [[_("Country or note"), _("Contacts")], *abroad, *([each, ""] for each in transfers["told"])]),
        (_("Retention"), [[_("What"), _("Days"), _("Default"), _("Because")],
                          *([each["what"], each["days"], each["is_default"], each["because"]]
                            for each in found["retention"])]),
        (_("Measures"), [[_("Measure")], *([each] for each in found["measures"])]),
    ]  # fmt: skip
