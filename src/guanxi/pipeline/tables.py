"""Makes the tables of an empty database, or brings those that are there up to the version of the code."""

from __future__ import annotations

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


def bring_up_to_date() -> None:
    """Idempotent. Raises what Django raises for a database that cannot be written."""
    connection = connections[DEFAULT_DB_ALIAS]
    if not connection.introspection.table_names():
        create(connection)
        emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def create(connection: BaseDatabaseWrapper) -> None:
    """All tables as the models have them now, all migrations noted as applied, in one transaction.

    Replaying the migrations leads to the same tables, but takes half a minute: each renders the models anew. None may
    do more than an empty database needs (tests/house/test_migrations.py).
    """
    migrations = MigrationExecutor(connection).loader.disk_migrations
    with connection.schema_editor() as editor:
        for config in apps.get_app_configs():
            for model in router.get_migratable_models(config, connection.alias, include_auto_created=False):
                editor.create_model(model)
        recorder = MigrationRecorder(connection)
        editor.create_model(recorder.Migration)
        recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in migrations)
