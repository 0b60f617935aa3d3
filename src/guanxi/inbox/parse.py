"""A mail that came in, taken apart: headers, the words of a report, its fields, the letter it gives back. Pure.

Made for hostile input: size, parts, depth, lines and header fields are bounded before anything is looked at, since much
of what reads mail takes the square of their length; whatever the parser refuses is read as plain text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email._policybase import Compat32
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from itertools import islice

MAX_BYTES = 1_000_000
MAX_LINE = 4_000
MAX_PARTS = 100
MAX_DEPTH = 8
MAX_TEXT = 60_000
MAX_HEADER = 2_000
MAX_FIELD = 4_000
# A subject has a dozen; a list of recipients that has more is read by its addresses.
MAX_ENCODED_WORDS = 60
MAX_GROUPS = 200

_RECIPIENT = re.compile(rb"^Final-Recipient:", re.IGNORECASE | re.MULTILINE)

Fields = dict[str, str]


@dataclass(slots=True)
class Parsed:
    """One mail: `groups` are the fields of a delivery report, the first of the message, then one per recipient.

    `returned` are the headers of the letter that the report gives back; `attachments` name what is not kept.
    """

    headers: Fields = field(default_factory=dict)
    content_type: str = "text/plain"
    report_type: str = ""
    text: str = ""
    html: str = ""
    groups: list[Fields] = field(default_factory=list)
    feedback: Fields = field(default_factory=dict)
    has_feedback: bool = False
    has_receipt: bool = False
    returned: Fields = field(default_factory=dict)
    attachments: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What the mail says, as text."""
        return self.text or text_of_html(self.html)

    @property
    def said(self) -> str:
        """The same without the letter that a mail of nothing but HTML quotes, if it says anything else."""
        return self.text or text_of_html(_unquoted(self.html)) or self.words

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


class _ShortFields(Compat32):
    """Cuts a folded header field before the parser itself looks into it."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name[:MAX_FIELD], value[:MAX_FIELD]


SHORT_FIELDS = _ShortFields()


def parse(raw: bytes) -> Parsed:
    """Take a mail apart; never raises."""
    raw = _bounded(raw)
    message = _message_of(raw)
    parsed = Parsed(
        headers=_headers_of(message),
        content_type=message.get_content_type(),
        report_type=_parameter(message, "report-type").lower(),
    )
    for part in _parts(message):
        _read_part(parsed, part)
    return parsed


def _bounded(raw: bytes) -> bytes:
    """LF line ends, no NUL, at most MAX_BYTES, MAX_GROUPS recipients of a report, no line longer than MAX_LINE."""
    raw = raw[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"")
    raw = b"\n".join(line[:MAX_LINE] for line in raw.split(b"\n")).lstrip(b"\n")
    further = next(islice(_RECIPIENT.finditer(raw), MAX_GROUPS, None), None)
    return raw[: further.start()] if further else raw


def _message_of(raw: bytes) -> Message:
    # Many nested boundaries cost the parser quadratic time; such a mail is read by its head alone.
    nested = raw.lower().count(b"boundary=") > MAX_PARTS or raw.count(b"\n--") > 20 * MAX_PARTS
    try:
        parser = BytesHeaderParser(policy=SHORT_FIELDS) if nested else BytesParser(policy=SHORT_FIELDS)
        return parser.parsebytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        return BytesHeaderParser(policy=SHORT_FIELDS).parsebytes(raw)


def _parts(message: Message) -> Iterator[Message]:
    """The leaves in order; a letter given back inside is a leaf unless it is all there is."""
    stack: list[tuple[Message, int]] = [(message, 0)]
    count = 0
    while stack and count < MAX_PARTS:
        part, depth = stack.pop()
        count += 1
        kind = part.get_content_type()
        payload = part.get_payload()
        inside = [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
        if kind.startswith("multipart/") and inside and depth < MAX_DEPTH:
            stack += [(each, depth + 1) for each in reversed(inside[:MAX_PARTS])]
        elif kind == "message/rfc822" and inside and count <= 2 and _is_report(inside[0]):
            stack.append((inside[0], depth + 1))
        else:
            yield part


def _is_report(message: Message) -> bool:
    return message.get_content_type() == "multipart/report"


def _read_part(parsed: Parsed, part: Message) -> None:
    kind = part.get_content_type()
    if kind in ("message/delivery-status", "message/global-delivery-status"):
        parsed.groups += _groups_of(part)
    elif kind == "message/feedback-report":
        parsed.has_feedback = True
        for group in _groups_of(part):
            parsed.feedback.update(group)
    elif kind in ("message/disposition-notification", "message/global-disposition-notification"):
        parsed.has_receipt = True
    elif kind.startswith(("message/", "text/rfc822")):
        parsed.returned = parsed.returned or _returned_of(part)
    elif _name_of(part):
        parsed.attachments.append(_name_of(part))
    elif parsed.returned and parsed.words.strip():
        return  # what follows the letter given back says nothing new
    elif kind == "text/html":
        parsed.html = f"{parsed.html}\n{_text_of(part)}"[:MAX_TEXT]
    elif kind.startswith(("text/", "multipart/")):
        parsed.text = f"{parsed.text}\n{_text_of(part)}".strip("\n")[:MAX_TEXT]
    else:
        parsed.attachments.append(kind)


def _name_of(part: Message) -> str:
    """The file name of an attachment; empty for what is shown in place."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        name = "?"
    is_attached = str(part.get("Content-Disposition", "")).lower().startswith("attachment")
    if part.get_content_type().startswith("text/") and not is_attached:
        return ""
    return decoded(name)[:200] or ("?" if is_attached else "")


