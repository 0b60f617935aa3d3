"""What the names of a sender's domain say about his mail: SPF, DKIM, DMARC, PTR, MX, the tracking domain. Pure.

Questions to the name system are asked through a Resolver, so that tests answer them. Each finding has a code that the
page words, its figures, and where it helps the record to paste (RP-13, RP-31, RP-33).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address

from guanxi.transports import dmarc, spf
from guanxi.transports.dmarc import belongs
from guanxi.transports.findings import (
    OK,
    UNKNOWN,
    WARNING,
    WRONG,
    Finding,
    Record,
    Resolver,
    Setting,
    Unreachable,
    tags_of,
)

LEAST_KEY_BITS = 2048
# A name that leads to a name that leads to a name: each costs a question and may break.
MOST_ALIASES = 3


def check(setting: Setting, resolver: Resolver) -> list[Finding]:
    """Every finding about a sender's domain; what could not be asked is `unknown`, and stops nothing else."""
    found: list[Finding] = []
    for about, look in LOOKS.items():
        try:
            found += look(setting, resolver)
        except Unreachable:
            found.append(Finding(about, UNKNOWN, "no_answer"))
    return found


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
        elif len(keys) > 1:
            yield Finding("dkim", WRONG, "dkim_twice", {"name": name, "count": str(len(keys))}, paste)
        elif not keys[0]["p"]:
            yield Finding("dkim", WRONG, "dkim_revoked", {"name": name}, paste)
        elif keys[0]["p"].replace(" ", "") != wanted:
            yield Finding("dkim", WRONG, "dkim_other_key", {"name": name}, paste)
        elif keys[0].get("k", "rsa") == "rsa" and len(wanted) < 300:  # 1024 bits are 216 characters, 2048 are 392
            yield Finding("dkim", WRONG, "dkim_short", {"name": name, "bits": str(LEAST_KEY_BITS)}, paste)
        else:
            yield Finding("dkim", OK, "dkim_good", {"name": name})


# Return path, PTR, MX, tracking


def _return_path(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    domain = setting.return_domain
    if not domain:
        yield Finding("return_path", WARNING, "return_none", {"domain": setting.domain})
        return
    if not (resolver.mx(domain) or resolver.addresses(domain)):
        yield Finding("return_path", WRONG, "return_no_mx", {"domain": domain}, _mx_record(domain, setting, resolver))
    elif not belongs(domain, setting.domain, resolver):
        yield Finding("return_path", WARNING, "return_not_aligned", {"domain": domain, "sender": setting.domain})
    else:
        yield Finding("return_path", OK, "return_good", {"domain": domain})


def _mx_record(domain: str, setting: Setting, resolver: Resolver) -> Record:
    host = setting.relay_host if spf.relay_is_ours(setting, resolver) else f"mail.{setting.domain}"
    return Record(domain, "MX", f"10 {host}.")


def _ptr(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    if setting.relay_is_local:
        yield Finding("ptr", UNKNOWN, "ptr_local")
        return
    if not setting.relay_host:
        return
    if not spf.relay_is_ours(setting, resolver):
        yield Finding("ptr", OK, "ptr_providers", {"host": setting.relay_host})
        return
    addresses = resolver.addresses(setting.relay_host)
    if not addresses:
        yield Finding("ptr", WRONG, "relay_unknown", {"host": setting.relay_host})
    for address in addresses[:6]:
        names = resolver.names_of(address)
        confirmed = [name for name in names[:4] if address in resolver.addresses(name)]
        paste = Record(_reversed(address), "PTR", f"{setting.relay_host}.")
        if not names:
            yield Finding("ptr", WRONG, "ptr_missing", {"address": address, "host": setting.relay_host}, paste)
        elif not confirmed:
            yield Finding("ptr", WRONG, "ptr_not_confirmed", {"address": address, "name": names[0]}, paste)
        else:
            yield Finding("ptr", OK, "ptr_good", {"address": address, "name": confirmed[0]})


def _reversed(address: str) -> str:
    try:
        return ip_address(address).reverse_pointer
    except ValueError:
        return address


def _mx(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    hosts = resolver.mx(setting.domain)
    detail = {"domain": setting.domain, "hosts": ", ".join(hosts[:3]) or setting.domain}
    aliases = [host for host in hosts[:10] if host != "." and resolver.alias(host)]
    if hosts == ["."]:
        yield Finding("mx", WRONG, "mx_null", detail)
    elif not hosts and not resolver.addresses(setting.domain):
        yield Finding("mx", WRONG, "mx_missing", detail, _mx_record(setting.domain, setting, resolver))
    elif aliases:
        told = detail | {"host": aliases[0]}
        paste = Record(setting.domain, "MX", f"10 {aliases_of(aliases[0], resolver)[-1]}.")
        yield Finding("mx", WARNING, "mx_alias", told, paste)
    else:
        yield Finding("mx", OK, "mx_good", detail)


def aliases_of(host: str, resolver: Resolver) -> list[str]:
    """The names that `host` leads to one after the other; ends where they run in a circle."""
    chain: list[str] = []
    while (following := resolver.alias((chain or [host])[-1])) and following[0] not in (host, *chain):
        chain.append(following[0])
        if len(chain) > 2 * MOST_ALIASES:
            break
    return chain


def _tracking(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    host = setting.tracking_host
    if not host:
        return
    chain = aliases_of(host, resolver)
    detail = {"host": host, "sender": setting.domain, "target": (chain or [host])[-1], "count": str(len(chain))}
    shorter = Record(host, "CNAME", f"{detail['target']}.")
    if not setting.is_tracking_https:
        yield Finding("tracking", WRONG, "tracking_no_https", detail)
    elif not resolver.addresses(host):
        # Whoever takes the forgotten name at the end of the chain takes the links of every mail.
        yield Finding("tracking", WRONG, "tracking_dangling" if chain else "tracking_unknown", detail)
    elif not belongs(host, setting.domain, resolver):
        paste = Record(f"links.{setting.domain}", "CNAME", f"{host}.")
        yield Finding("tracking", WARNING, "tracking_elsewhere", detail, paste)
    elif len(chain) > MOST_ALIASES:
        yield Finding("tracking", WARNING, "tracking_chain", detail, shorter)
    else:
        yield Finding("tracking", OK, "tracking_good", detail)


Look = Callable[[Setting, Resolver], Iterator[Finding]]
LOOKS: dict[str, Look] = {
    "spf": spf.look,
    "dkim": _dkim,
    "dmarc": dmarc.look,
    "return_path": _return_path,
    "ptr": _ptr,
    "mx": _mx,
    "tracking": _tracking,
}


def worst(findings: Sequence[Finding]) -> str:
    """The state of the whole."""
    states = {finding.state for finding in findings}
    return next((state for state in (WRONG, WARNING, UNKNOWN) if state in states), OK)
