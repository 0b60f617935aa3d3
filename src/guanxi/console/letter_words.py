"""Letters in words: types and what they mean, states, blocks, what a proof has found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from guanxi.console.placeholder_words import GROUPS, description_words
from guanxi.content import words
from guanxi.content.placeholders import PLACEHOLDERS, Placeholder
from guanxi.content.proof import Finding
from guanxi.kernel import places
from guanxi.kernel.titles import in_language

Words = str | Promise

KINDS: dict[str, Words] = {
    "transactional": gettext_lazy("About an order"),
    "service": gettext_lazy("Service"),
    "marketing": gettext_lazy("Marketing"),
}
# What a type brings with it (CN-43), as sentences beside the choice.
CONSEQUENCES: dict[str, tuple[Words, ...]] = {
    "transactional": (
        gettext_lazy("Belongs to an order or a question of the reader and needs no permission."),
        gettext_lazy("Leaves at once, by day and night, in Ramadan too; no limit per week."),
        gettext_lazy("Carries no unsubscribe link and nothing that advertises; opens are not counted."),
    ),
    "service": (
        gettext_lazy("Serves somebody you are in business with: needs no permission, but stops for an objection."),
        gettext_lazy("Waits for the end of the reader's quiet hours; counts against no limit of marketing mails."),
        gettext_lazy("May carry a price table that was asked for, but no promotion, no coupon, no recommendations."),
    ),
    "marketing": (
        gettext_lazy("Leaves only to readers whose permission is in force at that second."),
        gettext_lazy("Waits for Ramadan, holidays, weekends, quiet hours and for what the reader chose."),
        gettext_lazy("Counts against the limit per day and week, and ends in an unsubscribe link of one click."),
    ),
}
STATES: dict[str, tuple[Words, str]] = {
    "draft": (gettext_lazy("draft"), ""),
    "submitted": (gettext_lazy("waits for approval"), "is-warn"),
    "approved": (gettext_lazy("approved"), "is-good"),
    "published": (gettext_lazy("published"), "is-good"),
}


@dataclass(frozen=True, slots=True)
class BlockWords:
    title: Words
    icon: str


BLOCKS: dict[str, BlockWords] = {
    "heading": BlockWords(gettext_lazy("Heading"), icon="heading"),
    "text": BlockWords(gettext_lazy("Text"), icon="align-left"),
    "picture": BlockWords(gettext_lazy("Picture"), icon="photo"),
    "button": BlockWords(gettext_lazy("Button"), icon="hand-click"),
    "products": BlockWords(gettext_lazy("Recommended articles"), icon="layout-grid"),
    "price_breaks": BlockWords(gettext_lazy("Price table"), icon="table"),
    "order_status": BlockWords(gettext_lazy("Order status"), icon="truck-delivery"),
    "divider": BlockWords(gettext_lazy("Divider"), icon="separator-horizontal"),
    "greeting": BlockWords(gettext_lazy("Greeting"), icon="message-circle"),
    "signature": BlockWords(gettext_lazy("Signature"), icon="signature"),
    "footer": BlockWords(gettext_lazy("Foot"), icon="layout-bottombar"),
}
PLACES: dict[str, Words] = {
    "subject": gettext_lazy("Subject"),
    "preheader": gettext_lazy("Preview line"),
    "text": gettext_lazy("Text part"),
    "letter": gettext_lazy("Letter"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as the page shows it. `block` is the number of the block it leads to, 0 for none."""

    sentence: str
    place: str
    is_warning: bool
    block: int = 0


def told(findings: Iterable[Finding]) -> list[Told]:
    return [
        Told(sentence_of(each), place_words(each.place), each.is_warning, _number(each.place, "block "))
        for each in findings
    ]


def sentence_of(finding: Finding) -> str:
    sentence = _SENTENCES.get(finding.code)
    text = sentence(finding) if sentence else f"{finding.code}: {finding.detail}"
    if finding.reason:  # A rule of wording brings its own words.
        text = in_language(finding.reason, get_language() or "en")
        text += f" “{finding.detail}”" if finding.detail else ""
    if finding.suggestion:
        text += " " + _("Did you mean %(name)s?") % {"name": finding.suggestion}
    return text


def place_words(place: str) -> str:
    if number := _number(place, "text "):
        return _("Line %(number)s of the text") % {"number": number}
    if number := _number(place, "block "):
        return _("Block %(number)s") % {"number": number}
    if number := _number(place, "line "):
        return _("Line %(number)s of the source") % {"number": number}
    return str(PLACES.get(place, place))


