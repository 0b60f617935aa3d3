from uuid import uuid4

from django.db import migrations, models

import guanxi.kernel.sealed_field


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_fill_sealed_secret")]

    operations = [
        migrations.AlterField("endpoint", "uid", models.UUIDField(default=uuid4, editable=False, unique=True)),
        migrations.AlterField("endpoint", "secret", guanxi.kernel.sealed_field.SealedTextField()),
        migrations.AlterField("endpoint", "former_secret", guanxi.kernel.sealed_field.SealedTextField(blank=True)),
        # So that going back finds a default.
        migrations.AlterField("endpoint", "secret_sealed", models.TextField(default="")),
        migrations.AlterField("endpoint", "former_secret_sealed", models.TextField(blank=True, default="")),
        migrations.RemoveField("endpoint", "secret_sealed"),
        migrations.RemoveField("endpoint", "former_secret_sealed"),
    ]
