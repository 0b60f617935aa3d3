"""Signs what is told, as Standard Webhooks 1.0 describes it (standardwebhooks.com). Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A random secret in the form receivers' libraries take: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def headers_for(*, webhook_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers; with several secrets one signature each, separated by a blank."""
    stamp = str(int(at.timestamp()))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature(key, webhook_id, stamp, body)}" for key in keys),
    }


def signature(key: str, webhook_id: str, stamp: str, body: bytes) -> str:
    """base64(HMAC-SHA256(secret, `id.timestamp.body`)). Raises ValueError for what is no secret."""
    try:
        raw = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A secret is whsec_ and base64.") from None
    signed = webhook_id.encode() + b"." + stamp.encode() + b"." + body
    return base64.b64encode(hmac.digest(raw, signed, "sha256")).decode("ascii")
