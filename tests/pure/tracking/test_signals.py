"""The signals of group B, case by case."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from guanxi.engine.connection import open_plain_engine
from guanxi.tracking import signals
from tests import cast

NOW = cast.NOW
LAMPS, CHAIRS = "lamps", "chairs"


def views(*steps: tuple[float, str, str]) -> list[signals.View]:
    """(minutes from now, category, page)."""
    return [signals.View(NOW + timedelta(minutes=minutes), category, page) for minutes, category, page in steps]


DAY = 1440.0


class TestInterestInACategory:
    """B-02, CN-39, DP-11: three product pages of one category in a row, within 14 days."""

    @pytest.mark.parametrize(
        ("seen", "told"),
        [
            ([], 0),
            ([(0, LAMPS, "a"), (1, LAMPS, "b")], 0),
            ([(0, LAMPS, "a"), (1, LAMPS, "b"), (2, LAMPS, "c")], 1),
            ([(0, LAMPS, "a"), (1, CHAIRS, "x"), (2, LAMPS, "b"), (3, LAMPS, "c")], 0),
            ([(0, CHAIRS, "x"), (1, LAMPS, "a"), (2, LAMPS, "b"), (3, LAMPS, "c")], 1),
            ([(0, LAMPS, "a"), (1, LAMPS, "a"), (2, LAMPS, "b")], 0),
            ([(0, LAMPS, "a"), (31, LAMPS, "a"), (62, LAMPS, "a")], 1),
            ([(0, LAMPS, "a"), (30, LAMPS, "a"), (31, LAMPS, "b")], 0),
            ([(0, LAMPS, "a"), (1, LAMPS, "b"), (2, LAMPS, "a")], 1),
            ([(0, LAMPS, "a"), (1, "", "home"), (2, LAMPS, "b"), (3, LAMPS, "c")], 1),
            ([(0, LAMPS, "a"), (1, LAMPS, "b"), (14 * DAY, LAMPS, "c")], 1),
            ([(0, LAMPS, "a"), (1, LAMPS, "b"), (14 * DAY + 1, LAMPS, "c")], 0),
            ([(0, LAMPS, ""), (1, LAMPS, ""), (2, LAMPS, "")], 1),
        ],
        ids=[
            "nothing", "two", "three", "another in between", "another before", "a reload", "the same after 31 minutes",
            "the same after 30 minutes", "back to the first", "a page without category", "14 days", "a minute more",
            "pages without a name",
        ],
    )  # fmt: skip
    def test_is_told(self, seen: list[tuple[float, str, str]], told: int) -> None:
        assert len(list(signals.interests(views(*seen)))) == told

    def test_goes_on_with_each_further_view(self) -> None:
        moments = list(signals.interests(views((0, LAMPS, "a"), (1, LAMPS, "b"), (2, LAMPS, "c"), (3, LAMPS, "d"))))

        assert [at for at, _ in moments] == [NOW + timedelta(minutes=2), NOW + timedelta(minutes=3)]

    @pytest.mark.parametrize(("days", "told"), [(29, 0), (30, 1)])
    def test_is_told_once_per_category_in_30_days(self, days: int, told: int) -> None:
        moments = [(NOW, LAMPS), (NOW, CHAIRS)]

        again = list(signals.told_again(moments, {LAMPS: NOW - timedelta(days=days)}))

        assert sum(category == LAMPS for _, category in again) == told
        assert (NOW, CHAIRS) in again

    def test_is_told_once_of_many_moments_at_once(self) -> None:
        moments = [(NOW + timedelta(days=days), LAMPS) for days in (0, 1, 29, 30, 31, 60)]

        assert [at for at, _ in signals.told_again(moments, {})] == [moments[0][0], moments[3][0], moments[5][0]]


class TestVisitsWithoutAnOrder:
    """B-06, DP-03: at least three visits on different days in 30 days, no order."""

    TODAY = NOW.date()

    @pytest.mark.parametrize(
        ("came", "ordered", "found"),
        [
            ([], [], 0),
            ([0, 1], [], 0),
            ([0, 1, 2], [], 3),
            ([0, 1, 29], [], 3),
            ([0, 1, 30], [], 0),
            ([0, 1, 2], [1], 0),
            ([0, 1, 2], [29], 0),
            ([0, 1, 2], [30], 3),
            ([0, 1, 2, 3, 40], [], 4),
        ],
    )  # fmt: skip
    def test_are_counted_by_days(self, came: list[int], ordered: list[int], found: int) -> None:
        days = {self.TODAY - timedelta(days=each) for each in came}
        orders = {self.TODAY - timedelta(days=each) for each in ordered}

        assert signals.comes_without_ordering(days, orders, until=self.TODAY) == found


class TestMailsAnswered:
    """B-05, CN-38: a click, reply, visit or order counts as an open of the mail before it; machines do not count."""

    SENT = [(NOW, 1), (NOW + timedelta(days=2), 2), (NOW + timedelta(days=20), 3)]

    @pytest.mark.parametrize(
        ("opened", "answers", "mails"),
        [
            ({1}, [], {1}),
            ({1}, [NOW + timedelta(days=3)], {1, 2}),
            ({1}, [NOW + timedelta(days=3), NOW + timedelta(days=4)], {1, 2}),
            (set(), [NOW - timedelta(hours=1)], set()),
            (set(), [NOW + timedelta(days=9)], {2}),
            (set(), [NOW + timedelta(days=9, minutes=1)], set()),
            ({1, 2}, [NOW + timedelta(days=21)], {1, 2, 3}),
        ],
    )
    def test_count_once(self, opened: set[int], answers: list[datetime], mails: set[int]) -> None:
        assert signals.mails_answered(opened=opened, sent=self.SENT, answers=answers) == mails


def step(minutes: float, what: str, *codes: str, cart: str = "") -> signals.Step:
    items = {code: {"quantity": 1} for code in codes}
    return signals.Step(NOW + timedelta(minutes=minutes), what, cart, items)


class TestCarts:
    """B-19, DP-20: a cart counts as abandoned after 30 minutes without activity."""

    @pytest.mark.parametrize(
        ("steps", "states"),
        [
            ([], []),
            ([step(0, "touched")], []),
            ([step(0, "removed", "a")], []),
            ([step(0, "ordered")], []),
            ([step(0, "added", "a")], ["open"]),
            ([step(0, "touched", "a")], ["open"]),
            ([step(0, "added", "a"), step(1, "removed", "a")], ["emptied"]),
            ([step(0, "added", "a"), step(0, "added", "a"), step(1, "removed", "a")], ["open"]),
            ([step(0, "added", "a"), step(1, "removed", "b")], ["open"]),
            ([step(0, "added", "a"), step(5, "ordered")], ["ordered"]),
            ([step(0, "added", "a"), step(5, "ordered"), step(9, "added", "b")], ["ordered", "open"]),
            ([step(0, "added", "a", cart="1"), step(5, "added", "b", cart="2")], ["open", "open"]),
            ([step(0, "added", "a", cart="1"), step(5, "ordered")], ["ordered"]),
            ([step(0, "added", "a"), step(31 * DAY, "added", "b")], ["open", "open"]),
        ],
    )
    def test_follow_their_events(self, steps: list[signals.Step], states: list[str]) -> None:
        assert [cart.state for cart in signals.carts_of(steps)] == states

    def test_are_due_half_an_hour_after_the_latest_activity(self) -> None:
        (cart,) = signals.carts_of([step(0, "added", "a"), step(20, "touched")])

        assert cart.due_at == NOW + timedelta(minutes=50)

    def test_keep_what_is_in_them(self) -> None:
        (cart,) = signals.carts_of([step(0, "added", "a", "b"), step(1, "added", "a"), step(2, "removed", "b")])

        assert cart.items == {"a": {"quantity": 2}}


class TestTheMarket:
    """B-20: a rate or a material's price that moved by three percent or more."""

    @pytest.mark.parametrize(
        ("before", "after", "percent", "moved"),
        [("100", "103", "3.0", True), ("100", "97", "-3.0", True),
         ("100", "102.9", "2.9", False), ("0", "5", "0", False)],
    )  # fmt: skip
    def test_moves(self, before: str, after: str, percent: str, moved: bool) -> None:
        found = signals.percent_moved(Decimal(before), Decimal(after))

        assert (found, signals.is_market_move(found)) == (Decimal(percent), moved)


