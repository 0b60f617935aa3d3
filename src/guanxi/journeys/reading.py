"""Reads the YAML of a journey with its line numbers, so that a mistake is named where it stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, NoReturn

import yaml

LONGEST_TEXT = 64 * 1024
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION = re.compile(r"(\d{1,4}) ?([mhdw])")
MISSING: Any = object()
Shape = Mapping[str, Any]
ANYTHING: Shape = {}


class GraphError(ValueError):
    """The text is no journey that can run; the sentence names the line, the step, the mistake and the remedy."""

    def __init__(self, line: int, where: str, mistake: str) -> None:
        self.line = line
        super().__init__(f"line {line}, {where}: {mistake}" if where else f"line {line}: {mistake}")


class Block(dict[str, Any]):
    """A YAML mapping that knows the line it begins on and the lines of its keys."""

    line: int = 1
    key_lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases (which could unfold without end), with lines, refusing doubled keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise GraphError(mark.line + 1, "", "aliases (*name) are not read; repeat the text.")
        return super().compose_node(parent, index)


def _block(loader: _Loader, node: yaml.MappingNode) -> Block:
    block = Block()
    block.line = node.start_mark.line + 1
    block.key_lines = {}
    for key_node, value_node in node.value:
        key, line = str(loader.construct_object(key_node, deep=True)), key_node.start_mark.line + 1
        if key in block:
            raise GraphError(line, "", f"`{key}` is written twice; keep one.")
        block[key] = loader.construct_object(value_node, deep=True)
        block.key_lines[key] = line
    return block


# PyYAML reads `yes`, `no`, `on` as truth and `2026-01-01` as a date; a journey means the words.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_constructor("tag:yaml.org,2002:map", _block)


def read_block(text: str) -> Block:
    """The document as a Block. Raises GraphError."""
    document = _loaded(text, lambda loader: loader.get_single_data())
    if not isinstance(document, Block):
        raise GraphError(1, "", "a journey is a mapping; begin with `key: my-journey`.")
    return document


def compose(text: str) -> yaml.MappingNode:
    """The document as nodes that know where they stand. Raises GraphError."""
    node = _loaded(text, lambda loader: loader.get_single_node())
    if not isinstance(node, yaml.MappingNode):
        raise GraphError(1, "", "a journey is a mapping; begin with `key: my-journey`.")
    return node


def _loaded(text: str, load: Callable[[_Loader], Any]) -> Any:
    if len(text) > LONGEST_TEXT:
        raise GraphError(1, "", "the text is longer than 64 KB; split the journey.")
    try:
        loader = _Loader(text)
        return load(loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "this is no YAML"
        raise GraphError(
            mark.line + 1 if mark else 1, "", f"{problem}; check the indentation and the colons."
        ) from None
    except RecursionError:
        raise GraphError(1, "", "the text is nested too deeply; write it flatter.") from None


def as_pattern(*patterns: re.Pattern[str]) -> str:
    """One of these, whole, as JSON Schema writes it."""
    return f"^(?:{'|'.join(each.pattern for each in patterns)})$"


def duration(text: object) -> timedelta | None:
    """`30m`, `24h`, `7d`, `2w` as a span; None for anything else."""
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None


class Fields:
    """Takes the known fields out of a block one by one; what is left over at the end is a mistake."""

    def __init__(self, block: Block, where: str = "") -> None:
        self.block, self.where = block, where
        self.known: set[str] = set()

    def line_of(self, name: str) -> int:
        return self.block.key_lines.get(name, self.block.line)

    def fail(self, mistake: str, name: str = "") -> NoReturn:
        raise GraphError(self.line_of(name), self.where, mistake)

    def has(self, name: str) -> bool:
        self.known.add(name)
        return name in self.block

    def value(self, name: str, default: Any = MISSING, *, shape: Shape = ANYTHING) -> Any:
        """What is written, of any kind; `shape` is the JSON Schema of what the caller takes."""
        self.known.add(name)
        if name in self.block:
            return self.block[name]
        if default is MISSING:
            self.fail(f"`{name}` is missing; add it.")
        return default

    def text(self, name: str, default: Any = MISSING) -> str:
        value = self.value(name, default)
        if not isinstance(value, str):
            self.fail(f"`{name}` must be a word or a sentence, not {value!r}; put it in quotes.", name)
        return value

    def word(self, name: str, pattern: re.Pattern[str], remedy: str, default: Any = MISSING) -> str:
        """A text that matches the pattern; `remedy` says in words what to write."""
        text = self.text(name, default)
        if name in self.block and not pattern.fullmatch(text):
            self.fail(f"`{name}` is {text!r}; write {remedy}.", name)
        return text

    def require(self, name: str, mistake: str) -> None:
        """Refuses a block that lacks the field, with a sentence of its own."""
        if name not in self.block:
            self.fail(mistake)

    def flag(self, name: str) -> bool:
        value = self.value(name, default=False)
        if not isinstance(value, bool):
            self.fail(f"`{name}` is {value!r}; write true or false.", name)
        return value

    def number(self, name: str, default: Any = MISSING, *, least: int = 0, most: int = 1000) -> int:
        value = self.value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fail(f"`{name}` is {value!r}; write a whole number from {least} to {most}.", name)
        return value

    def span(self, name: str, default: Any = MISSING) -> Any:
        """A duration, or `default` when the field is absent."""
        value = self.value(name, default)
        if name not in self.block:
            return value
        found = duration(value)
        if found is None:
            self.fail(f"`{name}` is {value!r}; write a duration such as 30m, 24h, 7d or 2w.", name)
        return found

    def words(self, name: str, default: Any = MISSING, *, among: Collection[str] = ()) -> tuple[str, ...]:
        """One word, or a list of words; of those `among` which it must be, when given."""
        value = self.value(name, default)
        words = (value,) if isinstance(value, str) else value
        if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
            self.fail(f"`{name}` must be a word or a list of words.", name)
        if unknown := [word for word in words if among and word not in among]:
            self.fail(f"`{name}` names {unknown[0]!r}; take of {', '.join(among)}.", name)
        return tuple(words)

    def sentences(self, name: str, default: Any = MISSING) -> dict[str, str]:
        """A sentence (then it is English), or sentences by language with `en` among them."""
        value = self.value(name, default)
        if name not in self.block:
            return dict(value)
        if isinstance(value, str) and value.strip():
            return {"en": value}
        if (
            not isinstance(value, Block)
            or "en" not in value
            or not all(isinstance(each, str) and each.strip() for each in value.values())
        ):
            self.fail(
                f"`{name}` must be a sentence (put it in quotes), or sentences by language, `en` among them.", name
            )
        return dict(value)

    def one_of(self, name: str, choices: Iterable[str], default: Any = MISSING) -> str:
        value = self.value(name, default)
        if name in self.block and value not in choices:
            self.fail(f"`{name}` is {value!r}; write one of {', '.join(choices)}.", name)
        return str(value)

    def word_or_block(self, name: str, words: Collection[str]) -> Any:
        """One of the words, or a mapping."""
        value = self.value(name)
        return value if isinstance(value, Block) else self.one_of(name, words)

    def blocks(self, name: str, mistake: str = "") -> list[Block]:
        """A list of mappings, or one mapping; with `mistake` there must be one, and that is said when there is none."""
        value = self.value(name, [])
        found = [value] if isinstance(value, Block) else value
        if not isinstance(found, list) or not all(isinstance(each, Block) for each in found):
            self.fail(f"`{name}` must be a list of mappings; begin each with a dash.", name)
        if mistake and not found:
            self.fail(mistake, name)
        return found

    def block_of(self, name: str, *, shape: Shape = ANYTHING) -> Block:
        """A mapping, empty when the field is absent; `shape` is the JSON Schema of what the caller takes."""
        value = self.value(name, default=None)
        if value is None:
            value = Block()
            value.line, value.key_lines = self.line_of(name), {}
        if not isinstance(value, Block):
            self.fail(f"`{name}` must be a mapping.", name)
        return value

    def inside(self, block: Block, where: str = "") -> Fields:
        """The fields of a block of this one."""
        return type(self)(block, where or self.where)

    def close(self) -> None:
        """Raises GraphError for the first field nobody asked for."""
        for name in self.block:
            if name not in self.known:
                self.fail(f"`{name}` is not known here; known are {', '.join(sorted(self.known))}.", name)
