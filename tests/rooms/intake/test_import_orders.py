"""Orders of files become orders of the ledger."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from guanxi.firm import actions as firm_actions
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.ledger.models import Contact, Customer, Event, ExchangeRate, Identity, Order, OrderLine

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

ORDERS = """Customer ID,Customer Name,Country,E-mail,Order ID,Order Date,Status,SKU,Product,Quantity,Unit Price,Currency
C1,Elbwerk GmbH,Germany,Lena@Elbwerk.example,1,2026-03-01 23:30,shipped,A,Cup,2,3.50,EUR
C1,Elbwerk GmbH,Germany,Lena@Elbwerk.example,1,2026-03-01 23:30,shipped,B,Plate,1,10,EUR
C2,大阪商事,日本,,2,2026-03-02,completed,A,Cup,100,350,JPY
C2,大阪商事,日本,,3,2026-03-03,completed,A,Cup,-10,350,JPY
,,,,4,2026-03-03,completed,A,Cup,1,1,EUR
C3,Nobody,Atlantis,,5,someday,completed,A,Cup,1,1,EUR
"""
COUNTS = (
    "rows",
    "accepted",
    "rejected",
    "updated",
    "conflicts",
    "customers_created",
    "contacts_created",
    "orders_created",
)


def counts(answer: dict[str, Any]) -> tuple[int, ...]:
    return tuple(answer[name] for name in COUNTS)


class TestAnswer:
    def test_has_the_promised_shape(self, run: Run) -> None:
        answer = run(ORDERS)

        assert list(answer) == ["run", "kind", *COUNTS, "rejects", "notes", "rejects_file"]
        assert answer["kind"] == "orders"
        assert counts(answer) == (6, 4, 2, 0, 0, 2, 1, 3)
        assert answer["rejects"] == [
            {"row": 6, "field": "Customer ID", "reason": "no customer number, name or e-mail"},
            {"row": 7, "field": "Order Date", "reason": "'someday' is no date; write it like 2024-05-31"},
        ]

    def test_is_kept_with_the_run(self, run: Run) -> None:
        answer = run(ORDERS)

        kept = ImportRun.objects.get()
        assert (kept.state, kept.kind, kept.source, kept.result) == ("done", "orders", "file", answer)

    def test_names_a_file_with_all_rejects(self, run: Run) -> None:
        answer = run(ORDERS)

        lines = Path(answer["rejects_file"]).read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].startswith("row,field,reason,Customer ID,Customer Name")
        assert lines[2].startswith("7,Order Date,'someday' is no date; write it like 2024-05-31,C3,Nobody,Atlantis")
        assert [(each.row, each.content["Order ID"]) for each in RejectedRow.objects.order_by("row")] == [
            (6, "4"), (7, "5"),
        ]  # fmt: skip

    def test_shows_fifty_rejects_at_most(self, run: Run) -> None:
        answer = run("Customer,Date,Amount\n" + "A,soon,1\n" * 80 + "A,2026-01-01,1\n")

        assert (answer["rejected"], len(answer["rejects"])) == (80, 50)
        assert len(Path(answer["rejects_file"]).read_text(encoding="utf-8").splitlines()) == 81


class TestOrders:
    def test_have_lines_money_and_a_wall_clock_of_the_firm(self, run: Run) -> None:
        run(ORDERS)

        order = Order.objects.get(number="1")
        assert (order.amount, order.currency, order.kind, order.stage) == (Decimal(17), "EUR", "order", "shipped")
        assert order.placed_at == datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
        assert list(order.lines.order_by("position").values_list("position", "product_code", "quantity", "amount")) == [
            (1, "A", Decimal(2), Decimal(7)), (2, "B", Decimal(1), Decimal(10)),
        ]  # fmt: skip

    def test_belong_to_customers_with_a_country(self, run: Run) -> None:
        run(ORDERS)

        assert list(Customer.objects.order_by("name").values_list("name", "country", "country_as_given", "source")) == [
            ("Elbwerk GmbH", "DE", "Germany", "file"), ("大阪商事", "JP", "日本", "file"),
        ]  # fmt: skip
        assert Identity.objects.get(value="C1").customer.name == "Elbwerk GmbH"

    def test_name_their_contact(self, run: Run) -> None:
        run(ORDERS)

        contact = Contact.objects.get()
        assert (contact.email_key, contact.is_primary) == ("lena@elbwerk.example", True)
        assert Order.objects.get(number="1").contact == contact
        assert contact.customer.domain == "elbwerk.example"

    def test_with_negative_amounts_are_credits(self, run: Run) -> None:
        run(ORDERS)

        credit = Order.objects.get(number="3")
        assert (credit.kind, credit.amount) == ("credit", Decimal(-3500))

    def test_are_events_of_history(self, run: Run) -> None:
        run(ORDERS)

        names = Event.objects.order_by("name", "occurred_at").values_list("name", flat=True)
        assert list(names) == ["contact.created", "customer.created", "customer.created", "order.credited",
                               "order.placed", "order.placed"]  # fmt: skip
        assert not Event.objects.filter(is_historical=False).exists()
        assert not Event.objects.filter(is_unread=True).exists()

    def test_are_news_when_live(self, run: Run) -> None:
        run(ORDERS, is_live=True)

        assert Event.objects.filter(is_unread=True, is_historical=False).count() == Event.objects.count()
        moved = Event.objects.filter(name="order.stage_changed").order_by("id").first()
        assert moved is not None
        assert (moved.properties["from"], moved.properties["stage"]) == ("confirmed", "shipped")

    def test_without_a_status_are_done_when_they_are_history(self, run: Run) -> None:
        run("Customer,Order ID,Date,Amount\nA,1,2026-01-01,5\n")
        run("Customer,Order ID,Date,Amount\nA,2,2026-01-01,5\n", is_live=True)

        assert list(Order.objects.order_by("number").values_list("stage", flat=True)) == ["completed", "confirmed"]

    def test_of_a_sum_other_than_their_lines_get_a_line_more(self, run: Run) -> None:
        run("Customer,Order ID,Date,SKU,Quantity,Unit Price,Order Total\nA,1,2026-01-01,X,2,10,18\n")

        assert Order.objects.get().amount == Decimal(18)
        assert list(OrderLine.objects.order_by("position").values_list("product_name", "amount")) == [
            ("", Decimal(20)), ("Discount", Decimal(-2)),
        ]  # fmt: skip


class TestMoney:
    def test_is_converted_by_the_last_rate_before_the_day(self, run: Run, now: datetime) -> None:
        for day, value in ((1, "1.10"), (2, "1.20")):
            ExchangeRate.objects.create(currency="EUR", into="USD", on=date(2026, 2, day), value=Decimal(value))

        run(ORDERS)

        order = Order.objects.get(number="1")
        assert (order.amount_reporting, order.rate, order.rate_on) == (
            Decimal("20.4"),
            Decimal("1.2"),
            date(2026, 2, 2),
        )

    def test_waits_for_a_rate_and_says_so(self, run: Run) -> None:
        answer = run(ORDERS)

        assert Order.objects.get(number="2").amount_reporting is None
        assert answer["notes"] == [
            "1 orders in EUR have no rate into USD yet; import rates for EUR.",
            "2 orders in JPY have no rate into USD yet; import rates for JPY.",
        ]

    def test_is_the_same_in_the_reporting_currency(self, run: Run) -> None:
        firm_actions.report_in(currency="EUR")

        run(ORDERS)

        order = Order.objects.get(number="1")
        assert (order.amount_reporting, order.rate) == (Decimal(17), Decimal(1))

    def test_without_a_currency_is_taken_as_the_firms_own_and_says_so(self, run: Run) -> None:
        answer = run("Customer,Date,Amount\nA,2026-01-01,5\n")

        assert Order.objects.get().currency == "USD"
        assert "taken as USD" in answer["notes"][0]


class TestAgain:
    def test_creates_nothing_new(self, run: Run) -> None:
        run(ORDERS)
        before = (Order.objects.count(), OrderLine.objects.count(), Event.objects.count(), Identity.objects.count())

        answer = run(ORDERS)

        assert counts(answer) == (6, 4, 2, 0, 0, 0, 0, 0)
        assert before == (
            Order.objects.count(),
            OrderLine.objects.count(),
            Event.objects.count(),
            Identity.objects.count(),
        )

    def test_finds_rows_without_a_number_again(self, run: Run) -> None:
        text = "Customer,Date,Amount\nA,2026-01-01,5\nA,2026-01-01,5\nB,2026-01-01,5\n"

        assert [run(text)["orders_created"], run(text)["orders_created"]] == [3, 0]

    def test_writes_what_changed(self, run: Run) -> None:
        run(ORDERS)

        answer = run(ORDERS.replace("2,3.50,EUR", "3,3.50,EUR").replace("shipped", "delivered"))

        assert (answer["updated"], answer["orders_created"]) == (1, 0)
        order = Order.objects.get(number="1")
        assert (order.amount, order.stage, order.lines.count()) == (Decimal("20.5"), "delivered", 2)
        moved = Event.objects.get(name="order.stage_changed")
        assert (moved.properties["from"], moved.properties["stage"]) == ("shipped", "delivered")

    def test_leaves_an_order_with_its_customer_and_counts_a_conflict(self, run: Run) -> None:
        run(ORDERS)

        answer = run(ORDERS.replace("C2,", "C9,"))

        assert answer["conflicts"] == 2
        assert Order.objects.get(number="2").customer == Customer.objects.get(identities__value="C2")

    def test_knows_a_customer_under_another_number_by_his_contact(self, run: Run) -> None:
        run(ORDERS)

        answer = run(ORDERS.replace("C1,", "C9,"))

        assert (answer["conflicts"], answer["customers_created"]) == (0, 0)

    def test_keeps_sources_apart(self, run: Run) -> None:
        run(ORDERS, source="shop a")

        assert run(ORDERS, source="shop b")["orders_created"] == 3

    def test_refuses_a_number_that_two_customers_of_one_file_have(self, run: Run) -> None:
        answer = run("Customer,Order ID,Date,Amount\nA,1,2026-01-01,5\nB,1,2026-01-01,7\n")

        assert (answer["accepted"], answer["rejected"], answer["orders_created"]) == (1, 1, 1)
        assert answer["rejects"][0]["row"] == 3


class TestOnlineRetail:
    def test_of_december_is_read_whole(self, run: Run, shared_data: Path) -> None:
        answer = run(shared_data / "online_retail" / "online_retail_2010-12.csv.gz")

        assert counts(answer) == (42_481, 26_850, 15_631, 0, 0, 948, 0, 1_708)
        assert OrderLine.objects.count() == 26_850
        assert Order.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("554604.02")
        assert Customer.objects.get(identities__value="17850").name == "Customer 17850"
        assert Customer.objects.filter(country_as_given="EIRE", country="IE").exists()
        assert Order.objects.filter(kind="credit").count() == Order.objects.filter(number__startswith="C").count()


class TestShopify:
    ORDERS = (
        "Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
        "Billing Name,Billing Company,Shipping Country,Refunded Amount\n"
        "#1,lena@elbwerk.example,paid,EUR,25,30,2026-01-02 10:00:00 +0100,2,Cup,10,Lena Vogt,Elbwerk GmbH,DE,5\n"
        "#1,lena@elbwerk.example,,,,,,1,Plate,5,,,,\n"
    )
    CUSTOMERS = (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Total Spent,Total Orders\n"
        "'7210448301122,Lena,Vogt,LENA@elbwerk.example,yes,Elbwerk GmbH,25,1\n"
    )

    def test_orders_have_all_their_lines_and_the_refund(self, run: Run) -> None:
        answer = run(self.ORDERS)

        assert (answer["rejected"], answer["orders_created"], answer["customers_created"]) == (0, 2, 1)
        order, refund = Order.objects.order_by("number")
        assert (order.amount, order.placed_at) == (Decimal(25), datetime(2026, 1, 2, 9, tzinfo=UTC))
        assert list(order.lines.order_by("position").values_list("product_name", flat=True)) == ["Cup", "Plate"]
        assert (refund.number, refund.kind, refund.amount) == ("#1/refund", "credit", Decimal(-5))
        assert refund.lines.get().product_name == "Refund"

    def test_customers_meet_their_orders_by_e_mail(self, run: Run) -> None:
        run(self.ORDERS)

        run(self.CUSTOMERS)

        assert set(Identity.objects.values_list("value", "customer__name")) == {
            ("lena@elbwerk.example", "Elbwerk GmbH"), ("7210448301122", "Elbwerk GmbH"),
        }  # fmt: skip
