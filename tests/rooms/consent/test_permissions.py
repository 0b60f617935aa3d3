"""Granting, withdrawing and expiring permissions."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.consent import actions, queries
from guanxi.consent.models import Permission, Suppression
from guanxi.consent.statements import Proof, Statement
from guanxi.ledger.models import Contact, Event
from tests import cast

pytestmark = pytest.mark.django_db
FORM = Proof(method="form", source="https://ningbo-firm.example/newsletter", wording="Yes.", wording_language="en")
CLICK = Proof(method="one_click", source="mail")


def statement(contact: Contact, at: datetime, **changes: Any) -> Statement:
    fields = {"proof": Proof(method="import", source="fair.csv"), "purpose": "marketing"} | changes
    return Statement(contact_id=contact.id, customer_id=contact.customer_id, obtained_at=at, **fields)


class TestGrant:
    def test_keeps_the_evidence_and_tells_the_ledger(self, lena: Contact, now: datetime) -> None:
        permission = actions.grant(contact=lena, purpose="marketing", proof=FORM, now=now)

        assert queries.permission_of(lena.id, "marketing") == permission
        assert (permission.wording, permission.method, permission.obtained_at) == ("Yes.", "form", now)
        event = Event.objects.get(name="consent.granted")
        assert (event.contact, event.customer, event.is_unread) == (lena, lena.customer, True)
        assert event.properties["purpose"] == "marketing"

    def test_keeps_purposes_apart(self, lena: Contact, now: datetime) -> None:
        actions.grant(contact=lena, purpose="marketing", proof=FORM, now=now)

        assert queries.permission_of(lena.id, "tracking") is None

    @pytest.mark.parametrize("wrong", [{"purpose": "gossip"}, {"obtained_at": cast.NOW + timedelta(days=1)}])
    def test_refuses_odd_statements(self, lena: Contact, now: datetime, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError):
            actions.grant(**{"contact": lena, "purpose": "marketing", "proof": FORM, "now": now} | wrong)

    def test_lifts_the_unsubscription_by_the_contacts_own_word(self, lena: Contact, now: datetime) -> None:
        actions.unsubscribe(contact=lena, proof=CLICK, now=now)

        actions.grant(contact=lena, purpose="marketing", proof=FORM, now=now + timedelta(hours=1))

        assert not queries.is_suppressed(lena.email)

    @pytest.mark.parametrize("method", ["import", "staff", "card"])
    def test_leaves_the_unsubscription_to_anyone_elses_word(self, lena: Contact, now: datetime, method: str) -> None:
        actions.unsubscribe(contact=lena, proof=CLICK, now=now)

        actions.grant(contact=lena, purpose="marketing", proof=Proof(method=method), now=now + timedelta(hours=1))

        assert queries.is_suppressed(lena.email)


class TestWithdraw:
    def test_adds_a_row_and_changes_none(self, lena: Contact, now: datetime) -> None:
        granted = cast.permit(lena)

        actions.withdraw(contact=lena, purpose="marketing", proof=CLICK, now=now + timedelta(minutes=1))

        granted.refresh_from_db()
        assert granted.state == "granted"
        assert queries.stand_of(lena.id, "marketing").state == "withdrawn"  # type: ignore[union-attr]

    def test_counts_also_without_a_permission(self, lena: Contact, now: datetime) -> None:
        actions.withdraw(contact=lena, purpose="service", proof=CLICK, now=now)

        assert queries.permission_of(lena.id, "service").state == "withdrawn"  # type: ignore[union-attr]

    def test_happens_once(self, lena: Contact, now: datetime) -> None:
        for minutes in range(3):
            actions.withdraw(contact=lena, purpose="marketing", proof=CLICK, now=now + timedelta(minutes=minutes))

        assert Permission.objects.count() == 1
        assert Event.objects.filter(name="consent.withdrawn").count() == 1

    def test_wins_over_a_statement_dated_later(self, lena: Contact, now: datetime) -> None:
        cast.permit(lena, at=now + timedelta(days=1))

        actions.withdraw(contact=lena, purpose="marketing", proof=CLICK, now=now)

        assert queries.stand_of(lena.id, "marketing").state == "withdrawn"  # type: ignore[union-attr]


class TestUnsubscribe:
    def test_withdraws_marketing_and_suppresses_the_address(self, lena: Contact, now: datetime) -> None:
        cast.permit(lena)

        actions.unsubscribe(contact=lena, proof=CLICK, now=now)

        assert queries.stand_of(lena.id, "marketing").state == "withdrawn"  # type: ignore[union-attr]
        assert queries.suppressions_of([lena.email]) == {lena.email: frozenset({"marketing"})}

    def test_is_not_undone_by_an_older_word(self, lena: Contact, now: datetime) -> None:
        """RL-02: a shop that tells late of a yes lifts nothing that came after it."""
        actions.suppress(address=lena.email, reason="sunset", now=now)
        form = Proof(method="form")
        actions.grant(contact=lena, purpose="marketing", proof=form, now=now, obtained_at=now - timedelta(days=1))
        assert queries.is_suppressed(lena.email)

        actions.grant(contact=lena, purpose="marketing", proof=form, now=now)
        assert not queries.is_suppressed(lena.email)


class TestSuppress:
    def test_keeps_no_address(self, lena: Contact, now: datetime) -> None:
        row = actions.suppress(address="LENA@alsterkontor.example", reason="staff", now=now)

        assert "lena" not in str(Suppression.objects.values_list()[0])
        assert row.contact == lena
        assert queries.is_suppressed(lena.email)

    def test_keeps_the_first_reason(self, lena: Contact, now: datetime) -> None:
        actions.suppress(address=lena.email, reason="complaint", now=now)
        actions.suppress(address=lena.email, reason="staff", now=now)

        assert Suppression.objects.get().reason == "complaint"

    @pytest.mark.parametrize(("listed", "asked", "found"), [
        ("marketing", "marketing", True), ("all", "marketing", True), ("all", "all", True),
        ("marketing", "all", False),
    ])  # fmt: skip
    def test_covers_its_scope(self, lena: Contact, now: datetime, listed: str, asked: str, found: bool) -> None:
        actions.suppress(address=lena.email, reason="staff", scope=listed, now=now)

        assert queries.is_suppressed(lena.email, asked) == found

    def test_refuses_an_unknown_scope(self, now: datetime) -> None:
        with pytest.raises(ValueError):
            actions.suppress(address="a@b.example", reason="staff", scope="some", now=now)

    def test_can_be_lifted_by_staff_but_not_after_a_complaint(self, lena: Contact, now: datetime) -> None:
        actions.suppress(address=lena.email, reason="complaint", now=now)
        actions.suppress(address="yuki@nambabussan.example", reason="staff", now=now)

        assert actions.lift_suppression(address=lena.email, scope="marketing") == 0
        assert actions.lift_suppression(address="yuki@nambabussan.example", scope="marketing") == 1


class TestGrantMany:
    def test_records_a_table_of_statements_once(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        rows = [statement(lena, now), statement(lena, now), statement(yuki, now)]

        assert actions.grant_many(rows=rows, now=now, batch=7) == 2
        assert actions.grant_many(rows=rows, now=now, batch=8) == 0
        assert set(Permission.objects.values_list("batch", flat=True)) == {7}

    def test_is_history_that_starts_nothing(self, lena: Contact, now: datetime) -> None:
        actions.grant_many(rows=[statement(lena, now)], now=now)

        assert Event.objects.get().is_unread is False

    def test_does_not_raise_an_older_permission_from_the_dead(self, lena: Contact, now: datetime) -> None:
        actions.unsubscribe(contact=lena, proof=CLICK, now=now)

        actions.grant_many(rows=[statement(lena, now - timedelta(days=400))], now=now + timedelta(days=1))

        assert queries.stand_of(lena.id, "marketing").state == "withdrawn"  # type: ignore[union-attr]

    def test_takes_withdrawals_too(self, lena: Contact, now: datetime) -> None:
        actions.grant_many(rows=[statement(lena, now, state="withdrawn")], now=now)

        assert Event.objects.get().name == "consent.withdrawn"

    def test_refuses_all_or_nothing(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        with pytest.raises(ValueError):
            actions.grant_many(rows=[statement(lena, now), statement(yuki, now, state="perhaps")], now=now)

        assert not Permission.objects.exists()


class TestExpireDue:
    def test_writes_an_expired_statement_once(self, lena: Contact, now: datetime) -> None:
        cast.permit(lena, expires_at=now + timedelta(days=1))

        assert actions.expire_due(now=now) == 0
        assert actions.expire_due(now=now + timedelta(days=1)) == 1
        assert actions.expire_due(now=now + timedelta(days=2)) == 0
        assert [row.state for row in queries.history_of(lena.id)] == ["expired", "granted"]

    def test_leaves_a_renewed_permission(self, lena: Contact, now: datetime) -> None:
        cast.permit(lena, expires_at=now + timedelta(days=1))
        cast.permit(lena, at=now + timedelta(hours=1))

        assert actions.expire_due(now=now + timedelta(days=2)) == 0
