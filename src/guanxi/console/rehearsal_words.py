"""A rehearsal in words: why letters waited or were not sent, what was assumed or derived, how figures are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from guanxi.console import journey_vocabulary, journey_words, message_words
from guanxi.console.phrases import labelled, listed
from guanxi.tiering import queries as tiering_queries

RECALLED = "recalled_"
OWN: dict[str, str | Promise] = {
    "no_template": gettext_lazy("there is no such letter"),
    "no_document": gettext_lazy("no document fits the reader"),
}
FIGURES: dict[str, str | Promise] = {
    "entered": gettext_lazy("entered"),
    "proposed": gettext_lazy("letters proposed"),
    "left": gettext_lazy("letters that would have left"),
    "tasks": gettext_lazy("tasks"),
    "held_out": gettext_lazy("held out by chance"),
    "discount_at_most": gettext_lazy("discounts at most"),
    "held": gettext_lazy("waited"),
    "skipped": gettext_lazy("skipped"),
    "refused": pgettext_lazy("at the door", "not let in"),
}
ASSUMED: dict[str, str | Promise] = {
    "contact": gettext_lazy("a reader for every customer who has none"),
    "consent": gettext_lazy("that whoever has said nothing permits marketing"),
    "language": gettext_lazy("that whose language is unknown reads the first one of his country"),
}
NOTES: dict[str, str | Promise] = {
    "contacts_assumed": gettext_lazy("Contacts are assumed for customers who have none: %(customers)s."),
    "consent_assumed": gettext_lazy("Whoever has said nothing about marketing is assumed to permit it."),
    "language_assumed": gettext_lazy(
        "Whose language is not known is assumed to read the first language of his country."
    ),
    "as_today": gettext_lazy(
        "Permissions, choices, segments, fields, traits, documents and recommendations are taken as they are today."
    ),
    "no_clicks": gettext_lazy(
        "Nobody clicks or answers a letter of a rehearsal, since nobody got it; what customers really did then counts."
    ),
    "tasks_done": gettext_lazy("A task counts as done at its deadline."),
    "offers_on": gettext_lazy("Offers count as switched on; what a code costs is the mean of the customer's orders."),
    "sender_not_asked": gettext_lazy("A sender and the firm's postal address are not asked for."),
    "scheme_unknown": gettext_lazy("There is no scheme %(scheme)s; whoever asks for it finds nothing."),
    "tiers_replayed_week": gettext_lazy(
        "Tiers of these schemes are replayed from the orders, week by week: %(schemes)s."
    ),
    "tiers_replayed_month": gettext_lazy(
        "Tiers of these schemes are replayed from the orders, month by month: %(schemes)s."
    ),
    "tiers_of_today": gettext_lazy(
        "Tiers of %(scheme)s are those of today: the span is too long or too short to replay."
    ),
    "tiers_without_rate": gettext_lazy(
        "Tiers of %(scheme)s are those of today: no rate from %(currency)s to %(into)s is known; import one."
    ),
    "courses_known": gettext_lazy(
        "The course of orders whose stages nobody recorded is derived (%(orders)s of them): confirmed when placed, in "
        "production a day later, shipped after two thirds of %(days)s days and delivered after all of them, as "
        "deliveries here usually take, unless the order says when."
    ),
    "courses_assumed": gettext_lazy(
        "The course of orders whose stages nobody recorded is derived (%(orders)s of them): confirmed when placed, in "
        "production a day later, shipped after two thirds of %(days)s days and delivered after all of them (our "
        "default, since too few deliveries are recorded), unless the order says when."
    ),
    "rhythms_derived": gettext_lazy("Slowing rhythms and expected orders are derived from the orders, cycle by cycle."),
    "reviews_as_they_were": gettext_lazy("Proposals of reviews are those that lay open then."),
    "projects_as_they_were": gettext_lazy("Drawings and samples of projects stand as they stood then."),
    "channels_as_today": gettext_lazy("Permissions of other channels than mail are those of today; none is assumed."),
}


def held_words(reason: str) -> str:
    return message_words.reason_words(reason)


def held_sentence(reason: str, count: int) -> str:
    """Such as "412 letters would have waited for Eid al-Adha"."""
    letters = {"n": f"{count:,}", "reason": held_words(reason)}
    if reason in message_words.REASONS:
        return ngettext(
            "%(n)s letter would have waited: %(reason)s", "%(n)s letters would have waited: %(reason)s", count
        ) % letters  # fmt: skip
    return ngettext(
        "%(n)s letter would have waited for %(reason)s", "%(n)s letters would have waited for %(reason)s", count
    ) % letters  # fmt: skip


def stopped_sentence(reason: str, count: int) -> str:
    """Such as "3 letters would not have been sent: Ramadan"."""
    return ngettext(
        "%(n)s letter would not have been sent: %(reason)s", "%(n)s letters would not have been sent: %(reason)s", count
    ) % {"n": f"{count:,}", "reason": skipped_words(reason)}  # fmt: skip


def skipped_words(reason: str) -> str:
    """A reason of the journey, else one of the gates."""
    if reason.startswith(RECALLED):
        return _("taken back: %(reason)s") % {"reason": journey_words.reason_words(reason.removeprefix(RECALLED))}
    if reason in OWN:
        return str(OWN[reason])
    if reason in journey_vocabulary.REASONS:
        return journey_words.reason_words(reason)
    return message_words.reason_words(reason)


def note_words(note: Mapping[str, Any] | str) -> str:
    """What was assumed or derived; a rehearsal kept from earlier brings its sentence along."""
    if isinstance(note, str):
        return note
    code, values = str(note["code"]), dict(note["values"])
    if code == "tiers_replayed":
        code, values = f"tiers_replayed_{values['steps']}", {"schemes": listed(values["schemes"])}
    if code == "courses_derived":
        code = "courses_known" if values["is_known"] else "courses_assumed"
    told = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return str(NOTES[code]) % told


def notes_of(document: Mapping[str, Any]) -> list[str]:
    """All notes of a rehearsal's document."""
    return [note_words(each) for each in document.get("noted", document.get("notes", ()))]


def assumed_words(names: Sequence[str]) -> list[str]:
    return [str(ASSUMED[each]) for each in names]


def counted_words(figure: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The reasons of `held`, `skipped` or `refused` with their counts, in words."""
    words = held_words if figure == "held" else skipped_words
    return [(words(reason), count) for reason, count in counts.items()]


def difference_words(figure: str, reason: str) -> str:
    """How a figure of a comparison is called, with its reason where it is counted by reason."""
    if not reason:
        return str(FIGURES[figure])
    return labelled(FIGURES[figure], held_words(reason) if figure == "held" else skipped_words(reason))


def tier_titles() -> dict[str, str]:
    """What the tiers of the default scheme are called."""
    scheme = tiering_queries.default_scheme()
    return dict(tiering_queries.tiers_of(scheme)) if scheme else {}
