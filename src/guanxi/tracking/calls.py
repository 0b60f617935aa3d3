"""What a website, a shop or a program tells us, in one shape whatever it was told in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call, complete. `visitor_keys` name the sender: his own user id first, then the anonymous one."""

    type: str
    name: str
    message_id: str | None
    occurred_at: datetime
    visitor_keys: tuple[str, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    historical: bool = False
    group_id: str = ""
    other_names: tuple[str, ...] = ()
    link: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose key it came with. A public key stands in a web page, where everybody can read it: it tells of visits, but
    writes no order, shipment, payment or permission.
    """

    source: str
    name: str
    is_public: bool = False


@dataclass(slots=True)
class Taken:
    """What became of a call: whether it was new, and what was odd about it."""

    recorded: int = 0
    warnings: list[str] = field(default_factory=list)
