"""Letters of text and values only, filled without the interpreter; the words that come out are the same. Pure.

Most letters have no tags. Their text is cut once at the places of its values; each value is then looked up, filtered by
the very filters of the dialect, and escaped in HTML. Whatever is out of the ordinary is left to the interpreter.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.filtered import FilteredExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.output import OutputNode
from liquid.stringify import to_liquid_string
from markupsafe import escape

from guanxi.content import dialect

Piece = str | tuple[tuple[str, ...], tuple[Any, ...]]  # text, or the path of a value and its filters


def fill(source: str, values: Mapping[str, Any], is_html: bool, contexts: dict[bool, Any] | None = None) -> str | None:
    """The filled text; None when the interpreter must have a look. Raises BadLetter, LiquidError.

    `contexts` keeps what the filters ask, for all parts of one letter and these values.
    """
    contexts = {} if contexts is None else contexts
    pieces = _pieces(source, is_html)
    if pieces is None:
        return None
    parts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        path, filters = piece
        found: Any = values
        for key in path:
            if not isinstance(found, Mapping) or key not in found:
                return None
            found = found[key]
        if filters:
            if is_html not in contexts:
                contexts[is_html] = _context(source, values, is_html)
            for each in filters:
                found = each.evaluate(found, contexts[is_html])
        parts.append(str(escape(found)) if is_html and type(found) is str else to_liquid_string(found, is_html))
    filled = "".join(parts)
    # The interpreter has the words for a text that is too long.
    return filled if len(filled) * 4 <= dialect.LetterEnvironment.output_stream_limit else None


@lru_cache(maxsize=1024)
def _pieces(source: str, is_html: bool) -> tuple[Piece, ...] | None:
    pieces: list[Piece] = []
    for node in dialect.parse(source, is_html).nodes:
        if isinstance(node, ContentNode):
            pieces.append(str(node.text))
        elif isinstance(node, OutputNode) and (value := _value(node.expression)):
            pieces.append(value)
        else:
            return None
    return tuple(pieces)


def _value(expression: Any) -> Piece | None:
    if type(expression) is not FilteredExpression or type(expression.left) is not Path:
        return None
    path = tuple(key for key in expression.left.path if isinstance(key, str))
    if len(path) != len(expression.left.path):
        return None
    return path, tuple(expression.filters or ())


def _context(source: str, values: Mapping[str, Any], is_html: bool) -> Any:
    template = dialect.parse(source, is_html)
    return template.context_class(template, globals=template.make_globals(dict(values)))
