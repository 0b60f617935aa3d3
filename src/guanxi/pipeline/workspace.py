"""Creates a workspace, or brings it up to the version of the code."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def bring_up_to_date() -> None:
    """Make the data folder, migrate, and install what ships with the code: schemes, letters, journeys. Idempotent."""
    settings.GUANXI_DATA.mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
