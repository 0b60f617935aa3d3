"""Signed, unguessable tokens for links in mails: purpose and payload are bound (RS-19, RP-04, RS-26).

Pure. A token is `base64url(payload).base64url(HMAC-SHA-256, 128 bit)`; the key is derived per purpose, so that a
token made for one purpose is worthless for another. What has many parts, as a mail has links, has a token for each of
them: their tags come from one keyed hash, and none tells anything of the others.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from typing import Any

TAG_BYTES = 16
# So many parts of one thing have their tags from one hash, as many as two blocks of it hold, each of so many letters.
ROW, PART_TAG = 15, 24
EACH_TAG = re.compile(".{24}").findall
SPONGE_BYTES = 136  # of SHAKE-256
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
    return _raw_token(_halves(secret, purpose), payload.encode()).translate(URL_SAFE, b"=").decode("ascii")


def sign_parts(secret: str, purpose: str, number: int, count: int, *, before: str = "") -> list[str]:
    """A token for each of the first `count` parts of what has this number: `number.part.tag`, behind `before`."""
    start = f"{before}{number}."
    tags = "".join([_row_of_tags(secret, purpose, number, row) for row in range(0, count, ROW)])
    return [f"{start}{part}.{tag}" for part, tag in enumerate(EACH_TAG(tags)[:count])]


def unsign_part(secret: str, purpose: str, token: str) -> tuple[int, int]:
    """Number and part of such a token; raises BadToken for anything that was not signed for this purpose."""
    try:
        number, part = map(int, token.split(".")[:2])
        told = token.encode("ascii")
    except ValueError:
        raise BadToken from None
    at = part % ROW * PART_TAG
    tag = _known_tags(secret, purpose, number, part - part % ROW)[at : at + PART_TAG]
    if not hmac.compare_digest(f"{number}.{part}.{tag}".encode(), told):
        raise BadToken
    return number, part


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
    return tag(secret, purpose, value).hex()


def _raw_token(halves: tuple[Any, Any], body: bytes) -> bytes:
    """With the signs of plain base64."""
    return b2a_base64(body, newline=False) + b"." + b2a_base64(_tag(*halves, body), newline=False)


def tag(secret: str, purpose: str, payload: str) -> bytes:
    """128 bits that nobody else can tell of `payload`."""
    return _tag(*_halves(secret, purpose), payload.encode())


def _row_of_tags(secret: str, purpose: str, number: int, row: int) -> str:
    """The tags of the parts from `row` on, 144 bits each, from one hash that is as long as is asked for."""
    keyed = _keyed(secret, purpose).copy()
    keyed.update(b"%d.%d" % (number, row))
    raw: bytes = keyed.digest(ROW * PART_TAG * 3 // 4)
    return b2a_base64(raw, newline=False).translate(URL_SAFE).decode("ascii")


# Whoever follows one link of a mail often follows others.
_known_tags = lru_cache(maxsize=4096)(_row_of_tags)


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


@lru_cache(maxsize=256)
def _keyed(secret: str, purpose: str) -> Any:
    """A hash of any length that has taken the key, alone in its first block as in KMAC (NIST SP 800-185)."""
    return hashlib.shake_256(purpose_key(secret, f"{purpose}/parts").ljust(SPONGE_BYTES, b"\0"))
