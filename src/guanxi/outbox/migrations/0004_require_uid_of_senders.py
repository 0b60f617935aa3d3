from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_fill_uid_of_senders")]
    operations = [
        migrations.AlterField("sender", "uid", models.UUIDField(default=uuid4, editable=False, unique=True)),
    ]
