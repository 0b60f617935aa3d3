from uuid import uuid4

from django.db import migrations, models

import guanxi.kernel.sealed_field


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_add_webhooks")]

    operations = [
        migrations.AddField("endpoint", "uid", models.UUIDField(default=uuid4, editable=False, null=True)),
        migrations.AddField("endpoint", "secret", guanxi.kernel.sealed_field.SealedTextField(default="")),
        migrations.AddField("endpoint", "former_secret", guanxi.kernel.sealed_field.SealedTextField(blank=True, default="")),
    ]
