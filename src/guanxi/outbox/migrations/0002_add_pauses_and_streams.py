import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PausedOrigin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin_kind", models.CharField(max_length=16)),
                ("origin_id", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("paused_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("origin_kind", "origin_id"), name="origin_is_paused_once")
                ]
            },
        ),
        migrations.AddField("sender", "uid", models.UUIDField(editable=False, null=True)),
        migrations.AddField(
            "sender", "stream",
            models.CharField(
                blank=True, default="", help_text="The kind it is the default of, or empty (RP-34).", max_length=16
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "sender", "bounces_to",
            models.CharField(
                blank=True, default="", max_length=200,
                help_text="A domain, or a mailbox that takes plus addresses; see return_path.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "message", "sender",
            models.ForeignKey(
                blank=True, help_text="Empty: the default.", null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="+", to="outbox.sender",
            ),
        ),
        migrations.AddField(
            "message", "provider_id",
            models.CharField(
                blank=True, default="", help_text="What the provider's webhooks call it.", max_length=200
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            "message", models.Index(fields=["origin_kind", "origin_id", "state"], name="message_of_origin")
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("provider_id", ""), _negated=True), fields=["provider_id"],
                name="message_by_provider_id",
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("rfc_message_id", ""), _negated=True), fields=["rfc_message_id"],
                name="message_by_rfc_id",
            ),
        ),
    ]
