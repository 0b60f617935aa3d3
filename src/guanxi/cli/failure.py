"""How a command gives up: one sentence on stderr, exit code 1."""

from __future__ import annotations

from datetime import date, datetime
from typing import NoReturn


class CommandFailed(Exception):
    """The command cannot do what was asked; the text is the one sentence the user reads."""


def fail(sentence: str) -> NoReturn:
    """Stop the command with one sentence on stderr and exit code 1."""
    raise CommandFailed(sentence)


def day_named(text: str, option: str) -> date:
    """Reads a day as people write it on a command line; stops the command for anything else."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        fail(f"{option} {text!r} is no day; write it as 2026-03-31.")
