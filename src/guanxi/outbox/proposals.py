"""What somebody wants said: one mail for one occasion, before it is a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanxi.ledger.models import Contact

# Floats are left out: amounts travel as text, and a letter takes none (content.placeholders.check_plain).
PLAIN = (str, int, type(None))


class NotPlain(TypeError):
    """A value of a message is not plain JSON; hand over texts, numbers, lists and dictionaries."""

    def __init__(self, path: str, value: object) -> None:
        super().__init__(f"{path} is a {type(value).__name__}; only plain values can be kept in a message.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The arguments of actions.propose, but for `now`; the same `idempotency_key` is the same occasion (RD-01).

    `priority` says who goes first under the cap, the smaller one (CN-19); None is what outbox.places gives the origin.
    """

    contact: Contact
    template_key: str
    values: Mapping[str, Any]
    origin_kind: str
    origin_id: str
    idempotency_key: str
    not_before: datetime
    expires_at: datetime
    sender_id: int | None = None
    chosen_by_profile: bool = False
    priority: int | None = None


def check_plain(value: object, path: str = "values") -> None:
    """Raises NotPlain for anything that is no text, whole number, list or dictionary."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                raise NotPlain(f"A key of {path}", key)
            check_plain(each, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            check_plain(each, f"{path}[{number}]")
    elif not isinstance(value, PLAIN):
        raise NotPlain(path, value)
