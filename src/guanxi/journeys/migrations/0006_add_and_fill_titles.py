"""Titles of journeys by language, filled from the text of the version that is live."""

from __future__ import annotations

from typing import Any

import yaml
from django.db import migrations, models


def take_titles(apps: Any, _schema_editor: Any) -> None:
    for journey in apps.get_model("journeys", "Journey").objects.select_related("live_version"):
        said = yaml.safe_load(journey.live_version.text).get("title") if journey.live_version else None
        journey.titles = said if isinstance(said, dict) else {"en": journey.title}
        journey.save(update_fields=["titles"])


class Migration(migrations.Migration):
    dependencies = [("journeys", "0005_add_draft_and_pause")]

    operations = [
        migrations.AddField(
            model_name="journey",
            name="titles",
            field=models.JSONField(default=dict, help_text="By language, as its text says them."),
        ),
        migrations.RunPython(take_titles, migrations.RunPython.noop, elidable=True),
    ]
