"""Consent records are append-only in the database, and their chain says when one is not whole (RL-01)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from guanxi.consent import actions, forgetting, queries
from guanxi.consent.chain import FIELDS
from guanxi.consent.models import Opening, Permission, Removal
from guanxi.consent.statements import Proof, Statement
from guanxi.ledger.models import Contact
from tests import cast

pytestmark = pytest.mark.django_db
FORM = Proof(
    method="double_opt_in", source="newsletter", wording="Yes, write to me.", wording_language="en",
    form_url="https://ningbo-firm.example/p/sign-up/news", form_version=3, ip_address="203.0.113.9",
    user_agent="Firefox", confirmation_mail_id="<1@ningbo-firm.example>", confirmation_sent_at=cast.NOW,
    confirmed_at=cast.NOW, confirm_ip="203.0.113.10", evidence={"form": "news"},
)  # fmt: skip


def grant(contact: Contact, now: datetime, **changes: Any) -> Permission:
    return actions.grant(**{"contact": contact, "purpose": "marketing", "proof": FORM, "now": now} | changes)


def imported(contact: Contact, now: datetime, batch: int = 7) -> None:
    row = Statement(
        contact_id=contact.id, customer_id=contact.customer_id, purpose="marketing", obtained_at=now,
        proof=Proof(method="import", source="fair.csv"),
    )  # fmt: skip
    actions.grant_many(rows=[row], now=now, batch=batch)


def is_guarded() -> bool:
    """Whether the triggers are there."""
    with connection.cursor() as cursor:
        table = (
            "sqlite_master WHERE type = 'trigger' AND name"
            if connection.vendor == "sqlite"
            else "pg_trigger WHERE tgname"
        )
        cursor.execute(f"SELECT COUNT(*) FROM {table} LIKE 'consent_permission%'")
        return bool(cursor.fetchone()[0])


class TestARecord:
    def test_holds_every_field_of_the_evidence(self, lena: Contact, ada: Any, now: datetime) -> None:
        """RL-01: who, what for, on which text and version, by which form, mail, time and address; what it replaces."""
        first = grant(lena, now)
        second = grant(lena, now + timedelta(days=1), actor=ada, expires_at=now + timedelta(days=700))

        first.refresh_from_db()
        assert len(first.wording_hash) == 64
        assert (first.form_url, first.form_version, first.confirm_ip) == (FORM.form_url, 3, "203.0.113.10")
        assert (first.confirmation_mail_id, first.confirmed_at) == ("<1@ningbo-firm.example>", now)
        assert (second.supersedes, second.previous_hash) == (first.pk, first.record_hash)
        assert second.actor == ada

    def test_says_nothing_that_its_hash_does_not_cover(self) -> None:
        own = {"id", "supersedes", "previous_hash", "record_hash", "contact", "actor", "said"}
        columns = {field.attname for field in Permission._meta.concrete_fields}

        assert columns - own - set(FIELDS) == set()


class TestTheGuard:
    @pytest.mark.parametrize(
        "statement", ["UPDATE consent_permission SET state = 'granted'", "DELETE FROM consent_permission"]
    )
    def test_refuses_to_change_and_to_delete(self, lena: Contact, now: datetime, statement: str) -> None:
        """RL-01: UPDATE and DELETE raise in the database itself."""
        assert is_guarded()
        grant(lena, now)
        actions.withdraw(contact=lena, purpose="marketing", proof=Proof(method="form"), now=now)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert Permission.objects.count() == 2

    def test_refuses_to_let_them_go_with_the_contact_unasked(self, lena: Contact, now: datetime) -> None:
        grant(lena, now)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            lena.delete()

    def test_lets_one_person_be_forgotten(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        grant(lena, now)
        grant(yuki, now)

        assert forgetting.forget(contact_ids=[lena.pk]) == 1
        lena.delete()

        assert Permission.objects.get().contact == yuki
        assert not Opening.objects.exists()

    def test_lets_an_import_be_undone(self, lena: Contact, now: datetime) -> None:
        imported(lena, now)

        assert actions.withdraw_batch(batch=7, now=now) == (1, 0)
        assert not Permission.objects.exists()
        assert Removal.objects.get().batch == 7


class TestTheChain:
    def test_is_whole_after_all_that_may_happen(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        """RL-01: grants, imports, withdrawals, an undone import in the middle: still whole."""
        grant(lena, now)
        imported(lena, now + timedelta(hours=1))
        actions.unsubscribe(contact=lena, proof=Proof(method="one_click"), now=now + timedelta(hours=2))
        imported(yuki, now)
        actions.withdraw_batch(batch=7, now=now + timedelta(hours=3))
        grant(lena, now + timedelta(hours=4))
        grant(yuki, now + timedelta(hours=4))

        assert list(queries.broken_chains()) == []

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("wording", "No."),
            ("obtained_at", cast.NOW - timedelta(days=9)),
            ("state", "withdrawn"),
            ("ip_address", "::1"),
        ],
    )
    def test_shows_a_changed_record(self, lena: Contact, now: datetime, column: str, value: Any) -> None:
        permission = grant(lena, now)
        setattr(permission, column, value)

        link = queries._link(permission)

        assert link.computed != link.record_hash

    def test_shows_a_missing_record(self, lena: Contact, now: datetime) -> None:
        first = grant(lena, now)
        second = grant(lena, now + timedelta(days=1))
        Opening.objects.create(contact_id=lena.pk)
        first.delete()

        assert [(each.permission_id, each.what) for each in queries.broken_chains()] == [(second.pk, "missing")]
