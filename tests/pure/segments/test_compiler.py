from __future__ import annotations

from datetime import date, timedelta

import pytest

from guanxi.engine.dialects import written_for
from guanxi.segments import compiler, gallery, grammar, holding

TODAY = date(2026, 2, 20)


class TestTheQuery:
    @pytest.mark.parametrize("dialect", ["postgres", "spark"])
    def test_can_be_said_to_other_engines(self, dialect: str) -> None:
        import sqlglot

        for ready in gallery.ready_rules():
            query = compiler.member_query(grammar.read_rule(dict(ready.document)), as_of_on=TODAY)
            sqlglot.parse_one(written_for(dialect, query), read=dialect)  # type: ignore[arg-type]

    def test_quotes_every_value(self) -> None:
        rule = grammar.read_rule(
            {"level": "customer", "where": {"field": "name", "op": "contains", "value": "x') OR 1=1 --"}}
        )

        assert "'x'') or 1=1 --'" in compiler.member_query(rule, as_of_on=TODAY)

    @pytest.mark.parametrize(("text", "small"), [("ÜNAL", "ünal"), ("ΣΟΦΟΣ", "σοφοσ"), ("İ", "İ"), ("灯具", "灯具")])
    def test_makes_letters_small_one_by_one(self, text: str, small: str) -> None:
        assert compiler.lower(text) == holding.lower(text) == small


class TestAnniversaries:
    @pytest.mark.parametrize(
        ("day", "today", "expected"),
        [
            (date(1980, 2, 20), TODAY, TODAY),
            (date(1980, 2, 19), TODAY, date(2027, 2, 19)),
            (date(2000, 2, 29), date(2026, 2, 1), date(2026, 2, 28)),
            (date(2000, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
            (date(2000, 2, 29), date(2026, 3, 1), date(2027, 2, 28)),
            (date(1999, 12, 31), date(2026, 1, 1), date(2026, 12, 31)),
            (TODAY, TODAY, None),
            (date(2027, 1, 1), TODAY, None),
        ],
    )
    def test_return_every_year(self, day: date, today: date, expected: date | None) -> None:
        assert holding.next_anniversary(day, today) == expected

    @pytest.mark.parametrize("today", [date(2026, 2, 20), date(2028, 2, 20), date(2026, 12, 25), date(2026, 2, 28)])
    def test_are_the_same_days_for_the_engine(self, today: date) -> None:
        days = {int(each) for each in compiler.anniversaries(today, 14).split(", ")}

        for back in range(366 * 5):
            born = date(2004, 12, 31) - timedelta(days=back)
            soon = holding.next_anniversary(born, today)
            assert (soon is not None and soon <= today + timedelta(days=14)) == (born.month * 100 + born.day in days)
