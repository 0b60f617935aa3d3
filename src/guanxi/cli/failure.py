"""How a command gives up: one sentence on stderr, exit code 1."""

from __future__ import annotations

from typing import NoReturn


class CommandFailed(Exception):
    """The command cannot do what was asked; the text is the one sentence the user reads."""


def fail(sentence: str) -> NoReturn:
    """Stop the command with one sentence on stderr and exit code 1."""
    raise CommandFailed(sentence)
