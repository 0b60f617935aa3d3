"""The database itself refuses to change or delete a consent record (RL-01).

A row of consent_opening, written and taken away in the same transaction, is the one way through for DELETE
(consent.forgetting). SQLite and PostgreSQL speak of triggers differently.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

SENTENCE = "consent records are append-only"
OPENED = "SELECT 1 FROM consent_opening WHERE contact_id = OLD.contact_id OR batch = OLD.batch"

STATEMENTS = {
    "sqlite": (
        f"""CREATE TRIGGER IF NOT EXISTS consent_permission_update BEFORE UPDATE ON consent_permission
    BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS consent_permission_delete BEFORE DELETE ON consent_permission
    WHEN NOT EXISTS ({OPENED}) BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END""",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION consent_permission_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS ({OPENED}) THEN RETURN OLD; END IF;
        RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
        """CREATE OR REPLACE TRIGGER consent_permission_guard BEFORE UPDATE OR DELETE ON consent_permission
    FOR EACH ROW EXECUTE FUNCTION consent_permission_guard()""",
    ),
}


def install(*, using: str, **_: Any) -> None:
    """Put the triggers in place; after every `migrate`, and again without harm."""
    connection = connections[using]
    if "consent_permission" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in STATEMENTS[connection.vendor]:
            cursor.execute(statement)
