"""What the names of a sender's domain say about his mail: SPF, DKIM, DMARC, PTR, MX, the tracking domain. Pure.

Questions to the name system are asked through a Resolver, so that tests answer them. Each finding has a code that the
page words, its figures, and where it helps the record to paste (RP-13, RP-31, RP-33).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

OK, WARNING, WRONG, UNKNOWN = "ok", "warning", "wrong", "unknown"
# RFC 7208, section 4.6.4.
MOST_LOOKUPS, MOST_VOID = 10, 2
# RFC 9989, section 4.10: the tree walk asks at most eight times.
MOST_STEPS = 8
LEAST_KEY_BITS = 2048


class Unreachable(Exception):
    """The name system gave no answer in time; nothing follows from it."""


class Resolver(Protocol):
    """An empty list says that there is no such record. Every question raises Unreachable."""

    def txt(self, name: str) -> list[str]: ...
    def mx(self, name: str) -> list[str]: ...
    def addresses(self, name: str) -> list[str]: ...
    def names_of(self, address: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Record:
    """A line for the administrator of the domain."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `about` is spf, dkim, dmarc …, `code` is worded by the page."""

    about: str
    state: str
    code: str
    detail: dict[str, str] = field(default_factory=dict)
    paste: Record | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What is to be checked. `dkim` maps a selector to the public key its record must hold."""

    domain: str
    dkim: dict[str, str] = field(default_factory=dict)
    return_domain: str = ""
    relay_host: str = ""
    relay_is_ours: bool = True
    tracking_host: str = ""
    is_tracking_https: bool = True


def check(setting: Setting, resolver: Resolver) -> list[Finding]:
    """Every finding about a sender's domain; what could not be asked is `unknown`, and stops nothing else."""
    found: list[Finding] = []
    for about, look in LOOKS.items():
        try:
            found += look(setting, resolver)
        except Unreachable:
            found.append(Finding(about, UNKNOWN, "no_answer"))
    return found


# SPF