def _groups_of(part: Message) -> list[Fields]:
    payload = part.get_payload()
    if isinstance(payload, list):
        groups = [_headers_of(each) for each in payload[:MAX_GROUPS] if isinstance(each, Message)]
        groups = [group for group in groups if group]
        if any("final-recipient" in group or "feedback-type" in group for group in groups):
            return groups
    return fields_in(_text_of(part)) if not isinstance(payload, list) else groups


def _returned_of(part: Message) -> Fields:
    payload = part.get_payload()
    if isinstance(payload, list):
        return _headers_of(payload[0]) if payload and isinstance(payload[0], Message) else {}
    return header_lines(_text_of(part))


def _headers_of(message: Message) -> Fields:
    """The first of each header, unfolded and decoded."""
    found: Fields = {}
    for name, value in islice(message.raw_items(), 300):
        found.setdefault(str(name).lower(), decoded(str(value))[:MAX_HEADER])
    return found


def header_lines(text: str) -> Fields:
    """The headers with which a text begins."""
    found: Fields = {}
    last = ""
    for line in text.lstrip("\n").split("\n")[:400]:
        match = _HEADER.match(line)
        if match:
            last = match[1].lower()
            found.setdefault(last, match[2].strip()[:MAX_HEADER])
        elif line[:1] in (" ", "\t") and last:
            found[last] = f"{found[last]} {line.strip()}"[:MAX_HEADER]
        elif line.strip() or found:
            break
    return {name: decoded(value) for name, value in found.items()}


def fields_in(text: str) -> list[Fields]:
    """Fields of a delivery report that stand in running text, a group per recipient."""
    groups: list[Fields] = []
    current: Fields = {}
    last = ""
    for line in text.split("\n"):
        match = _REPORT_FIELD.match(line)
        if match:
            last = match[1].lower()
            if last in current:
                groups.append(current)
                current = {}
            current[last] = match[2].strip()[:MAX_HEADER]
        elif last and line[:1] in (" ", "\t") and line.strip():
            current[last] = f"{current[last]} {line.strip()}"[:MAX_HEADER]
        else:
            last = ""
        if len(groups) >= MAX_GROUPS:
            break
    groups.append(current)
    return [group for group in groups if "final-recipient" in group or "original-recipient" in group]


_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]?(.*)")
_REPORT_FIELD = re.compile(
    r"(?:\s*>)?\s*(Final-Recipient|Original-Recipient|Action|Status|Diagnostic-Code|Remote-MTA):\s*(.+)", re.IGNORECASE
)


def _text_of(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        payload = None
    if payload is None:
        whole = part.get_payload()
        return whole[:MAX_TEXT] if isinstance(whole, str) else ""
    if not isinstance(payload, bytes):
        return str(payload)[:MAX_TEXT]
    return in_charset(payload[: MAX_TEXT * 3], _parameter(part, "charset"))[:MAX_TEXT]


# What a sender calls gb2312 is often gbk, and so on: the wider one reads both.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "us-ascii": "utf-8",
          "ascii": "utf-8", "iso-8859-1": "cp1252", "shift_jis": "cp932", "unicode-1-1-utf-7": "utf-7"}  # fmt: skip
_GUESSES = ("utf-8", "iso2022_jp", "gb18030", "euc_jp")


def in_charset(raw: bytes, charset: str) -> str:
    """The bytes as text in the named charset; when it does not fit, in the one that does."""
    name = charset.strip().strip("'\"").lower()
    if b"\x1b$" in raw and not name.startswith("iso-2022"):
        name = "iso2022_jp"
    for guess in dict.fromkeys((_WIDER.get(name, name), *_GUESSES)):
        try:
            return raw.decode(guess)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def decoded(value: str) -> str:
    """A header with its encoded words read and its folds undone."""
    value = " ".join(value.split())
    try:
        if 0 < value.count("=?") <= MAX_ENCODED_WORDS:
            pieces = decode_header(value)
            value = "".join(
                in_charset(piece, charset or "utf-8") if isinstance(piece, bytes) else piece
                for piece, charset in pieces
            )
        else:
            value = in_charset(value.encode("utf-8", "surrogateescape"), "utf-8")
    except (ValueError, LookupError, TypeError):
        value = value.encode("utf-8", "replace").decode("utf-8", "replace")
    return " ".join(value.split()).encode("utf-8", "replace").decode("utf-8")


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name) or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return str(value[2] if isinstance(value, tuple) else value)


_UNSEEN = re.compile(r"<(style|script|head|title)\b|<!--", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_QUOTE = re.compile(r"(</?blockquote\b[^<>]{0,2000}>)", re.IGNORECASE)


def text_of_html(markup: str) -> str:
    """The words of a page of HTML; for reading, never for showing as HTML."""
    if not markup:
        return ""
    text = _TAG.sub(" ", _BREAK.sub("\n", _seen(markup[:MAX_TEXT])))
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unquoted(markup: str) -> str:
    """Without block quotes, which lie in each other."""
    kept: list[str] = []
    depth = 0
    for piece in _QUOTE.split(markup[:MAX_TEXT]):
        if _QUOTE.fullmatch(piece):
            depth = max(0, depth - 1) if piece.startswith("</") else depth + 1
        elif not depth:
            kept.append(piece)
    return "".join(kept)


def _seen(markup: str) -> str:
    """Without style, script, head and comments; what has an end nowhere is looked for once."""
    kept: list[str] = []
    place = 0
    endless: set[str] = set()
    while (begin := _UNSEEN.search(markup, place)) is not None:
        name = (begin[1] or "").lower()
        end = (
            None
            if name in endless
            else re.compile(rf"</{name}\s*>" if name else "-->", re.I).search(markup, begin.end())
        )
        if end is None:
            endless.add(name)
        kept.append(markup[place : begin.start() if end else begin.end()])
        place = (end or begin).end()
    return " ".join([*kept, markup[place:]])
