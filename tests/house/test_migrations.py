"""The migrations say what the models say."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


class TestMigrations:
    @pytest.mark.django_db
    def test_are_complete(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=1)

    def test_a_column_without_a_migration_is_found(self) -> None:
        written = MigrationLoader(None).project_state()
        planted = deepcopy(written)
        planted.remove_field("ledger", "customer", "trade")

        changes = MigrationAutodetector(planted, ProjectState.from_apps(apps)).changes(
            graph=MigrationLoader(None).graph
        )

        assert [operation.name for operation in changes["ledger"][0].operations] == ["trade"]