@pytest.fixture(scope="module")
def clickstream(shared_data: Path) -> list[dict[str, str]]:
    with gzip.open(shared_data / "events_ecom" / "ecom.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_user(rows: list[dict[str, str]]) -> Iterator[tuple[str, list[tuple[datetime, str]]]]:
    """The clickstream user by user in order of time; rows of one second in the order of the file."""
    numbered = sorted(enumerate(rows), key=lambda each: (each[1]["user_id"], each[1]["timestamp"], each[0]))
    for user, found in groupby((row for _, row in numbered), key=lambda row: row["user_id"]):
        yield user, [(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC), row["event"]) for row in found]


PAGES = ("home", "catalog", "product_view", "search", "promo_page")
IN_A_ROW = """
    WITH numbered AS (SELECT * FROM clicks),
    pages AS (
        SELECT user_id, event, moment, n FROM numbered
        WHERE event IN ('home', 'catalog', 'product_view', 'search', 'promo_page')
    ),
    rows AS (
        SELECT user_id, event, moment,
               lag(event, 1) OVER w AS e1, lag(event, 2) OVER w AS e2, lag(moment, 2) OVER w AS moment2
        FROM pages WINDOW w AS (PARTITION BY user_id ORDER BY moment, n)
    )
    SELECT user_id, epoch(moment)::BIGINT, event FROM rows
    WHERE e1 = event AND e2 = event AND moment - moment2 <= INTERVAL 14 DAY ORDER BY ALL
"""
LEFT_BEHIND = """
    WITH numbered AS (SELECT * FROM clicks),
    steps AS (
        SELECT user_id, moment, event, n,
               count(*) FILTER (WHERE event = 'purchase') OVER (
                   PARTITION BY user_id ORDER BY moment, n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bought
        FROM numbered
        WHERE event IN ('add_to_cart', 'cart', 'shipping_details', 'payment_details', 'purchase')
    ),
    gaps AS (
        SELECT *, coalesce(moment - lag(moment) OVER w > INTERVAL 30 DAY, false) AS is_late
        FROM steps WINDOW w AS (PARTITION BY user_id, bought ORDER BY moment, n)
    ),
    stretches AS (
        SELECT *, count(*) FILTER (WHERE is_late) OVER (PARTITION BY user_id, bought ORDER BY moment, n) AS stretch
        FROM gaps
    ),
    carts AS (
        SELECT user_id, min(moment) FILTER (WHERE event = 'add_to_cart') AS filled,
               max(moment) AS touched, bool_or(event = 'purchase') AS is_ordered
        FROM stretches GROUP BY user_id, bought, stretch
    )
    SELECT user_id, epoch(filled)::BIGINT, epoch(touched)::BIGINT, is_ordered FROM carts
    WHERE filled IS NOT NULL ORDER BY ALL
"""


