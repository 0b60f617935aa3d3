"""From a letter as written to what is kept: frame and body become one MJML document and one text, then HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any
from xml.sax.saxutils import escape

import yaml
from mjml import mjml2html

from guanxi.content import blocks, markup, words
from guanxi.content.block_mjml import Look
from guanxi.content.blocks import Block
from guanxi.content.dialect import BadLetter
from guanxi.content.words import is_right_to_left

LIBRARY = Path(__file__).parent / "library"
# Scripts that need more air between the lines.
_TALL_LINES = frozenset({"ja", "zh", "ko", "ar", "fa", "th"})
_FACTS = re.compile(r"<facts>(.*?)</facts>", re.DOTALL)
_FACT = re.compile(r'<fact label="([^"]*)"(?: if="([^"]*)")?>(.*?)</fact>', re.DOTALL)
_CELL = "padding:7px 0;border-bottom:1px solid #e6eaee;vertical-align:top;"


# How a letter written as source begins and ends; a letter of blocks has a greeting and a signature among them.
_GREETING = "<mj-text>{{ reader.greeting }}</mj-text>"
_CLOSING = (
    '      <mj-text padding="0 32px 4px">{{ reader.closing | newline_to_br }}</mj-text>\n'
    "      <mj-text>{% if sender.name != firm.name %}<strong>{{ sender.name ISOLATE }}</strong><br />{% endif %}"
    "{{ firm.name ISOLATE }}</mj-text>"
)
_TEXT_CLOSING = (
    "{{ reader.closing }}\n\n"
    "{% if sender.name != firm.name %}{{ sender.name ISOLATE }}\n{% endif %}{{ firm.name ISOLATE }}"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as its author writes it: blocks, or the body in MJML and in text without frame, greeting and foot.

    `pictures` is the public folder of the picture library, an absolute address.
    """

    kind: str
    language: str
    subject: str
    preheader: str
    body: str
    text: str
    blocks: Sequence[Block] | None = None
    pictures: str = ""
    has_anchors: bool = False


def compose_mjml(draft: Draft) -> str:
    """The whole MJML document, still Liquid, in the direction of its language."""
    look = Look(draft.language, is_right_to_left(draft.language), draft.pictures, draft.has_anchors)
    shared = words.words_for(draft.language)
    base = draft.language.partition("-")[0]
    extra = blocks.foot_of(draft.blocks or ())
    return Template(_read("frame.mjml")).substitute(
        lang=draft.language,
        dir="rtl" if look.is_rtl else "ltr",
        start=look.start,
        end=look.end,
        isolate=look.isolate,
        font=shared["font"],
        leading="1.8" if base in _TALL_LINES else "1.6",
        title=escape(draft.subject),
        preview=escape(draft.preheader),
        browser=shared["view_in_browser"],
        body=_body_mjml(draft, look),
        extra=f'<mj-text mj-class="small">{extra}</mj-text>' if extra else "",
        why=_why(draft),
        links=" &nbsp;·&nbsp; ".join(f'<a href="{{{{ {name} }}}}">{word}</a>' for name, word in _links(draft)),
    )


def compose_text(draft: Draft) -> str:
    """The whole text part, still Liquid."""
    isolate = _isolate(draft.language)
    extra = markup.as_text(blocks.foot_of(draft.blocks or ()))
    return Template(_read("frame.txt")).substitute(
        body=_body_text(draft, isolate),
        isolate=isolate,
        extra=f"{extra}\n\n" if extra else "",
        why=_why(draft),
        links="\n".join(f"{word}{words.colon(draft.language)} {{{{ {name} }}}}" for name, word in _links(draft)),
    )


def source_of(draft: Draft) -> tuple[str, str]:
    """A letter of blocks as its author would have written it: the body in MJML and the text."""
    look = Look(draft.language, is_right_to_left(draft.language), draft.pictures)
    found = draft.blocks or ()
    extra = blocks.foot_of(found)
    body = blocks.as_mjml(found, look=look)
    text = blocks.as_text(found, language=draft.language)
    if extra:
        body += f'\n<mj-text mj-class="small">{extra}</mj-text>'
        text += f"\n\n{markup.as_text(extra)}"
    return body, text


def _body_mjml(draft: Draft, look: Look) -> str:
    """Source begins with a greeting and ends with a closing where its author has not put them elsewhere himself."""
    if draft.blocks is not None:
        return blocks.as_mjml(draft.blocks, look=look)
    body = expand_facts(draft.body, is_rtl=look.is_rtl)
    greeting = "" if "reader.greeting" in body else f"      {_GREETING}\n"
    closing = "" if "reader.closing" in body else f"\n{_CLOSING.replace(' ISOLATE', look.isolate)}"
    return greeting + body + closing


