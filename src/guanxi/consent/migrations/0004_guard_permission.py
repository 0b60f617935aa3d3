"""The database itself refuses to change or delete a consent record (RL-01).

A row of consent_opening, written and taken away in the same transaction, is the one way through for DELETE
(consent.forgetting). SQLite and PostgreSQL speak of triggers differently.
"""

from django.db import migrations

SENTENCE = "consent records are append-only"
OPENED = "SELECT 1 FROM consent_opening WHERE contact_id = OLD.contact_id OR batch = OLD.batch"

SQLITE = (
    f"CREATE TRIGGER consent_permission_update BEFORE UPDATE ON consent_permission "
    f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
    f"CREATE TRIGGER consent_permission_delete BEFORE DELETE ON consent_permission "
    f"WHEN NOT EXISTS ({OPENED}) BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
)
POSTGRESQL = (
    f"""CREATE FUNCTION consent_permission_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS ({OPENED}) THEN RETURN OLD; END IF;
        RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    "CREATE TRIGGER consent_permission_guard BEFORE UPDATE OR DELETE ON consent_permission "
    "FOR EACH ROW EXECUTE FUNCTION consent_permission_guard()",
)
BACK = {
    "sqlite": ("DROP TRIGGER consent_permission_update", "DROP TRIGGER consent_permission_delete"),
    "postgresql": (
        "DROP TRIGGER consent_permission_guard ON consent_permission",
        "DROP FUNCTION consent_permission_guard()",
    ),
}


def guard(apps, schema_editor):
    run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def unguard(apps, schema_editor):
    run(schema_editor, BACK)


def run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_fill_permission_chain")]

    operations = [migrations.RunPython(guard, unguard)]
