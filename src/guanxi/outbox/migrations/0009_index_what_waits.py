"""Indexes of what waits, in the order in which workers ask; and none twice where one of two columns begins alike.

The indexes of single columns go by name: SQLite would copy the whole table to lose one.
"""

import django.db.models.deletion
from django.db import migrations, models


def without_own_index(model, name, to, related_name, index):
    field = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=to
    )
    return migrations.RunSQL(
        sql=f"DROP INDEX IF EXISTS {index}",
        reverse_sql=f"CREATE INDEX IF NOT EXISTS {index} ON outbox_{model} ({name}_id)",
        state_operations=[migrations.AlterField(model_name=model, name=name, field=field)],
    )


class Migration(migrations.Migration):

    dependencies = [
        ("content", "0004_add_occasion"),
        ("ledger", "0005_require_sealed_notes"),
        ("outbox", "0008_add_version"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_due"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("judged_at__isnull", True), ("state", "queued")) | models.Q(("state", "held")),
                fields=["due_at", "id"],
                name="message_unjudged",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("judged_at__isnull", False), ("state", "queued")) | models.Q(("state", "deferred")),
                fields=["due_at", "id"],
                name="message_ready",
            ),
        ),
        without_own_index("message", "contact", "ledger.contact", "messages", "outbox_message_contact_id_d554c480"),
        without_own_index("message", "customer", "ledger.customer", "messages", "outbox_message_customer_id_a582ffa2"),
        without_own_index("verdict", "message", "outbox.message", "verdicts", "outbox_verdict_message_id_45e6e399"),
        without_own_index("attempt", "message", "outbox.message", "tries", "outbox_attempt_message_id_0c8082e0"),
    ]
