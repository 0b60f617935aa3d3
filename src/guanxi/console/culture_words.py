"""The fields of a culture profile, their values and the classes of days in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.message_words import hold_name
from guanxi.culture import hold_kinds
from guanxi.culture.calendars import HOLIDAY, WEEKEND, WORKING
from guanxi.culture.profiles import COUNTRY, DEFAULT, FIRM, REGION
from guanxi.kernel import places

Words = str | Promise

FIELDS: dict[str, Words] = {
    "languages": gettext_lazy("Languages, best first"),
    "name_order": gettext_lazy("Order of names"),
    "address_by": gettext_lazy("Addressed in English by"),
    "formality": gettext_lazy("Formality"),
    "modest_close": gettext_lazy("Modest closing"),
    "weekend": gettext_lazy("Weekend"),
    "part": gettext_lazy("Public holidays of"),
    "working_hours": gettext_lazy("Working hours"),
    "quiet_hours": gettext_lazy("Quiet hours"),
    "holds": gettext_lazy("Holds for readers there"),
    "closures": gettext_lazy("Closures of firms there"),
    "moon_shift_days": gettext_lazy("Moon sighting, days later"),
    "currency": gettext_lazy("Currency"),
    "locale": gettext_lazy("Forms of dates and numbers"),
    "law.basis": gettext_lazy("Basis for persons"),
    "law.basis_b2b": gettext_lazy("Basis for firms"),
    "law.purchase_months": gettext_lazy("Implied permission after a purchase, months"),
    "law.inquiry_months": gettext_lazy("Implied permission after an inquiry, months"),
    "law.subject_prefix": gettext_lazy("Beginning of the subject"),
    "law.night_ban": gettext_lazy("Hours without marketing"),
    "law.unsubscribe_days": gettext_lazy("Days to honour an objection"),
    "law.unsubscribe_works_days": gettext_lazy("Days the unsubscribe link works"),
    "law.keeps_proof": gettext_lazy("The law asks for proof of consent"),
    "law.note": gettext_lazy("Note"),
    "law.source": gettext_lazy("Where the law says so"),
}
HELP: dict[str, Words] = {
    "languages": gettext_lazy("Tags with commas, such as de, en."),
    "part": gettext_lazy("The code of a part of the country; it counts where a reader's own part is not known."),
    "working_hours": gettext_lazy("Marketing waits for these; the first is the morning sending hour."),
    "quiet_hours": gettext_lazy("Service mail waits for their end."),
    "holds": gettext_lazy("Names with commas, or days of each year as 12-20..01-06."),
    "closures": gettext_lazy("They count for the country of your own firm: while it is shut, marketing waits."),
    "moon_shift_days": gettext_lazy("Beside the shift of the sending settings; -2 to 2."),
    "currency": gettext_lazy("Empty: the country's own."),
    "locale": gettext_lazy("Empty: the letter's language with the country, such as en-GB."),
    "law.basis_b2b": gettext_lazy("Empty: as for persons."),
    "law.purchase_months": gettext_lazy("0: without end."),
    "law.inquiry_months": gettext_lazy("0: without end."),
    "law.subject_prefix": gettext_lazy("Put before the subject of marketing mail when it leaves, such as AD."),
    "law.night_ban": gettext_lazy("Such as 21:00–08:00; empty for none."),
}
GROUPS: dict[str, Words] = {
    "words": gettext_lazy("How one writes"),
    "time": gettext_lazy("When one writes"),
    "forms": gettext_lazy("Numbers, dates, money"),
    "law": gettext_lazy("What the law asks"),
}
VALUES: dict[str, Words] = {
    "given_first": gettext_lazy("given name first"),
    "family_first": gettext_lazy("family name first"),
    "surname": gettext_lazy("family name"),
    "given_name": gettext_lazy("given name"),
    "full_name": gettext_lazy("full name"),
    "position": gettext_lazy("rank and family name"),
    "formal": gettext_lazy("formal"),
    "warm": gettext_lazy("cordial"),
    "opt_in": gettext_lazy("consent beforehand"),
    "soft_opt_in": gettext_lazy("consent, or own customers about similar goods"),
    "opt_out": gettext_lazy("until they object"),
    "true": gettext_lazy("yes"),
    "false": gettext_lazy("no"),
}
DAYS: dict[str, Words] = {
    "mon": gettext_lazy("Monday"), "tue": gettext_lazy("Tuesday"), "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"), "fri": gettext_lazy("Friday"), "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}  # fmt: skip
SOURCES: dict[str, Words] = {
    FIRM: gettext_lazy("your firm's"),
    COUNTRY: gettext_lazy("of the country"),
    REGION: gettext_lazy("default of the region"),
    DEFAULT: gettext_lazy("default"),
}
CLASSES: dict[str, Words] = {
    hold_kinds.PROMOTION_HOLD: gettext_lazy("marketing waits"),
    hold_kinds.GREETING_WINDOW: gettext_lazy("marketing waits, a greeting may leave"),
    hold_kinds.WORKING_TIME_ONLY: gettext_lazy("shorter working hours only"),
    HOLIDAY: gettext_lazy("public holiday"),
    WEEKEND: gettext_lazy("weekend"),
    WORKING: gettext_lazy("worked in place of another day"),
}
FORMS: dict[str, Words] = {
    "nobody": gettext_lazy("no name known"),
    "rank": gettext_lazy("with a rank"),
    "female": gettext_lazy("a woman"),
    "male": gettext_lazy("a man"),
    "unknown": gettext_lazy("neither known"),
    "family_only": gettext_lazy("nothing but a family name known"),
    "family_first": gettext_lazy("neither known, family name first"),
}


def field_title(name: str) -> str:
    """The title of a field; entries of greeting, closing and titles with their language."""
    if name in FIELDS:
        return str(FIELDS[name])
    table, tag, *rest = name.split(".")
    language = places.language_name(tag, get_language() or "en")
    if table == "closing":
        return _("Closing in %(language)s") % {"language": language}
    if table == "greeting":
        return _("Greeting in %(language)s: %(form)s") % {"language": language, "form": FORMS[rest[0]]}
    return _("Title in %(language)s for %(rank)s") % {"language": language, "rank": ".".join(rest)}


def value_words(name: str, written: str) -> str:
    """A value for reading; `written` is how a form shows it."""
    parts = [part.strip() for part in written.split(",") if part.strip()]
    if name == "weekend":
        return ", ".join(str(DAYS[part]) for part in parts) or _("none")
    if name in ("holds", "closures"):
        return ", ".join(hold_name(part) for part in parts) or _("none")
    if name == "languages":
        return ", ".join(places.language_name(part, get_language() or "en") for part in parts)
    return str(VALUES.get(written, written)) if written else "—"
