"""SPF: who may send for a domain (RFC 7208). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from guanxi.transports.dmarc import belongs
from guanxi.transports.findings import OK, WARNING, WRONG, Finding, Record, Resolver, Setting

# RFC 7208, section 4.6.4.
MOST_LOOKUPS, MOST_VOID = 10, 2
END = re.compile(r"(?:^|(?<=\s))[+~?-]?all(?=\s|$)", re.IGNORECASE)


def look(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    domain = setting.return_domain or setting.domain
    records = [text for text in resolver.txt(domain) if is_spf(text)]
    ours = _of_relay(setting, resolver)
    if not records:
        paste = Record(domain, "TXT", f"v=spf1 {ours or 'mx'} ~all")
        yield Finding("spf", WRONG, "spf_missing", {"domain": domain}, paste)
    elif len(records) > 1:
        paste = Record(domain, "TXT", joined(records))
        yield Finding("spf", WRONG, "spf_twice", {"domain": domain, "count": str(len(records))}, paste)
    else:
        yield _of_one(records[0], domain, resolver)
        yield from _of_relays_addresses(records[0], domain, ours, setting, resolver)


def relay_is_ours(setting: Setting, resolver: Resolver) -> bool:
    return bool(setting.relay_host) and belongs(setting.relay_host, setting.domain, resolver)


def _of_relay(setting: Setting, resolver: Resolver) -> str:
    """The term that lets the relay send: by its address, or as its provider says where he names his servers."""
    if not setting.relay_host:
        return ""
    if not relay_is_ours(setting, resolver):
        labels = setting.relay_host.split(".")
        for above in (".".join(labels[number:]) for number in range(len(labels) - 1)):
            if any(is_spf(text) for text in resolver.txt(above)):
                return f"include:{above}"
    return f"a:{setting.relay_host}"


def _of_one(record: str, domain: str, resolver: Resolver) -> Finding:
    count = count_lookups(record, domain, resolver)
    detail = {"domain": domain, "lookups": str(count.lookups), "most": str(MOST_LOOKUPS), "record": record[:400]}
    if count.lookups > MOST_LOOKUPS:
        costly = sorted(count.of_terms.items(), key=lambda each: -each[1])
        told = ", ".join(f"{term} ({cost})" for term, cost in costly[:4])
        return Finding("spf", WRONG, "spf_too_many", detail | {"terms": told})
    if count.void > MOST_VOID:
        paste = Record(domain, "TXT", " ".join(term for term in record.split() if term not in count.void_terms))
        return Finding("spf", WRONG, "spf_void", detail | {"void": str(count.void)}, paste)
    if re.search(r"(^|\s)\+?all(\s|$)", record.lower()):
        return Finding("spf", WRONG, "spf_open", detail, Record(domain, "TXT", END.sub("~all", record)))
    if not re.search(r"(^|\s)([~?-]all(\s|$)|redirect=)", record.lower()):
        return Finding("spf", WARNING, "spf_no_end", detail, Record(domain, "TXT", f"{record.strip()} ~all"))
    return Finding("spf", OK, "spf_good", detail)


def _of_relays_addresses(
    record: str, domain: str, ours: str, setting: Setting, resolver: Resolver
) -> Iterator[Finding]:
    """Whether the record names the server that sends; a provider's many addresses are his own business."""
    if not relay_is_ours(setting, resolver):
        return
    left_out = [each for each in resolver.addresses(setting.relay_host) if not names(record, each, domain, resolver)]
    if left_out:
        paste = Record(domain, "TXT", record.replace("v=spf1", f"v=spf1 {ours}", 1))
        detail = {"domain": domain, "host": setting.relay_host, "address": left_out[0]}
        yield Finding("spf", WRONG, "spf_not_named", detail, paste)


def is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def joined(records: Sequence[str]) -> str:
    """One record with the terms of all, each once, and the mildest of their ends."""
    terms = [term for record in records for term in record.split()[1:]]
    ends = [term.lower() for term in terms if END.fullmatch(term)]
    inner = [term for term in terms if not END.fullmatch(term) and not term.lower().startswith("redirect=")]
    inner += [term.replace("redirect=", "include:") for term in terms if term.lower().startswith("redirect=")]
    end = "-all" if ends and set(ends) == {"-all"} else "~all"
    return " ".join(["v=spf1", *dict.fromkeys(inner), end])


@dataclass
class Count:
    """Questions that a check takes, how many of them find nothing; by the terms of the record itself."""

    lookups: int = 0
    void: int = 0
    of_terms: dict[str, int] = field(default_factory=dict)
    void_terms: set[str] = field(default_factory=set)


def count_lookups(record: str, domain: str, resolver: Resolver) -> Count:
    """How many questions whoever checks this record has to ask (RFC 7208, 4.6.4); stops well beyond the limit."""
    count = Count()
    seen = {domain.lower()}
    for term in record.split()[1:]:
        lookups, void = count.lookups, count.void
        _count(term, domain, resolver, count, seen)
        if count.lookups > lookups:
            count.of_terms[term] = count.lookups - lookups
        if count.void > void and count.lookups == lookups + 1:
            count.void_terms.add(term)
    return count


def _count(term: str, domain: str, resolver: Resolver, count: Count, seen: set[str]) -> None:
    name, target = _parts(term, domain)
    if name not in ("include", "redirect", "a", "mx", "ptr", "exists") or count.lookups > 2 * MOST_LOOKUPS:
        return
    count.lookups += 1
    if "%" in target:
        return
    if name in ("include", "redirect") and target not in seen:
        inner = [text for text in resolver.txt(target) if is_spf(text)]
        count.void += not inner
        seen.add(target)
        for each in inner[0].split()[1:] if inner else ():
            _count(each, target, resolver, count, seen)
    elif name in ("a", "mx"):
        count.void += not (resolver.mx(target) if name == "mx" else resolver.addresses(target))


def _parts(term: str, domain: str) -> tuple[str, str]:
    """The mechanism of a term and the name it is about."""
    name, _, value = term.lstrip("+-~?").replace("=", ":", 1).partition(":")
    return name.partition("/")[0].lower(), value.partition("/")[0].lower() or domain


def names(record: str, address: str, domain: str, resolver: Resolver, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the record lets this address send; what it cannot tell (macros, ptr, exists) counts as naming it."""
    for term in record.split()[1:]:
        if term.startswith(("-", "~", "?")):
            continue
        name, target = _parts(term, domain)
        if name in ("ptr", "exists", "all") or "%" in term:
            return True
        if name in ("ip4", "ip6") and _lies_in(address, term.partition(":")[2]):
            return True
        if name in ("a", "mx"):
            hosts = resolver.mx(target)[:10] if name == "mx" else [target]
            length = term.partition("/")[2].partition("/")[0]
            if any(_lies_in(address, f"{each}/{length}" if length else each)
                   for host in hosts for each in resolver.addresses(host)):  # fmt: skip
                return True
        if name in ("include", "redirect") and target not in seen and len(seen) < MOST_LOOKUPS:
            inner = next((text for text in resolver.txt(target) if is_spf(text)), "")
            if names(inner, address, target, resolver, seen | {target}):
                return True
    return False


def _lies_in(address: str, block: str) -> bool:
    try:
        return ip_address(address) in ip_network(block, strict=False)
    except (ValueError, TypeError):
        return False
