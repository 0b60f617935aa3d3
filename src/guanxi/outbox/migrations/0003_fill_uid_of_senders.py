from uuid import uuid4

from django.db import migrations


def fill(apps, schema_editor):
    for sender in apps.get_model("outbox", "Sender").objects.filter(uid=None):
        sender.uid = uuid4()
        sender.save(update_fields=["uid"])


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_add_pauses_and_streams")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
