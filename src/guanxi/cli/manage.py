"""`guanxi manage …`: Django's own commands."""

from __future__ import annotations

import typer


def manage(context: typer.Context) -> None:
    """Run a command of Django, such as `guanxi manage shell` or `guanxi manage check`."""
    from guanxi.cli.workspace import prepare_django

    prepare_django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["guanxi manage", *context.args])
