"""What a reader wrote himself: without the mail he answers, without his signature. Pure."""

from __future__ import annotations

import functools
import re
from importlib import resources

import yaml

LONGEST = 4_000
# What mail programs put before the subject of the letter that is answered.
ANSWERED = re.compile(
    r"^(?:(?:re|aw|antw|sv|vs|rv|res|rif|ynt|odp|回复|回覆|答复|答覆|返信|ответ|رد)(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)

_COLON = r"\s*[:：]"
_SIGNATURE = re.compile(r"^--\s*$")


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The line above a quoted mail, the first line of its head, and a following one."""
    text = resources.files("guanxi.inbox").joinpath("quoting_words.yaml").read_text(encoding="utf-8")
    words = {name: "|".join(each) for name, each in yaml.safe_load(text).items()}
    leads = (
        rf"(?:{words['before']})\W?.{{4,200}}(?:{words['wrote']})(?:{_COLON}?|.{{0,80}}{_COLON})",
        rf".{{4,200}}(?:{words['name_wrote']}){_COLON}",
        rf"\d{{4}}[年/.-]\d{{1,2}}[月/.-]\d{{1,2}}日?.{{0,160}}{_COLON}",
        rf"-{{2,}}\s*(?:{words['rule']}).{{0,40}}",
        r"_{10,}|-{2,} ?原",
    )
    return (
        re.compile(rf"^\s*(?:{'|'.join(leads)})\s*$", re.IGNORECASE),
        re.compile(rf"^\s*\*?(?:{words['from']})\*?{_COLON}", re.IGNORECASE),
        re.compile(rf"^\s*\*?(?:{words['head']})\*?{_COLON}", re.IGNORECASE),
    )


def own_words(text: str) -> str:
    """The part of an answer above the quoted mail and the signature; the whole when nothing would be left."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:2_000]
    kept: list[str] = []
    for index, line in enumerate(lines):
        following = lines[index + 1 : index + 4]
        if _SIGNATURE.match(line) or _begins_quote(line, following):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    if not words:
        words = re.sub(r"^>+ ?", "", text.strip(), flags=re.MULTILINE)
    return cleaned(words)[:LONGEST]


def _begins_quote(line: str, following: list[str]) -> bool:
    if len(line) > 400:
        return False
    line = " ".join(line.split())
    lead, head, head_next = _patterns()
    if lead.match(line):
        return True
    if _may_fold(line, following) and lead.match(f"{line.rstrip()} {following[0].strip()}"):
        return True
    return bool(head.match(line)) and any(head_next.match(each) for each in following)


def _may_fold(line: str, following: list[str]) -> bool:
    """A lead such as "On Monday, 3 May 2026 at 10:00, Lena wrote:" is often broken into two lines."""
    return bool(following and following[0].strip() and len(line) + len(following[0]) < 300 and re.search(r"\d", line))


def cleaned(text: str) -> str:
    """Without NUL, control characters and turned directions, which a page or a database does not take."""
    return "".join(
        char for char in text if char in "\n\t" or (char.isprintable() and not "\u202a" <= char <= "\u202e")
    ).replace("\u2066", "")
