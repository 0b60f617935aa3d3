"""Opens the workspace for a command: Django set up, the data folder there, the database migrated."""

from __future__ import annotations

import os

from guanxi.cli.failure import fail


def prepare_django() -> None:
    """Set Django up without touching the database. Raises OddSetting for an unusable environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    import guanxi.config  # noqa: F401  (chooses the SQLite build before Django loads one)
    import django

    from guanxi.kernel.cycles import look_rarely

    look_rarely()
    django.setup()


def open_workspace() -> None:
    """Set Django up, create and migrate an empty workspace, install its schemes, letters and journeys."""
    try:
        prepare_django()
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}; make the data folder writable, or choose another by GUANXI_DATA.")
    from guanxi.kernel import keys
    from guanxi.kernel.clock import utc_now
    from guanxi.kernel.sealing import WrongMasterKey
    from guanxi.pipeline.workspace import bring_up_to_date

    try:
        keys.ring()
    except WrongMasterKey:
        fail("GUANXI_MASTER_KEY does not open the data keys; give the key they were wrapped with, or restore both.")
    bring_up_to_date(now=utc_now())
