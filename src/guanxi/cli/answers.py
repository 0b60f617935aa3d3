"""What commands share: the moment somebody hands in, and the answer for people or machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

import typer

from guanxi.cli.failure import fail

At = Annotated[
    str | None,
    typer.Option("--at", help="The moment, e.g. 2026-03-01T09:00:00+08:00 (UTC without zone); by default now."),
]


class DateOrder(StrEnum):
    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


Language: TypeAlias = Literal["en", "zh-Hans"]
LANGUAGES = "<en|zh-Hans>"


def language_named(text: str) -> Language:
    """The language of an answer; zh, zh-CN and zh_hans mean Chinese too."""
    bare = text.strip().casefold().replace("_", "-").partition("-")[0]
    if bare not in {"en", "zh"}:
        raise typer.BadParameter(f"{text} is no language of the answers; write en or zh-Hans.")
    return "zh-Hans" if bare == "zh" else "en"


DateOrderOption = Annotated[
    DateOrder | None,
    typer.Option("--date-order", help="How 03/04/05 is meant; found out from the whole file by default."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")]


def moment_of(text: str | None) -> datetime:
    """The moment somebody wrote, or now. Fails with a sentence."""
    from guanxi.kernel.clock import parse_moment, utc_now

    if text is None:
        return utc_now()
    try:
        return parse_moment(text)
    except ValueError as error:
        fail(str(error))


def answer(result: Mapping[str, Any], *, as_json: bool) -> None:
    """One JSON document, or a line per figure."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value
        typer.echo(f"{name.replace('_', ' '):<20} {shown}")
