"""Seals what must be read again but never lie open in the database: secrets of webhooks (RE-01). Pure.

The key is derived from the installation's secret and the purpose, so that what was sealed for one purpose does not
open for another.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken

from guanxi.kernel.signing import purpose_key


class BrokenSeal(Exception):
    """This was not sealed here: the installation's secret has changed, or the row was altered."""


def seal(secret: str, purpose: str, text: str) -> str:
    return _box(secret, purpose).encrypt(text.encode()).decode("ascii")


def unseal(secret: str, purpose: str, sealed: str) -> str:
    """Raises BrokenSeal."""
    try:
        return _box(secret, purpose).decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError):
        raise BrokenSeal from None


def _box(secret: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(purpose_key(secret, purpose)))
