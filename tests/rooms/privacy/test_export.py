"""Everything about one person, from every table (RL-08, G-08)."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from guanxi.ledger.models import Contact
from guanxi.privacy import export
from guanxi.privacy.paths import told_models
from guanxi.privacy.registry import Fate
from tests import cast
from tests.rooms.privacy.planting import Planter

pytestmark = pytest.mark.django_db


class TestExporting:
    def test_holds_a_row_of_every_table_that_goes_with_the_person(self, lena: Contact) -> None:
        """RL-08: complete; the registry tells the tables."""
        Planter(lena, name="Lena Petersen").plant()
        document = export.as_document(lena, cast.NOW)

        shown = {table["table"] for table in document["tables"] if table["rows"]}
        wanted = {entry.model for _, entry in told_models() if entry.fate in (Fate.GOES, Fate.NAMELESS, Fate.DROPPED)}
        assert wanted - shown == {"sessions.Session"}
        assert {"ledger.Customer", "intake.RejectedRow"} <= shown
        assert "Lena Petersen" in json.dumps(document, ensure_ascii=False)

    def test_shows_notes_open_and_no_secret(self, lena: Contact) -> None:
        Planter(lena, name="Lena Petersen").plant()
        document = export.as_document(lena, cast.NOW)
        [notes] = [table for table in document["tables"] if table["table"] == "ledger.Note"]

        assert notes["rows"][0]["text"].startswith("Lena Petersen")
        assert "v1." not in json.dumps(document)

    def test_says_in_plain_words_what_each_table_is(self, lena: Contact) -> None:
        content = export.export_person(contact=lena, now=cast.NOW)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            readme = archive.read("README.txt").decode()

        assert "ledger.contact.csv (1): The person: name, address, telephone, language, birthday." in readme

    def test_speaks_chinese_too(self, lena: Contact) -> None:
        content = export.export_person(contact=lena, now=cast.NOW, language="zh-hans")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.read("README.txt").decode()

    def test_leaves_others_out(self, lena: Contact, yuki: Contact) -> None:
        Planter(yuki, name="田中由紀").plant()
        document = export.as_document(lena, cast.NOW)

        assert "田中" not in json.dumps(document, ensure_ascii=False)

    def test_computes_nothing_in_a_spreadsheet(self, lena: Contact) -> None:
        """RS-29."""
        Contact.objects.filter(pk=lena.pk).update(full_name="=1+1")
        lena.refresh_from_db()
        content = export.export_person(contact=lena, now=cast.NOW)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [row] = csv.DictReader(io.StringIO(archive.read("ledger.contact.csv").decode("utf-8-sig")))

        assert not row["full_name"].startswith("=")
