"""Was it a person or a machine that loaded the picture or followed the link? Pure (RP-40…RP-44).

A verdict is a guess with a rule and a version to it: the raw hit is kept, so that a better rule can judge it again.
What one request shows is judged at once; the last word falls when the settle window is over, over all requests for the
same message together.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

import yaml

OPEN, CLICK, TRAP = "open", "click", "trap"
HUMAN, MACHINE, UNKNOWN = "human", "machine", "unknown"

RULES_VERSION = 2
RULES: dict[str, str] = {
    "method": "The request was no GET.",
    "trap": "The hidden link of the mail was followed, or this came from the same network within a minute of it.",
    "scanner": "A security scanner or a link preview.",
    "scanner_network": "From a network of a maker of security scanners.",
    "burst": "Three different links of one mail within three seconds.",
    "companion": "From the network of a scanner that looked at the same mail within a minute.",
    "hammering": "The same link five times within ten seconds.",
    "before_acceptance": "Before the mail server had taken the mail.",
    "privacy_proxy": "A mailbox provider loads pictures for its readers.",
    "no_user_agent": "The program did not say its name.",
    "too_soon": "Within two seconds of the delivery.",
    "reader": "Nothing speaks against a person.",
    "open_only": "A picture alone proves no reader.",
}
BURST_LINKS, BURST_SPAN = 3, timedelta(seconds=3)
HAMMER_TIMES, HAMMER_SPAN = 5, timedelta(seconds=10)
NEAR = timedelta(seconds=60)
TOO_SOON = timedelta(seconds=2)
# Nothing irreversible follows from a click before this has passed (RP-43).
SETTLE_WINDOW = timedelta(minutes=10)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Visit:
    """One request; `accepted_at` is when the mail server took the mail, `network` the /24 or /48 it came from."""

    kind: str
    at: datetime
    method: str = "GET"
    user_agent: str = ""
    link_index: int | None = None
    accepted_at: datetime | None = None
    network: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Human, machine or unknown, and a key of RULES."""

    verdict: str
    rule: str


@dataclass(frozen=True)
class Scanners:
    """scanners.yaml, compiled once."""

    agents: re.Pattern[str]
    proxies: re.Pattern[str]
    networks: tuple[Network, ...]
    picture_networks: tuple[Network, ...]


@functools.cache
def scanners() -> Scanners:
    data: dict[str, Any] = yaml.safe_load(
        resources.files("guanxi.tracking").joinpath("scanners.yaml").read_text(encoding="utf-8")
    )
    return Scanners(
        re.compile("|".join(data["agents"]), re.IGNORECASE),
        re.compile("|".join(data["proxies"]), re.IGNORECASE),
        _networks(data["networks"]),
        _networks(data["picture_networks"]),
    )


def _networks(blocks: Sequence[dict[str, Any]]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(each) for block in blocks for each in block["ranges"])


def judge(visit: Visit, *, earlier: Sequence[Visit] = ()) -> Verdict:
    """The verdict on one visit, given the others of the same message that are known so far."""
    return judge_all([*earlier, visit])[-1]


def judge_alone(visit: Visit) -> Verdict:
    """What one visit shows by itself, before anything is known of others."""
    return _judge_alone(visit) or _as_reader(visit)


def judge_all(visits: Sequence[Visit]) -> list[Verdict]:
    """The verdict on each visit of one message, given all of them; in the same order."""
    alone = [_judge_alone(visit) for visit in visits]
    suspects = [
        (visit.network, visit.at, verdict.rule)
        for visit, verdict in zip(visits, alone, strict=True)
        if verdict is not None and verdict.rule in ("method", "trap", "scanner", "scanner_network")
    ]
    verdicts = []
    for visit, verdict in zip(visits, alone, strict=True):
        verdicts.append(verdict or _by_company(visit, suspects) or _by_pace(visit, visits) or _as_reader(visit))
    return verdicts


