"""The JSON Schema of a journey, drawn from the reader itself: it is run on an Outline, which takes down what is asked
for instead of reading it. So there is one grammar, and a new step is in the schema as soon as it is read. Pure.

What only makes sense as a whole (ways, windows, whom a calendar concerns) the schema leaves to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from guanxi.journeys import graph
from guanxi.journeys.clockwork import PERIODS, READERS
from guanxi.journeys.conditions import SHAPES
from guanxi.journeys.reading import ANYTHING, DURATION, MISSING, Block, Fields, GraphError, Shape, as_pattern
from guanxi.journeys.steps import STEP_KINDS
from guanxi.journeys.steps.base import read_frame

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Shape = {"type": "string"}
SPAN: Shape = {"type": "string", "pattern": as_pattern(DURATION)}
SENTENCES: Shape = {
    "anyOf": [
        {"type": "string", "pattern": r"\S"},
        {"type": "object", "required": ["en"], "additionalProperties": {"type": "string", "pattern": r"\S"}},
    ]
}
Json = dict[str, Any]


class Outline(Fields):
    """A block as its reader wants it; every question is answered with something that lets the reader go on."""

    def __init__(self, block: Block, where: str = "", *, given: Mapping[str, Json] | None = None) -> None:
        super().__init__(block, where)
        self.given = given or {}
        self.properties: dict[str, Json] = {}
        self.required: dict[str, None] = {}
        self.below: dict[str, list[Outline]] = {}
        self.asked_whether: set[str] = set()

    def shape(self) -> Json:
        """The JSON Schema of the block."""
        properties = {name: self._with_below(name, shape) for name, shape in self.properties.items()}
        return {
            "type": "object", "properties": properties, "required": list(self.required),
            "additionalProperties": False,
        }  # fmt: skip

    def _with_below(self, name: str, shape: Json) -> Json:
        """What hangs below a place is known once its own reader has run."""
        outline = next(iter(self.below.get(name, ())), None)
        return dict(_filled(shape, outline.shape())) if outline else shape

    def _note(self, name: str, shape: Shape, default: Any) -> None:
        self.properties.setdefault(name, dict(shape))
        if default is MISSING and name not in self.asked_whether:
            self.required[name] = None

    def fail(self, mistake: str, name: str = "") -> None:  # type: ignore[override]
        """Nothing is wrong with an outline."""

    def require(self, name: str, mistake: str) -> None:
        self.required[name] = None

    def has(self, name: str) -> bool:
        self.asked_whether.add(name)
        return True

    def value(self, name: str, default: Any = MISSING, *, shape: Shape = ANYTHING) -> Any:
        self._note(name, shape, default)
        return self.block.get(name, None if default is MISSING else default)

    def text(self, name: str, default: Any = MISSING) -> str:
        self._note(name, TEXT, default)
        return str(self.block.get(name, "x"))

    def word(self, name: str, pattern: Any, remedy: str, default: Any = MISSING) -> str:
        self._note(name, {"type": "string", "pattern": as_pattern(pattern)}, default)
        return str(self.block.get(name, default if isinstance(default, str) and default else "x"))

    def flag(self, name: str) -> bool:
        self._note(name, {"type": "boolean"}, None)
        return False

    def number(self, name: str, default: Any = MISSING, *, least: int = 0, most: int = 1000) -> int:
        self._note(name, {"type": "integer", "minimum": least, "maximum": most}, default)
        return least

    def span(self, name: str, default: Any = MISSING) -> Any:
        self._note(name, SPAN, default)
        return timedelta(days=1)

    def words(self, name: str, default: Any = MISSING, *, among: Collection[str] = ()) -> tuple[str, ...]:
        word = {"enum": list(among)} if among else TEXT
        self._note(name, {"anyOf": [word, {"type": "array", "items": word}]}, default)
        return ()

    def sentences(self, name: str, default: Any = MISSING) -> dict[str, str]:
        self._note(name, SENTENCES, default)
        return {"en": "x"}

    def one_of(self, name: str, choices: Any, default: Any = MISSING) -> str:
        self._note(name, {"enum": [each for each in choices if each != ""]}, default)
        return str(self.block.get(name, next(iter(choices))))

    def word_or_block(self, name: str, words: Collection[str]) -> Any:
        self._note(name, {"anyOf": [{"enum": list(words)}, {"below": name}]}, MISSING)
        return self._below(name)

    def blocks(self, name: str, mistake: str = "") -> list[Block]:
        item = self.given.get(name, {"below": name})
        rows = {"type": "array", "items": item, **({"minItems": 1} if mistake else {})}
        self._note(name, {"anyOf": [rows, item]}, MISSING if mistake else None)
        return [] if name in self.given else [self._below(name)]

    def block_of(self, name: str, *, shape: Shape = ANYTHING) -> Block:
        self._note(name, {"type": "object", **shape} if shape else {"type": "object", "below": name}, None)
        return self._below(name)

    def inside(self, block: Block, where: str = "") -> Outline:
        outline = Outline(block, where or self.where)
        self.below.setdefault(getattr(block, "place", ""), []).append(outline)
        return outline

    def close(self) -> None:
        """Nothing is left over in an outline."""

    def _below(self, name: str) -> Block:
        block = _block()
        block.place = name  # type: ignore[attr-defined]
        return block


def _filled(shape: Any, below: Json) -> Any:
    """`shape` with what was found below it in the place that was kept for it."""
    if isinstance(shape, dict):
        return below if "below" in shape else {name: _filled(each, below) for name, each in shape.items()}
    return [_filled(each, below) for each in shape] if isinstance(shape, list) else shape


def _block(**present: Any) -> Block:
    block = Block(present)
    block.line, block.key_lines = 1, {}
    return block


def outline_of(reader: Callable[[Outline], Any], *written: Mapping[str, Any], **given: Any) -> Json:
    """What `reader` asks for when this is `written`; several cases are laid over each other."""
    shapes = []
    for present in written or ({},):
        outline = Outline(_block(**present), given=given)
        try:
            reader(outline)
        except GraphError:  # a reader that looks past its Fields is drawn as far as it came
            shapes.append(outline.shape() | {"additionalProperties": True})
        else:
            shapes.append(outline.shape())
    return dict(_closed(_laid_over(shapes)))


def _laid_over(shapes: Sequence[Json]) -> Json:
    first = shapes[0]
    for other in shapes[1:]:
        for name, shape in other["properties"].items():
            mine = first["properties"].setdefault(name, shape)
            options = mine.get("anyOf", [mine])
            if shape != mine and shape not in options:
                first["properties"][name] = {"anyOf": [*options, shape]}
        first["required"] = [name for name in first["required"] if name in other["required"]]
    return first


def _closed(shape: Any) -> Any:
    """Places nobody looked below hold any mapping."""
    if isinstance(shape, dict):
        return {name: _closed(each) for name, each in shape.items() if name != "below" or not isinstance(each, str)}
    return [_closed(each) for each in shape] if isinstance(shape, list) else shape


def _told_by(cases: Mapping[str, Json]) -> Json:
    """One mapping of several kinds; the key that names the kind says which shape it has."""
    return {
        "type": "object",
        "oneOf": [{"required": [name]} for name in cases],
        "allOf": [
            {"if": {"type": "object", "required": [name]}, "then": {"$ref": f"#/$defs/{shape['title']}"}}
            for name, shape in cases.items()
        ],
    }


@cache
def journey_schema() -> Json:
    """The whole document."""
    steps = {kind.kind: _step(kind) | {"title": f"step-{kind.kind}", "description": _said(kind)} for kind in STEP_KINDS}
    triggers = {name: _trigger(name) | {"title": f"trigger-{name}"} for name in ("event", *READERS)}
    exits = {
        name: outline_of(graph.read_exit, {name: _block()}) | {"title": f"exit-{name}"} for name in ("event", "when")
    }  # fmt: skip
    whole = outline_of(
        graph.read_fields, steps=_told_by(steps), trigger=_told_by(triggers), goals=_told_by(exits),
        exits=_told_by(exits),
    )  # fmt: skip
    shapes = {shape["title"]: shape for shape in (*triggers.values(), *exits.values(), *steps.values())}
    return {"$schema": DRAFT, "title": "Guanxi journey", **whole, "$defs": {**SHAPES, **shapes}}


def _step(kind: Any) -> Json:
    def read(outline: Outline) -> None:
        outline.word("id", graph.NAME, "")
        kind.read(read_frame("x", "end", outline), outline)

    return outline_of(read)


def _trigger(name: str) -> Json:
    written = [{name: each} for each in PERIODS] if name == "schedule" else [{name: "x"}]
    return outline_of(lambda outline: graph.read_trigger(outline, "x", "", 0), *written)


def _said(kind: Any) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())
