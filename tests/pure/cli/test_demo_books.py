"""The books of the made-up exporter."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guanxi.cli.demo.books import Books, make_books, write_files
from guanxi.cli.demo.pools import countries, slug
from guanxi.kernel.places import country_name
from guanxi.ledger.identity import canonical_email
from guanxi.ledger.stages import ALL_STAGES

NOW = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def books() -> Books:
    return make_books(NOW)


class TestBooks:
    def test_are_the_same_each_time(self, books: Books, tmp_path: Path) -> None:
        first = write_files(books, tmp_path / "first")
        second = write_files(make_books(NOW), tmp_path / "second")

        assert [path.read_bytes() for path in first.values()] == [path.read_bytes() for path in second.values()]

    def test_hold_about_six_hundred_buyers_of_both_kinds(self, books: Books) -> None:
        kinds = Counter(each.kind for each in books.buyers)

        assert 600 <= len(books.buyers) <= 700
        assert min(kinds["b2b"], kinds["b2c"]) > 150

    def test_give_every_phone_number_once(self, books: Books) -> None:
        phones = [person.phone for buyer in books.buyers for person in buyer.people]

        assert len(phones) == len(set(phones))

    def test_reach_fifteen_countries_and_four_currencies(self, books: Books) -> None:
        assert len({each.buyer.country.code for each in books.sales}) >= 15
        assert {each.buyer.country.currency for each in books.sales} == {"USD", "EUR", "GBP", "JPY"}

    def test_cover_two_years_and_end_before_now(self, books: Books) -> None:
        assert books.sales[0].placed_at < NOW - timedelta(days=700)
        assert books.sales[-1].placed_at < NOW
        assert books.live_sales

    def test_number_orders_by_time(self, books: Books) -> None:
        numbers = [int(each.number.rpartition("-")[2]) for each in books.sales]

        assert numbers == sorted(set(numbers))

    def test_leave_some_bills_late_and_some_inquiries_open(self, books: Books) -> None:
        late = [each for each in books.bills if each.paid_on is None and each.due_on < NOW.date()]
        names = Counter(each.name for each in books.happenings)

        assert 5 <= len(late) <= 60
        assert names["inquiry.received"] > names["inquiry.answered"] + 20

    def test_name_only_stages_that_exist(self, books: Books) -> None:
        assert {stage for sale in books.sales for stage, _ in sale.stages} <= set(ALL_STAGES)

    def test_have_no_opening_without_a_permission(self, books: Books) -> None:
        opened = [each for each in books.happenings if each.name == "email.opened"]

        assert opened
        assert all(any(yes.purpose == "tracking" for yes in each.person.consents) for each in opened)


class TestPeople:
    def test_have_addresses_that_cannot_exist_and_are_their_own(self, books: Books) -> None:
        addresses = [person.email for buyer in books.buyers for person in buyer.people]

        assert len(addresses) == len(set(addresses))
        assert all(canonical_email(each) == each and each.endswith(".example") for each in addresses)

    def test_say_where_a_consent_came_from(self, books: Books) -> None:
        consents = [each for buyer in books.buyers for person in buyer.people for each in person.consents]

        assert all(each.source and each.method and each.at < NOW for each in consents)
        assert {each.state for each in consents} == {"granted", "withdrawn"}

    def test_write_japanese_names_in_japanese(self, books: Books) -> None:
        readers = [person for buyer in books.buyers if buyer.country.code == "JP" for person in buyer.people]

        assert all(ord(person.family_name[0]) > 0x3000 for person in readers)


class TestFiles:
    def test_come_in_an_order_in_which_they_can_be_imported(self, books: Books, tmp_path: Path) -> None:
        assert list(write_files(books, tmp_path)) == [
            "rates", "products", "customers", "contacts", "consents", "orders", "invoices", "events",
        ]  # fmt: skip

    def test_hold_no_order_of_the_live_weeks(self, books: Books, tmp_path: Path) -> None:
        with write_files(books, tmp_path)["orders"].open(encoding="utf-8-sig", newline="") as file:
            numbers = {row["Order Number"] for row in csv.DictReader(file)}

        assert numbers.isdisjoint(each.number for each in books.live_sales)
        assert len(numbers) == len(books.past_sales)


class TestPools:
    def test_name_countries_that_exist(self) -> None:
        assert all(country_name(each.code, "en") for each in countries())

    def test_have_names_enough_for_all_firms(self) -> None:
        for each in countries():
            assert len(each.roots) * len(each.trades) >= round(each.weight * (1 - each.shops)), each.code

    @pytest.mark.parametrize(("text", "plain"), [("Jäger", "jager"), ("Groß", "gross"), ("Łódź", "lodz"), ("田", "")])
    def test_slug_keeps_latin_letters(self, text: str, plain: str) -> None:
        assert slug(text) == plain
