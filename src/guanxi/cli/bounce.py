"""`guanxi bounce classify`: what kind of answer each mail is, and about whom."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from guanxi.cli.answers import AsJson

app = typer.Typer(help="Bounces, complaints and automatic answers.", no_args_is_help=True)


@app.callback()
def bounce() -> None:
    """Bounces, complaints and automatic answers."""


@app.command("classify")
def classify(
    files: Annotated[list[Path], typer.Argument(help="Mails as files, or mboxes.")], as_json: AsJson = False
) -> None:
    """Read mails as the mailbox would, change nothing, and tell the class, the reason and the recipients of each.

    One line for each file, in their order; of one that cannot be read it says `unknown`, and why beside the answer.
    An mbox has the gravest class of its mails and their recipients; how many it holds of which stands beside.
    """
    answers = [_answer(path) for path in files]
    if as_json:
        print(json.dumps(answers, ensure_ascii=False))
        return
    for answer in answers:
        who = ", ".join(answer["recipients"]) or "–"
        print(f"{answer['class']:<10} {answer['reason']:<16} {answer['status']:<8} {who}  {answer['file']}")


def _answer(path: Path) -> dict[str, Any]:
    from guanxi.inbox.classify import UNKNOWN, Reading
    from guanxi.inbox.mboxes import MOST_BYTES, gravest, read_file

    try:
        with path.open("rb") as file:
            readings = read_file(file.read(MOST_BYTES))
        reading = gravest(readings)
    except OSError as error:
        typer.echo(f"guanxi: {path} cannot be read: {error.strerror}.", err=True)
        readings = [reading := Reading(UNKNOWN, "unreadable")]
    counts = Counter(each.kind for each in readings)
    if len(counts) > 1:
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        typer.echo(f"guanxi: {path} holds {len(readings)} mails: {told}.", err=True)
    return {
        "file": str(path),
        "class": reading.kind,
        "reason": reading.reason,
        "status": reading.status,
        "recipients": reading.recipients,
    }
