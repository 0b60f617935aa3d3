"""Signed, unguessable tokens for links in mails: purpose and payload are bound (RS-19, RP-04, RS-26).

Pure. A token is `base64url(payload).base64url(HMAC-SHA-256, 128 bit)`; the key is derived per purpose, so that a
token made for one purpose is worthless for another.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

TAG_BYTES = 16
BLOCK_BYTES = 64  # of SHA-256
URL_SAFE, STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


class BadToken(Exception):
    """The token was not made here, or not for this purpose."""


@lru_cache(maxsize=256)
def purpose_key(secret: str, purpose: str) -> bytes:
    """The key of one purpose, derived from the installation's secret (RE-03)."""
    return hmac.digest(secret.encode(), b"guanxi/" + purpose.encode(), "sha256")


def sign(secret: str, purpose: str, payload: str) -> str:
    """A token for `payload`, safe in a URL path."""
    return sign_all(secret, purpose, [payload])[0]


def sign_all(secret: str, purpose: str, payloads: Iterable[str]) -> list[str]:
    """A token for each payload."""
    start, end = _halves(secret, purpose)
    tokens: list[bytes] = []
    # As _raw_token, which would be called for every link of every mail.
    for payload in payloads:
        body, inner, outer = payload.encode(), start.copy(), end.copy()
        inner.update(body)
        outer.update(inner.digest())
        tokens += (b2a_base64(body, newline=False), b".", b2a_base64(outer.digest()[:TAG_BYTES], newline=True))
    # All of them become safe for a URL in one go.
    return b"".join(tokens).translate(URL_SAFE, b"=").decode("ascii").split()


def unsign(secret: str, purpose: str, token: str) -> str:
    """The payload of `token`; raises BadToken for anything that was not signed for this purpose."""
    try:
        told = token.encode("ascii")
        # More of the filling is there than is needed, which is passed over.
        body = a2b_base64(told.partition(b".")[0].translate(STANDARD) + b"==")
        payload = body.decode()
    except ValueError:
        raise BadToken from None
    # Made anew and compared whole: one payload has one spelling.
    made = _raw_token(_halves(secret, purpose), body).translate(URL_SAFE, b"=")
    if not hmac.compare_digest(made, told):
        raise BadToken
    return payload


def blind(secret: str, purpose: str, value: str) -> str:
    """A keyed fingerprint that finds a value again without keeping it (RE-04, RL-10), 128 bit in hex."""
    return _tag(*_halves(secret, purpose), value.encode()).hex()


def _raw_token(halves: tuple[Any, Any], body: bytes) -> bytes:
    """With the signs of plain base64."""
    return b2a_base64(body, newline=False) + b"." + b2a_base64(_tag(*halves, body), newline=False)


def _tag(keyed_inner: Any, keyed_outer: Any, body: bytes) -> bytes:
    """128 bits of the HMAC."""
    inner, outer = keyed_inner.copy(), keyed_outer.copy()
    inner.update(body)
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest[:TAG_BYTES]


@lru_cache(maxsize=256)
def _halves(secret: str, purpose: str) -> tuple[Any, Any]:
    """Both hashes of RFC 2104 with the key already in them: hmac.digest takes more than twice as long."""
    key = purpose_key(secret, purpose).ljust(BLOCK_BYTES, b"\0")
    return tuple(hashlib.sha256(bytes(octet ^ pad for octet in key)) for pad in (0x36, 0x5C))  # type: ignore[return-value]
