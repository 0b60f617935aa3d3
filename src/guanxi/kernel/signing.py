"""Signed, unguessable tokens for links in mails: purpose and payload are bound (RS-19, RP-04, RS-26).

Pure. A token is `base64url(payload).base64url(HMAC-SHA-256, 128 bit)`; the key is derived per purpose, so that a
token made for one purpose is worthless for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

TAG_BYTES = 16


class BadToken(Exception):
    """The token was not made here, or not for this purpose."""


@lru_cache(maxsize=256)
def purpose_key(secret: str, purpose: str) -> bytes:
    """The key of one purpose, derived from the installation's secret (RE-03)."""
    return hmac.digest(secret.encode(), b"guanxi/" + purpose.encode(), "sha256")


def sign(secret: str, purpose: str, payload: str) -> str:
    """A token for `payload`, safe in a URL path."""
    body = payload.encode()
    tag = hmac.digest(purpose_key(secret, purpose), body, "sha256")[:TAG_BYTES]
    return f"{_encode(body)}.{_encode(tag)}"


def unsign(secret: str, purpose: str, token: str) -> str:
    """The payload of `token`; raises BadToken for anything that was not signed for this purpose."""
    head, _, tail = token.partition(".")
    try:
        body, tag = _decode(head), _decode(tail)
        payload = body.decode()
    except (ValueError, UnicodeDecodeError):
        raise BadToken from None
    expected = hmac.digest(purpose_key(secret, purpose), body, "sha256")[:TAG_BYTES]
    if not hmac.compare_digest(tag, expected) or _encode(body) != head or _encode(tag) != tail:
        raise BadToken
    return payload


def blind(secret: str, purpose: str, value: str) -> str:
    """A keyed fingerprint that finds a value again without keeping it (RE-04, RL-10), 128 bit in hex."""
    return hmac.digest(purpose_key(secret, purpose), value.encode(), hashlib.sha256)[:TAG_BYTES].hex()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    if not text.isascii():
        raise ValueError
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