def _spf(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    domain = setting.return_domain or setting.domain
    records = [text for text in resolver.txt(domain) if _is_spf(text)]
    if not records:
        include = f" include:{setting.relay_host}" if setting.relay_host and not setting.relay_is_ours else ""
        mechanism = f" a:{setting.relay_host}" if setting.relay_host and setting.relay_is_ours else include
        yield Finding(
            "spf", WRONG, "spf_missing", {"domain": domain}, Record(domain, "TXT", f"v=spf1{mechanism or ' mx'} ~all")
        )
        return
    if len(records) > 1:
        yield Finding("spf", WRONG, "spf_twice", {"domain": domain, "count": str(len(records))})
        return
    count = count_lookups(records[0], domain, resolver)
    detail = {"domain": domain, "lookups": str(count.lookups), "most": str(MOST_LOOKUPS), "record": records[0][:400]}
    if count.lookups > MOST_LOOKUPS:
        yield Finding("spf", WRONG, "spf_too_many", detail)
    elif count.void > MOST_VOID:
        yield Finding("spf", WRONG, "spf_void", detail | {"void": str(count.void)})
    elif re.search(r"(^|\s)\+?all(\s|$)", records[0].lower()):
        yield Finding("spf", WRONG, "spf_open", detail)
    elif not re.search(r"(^|\s)([~?-]all|redirect=)", records[0].lower()):
        yield Finding("spf", WARNING, "spf_no_end", detail)
    else:
        yield Finding("spf", OK, "spf_good", detail)


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


@dataclass
class Count:
    lookups: int = 0
    void: int = 0


def count_lookups(record: str, domain: str, resolver: Resolver) -> Count:
    """How many questions whoever checks this record has to ask (RFC 7208, 4.6.4); stops well beyond the limit."""
    count = Count()
    _count(record, domain, resolver, count, seen=set())
    return count


def _count(record: str, domain: str, resolver: Resolver, count: Count, seen: set[str]) -> None:
    seen.add(domain.lower())
    for term in record.split()[1:]:
        name, _, value = term.lstrip("+-~?").replace("=", ":", 1).partition(":")
        name = name.partition("/")[0].lower()
        target = value.partition("/")[0].lower() or domain
        if name not in ("include", "redirect", "a", "mx", "ptr", "exists") or count.lookups > 2 * MOST_LOOKUPS:
            continue
        count.lookups += 1
        if name in ("include", "redirect") and target not in seen and "%" not in target:
            inner = [text for text in resolver.txt(target) if _is_spf(text)]
            count.void += not inner
            if inner:
                _count(inner[0], target, resolver, count, seen)
        elif name in ("a", "mx") and "%" not in target:
            count.void += not (resolver.mx(target) if name == "mx" else resolver.addresses(target))


# DKIM


def _dkim(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    if not setting.dkim:
        yield Finding("dkim", WARNING, "dkim_not_ours", {"domain": setting.domain})
    for selector, public_key in setting.dkim.items():
        name = f"{selector}._domainkey.{setting.domain}"
        paste = Record(name, "TXT", public_key)
        records = [tags_of(text) for text in resolver.txt(name)]
        keys = [tags for tags in records if "p" in tags]
        wanted = tags_of(public_key).get("p", "").replace(" ", "")
        if not keys:
            yield Finding("dkim", WRONG, "dkim_missing", {"name": name}, paste)
        elif not keys[0]["p"]:
            yield Finding("dkim", WRONG, "dkim_revoked", {"name": name}, paste)
        elif keys[0]["p"].replace(" ", "") != wanted:
            yield Finding("dkim", WRONG, "dkim_other_key", {"name": name}, paste)
        elif keys[0].get("k", "rsa") == "rsa" and len(wanted) < 300:  # 1024 bits are 216 characters, 2048 are 392
            yield Finding("dkim", WRONG, "dkim_short", {"name": name, "bits": str(LEAST_KEY_BITS)}, paste)
        else:
            yield Finding("dkim", OK, "dkim_good", {"name": name})


def tags_of(record: str) -> dict[str, str]:
    """`v=DMARC1; p=none` as tags; the first of each name."""
    found: dict[str, str] = {}
    for piece in record.split(";"):
        name, separator, value = piece.partition("=")
        if separator:
            found.setdefault(name.strip().lower(), value.strip())
    return found


# DMARC


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record and the domain it was found at."""

    domain: str
    tags: dict[str, str]


def walk(domain: str, resolver: Resolver) -> list[Policy]:
    """The records on the way from the domain to the root, as RFC 9989 walks it: at most eight questions."""
    labels = domain.lower().rstrip(".").split(".")
    found: list[Policy] = []
    steps = 0
    while labels and steps < MOST_STEPS:
        steps += 1
        name = ".".join(labels)
        records = [tags_of(text) for text in resolver.txt(f"_dmarc.{name}") if _is_dmarc(text)]
        if len(records) == 1:
            found.append(Policy(name, records[0]))
            if records[0].get("psd", "u").lower() in ("y", "n"):
                break
        # A long name is cut to seven labels at once, so that nobody pays for hundreds.
        labels = labels[-(MOST_STEPS - 1) :] if len(labels) > MOST_STEPS else labels[1:]
    return found


def _is_dmarc(text: str) -> bool:
    return text.replace(" ", "").lower().startswith("v=dmarc1;") or text.strip().lower() == "v=dmarc1"


def organisational_domain(domain: str, resolver: Resolver) -> str:
    """The domain whose owner answers for `domain` (RFC 9989, 4.10.2); itself when no record is on the way."""
    policies = walk(domain, resolver)
    for policy in policies:
        if policy.tags.get("psd", "u").lower() == "n":
            return policy.domain
        if policy.tags.get("psd", "u").lower() == "y" and policy.domain != domain.lower():
            return ".".join(domain.lower().split(".")[-(policy.domain.count(".") + 2) :])
    return policies[-1].domain if policies else domain.lower()


def _dmarc(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    policies = walk(setting.domain, resolver)
    if not policies:
        name = f"_dmarc.{setting.domain}"
        value = f"v=DMARC1; p=none; rua=mailto:dmarc@{setting.domain}"
        yield Finding("dmarc", WRONG, "dmarc_missing", {"domain": setting.domain}, Record(name, "TXT", value))
        return
    policy = policies[0]
    wish = policy.tags.get("p" if policy.domain == setting.domain.lower() else "sp", policy.tags.get("p", ""))
    detail = {"domain": policy.domain, "policy": wish or "none"}
    if wish.lower() not in ("none", "quarantine", "reject"):
        yield Finding("dmarc", WRONG, "dmarc_no_policy", detail)
    elif "rua" not in policy.tags:
        yield Finding("dmarc", WARNING, "dmarc_no_reports", detail)
    else:
        yield Finding("dmarc", OK, "dmarc_good", detail)
    old = [tag for tag in ("pct", "rf", "ri") if tag in policy.tags]
    if old:
        yield Finding("dmarc", WARNING, "dmarc_old_tags", {"domain": policy.domain, "tags": ", ".join(old)})


# Return path, PTR, MX, tracking


def _return_path(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    domain = setting.return_domain
    if not domain:
        yield Finding("return_path", WARNING, "return_none", {"domain": setting.domain})
        return
    if not (resolver.mx(domain) or resolver.addresses(domain)):
        yield Finding("return_path", WRONG, "return_no_mx", {"domain": domain}, Record(domain, "MX", "10 mail.…"))
    elif organisational_domain(domain, resolver) != organisational_domain(setting.domain, resolver):
        yield Finding("return_path", WARNING, "return_not_aligned", {"domain": domain, "sender": setting.domain})
    else:
        yield Finding("return_path", OK, "return_good", {"domain": domain})


def _ptr(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    if not setting.relay_host:
        return
    if not setting.relay_is_ours:
        yield Finding("ptr", OK, "ptr_providers", {"host": setting.relay_host})
        return
    addresses = resolver.addresses(setting.relay_host)
    if not addresses:
        yield Finding("ptr", WRONG, "relay_unknown", {"host": setting.relay_host})
    for address in addresses[:6]:
        names = resolver.names_of(address)
        confirmed = [name for name in names[:4] if address in resolver.addresses(name)]
        if not names:
            yield Finding("ptr", WRONG, "ptr_missing", {"address": address, "host": setting.relay_host})
        elif not confirmed:
            yield Finding("ptr", WRONG, "ptr_not_confirmed", {"address": address, "name": names[0]})
        else:
            yield Finding("ptr", OK, "ptr_good", {"address": address, "name": confirmed[0]})


def _mx(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    hosts = resolver.mx(setting.domain)
    if hosts == ["."]:
        yield Finding("mx", WRONG, "mx_null", {"domain": setting.domain})
    elif not hosts and not resolver.addresses(setting.domain):
        yield Finding("mx", WRONG, "mx_missing", {"domain": setting.domain})
    else:
        yield Finding("mx", OK, "mx_good", {"domain": setting.domain, "hosts": ", ".join(hosts[:3]) or setting.domain})


def _tracking(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    host = setting.tracking_host
    if not host:
        return
    if not setting.is_tracking_https:
        yield Finding("tracking", WRONG, "tracking_no_https", {"host": host})
    elif not resolver.addresses(host):
        yield Finding("tracking", WRONG, "tracking_unknown", {"host": host})
    elif organisational_domain(host, resolver) != organisational_domain(setting.domain, resolver):
        yield Finding("tracking", WARNING, "tracking_elsewhere", {"host": host, "sender": setting.domain})
    else:
        yield Finding("tracking", OK, "tracking_good", {"host": host})


Look = Callable[[Setting, Resolver], Iterator[Finding]]
LOOKS: dict[str, Look] = {
    "spf": _spf,
    "dkim": _dkim,
    "dmarc": _dmarc,
    "return_path": _return_path,
    "ptr": _ptr,
    "mx": _mx,
    "tracking": _tracking,
}


def worst(findings: Sequence[Finding]) -> str:
    """The state of the whole."""
    states = {finding.state for finding in findings}
    return next((state for state in (WRONG, WARNING, UNKNOWN) if state in states), OK)
