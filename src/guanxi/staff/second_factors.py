"""Second factors of staff lie sealed in allauth's table, with a data key of their own purpose (RE-01, RE-06)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from guanxi.kernel import keys, sealing

PURPOSE = "second factor"


def seal(text: str) -> str:
    return keys.ring().seal(PURPOSE, "", text)


def unseal(sealed: str) -> str:
    """Also what was sealed before v1. Raises sealing.BrokenSeal."""
    if sealing.kid_of(sealed):
        return keys.ring().open(PURPOSE, "", sealed)
    return sealing.unseal(settings.SECRET_KEY, PURPOSE, sealed)


def reseal() -> int:
    """Seal anew what an older key holds, or the form before keys; returns how many rows changed."""
    count = 0
    for row in Authenticator.objects.order_by("pk"):
        changed = {name: _anew(value) for name, value in row.data.items()}
        if changed != row.data:
            count += Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=changed)
    return count


def held_by(kid: str) -> int:
    """How many texts this key holds."""
    return sum(sealing.kid_of(text) == kid for row in Authenticator.objects.all() for text in _texts(row.data))


def _anew(value: Any) -> Any:
    if isinstance(value, list):
        return [_anew(each) for each in value]
    if not isinstance(value, str) or sealing.kid_of(value) == keys.ring().current:
        return value
    try:
        return seal(unseal(value))
    except sealing.BrokenSeal:
        return value


def _texts(data: Any) -> Iterator[str]:
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for value in values:
        if isinstance(value, str):
            yield value
        else:
            yield from _texts(value)
