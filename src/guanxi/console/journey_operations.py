"""What a click in the builder asks for: the change of the text, and the card to show then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from guanxi.console import journey_filled as filled
from guanxi.console.journey_facts import Known
from guanxi.console.journey_sitting import Sitting, graph_of
from guanxi.journeys import editing, sheet
from guanxi.journeys.editing import History, Spot
from guanxi.journeys.graph import read_graph
from guanxi.journeys.models import Journey
from guanxi.journeys.reading import GraphError, read_block
from guanxi.journeys.steps import STEP_KINDS
from guanxi.offers import queries as offers_queries

HEAD = "journey"

Change = Callable[[History], History]


def operation(sitting: Sitting, post: QueryDict) -> tuple[Change, str, str]:
    """The change, the card to show then, and what to put the cursor on. Raises GraphError."""
    op, step, text = post.get("op", ""), post.get("step", ""), sitting.text
    if op in {"undo", "redo"}:
        return (History.undone if op == "undo" else History.redone), step, "canvas"
    if op == "text":
        new = post.get("text", "").replace("\r\n", "\n")
        return (lambda history: history.with_text(new)), step, "text"
    new, step, focus = OPERATIONS[op](text, step, post) if op in OPERATIONS else (text, step, "")
    if graph_of(text)[0] is not None:
        read_graph(new)
    return (lambda history: history.with_text(new)), step, focus


def _insert(text: str, _step: str, post: QueryDict) -> tuple[str, str, str]:
    kind = post.get("kind", "wait")
    step_id = editing.fresh_id(text, kind)
    fresh = {"id": step_id, **_fresh_step(kind, text, post)}
    return editing.insert_step(text, fresh, _spot(post)), step_id, "panel"


def _delete(text: str, step: str, _post: QueryDict) -> tuple[str, str, str]:
    ids = sheet.step_ids(text)
    above = ids[max(ids.index(step) - 1, 0)] if step in ids else ""
    new = editing.delete_step(text, step)
    left = sheet.step_ids(new)
    return new, above if above in left else left[0], "card"


def _move(text: str, step: str, post: QueryDict) -> tuple[str, str, str]:
    ids = sheet.step_ids(text)
    at = ids.index(step) if step in ids else 0
    if post.get("to") == "up" and at > 0:
        return editing.move_step(text, step, Spot(before=ids[at - 1])), step, "card"
    if post.get("to") == "down" and at + 1 < len(ids):
        return editing.move_step(text, step, Spot(ids[at + 1])), step, "card"
    return text, step, "card"


def _change(text: str, step: str, post: QueryDict) -> tuple[str, str, str]:
    if step == HEAD:
        return editing.change_head(text, filled.head_changes(post, read_block(text))), step, "card"
    written = written_step(text, step)
    changes = filled.step_changes(kind_of(written), post, written)
    return editing.change_step(text, step, changes), str(changes.get("id") or step), "card"


OPERATIONS: dict[str, Callable[[str, str, QueryDict], tuple[str, str, str]]] = {
    "insert": _insert, "delete": _delete, "move": _move, "change": _change,
}  # fmt: skip


def _spot(post: QueryDict) -> Spot:
    way = post.get("way", "")
    return Spot(post.get("after", ""), int(way) if way.isdecimal() else None, post.get("before", ""))


def _fresh_step(kind: str, text: str, post: QueryDict) -> dict[str, Any]:
    """A card that can run as it is; what it should really do is filled in beside it."""
    document = read_block(text)
    if kind == "send":
        return {"send": next(iter(Known().letters), "letter"), "not_after": "7d"}
    if kind == "repeat":
        waits = [step["id"] for step in document["steps"] if "wait" in step]
        return {"repeat": waits[0] if waits else document["steps"][0]["id"], "at_most": 3}
    if kind == "offer":
        offers = offers_queries.active_offers()
        return {"offer": offers[0].name if offers else "offer"}
    if kind == "start":
        other = Journey.objects.exclude(key=document.get("key")).order_by("key").values_list("key", flat=True).first()
        return {"start": other or "journey"}
    return dict(FRESH.get(kind, FRESH["wait"]))


FRESH: Mapping[str, Mapping[str, Any]] = {
    "wait": {"wait": "3d"},
    "branch": {"branch": [{"chance": 50, "go": editing.NEXT}]},
    "task": {"task": "call", "title": "Call the customer", "due": "24h"},
    "set": {"set": {"tag": "new"}},
    "webhook": {"webhook": "signal"},
    "give_up": {"give_up": "lost"},
    "end": {"end": "done"},
}
ADDABLE = ("send", "wait", "branch", "task", "offer", "set", "repeat", "start", "webhook", "give_up", "end")


def written_step(text: str, step: str) -> Mapping[str, Any]:
    steps = read_block(text).get("steps", [])
    found = next((each for each in steps if isinstance(each, Mapping) and each.get("id") == step), None)
    if found is None:
        raise GraphError(1, "steps", _("there is no step “%(step)s”.") % {"step": step})
    return found


def kind_of(step: Mapping[str, Any]) -> str:
    return next((kind.kind for kind in STEP_KINDS if kind.kind in step), "wait")
