"""What is kept how long, and the job that ends it (RL-11). A firm may shorten a span, and lengthen it up to `most`.

A default is a default: the page says so, and asks for a reason when it is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.privacy import files, lapsing
from guanxi.privacy.models import RetentionRun, Span
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.staff.roles import Right

YEAR = 365
CONTACTS = "contacts"
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Rule:
    """A table with the moment that counts, whose rows go or lose the columns of `blank`; or a folder whose files go.

    `carries_end`: the moment is the row's own end, set `most` days after it was made. `for_reader`: readers are told.
    """

    key: str
    holds: str | Promise
    days: int
    most: int
    why: str | Promise
    model: str = ""
    moment: str = ""
    only: Q = field(default_factory=Q)
    blank: tuple[tuple[str, Any], ...] = ()
    folder: str = ""
    pattern: str = "*"
    carries_end: bool = False
    for_reader: bool = False


LAW = _("No longer than its purpose needs (GDPR 5(1)(e)).")
PROOF = _("To prove what was done when somebody asks.")

RULES: tuple[Rule, ...] = (
    Rule(CONTACTS, _("Name and address of a person nothing was heard of"), 3 * YEAR + 1, 10 * YEAR,
         _("Counted from the last order, click, reply, visit or note (DP-19)."), "ledger.Contact", "created_at",
         for_reader=True),
    Rule("hits", _("Network and browser of openings and clicks"), 30, 30, LAW, "tracking.Hit", "at",
         ~Q(network="", user_agent=""), (("network", ""), ("user_agent", "")), for_reader=True),
    Rule("page_hits", _("Visits of pages that mails lead to, as they came"), 30, 30, LAW, "tracking.PageHit", "at"),
    Rule("sign_up_traces", _("Network address and browser of sign-ups"), 30, 30, LAW, "consent.SignUp", "asked_at",
         ~Q(ip_address=None, household="", user_agent=""),
         (("ip_address", None), ("household", ""), ("user_agent", ""))),
    Rule("sign_ups", _("Sign-ups that were never confirmed"), 30, 30, LAW, "consent.SignUp", "asked_at",
         ~Q(state="confirmed")),
    Rule("visits", _("Website visits of visitors nobody knows"), 180, 400, LAW, "ledger.Event", "occurred_at",
         Q(contact=None, customer=None) & ~Q(anonymous_id="")),
    Rule("events", _("Openings, clicks and visits of known readers, one by one"), 3 * YEAR, 10 * YEAR,
         _("Three years show the rhythm of business that comes once a year."), "ledger.Event", "occurred_at",
         Q(name__in=["email.opened", "email.clicked", "page.viewed"]) | ~Q(anonymous_id=""), for_reader=True),
    Rule("carts", _("Carts of the shop"), YEAR, 3 * YEAR, LAW, "tracking.Cart", "touched_at", for_reader=True),
    Rule("letters", _("Values and server answers of mails; that a mail was sent stays"), 3 * YEAR, 10 * YEAR, PROOF,
         "outbox.Message", "proposed_at", ~Q(values={}, last_reply=""), (("values", {}), ("last_reply", "")),
         for_reader=True),
    Rule("server_answers", _("Answers of mail servers, try by try"), 180, YEAR, LAW, "outbox.Attempt", "began_at",
         ~Q(reply=""), (("reply", ""),)),
    Rule("arrivals", _("Mails that came in, as they came"), 90, YEAR, LAW, "inbox.Arrival", "came_at"),
    Rule("drawer", _("Mails in the drawer"), 90, YEAR, LAW, folder="drawer", pattern="*.eml"),
    Rule("uploads", _("Uploaded files of imports"), 90, YEAR, _("So long an import can be taken back."),
         folder="uploads"),
    Rule("rejects", _("Rows of imports that could not be used"), 90, 90, LAW, "intake.RejectedRow", "expires_at",
         carries_end=True),
    Rule("reject_files", _("Files of such rows"), 90, 90, LAW, folder="rejects"),
    Rule("images", _("What imports changed, to take them back"), 90, 90, LAW, "intake.BeforeImage", "expires_at",
         carries_end=True),
    Rule("exports", _("Copies of everything"), 7, 7, LAW, "pipeline.Export", "asked_at", Q(state="failed")),
    Rule("export_files", _("Files of such copies"), 7, 7, LAW, folder="exports"),
    Rule("answers", _("Answers to machines"), 1, 1, LAW, "pipeline.KeptAnswer", "expires_at", carries_end=True),
    Rule("deliveries", _("What was told to other programs"), 30, 30, LAW, "webhooks.Delivery", "created_at"),
    Rule("sessions", _("Sessions of staff that are over"), 1, 14, LAW, "sessions.Session", "expire_date"),
    Rule("invitations", _("Invitations of staff that were used or ran out"), YEAR, 3 * YEAR, PROOF, "staff.Invitation",
         "expires_at"),
    Rule("readings", _("Who of the staff looked at which lists"), 2 * YEAR, 5 * YEAR, PROOF, "privacy.Reading",
         "latest_at"),
    Rule("requests", _("Requests of persons, once answered"), 3 * YEAR, 6 * YEAR, PROOF, "consent.SubjectRequest",
         "closed_at", ~Q(state="open"), for_reader=True),
    Rule("heartbeats", _("Days that were run"), 400, 3 * YEAR, LAW, "pipeline.DayRun", "at"),
    Rule("audit", _("The trail of what staff did"), 10 * YEAR, 30 * YEAR, PROOF, "staff.AuditEntry", "at"),
)  # fmt: skip
BY_KEY = {rule.key: rule for rule in RULES}
# Kept as long as something lasts, which no job ends.
LASTING: tuple[tuple[str | Promise, str | Promise], ...] = (
    (
        _("Name, address, telephone and language"),
        _("as long as you are a customer, or until you ask us to delete them"),
    ),
    (_("Permissions and their proof"), _("as long as we write to you, and until you ask us to delete them")),
    (_("Orders and invoices"), _("as long as the law asks for books, without your name once it was erased")),
    (_("That you do not want mail"), _("for good, as a fingerprint that cannot be read back")),
)


class BadSpan(ValueError):
    """The span is not among those allowed, or the reason is missing."""


def span_of(key: str) -> int:
    """How many days the firm keeps this."""
    return spans().get(key, BY_KEY[key].days)


def spans() -> dict[str, int]:
    """The spans in force, by key."""
    own = dict(Span.objects.values_list("key", "days"))
    return {rule.key: min(own.get(rule.key, rule.days), rule.most) for rule in RULES}


@transaction.atomic
def change_span(*, key: str, days: int, reason: str, actor: User, now: datetime) -> None:
    """Keep something shorter or longer. Raises BadSpan, staff.actions.NotAllowed."""
    if not actor.may(Right.MANAGE_SETTINGS):
        raise staff_actions.NotAllowed
    rule = BY_KEY.get(key)
    if rule is None or not 1 <= days <= rule.most or not reason.strip():
        raise BadSpan
    was = span_of(key)
    Span.objects.update_or_create(
        key=key, defaults={"days": days, "reason": reason.strip()[:200], "changed_by": actor, "changed_at": now}
    )
    staff_actions.append_audit(
        actor=actor, act="retention.changed", now=now, object_kind="span", object_id=key,
        details={"was": was, "became": days, "reason": reason.strip()[:200]},
    )  # fmt: skip


def run_retention(*, now: datetime) -> dict[str, int]:
    """Let go of everything whose time is over; returns how much, by rule. What went is kept as a figure."""
    days, counts = spans(), {}
    for rule in RULES:
        before = now - timedelta(days=days[rule.key])
        count = _end(rule, before, now)
        if count:
            RetentionRun.objects.create(key=rule.key, at=now, before_at=before, days=days[rule.key], count=count)
            counts[rule.key] = count
    return counts


def _end(rule: Rule, before: datetime, now: datetime) -> int:
    if rule.key == CONTACTS:
        return lapsing.erase_lapsed(before=before, now=now)
    return _end_files(rule, before) if rule.folder else _end_rows(rule, before)


def _end_rows(rule: Rule, before: datetime) -> int:
    model = apps.get_model(rule.model)
    moment = before + timedelta(days=rule.most) if rule.carries_end else before
    rows = model._base_manager.filter(rule.only, **{f"{rule.moment}__lt": moment})
    if rule.blank:
        return _in_parts(rows, lambda part: part.update(**dict(rule.blank)))
    return _in_parts(rows, lambda part: part.delete()[1].get(rule.model, 0))


def _in_parts(rows: Any, end: Callable[[Any], int]) -> int:
    """Some thousand rows at a time, so that nobody waits long for the write lock."""
    total = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        count = end(rows.model._base_manager.filter(pk__in=ids))
        total += count
        if not count:
            break
    return total


def _end_files(rule: Rule, before: datetime) -> int:
    """Files not changed since; an import's own row forgets where its file was."""
    folder, count = Path(settings.GUANXI_DATA) / rule.folder, 0
    for path in folder.glob(rule.pattern) if folder.is_dir() else ():
        if path.is_file() and path.stat().st_mtime < before.timestamp() and not _is_needed(rule, path):
            path.unlink(missing_ok=True)
            count += 1
    return count


