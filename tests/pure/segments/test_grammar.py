from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from guanxi.segments import gallery, grammar, json_schema, reading, tree
from guanxi.segments.grammar import Known, read_rule
from guanxi.segments.tree import RuleMistake, Window, find_cycle, in_order

TODAY = date(2026, 2, 20)
KNOWN = Known({"abc": ("A", "B")}, {"fair": "contact"}, "USD", "own")


def a_rule(*conditions: Any, level: str = "customer", **more: Any) -> dict[str, Any]:
    return {"level": level, "where": {"all": list(conditions)}, **more}


class TestMistakes:
    @pytest.mark.parametrize(
        ("document", "place", "remedy"),
        [
            ([], "rule", "must be a JSON object"),
            ({"level": "customer"}, "where", "is missing"),
            (a_rule({"field": "name", "op": "is_known"}, level="firm"), "level", "must be one of customer, contact"),
            (a_rule({"field": "name", "op": "is_known"}, version=2), "version", "reads version 1"),
            (a_rule({"field": "name", "op": "is_known"}, colour="red"), "colour", "is not known here"),
            (a_rule(), "where.all", "at least one condition"),
            ({"level": "customer", "where": {"all": [1]}}, "where.all[0]", "must be a JSON object"),
            ({"level": "customer", "where": {"all": [], "any": []}}, "where", "exactly one of"),
            (a_rule({"field": "cuntry", "op": "any_of"}), "where.all[0].field", "did you mean country?"),
            (a_rule({"field": "country", "op": "contains", "value": "D"}), "where.all[0].op", "must be one of any_of"),
            (a_rule({"field": "country", "op": "any_of"}), "where.all[0].value", "is missing"),
            (a_rule({"field": "country", "op": "any_of", "value": []}), "where.all[0].value", "one to 500 values"),
            (a_rule({"field": "kind", "op": "any_of", "value": ["b3b"]}), "where.all[0].value[0]", "is none of b2b"),
            (a_rule({"field": "country", "op": "is_known", "value": 1}), "where.all[0].value", "takes no value"),
            (a_rule({"field": "order_count", "op": "at_least", "value": "3"}), "where.all[0].value", "a number"),
            (a_rule({"field": "order_count", "op": "at_least", "value": True}), "where.all[0].value", "a number"),
            (a_rule({"field": "order_count", "op": "between", "value": [3, 1]}), "where.all[0].value", "smaller"),
            (a_rule({"field": "founded_on", "op": "in_last_days", "value": 0}), "where.all[0].value", "from 1 to"),
            (a_rule({"field": "founded_on", "op": "on_or_after", "value": "31.3.26"}), "where.all[0].value", "2026-03"),
            (a_rule({"field": "founded_on", "op": "anniversary_in_days", "value": 400}), "where.all[0].value", "180"),
            (a_rule({"standing": "abd", "op": "is_known"}), "where.all[0].standing", "did you mean abc?"),
            (a_rule({"standing": "abc", "op": "any_of", "value": ["Z"]}), "where.all[0].value[0]", "none of A, B"),
            (a_rule({"standing": "abc", "op": "none_of", "value": ["A"], "for_days": 3}), "where.all[0].for_days",
             "any_of"),
            (a_rule({"event": "x", "op": "at_least", "value": 0}), "where.all[0].value", "from 1"),
            (a_rule({"event": "x", "op": "never", "value": 0}), "where.all[0].value", "takes no value"),
            (a_rule({"event": "x", "op": "never", "by": "contact"}), "where.all[0].by", "leave `by` out"),
            (a_rule({"event": "x", "op": "never", "window": {}}), "where.all[0].window", "needs last_days"),
            (a_rule({"event": "x", "op": "never", "window": {"days_ago": [9, 3]}}), "where.all[0].window.days_ago",
             "nearer end"),
            (a_rule({"event": "x", "op": "never", "window": {"from": "2026-02-01", "to": "2026-01-01"}}),
             "where.all[0].window", "exchange"),
            (a_rule({"event": "x", "op": "never", "where": [{"property": "colour", "op": "any_of", "value": ["a"]}]}),
             "where.all[0].where[0].property", "must be one of category"),
            (a_rule({"orders": "mean", "op": "at_least", "value": 1}), "where.all[0].orders", "count, sum"),
            (a_rule({"segment": "fare", "op": "in"}), "where.all[0].segment", "did you mean fair?"),
            (a_rule({"segment": "own"}), "where.all[0].segment", "cannot ask for itself"),
            (a_rule({"field": "name", "op": "is", "value": "a\x00b"}), "where.all[0].value", "control characters"),
            (a_rule({"field": "spend_total", "op": "at_least", "value": 1}, currency="EUR"), "currency", "in USD"),
        ],
    )  # fmt: skip
    def test_name_their_place_and_the_remedy(self, document: Any, place: str, remedy: str) -> None:
        with pytest.raises(RuleMistake) as told:
            read_rule(document, known=KNOWN)

        assert told.value.place == place
        assert remedy in told.value.message

    def test_stop_endless_nesting_and_endless_lists(self) -> None:
        deep: Any = {"field": "name", "op": "is_known"}
        for _ in range(grammar.DEEPEST + 1):
            deep = {"all": [deep]}
        many = [{"field": "name", "op": "is_known"}] * (grammar.MOST_CONDITIONS + 1)

        for document in ({"level": "customer", "where": deep}, a_rule(*many)):
            with pytest.raises(RuleMistake, match="a segment of its own"):
                read_rule(document)


