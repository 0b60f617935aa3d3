"""What the builder does to a journey's text: insert, move, delete and change a card. Pure.

Each operation takes a text and gives one; comments and the order of keys stay where nothing was asked of them. Ways are
mended as far as the operation goes (who led to a deleted step leads to the one after it), and the grammar has the last
word: what comes out reads, or `read_graph` names the line of the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guanxi.journeys.reading import Block, GraphError
from guanxi.journeys.sheet import (
    above_steps,
    chunks_of,
    indent_of,
    index_of,
    line_of,
    step_ids,
    steps_of,
    tidy,
    with_chunk,
    without_chunk,
)
from guanxi.journeys.splicing import (
    Path,
    block_lines,
    data_at,
    drop,
    lines_of,
    plain,
    put,
    read_block,
)

END, NEXT = "end", "next"
MOST_TEXTS = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """Below the step `after`, or at the head of its way number `way`; or above the step `before`, for all who come
    there; without any of them at the top."""

    after: str = ""
    way: int | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The texts of one sitting; `place` is the one that counts, those after it can be taken again."""

    texts: tuple[str, ...]
    place: int = 0

    @property
    def text(self) -> str:
        return self.texts[self.place]

    @property
    def can_undo(self) -> bool:
        return self.place > 0

    @property
    def can_redo(self) -> bool:
        return self.place + 1 < len(self.texts)

    def with_text(self, text: str) -> History:
        if text == self.text:
            return self
        texts = (*self.texts[: self.place + 1], text)[-MOST_TEXTS:]
        return History(texts, len(texts) - 1)

    def undone(self) -> History:
        return History(self.texts, max(self.place - 1, 0))

    def redone(self) -> History:
        return History(self.texts, min(self.place + 1, len(self.texts) - 1))


# Operations


def insert_step(text: str, step: Mapping[str, Any], spot: Spot) -> str:
    """`step` as a new card at `spot`. The word `next` among its ways stands for whatever comes below it."""
    text = tidy(text)
    step = dict(plain(step))
    ids = step_ids(text)
    if step["id"] in ids:
        raise GraphError(line_of(text, step["id"]), "steps", f"two steps are called `{step['id']}`; rename one.")
    return _put_in(text, _Fresh(step), spot)


def delete_step(text: str, step_id: str) -> str:
    """Without the card, and without those only it led to. Raises GraphError for the last one."""
    text = tidy(text)
    was = steps_of(text)[index_of(text, step_id)]
    text = _take_out(text, step_id)
    if "branch" in was or "heard" in was:
        while stray := [each for each in step_ids(text) if each not in _reached(text)]:
            text = _take_out(text, stray[-1])
    return text


def move_step(text: str, step_id: str, spot: Spot) -> str:
    """The card with its comments at another spot."""
    text = tidy(text)
    number = index_of(text, step_id)
    before = step_ids(text)[number - 1] if number else ""
    if step_id in {spot.after, spot.before} or (
        spot.way is None and not spot.before and spot.after == before and _falls_through(text, number - 1)
    ):
        return text
    if spot.after:
        index_of(text, spot.after)
    lines = chunks_of(text)[number]
    rest = _take_out(text, step_id)
    return _put_in(rest, _Moved(step_id, lines), spot)


def change_step(text: str, step_id: str, changes: Mapping[str, Any]) -> str:
    """Other values for keys of the card; None takes a key away. A new `id` is told to all who name it."""
    text = tidy(text)
    number = index_of(text, step_id)
    for key, value in changes.items():
        path = ("steps", number, key)
        if value is None:
            text = drop(text, path)
        elif not _says_the_same(data_at(text, path[:-1]).get(key), value):
            text = put(text, path, value)
    new = changes.get("id", step_id)
    return text if new == step_id else _told(text, step_id, new)


def change_head(text: str, changes: Mapping[str, Any]) -> str:
    """Other values for keys of the journey itself (title, trigger, entry …); None takes a key away."""
    text = text.replace("\r\n", "\n")
    for key, value in changes.items():
        if value is None:
            text = drop(text, (key,))
        elif key not in (there := read_block(text)):
            text = above_steps(text, lines_of(key, value, 0))
        elif not _says_the_same(there[key], value):
            text = put(text, (key,), value)
    return text


def _says_the_same(written: Any, value: Any) -> bool:
    """Also one mapping and a list of only that."""
    one, other = plain(written), plain(value)
    return bool(one == other or [one] == other)


def fresh_id(text: str, wish: str) -> str:
    """`wish` as an id nobody bears yet."""
    taken = set(step_ids(text)) | {END}
    word = word_of(wish, "step")
    numbered = (f"{word}-{number}" for number in range(2, 1000))
    return word if word not in taken else next(each for each in numbered if each not in taken)


def word_of(wish: str, otherwise: str) -> str:
    """Small letters, digits and hyphens of what was wished for."""
    word = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[:32].rstrip("-")
    return word if word[:1].isalpha() else f"{otherwise}-{word}".rstrip("-")


# Ways


@dataclass(frozen=True, slots=True)
class _Fresh:
    step: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.step["id"])

    def rows(self, indent: int, below: str) -> list[str]:
        return block_lines(_led_on(self.step, below), indent)


@dataclass(frozen=True, slots=True)
class _Moved:
    id: str
    lines: list[str]

    def rows(self, indent: int, below: str) -> list[str]:
        return self.lines


