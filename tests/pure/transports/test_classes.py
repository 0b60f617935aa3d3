"""What a server's reply means."""

import pytest

from guanxi.transports.classes import REASONS, enhanced_code, judge_reply


class TestJudgeReply:
    @pytest.mark.parametrize(
        ("phase", "code", "text", "expected"),
        [
            ("done", 250, "2.0.0 OK", ("accepted", "")),
            # Gmail
            ("rcpt", 550, "5.1.1 The email account does not exist", ("failed", "no_such_mailbox")),
            ("dot", 550, "5.7.26 The sender is unauthenticated", ("blocked", "authentication")),
            ("dot", 421, "4.7.0 Temporary System Problem", ("rate_limited", "rate")),
            ("dot", 451, "4.7.28 unusual rate of mail", ("rate_limited", "rate")),
            ("rcpt", 452, "4.2.2 The email account is over quota", ("deferred", "mailbox_full")),
            ("rcpt", 552, "5.2.2 The email account is over quota", ("deferred", "mailbox_full")),
            # Microsoft
            ("rcpt", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound", ("failed", "no_such_mailbox")),
            ("dot", 550, "5.7.515 Sending domain not compliant", ("blocked", "authentication")),
            ("dot", 550, "5.7.1 Message rejected", ("failed", "policy")),
            # QQ
            ("dot", 550, "Domain frequency limited.", ("rate_limited", "rate")),
            ("mail", 550, "Connection frequency limited", ("rate_limited", "rate")),
            ("rcpt", 550, "Mailbox unavailable or access denied", ("rate_limited", "rate")),
            ("rcpt", 550, "Mailbox not found.", ("failed", "no_such_mailbox")),
            ("dot", 550, "Mail content denied.", ("failed", "content")),
            # NetEase
            ("mail", 421, "HL:IFC 163", ("rate_limited", "rate")),
            ("mail", 450, "MI:CEL 163", ("rate_limited", "rate")),
            ("dot", 451, "DT:SPM 163", ("deferred", "temporary")),
            ("dot", 554, "DT:SPM 163", ("failed", "content")),
            ("rcpt", 550, "User not found: a@163.com", ("failed", "no_such_mailbox")),
            # anybody
            ("rcpt", 450, "4.2.0 Greylisted", ("deferred", "temporary")),
            ("dot", 552, "5.3.4 Message too big", ("failed", "too_large")),
            ("dot", 554, "Transaction failed", ("deferred", "unknown")),
            ("auth", 535, "5.7.8 Bad credentials", ("deferred", "authentication")),
            ("greeting", 554, "No SMTP service here", ("deferred", "unavailable")),
        ],
    )  # fmt: skip
    def test_sorts_the_words_of_the_big_providers(
        self, phase: str, code: int, text: str, expected: tuple[str, str]
    ) -> None:
        outcome, reason = judge_reply(phase=phase, code=code, enhanced=enhanced_code(text), text=text)

        assert (outcome, reason) == expected
        assert reason in REASONS or not reason


class TestEnhancedCode:
    @pytest.mark.parametrize(
        ("text", "code"), [("5.1.1 No", "5.1.1"), ("4.7.28", "4.7.28"), ("No 5.1.1", ""), ("5.1", ""), ("", "")]
    )
    def test_stands_at_the_beginning(self, text: str, code: str) -> None:
        assert enhanced_code(text) == code
