"""Questions that are put together once (kernel.questions), asked of customers and contacts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.db.transaction import atomic

from guanxi.kernel.fetching import among, unheld
from guanxi.kernel.questions import Change, Question, Rows
from guanxi.ledger.models import Customer

pytestmark = pytest.mark.django_db


@Question
def recent(numbers: Any, since: Any) -> Rows:
    rows = Customer.objects.filter(among("id", numbers), created_at__gte=since).order_by("id")
    return rows.values_list("id", "created_at", "name")


@pytest.fixture
def three(now: datetime) -> list[Customer]:
    made = [Customer(name=f"Buyer {day}", created_at=now + timedelta(day), updated_at=now) for day in range(3)]
    return Customer.objects.bulk_create(made)


class TestWhatIsAsked:
    def test_each_call_is_answered_by_what_it_tells(self, three: list[Customer], now: datetime) -> None:
        for since in (now, now + timedelta(1), now + timedelta(9)):
            wanted = [(each.pk, each.created_at, each.name) for each in three[1:] if each.created_at >= since]
            assert recent([each.pk for each in three[1:]], since) == wanted
        assert recent((), now) == []

    def test_it_is_put_together_once(self, three: list[Customer], now: datetime) -> None:
        times = []

        @Question
        def named(names: Any) -> Rows:
            times.append(1)
            return Customer.objects.filter(among("name", names)).values_list("id")

        for each in three:
            assert named({each.name}) == [(each.pk,)]
        assert len(times) == 1

    def test_a_number_of_rows_is_told_with_the_call(self, three: list[Customer], now: datetime) -> None:
        numbers = [each.pk for each in three]
        assert [row[0] for row in recent(numbers, now, limit=2)] == numbers[:2]
        assert len(recent(numbers, now)) == 3

    def test_rows_are_held_only_within_a_transaction(self, three: list[Customer]) -> None:
        held = Question(lambda name: unheld(Customer.objects.filter(name=name)).order_by("id").values_list("id"))
        with atomic():
            assert held("Buyer 1", limit=1) == [(three[1].pk,)]

    def test_a_condition_that_nothing_meets_is_not_asked(self) -> None:
        nobody = Question(lambda name: Customer.objects.filter(Q(pk__in=[]), name=name).values_list("id"))
        assert nobody("Buyer 1") == nobody("Buyer 2") == []


class TestWhatIsChanged:
    def test_rows_get_what_is_told(self, three: list[Customer], now: datetime) -> None:
        @Change
        def renamed(numbers: Any, name: Any, at: Any) -> Any:
            rows = Customer.objects.filter(among("id", numbers))
            return rows, {"name": name, "updated_at": at, "region": Concat("region", Value("x"))}

        assert renamed([each.pk for each in three[:2]], "Moved", now + timedelta(7)) == 2
        assert renamed([three[0].pk], "Gone", now) == 1

        told = Customer.objects.order_by("id").values_list("name", "updated_at", "region")
        assert list(told) == [("Gone", now, "xx"), ("Moved", now + timedelta(7), "x"), ("Buyer 2", now, "")]

    def test_an_argument_that_the_database_never_hears_of_is_refused(self) -> None:
        deaf = Change(lambda number, name: (Customer.objects.filter(id=number), {"name": "Moved"}))
        with pytest.raises(TypeError, match="never tells the database name"):
            deaf(1, "Gone")


class TestWhatIsRefused:
    def test_an_argument_that_the_database_never_hears_of(self) -> None:
        deaf = Question(lambda name, since: Customer.objects.filter(name=name).values_list("id"))
        with pytest.raises(TypeError, match="never tells the database since"):
            deaf("Buyer 1", 3)

    def test_an_argument_that_was_made_into_something_else(self) -> None:
        bent = Question(lambda name: Customer.objects.filter(name=str(name)).values_list("id"))
        with pytest.raises(TypeError, match="never tells the database name"):
            bent("Buyer 1")

    def test_nothing_where_a_value_is_needed(self, now: datetime) -> None:
        with pytest.raises(TypeError, match="told nothing for since"):
            recent([1], None)

    def test_too_few_words(self) -> None:
        with pytest.raises(ValueError, match="argument"):
            recent([1])
