"""`guanxi rehearse`: the firm's own past, played through its journeys; nothing is sent, nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from guanxi.cli.answers import AsJson
from guanxi.cli.failure import day_named, fail
from guanxi.cli.tier import _waiting


def rehearse(
    first: Annotated[str, typer.Option("--from", help="The first day, e.g. 2025-01-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    journeys: Annotated[str, typer.Option(help="Keys of journeys, separated by commas; without: all live ones.")] = "",
    assume: Annotated[
        str, typer.Option(help="Make up what the past lacks: contact, consent, language, separated by commas.")
    ] = "",
    try_: Annotated[
        list[str] | None,
        typer.Option(
            "--try", help="A YAML file, or a kept version such as j-17@1, to play in place of the published version."
        ),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="With --try: play the published versions too and answer both.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write every letter and task into a workbook (.xlsx).")] = None,
    as_json: AsJson = False,
) -> None:
    """Play a span of the workspace's own history through its journeys with a clock of its own.

    Reports who would have got what and when, what would have been held and why, mails per contact, tasks per person
    and what the coupons could have cost. Days are the firm's. Nothing is sent and nothing is changed.
    """
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from guanxi.journeys.reading import GraphError
    from guanxi.kernel.clock import utc_now
    from guanxi.rehearsal.rehearsing import Unrehearsable, as_published
    from guanxi.rehearsal.rehearsing import rehearse as play
    from guanxi.rehearsal.workbook import write_workbook

    if out is not None and out.suffix.lower() != ".xlsx":
        fail(f"--out {out}: a rehearsal is written as .xlsx.")
    begin, end, keys, assumed, now = (
        day_named(first, "--from"), day_named(last, "--to"), _words(journeys), _words(assume), utc_now(),
    )  # fmt: skip
    try:
        with _waiting("Playing the past"):
            texts = [_text(name) for name in try_ or []]
            found = play(first=begin, last=end, keys=keys, assume=assumed, texts=texts, now=now)
            published = as_published(found, now=now) if compare else None
    except (Unrehearsable, GraphError) as problem:
        fail(str(problem))
    if out is not None:
        write_workbook(found, out)
    document = found.document() | ({"published": published.document()} if published else {})
    if as_json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(found, published, out)


def _print(found: Any, published: Any, out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    console, document = Console(highlight=False), found.document()
    console.print(
        f"{document['from']} to {document['to']}: {document['proposals']:,} letters proposed, at most "
        f"{document['per_contact']['max_per_7_days']} of marketing in 7 days to one contact."
    )
    table = Table("Journey", "Entered", "Proposed", "Left", "Tasks", "Held", "Skipped")
    for key, each in document["by_journey"].items():
        held, skipped = (", ".join(f"{name} {n:,}" for name, n in each[what].items()) for what in ("held", "skipped"))
        table.add_row(
            key,
            f"{each['entered']:,}",
            f"{each['proposed']:,}",
            f"{each['left']:,}",
            f"{each['tasks']:,}",
            held,
            skipped,
        )
    console.print(table)
    if published is not None:
        _print_differences(console, published.document(), document)
    for note in document["notes"]:
        console.print(note)
    if out is not None:
        console.print(f"Written: {out}", soft_wrap=True)


def _print_differences(console: Any, published: Any, tried: Any) -> None:
    from rich.table import Table

    from guanxi.rehearsal.comparing import compare

    table = Table("Journey", "Figure", "As published", "As tried", "Change")
    for each in compare(published, tried):
        figure = f"{each.figure}: {each.reason}" if each.reason else each.figure
        table.add_row(each.journey, figure, f"{each.before:,}", f"{each.after:,}", f"{each.change:+,}")
    console.print(table if table.row_count else "No figure differs from the published versions.")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _text(name: str) -> str:
    from guanxi.rehearsal.rehearsing import kept_text

    if "@" in name and not Path(name).exists():
        return kept_text(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        fail(f"--try {name} cannot be read ({error}).")