def _is_needed(rule: Rule, path: Path) -> bool:
    """An upload that an import is reading, or about to; one that nobody started in all that time is not."""
    if rule.folder != "uploads":
        return False
    runs = apps.get_model("intake", "ImportRun")._base_manager.filter(stored_path=f"uploads/{path.name}")
    if runs.filter(files.UNDER_WAY).exists():
        return True
    files.let_go(runs)
    return False


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the page "what we keep and how long"."""

    rule: Rule
    days: int
    is_default: bool
    reason: str
    latest_count: int | None
    latest_at: datetime | None


def told() -> list[Told]:
    own = {span.key: span for span in Span.objects.all()}
    latest: dict[str, RetentionRun] = {}
    for run in RetentionRun.objects.order_by("at", "id"):
        latest[run.key] = run
    days = spans()
    return [
        Told(
            rule, days[rule.key], rule.key not in own, own[rule.key].reason if rule.key in own else "",
            latest[rule.key].count if rule.key in latest else None, latest[rule.key].at if rule.key in latest else None,
        )
        for rule in RULES
    ]  # fmt: skip


def months_of(key: str) -> int:
    """A span in months, as letters name it."""
    return round(span_of(key) / 30.44)


def for_readers() -> list[tuple[str, str]]:
    """What the yearly letter and the preference page say of it, in the language in force: what, and how long (G-07)."""
    lines = [(str(what), str(long)) for what, long in LASTING]
    days = spans()
    return lines + [(str(rule.holds), words_of(days[rule.key])) for rule in RULES if rule.for_reader]


def words_of(days: int) -> str:
    """A span in words: years where they come out even."""
    from django.utils.translation import ngettext

    if days % YEAR <= days // YEAR // 3:  # leap days
        years = days // YEAR
        return ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
