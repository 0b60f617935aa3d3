"""What a server's reply means: (phase, code, enhanced code, words) to an outcome and a reason. Pure (RP-17…RP-23).

Enhanced codes are RFC 3463. A 5xx is final only where it says something about this recipient or this message; QQ Mail
and others answer 550 to a mere rate limit, and a 5xx nobody knows counts as put off until it was seen twice in three
days (outbox.retry). What the large providers mean is mailbox_rules.yaml.
"""

from __future__ import annotations

import re
from datetime import timedelta

from guanxi.transports.base import ACCEPTED, BLOCKED, DEFERRED, FAILED, RATE_LIMITED
from guanxi.transports.mailbox_rules import DOMAIN, STREAM, rule_for

REASONS: dict[str, str] = {
    "no_such_mailbox": "The mailbox does not exist.",
    "mailbox_full": "The mailbox is full.",
    "too_large": "The message is larger than the server takes.",
    "content": "The server objects to the content.",
    "policy": "The server's policy refuses the message.",
    "rate": "The server asks for a slower pace.",
    "authentication": "The server does not accept this sender's authentication.",
    "unavailable": "The server is not reachable or not ready.",
    "temporary": "The server asks to try again later.",
    "eai_unsupported": "The server cannot take an address with letters beyond ASCII.",
    "protocol": "The server's answer breaks the mail protocol.",
    "lost": "The connection was lost.",
    "deadline": "The server took too long to answer.",
    "insecure": "The connection is not encrypted, so the password was not sent.",
    "unwanted": "The message was called back.",
    "local": "The message could not be written to the disk.",
    "unknown": "The server refused without a known reason.",
}

FROM_MAIL_ON = frozenset({"mail", "rcpt", "data", "dot"})
ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
TOO_FAST = re.compile(r"too many|rate limit|rate that|unusual rate|throttl", re.IGNORECASE)
NOBODY = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient)|mailbox not found|user not found"
    r"|does not exist|recipient rejected|invalid recipient|recipient not found|unknown (?:recipient|mailbox)",
    re.IGNORECASE,
)
CONTENT = re.compile(r"spam|virus|message content", re.IGNORECASE)
FULL = re.compile(r"mailbox (?:is )?full|over quota|quota exceeded|insufficient (?:disk|storage)", re.IGNORECASE)
MEANINGS: dict[str, tuple[str, str]] = {
    "rate": (RATE_LIMITED, "rate"),
    "authentication": (BLOCKED, "authentication"),
    "nobody": (FAILED, "no_such_mailbox"),
    "content": (FAILED, "content"),
    "full": (DEFERRED, "mailbox_full"),
    "policy": (FAILED, "policy"),
    "temporary": (DEFERRED, "temporary"),
}
NOBODY_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})


def enhanced_code(text: str) -> str:
    """The RFC 3463 code at the start of a reply's text, or nothing."""
    match = ENHANCED.match(text)
    return match.group(0) if match else ""


def judge_reply(*, phase: str, code: int, enhanced: str, text: str, domain: str = "") -> tuple[str, str]:
    """(outcome, reason) of a complete reply; `domain` is the recipient's."""
    if 200 <= code < 300:
        return ACCEPTED, ""
    if phase in FROM_MAIL_ON and (rule := rule_for(code=code, enhanced=enhanced, text=text, domain=domain)):
        return MEANINGS[rule.means]
    if code == 421 or TOO_FAST.search(text) or (enhanced.startswith("4.7.") and code < 500):
        return RATE_LIMITED, "rate"
    if 400 <= code < 500:
        return DEFERRED, "mailbox_full" if FULL.search(text) else "temporary"
    if phase in {"greeting", "ehlo", "tls", "auth"}:
        # Nothing was said about a recipient yet; the fault is in our settings or theirs.
        return DEFERRED, "authentication" if phase == "auth" else "unavailable"
    return _refusal(phase, enhanced, text)


def pace_asked(*, phase: str, code: int, enhanced: str, text: str, domain: str) -> tuple[str, timedelta | None]:
    """Who is to slow down, `stream` or `domain` or nobody, and for how long where the provider's rule says so.

    Before a recipient was named, the server speaks of us; 421 afterwards of itself (RP-19).
    """
    if phase in FROM_MAIL_ON and (rule := rule_for(code=code, enhanced=enhanced, text=text, domain=domain)):
        return (rule.slows if rule.means == "rate" else ""), rule.pause
    outcome, _ = judge_reply(phase=phase, code=code, enhanced=enhanced, text=text, domain=domain)
    if outcome != RATE_LIMITED:
        return "", None
    return (DOMAIN if phase in {"rcpt", "data", "dot"} else STREAM), None


def _refusal(phase: str, enhanced: str, text: str) -> tuple[str, str]:
    if enhanced == "5.2.2" or FULL.search(text):
        return DEFERRED, "mailbox_full"
    if enhanced in NOBODY_CODES or (phase == "rcpt" and NOBODY.search(text)):
        return FAILED, "no_such_mailbox"
    if enhanced == "5.3.4":
        return FAILED, "too_large"
    if CONTENT.search(text) or enhanced.startswith("5.6."):
        return FAILED, "content"
    if enhanced.startswith("5.7."):
        return FAILED, "policy"
    return DEFERRED, "unknown"
