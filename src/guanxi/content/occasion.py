"""What the letters of one mailing have in common, written into them once for all their readers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

Made = TypeVar("Made")


class Occasion:
    """Values that many readers share, by group, such as the offer of a campaign or the words of the firm.

    A reader's own groups are not among them. What is made of these values alone is kept under a name for as long as
    the occasion is.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self._made: dict[Hashable, Any] = {}

    def knows(self, group: str) -> bool:
        return group in self.values

    def once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` answered the first time it was asked under this name."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made