class TestReading:
    def test_takes_a_single_condition_for_a_group(self) -> None:
        rule = read_rule({"level": "customer", "where": {"field": "name", "op": "is", "value": " Lamp "}})

        assert [type(leaf).__name__ for leaf in tree.leaves(rule.where)] == ["FieldTest"]
        assert next(tree.leaves(rule.where)).value == "Lamp"  # type: ignore[union-attr]

    def test_counts_the_contacts_own_events_unless_told_otherwise(self) -> None:
        event = {"event": "email.opened", "op": "at_least", "value": 1}
        rule = read_rule(a_rule(event, event | {"by": "customer"}, level="contact"))

        assert [leaf.by for leaf in tree.leaves(rule.where)] == ["contact", "customer"]  # type: ignore[union-attr]

    def test_keeps_money_exact(self) -> None:
        rule = read_rule(a_rule({"orders": "sum", "op": "at_least", "value": 0.1}), known=KNOWN)

        assert next(tree.leaves(rule.where)).value == Decimal("0.1")  # type: ignore[union-attr]
        assert grammar.as_document(rule)["currency"] == "USD"

    def test_tells_what_a_rule_depends_on(self) -> None:
        rule = read_rule(
            a_rule(
                {"event": "email.opened", "op": "never"}, {"standing": "abc", "op": "is_known"},
                {"segment": "fair"}, {"field": "visit_days_without_order", "op": "at_least", "value": 3},
            )
        )  # fmt: skip

        assert {"event:email.opened", "event:page.viewed", "orders", "segment:fair", "standings"} < set(
            reading.reads_of(rule)
        )
        assert "orders" in reading.changed_by("order.placed")
        assert "segment:fair" in reading.changed_by("segment.joined", "fair")
        assert not reading.changed_by("email.sent") & set(reading.reads_of(rule))


class TestWindows:
    @pytest.mark.parametrize(
        ("window", "first", "last"),
        [
            (Window(), None, TODAY),
            (Window(last_days=1), TODAY, TODAY),
            (Window(last_days=30), date(2026, 1, 22), TODAY),
            (Window(days_ago=(3, 30)), date(2026, 1, 21), date(2026, 2, 17)),
            (Window(from_on=date(2026, 2, 1)), date(2026, 2, 1), TODAY),
            (Window(to_on=date(2030, 1, 1)), None, TODAY),
        ],
    )
    def test_are_days_with_both_ends(self, window: Window, first: date | None, last: date) -> None:
        assert window.span(TODAY) == (first, last)


class TestCircles:
    def test_are_found_along_others(self) -> None:
        asks = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "d": frozenset({"a"})}

        assert find_cycle("a", asks) == ["a", "b", "c", "a"]
        assert find_cycle("d", asks) == []

    def test_are_not_in_an_order(self) -> None:
        asks = {"a": frozenset({"c"}), "b": frozenset[str](), "c": frozenset({"b", "gone"})}

        assert in_order(asks) == ["b", "c", "a"]


class TestReadyRules:
    """T-32, B-03, B-05, B-06: they ship as rules that need no more than a click."""

    def test_can_all_be_read(self) -> None:
        for ready in gallery.ready_rules():
            read_rule(dict(ready.document))
            assert {"en", "zh-Hans"} == set(ready.title) == set(ready.note), ready.key

    @pytest.mark.parametrize(
        "key", ["high-potential", "price-list-no-inquiry", "three-mails-opened", "visits-no-order", "birthday-soon"]
    )
    def test_hold_what_the_articles_ask_for(self, key: str) -> None:
        assert gallery.ready_rule(key)

    def test_ask_for_schemes_and_tiers_that_ship(self) -> None:
        from guanxi.tiering import documents

        schemes = {name: tuple(documents.read_preset(name).tiers) for name in documents.preset_names()}
        for ready in gallery.ready_rules():
            read_rule(dict(ready.document), known=Known(schemes))


class TestTheSchema:
    def test_has_a_shape_for_every_field_and_operator(self) -> None:
        shapes = [
            shape for kind in json_schema.rule_schema()["$defs"]["field"]["oneOf"] for shape in kind["oneOf"]
        ]  # fmt: skip
        named = {
            (name, shape["properties"]["op"]["const"])
            for shape in shapes
            for name in shape["properties"]["field"].get("enum", ())
        }

        from guanxi.segments.registry import FIELDS

        assert named == {(field.name, op) for field in FIELDS.values() for op in field.operators}


class TestRestsOnProfile:
    @pytest.mark.parametrize(
        ("reads", "rests"),
        [
            (["customers", "contacts", "labels", "attributes", "traits"], False),
            (["customers", "segment:buyers"], False),
            (["customers", "orders"], True),
            (["contacts", "event:page.viewed"], True),
            (["customers", "standings"], True),
            (["customers", "predictions"], True),
        ],
    )
    def test_is_what_follows_from_doings(self, reads: list[str], rests: bool) -> None:
        """RL-03: what somebody told, or staff entered, is no profile."""
        assert reading.rests_on_profile(reads) == rests
