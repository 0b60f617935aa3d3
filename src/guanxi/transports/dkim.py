"""DKIM signatures over our own mails: rsa-sha256, relaxed/relaxed, optionally a second one by Ed25519. Pure.

RFC 6376, RFC 8301, RFC 8463; RP-02, RP-12. `From` is named once more than it stands there, so that nobody can add a
second one; both headers of one-click unsubscription are signed; there is no `l=`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from guanxi.transports.base import Smooth

SIGNED = (
    "from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type", "content-language",
    "list-unsubscribe", "list-unsubscribe-post", "list-id", "auto-submitted",
)  # fmt: skip
LEAST_RSA_BITS = 2048
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACE = re.compile(rb"[ \t]+")
_TAIL = re.compile(rb"[ \t]+(?=\r\n)")


class BadKey(ValueError):
    """The key cannot sign mails; the sentence says why and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs in the name of `domain`; `key` is PEM (PKCS 8), kept with the sender."""

    domain: str
    selector: str
    key: str

    def signature(self, message: bytes, at: datetime) -> bytes:
        """The header `DKIM-Signature` with its line end. Raises BadKey."""
        key = _key(self.key)
        head, _, body = message.partition(b"\r\n\r\n")
        headers = _headers(head)
        names = [name for name in SIGNED if name in headers] + ["from"]
        algorithm = "ed25519-sha256" if isinstance(key, Ed25519PrivateKey) else "rsa-sha256"
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        value = (
            f"v=1; a={algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};\r\n"
            f" t={int(at.timestamp())}; h={':'.join(names[:6])}:\r\n  {':'.join(names[6:])};\r\n"
            f" bh={body_hash};\r\n b="
        )
        signed = b"".join(headers[name] + b"\r\n" for name in names[:-1] if name in headers)
        # The name beyond those that stand there adds nothing to what is signed (RFC 6376 5.4.2).
        signed += relaxed_header(b"DKIM-Signature: " + value.encode())
        if isinstance(key, Ed25519PrivateKey):
            raw = key.sign(hashlib.sha256(signed).digest())  # the digest is what is signed (RFC 8463 3)
        else:
            raw = key.sign(signed, PKCS1v15(), hashes.SHA256())
        return f"DKIM-Signature: {value}{_folded(base64.b64encode(raw).decode())}\r\n".encode()


def sign(message: bytes, *, signers: Sequence[Signer], at: datetime) -> bytes:
    """The message with one signature of each signer before it. Raises BadKey."""
    if not signers:
        return message
    signed = b"".join([*(each.signature(message, at) for each in signers), message])
    return Smooth(signed) if isinstance(message, Smooth) else signed


def relaxed_header(line: bytes) -> bytes:
    """RFC 6376 3.4.2."""
    name, _, value = _FOLD.sub(b"", line).partition(b":")
    return name.strip().lower() + b":" + _SPACE.sub(b" ", value).strip()


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 3.4.4: runs of blanks become one, blanks at line ends and empty lines at the end go."""
    text = _SPACE.sub(b" ", _TAIL.sub(b"", body)).rstrip(b"\r\n")
    text = text.rstrip(b" ") if text.endswith(b" ") else text
    return text + b"\r\n" if text else b""


def new_keys() -> tuple[str, str]:
    """A fresh RSA key of 2048 bits and a fresh Ed25519 key, both PEM."""
    return _pem(generate_private_key(65537, LEAST_RSA_BITS)), _pem(Ed25519PrivateKey.generate())


def check_key(pem: str) -> None:
    """Raises BadKey for what is neither RSA of at least 2048 bits nor Ed25519."""
    _key(pem)


def record_of(pem: str) -> str:
    """The TXT record to publish at `<selector>._domainkey.<domain>`. Raises BadKey."""
    key = _key(pem)
    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


@lru_cache(maxsize=64)
def _key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise BadKey("The DKIM key is no private key in PEM without a password.") from None
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
        raise BadKey(f"The DKIM key has {key.key_size} bits; make one of at least {LEAST_RSA_BITS} (RFC 8301).")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise BadKey("The DKIM key is neither RSA nor Ed25519.")
    return key


def _headers(head: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for line in _FOLD.sub(b"", head).split(b"\r\n"):
        canonical = relaxed_header(line)
        found[canonical.partition(b":")[0].decode("ascii", "replace")] = canonical
    return found


def _folded(text: str) -> str:
    return "\r\n  ".join(text[start : start + 72] for start in range(0, len(text), 72))


def _pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
