"""The command `guanxi`: each command is a module of this folder and makes one call."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from guanxi.config.environ import OddSetting

app = typer.Typer(
    name="guanxi",
    help="Customer tiers, journeys and mail for companies that sell abroad.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class CommandFailed(Exception):
    """The command cannot do what was asked; the text is the one sentence the user reads."""


def fail(sentence: str) -> NoReturn:
    """Stop the command with one sentence on stderr and exit code 1."""
    raise CommandFailed(sentence)


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except (CommandFailed, OddSetting) as error:
        print(f"guanxi: {error}", file=sys.stderr)
        sys.exit(1)
