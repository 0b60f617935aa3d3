"""States of messages, gates and their reasons as sentences for the page (RD-04: every "why not" has an answer)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.phrases import with_aside
from guanxi.culture import hold_kinds, holiday_names
from guanxi.outbox import states
from guanxi.transports import base

Words = str | Promise

STATE_NAMES: dict[str, Words] = {
    states.QUEUED: gettext_lazy("waiting its turn"),
    states.HELD: gettext_lazy("held"),
    states.CLAIMED: gettext_lazy("being prepared"),
    states.HANDING_OFF: gettext_lazy("being handed over"),
    states.ACCEPTED: gettext_lazy("sent"),
    states.DEFERRED: gettext_lazy("to be tried again"),
    states.FAILED: gettext_lazy("refused"),
    states.UNCERTAIN: gettext_lazy("uncertain"),
    states.SUPPRESSED: gettext_lazy("not sent"),
    states.EXPIRED: gettext_lazy("expired"),
    states.QUARANTINED: gettext_lazy("set aside"),
}
STATE_SENTENCES: dict[str, Words] = {
    states.QUEUED: gettext_lazy("It leaves with the next turn of the worker, when its moment has come."),
    states.HELD: gettext_lazy("A gate asks to wait; it is looked at again at the moment below."),
    states.CLAIMED: gettext_lazy("A worker prepares it now."),
    states.HANDING_OFF: gettext_lazy("A worker speaks to the mail server now."),
    states.ACCEPTED: gettext_lazy("The mail server has taken it."),
    states.DEFERRED: gettext_lazy("The mail server asked to come back later."),
    states.FAILED: gettext_lazy("The mail server refuses it for good."),
    states.UNCERTAIN: gettext_lazy("It was handed over, but no answer came; it is not sent a second time by itself."),
    states.SUPPRESSED: gettext_lazy("A gate has stopped it for good."),
    states.EXPIRED: gettext_lazy("Its time was over before it could leave; it is left out, not sent late."),
    states.QUARANTINED: gettext_lazy("Several workers broke off at it; somebody must look."),
}
TONES = {
    states.ACCEPTED: "is-good",
    states.HELD: "is-warn",
    states.DEFERRED: "is-warn",
    states.UNCERTAIN: "is-bad",
    states.FAILED: "is-bad",
    states.QUARANTINED: "is-bad",
}
KIND_NAMES: dict[str, Words] = {
    "transactional": gettext_lazy("about an order"),
    "service": gettext_lazy("service"),
    "marketing": gettext_lazy("marketing"),
}
GATE_NAMES: dict[str, Words] = {
    "suppression": gettext_lazy("Suppression list"),
    "permission": gettext_lazy("Permission"),
    "choices": gettext_lazy("Choices of the reader"),
    "completeness": gettext_lazy("Completeness"),
    "frequency": gettext_lazy("Not too often"),
    "window": gettext_lazy("Fitting moment"),
    "origin": gettext_lazy("Pause"),
    "stream": gettext_lazy("Sender"),
    "expiry": gettext_lazy("Time limit"),
    "letter": gettext_lazy("Letter"),
    "journey": gettext_lazy("Journey"),
    "campaign": gettext_lazy("Campaign"),
}
OUTCOME_NAMES: dict[str, Words] = {
    "pass": gettext_lazy("may go"),
    "hold": gettext_lazy("wait"),
    "drop": gettext_lazy("not at all"),
}
# What became of one hand-over (transports.base).
ATTEMPT_NAMES: dict[str, Words] = {
    base.ACCEPTED: gettext_lazy("taken"),
    base.DEFERRED: gettext_lazy("put off"),
    base.RATE_LIMITED: gettext_lazy("put off, too many at once"),
    base.FAILED: gettext_lazy("refused"),
    base.BLOCKED: gettext_lazy("our sign-in was refused"),
    base.UNCERTAIN: gettext_lazy("no answer"),
    base.KEPT_BACK: gettext_lazy("called back at the last moment"),
}
REASONS: dict[str, Words] = {
    "contract": gettext_lazy("belongs to an order or inquiry; no permission needed"),
    "request": gettext_lazy("answers what was asked on one of our pages; no permission needed"),
    "duty": gettext_lazy("the law asks us to tell the reader; no permission needed"),
    "correspondence": gettext_lazy("one person writes to another; no permission needed"),
    "permitted": gettext_lazy("the permission is in force"),
    "suppressed": gettext_lazy("the address is on the suppression list"),
    "not_suppressed": gettext_lazy("the address is not on the suppression list"),
    "no_permission": gettext_lazy("the contact never permitted marketing"),
    "withdrawn": gettext_lazy("the contact withdrew the permission"),
    "pending": gettext_lazy("the permission is not confirmed yet"),
    "expired": gettext_lazy("the permission has run out"),
    "paused": gettext_lazy("marketing rests: the yearly letter about the contact's data is unanswered"),
    "no_topic": gettext_lazy("the letter belongs to no topic"),
    "topic_wanted": gettext_lazy("the reader wants this topic"),
    "topic_declined": gettext_lazy("the reader does not want this topic"),
    "profiling_refused": gettext_lazy("the reader refused mails chosen by his purchases or visits"),
    "paused_by_reader": gettext_lazy("the reader asked for a pause"),
    "not_asked": gettext_lazy("readers choose among marketing mails only"),
    "basis_not_for_marketing": gettext_lazy("the recorded basis does not cover marketing"),
    "explicit_consent_needed": gettext_lazy("the contact's country asks for explicit consent"),
    "complete": gettext_lazy("nothing is missing"),
    "no_address": gettext_lazy("the contact has no e-mail address"),
    "bad_address": gettext_lazy("no mail server takes this address"),
    "no_letter": gettext_lazy("no letter is published for this occasion"),
    "no_sender": gettext_lazy("no sender is set up"),
    "no_postal_address": gettext_lazy("the firm's postal address is missing"),
    "no_firm_name": gettext_lazy("the firm's name is missing"),
    "never_capped": gettext_lazy("mails about orders are not counted"),
    "under_the_cap": gettext_lazy("not too many mails lately"),
    "cap_per_24_hours": gettext_lazy("had a marketing mail within 24 hours"),
    "cap_per_7_days": gettext_lazy("had enough marketing mails within 7 days"),
    "fitting_moment": gettext_lazy("a fitting hour and day there"),
    "quiet_hours": gettext_lazy("quiet hours there"),
    "outside_working_hours": gettext_lazy("outside working hours there"),
    "weekend": gettext_lazy("weekend there"),
    "public_holiday": gettext_lazy("public holiday there"),
    "unknown_zone": gettext_lazy("the time zone was not known"),
    "guessed_zone": gettext_lazy("the time zone is guessed"),
    "firm_closed": gettext_lazy("we are closed ourselves"),
    "not_now": gettext_lazy("not a fitting moment"),
    "too_late": gettext_lazy("its time was over"),
    "origin_runs": gettext_lazy("nobody has stopped it"),
    "stream_runs": gettext_lazy("its sender writes"),
    "stream_paused": gettext_lazy("its sender's mails of this kind are stopped"),
    "retried": gettext_lazy("somebody sent it on its way once more"),
    "recalled_by_hand": gettext_lazy("somebody held it back"),
    "hold_outlasts_expiry": gettext_lazy("it would have to wait until after its time"),
    "policy_stopped": gettext_lazy("sending is stopped"),
    "recalled": gettext_lazy("its journey or campaign ended before the mail could leave"),
    "origin_paused": gettext_lazy("its campaign or journey is paused"),
    "cannot_be_written": gettext_lazy("the letter could not be written"),
    "deferred_past_expiry": gettext_lazy("the mail server put it off until its time was over"),
}


def state_words(state: str) -> str:
    return str(STATE_NAMES.get(state, state))


def reason_words(reason: str, detail: Mapping[str, Any] | None = None) -> str:
    """The reason in words; a hold or holiday with its name, a limit with the reason behind it."""
    found = dict(detail or {})
    named = [each for each in found.get("reasons", []) if isinstance(each, dict) and each.get("code") == reason]
    name = named[0].get("name", "") if named else ""
    if reason == "public_holiday" and name:
        return _("public holiday there: %(name)s") % {"name": holiday_names.said(name, get_language() or "en")}
    if reason == "hold_outlasts_expiry" and found.get("reason"):
        return with_aside(REASONS[reason], reason_words(str(found["reason"])))
    if reason.startswith("cap_per_") and found.get("ahead"):
        return with_aside(REASONS[reason], _("a mail of higher priority goes first"))
    if reason in REASONS:
        return str(REASONS[reason])
    return name or hold_name(reason)


def hold_name(code: str) -> str:
    """The name of a span of holds.yaml, such as Ramadan."""
    return hold_kinds.title(code, get_language() or "en")
