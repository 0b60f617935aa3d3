"""The rules of mailbox_rules.yaml: which provider a domain belongs to, and what its replies mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("mailbox_rules.yaml")
OTHER = "other"
MEANINGS = frozenset({"rate", "authentication", "nobody", "content", "full", "policy", "temporary"})
STREAM, DOMAIN = SLOWS = ("stream", "domain")


@dataclass(frozen=True, slots=True)
class ReplyRule:
    means: str
    codes: frozenset[int]
    enhanced: re.Pattern[str]
    text: re.Pattern[str]
    slows: str
    pause: timedelta | None
    is_anywhere: bool

    def fits(self, code: int, enhanced: str, text: str) -> bool:
        return (
            (not self.codes or code in self.codes)
            and bool(self.enhanced.search(enhanced))
            and bool(self.text.search(text))
        )


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """One provider. `bulk_from` and `warn_from` are None where it counts nobody."""

    key: str
    name: str
    domains: frozenset[str]
    replies: tuple[ReplyRule, ...]
    bulk_from: int | None = None
    warn_from: int | None = None
    warms_up: bool = False


def group_of(domain: str) -> str:
    """The key of the provider whose mailboxes lie there, or `other`."""
    return _by_domain().get(domain.lower(), OTHER)


def domains_of(group: str) -> frozenset[str]:
    return providers()[group].domains


def rule_for(*, code: int, enhanced: str, text: str, domain: str = "") -> ReplyRule | None:
    """The first rule that knows this reply: the domain's own provider first."""
    for rule in _rules(group_of(domain)):
        if rule.fits(code, enhanced, text):
            return rule
    return None


@cache
def providers() -> dict[str, Mailboxes]:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {key: _mailboxes(key, entry) for key, entry in document.items()}


@cache
def _by_domain() -> dict[str, str]:
    return {domain: each.key for each in providers().values() for domain in each.domains}


@cache
def _rules(group: str) -> tuple[ReplyRule, ...]:
    own = providers()[group].replies if group in providers() else ()
    return (*own, *(rule for each in providers().values() for rule in each.replies if rule.is_anywhere))


def _mailboxes(key: str, entry: dict[str, Any]) -> Mailboxes:
    return Mailboxes(
        key=key,
        name=entry["name"],
        domains=frozenset(entry["domains"]),
        replies=tuple(_reply_rules(key, entry.get("replies", []))),
        bulk_from=entry.get("bulk_from"),
        warn_from=entry.get("warn_from"),
        warms_up=bool(entry.get("warm_up")),
    )


def _reply_rules(key: str, entries: list[dict[str, Any]]) -> Iterator[ReplyRule]:
    for entry in entries:
        if entry["means"] not in MEANINGS or entry.get("slows", DOMAIN) not in SLOWS:
            raise ValueError(f"{FILE.name}: {key}: {entry}")
        minutes = entry.get("pause_minutes")
        yield ReplyRule(
            means=entry["means"],
            codes=frozenset(entry.get("codes", [])),
            enhanced=re.compile(entry.get("enhanced", "")),
            text=re.compile(entry.get("text", ""), re.IGNORECASE),
            slows=entry.get("slows", DOMAIN),
            pause=timedelta(minutes=minutes) if minutes else None,
            is_anywhere=bool(entry.get("anywhere")),
        )
