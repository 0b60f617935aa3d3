"""From a letter as written to what is kept: frame and body become one MJML document and one text, then HTML. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any
from xml.sax.saxutils import escape

import yaml
from mjml import mjml2html

from guanxi.content import words
from guanxi.content.dialect import BadLetter

LIBRARY = Path(__file__).parent / "library"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
# Scripts that need more air between the lines.
_TALL_LINES = frozenset({"ja", "zh", "ko", "ar", "fa", "th"})
_FACTS = re.compile(r"<facts>(.*?)</facts>", re.DOTALL)
_FACT = re.compile(r'<fact label="([^"]*)"(?: if="([^"]*)")?>(.*?)</fact>', re.DOTALL)
_CELL = "padding:7px 0;border-bottom:1px solid #e6eaee;vertical-align:top;"


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as its author writes it: the body without frame, greeting, closing and foot."""

    kind: str
    language: str
    subject: str
    preheader: str
    body: str
    text: str


def compose_mjml(draft: Draft) -> str:
    """The whole MJML document, still Liquid, in the direction of its language."""
    is_rtl = is_right_to_left(draft.language)
    shared = words.words_for(draft.language)
    base = draft.language.partition("-")[0]
    return Template(_read("frame.mjml")).substitute(
        lang=draft.language,
        dir="rtl" if is_rtl else "ltr",
        start="right" if is_rtl else "left",
        isolate=_isolate(draft.language),
        font=shared["font"],
        leading="1.8" if base in _TALL_LINES else "1.6",
        title=escape(draft.subject),
        preview=escape(draft.preheader),
        body=expand_facts(draft.body, is_rtl=is_rtl),
        why=shared[f"why_{_reason(draft.kind)}"],
        links=" &nbsp;·&nbsp; ".join(f'<a href="{{{{ {name} }}}}">{word}</a>' for name, word in _links(draft)),
    )


def compose_text(draft: Draft) -> str:
    """The whole text part, still Liquid."""
    colon = "\uff1a" if draft.language.partition("-")[0] in ("ja", "zh") else ":"
    return Template(_read("frame.txt")).substitute(
        body=draft.text.strip(),
        isolate=_isolate(draft.language),
        why=words.words_for(draft.language)[f"why_{_reason(draft.kind)}"],
        links="\n".join(f"{word}{colon} {{{{ {name} }}}}" for name, word in _links(draft)),
    )


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


def is_right_to_left(language: str) -> bool:
    return language.partition("-")[0] in RIGHT_TO_LEFT


@dataclass(frozen=True, slots=True)
class LibraryTemplate:
    key: str
    title: str
    kind: str
    drafts: tuple[Draft, ...]


def read_library() -> tuple[LibraryTemplate, ...]:
    """The letters that ship with the product, by key. Raises BadLetter naming the file."""
    return tuple(_read_template(path.parent) for path in sorted(LIBRARY.glob("*/template.yaml")))


def _read_template(folder: Path) -> LibraryTemplate:
    about = _yaml((folder / "template.yaml").read_text("utf-8"))
    drafts = tuple(_read_draft(path, about["kind"]) for path in sorted(folder.glob("*.mjml")))
    return LibraryTemplate(folder.name, about["title"], about["kind"], drafts)


def _read_draft(path: Path, kind: str) -> Draft:
    try:
        _, head, body = path.read_text("utf-8").split("---\n", 2)
        fields = _yaml(head)
        text = path.with_suffix(".txt").read_text("utf-8")
        return Draft(kind, path.stem, fields["subject"], fields["preheader"], body.strip("\n"), text)
    except (ValueError, KeyError, FileNotFoundError) as error:
        raise BadLetter(f"{path.parent.name}/{path.name}: {error}") from error


def _links(draft: Draft) -> list[tuple[str, str]]:
    """Order mail has no unsubscribe link: it comes with the order, not with a subscription (CN-43)."""
    shared = words.words_for(draft.language)
    links = [("links.preferences", shared["preferences"])]
    return [*links, ("links.unsubscribe", shared["unsubscribe"])] if draft.kind == "marketing" else links


def _isolate(language: str) -> str:
    """Latin names keep their full stop in right-to-left text only when they stand for themselves."""
    return "| isolate" if is_right_to_left(language) else ""


def _reason(kind: str) -> str:
    return "marketing" if kind == "marketing" else "transactional"


@cache
def _read(name: str) -> str:
    return (LIBRARY / name).read_text("utf-8")


def _yaml(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))
