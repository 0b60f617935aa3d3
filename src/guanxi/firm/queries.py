"""What the rooms ask about the firm."""

from __future__ import annotations

from django.db.models import QuerySet

from guanxi.firm.models import Firm, HouseRule
from guanxi.kernel.questions import Search


@Search
def _firms() -> QuerySet[Firm]:
    return Firm.objects.filter(id=1)


def the_firm() -> Firm:
    """The firm's row, or an unsaved one with the defaults when nothing is set up yet."""
    return next(iter(_firms()), Firm(id=1))


def house_rules() -> list[HouseRule]:
    """The firm's own rules of wording, oldest first."""
    return list(HouseRule.objects.order_by("id"))
