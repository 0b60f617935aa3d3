"""What each gate says, and what they say together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanxi.consent.rules import Stand
from guanxi.outbox.gates import GATES, completeness, frequency, permission, suppression, window
from guanxi.outbox.gates.base import Facts
from guanxi.outbox.judgement import judge
from tests.cast import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LENA = Facts(now=NOW, kind="marketing", permission=Stand("granted"), country="DE", zone="Europe/Berlin")
FATIMA = replace(LENA, country="SA", zone="Asia/Riyadh")
LATER = NOW + 30 * DAY


class TestSuppression:
    @pytest.mark.parametrize(
        ("kind", "scopes", "outcome"),
        [
            ("marketing", {"marketing"}, "drop"), ("marketing", {"all"}, "drop"), ("marketing", set(), "pass"),
            ("transactional", {"marketing"}, "pass"), ("transactional", {"all"}, "drop"),
        ],
    )  # fmt: skip
    def test_asks_the_list(self, kind: str, scopes: set[str], outcome: str) -> None:
        assert suppression.judge(replace(LENA, kind=kind, suppressions=frozenset(scopes))).outcome == outcome


class TestPermission:
    @pytest.mark.parametrize(
        ("kind", "stand", "outcome", "reason"),
        [
            ("marketing", Stand("granted"), "pass", "permitted"),
            ("marketing", None, "drop", "no_permission"),
            ("marketing", Stand("withdrawn"), "drop", "withdrawn"),
            ("marketing", Stand("granted", expires_at=NOW), "drop", "expired"),
            ("transactional", None, "pass", "contract"),
            ("service", Stand("withdrawn"), "drop", "withdrawn"),
        ],
    )
    def test_asks_the_newest_statement(self, kind: str, stand: Stand | None, outcome: str, reason: str) -> None:
        opinion = permission.judge(replace(LENA, kind=kind, permission=stand))

        assert (opinion.outcome, opinion.reason) == (outcome, reason)


class TestFrequency:
    def sent(self, *hours_ago: float) -> tuple[datetime, ...]:
        return tuple(NOW - hours * HOUR for hours in hours_ago)

    @pytest.mark.parametrize(
        ("hours_ago", "reason", "frees_in_hours"),
        [
            ((), "under_the_cap", 0),
            ((24,), "under_the_cap", 0),  # exactly a day ago counts no more
            ((23,), "cap_per_24_hours", 1),
            ((0,), "cap_per_24_hours", 24),
            ((30, 60), "under_the_cap", 0),
            ((30, 60, 90), "cap_per_7_days", 168 - 90),
            ((1, 60, 90), "cap_per_7_days", 168 - 90),  # the longer of two holds
            ((1, 160, 167), "cap_per_24_hours", 23),
            ((30, 60, 90, 120), "cap_per_7_days", 168 - 90),
        ],
    )
    def test_holds_until_the_window_frees(
        self, hours_ago: tuple[float, ...], reason: str, frees_in_hours: float
    ) -> None:
        opinion = frequency.judge(replace(LENA, recent_marketing=self.sent(*hours_ago)))

        assert opinion.reason == reason
        assert opinion.until == (NOW + frees_in_hours * HOUR if frees_in_hours else None)

    def test_looks_again_when_nothing_is_allowed(self) -> None:
        opinion = frequency.judge(replace(LENA, cap_per_24_hours=0))

        assert (opinion.outcome, opinion.until) == ("hold", NOW + DAY)

    @pytest.mark.parametrize("kind", ["transactional", "service"])
    def test_never_caps_order_notices(self, kind: str) -> None:
        assert frequency.judge(replace(LENA, kind=kind, recent_marketing=self.sent(0, 1, 2, 3))).outcome == "pass"


class TestWindow:
    def test_passes_in_working_hours(self) -> None:
        opinion = window.judge(LENA)

        assert (opinion.outcome, opinion.reason) == ("pass", "fitting_moment")

    def test_holds_marketing_over_ramadan_and_lets_an_order_through(self) -> None:
        ramadan = datetime(2026, 2, 25, 8, 0, tzinfo=UTC)

        opinion = window.judge(replace(FATIMA, now=ramadan))

        assert (opinion.outcome, opinion.reason) == ("hold", "ramadan")
        assert opinion.until is not None
        assert opinion.until > datetime(2026, 3, 18, tzinfo=UTC)
        assert window.judge(replace(FATIMA, now=ramadan, kind="transactional")).outcome == "pass"
        assert window.judge(replace(FATIMA, now=ramadan, keeps_ramadan_hold=False)).reason != "ramadan"

    def test_holds_in_the_readers_night(self) -> None:
        opinion = window.judge(replace(LENA, country="MX", zone="America/Monterrey"))

        assert (opinion.outcome, opinion.until) == ("hold", opinion.until)
        assert opinion.detail["zone"] == "America/Monterrey"


class TestCompleteness:
    @pytest.mark.parametrize(
        ("missing", "outcome", "reason"),
        [
            ((), "pass", "complete"),
            (("no_address",), "drop", "no_address"),
            (("bad_address", "no_sender"), "drop", "bad_address"),
            (("no_postal_address",), "hold", "no_postal_address"),
            (("no_sender", "no_letter"), "hold", "no_letter"),
        ],
    )
    def test_waits_for_what_can_still_come(self, missing: tuple[str, ...], outcome: str, reason: str) -> None:
        opinion = completeness.judge(replace(LENA, missing=missing))

        assert (opinion.outcome, opinion.reason) == (outcome, reason)
        assert (opinion.until == NOW + HOUR) == (outcome == "hold")


class TestJudge:
    def test_lets_pass_what_every_gate_lets_pass(self) -> None:
        judgement = judge(LENA, expires_at=LATER)

        assert judgement.passes
        assert [name for name, _ in judgement.opinions] == [name for name, _ in GATES]

    def test_keeps_every_answer_beside_a_drop(self) -> None:
        judgement = judge(replace(LENA, permission=None, missing=("no_sender",)), expires_at=LATER)

        assert judgement.state == "suppressed"
        assert [opinion.outcome for _, opinion in judgement.opinions] == [
            "pass", "drop", "pass", "pass", "pass", "hold", "pass", "pass",
        ]  # fmt: skip

    def test_holds_for_the_longest_hold(self) -> None:
        facts = replace(LENA, missing=("no_sender",), recent_marketing=(NOW,))

        judgement = judge(facts, expires_at=LATER)

        assert (judgement.state, judgement.due_at) == ("held", NOW + DAY)

    def test_ends_what_a_hold_would_outlast(self) -> None:
        ramadan = datetime(2026, 2, 25, 8, 0, tzinfo=UTC)

        judgement = judge(replace(FATIMA, now=ramadan), expires_at=ramadan + 3 * DAY)

        name, opinion = judgement.opinions[-1]
        assert judgement.state == "expired"
        assert (name, opinion.reason, opinion.detail["reason"]) == ("expiry", "hold_outlasts_expiry", "ramadan")

    def test_is_too_late_at_the_moment_of_expiry(self) -> None:
        judgement = judge(LENA, expires_at=NOW)

        assert judgement.state == "expired"
        assert [opinion.reason for _, opinion in judgement.opinions] == ["too_late"]
