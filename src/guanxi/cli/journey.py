"""`guanxi journey`: the schema of journeys for an editor, and the check of files before they are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from guanxi.cli.answers import AsJson
from guanxi.cli.failure import CommandFailed, fail

app = typer.Typer(help="Journeys as files.", no_args_is_help=True)


@app.callback()
def journey() -> None:
    """Journeys as files."""


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of a journey, for an editor that completes and checks YAML while one types."""
    from guanxi.journeys.schema import journey_schema

    print(json.dumps(journey_schema(), ensure_ascii=False, indent=1))


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Journeys as YAML files.")], as_json: AsJson = False
) -> None:
    """Read journeys as publishing would, change nothing, and name the mistakes of each with their lines.

    As JSON the first one of a file is `line` and `says`; all of them are its `mistakes`.
    """
    found = {str(path): _mistakes(path) for path in files}
    if as_json:
        told = {name: each[0] | {"mistakes": each} if each else None for name, each in found.items()}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for name, mistakes in found.items():
            for mistake in mistakes or [{"says": "good"}]:
                print(f"{name}: {mistake['says']}")
    if any(found.values()):
        raise CommandFailed("")


def _mistakes(path: Path) -> list[dict[str, object]]:
    from guanxi.journeys.mistakes import mistakes_of

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        fail(f"{path} cannot be read ({error}).")
    return [{"line": each.line, "says": str(each)} for each in mistakes_of(text)]
