"""Wish: a personal code of an offer for the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from guanxi.journeys.reading import Fields
from guanxi.journeys.steps.base import Frame, OfferWish, Outcome, Situation

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SHORTEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """`offer: existing-customer-coupon` hands the reader a personal code of that offer; the letters after it name it.

    `valid` replaces the time the offer's own codes are good for. The step is looked at once: an offer that is switched
    off, used up or not for this buyer is skipped with its reason, and the journey goes on.
    """

    kind: ClassVar[str] = "offer"

    frame: Frame
    offer_name: str
    valid_for: timedelta | None

    @classmethod
    def read(cls, frame: Frame, fields: Fields) -> Self:
        name = fields.word("offer", NAME, "the name of an offer such as second-order")
        valid_for = fields.span("valid", None)
        if valid_for is not None and valid_for < SHORTEST:
            fields.fail("`valid` is shorter than a day; a code is good for whole days.", "valid")
        return cls(frame, name, valid_for)

    def targets(self) -> tuple[str, ...]:
        return (self.frame.go,)

    def decide(self, situation: Situation) -> Outcome:
        return Outcome("done", go=self.frame.go, wish=OfferWish(self.offer_name, self.valid_for), stops_here=True)
