"""Providers reached by their API through django-anymail, one request a message, under our own state machine.

The finished mail is taken apart again, since these APIs want its parts; headers, both unsubscribe headers among them,
go along. What a request without an answer means is said here: before it left, put off; after, unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import import_module
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from guanxi.transports.base import (
    ACCEPTED,
    BLOCKED,
    DEFERRED,
    FAILED,
    RATE_LIMITED,
    UNCERTAIN,
    Envelope,
    Promise,
    Receipt,
)
from guanxi.transports.classes import NOBODY
from guanxi.transports.providers import Provider
from guanxi.transports.smtp_url import OddSmtpUrl

LANES = 4
TIMEOUT_SECONDS = 30
# Headers that an API sets by itself from the parts it is given.
ITS_OWN = frozenset({
    "from", "to", "reply-to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding",
    "dkim-signature",
})  # fmt: skip
SAID_BEFORE = "duplicate_parameter"  # Brevo knows this key: the message was taken already


class Api:
    """A transport by one provider's API."""

    lanes = LANES

    def __init__(self, provider: Provider, *, settings: Mapping[str, Any], secret: str) -> None:
        """Raises OddSmtpUrl for a provider without an API, or without the secret."""
        if provider.api_promise is None:
            raise OddSmtpUrl(f"{provider.name} is reached by SMTP only; choose SMTP.")
        if not secret:
            raise OddSmtpUrl(f"has no key of {provider.name}; give its API key.")
        self.provider, self.promise = provider, provider.api_promise
        options: dict[str, Any] = dict.fromkeys(provider.api_fields[:1], secret)
        options |= {name: str(settings.get(name, "")) for name in provider.api_fields[1:]}
        if url := str(settings.get("api_url", "")):
            options["api_url"] = url
        module = import_module(f"anymail.backends.{provider.key}")
        self._backend: Callable[[], Any] = lambda: module.EmailBackend(timeout=TIMEOUT_SECONDS, **options)
        self._lanes = ThreadPoolExecutor(max_workers=LANES, thread_name_prefix=provider.key)

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        return list(self._lanes.map(self._carry_one, envelopes))

    def close(self) -> None:
        self._lanes.shutdown()

    def _carry_one(self, envelope: Envelope) -> Receipt:
        from anymail import exceptions
        from requests import exceptions as wire

        message = self._message(envelope)
        try:
            self._backend().send_messages([message])
        except exceptions.AnymailRequestsAPIError as error:
            if isinstance(error.__cause__, wire.ConnectTimeout | wire.ConnectionError) and _never_left(error.__cause__):
                return Receipt(DEFERRED, "connect", text="Nobody answers.", reason="unavailable")
            if error.response is None:
                return Receipt(UNCERTAIN, "dot", text=type(error.__cause__ or error).__name__, reason="lost")
            return self._refusal(error.response.status_code, str(error.response.text)[:400])
        except exceptions.AnymailRecipientsRefused:
            return Receipt(FAILED, "rcpt", text="The provider takes nothing for this recipient.", reason="policy")
        except exceptions.AnymailError as error:
            return Receipt(FAILED, "data", text=str(error)[:300], reason="protocol")
        status = message.anymail_status
        return Receipt(ACCEPTED, "done", 250, text=str(status.status or ""), provider_id=str(status.message_id or ""))

    def _refusal(self, code: int, text: str) -> Receipt:
        if self.promise.idempotent and SAID_BEFORE in text:
            return Receipt(ACCEPTED, "done", code, text="Taken before under the same key.")
        if code == 429:
            return Receipt(RATE_LIMITED, "mail", code, text=text, reason="rate", slows="stream")
        if code in (401, 403):
            return Receipt(BLOCKED, "auth", code, text=text, reason="authentication")
        if code in (502, 504):
            # A gateway answers for somebody who may have taken it.
            return Receipt(UNCERTAIN, "dot", code, text=text, reason="lost")
        if code >= 500:
            return Receipt(DEFERRED, "data", code, text=text, reason="temporary")
        reason = "no_such_mailbox" if NOBODY.search(text) else "policy"
        return Receipt(FAILED, "rcpt", code, text=text, reason=reason)

    def _message(self, envelope: Envelope) -> Any:
        from django.core.mail import EmailMultiAlternatives

        mail = message_from_bytes(envelope.message, policy=policy.default)
        headers = {name: str(value) for name, value in mail.items() if name.lower() not in ITS_OWN}
        if self.promise.idempotent:
            headers["idempotencyKey"] = str(uuid5(NAMESPACE_URL, envelope.message_id))
        message = EmailMultiAlternatives(
            subject=str(mail["subject"] or ""), body=_part(mail, "plain"), from_email=str(mail["from"]),
            to=[str(mail["to"])], reply_to=[str(mail["reply-to"])] if mail["reply-to"] else None, headers=headers,
        )  # fmt: skip
        if html := _part(mail, "html"):
            message.attach_alternative(html, "text/html")
        return message


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _never_left(error: BaseException) -> bool:
    """Whether no connection came about, so that the provider cannot have heard anything."""
    from requests import exceptions as wire
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    reason = error.args[0] if error.args else None
    if isinstance(error, wire.ConnectTimeout):
        return True
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)


def declared(provider: Provider, via_api: bool) -> Promise:
    """What the provider promises on that way (RD-10)."""
    return (provider.api_promise or provider.promise) if via_api else provider.promise
