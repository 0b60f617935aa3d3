"""An import is taken back whole: what it made goes, what it changed is as before (D-26)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from guanxi.catalogue.models import Product
from guanxi.consent.models import Permission
from guanxi.intake import actions
from guanxi.intake.models import BeforeImage, ImportRun, RejectedRow
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Customer, Event, ExchangeRate, Invoice, Order, OrderLine, Payment

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]

CUSTOMERS = (
    "Customer ID,Customer Name,Country,City,E-mail,Contact Name\n1,Elbwerk,Germany,Hamburg,lena@elbwerk.example,Lena\n"
)
ORDERS = "Customer ID,Order ID,Order Date,SKU,Quantity,Unit Price,Currency\n1,A,2026-01-02,X,2,5,USD\n1,A,2026-01-02,Y,1,3,USD\n"  # noqa: E501
TABLES = (Customer, Contact, Order, OrderLine, Invoice, Payment, Product, Permission, ExchangeRate)


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows but events and moments of change; lines without their ids, since they are written anew."""
    own = {"OrderLine": {"id"}}
    rows: dict[str, list[dict[str, Any]]] = {}
    for model in TABLES:
        left_out = {"updated_at"} | own.get(model.__name__, set())
        rows[model.__name__] = [
            {name: value for name, value in row.items() if name not in left_out}
            for row in model._default_manager.order_by(*(["order_id", "position"] if model is OrderLine else ["id"])).values()  # noqa: E501
        ]  # fmt: skip
    return rows


def take_back(answer: dict[str, Any], now: datetime) -> dict[str, Any]:
    return actions.undo(run=ImportRun.objects.get(pk=answer["run"]), now=now)


