"""The blocks a letter is built of: what each may hold, and the letter they make. Pure.

A block is a dictionary with its `type`, an `id` for the editor, its fields, and perhaps `only`: the readers it is
shown to. `read_blocks` takes whatever a browser sends and gives back clean blocks; `as_mjml` and `as_text` turn
clean blocks into the two parts of a mail, still Liquid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guanxi.content import block_mjml, block_text, conditions, markup, placeholders, words

MOST_BLOCKS, MOST_ROWS = 60, 12
LINE, RICH = 300, 20_000
PICTURE_NAME = re.compile(r"[A-Za-z0-9_-]{16,32}\.(png|jpg)")
NUMBER = re.compile(r"\d{1,9}([.,]\d{1,4})?")
ORDER_FACTS = ("number", "placed_on", "amount", "stage", "ship_by", "carrier", "tracking_number")
PROMOTIONS = frozenset({"products"})
# Fields in which an author writes, a placeholder without a filter in them, and mark-up.
WRITTEN = ("text", "html", "fallback", "label", "title", "note")
NAMED = re.compile(r"\{\{\s*([a-z_]+\.[a-z_]+)\s*\}\}")
TAGS = re.compile(r"(<[^>]*>)")

Block = dict[str, Any]
Reader = Callable[[Any, str], Any]


class BadBlock(ValueError):
    """A block cannot be read; `number` counts from one, the sentence names the field and the remedy."""

    def __init__(self, number: int, sentence: str) -> None:
        self.number = number
        super().__init__(f"Block {number}: {sentence}")


class _Wrong(ValueError):
    """A field is wrong; the sentence says how it should be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type of block holds, field by field; `is_single` may stand in a letter once."""

    fields: Mapping[str, Reader]
    is_single: bool = False


def _line(value: Any, field: str) -> str:
    return " ".join(_text(value, field, LINE).split())


def _lines(value: Any, field: str) -> str:
    return _text(value, field, RICH).strip()


def _rich(value: Any, field: str) -> str:
    return markup.clean(_text(value, field, RICH))


def _text(value: Any, field: str, most: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(f"{field} is no text.")
    if len(value) > most:
        raise _Wrong(f"{field} is longer than {most:,} characters.")
    return value.replace("\x00", "")


def _flag(value: Any, _field: str) -> bool:
    return value is True


def _one_of(*choices: Any) -> Reader:
    def read(value: Any, field: str) -> Any:
        if value is None:
            return choices[0]
        if value not in choices:
            raise _Wrong(f"{field} must be one of {', '.join(map(str, choices))}.")
        return value

    return read


def _some_of(*choices: str) -> Reader:
    def read(value: Any, field: str) -> list[str]:
        if value is None:
            return list(choices)
        if not isinstance(value, list) or any(each not in choices for each in value):
            raise _Wrong(f"{field} may hold {', '.join(choices)}.")
        return [each for each in choices if each in value]

    return read


def _picture(value: Any, field: str) -> str:
    name = _text(value, field, 60)
    if name and not PICTURE_NAME.fullmatch(name):
        raise _Wrong(f"{field} names no picture of the library; choose one there.")
    return name


def _rows(value: Any, field: str) -> list[dict[str, str]]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_ROWS or any(not isinstance(row, dict) for row in value):
        raise _Wrong(f"{field} must be a list of at most {MOST_ROWS} rows.")
    rows = [{part: _line(row.get(part), f"{field}, {part}") for part in ("from", "price", "note")} for row in value]
    for row in rows:
        for part in ("from", "price"):
            if row[part] and not NUMBER.fullmatch(row[part]):
                raise _Wrong(f"{field}, {part}: {row[part]} is no number; write it like 500 or 3.45.")
            row[part] = row[part].replace(",", ".")
    return [row for row in rows if any(row.values())]


def _currency(value: Any, field: str) -> str:
    code = _text(value, field, 3).upper()
    if code and not re.fullmatch("[A-Z]{3}", code):
        raise _Wrong(f"{field} is no currency; write its three letters, such as USD.")
    return code


KINDS: dict[str, Kind] = {
    "greeting": Kind({}, is_single=True),
    "heading": Kind({"text": _line, "size": _one_of("normal", "large")}),
    "text": Kind({"html": _rich}),
    "picture": Kind(
        {"picture": _picture, "alt": _line, "href": _line, "width": _one_of("full", "half", "small"),
         "align": _one_of("start", "center")}
    ),
    "button": Kind({"label": _line, "href": _line, "align": _one_of("start", "center")}),
    "products": Kind(
        {"title": _line, "count": _one_of(3, 2, 4, 6), "show_price": _flag, "show_reason": _flag, "fallback": _rich}
    ),
    "price_breaks": Kind({"title": _line, "currency": _currency, "article": _line, "rows": _rows, "note": _line}),
    "order_status": Kind({"facts": _some_of(*ORDER_FACTS), "button": _line}),
    "divider": Kind({}),
    "signature": Kind({"with_contact": _flag}, is_single=True),
    "footer": Kind({"extra": _rich}, is_single=True),
}  # fmt: skip


def read_blocks(told: Any) -> list[Block]:
    """Clean blocks of whatever was sent. Raises BadBlock."""
    if not isinstance(told, list) or len(told) > MOST_BLOCKS:
        raise BadBlock(1, f"a letter is a list of at most {MOST_BLOCKS} blocks.")
    blocks = [_read_block(number, each) for number, each in enumerate(told, 1)]
    seen: set[str] = set()
    for number, block in enumerate(blocks, 1):
        if KINDS[block["type"]].is_single and block["type"] in seen:
            raise BadBlock(number, f"a letter has one {block['type']} only; remove one of them.")
        seen.add(block["type"])
    return blocks


def _read_block(number: int, told: Any) -> Block:
    kind = KINDS.get(told.get("type") or "") if isinstance(told, dict) else None
    if kind is None:
        raise BadBlock(number, f"its type must be one of {', '.join(KINDS)}.")
    block: Block = {"type": told["type"], "id": re.sub(r"\W", "", str(told.get("id") or ""))[:24] or f"b{number}"}
    try:
        for field, read in kind.fields.items():
            block[field] = read(told.get(field), field)
        if only := conditions.read_condition(told.get("only")):
            block["only"] = only
    except (_Wrong, conditions.BadCondition) as mistake:
        raise BadBlock(number, str(mistake)) from None
    return block


def as_mjml(blocks: Sequence[Block], *, look: block_mjml.Look) -> str:
    """What stands between the head and the foot of the letter."""
    return "\n".join(
        block_mjml.anchor(block["id"], look)
        + conditions.around_mjml(block.get("only"), block_mjml.WRITE[block["type"]](_ready(block, look.language), look))
        for block in _before_foot(blocks)
    )


def as_text(blocks: Sequence[Block], *, language: str) -> str:
    """The same for the plain part."""
    parts = (
        (block, block_text.WRITE[block["type"]](_ready(block, language), language)) for block in _before_foot(blocks)
    )  # fmt: skip
    return "\n\n".join(conditions.around_text(block.get("only"), part) for block, part in parts if part)


def _before_foot(blocks: Iterable[Block]) -> list[Block]:
    return [block for block in blocks if block["type"] != "footer"]


def foot_of(blocks: Iterable[Block]) -> str:
    """The mark-up a firm adds to the foot; the foot itself stands under every letter (RL-14, G-14)."""
    return next((markup.clean(block["extra"]) for block in blocks if block["type"] == "footer"), "")


def _ready(block: Block, language: str) -> Block:
    """Cleaned again, since what lies in a database may have come there by another way (RS-12); in a right-to-left
    letter each name an author puts in keeps its own direction, and its full stop.
    """
    ready = block | {field: markup.clean(block[field]) for field in ("html", "fallback") if field in block}
    if not words.is_right_to_left(language):
        return ready
    return ready | {field: _isolated(ready[field]) for field in WRITTEN if ready.get(field)}


def _isolated(text: str) -> str:
    """Tags, whose addresses hold placeholders too, stay as they are."""
    return "".join(part if part.startswith("<") else NAMED.sub(_isolating, part) for part in TAGS.split(text))


def _isolating(named: re.Match[str]) -> str:
    known = placeholders.PLACEHOLDERS.get(named[1])
    return f"{{{{ {named[1]} | isolate }}}}" if known and known.kind == "text" else named[0]


def pictures_in(blocks: Iterable[Block]) -> frozenset[str]:
    """Names of the pictures that blocks show."""
    return frozenset(block["picture"] for block in blocks if block.get("picture"))


def strings_of(block: Block) -> list[str]:
    """Every text of a block that may hold placeholders."""
    found = [str(value) for field, value in block.items() if field not in ("id", "type") and isinstance(value, str)]
    return found + [text for row in block.get("rows", ()) for text in row.values()]
