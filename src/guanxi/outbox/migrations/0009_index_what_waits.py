"""Indexes of what waits, in the order in which workers ask; and none twice where one of two columns begins alike."""

import django.db.models.deletion
from django.db import migrations, models


def without_own_index(model, name, to, related_name):
    field = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=to
    )
    return migrations.AlterField(model_name=model, name=name, field=field)


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
        without_own_index("message", "contact", "ledger.contact", "messages"),
        without_own_index("message", "customer", "ledger.customer", "messages"),
        without_own_index("verdict", "message", "outbox.message", "verdicts"),
        without_own_index("attempt", "message", "outbox.message", "tries"),
    ]