def _judge_alone(visit: Visit) -> Verdict | None:
    """What one request shows by itself; None when it shows nothing."""
    if visit.method != "GET":
        return Verdict(MACHINE, "method")
    if visit.accepted_at is None or visit.at < visit.accepted_at:
        return Verdict(MACHINE, "before_acceptance")
    if visit.kind == TRAP:
        return Verdict(MACHINE, "trap")
    if visit.kind == OPEN and _is_proxy(visit.user_agent):
        return Verdict(MACHINE, "privacy_proxy")
    if _is_scanner(visit.user_agent):
        return Verdict(MACHINE, "scanner")
    if _is_scanner_network(visit.network):
        return Verdict(MACHINE, "scanner_network")
    if visit.kind == OPEN and _is_picture_network(visit.network):
        return Verdict(MACHINE, "privacy_proxy")
    return None


@functools.lru_cache(maxsize=4096)
def _is_scanner(user_agent: str) -> bool:
    return scanners().agents.search(user_agent) is not None


@functools.lru_cache(maxsize=4096)
def _is_proxy(user_agent: str) -> bool:
    return scanners().proxies.search(user_agent) is not None


def _by_company(visit: Visit, suspects: Sequence[tuple[str, datetime, str]]) -> Verdict | None:
    """A scanner calls with several names from one network: they are all its own (RP-41)."""
    rules = {
        rule for network, at, rule in suspects if network == visit.network and network and abs(visit.at - at) <= NEAR
    }
    if "trap" in rules:
        return Verdict(MACHINE, "trap")
    return Verdict(MACHINE, "companion") if rules and visit.kind == CLICK else None


def _by_pace(visit: Visit, visits: Sequence[Visit]) -> Verdict | None:
    if visit.kind != CLICK:
        return None
    if is_burst(visits, around=visit):
        return Verdict(MACHINE, "burst")
    same = [each for each in visits if each.kind == CLICK and each.link_index == visit.link_index]
    if any(sum(first.at <= each.at <= first.at + HAMMER_SPAN for each in same) >= HAMMER_TIMES
           and first.at <= visit.at <= first.at + HAMMER_SPAN for first in same):  # fmt: skip
        return Verdict(MACHINE, "hammering")
    return None


def _as_reader(visit: Visit) -> Verdict:
    if visit.kind == OPEN:
        return Verdict(HUMAN, "reader") if visit.user_agent.strip() else Verdict(UNKNOWN, "open_only")
    if not visit.user_agent.strip():
        return Verdict(UNKNOWN, "no_user_agent")
    if visit.accepted_at is not None and visit.at - visit.accepted_at < TOO_SOON:
        return Verdict(UNKNOWN, "too_soon")
    return Verdict(HUMAN, "reader")


def is_burst(visits: Sequence[Visit], *, around: Visit) -> bool:
    """Whether some span of three seconds that holds `around` has three different links (RP-41)."""
    clicks = [visit for visit in visits if visit.kind == CLICK and abs(visit.at - around.at) <= BURST_SPAN]
    for first in clicks:
        if not first.at <= around.at <= first.at + BURST_SPAN:
            continue
        links = {visit.link_index for visit in clicks if first.at <= visit.at <= first.at + BURST_SPAN}
        if len(links) >= BURST_LINKS:
            return True
    return False


@functools.lru_cache(maxsize=4096)
def _is_scanner_network(network: str) -> bool:
    return _lies_in(network, scanners().networks)


@functools.lru_cache(maxsize=4096)
def _is_picture_network(network: str) -> bool:
    return _lies_in(network, scanners().picture_networks)


def _lies_in(network: str, ranges: tuple[Network, ...]) -> bool:
    parsed = _parsed(network)
    return parsed is not None and any(
        parsed.version == each.version and parsed.subnet_of(each)  # type: ignore[arg-type]
        for each in ranges
    )


def _parsed(network: str) -> Network | None:
    try:
        return ipaddress.ip_network(network) if network else None
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The /24 or /48 of an address, which tells networks apart and no person; nothing for no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