def _number(place: str, word: str) -> int:
    rest = place.removeprefix(word)
    return int(rest) if rest != place and rest.isdigit() else 0


_SENTENCES: dict[str, Any] = {
    "unreadable": lambda found: _("Cannot be read: %(what)s") % {"what": found.detail},
    "dead_placeholder": lambda found: _("There is no placeholder %(name)s.") % {"name": found.detail},
    "unguarded_optional": lambda found: _(
        "A value that may be missing is used without saying what stands there then: %(what)s"
    ) % {"what": found.detail},
    "no_unsubscribe": lambda _found: _("A marketing letter needs the unsubscribe link; the foot brings it."),
    "unsubscribe_inside": lambda _found: _(
        "Only a marketing letter has an unsubscribe link; here it would promise what it cannot keep."
    ),
    "promotion_inside": lambda found: _(
        "%(what)s makes this letter marketing. Take it out, or duplicate the letter as marketing."
    ) % {"what": BLOCKS[found.detail].title if found.detail in BLOCKS else found.detail},
    "no_text": lambda _found: _("The text part is empty; mail programs without HTML show nothing."),
    "no_subject": lambda _found: _("The subject is empty."),
    "too_heavy": lambda found: _("%(what)s: Gmail cuts a letter off at 102 kB.") % {"what": found.detail},
    "unsafe_html": lambda found: _("%(what)s is not allowed in a mail.") % {"what": found.detail},
    "bad_link": lambda found: _(
        "%(target)s is no address a mail can hold; write it whole, beginning with https://."
    ) % {"target": found.detail or "“”"},
    "no_alt": lambda _found: _("The picture needs a description for readers who do not see it."),
    "empty_block": lambda found: _("%(what)s is not filled in.") % {"what": BLOCKS[found.detail].title},
}  # fmt: skip

_FILTERS = {
    "date": " | date", "amount": " | money: order.currency", "percent": " | percent",
}  # fmt: skip
# What a person does not write into a line of text.
_NOT_PICKED = ("codes", "products")


def placeholder_groups() -> list[dict[str, Any]]:
    """The picker: group by group, each with the Liquid it writes."""
    groups: dict[str, list[dict[str, str]]] = {}
    for each in PLACEHOLDERS.values():
        if each.kind not in _NOT_PICKED:
            groups.setdefault(each.name.partition(".")[0], []).append(_picked(each))
    return [{"title": str(title), "items": groups[name]} for name, title in GROUPS.items() if name in groups]


def _picked(each: Placeholder) -> dict[str, str]:
    shown = _FILTERS.get(each.kind, "")
    if each.name == "order.stage":
        shown = " | stage"
    default = ' | default: ""' if each.is_optional and each.kind != "url" else ""
    return {
        "name": each.name, "description": description_words(each.description), "kind": each.kind,
        "sample": str(each.sample).replace("\n", ", "), "liquid": "{{ " + each.name + default + shown + " }}",
    }  # fmt: skip


def mistake_words(mistake: Exception) -> str:
    """Why a template or a text cannot be kept so."""
    return _(str(mistake))


# What content.actions says, for the catalogue of translations.
MISTAKES = (
    gettext_noop("Title: write one to 160 characters."),
    gettext_noop("Type: it is fixed once a letter is published; duplicate the template for another type."),
    gettext_noop("Subject: it is longer than 300 characters; shorten it."),
    gettext_noop("Preview line: it is longer than 300 characters; shorten it."),
    gettext_noop("Subject: it holds a line break or a control character; write it on one line."),
    gettext_noop("Preview line: it holds a line break or a control character; write it on one line."),
    gettext_noop("Source: it is too long for a mail."),
)


def language_choices(present: Iterable[str]) -> list[tuple[str, str]]:
    """Languages a letter may still be written in, those of the library first, with their names on this page."""
    taken = set(present)
    first = [tag for tag in words.languages() if tag not in taken]
    others = sorted(set(MORE_LANGUAGES) - taken - set(first), key=_language_name)
    return [(tag, _language_name(tag)) for tag in (*first, *others)]


def _language_name(tag: str) -> str:
    return places.language_name(tag, get_language() or "en")


MORE_LANGUAGES = (
    "fr", "it", "pt", "pt-BR", "nl", "pl", "cs", "sk", "hu", "ro", "bg", "el", "sv", "da", "nb", "fi", "et", "lv",
    "lt", "sl", "hr", "sr", "uk", "ru", "kk", "tr", "he", "fa", "ur", "hi", "bn", "th", "vi", "id", "ms", "ko",
    "zh-Hant", "sw",
)  # fmt: skip