class TestOnAClickstream:
    """B-02, B-19 on the shop clickstream: equal, row for row, to an independent query in SQL.

    The file has no categories and no cart ids: a kind of page stands for a category,
    a purchase or a month of silence ends a cart.
    """

    def query(self, clickstream: list[dict[str, str]], text: str) -> list[Any]:
        import pyarrow as pa

        with open_plain_engine() as engine:
            table = pa.table(
                {name: [row[name] for row in clickstream] for name in ("user_id", "event", "timestamp")}
                | {"n": list(range(len(clickstream)))}
            )
            engine.register("raw", table)
            engine.execute("CREATE TABLE clicks AS SELECT user_id, event, timestamp::TIMESTAMP AS moment, n FROM raw")
            return engine.execute(text).fetchall()

    def test_interest_equals_the_query(self, clickstream: list[dict[str, str]]) -> None:
        found = [
            (user, int(at.timestamp()), category)
            for user, clicks in by_user(clickstream)
            for at, category in signals.interests(signals.View(at, event) for at, event in clicks if event in PAGES)
        ]

        assert len(found) > 1000
        assert sorted(found) == self.query(clickstream, IN_A_ROW)

    def test_carts_equal_the_query(self, clickstream: list[dict[str, str]]) -> None:
        verbs = defaultdict(lambda: "", add_to_cart="added", cart="touched", shipping_details="touched",
                            payment_details="touched", purchase="ordered")  # fmt: skip
        found = []
        for user, clicks in by_user(clickstream):
            steps = [
                signals.Step(at, verbs[event], items={"x": {"quantity": 1}} if event == "add_to_cart" else {})
                for at, event in clicks
                if verbs[event]
            ]
            found += [
                (user, int(cart.filled_at.timestamp()), int(cart.touched_at.timestamp()), cart.state == "ordered")
                for cart in signals.carts_of(steps)
            ]

        assert sum(not ordered for *_, ordered in found) > 100
        assert sorted(found) == self.query(clickstream, LEFT_BEHIND)
