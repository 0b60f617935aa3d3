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
    """Read journeys as publishing would, change nothing, and name the line of the first mistake in each."""
    mistakes = {str(path): _mistake(path) for path in files}
    if as_json:
        print(json.dumps(mistakes, ensure_ascii=False))
    else:
        for name, mistake in mistakes.items():
            print(f"{name}: {mistake['says'] if mistake else 'good'}")
    if any(mistakes.values()):
        raise CommandFailed("")


def _mistake(path: Path) -> dict[str, object] | None:
    from guanxi.journeys.graph import read_graph
    from guanxi.journeys.reading import GraphError

    try:
        read_graph(path.read_text(encoding="utf-8"))
    except GraphError as mistake:
        return {"line": mistake.line, "says": str(mistake)}
    except (OSError, UnicodeError) as error:
        fail(f"{path} cannot be read ({error}).")
    return None
