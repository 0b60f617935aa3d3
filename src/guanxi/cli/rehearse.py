"""`guanxi rehearse`: the firm's own past, played through its journeys; nothing is sent, nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from guanxi.cli.answers import LANGUAGES, AsJson, Language, language_named
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
    language: Annotated[
        Language,
        typer.Option(
            help="Language of the notes, of the tables and of --out.", parser=language_named, metavar=LANGUAGES
        ),
    ] = "en",
    as_json: AsJson = False,
) -> None:
    """Play a span of the workspace's own history through its journeys with a clock of its own.

    Reports who would have got what and when, what would have been held and why, mails per contact, tasks per person
    and what the coupons could have cost. Days are the firm's. Nothing is sent and nothing is changed.
    """
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    from django.utils import translation

    from guanxi.console.rehearsal_words import notes_of
    from guanxi.console.rehearsal_workbook import write_workbook
    from guanxi.journeys.reading import GraphError
    from guanxi.kernel.clock import utc_now
    from guanxi.rehearsal.rehearsing import Unrehearsable, as_published
    from guanxi.rehearsal.rehearsing import rehearse as play

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
    document = found.document()
    before = published.document() if published else None
    with translation.override(language.lower()):
        if out is not None:
            try:
                write_workbook(str(out), document, played=found, published=before)
            except OSError as problem:
                fail(f"--out {out} cannot be written ({problem.strerror or problem}).")
        document["notes"] = notes_of(document)
        if before is not None:
            document["published"] = before | {"notes": notes_of(before)}
        if as_json:
            print(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            _print(document, before, out)


def _print(document: dict[str, Any], published: dict[str, Any] | None, out: Path | None) -> None:
    from django.utils.translation import gettext as _
    from rich.console import Console
    from rich.table import Table

    from guanxi.console import rehearsal_words
    from guanxi.console.phrases import labelled, listed

    console = Console(highlight=False)
    told = _(
        "%(first)s to %(last)s: %(letters)s letters proposed, at most %(most)s of marketing in 7 days to one contact."
    )
    console.print(
        told % {
            "first": document["from"], "last": document["to"], "letters": f"{document['proposals']:,}",
            "most": document["per_contact"]["max_per_7_days"],
        }
    )  # fmt: skip
    table = Table(*map(str, (
        _("Journey"), _("Entered"), _("Proposed"), _("Left"), _("Tasks"), _("Waited"), _("Skipped"),
    )))  # fmt: skip
    for key, each in document["by_journey"].items():
        reasons = (
            listed(f"{words} {n:,}" for words, n in rehearsal_words.counted_words(figure, each[figure]))
            for figure in ("held", "skipped")
        )
        counts = (f"{each[figure]:,}" for figure in ("entered", "proposed", "left", "tasks"))
        table.add_row(key, *counts, *reasons)
    console.print(table)
    if published is not None:
        _print_differences(console, published, document)
    if assumed := rehearsal_words.assumed_words(document["assumed"]):
        console.print(labelled(_("Assumed"), listed(assumed)), style="bold")
    for note in document["notes"]:
        console.print(note)
    if out is not None:
        console.print(labelled(_("Written"), out), soft_wrap=True)


def _print_differences(console: Any, published: dict[str, Any], tried: dict[str, Any]) -> None:
    from django.utils.translation import gettext as _
    from rich.table import Table

    from guanxi.console.rehearsal_words import difference_words
    from guanxi.rehearsal.comparing import compare

    table = Table(*map(str, (_("Journey"), _("Figure"), _("As it is"), _("As tried"), _("Change"))))
    for each in compare(published, tried):
        words = difference_words(each.figure, each.reason)
        table.add_row(each.journey, words, f"{each.before:,}", f"{each.after:,}", f"{each.change:+,}")
    console.print(table if table.row_count else _("No figure differs."))


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
