"""A firm that is ready to send, its letters, and a transport that answers as told. Also used outside pytest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from guanxi.content.models import Letter, Template
from guanxi.firm import actions as firm_actions
from guanxi.outbox import actions
from guanxi.transports.base import ACCEPTED, Envelope, Receipt

ORDER = {
    "number": "PO-2026-0417",
    "stage": "in_production",
    "amount": "18640.00",
    "currency": "USD",
    "progress_url": "https://www.ningbo-firm.example/orders/4711",
}
COUPON = {"code": "BACK-7KQ2", "percent": 5, "valid_until": "2026-07-05"}
VALUES = {
    "order": ORDER,
    "coupon": COUPON,
    "survey": {"url": "https://www.ningbo-firm.example/survey"},
}
KINDS = {
    "j-04.1": "transactional", "j-04.2": "transactional", "j-04.3": "transactional",
    "j-17.1": "marketing", "j-17.2": "marketing", "j-17.3": "marketing", "j-20.1": "service",
}  # fmt: skip
SUBJECTS = {
    "de": "Ihr Auftrag {{ order.number }}",
    "ja": "ご注文 {{ order.number }}",
    "en": "Your order {{ order.number }}",
}
_LINKS = (
    '<a href="{{ order.progress_url }}">progress</a> <a href="{{ firm.website }}">home</a>'
    ' <a href="{{ links.preferences }}">choose</a>'
)
_STOP = '<a href="{{ links.unsubscribe }}">stop</a>'
HTML = {
    False: f"<html><body><p>{{{{ reader.greeting }}}}</p>{_LINKS}</body></html>",
    True: f"<html><body><p>{{{{ reader.greeting }}}}</p>{_LINKS} {_STOP}</body></html>",
}
TEXT = """{{ reader.greeting }}

{{ order.number }} {{ order.progress_url }}

{{ reader.closing }}
{{ sender.name }}, {{ firm.name }}
{{ firm.postal_address }}
"""


class Answering:
    """A transport that keeps what it is given and answers with the next of `outcomes`, the last for ever."""

    lanes = 20

    def __init__(self, outcomes: Iterable[Receipt | str] = (ACCEPTED,)) -> None:
        self.outcomes = list(outcomes)
        self.carried: list[Envelope] = []

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        receipts = []
        for envelope in envelopes:
            self.carried.append(envelope)
            answer = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
            receipts.append(answer if isinstance(answer, Receipt) else Receipt(answer, "done", 250, "2.0.0", "Ok"))
        return receipts

    def close(self) -> None:
        return None


def set_up_firm(now: datetime) -> None:
    firm_actions.describe_firm(
        changes={
            "name": "Ningbo Firm Co., Ltd.",
            "postal_address": "88 Mingzhou Road\nNingbo 315800\nChina",
            "website": "https://www.ningbo-firm.example/",
        }
    )
    actions.set_sender(name="Ada Lin", address="sales@ningbo-firm.example", reply_to="ada@ningbo-firm.example")
    for key, kind in KINDS.items():
        template = Template.objects.create(key=key, title=key, kind=kind, created_at=now)
        for language, subject in SUBJECTS.items():
            Letter.objects.create(
                template=template, language=language, subject=subject, mjml="", published_at=now,
                html=HTML[kind == "marketing"], text=TEXT,
            )  # fmt: skip


def send(at: datetime, transport: Any, **changes: Any) -> int:
    """Judge and send what is due at a standing clock."""
    actions.judge_due(now=at)
    return actions.send_due(clock=lambda: at, worker="test", transport=transport, **changes)