def _put_in(text: str, card: _Fresh | _Moved, spot: Spot) -> str:
    if spot.before:
        return _put_before(text, card, spot.before)
    if spot.way is not None:
        return _put_in_way(text, card, spot)
    indent = indent_of(text)
    if not spot.after:
        return _settled(with_chunk(text, 0, card.rows(indent, step_ids(text)[0])), card.id, None)
    number = index_of(text, spot.after)
    above = steps_of(text)[number]
    if "end" in above:
        raise GraphError(above.line, f"step {spot.after}", "nothing comes after an end; choose another place.")
    go = above.get("go")
    below = str(go) if go is not None else _following(text, number)
    text = drop(text, ("steps", number, "go"))
    text = with_chunk(text, number + 1, card.rows(indent, below))
    return _settled(text, card.id, go)


def _put_before(text: str, card: _Fresh | _Moved, below: str) -> str:
    at = index_of(text, below)
    for path in list(_naming(text, below)):
        if path[-1] != "repeat":
            text = put(text, path, card.id)
    return _settled(with_chunk(text, at, card.rows(indent_of(text), below)), card.id, None)


def _put_in_way(text: str, card: _Fresh | _Moved, spot: Spot) -> str:
    """Between a branch and where that way led; it must stand above that, or at the bottom when it led to the end."""
    number = index_of(text, spot.after)
    step = steps_of(text)[number]
    ways = [str(way.get("go", END)) for way in _ways(step)] or ([str(step["heard"])] if "heard" in step else [])
    if spot.way is None or not 0 <= spot.way < len(ways):
        raise GraphError(step.line, f"step {spot.after}", "there is no such way.")
    target = ways[spot.way]
    at = index_of(text, target) if target != END else len(step_ids(text))
    if at and _falls_through(text, at - 1):
        text = put(text, ("steps", at - 1, "go"), target)
    path: Path = ("heard",) if "heard" in step else ("branch", spot.way, "go")
    text = put(text, ("steps", number, *path), card.id)
    text = with_chunk(text, at, card.rows(indent_of(text), target))
    return _settled(text, card.id, None)


def _settled(text: str, step_id: str, go: object) -> str:
    """The step that has just come goes on to `go`, or to whatever stands below it."""
    path = ("steps", index_of(text, step_id))
    step = data_at(text, path)
    if go is None or "end" in step:
        return drop(text, (*path, "go"))
    return put(text, (*path, "go"), go)


def _take_out(text: str, step_id: str) -> str:
    number, ids = index_of(text, step_id), step_ids(text)
    if len(ids) == 1:
        raise GraphError(line_of(text, step_id), "steps", "a journey has at least one step; change this one.")
    step, following = steps_of(text)[number], _following(text, number)
    successor = END if "end" in step else str(step.get("go", following))
    if number and _falls_through(text, number - 1) and successor != following:
        text = put(text, ("steps", number - 1, "go"), successor)
    meant = _with_needless_go(text)
    text = _told(text, step_id, successor, back_to=following)
    text = without_chunk(text, index_of(text, step_id))
    for each in _with_needless_go(text) - meant:
        text = drop(text, ("steps", index_of(text, each), "go"))
    return text


def _told(text: str, old: str, new: str, *, back_to: str | None = None) -> str:
    """Whoever names the step `old` names another one."""
    for path in list(_naming(text, old)):
        is_back = path[-1] == "repeat"
        text = put(text, path, back_to if is_back and back_to is not None else new)
    return text


def _naming(text: str, step_id: str) -> Iterator[Path]:
    for number, step in enumerate(steps_of(text)):
        for key in ("go", "repeat", "heard"):
            if step.get(key) == step_id and not (key == "repeat" and step["id"] == step_id):
                yield ("steps", number, key)
        for each, way in enumerate(_ways(step)):
            if way.get("go") == step_id:
                yield ("steps", number, "branch", each, "go")


def _with_needless_go(text: str) -> set[str]:
    """The steps that name the one right below them."""
    return {str(step["id"]) for number, step in enumerate(steps_of(text)) if step.get("go") == _following(text, number)}


def _led_on(step: Mapping[str, Any], below: str) -> dict[str, Any]:
    """`next` among the ways of a new branch means the step below it."""
    ways = step.get("branch")
    if not isinstance(ways, list):
        return dict(step)
    return {**step, "branch": [{**way, "go": below} if way.get("go") == NEXT else dict(way) for way in ways]}


def _ways(step: Mapping[str, Any]) -> list[Block]:
    found = step.get("branch")
    ways = [found] if isinstance(found, Block) else found
    return [way for way in ways if isinstance(way, Block)] if isinstance(ways, list) else []


def _following(text: str, number: int) -> str:
    ids = step_ids(text)
    return ids[number + 1] if number + 1 < len(ids) else END


def _falls_through(text: str, number: int) -> bool:
    """Whether the step goes on to the one right below it because it names none."""
    if number < 0:
        return False
    step = steps_of(text)[number]
    return "go" not in step and "end" not in step


def _reached(text: str) -> set[str]:
    steps = {str(step["id"]): (number, step) for number, step in enumerate(steps_of(text))}
    seen: set[str] = set()
    open_ends = [next(iter(steps))]
    while open_ends:
        step_id = open_ends.pop()
        if step_id in seen or step_id not in steps:
            continue
        seen.add(step_id)
        number, step = steps[step_id]
        is_end = "end" in step and not {"when", "not_after"} & step.keys()
        open_ends += [*(str(way.get("go")) for way in _ways(step)), str(step.get("heard"))]
        open_ends += [] if is_end else [str(step.get("go", _following(text, number)))]
    return seen
