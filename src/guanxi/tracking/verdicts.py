"""Was it a person or a machine that loaded the picture or followed the link? Pure (RP-40…RP-44).

A verdict is a guess with a rule to it: the raw hit is kept, so a better rule can judge it again.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

OPEN, CLICK = "open", "click"
HUMAN, MACHINE, UNKNOWN = "human", "machine", "unknown"

RULES: dict[str, str] = {
    "method": "The request was no GET.",
    "scanner": "A security scanner or a link preview.",
    "burst": "Three different links of one mail within three seconds.",
    "before_acceptance": "Before the mail server had taken the mail.",
    "privacy_proxy": "A mailbox provider loads pictures for its readers.",
    "no_user_agent": "The program did not say its name.",
    "too_soon": "Within two seconds of the delivery.",
    "reader": "Nothing speaks against a person.",
    "open_only": "A picture alone proves no reader.",
}
BURST_LINKS, BURST_SPAN = 3, timedelta(seconds=3)
TOO_SOON = timedelta(seconds=2)
# Nothing irreversible follows from a click before this has passed (RP-43).
SETTLE_WINDOW = timedelta(minutes=10)
# Names that scanners, previews and programs give themselves; browsers never contain them.
SCANNERS = re.compile(
    r"bot\b|crawler|spider|preview|scanner|safelinks|proofpoint|mimecast|barracuda|symantec|trendmicro|fortinet"
    r"|zscaler|cisco|sophos|virustotal|headless|phantomjs|python|curl|wget|go-http|java/|okhttp|libwww|httpclient"
    r"|facebookexternalhit|whatsapp|telegram|slack|skypeuri|bingpreview|ms-office|microsoft office existence",
    re.IGNORECASE,
)
# Apple Mail Privacy Protection sends the bare token; Gmail, Yahoo and QQ fetch through their own servers (RP-42).
PRIVACY_PROXIES = re.compile(r"^mozilla/5\.0$|googleimageproxy|ggpht|yahoomailproxy|qqmail|foxmail", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a picture or a link; `accepted_at` is when the mail server took the mail."""

    kind: str
    at: datetime
    method: str = "GET"
    user_agent: str = ""
    link_index: int | None = None
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Human, machine or unknown, and a key of RULES."""

    verdict: str
    rule: str


def judge(visit: Visit, *, earlier: Sequence[Visit] = ()) -> Verdict:
    """The verdict on one visit, given the others of the same message."""
    if visit.method != "GET":
        return Verdict(MACHINE, "method")
    if visit.accepted_at is None or visit.at < visit.accepted_at:
        return Verdict(MACHINE, "before_acceptance")
    if SCANNERS.search(visit.user_agent):
        return Verdict(MACHINE, "scanner")
    if visit.kind == OPEN:
        return _judge_open(visit)
    if is_burst([*earlier, visit], around=visit):
        return Verdict(MACHINE, "burst")
    if not visit.user_agent.strip():
        return Verdict(UNKNOWN, "no_user_agent")
    if visit.at - visit.accepted_at < TOO_SOON:
        return Verdict(UNKNOWN, "too_soon")
    return Verdict(HUMAN, "reader")


def _judge_open(visit: Visit) -> Verdict:
    if PRIVACY_PROXIES.search(visit.user_agent):
        return Verdict(MACHINE, "privacy_proxy")
    return Verdict(UNKNOWN, "open_only") if not visit.user_agent.strip() else Verdict(HUMAN, "reader")


def is_burst(visits: Sequence[Visit], *, around: Visit) -> bool:
    """Whether some span of three seconds that holds `around` has three different links (RP-41)."""
    clicks = [visit for visit in visits if visit.kind == CLICK and abs(visit.at - around.at) <= BURST_SPAN]
    for first in clicks:
        span = [visit for visit in clicks if first.at <= visit.at <= first.at + BURST_SPAN]
        if around in span and len({visit.link_index for visit in span}) >= BURST_LINKS:
            return True
    return False


def network_of(address: str) -> str:
    """The /24 or /48 of an address, which tells networks apart and no person; nothing for no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
