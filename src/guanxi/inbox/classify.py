"""Which kind of answer a mail is: a dead address, a passing trouble, a complaint, a program's note. Pure.

The words of the report decide, then its status codes; both are data (bounce_rules.yaml). Whatever leaves a doubt is
`soft`: a good address called dead is lost for ever, a dead one called doubtful shows itself again.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import yaml

from guanxi.inbox import recipients as addressees
from guanxi.inbox.parse import Fields, Parsed, fields_in
from guanxi.inbox.quoting import ANSWERED

HARD, SOFT, COMPLAINT, AUTO_REPLY, UNKNOWN = "hard", "soft", "complaint", "auto_reply", "unknown"
CLASSES = (HARD, SOFT, COMPLAINT, AUTO_REPLY, UNKNOWN)
UNDETERMINED = "undetermined"
# How much of a notice is looked at for one recipient.
SEGMENT = 1_500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report says of one recipient."""

    address: str
    kind: str
    reason: str
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail is; `outcomes` hold one entry per recipient of a report, `status` is the one that decided."""

    kind: str
    reason: str
    status: str = ""
    outcomes: tuple[Outcome, ...] = ()
    original: Fields = field(default_factory=dict)

    @property
    def recipients(self) -> list[str]:
        return list(dict.fromkeys(outcome.address for outcome in self.outcomes if outcome.address))


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    reason: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Rules:
    """bounce_rules.yaml, compiled once."""

    judge: tuple[_Rule, ...]
    before_recipient: re.Pattern[str]
    status: dict[str, tuple[str, str]]
    delayed: re.Pattern[str]
    report_senders: re.Pattern[str]
    report_names: re.Pattern[str]
    report_subjects: re.Pattern[str]
    report_bodies: re.Pattern[str]
    automatic: dict[str, re.Pattern[str]]
    complaint_subjects: re.Pattern[str]
    complaint_senders: re.Pattern[str]
    original_begins: re.Pattern[str]


@functools.cache
def rules() -> Rules:
    data: dict[str, Any] = yaml.safe_load(
        resources.files("guanxi.inbox").joinpath("bounce_rules.yaml").read_text(encoding="utf-8")
    )
    report, complaint = data["report"], data["complaint"]
    return Rules(
        judge=tuple(_Rule(each["class"], each["reason"], _any(each["patterns"])) for each in data["judge"]),
        before_recipient=_any(data["before_recipient"]),
        status={code: (kind, reason) for code, (kind, reason) in data["status"].items()},
        delayed=_any(data["delayed"]),
        report_senders=re.compile(rf"^({report['senders']})$"),
        report_names=_any([report["names"]]),
        report_subjects=_any(report["subjects"]),
        report_bodies=_any(report["bodies"]),
        automatic={name: _any(patterns) for name, patterns in data["automatic"].items()},
        complaint_subjects=_any(complaint["subjects"]),
        complaint_senders=_any([complaint["senders"]]),
        original_begins=re.compile("|".join(data["original_begins"]), re.MULTILINE | re.IGNORECASE),
    )


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def classify(parsed: Parsed) -> Reading:
    """The kind of a mail and why; never raises."""
    notice, tail = _notice_of(parsed)
    provider = _of_provider(parsed.words)
    if provider is not None:
        return provider
    original = parsed.returned or addressees.headers_of_original(tail)
    complaint = _complaint_of(parsed, original)
    if complaint is not None:
        return complaint
    groups = [group for group in parsed.groups if _is_about_recipient(group)] or fields_in(notice)
    if _is_report(parsed, notice, groups):
        challenge = _is_challenge(parsed, notice, groups)
        return challenge or _report(parsed, notice, groups, original)
    return _automatic(parsed, notice, original) or Reading(UNKNOWN, _why_unknown(parsed))


def _notice_of(parsed: Parsed) -> tuple[str, str]:
    """The words of the program, and the letter given back below them when the mail has no parts."""
    words = parsed.words
    if re.search(r"^>+ ?.{0,80}$", words, re.MULTILINE) and "forwarded message" in words.lower():
        words = re.sub(r"^>+ ?", "", words, flags=re.MULTILINE)
    match = rules().original_begins.search(words)
    while match and not words[: match.start()].strip():
        match = rules().original_begins.search(words, match.end())
    return (words[: match.start()], words[match.start() :]) if match else (words, "")


def _is_about_recipient(group: Fields) -> bool:
    return bool({"final-recipient", "original-recipient", "diagnostic-code"} & set(group)) or (
        "action" in group and "status" in group
    )


# Complaints


def _complaint_of(parsed: Parsed, original: Fields) -> Reading | None:
    """Any feedback report (RFC 5965), and the forms older than the standard."""
    if parsed.has_feedback or parsed.report_type == "feedback-report":
        reason = parsed.feedback.get("feedback-type", "").strip().lower() or "abuse"
        who = addressees.addresses_in(parsed.feedback.get("original-rcpt-to", "")) or addressees.addresses_in(
            original.get("to", "")
        )
        return Reading(COMPLAINT, reason[:40], "", _outcomes(who, COMPLAINT, reason[:40]), original)
    subject, sender = parsed.header("subject").lower(), parsed.header("from").lower()
    named = rules().complaint_subjects.search(subject)
    known = rules().complaint_senders.search(sender)
    if original and (known or (named and not _is_person(parsed))):
        who = addressees.addresses_in(original.get("x-hmxmroriginalrecipient", "") or original.get("to", ""))
        return Reading(COMPLAINT, "abuse", "", _outcomes(who, COMPLAINT, "abuse"), original)
    return None


def _is_person(parsed: Parsed) -> bool:
    return bool(parsed.header("in-reply-to")) and not parsed.header("auto-submitted")


def _outcomes(who: Sequence[str], kind: str, reason: str) -> tuple[Outcome, ...]:
    return tuple(Outcome(address, kind, reason) for address in who[:20])


# Reports of delivery

_REPLY_CODE = re.compile(r"\b[245]\d\d[ -]|\b[45]\.\d\.\d")


def _is_report(parsed: Parsed, notice: str, groups: Sequence[Fields]) -> bool:
    if parsed.has_receipt and not rules().report_bodies.search(" ".join(notice.lower().split())):
        return False
    if groups or parsed.groups or parsed.report_type == "delivery-status":
        return True
    data = rules()
    name, address = addressees.name_and_address(parsed.header("from"))
    subject, words = parsed.header("subject").lower(), " ".join(notice.lower().split())
    by_subject = bool(data.report_subjects.search(subject))
    by_body = bool(data.report_bodies.search(words))
    is_daemon = bool(
        data.report_senders.match(address.partition("@")[0].lower())
        or data.report_names.search(name.lower())
        or (not address and parsed.header("from"))
    )
    if parsed.header("x-failed-recipients"):
        return True
    if by_body:
        return by_subject or is_daemon or bool(re.search(r"\b[45]\d\d[ -]", words)) or not parsed.header("in-reply-to")
    if is_daemon:
        return by_subject or not data.automatic["vacation"].search(subject)
    # A buyer asks for the "delivery status" of his order too: the subject alone makes no report.
    is_told_why = is_by_program(parsed) or bool(_REPLY_CODE.search(words))
    return by_subject and is_told_why and not parsed.header("in-reply-to") and bool(addressees.addresses_in(notice))


def _is_challenge(parsed: Parsed, notice: str, groups: Sequence[Fields]) -> Reading | None:
    """A request to prove oneself, dressed as a report, and a report that all went well."""
    actions = {group.get("action", "").split(" ")[0].lower() for group in groups} - {""}
    if actions and actions <= {"delivered", "relayed", "expanded"}:
        return Reading(AUTO_REPLY, "delivered", groups[0].get("status", "")[:12])
    words = " ".join(f"{parsed.header('subject')} {notice}".lower().split())
    codes = " ".join(group.get("diagnostic-code", "") for group in groups).lower()
    pattern = rules().automatic["challenge"]
    if pattern.search(codes) or (pattern.search(words) and not _REPLY_CODE.search(f"{words} {codes}")):
        return Reading(AUTO_REPLY, "challenge")
    return None


def _report(parsed: Parsed, notice: str, groups: Sequence[Fields], original: Fields) -> Reading:
    outcomes = _outcomes_of(parsed, notice, groups, original)
    worst = next((each for each in outcomes if each.kind == HARD), outcomes[0])
    return Reading(worst.kind, worst.reason, worst.status, tuple(outcomes), original)


def _outcomes_of(parsed: Parsed, notice: str, groups: Sequence[Fields], original: Fields) -> list[Outcome]:
    subject = parsed.header("subject")
    is_delayed = bool(rules().delayed.search(" ".join(f"{subject} {notice}".lower().split())))
    if groups:
        named = [(addressees.of_group(group), group) for group in groups[: addressees.MAX_ADDRESSES]]
        all_addresses = [address for address, _ in named]
        found = [
            _judge(address, group, addressees.segment(notice, address, all_addresses), notice, is_delayed)
            for address, group in named
        ]
        if any(found):
            return found
    failed = addressees.failed_in(parsed, notice, original)
    around = f"{subject}\n{notice}"
    if len(failed) < 2:
        return [_judge("".join(failed), {}, around, around, is_delayed)]
    return [
        _judge(address, {}, addressees.segment(notice, address, failed) or around, around, is_delayed)
        for address in failed
    ]


def judge(address: str, *, status: str = "", words: str = "") -> Outcome:
    """One recipient by what his server said, for reports that come as data."""
    return _judge(address, {"action": "failed", "status": status, "diagnostic-code": words}, "", "", False)


def _judge(address: str, group: Fields, segment: str, notice: str, is_delayed: bool) -> Outcome:
    """One recipient: what the other server said, then its codes, then what stands beside his address."""
    diagnosis = group.get("diagnostic-code", "")
    codes = " ".join((diagnosis, segment if not diagnosis else ""))
    status = _status_in(codes) or _status_in(group.get("status", "")) or _status_in(segment) or ""
    said = diagnosis or segment
    action = group.get("action", "").split(" ")[0].lower()
    if action == "delayed" or (is_delayed and action != "failed"):
        return Outcome(address, SOFT, "delayed", status, _short(said))
    verdict = _by_words(diagnosis) or _by_status(_status_in(diagnosis))
    if verdict is None or verdict[1] == UNDETERMINED:
        by_field = _by_status(_status_in(group.get("status", "")))
        verdict = (
            (by_field if by_field and by_field[0] == HARD else None)
            or _by_words(segment)
            or _by_words(group.get("status", "") if not diagnosis else "")
            or _by_status(_status_in(segment))
            or by_field
            or (_by_words(notice) if not diagnosis else None)
            or (SOFT, UNDETERMINED)
        )
    if verdict[0] == HARD and _is_before_recipient(f"{diagnosis}\n{segment[:SEGMENT]}"):
        verdict = (SOFT, "sender_refused")
    return Outcome(address, *verdict, status, _short(said))


# A Chinese word may stand before and behind an address without a blank.
_ADDRESS = re.compile(
    rf"[^\s<>()\[\]\",:;'（）《》「」{addressees.EAST_ASIAN}]{{1,80}}@"
    r"(?:[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9}|[^\s<>()\[\]\",:;'：；，。（）《》「」]{1,255})"
)
_WEB = re.compile(r"https?://\S+|www\.\S+|\b\S+\.(?:html?|cgi|php|aspx)\b\S*", re.IGNORECASE)


def plain(text: str) -> str:
    """Lower case, one space, addresses as @ and web addresses left out: names in them are no words of a server."""
    return " ".join(_WEB.sub(" ", _ADDRESS.sub(" @ ", text[: 4 * SEGMENT])).lower().replace("’", "'").split())


def _by_words(text: str) -> tuple[str, str] | None:
    words = plain(text)
    if not words:
        return None
    for rule in rules().judge:
        if rule.pattern.search(words):
            return rule.kind, rule.reason
    return None


_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")


def _status_in(text: str) -> str:
    """The most telling enhanced status code; x.0.0 tells nothing."""
    codes = [".".join(match) for match in _STATUS.findall(text[: 4 * SEGMENT])]
    telling = [code for code in codes if not code.endswith(".0.0") and not code.startswith("2")]
    return (telling or codes or [""])[0]


def _by_status(status: str) -> tuple[str, str] | None:
    pieces = status.split(".")
    for length in range(len(pieces), 0, -1):
        known = rules().status.get(".".join(pieces[:length]))
        if known and not (length == 1 and status.endswith(".0.0")):
            return known
    return None


def _is_before_recipient(text: str) -> bool:
    return bool(rules().before_recipient.search(plain(text)))


def _short(text: str) -> str:
    return " ".join(text.split())[:300]


# Answers of programs


def _automatic(parsed: Parsed, notice: str, original: Fields) -> Reading | None:
    data = rules()
    subject, words = parsed.header("subject").lower(), " ".join(notice.lower().split())[:4000]
    if parsed.has_receipt:
        return Reading(AUTO_REPLY, "receipt", "", (), original)
    asks = bool(data.automatic["challenge"].search(f"{subject} {words}"))
    if asks and (is_by_program(parsed) or data.automatic["challengers"].search(parsed.header("from").lower())):
        return Reading(AUTO_REPLY, "challenge")
    if data.automatic["vacation"].search(subject) and not _has_our_subject(parsed):
        return Reading(AUTO_REPLY, "vacation")
    if not is_by_program(parsed):
        return None
    for reason in ("vacation", "challenge", "acknowledgement"):
        if data.automatic[reason].search(f"{subject} {words}"):
            return Reading(AUTO_REPLY, reason)
    return None if _is_bulk(parsed) else Reading(AUTO_REPLY, "automatic")


def _has_our_subject(parsed: Parsed) -> bool:
    """Whether the subject is that of the letter a person answers: one on holidays is answered by persons too."""
    answers = parsed.header("in-reply-to") or parsed.header("references")
    return bool(answers and ANSWERED.match(parsed.header("subject"))) and not is_by_program(parsed)


def is_by_program(parsed: Parsed) -> bool:
    """Whether a mail says itself that a program wrote it (RFC 3834, section 2 and 5; RP-11)."""
    submitted = parsed.header("auto-submitted").split(";")[0].strip().lower()
    return bool(
        (submitted and submitted != "no")
        or parsed.header("x-autoreply")
        or parsed.header("x-autorespond")
        or parsed.header("x-autogenerated")
        or parsed.header("x-auto-reply-from")
        or parsed.header("x-mail-autoreply")
        or parsed.header("precedence").lower() in ("bulk", "auto_reply", "auto-reply", "junk", "list")
        or parsed.header("return-path").strip() == "<>"
        or parsed.header("x-ms-exchange-generated-message-source")
        or _is_bulk(parsed)
    )


def _is_bulk(parsed: Parsed) -> bool:
    return any(name.startswith("list-") for name in parsed.headers)


def _why_unknown(parsed: Parsed) -> str:
    if _is_bulk(parsed):
        return "bulk"
    return "reply" if parsed.header("in-reply-to") or parsed.header("references") else "letter"


# Notices that a provider sends as JSON in a mail


def _of_provider(words: str) -> Reading | None:
    """Amazon SNS by mail: the same document that its webhook posts."""
    start = words.find("{")
    if start < 0 or "notificationType" not in words:
        return None
    try:
        document, _ = json.JSONDecoder().raw_decode(re.sub(r"\n\s*", "", words[start:]))
        if isinstance(document.get("Message"), str):
            document = json.loads(document["Message"])
        return _of_ses(document)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def _of_ses(document: dict[str, Any]) -> Reading | None:
    mail = document.get("mail") or {}
    original = {"message-id": str((mail.get("commonHeaders") or {}).get("messageId", ""))}
    if document.get("notificationType") == "Complaint":
        complaint = document["complaint"]
        who = [str(each.get("emailAddress", "")) for each in complaint.get("complainedRecipients", [])]
        reason = str(complaint.get("complaintFeedbackType") or "abuse")[:40]
        return Reading(COMPLAINT, reason, "", _outcomes(who, COMPLAINT, reason), original)
    if document.get("notificationType") != "Bounce":
        return Reading(AUTO_REPLY, "delivered") if document.get("notificationType") == "Delivery" else None
    outcomes = []
    for each in document["bounce"].get("bouncedRecipients", [])[:200]:
        group = {
            "action": str(each.get("action", "failed")),
            "status": str(each.get("status", "")),
            "diagnostic-code": str(each.get("diagnosticCode", "")),
        }
        outcomes.append(_judge(str(each.get("emailAddress", "")), group, "", "", False))
    if not outcomes:
        return None
    worst = next((each for each in outcomes if each.kind == HARD), outcomes[0])
    return Reading(worst.kind, worst.reason, worst.status, tuple(outcomes), original)
