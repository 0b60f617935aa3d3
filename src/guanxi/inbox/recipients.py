"""Whom a report speaks of: addresses in its fields, beside the errors in its words, in the letter given back. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import parseaddr

from guanxi.inbox.parse import Fields, Parsed, header_lines

_ADDRESS = re.compile(
    r"(?:\"[^\"\n]{1,80}\"|[^\s<>()\[\]\",:;'|=?/\\：；，。（）《》「」“”]{1,80}|=\?[^\s?]+\?[bqBQ]\?[^\s?]+\?=)@"
    r"(?:\[[\d.]{7,15}\]|[^\s<>()\[\]\",:;'|/?\\@*：；，。（）《》「」“”]{1,255})"
)
MAX_ADDRESSES = 50
# Chinese, Japanese and Korean write an address into a sentence without a blank on either side.
EAST_ASIAN = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_RUN_INTO = re.compile(rf"[{EAST_ASIAN}]*([!-~]+@[!-~]*[0-9A-Za-z])[{EAST_ASIAN}]*")
# What stands right before an address that is named for another reason than its failure.
_MENTIONED = re.compile(
    r"(?:message sent by|mail sent by|message from|mail from:?|sender:?|original sender:?|message-id:?|mailto:"
    r"|(?:^|\n)\s*(?:from|cc|reply-to):|please contact|for (?:further )?assistance[^\n]{0,40}(?:to|contact)"
    r"|questions[^\n]{0,40}|report errors? to|e-?mail from|an? email"
    # Where the reader is to be found now: an address that works.
    r"|(?:please|instead|now) (?:try|use|write to|send (?:it |your (?:message|mail) )?to)|forwarding address(?: is)?:?"
    r"|new (?:e-?mail )?address(?: is)?:?|has (?:moved|changed) to|reach(?:ed)? (?:me|him|her|them)? ?(?:at|under)"
    r"|neue (?:e-?mail-?)?adresse(?: (?:ist|lautet))?:?|nouvelle adresse(?: est)?:?|nueva dirección(?: es)?:?"
    r"|新(?:しい)?(?:的)?(?:邮箱|郵箱|地址|メールアドレス|アドレス)(?:是|为|は)?[:：]?)\s*<?\s*$",
    re.IGNORECASE,
)


def addresses_in(text: str) -> list[str]:
    """The addresses that stand in a text, each once."""
    found = map(_as_written, _ADDRESS.finditer(text[:60_000]))
    return list(dict.fromkeys(each for each in found if is_address(each)))[:MAX_ADDRESSES]


def _as_written(match: re.Match[str]) -> str:
    """Without what follows it in sendmail's way (`…`), its sentence's sign, or words that it runs into."""
    address = match.group().partition("...")[0].rstrip(".,;:>")
    inner = _RUN_INTO.fullmatch(address)
    return inner[1] if inner else address


def is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and len(text) <= 320 and not domain.startswith((".", "-"))


def name_and_address(header: str) -> tuple[str, str]:
    """The display name and the address of a From header; a broken one gives what can be read."""
    try:
        name, address = parseaddr(header)
    except RecursionError:  # comments in comments
        name, address = "", ""
    if "@" not in address:
        found = addresses_in(header)
        address = found[0] if found else ""
        name = name or header
    return (name or (header if not address else "")), address


def of_group(group: Fields) -> str:
    """The recipient that a group of a delivery report names; the one we wrote to rather than where it ended."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = group.get(name, "")
        _, separator, address = value.rpartition(";")
        candidate = (address if separator else value).strip().strip("<>").strip()
        if "@" in candidate and " " not in candidate:
            return candidate[:320]
        inside = addresses_in(candidate)
        if inside:
            return inside[-1]
    return ""


def segment(notice: str, address: str, others: Sequence[str], length: int = 1500) -> str:
    """What stands beside an address, up to the next address of the report."""
    if not address:
        return ""
    low = notice.lower()
    place = low.find(address.lower())
    if place < 0:
        return ""
    begin = notice.rfind("\n", 0, place) + 1
    following = [
        spot
        for each in others
        if each and each.lower() != address.lower() and (spot := low.find(each.lower(), place + len(address))) > 0
    ]
    return notice[begin : min([*following, place + length])]


def failed_in(parsed: Parsed, notice: str, original: Fields) -> list[str]:
    """The recipients of a report that has no fields, in the order of its words."""
    named = addresses_in(parsed.header("x-failed-recipients"))
    if named:
        return named
    ours = f"{parsed.header('from')} {parsed.header('to')} {original.get('from', '')} {original.get('return-path', '')}"
    written_to = {each.lower() for each in addresses_in(original.get("to", ""))}
    own = {each.lower() for each in addresses_in(ours)} - written_to
    found: list[str] = []
    for match in _ADDRESS.finditer(notice[:60_000]):
        address = _as_written(match)
        low = address.lower()
        before = notice[max(0, match.start() - 60) : match.start()]
        if low in own or not is_address(address) or low.startswith(("postmaster@", "mailer-daemon@", "abuse@")):
            continue
        if _MENTIONED.search(before) or address in found:
            continue
        found.append(address)
        if len(found) == MAX_ADDRESSES:
            break
    return found


def headers_of_original(tail: str) -> Fields:
    """The headers of the letter that a report without parts gives back below its words."""
    lines = tail[:30_000].split("\n")
    for index, line in enumerate(lines[:60]):
        if re.match(
            r"(received|return-path|message-id|from|to|subject|date|dkim-signature|mime-version): ", line, re.I
        ):
            return header_lines("\n".join(lines[index:]))
    return {}
