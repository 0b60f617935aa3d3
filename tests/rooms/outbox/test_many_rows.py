"""Many rows of one table changed at once (kernel.bulk), shown by customers and tallies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.kernel.bulk import add_to_counters, update_rows
from guanxi.ledger.models import Customer
from guanxi.outbox.models import Sender, Tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(now: datetime) -> list[int]:
    made = [Customer(name=f"Buyer {day}", created_at=now, updated_at=now) for day in range(3)]
    return [each.pk for each in Customer.objects.bulk_create(made)]


def told(*names: str) -> list[tuple[Any, ...]]:
    return list(Customer.objects.order_by("id").values_list(*names))


class TestUpdateRows:
    def test_each_row_gets_what_all_share_and_what_is_its_own(self, three: list[int], now: datetime) -> None:
        later = now + timedelta(1)
        rows = [(number, "b2b", f"Firm {number}", later, None) for number in three[:2]]
        update_rows(Customer, ("kind", "name", "updated_at", "owner_id"), rows)
        first, second, untouched = told("kind", "name", "updated_at")
        assert [first, second] == [("b2b", f"Firm {number}", later) for number in three[:2]]
        assert untouched == ("unknown", "Buyer 2", now)

    def test_rows_that_share_everything_are_told_it_once(self, three: list[int]) -> None:
        update_rows(Customer, ("kind", "tags"), [(number, "b2b", tags) for tags in [["a"]] for number in three])
        assert told("kind", "tags") == [("b2b", ["a"])] * 3

    def test_documents_that_are_equal_in_python_only_stay_apart(self, three: list[int]) -> None:
        update_rows(Customer, ("fields",), [(three[0], {"n": 1}), (three[1], {"n": True}), (three[2], {"n": 1.0})])
        assert [str(fields["n"]) for (fields,) in told("fields")] == ["1", "True", "1.0"]

    def test_of_two_changes_of_one_row_the_last_counts(self, three: list[int]) -> None:
        update_rows(Customer, ("name",), [(three[0], "first"), (three[0], "last")])
        assert told("name")[0] == ("last",)

    def test_no_rows_are_no_statement(self) -> None:
        update_rows(Customer, ("name",), [])


def test_counters_begin_with_what_is_added_and_grow_by_it(now: datetime) -> None:
    line = Sender.objects.create(name="Ada", address="ada@beilun-tools.example").pk, "service", "other", now
    for handed, accepted in ((2, 0), (1, 3)):
        by, counters = ("sender_id", "kind", "mailboxes", "slot_at"), ("handed", "accepted", "deferred", "refused")
        add_to_counters(Tally, by, counters, [(*line, handed, accepted, 0, 0)])
    assert Tally.objects.values_list("handed", "accepted", "deferred").get() == (3, 3, 0)
