"""What the tests of the ready journeys ask of their letters, without compiling any."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from guanxi.content import compiling, dialect, placeholders, proof, render
from guanxi.content.checks import engine
from guanxi.content.checks.engine import Written
from guanxi.content.compiling import Draft, LibraryTemplate


@cache
def templates() -> dict[str, LibraryTemplate]:
    return {each.key: each for each in compiling.read_library()}


def journey_text(key: str) -> str:
    """The YAML of a ready journey."""
    return (resources.files("guanxi.journeys") / "library" / f"{key}.yaml").read_text(encoding="utf-8")


def kind_of(key: str) -> str:
    return templates()[key].kind


class _AsText:
    """A letter of which only the text part is looked at."""

    def __init__(self, draft: Draft) -> None:
        self.language, self.subject, self.preheader, self.html = draft.language, draft.subject, draft.preheader, ""
        self.text = compiling.compose_text(draft)


@cache
def _required(key: str) -> frozenset[str]:
    """What the occasion must hand over for it in any language."""
    names = frozenset().union(*(render.required_names(_AsText(draft)) for draft in templates()[key].drafts))
    return frozenset(name for name in names if placeholders.PLACEHOLDERS[name].filled_by == placeholders.OCCASION)


def lacking(key: str, values: Mapping[str, Any]) -> list[str]:
    """The names that would stay empty."""
    return sorted(
        name for name in _required(key) if not placeholders.is_usable(name, placeholders.value_of(values, name))
    )


def check(key: str) -> None:
    """Six languages; rendered in each nothing stays open, and no rule of wording has a word to say."""
    template = templates()[key]
    assert proof.missing_translations(draft.language for draft in template.drafts) == []
    for draft in template.drafts:
        letter = _AsText(draft)
        mail = render.render(letter=letter, values=placeholders.sample_values(draft.language))
        assert "{{" not in mail.subject + mail.preheader + mail.text
        assert mail.subject.strip()
        assert mail.preheader.strip()
        names = dialect.names_in(draft.body) | dialect.names_in(draft.text)
        written = Written(draft.language, draft.subject, draft.preheader, letter.text, names)
        remarks = engine.remarks(written, kind=template.kind, key=key, promotions=("coupon.", "offer."))
        assert [(each.rule.code, each.place, each.excerpt) for each in remarks] == [], (key, draft.language)
