from uuid import uuid4

from django.db import migrations, models

import guanxi.kernel.sealed_field


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_fill_sealed_notes")]

    operations = [
        migrations.AlterField("note", "uid", models.UUIDField(default=uuid4, editable=False, unique=True)),
        migrations.AlterField("note", "text", guanxi.kernel.sealed_field.SealedTextField(is_secret=False)),
    ]
