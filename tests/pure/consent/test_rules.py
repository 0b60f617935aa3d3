"""What a permission allows."""

from datetime import timedelta

import pytest

from guanxi.consent.rules import GROUNDS, REASONS, Answer, Stand, is_barred, is_in_force, may_send, purpose_of
from tests.cast import NOW

YESTERDAY, TOMORROW = NOW - timedelta(days=1), NOW + timedelta(days=1)


class TestMaySend:
    @pytest.mark.parametrize(
        ("permission", "reason"),
        [
            (None, "no_permission"),
            (Stand("granted"), "permitted"),
            (Stand("granted", basis="soft_opt_in"), "permitted"),
            (Stand("granted", expires_at=TOMORROW), "permitted"),
            (Stand("granted", expires_at=YESTERDAY), "expired"),
            (Stand("granted", expires_at=NOW), "expired"),  # the period is half-open
            (Stand("withdrawn"), "withdrawn"),
            (Stand("pending"), "pending"),
            (Stand("expired"), "expired"),
            (Stand("granted", basis="contract"), "basis_not_for_marketing"),
            (Stand("granted", basis="rumour"), "basis_not_for_marketing"),
            (Stand("granted", basis="consent", jurisdiction="CN"), "permitted"),
            (Stand("granted", basis="soft_opt_in", jurisdiction="CN"), "explicit_consent_needed"),
        ],
    )
    def test_advertises_only_with_a_permission_in_force(self, permission: Stand | None, reason: str) -> None:
        answer = may_send(kind="marketing", permission=permission, suppressions=(), now=NOW)

        assert answer.reason == reason
        assert answer.allowed == (reason == "permitted")

    @pytest.mark.parametrize("permission", [None, Stand("withdrawn"), Stand("expired")])
    def test_needs_no_permission_for_an_order(self, permission: Stand | None) -> None:
        answer = may_send(kind="transactional", permission=permission, suppressions=(), now=NOW)

        assert answer == Answer(allowed=True, reason="contract", basis="contract")

    @pytest.mark.parametrize(
        ("permission", "reason"),
        [(None, "contract"), (Stand("granted"), "contract"), (Stand("withdrawn"), "withdrawn")],
    )
    def test_serves_until_service_is_refused(self, permission: Stand | None, reason: str) -> None:
        assert may_send(kind="service", permission=permission, suppressions=(), now=NOW).reason == reason

    @pytest.mark.parametrize(
        ("kind", "scopes", "barred"),
        [
            ("marketing", {"marketing"}, True),
            ("marketing", {"all"}, True),
            ("service", {"marketing"}, False),
            ("service", {"all"}, True),
            ("transactional", {"marketing"}, False),
            ("transactional", {"all", "marketing"}, True),
            ("transactional", {"erased"}, True),
            ("marketing", set(), False),
        ],
    )
    def test_asks_the_suppression_list_first(self, kind: str, scopes: set[str], barred: bool) -> None:
        answer = may_send(kind=kind, permission=Stand("granted"), suppressions=scopes, now=NOW)

        assert is_barred(kind=kind, suppressions=scopes) == barred
        assert (answer.reason == "suppressed") == barred

    def test_lets_the_question_to_an_erased_person_pass(self) -> None:
        """RL-10: whether a new sign-up is his own is all that he may be asked."""
        assert not is_barred(kind="transactional", suppressions={"erased"}, asks_to_confirm=True)
        assert is_barred(kind="transactional", suppressions={"erased", "all"}, asks_to_confirm=True)

    @pytest.mark.parametrize("ground", GROUNDS)
    def test_names_what_a_mail_rests_on_that_is_no_marketing(self, ground: str) -> None:
        """G-12: an order, a request of his own, a duty of ours, a correspondence; never one for another."""
        answer = may_send(kind="service", permission=None, suppressions=(), now=NOW, ground=ground)

        assert (answer.allowed, answer.reason, answer.basis) == (True, ground, ground)

    def test_names_the_statement_it_rests_on(self) -> None:
        """G-09: the record by which a mail went, or did not."""
        for state, allowed in (("granted", True), ("withdrawn", False)):
            answer = may_send(kind="marketing", permission=Stand(state, permission_id=7), suppressions=(), now=NOW)
            assert (answer.allowed, answer.permission_id) == (allowed, 7)

    def test_knows_a_sentence_for_each_reason(self) -> None:
        assert set(REASONS) == {
            "contract", "permitted", "suppressed", "no_permission", "withdrawn", "pending", "expired",
            "basis_not_for_marketing", "explicit_consent_needed", "paused", "request", "duty", "correspondence",
        }  # fmt: skip


class TestIsInForce:
    def test_holds_for_any_purpose(self) -> None:
        assert is_in_force(Stand("granted"), NOW)
        assert not is_in_force(Stand("withdrawn"), NOW)
        assert not is_in_force(None, NOW)


class TestPurposeOf:
    def test_names_none_for_an_order(self) -> None:
        assert [purpose_of(kind) for kind in ("transactional", "service", "marketing")] == [
            None, "service", "marketing",
        ]  # fmt: skip


class TestChina:
    @pytest.mark.parametrize(
        ("basis", "allowed"), [("consent", True), ("legitimate_interest", False), ("implied", False)]
    )
    def test_asks_for_explicit_consent_of_whoever_lives_there(self, basis: str, allowed: bool) -> None:
        """RL-16: also when the statement names another country's law, or none."""
        stand = Stand("granted", basis=basis, jurisdiction="DE")

        answer = may_send(kind="marketing", permission=stand, suppressions=(), now=NOW, country="CN")

        assert answer.allowed == allowed
