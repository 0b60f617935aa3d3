"""A foreign key points into its own room or to a lower floor (house B3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.apps import apps

from tests.house.source import floors


def relations() -> Iterator[tuple[str, str, str]]:
    """(label of the column, its room, the room it points to) for every relation between our tables."""
    for model in apps.get_models():
        if not model.__module__.startswith("guanxi."):
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model is not None:
                target = field.related_model
                if isinstance(target, type) and target.__module__.startswith("guanxi."):
                    yield f"{model._meta.label}.{field.name}", room_of(model), room_of(target)


def room_of(model: type) -> str:
    return model.__module__.split(".")[1]


def pointing_up(found: Iterable[tuple[str, str, str]]) -> list[str]:
    return [label for label, room, target in found if room != target and floors()[target] >= floors()[room]]


class TestRelations:
    def test_point_down(self) -> None:
        assert pointing_up(relations()) == []

    def test_are_found(self) -> None:
        assert ("outbox.Message.contact", "outbox", "ledger") in set(relations())

    def test_a_planted_relation_upwards_is_found(self) -> None:
        assert pointing_up([("ledger.Order.journey", "ledger", "journeys")]) == ["ledger.Order.journey"]

    def test_a_planted_relation_to_a_neighbour_is_found(self) -> None:
        assert pointing_up([("consent.Permission.run", "consent", "scoring")]) == ["consent.Permission.run"]
