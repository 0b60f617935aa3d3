"""The books of the made-up exporter as files in the form of our own import, and what is still to happen. Pure but for
the files it writes.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from guanxi.cli.demo.buyers import Buyer, buyers
from guanxi.cli.demo.pools import goods
from guanxi.cli.demo.talk import Happening, Memo, Talker
from guanxi.cli.demo.trade import HISTORY_DAYS, NINGBO, WORTH, Bill, Sale, Trader, numbered

SEED = 315800
LIVE_DAYS = 35

Row = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """Everything up to `live_from` is history and goes into files; sales after it are `live`, told one by one."""

    now: datetime
    live_from: datetime
    buyers: list[Buyer]
    sales: list[Sale]
    bills: list[Bill]
    happenings: list[Happening]
    memos: list[Memo]

    @cached_property
    def live_sales(self) -> list[Sale]:
        return [each for each in self.sales if each.placed_at >= self.live_from]

    @cached_property
    def live_happenings(self) -> list[Happening]:
        return [each for each in self.happenings if each.at >= self.live_from]

    @cached_property
    def past_happenings(self) -> list[Happening]:
        return [each for each in self.happenings if each.at < self.live_from]

    @cached_property
    def past_sales(self) -> list[Sale]:
        return [each for each in self.sales if each.placed_at < self.live_from]


def make_books(now: datetime) -> Books:
    """The same books for the same moment: all chance comes from one seed."""
    dice = Random(SEED)  # noqa: S311  (made-up data, no secret)
    people = list(buyers(dice, now.astimezone(NINGBO).date()))
    trader, talker = Trader(dice, now), Talker(dice, now)
    sales = numbered(sale for buyer in people for sale in trader.sales(buyer))
    return Books(
        now=now,
        live_from=now - timedelta(days=LIVE_DAYS),
        buyers=people,
        sales=sales,
        bills=[bill for sale in sales if (bill := trader.bill(sale))],
        happenings=sorted(
            (each for buyer in people for each in talker.happenings(buyer)), key=lambda each: (each.at, each.key)
        ),
        memos=[each for buyer in people for each in talker.memos(buyer)],
    )


def write_files(books: Books, folder: Path) -> dict[str, Path]:
    """One CSV file per kind, in the order in which they are to be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for kind, rows in FILES.items():
        paths[kind] = folder / f"{kind}.csv"
        write_file(paths[kind], list(rows(books)))
    return paths


def write_file(path: Path, rows: list[Row]) -> None:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)


def rate_rows(books: Books) -> Iterator[Row]:
    """A rate per currency and week, drifting about its worth."""
    dice = Random(SEED)  # noqa: S311
    today = books.now.astimezone(NINGBO).date()
    for currency, worth in WORTH.items():
        if currency == "USD":
            continue
        value = worth
        for back in range(HISTORY_DAYS + 21, -1, -7):
            value += worth * Decimal(str(round(dice.uniform(-0.004, 0.004), 4))) + (worth - value) * Decimal("0.05")
            yield {
                "Rate Date": iso(today - timedelta(days=back)), "From Currency": currency, "To Currency": "USD",
                "Rate": value.quantize(Decimal("0.000001")),
            }  # fmt: skip


def product_rows(books: Books) -> Iterator[Row]:
    for good in goods():
        yield {
            "Product Code": good.code, "Product Name": good.name, "Category": good.category, "Unit Price": good.price,
            "Cost Price": good.cost, "Currency": "USD", "Available": "yes",
        }  # fmt: skip


def customer_rows(books: Books) -> Iterator[Row]:
    for buyer in books.buyers:
        yield {
            "Customer ID": buyer.number, "Company Name": buyer.name, "Customer Type": buyer.kind,
            "Country": buyer.country.code, "City": buyer.city, "Address": buyer.address, "Website": buyer.domain,
            "Line of Business": buyer.trade, "Tags": ", ".join(buyer.tags), "Customer Since": iso(buyer.since),
        }  # fmt: skip


def contact_rows(books: Books) -> Iterator[Row]:
    for buyer in books.buyers:
        for person in buyer.people:
            yield {
                "Customer ID": buyer.number, "Given Name": person.given_name, "Family Name": person.family_name,
                "Salutation": person.honorific, "Position": person.position, "E-mail": person.email,
                "Phone": person.phone, "Language": person.language, "Time Zone": person.time_zone,
                "Birthday": iso(person.birthday),
            }  # fmt: skip


def consent_rows(books: Books) -> Iterator[Row]:
    for buyer in books.buyers:
        for person in buyer.people:
            for consent in sorted(person.consents, key=lambda each: each.at):
                yield {
                    "E-mail": person.email, "Purpose": consent.purpose, "Consent State": consent.state,
                    "Legal Basis": consent.basis, "Consent Date": iso(consent.at), "Consent Source": consent.source,
                    "Consent Text": consent.wording, "Consent Method": consent.method,
                }  # fmt: skip


def order_rows(books: Books) -> Iterator[Row]:
    """One row per line; the heading cells of the order stand on each."""
    for sale in books.past_sales:
        shipped = sale.stage_at(books.live_from) not in {"confirmed", "in_production", "packed"}
        for line in sale.lines:
            yield {
                "Order Number": sale.number, "Customer ID": sale.buyer.number, "E-mail": sale.buyer.people[0].email,
                "Order Date": iso(sale.placed_at), "Currency": sale.buyer.country.currency,
                "Order Kind": "credit" if sale.is_credit else "order", "Order Status": sale.stage_at(books.live_from),
                "Carrier": sale.carrier if shipped else "",
                "Tracking Number": sale.tracking_number if shipped and not sale.is_credit else "",
                "Product Code": line.good.code, "Product Name": line.good.name, "Category": line.good.category,
                "Quantity": line.quantity, "Unit Price": line.unit_price, "Amount": line.quantity * line.unit_price,
            }  # fmt: skip


def invoice_rows(books: Books) -> Iterator[Row]:
    past = {sale.number for sale in books.past_sales}
    for bill in books.bills:
        if bill.sale.number in past:
            yield {
                "Invoice Number": bill.number, "Customer ID": bill.sale.buyer.number,
                "Order Number": bill.sale.number, "Invoice Date": iso(bill.issued_on), "Due Date": iso(bill.due_on),
                "Paid On": iso(bill.paid_on), "Amount": bill.sale.amount,
                "Currency": bill.sale.buyer.country.currency,
            }  # fmt: skip


def event_rows(books: Books) -> Iterator[Row]:
    for each in books.past_happenings:
        yield {
            "Event": each.name, "Occurred At": iso(each.at), "Customer ID": each.buyer.number,
            "E-mail": each.person.email, "Message ID": each.key, **each.properties,
        }  # fmt: skip


def iso(moment: date | datetime | None) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="seconds")
    return moment.isoformat() if moment else ""


FILES: dict[str, Callable[[Books], Iterator[Row]]] = {
    "rates": rate_rows,
    "products": product_rows,
    "customers": customer_rows,
    "contacts": contact_rows,
    "consents": consent_rows,
    "orders": order_rows,
    "invoices": invoice_rows,
    "events": event_rows,
}