def _body_text(draft: Draft, isolate: str) -> str:
    if draft.blocks is not None:
        return blocks.as_text(draft.blocks, language=draft.language)
    text = draft.text.strip()
    greeting = "" if "reader.greeting" in text else "{{ reader.greeting }}\n\n"
    closing = "" if "reader.closing" in text else f"\n\n{_TEXT_CLOSING.replace(' ISOLATE', isolate)}"
    return greeting + text + closing


def _why(draft: Draft) -> str:
    """Why the reader gets this (G-14); whoever is written to as a customer has not subscribed, and is not told so."""
    shared = words.words_for(draft.language)
    told = f"{draft.body}{draft.blocks}"
    if "sign_up.confirm_url" in told or "change.confirm_url" in told:
        return str(shared["why_sign_up"])
    if "request.url" in told:
        return str(shared["why_request"])
    if draft.kind != "marketing":
        return str(shared[f"why_{draft.kind}"])
    asked = 'permission.basis == "soft_opt_in" or permission.basis == "legitimate_interest"'
    return f"{{% if {asked} %}}{shared['why_customer']}{{% else %}}{shared['why_marketing']}{{% endif %}}"


def compile_mjml(source: str) -> str:
    """HTML of an MJML document; Liquid inside stays as it is. Raises BadLetter."""
    try:
        html = str(mjml2html(source, fonts={}))
    except (ValueError, OSError) as error:
        raise BadLetter(f"MJML: {error}") from error
    if unknown := re.search(r"</?(mj-[a-z]+)", html):
        raise BadLetter(f"MJML: <{unknown.group(1)}> is no element of MJML.")
    return html


def expand_facts(body: str, *, is_rtl: bool) -> str:
    """`<facts><fact label="…" if="name">value</fact></facts>` as a table; `if` leaves a row out when it is empty."""

    def row(match: re.Match[str]) -> str:
        label, condition, value = match.groups()
        gap = "left" if is_rtl else "right"
        cells = (
            f'<tr><td style="{_CELL}color:#5b6875;width:34%;white-space:nowrap;padding-{gap}:16px;">{label}</td>'
            f'<td style="{_CELL}font-weight:600;">{value}</td></tr>'
        )
        return f"{{% if {condition} %}}{cells}{{% endif %}}" if condition else cells

    return _FACTS.sub(lambda match: f"<mj-table>{_FACT.sub(row, match.group(1))}</mj-table>", body)


@dataclass(frozen=True, slots=True)
class LibraryTemplate:
    key: str
    title: str
    kind: str
    drafts: tuple[Draft, ...]
    occasion: str = ""


def read_library() -> tuple[LibraryTemplate, ...]:
    """The letters that ship with the product, by key. Raises BadLetter naming the file."""
    return tuple(_read_template(path.parent) for path in sorted(LIBRARY.glob("*/template.yaml")))


def _read_template(folder: Path) -> LibraryTemplate:
    about = _yaml((folder / "template.yaml").read_text("utf-8"))
    drafts = tuple(_read_draft(path, about["kind"]) for path in sorted(folder.glob("*.mjml")))
    return LibraryTemplate(folder.name, about["title"], about["kind"], drafts, about.get("occasion", ""))


def _read_draft(path: Path, kind: str) -> Draft:
    try:
        _, head, body = path.read_text("utf-8").split("---\n", 2)
        fields = _yaml(head)
        text = path.with_suffix(".txt").read_text("utf-8")
        return Draft(kind, path.stem, fields["subject"], fields["preheader"], body.strip("\n"), text)
    except (ValueError, KeyError, FileNotFoundError) as error:
        raise BadLetter(f"{path.parent.name}/{path.name}: {error}") from error


def _links(draft: Draft) -> list[tuple[str, str]]:
    """Order mail has no unsubscribe link: it comes with the order, not with a subscription (CN-43). Whoever is asked
    whether an address is his has no preferences yet, and must not come to those of another person.
    """
    if "change.confirm_url" in f"{draft.body}{draft.blocks}":
        return []
    shared = words.words_for(draft.language)
    links = [("links.preferences", shared["preferences"])]
    return [*links, ("links.unsubscribe", shared["unsubscribe"])] if draft.kind == "marketing" else links


def _isolate(language: str) -> str:
    """Latin names keep their full stop in right-to-left text only when they stand for themselves."""
    return " | isolate" if is_right_to_left(language) else ""


@cache
def _read(name: str) -> str:
    return (LIBRARY / name).read_text("utf-8")


def _yaml(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))
