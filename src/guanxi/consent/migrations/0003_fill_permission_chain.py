"""Hangs the statements that are there already on the chains of their contacts."""

from itertools import groupby

from django.db import migrations

from guanxi.consent import chain

AT_ONCE = 1000


def fill(apps, schema_editor):
    permission_model = apps.get_model("consent", "Permission")
    changed = []
    rows = permission_model.objects.order_by("contact_id", "id").iterator(chunk_size=AT_ONCE)
    for _, permissions in groupby(rows, key=lambda row: row.contact_id):
        previous = chain.NOTHING_BEFORE
        for permission in permissions:
            permission.wording_hash = chain.text_hash(permission.wording)
            permission.previous_hash = previous
            said = {name: getattr(permission, name) for name in chain.FIELDS}
            previous = permission.record_hash = chain.hash_of(said, previous)
            changed.append(permission)
        if len(changed) >= AT_ONCE:
            write(permission_model, changed)
            changed = []
    write(permission_model, changed)


def write(permission_model, rows):
    permission_model.objects.bulk_update(rows, ["wording_hash", "previous_hash", "record_hash"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_add_chain_topics_forms_and_choices")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
