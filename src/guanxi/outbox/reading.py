"""The letter that a reader got, for the page behind "view in browser"."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from guanxi.consent import queries as consent_queries
from guanxi.consent.rules import purpose_of
from guanxi.content import queries as content_queries
from guanxi.content.models import Letter
from guanxi.content.render import Rendered
from guanxi.firm import queries as firm_queries
from guanxi.kernel import signing
from guanxi.kernel.signing import BadToken
from guanxi.outbox import facts
from guanxi.outbox.addresses import BROWSER
from guanxi.outbox.letters import UNWRITABLE, render_for
from guanxi.outbox.models import Message
from guanxi.outbox.states import OUT_OF_THE_HOUSE

# A default: afterwards the link says that it does not work any more. Where the message itself goes earlier, by
# retention or erasure, its page goes with it.
SHOWN_FOR = timedelta(days=365)


def letter_as_sent(token: str, *, now: datetime) -> tuple[Message, Rendered] | None:
    """The version that was sent, with the values that were sent; None for a token that opens nothing (any more)."""
    message = _message_of(token)
    if message is None or message.handed_at is None or now - message.handed_at > SHOWN_FOR:
        return None
    letter = letter_sent(message)
    if letter is None:
        return None
    stand = consent_queries.permission_of(message.contact_id, purpose_of(message.kind) or "")
    try:
        rendered = render_for(
            message, letter, firm=firm_queries.the_firm(), sender=message.sender or facts.default_sender(message.kind),
            basis=stand.basis if stand else "",
        )  # fmt: skip
    except UNWRITABLE:
        return None
    return message, rendered


def letter_sent(message: Message) -> Letter | None:
    """The version that left; None for a message that has not left, or whose letter is gone."""
    if message.handed_at is None or message.state not in OUT_OF_THE_HOUSE:
        return None
    return content_queries.letter_sent(
        template_id=message.template_id, language=message.language, version=message.version, at=message.handed_at
    )


def _message_of(token: str) -> Message | None:
    try:
        message_id = int(signing.unsign(settings.SECRET_KEY, BROWSER, token))
    except (BadToken, ValueError):
        return None
    found = Message.objects.select_related("contact__customer", "template", "sender")
    return found.filter(pk=message_id, state__in=OUT_OF_THE_HOUSE).first()
