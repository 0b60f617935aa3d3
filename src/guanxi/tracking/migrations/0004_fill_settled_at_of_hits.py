"""Hits kept before the settle window was introduced have been told when they came."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("tracking", "Hit").objects.filter(settled_at__isnull=True).update(settled_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [("tracking", "0003_add_settling_to_hits")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
