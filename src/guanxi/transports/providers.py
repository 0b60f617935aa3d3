"""The mail providers a sender may use: where they are reached, what they call a message, what they promise. Pure data.

All of them take finished messages by SMTP, so that what leaves is byte for byte what was signed and hashed. Three also
have an API that says the provider's own id at once (api.py); django-anymail no longer keeps SendGrid's. Sources stand
beside the entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from guanxi.transports.base import NO_PROMISE, Promise, Transport
from guanxi.transports.smtp import Smtp
from guanxi.transports.smtp_url import CONNECTIONS, STARTTLS, OddSmtpUrl, Server

NO_ID = re.compile(r"(?!)")
# Their webhooks tell later what became of a message.
TELLS_LATER = Promise(event_reconcile=True)


@dataclass(frozen=True, slots=True)
class Provider:
    """`hosts` by region, the first is usual. `user` empty: the firm has one; `=secret`: the secret itself.

    `said_id` finds the provider's id in its answer to the final dot. `api_promise` is None where there is no API.
    """

    key: str
    name: str
    hosts: Mapping[str, str]
    port: int = 587
    is_tls: bool = False
    user: str = ""
    said_id: re.Pattern[str] = NO_ID
    promise: Promise = TELLS_LATER
    api_promise: Promise | None = None
    api_fields: tuple[str, ...] = field(default=())


PROVIDERS: dict[str, Provider] = {
    each.key: each
    for each in (
        # https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html
        Provider(
            "ses", "Amazon SES",
            {region: f"email-smtp.{region}.amazonaws.com" for region in (
                "eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-southeast-1", "ap-northeast-1",
            )},
            said_id=re.compile(r"^Ok ([0-9a-z-]{20,})", re.IGNORECASE),
        ),
        # https://postmarkapp.com/developer/user-guide/send-email-with-smtp
        Provider(
            "postmark", "Postmark", {"": "smtp.postmarkapp.com"}, user="=secret", api_promise=TELLS_LATER,
            api_fields=("server_token",),
        ),
        # https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp
        Provider(
            "mailgun", "Mailgun", {"us": "smtp.mailgun.org", "eu": "smtp.eu.mailgun.org"}, api_promise=TELLS_LATER,
            api_fields=("api_key", "sender_domain"),
        ),
        # https://www.twilio.com/docs/sendgrid/for-developers/sending-email/getting-started-smtp
        Provider(
            "sendgrid", "SendGrid", {"": "smtp.sendgrid.net"}, user="apikey",
            said_id=re.compile(r"queued as ([\w.-]+)", re.IGNORECASE),
        ),
        # https://developers.brevo.com/docs/smtp-integration; a repeated key is refused for 15 minutes
        # (https://developers.brevo.com/changelog/email-api-now-supports-idempotency), of which 12 are used.
        Provider(
            "brevo", "Brevo", {"": "smtp-relay.brevo.com"},
            said_id=re.compile(r"queued as (<[^<>\s]+>)", re.IGNORECASE),
            api_promise=Promise(idempotent=True, window=timedelta(minutes=12), event_reconcile=True),
            api_fields=("api_key",),
        ),
        # https://www.alibabacloud.com/help/en/direct-mail/smtp-endpoints
        Provider(
            "directmail", "Alibaba Cloud DirectMail",
            {
                "cn-hangzhou": "smtpdm.aliyun.com", "ap-southeast-1": "smtpdm-ap-southeast-1.aliyun.com",
                "eu-central-1": "smtpdm-eu-central-1.aliyuncs.com", "us-east-1": "smtpdm-us-east-1.aliyuncs.com",
            },
            port=465, is_tls=True, said_id=re.compile(r"envid=([\w-]+)", re.IGNORECASE),
        ),
    )
}  # fmt: skip
SMTP, API = "smtp", "api"
WAYS = (SMTP, *PROVIDERS)


def of(kind: str, *, settings: Mapping[str, Any], secret: str) -> Transport:
    """The transport of a sender; the caller closes it. Raises OddSmtpUrl with a sentence that names the remedy."""
    if kind not in WAYS:
        raise OddSmtpUrl(f"names no way out: {kind!r}; choose one of {', '.join(WAYS)}.")
    if kind != SMTP and settings.get("via") == API:
        from guanxi.transports.api import Api

        return Api(PROVIDERS[kind], settings=settings, secret=secret)
    provider = PROVIDERS.get(kind)
    server = _server(provider, settings, secret)
    found = provider.said_id if provider else NO_ID
    promise = provider.promise if provider else NO_PROMISE
    return Smtp(server, promise=promise, extra_lanes=server.connections, provider_id=lambda said: _first(found, said))


def server_of(kind: str, *, settings: Mapping[str, Any]) -> Server | None:
    """The server a sender's mails go to, for whoever looks at it without the secret; None for an API.

    Raises OddSmtpUrl.
    """
    if kind != SMTP and settings.get("via") == API:
        return None
    provider = PROVIDERS.get(kind)
    has_user = bool(settings.get("user")) or (provider is not None and bool(provider.user))
    return replace(_server(provider, settings, "-" if has_user else ""), password="")


def _server(provider: Provider | None, settings: Mapping[str, Any], secret: str) -> Server:
    region = str(settings.get("region", ""))
    host = str(settings.get("host", "")).strip()
    if not host and provider:
        host = provider.hosts.get(region, "") or next(iter(provider.hosts.values()))
    if not host:
        raise OddSmtpUrl("names no host; write the name of the mail server.")
    user = str(settings.get("user", ""))
    if provider and provider.user:
        user = secret if provider.user == "=secret" else provider.user
    if bool(user) != bool(secret):
        raise OddSmtpUrl("has a user without a password or the reverse; give both or neither.")
    port, connections = settings.get("port"), settings.get("connections", 10)
    if connections not in CONNECTIONS:
        raise OddSmtpUrl(f"has connections={connections!r}; write a number from 1 to 50.")
    starttls = str(settings.get("starttls") or ("always" if provider else "auto"))
    if starttls not in STARTTLS:
        raise OddSmtpUrl(f"has starttls={starttls!r}; write {', '.join(STARTTLS)}.")
    is_tls = bool(settings.get("is_tls", provider.is_tls if provider else False))
    server = Server(
        host=host, port=int(port or (provider.port if provider else 465 if is_tls else 587)), user=user,
        password=secret, is_tls=is_tls, starttls=starttls, connections=connections, name=str(settings.get("name", "")),
    )  # fmt: skip
    if server.user and starttls == "never" and not is_tls and not server.is_local:
        raise OddSmtpUrl("would send the password unencrypted to another machine; insist on encryption.")
    return server


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
