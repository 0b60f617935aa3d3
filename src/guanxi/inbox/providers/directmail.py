"""Alibaba Cloud DirectMail: events by EventBridge as CloudEvents over HTTP, with a token of our choice.

https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type
https://www.alibabacloud.com/help/en/eventbridge/user-guide/signature-algorithm
"""

from __future__ import annotations

from typing import Any

from guanxi.inbox.providers.base import (
    BOUNCED,
    COMPLAINED,
    DELIVERED,
    LONG_AGO,
    OTHER,
    UNSUBSCRIBED,
    Report,
    Request,
    Unproven,
    check_password,
    equal,
    moment,
    part,
    records,
    text,
)

TITLE = "Alibaba Cloud DirectMail"
PROOF = "password"
# By the last words of `type`: dm:Deliver:Fail, dm:Feedback:FblReport …
KINDS = {
    "deliver:fail": BOUNCED, "deliver:succeed": DELIVERED, "feedback:fblreport": COMPLAINED,
    "feedback:unsubscribe": UNSUBSCRIBED,
}  # fmt: skip
TOKEN = "x-eventbridge-signature-token"  # noqa: S105  (the name of a header)
NO_SUCH_MAILBOX = "SmtpNxBox"


def check(request: Request, secret: str, payload: Any) -> None:
    """The token of the event target comes in a header of its own; connections send it as other providers do."""
    if TOKEN not in request.headers:
        check_password(request, secret)
    elif not equal(request.headers[TOKEN], secret):
        raise Unproven


def read(payload: Any) -> list[Report]:
    return [_report(each) for each in records(payload)]


def _report(event: dict[str, Any]) -> Report:
    data = part(event, "data")
    message_id = text(part(data, "msg_id"))
    return Report(
        KINDS.get(text(event.get("type")).partition(":")[2].lower(), OTHER), text(event.get("id")),
        moment(event.get("time") or "") or LONG_AGO,
        text(part(data, "rcpt") or part(data, "to")),
        (text(part(data, "env_id")), message_id, f"<{message_id.strip('<>')}>"),
        "", text(part(data, "err_msg"), 1000), part(data, "failed_type") == NO_SUCH_MAILBOX,
    )  # fmt: skip
