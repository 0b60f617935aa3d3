"""Each note gets a uid and its words are sealed, a thousand rows at a time; the last release shows such a note sealed."""

from uuid import uuid4

from django.db import migrations

from guanxi.kernel import keys, sealing

PURPOSE = "field/ledger.note.text"
ROWS_AT_ONCE = 1000


def seal(apps, _editor):
    Note = apps.get_model("ledger", "Note")
    ring, newest = keys.ring(), 0
    while rows := list(Note.objects.filter(pk__gt=newest).order_by("pk")[:ROWS_AT_ONCE]):
        for note in rows:
            note.uid = uuid4()
            note.text = ring.seal(PURPOSE, f"ledger.note|text|{note.uid}", note.text) if note.text else ""
        Note.objects.bulk_update(rows, ["uid", "text"])
        newest = rows[-1].pk


def open_again(apps, _editor):
    ring = keys.ring()
    for note in apps.get_model("ledger", "Note").objects.exclude(text="").iterator():
        try:
            note.text = ring.open(PURPOSE, f"ledger.note|text|{note.uid}", note.text)
        except sealing.BrokenSeal:
            continue
        note.save(update_fields=["text"])


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_add_uid_to_note")]

    operations = [migrations.RunPython(seal, open_again)]
