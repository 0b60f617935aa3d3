"""Refused rows are mended in place and belong to their run from then on."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from guanxi.intake import actions, mending
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.ledger.models import Customer, Event, Order

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

ORDERS = """Customer ID,Customer Name,Order ID,Order Date,SKU,Quantity,Unit Price,Currency
C1,Elbwerk,1,2026-01-02,A,2,5,USD
C1,Elbwerk,1,2026-01-02,B,some,3,USD
C2,Osaka,2,soon,A,1,5,USD
C3,Nobody,3,later,A,1,5,USD
"""


def mended(answer: dict[str, Any], now: datetime, **cells: dict[str, str]) -> dict[str, int]:
    """Mend the rows of these numbers (`row_3={…}`)."""
    run = ImportRun.objects.get(pk=answer["run"])
    ids = {each.row: each.pk for each in RejectedRow.objects.filter(run=run)}
    changes = {ids[int(name.removeprefix("row_"))]: each for name, each in cells.items()}
    return mending.mend(run=run, cells=changes, now=now)


class TestMend:
    def test_takes_the_row_and_counts_it_in_the_run(self, run: Run, now: datetime) -> None:
        answer = run(ORDERS)
        assert (answer["accepted"], answer["rejected"], answer["orders_created"]) == (1, 3, 1)

        told = mended(answer, now, row_4={"Order Date": "2026-01-05"}, row_5={"Order Date": "never"})

        assert told == {"mended": 1, "still_refused": 1}
        result = ImportRun.objects.get().result
        assert (result["accepted"], result["rejected"], result["orders_created"], result["mended"]) == (2, 2, 2, 1)
        assert result["customers_created"] == 2
        assert Order.objects.get(number="2").customer.name == "Osaka"
        states = dict(RejectedRow.objects.values_list("row", "state"))
        assert states == {3: "open", 4: "mended", 5: "open"}
        assert RejectedRow.objects.get(row=5).reason == "'never' is no date; write it like 2024-05-31"
        assert RejectedRow.objects.get(row=5).content["Order Date"] == "never"

    def test_adds_a_line_to_the_order_it_belongs_to(self, run: Run, now: datetime) -> None:
        answer = run(ORDERS)

        mended(answer, now, row_3={"Quantity": "4"})

        order = Order.objects.get(number="1")
        assert (order.amount, order.amount_reporting) == (Decimal(22), Decimal(22))
        assert list(order.lines.order_by("position").values_list("product_code", flat=True)) == ["A", "B"]

    def test_gives_the_amount_of_the_whole_order_its_lines_back(self, run: Run, now: datetime) -> None:
        text = ORDERS.replace("Currency", "Order Total").replace("USD", "22")
        answer = run(text)
        assert Order.objects.get().lines.count() == 2  # the difference is a line of its own

        mended(answer, now, row_3={"Quantity": "4"})

        order = Order.objects.get(number="1")
        assert (order.amount, order.lines.count()) == (Decimal(22), 2)
        assert set(order.lines.values_list("product_code", flat=True)) == {"A", "B"}

    def test_finds_buyer_and_day_of_a_shop_order_by_its_number(self, run: Run, now: datetime) -> None:
        answer = run(
            "Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,"
            "Lineitem price,Billing Name,Billing Company,Shipping Country,Refunded Amount\n"
            "#1,lena@elbwerk.example,paid,EUR,25,30,2026-01-02 10:00:00 +0100,2,Cup,10,Lena Vogt,Elbwerk GmbH,DE,\n"
            "#1,,,,,,,one,Plate,5,,,,\n"
        )
        assert answer["rejected"] == 1

        assert mended(answer, now, row_3={"Lineitem quantity": "1"}) == {"mended": 1, "still_refused": 0}
        order = Order.objects.get()
        assert (order.amount, set(order.lines.values_list("product_name", flat=True))) == (
            Decimal(25),
            {"Cup", "Plate"},
        )

    def test_is_taken_back_with_its_run(self, run: Run, now: datetime) -> None:
        answer = run(ORDERS)
        mended(answer, now, row_3={"Quantity": "4"}, row_4={"Order Date": "2026-01-05"})

        actions.undo(run=ImportRun.objects.get(), now=now)

        assert not Order.objects.exists()
        assert not Customer.objects.exists()
        assert not RejectedRow.objects.exists()

    def test_starts_no_journey_from_history(self, run: Run, now: datetime) -> None:
        """RD-13."""
        answer = run(ORDERS)

        mended(answer, now, row_3={"Quantity": "4"}, row_4={"Order Date": "2026-01-05"})
        actions.undo(run=ImportRun.objects.get(), now=now)

        assert not Event.objects.filter(is_unread=True).exists()

    def test_happens_once(self, run: Run, now: datetime) -> None:
        answer = run(ORDERS)
        mended(answer, now, row_3={"Quantity": "4"})

        assert mended(answer, now, row_3={"Quantity": "4"}) == {"mended": 0, "still_refused": 0}
        assert Order.objects.get().lines.count() == 2

    def test_is_for_imports_that_are_done(self, run: Run, now: datetime) -> None:
        answer = run(ORDERS)
        ImportRun.objects.update(state="failed")

        with pytest.raises(mending.NotToBeMended):
            mended(answer, now, row_3={"Quantity": "4"})


class TestSkip:
    def test_leaves_rows_out_for_good(self, run: Run, now: datetime) -> None:
        answer = run(ORDERS)
        record = ImportRun.objects.get(pk=answer["run"])
        ids = list(RejectedRow.objects.values_list("pk", flat=True))

        assert mending.skip(run=record, ids=ids[:2]) == 2
        assert RejectedRow.objects.filter(state="open").count() == 1
