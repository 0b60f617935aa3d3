from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from guanxi.supply.quotations import BadQuotation, Item, Part, check_item, text_of, total_of

BRACKET = Item("Bracket R7", D(500), D("4.20"), [Part("material", D("2.10")), Part("processing", D("2.10"))])


class TestItems:
    """P-11: the parts of a custom price add up to it."""

    def test_that_add_up_are_fine(self) -> None:
        check_item(BRACKET, "USD")

    @pytest.mark.parametrize(
        "item",
        [
            Item("Bracket", D(1), D("4.20"), [Part("material", D("4.10"))]),
            Item("Bracket", D(0), D("4.20")),
            Item("Bracket", D(1), D(0)),
        ],
        ids=["too little", "no quantity", "no price"],
    )
    def test_that_do_not_are_refused(self, item: Item) -> None:
        with pytest.raises(BadQuotation, match="Bracket"):
            check_item(item, "USD")

    def test_are_summed_in_the_digits_of_the_currency(self) -> None:
        assert total_of([Item("Pin", D(3), D("33.3"))], "JPY") == 100


class TestText:
    def test_has_the_fixed_form_with_every_part(self) -> None:
        """T-52: class C gets a quotation in a fixed form."""
        words = text_of(
            number="Q-7", customer="Alsterkontor", currency="USD", items=[BRACKET], valid_until=date(2026, 6, 30)
        )

        assert words == (
            "Quotation Q-7\nFor Alsterkontor\nValid until 2026-06-30\n\n"
            "1. Bracket R7: 500 × USD 4.20 = 2,100.00\n     material: USD 2.10\n     processing: USD 2.10\n\n"
            "Total: USD 2,100.00"
        )
