"""The providers whose reports are understood; one line each."""

from __future__ import annotations

from typing import cast

from guanxi.inbox.providers import brevo, directmail, mailgun, postmark, sendgrid, ses
from guanxi.inbox.providers.base import Provider

PROVIDERS: dict[str, Provider] = {
    name: cast(Provider, module)
    for name, module in {
        "ses": ses, "postmark": postmark, "mailgun": mailgun, "sendgrid": sendgrid, "brevo": brevo,
        "directmail": directmail,
    }.items()
}  # fmt: skip
