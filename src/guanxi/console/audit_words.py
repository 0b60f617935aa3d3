"""What the audit trail keeps as codes, in the reader's language: accounts, keys and the details of an act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guanxi.console.firm_forms import FirmForm, PolicyForm
from guanxi.console.phrases import labelled, listed
from guanxi.console.role_names import ROLE_NAMES
from guanxi.staff.models import ApiToken, AuditEntry, User

Words = str | Promise

DETAIL_NAMES: dict[str, Words] = {
    "address": gettext_lazy("E-mail address"),
    "currency": gettext_lazy("Currency"),
    "email": gettext_lazy("E-mail address"),
    "fields": gettext_lazy("Changed"),
    "from": gettext_lazy("before"),
    "kind": gettext_lazy("Kind"),
    "name": gettext_lazy("Name"),
    "on": pgettext_lazy("day", "From"),
    "reason": gettext_lazy("Reason"),
    "role": gettext_lazy("Role"),
    "to": gettext_lazy("afterwards"),
    "value": gettext_lazy("One unit is worth"),
    **{name: field.label or name for name, field in PolicyForm.base_fields.items()},
}
KEY_KINDS: dict[str, Words] = {"api": gettext_lazy("API token"), "write": gettext_lazy("Write key")}
VALUES: dict[str, Mapping[str, Words]] = {"role": ROLE_NAMES, "from": ROLE_NAMES, "to": ROLE_NAMES, "kind": KEY_KINDS}


def who_words(entry: AuditEntry) -> str:
    return _("the installation") if entry.actor_label == "installation" else entry.actor_label


def detail_words(details: Mapping[str, Any]) -> str:
    """`Role: Owner, E-mail address: chen@firm.example`; unknown names and values stay as they are."""
    told = ((name, _value(name, value)) for name, value in sorted(details.items()) if value not in ("", None))
    return listed(labelled(DETAIL_NAMES.get(name, name), value) for name, value in told)


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return listed(_field_label(each) for each in value)
    return str(VALUES.get(name, {}).get(str(value), value))


def _field_label(name: object) -> Words:
    field = FirmForm.base_fields.get(str(name))
    return (field.label if field else None) or str(name)


def objects_of(entries: Iterable[AuditEntry]) -> dict[tuple[str, str], str]:
    """The accounts and keys that entries are about, in words, by (kind, id); two queries for all of them."""
    asked = {(each.object_kind, each.object_id) for each in entries if each.object_kind}
    emails, names = _named("user", asked, User.objects.all()), _named("token", asked, ApiToken.objects.all())
    words = {key: " ".join(key).strip() for key in asked}
    words |= {
        key: emails.get(key[1]) or _("account %(number)s") % {"number": key[1]} for key in asked if key[0] == "user"
    }
    words |= {key: names.get(key[1]) or _("key %(number)s") % {"number": key[1]} for key in asked if key[0] == "token"}
    return words


def _named(kind: str, asked: Iterable[tuple[str, str]], rows: QuerySet[Any, Model]) -> dict[str, str]:
    ids = [int(number) for each, number in asked if each == kind and number.isdigit()]
    label = "email" if kind == "user" else "name"
    return {str(pk): name for pk, name in rows.filter(pk__in=ids).values_list("pk", label)} if ids else {}
