"""Messages with their readers, from one query for a whole batch.

An instance holds the columns that gates, letters and records ask for; any other is fetched when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from guanxi.content.models import Template
from guanxi.kernel.fetching import fetched
from guanxi.kernel.instances import made
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox import elsewhere
from guanxi.outbox.models import Message

OF_MESSAGE = (
    "id", "contact_id", "customer_id", "template_id", "sender_id", "kind", "domain", "origin_kind", "origin_id",
    "chosen_by_profile", "values", "state", "due_at", "expires_at", "claimed_by", "epoch", "attempts", "rfc_message_id",
    "provider_id", "handed_at", "accepted_at", "last_reply", "priority",
)  # fmt: skip
OF_CONTACT = (
    "id", "customer_id", "given_name", "family_name", "full_name", "honorific", "position", "gender", "email",
    "email_key", "phone", "language", "country", "city", "time_zone", "keeps_ramadan_hold", "updated_at",
)  # fmt: skip
OF_CUSTOMER = ("id", "name", "kind", "country", "region", "city", "trade", "owner_id", "updated_at")
COLUMNS = (
    *(name if name != "values" else "told" for name in OF_MESSAGE),
    *(f"contact__{name}" for name in OF_CONTACT),
    *(f"contact__customer__{name}" for name in OF_CUSTOMER),
)
AT_VALUES = OF_MESSAGE.index("values")
TO_CONTACT, TO_CUSTOMER = len(OF_MESSAGE), len(OF_MESSAGE) + len(OF_CONTACT)


def loaded(messages: QuerySet[Message]) -> list[Message]:
    """These messages, each with contact, customer and template.

    Messages that tell the same hold the same `values`, which nobody changes.
    """
    rows = fetched(messages.annotate(told=Cast("values", TextField())), COLUMNS)
    templates = Template.objects.in_bulk({row[3] for row in rows}) if rows else {}
    return [_message(row, templates) for row in rows]


def _message(row: Sequence[Any], templates: Mapping[int, Template]) -> Message:
    customer = made(Customer, OF_CUSTOMER, row[TO_CUSTOMER:])
    contact = made(Contact, OF_CONTACT, row[TO_CONTACT:TO_CUSTOMER], customer=customer)
    own = list(row[:TO_CONTACT])
    own[AT_VALUES] = values = _parsed(own[AT_VALUES])
    if elsewhere.GROUP in values:
        elsewhere.readdress(contact, values)
    return made(Message, OF_MESSAGE, own, contact=contact, template=templates[row[3]])


@lru_cache(maxsize=256)
def _parsed(text: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text)
    return values
