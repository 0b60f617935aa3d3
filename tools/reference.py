"""Writes the generated pages of docs/reference from the code; a test compares them.

python tools/reference.py
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
GENERATED = "<!-- Written by `make docs`; change the code instead. -->\n"


def event_names_page() -> str:
    """The closed vocabulary of event names, as a table."""
    from guanxi.ledger.event_names import EVENT_NAMES

    rows = "".join(f"| `{name}` | {sentence} |\n" for name, sentence in EVENT_NAMES.items())
    return (
        f"# Event names\n\n{GENERATED}\n"
        "Every event of the ledger that Guanxi writes itself bears one of these names. Events that come in by the "
        "collecting addresses (`/v1/track` and its siblings) keep the name their sender gave them.\n\n"
        f"| Name | What happened |\n| --- | --- |\n{rows}"
    )


def retention_page() -> str:
    """What each table holds of a person, what erasure does with it, and the spans of retention."""
    from guanxi.cli.workspace import prepare_django

    prepare_django()
    from django.utils import translation

    from guanxi.privacy.registry import ENTRIES, FOREIGN, Fate
    from guanxi.privacy.retention import RULES, words_of

    with translation.override("en"):
        spans = "".join(f"| {rule.holds} | {words_of(rule.days)} | {words_of(rule.most)} |\n" for rule in RULES)
        tables = "".join(
            f"| `{entry.model}` | {entry.holds} | {entry.fate.value} | {entry.because} |\n"
            for entry in (*ENTRIES, *FOREIGN) if entry.fate is not Fate.HOUSE
        )  # fmt: skip
    return (
        f"# What is kept, and how long\n\n{GENERATED}\n"
        "Every night, what is older than its span goes; a firm changes the spans under Data protection, up to the "
        "most.\n\n"
        f"| What | Default | At most |\n| --- | --- | --- |\n{spans}\n"
        "## What erasing a person does, table by table\n\n"
        "`goes`: deleted with the contact. `nameless`: stays without the person. `cleansed`: what speaks of the person "
        "is taken out. `dropped`: a row that speaks of the person is deleted. `fingerprint`: a keyed fingerprint. "
        "`staff`: about our own people. Tables not listed hold settings, figures and texts of the firm.\n\n"
        f"| Table | Holds | Erasure | Because |\n| --- | --- | --- | --- |\n{tables}"
    )


def commands_page() -> str:
    """Every command with its arguments and options."""
    from guanxi.cli.app import app

    group: Any = typer.main.get_command(app)
    parts = list(command_sections("guanxi", group))
    return (
        f"# Commands\n\n{GENERATED}\n"
        "Every command that needs the workspace creates and migrates an empty one by itself. With `--json` a command "
        "prints one JSON document on standard output and nothing else; progress goes to standard error, and only on a "
        "terminal. A command that fails says one sentence and exits with a code other than zero.\n\n" + "\n".join(parts)
    )


def command_sections(name: str, group: Any) -> Iterator[str]:
    """A section per command; a group of commands has one for each of its own."""
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from command_sections(f"{name} {word}", command)
        elif not command.hidden:
            yield command_section(f"{name} {word}", command)


def command_section(name: str, command: Any) -> str:
    rows = "".join(parameter_row(each) for each in command.params if not getattr(each, "hidden", False))
    table = f"\n| Argument or option | Default | Meaning |\n| --- | --- | --- |\n{rows}" if rows else ""
    return f"## `{name}`\n\n{inspect.cleandoc(command.help or '')}\n{table}"


def parameter_row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        shown = (parameter.metavar or parameter.name).upper()
    else:
        shown = ", ".join([*parameter.opts, *parameter.secondary_opts])
    default = parameter.default
    told = f"`{default}`" if default and not callable(default) and not isinstance(default, bool) else ""
    meaning = " ".join((getattr(parameter, "help", "") or "").split()).replace("|", "\\|")
    return f"| `{shown}` | {told} | {meaning} |\n"


def placeholders_page() -> str:
    """What a letter may name, and what each letter of the library needs from its occasion."""
    from guanxi.content import compiling, placeholders, render

    needed: dict[str, list[str]] = {}
    for template in compiling.read_library():
        names: set[str] = set()
        for draft in template.drafts:
            html = compiling.compile_mjml(compiling.compose_mjml(draft))
            text = compiling.compose_text(draft)
            names |= render.required_names(CompiledLetter(draft.subject, draft.preheader, html, text, draft.language))
        of_the_occasion = {name for name in names if placeholders.PLACEHOLDERS[name].filled_by == placeholders.OCCASION}
        needed[template.key] = sorted(of_the_occasion)
    return placeholders.reference_page(needed)


@dataclass(frozen=True)
class CompiledLetter:
    """A letter as far as its names are asked for."""

    subject: str
    preheader: str
    html: str
    text: str
    language: str


def segment_grammar_page() -> str:
    """What a rule of a segment may ask, and how it is written."""
    from guanxi.segments.grammar_page import reference_page

    return reference_page(GENERATED)


def journey_schema() -> str:
    """The JSON Schema of a journey, drawn from the reader."""
    from guanxi.journeys.schema import journey_schema

    return json.dumps(journey_schema(), ensure_ascii=False, indent=1) + "\n"


def ready_journeys_page() -> str:
    """Every ready journey with its steps and their windows."""
    from guanxi.journeys.ready_page import reference_page

    return reference_page(GENERATED)


PAGES = {
    "journey.schema.json": journey_schema,
    "retention.md": retention_page,
    "event-names.md": event_names_page,
    "commands.md": commands_page,
    "placeholders.md": placeholders_page,
    "segment-grammar.md": segment_grammar_page,
    "ready-journeys.md": ready_journeys_page,
}


def main() -> int:
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