class TestUndo:
    """D-26: the firm owns its data, and a wrong import does not spoil them."""

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (CUSTOMERS, CUSTOMERS.replace("Hamburg", "Bremen").replace("Lena", "Lena Vogt").replace("Germany", "France")),  # noqa: E501
            (ORDERS, ORDERS.replace("2026-01-02,X,2", "2026-01-02,X,7")),
            (ORDERS, ORDERS + "1,A,2026-01-02,Z,1,9,USD\n1,B,2026-01-03,Z,1,9,USD\n"),
            (ORDERS, ORDERS.replace("USD", "EUR").replace("2026-01-02", "2026-02-03")),
            ("SKU,Product Name,Category,Cost\nX,Cup,Mugs,2\n", "SKU,Product Name,Category,Cost\nX,Cup,Tableware,3\nY,Plate,,1\n"),  # noqa: E501
            (
                "Customer ID,Invoice Number,Invoice Date,Due Date,Amount\n1,I1,2026-01-01,2026-02-01,50\n",
                "Customer ID,Invoice Number,Invoice Date,Due Date,Paid Date,Amount\n1,I1,2026-01-01,2026-02-01,2026-02-03,55\n",  # noqa: E501
            ),
            ("Date,Currency,Rate\n2026-01-01,EUR,1.1\n", "Date,Currency,Rate\n2026-01-01,EUR,1.2\n2026-01-02,EUR,1.3\n"),  # noqa: E501
        ],
    )  # fmt: skip
    def test_puts_every_row_back(self, run: Run, now: datetime, first: str, second: str) -> None:
        run(CUSTOMERS)
        run(ORDERS)
        run(first, source="file")
        before, events = everything(), Event.objects.count()

        answer = run(second, source="file")
        assert everything() != before
        told = take_back(answer, now)

        assert everything() == before
        assert Event.objects.count() == events
        assert (told["stays"], told["is_whole"]) == ([], True)

    def test_takes_back_payments_and_what_they_settled(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        run("Customer ID,Invoice Number,Invoice Date,Due Date,Amount\n1,I1,2026-01-01,2026-02-01,50\n")
        answer = run("Customer ID,Invoice Number,Paid Date,Amount\n1,I1,2026-01-20,50\n", kind="payments")
        assert Invoice.objects.get().paid_on == date(2026, 1, 20)

        told = take_back(answer, now)

        assert (Invoice.objects.get().paid_on, Payment.objects.count(), told["payments"]) == (None, 0, 1)

    def test_takes_back_lines_that_came_in_a_second_file(self, run: Run, now: datetime) -> None:
        run("Customer ID,Order ID,Order Date,Amount\n1,A,2026-01-02,13\n")
        answer = run("Order ID,SKU,Quantity,Unit Price\nA,X,2,5\n")
        assert list(OrderLine.objects.values_list("amount", flat=True)) == [10, 3]  # the rest of the 13

        take_back(answer, now)

        assert (Order.objects.get().amount, OrderLine.objects.count()) == (Decimal(13), 0)

    def test_takes_back_permissions(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        answer = run(
            "Email,Purpose,State,Basis,Obtained At,Source\n"
            "lena@elbwerk.example,marketing,granted,consent,2026-01-01,fair\n", kind="consents",
        )  # fmt: skip
        assert Permission.objects.get().state == "granted"

        assert take_back(answer, now)["permissions"] == 1
        assert not Permission.objects.exists()

    def test_keeps_the_evidence_of_a_permission_that_was_used(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        answer = run(
            "Email,Purpose,State,Basis,Obtained At,Source\n"
            "lena@elbwerk.example,marketing,granted,consent,2026-01-01,fair\n", kind="consents",
        )  # fmt: skip
        ledger_actions.record_event(
            name="email.sent", occurred_at=now, now=now, source="outbox", contact=Contact.objects.get()
        )

        told = take_back(answer, now)

        assert told["permissions_kept"] == 1
        assert list(Permission.objects.order_by("id").values_list("state", flat=True)) == ["granted", "withdrawn"]

    def test_leaves_what_somebody_changed_since_and_says_so(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        answer = run(CUSTOMERS.replace("Hamburg", "Bremen").replace("Elbwerk,", "Elbwerk GmbH,"))
        ledger_actions.update_customer(customer=Customer.objects.get(), changes={"city": "Kiel"}, now=now)

        told = take_back(answer, now)

        customer = Customer.objects.get()
        assert (customer.city, customer.name) == ("Kiel", "Elbwerk")
        assert told["stays"] == ["Elbwerk: city was changed again since and stays"]

    def test_names_orders_that_a_later_import_changed(self, run: Run, now: datetime) -> None:
        first = run(ORDERS)
        run(ORDERS.replace("X,2", "X,5"))

        assert take_back(first, now)["changed_later"] == 1

    def test_is_shown_first_without_a_trace(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        answer = run(CUSTOMERS.replace("Hamburg", "Bremen"))
        record = ImportRun.objects.get(pk=answer["run"])
        before = everything()

        told = actions.undo_preview(run=record, now=now)

        assert (told["restored"], told["restored_by_kind"]) == (1, {"customer": 1})
        assert everything() == before
        assert record.state == "done"
        assert actions.undo(run=record, now=now)["restored"] == 1

    def test_says_when_the_old_values_are_kept_no_more(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        answer = run(CUSTOMERS.replace("Hamburg", "Bremen"))
        actions.forget_expired(now=now + timedelta(days=91))

        told = take_back(answer, now)

        assert (told["is_whole"], Customer.objects.get().city) == (False, "Bremen")


class TestExpiry:
    def test_takes_refused_rows_and_old_values_after_ninety_days(self, run: Run, now: datetime) -> None:
        run(CUSTOMERS)
        answer = run(CUSTOMERS.replace("Hamburg", "Bremen") + ",,,,,\n,,Japan,,,\n")
        assert (RejectedRow.objects.count(), BeforeImage.objects.count()) == (1, 1)

        assert actions.forget_expired(now=now + timedelta(days=89)) == 0
        assert actions.forget_expired(now=now + timedelta(days=91)) == 2
        assert answer["rejected"] == 1
