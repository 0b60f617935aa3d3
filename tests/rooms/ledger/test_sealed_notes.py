"""What was written down about a customer lies sealed, and is still found (RE-01, RE-05)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from guanxi.insights import export_tables
from guanxi.ledger import actions, queries
from guanxi.ledger.models import Customer, Note
from tests import cast

pytestmark = pytest.mark.django_db


def write(contact: Any, text: str) -> Note:
    return actions.write_note(
        customer=contact.customer, contact=contact, author=None, kind="feedback", text=text, happened_at=cast.NOW,
        now=cast.NOW,
    )  # fmt: skip


class TestANote:
    def test_lies_sealed_in_the_table(self, lena: Any) -> None:
        """RE-01: free-text notes are encrypted always."""
        write(lena, "Möchte Lampen aus Bambus")

        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM ledger_note")
            assert [row[0][:3] for row in cursor.fetchall()] == ["v1."]
        assert Note.objects.get().text == "Möchte Lampen aus Bambus"

    def test_is_found_by_its_words_all_the_same(self, lena: Any) -> None:
        """RE-05: what encryption breaks is searched by opening."""
        note = write(lena, "Möchte Lampen aus Bambus")
        write(lena, "Nothing of that kind")

        assert list(queries.notes_found(Customer.objects.all(), words="BAMBUS")) == [note]
        assert list(queries.notes_found(Customer.objects.all(), words="MÖCHTE lampen")) == [note]

    def test_is_open_in_an_export(self, lena: Any) -> None:
        write(lena, "Möchte Lampen aus Bambus")
        [table] = [each for each in export_tables.others(with_audit=False) if each.name == "ledger_note"]
        column = [each.heading for each in table.columns].index("ledger_note.text")

        assert [row[column] for row in table.rows()] == ["Möchte Lampen aus Bambus"]


class TestSecretsInExports:
    def test_are_left_out_whatever_their_name(self) -> None:
        """RS-42: no sealed secret stands in an export, open or sealed."""
        from guanxi.kernel.resealing import sealed_columns

        shown = {each.heading for table in export_tables.others(with_audit=True) for each in table.columns}
        for model, field in sealed_columns():
            assert (f"{model._meta.db_table}.{field.attname}" in shown) is not field.is_secret
