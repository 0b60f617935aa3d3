"""Seals what must be read again but never lie open in the database (RE-01…RE-03). Pure.

A sealed text is `v1.<kid>.<base64url of nonce, ciphertext and tag>`: AES-256-GCM under the data key `kid`. The key of a
purpose is derived from the data key by HKDF, and the place (`bound_to`: model, field, row) is authenticated with it, so
that a text moved to another row, column or purpose does not open.

Data keys stand wrapped by the master key in a key file: one line each, the last one seals. The line `pepper` is the
root of the fingerprints that outlive a person; it is never renewed, since a fingerprint cannot be made anew.
"""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guanxi.kernel.signing import purpose_key

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
PEPPER = "pepper"
LEAST_MASTER_LENGTH = 32


class BrokenSeal(Exception):
    """This was not sealed here or not for this place: its key is gone, or the row was altered."""


class WrongMasterKey(Exception):
    """The master key does not open the data keys; give the one they were wrapped with."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The opened data keys by their id, the oldest first; the last one seals."""

    keys: dict[str, bytes]
    pepper: str

    @property
    def current(self) -> str:
        return next(reversed(self.keys))

    def seal(self, purpose: str, bound_to: str, text: str) -> str:
        kid, nonce = self.current, os.urandom(NONCE_BYTES)
        box = _box(self.keys[kid], purpose)
        return f"{VERSION}.{kid}.{_encode(nonce + box.encrypt(nonce, text.encode(), bound_to.encode()))}"

    def open(self, purpose: str, bound_to: str, sealed: str) -> str:
        """Raises BrokenSeal."""
        kid = kid_of(sealed)
        key = self.keys.get(kid)
        if key is None:
            raise BrokenSeal
        try:
            raw = _decode(sealed.rpartition(".")[2])
            return _box(key, purpose).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()).decode()
        except (InvalidTag, ValueError):
            raise BrokenSeal from None


def kid_of(sealed: str) -> str:
    """The id of the key that sealed this; empty for anything that is not in this format."""
    version, _, rest = sealed.partition(".")
    kid, dot, _ = rest.partition(".")
    return kid if version == VERSION and dot else ""


# The key file


def new_key_file(master: str, pepper: str) -> str:
    """The content of a key file with one data key. Raises ValueError for a short master key."""
    if len(master) < LEAST_MASTER_LENGTH:
        raise ValueError(f"The master key is shorter than {LEAST_MASTER_LENGTH} characters.")
    return f"{PEPPER} {_wrap(master, PEPPER, pepper.encode())}\n" + new_key_line(master)


def new_key_line(master: str) -> str:
    """A further data key, as a line to put at the end of the key file."""
    key = os.urandom(KEY_BYTES)
    kid = hmac.digest(key, b"guanxi key id", "sha256")[:4].hex()
    return f"{kid} {_wrap(master, kid, key)}\n"


def open_key_file(master: str, text: str) -> Keyring:
    """Raises WrongMasterKey."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if any(len(line) != 2 for line in lines):
        raise WrongMasterKey
    opened = {name: _unwrap(master, name, wrapped) for name, wrapped in lines}
    if PEPPER not in opened or len(opened) < 2:
        raise WrongMasterKey
    pepper = opened.pop(PEPPER).decode()
    return Keyring(opened, pepper)


def rewrap(former: str, master: str, text: str) -> str:
    """The key file under another master key; what was sealed stays as it is. Raises WrongMasterKey."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return "".join(f"{name} {_wrap(master, name, _unwrap(former, name, wrapped))}\n" for name, wrapped in lines)


def _wrap(master: str, name: str, key: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return _encode(nonce + _box(master.encode(), "key file").encrypt(nonce, key, name.encode()))


def _unwrap(master: str, name: str, wrapped: str) -> bytes:
    try:
        raw = _decode(wrapped)
        return _box(master.encode(), "key file").decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError):
        raise WrongMasterKey from None


@lru_cache(maxsize=256)
def _box(key: bytes, purpose: str) -> AESGCM:
    info = f"guanxi/{purpose}".encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    if not text.isascii():
        raise ValueError
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# The form before v1: Fernet under a key of the installation's secret. Opened still, written for nobody new.


def seal(secret: str, purpose: str, text: str) -> str:
    return _fernet(secret, purpose).encrypt(text.encode()).decode("ascii")


def unseal(secret: str, purpose: str, sealed: str) -> str:
    """Raises BrokenSeal."""
    try:
        return _fernet(secret, purpose).decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError):
        raise BrokenSeal from None


def _fernet(secret: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(purpose_key(secret, purpose)))
