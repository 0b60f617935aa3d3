"""Reports in the form in which each provider documents them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from guanxi.inbox.providers import brevo, directmail
from guanxi.inbox.providers.base import BOUNCED, COMPLAINED, DELIVERED, OTHER, UNSUBSCRIBED, Request, Unproven

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def event(kind: str, **data: Any) -> dict[str, Any]:
    """A CloudEvent as EventBridge sends it of DirectMail."""
    told = {"env_id": "60000012", "rcpt": "wang@firm.example", "msg_id": "1df@dm.example", "event": kind}
    return {"id": "87-34", "source": "acs:dm", "specversion": "1.0", "type": kind, "time": "2026-03-02T17:00:00+08:00",
            "data": told | data}  # fmt: skip


class TestDirectMail:
    """RP-27: https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type"""

    @pytest.mark.parametrize(
        ("kind", "means"),
        [
            ("dm:Deliver:Fail", BOUNCED), ("dm:Deliver:Succeed", DELIVERED), ("dm:Feedback:FblReport", COMPLAINED),
            ("dm:Feedback:UnSubscribe", UNSUBSCRIBED), ("dm:Feedback:Subscribe", OTHER), ("dm:Trace:Click", OTHER),
            ("dm:Trace:Open", OTHER), ("dm:Validator:GrayListResult", OTHER), ("", OTHER),
        ],
    )  # fmt: skip
    def test_names_what_happened(self, kind: str, means: str) -> None:
        [report] = directmail.read(event(kind))

        assert (report.kind, report.address, report.at) == (means, "wang@firm.example", NOW)
        assert report.names == ("60000012", "1df@dm.example", "<1df@dm.example>")

    @pytest.mark.parametrize(("failed", "final"), [("SmtpNxBox", True), ("SmtpMtBox", False), ("", False)])
    def test_says_itself_that_no_such_mailbox_is_there(self, failed: str, final: bool) -> None:
        [report] = directmail.read(event("dm:Deliver:Fail", failed_type=failed, err_msg="554 RCPT dosn't exist"))

        assert (report.is_final, report.words) == (final, "554 RCPT dosn't exist")

    @pytest.mark.parametrize("name", ["x-eventbridge-signature-token", "authorization"])
    def test_proves_itself_by_its_token(self, name: str) -> None:
        """RS-23: by the header of the event target, or as other providers do."""
        prefix = "Bearer " if name == "authorization" else ""
        directmail.check(Request(b"", {name: f"{prefix}our-token"}, NOW), "our-token", {})
        for headers in ({name: f"{prefix}other"}, {}):
            with pytest.raises(Unproven):
                directmail.check(Request(b"", headers, NOW), "our-token", {})


class TestBrevo:
    """https://developers.brevo.com/docs/transactional-webhooks"""

    def test_goes_by_its_one_moment_in_utc(self) -> None:
        """`ts` and `ts_event` follow the zone of the account."""
        [report] = brevo.read(
            {"event": "delivered", "ts_epoch": int(NOW.timestamp() * 1000), "ts_event": 1_600_000_000}
        )

        assert report.at == NOW

    @pytest.mark.parametrize(
        ("name", "kind", "final"),
        [
            ("hard_bounce", BOUNCED, True), ("invalid_email", BOUNCED, True), ("soft_bounce", BOUNCED, False),
            ("blocked", BOUNCED, False), ("error", BOUNCED, False), ("spam", COMPLAINED, False),
            ("complaint", COMPLAINED, False), ("unsubscribe", UNSUBSCRIBED, False), ("delivered", DELIVERED, False),
            ("deferred", OTHER, False), ("proxy_open", OTHER, False), ("unique_opened", OTHER, False),
            ("request", OTHER, False),
        ],
    )  # fmt: skip
    def test_names_what_happened(self, name: str, kind: str, final: bool) -> None:
        [report] = brevo.read({"event": name, "email": "lena@firm.example", "message-id": "<1@firm.example>"})

        assert (report.kind, report.is_final) == (kind, final)
