"""What a firm may set otherwise than a profile says: the fields, how they are written, what can be. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from guanxi.culture import greeting, hold_kinds
from guanxi.culture.profiles import (
    BASES,
    DAYS,
    FORMALITIES,
    FORMS_OF_ADDRESS,
    NAME_ORDERS,
    OPEN_TABLES,
    BadProfile,
    Overrides,
    Profile,
    built,
    profile_for,
)

LONGEST = 500
LIST, CHOICE, TRUTH, HOURS, NUMBER, LINE, TEXT = "list", "choice", "truth", "hours", "number", "line", "text"
_TIMES = re.compile(r"(\d{1,2}:\d\d)\s*(?:-|–|—|to|至|,|\s)\s*(\d{1,2}:\d\d)")
_YES, _NO = ("true", "yes", "on", "1", "是"), ("false", "no", "off", "0", "", "否")


@dataclass(frozen=True, slots=True)
class Field:
    """`group` is where the page shows it: words, time, law or forms."""

    name: str
    kind: str
    group: str
    choices: tuple[str, ...] = ()


FIELDS = (
    Field("languages", LIST, "words"),
    Field("name_order", CHOICE, "words", NAME_ORDERS),
    Field("address_by", CHOICE, "words", FORMS_OF_ADDRESS),
    Field("formality", CHOICE, "words", FORMALITIES),
    Field("modest_close", TRUTH, "words"),
    Field("weekend", LIST, "time", DAYS),
    Field("part", LINE, "time"),
    Field("working_hours", HOURS, "time"),
    Field("quiet_hours", HOURS, "time"),
    Field("holds", LIST, "time"),
    Field("closures", LIST, "time"),
    Field("moon_shift_days", NUMBER, "time"),
    Field("currency", LINE, "forms"),
    Field("locale", LINE, "forms"),
    Field("law.basis", CHOICE, "law", BASES),
    Field("law.basis_b2b", CHOICE, "law", ("", *BASES)),
    Field("law.purchase_months", NUMBER, "law"),
    Field("law.inquiry_months", NUMBER, "law"),
    Field("law.subject_prefix", LINE, "law"),
    Field("law.night_ban", HOURS, "law"),
    Field("law.unsubscribe_days", NUMBER, "law"),
    Field("law.unsubscribe_works_days", NUMBER, "law"),
    Field("law.keeps_proof", TRUTH, "law"),
    Field("law.note", LINE, "law"),
    Field("law.source", LINE, "law"),
)
_BY_NAME = {field.name: field for field in FIELDS}


def field_of(name: str) -> Field | None:
    """The field of a name; entries of greeting, closing and titles count as texts."""
    if name.startswith(OPEN_TABLES) and _is_entry(name):
        return Field(name, TEXT, "words")
    return _BY_NAME.get(name)


def read(*, country: str, name: str, text: str, overrides: Overrides = ()) -> Any:
    """The value that `text`, as written in a form, stands for. Raises BadProfile with a sentence for the page.

    `overrides` are the firm's other rows, with which it must go together.
    """
    field = field_of(name)
    if field is None:
        raise BadProfile(f"{name[:60]}: there is no such field.")
    if len(text) > LONGEST or "\0" in text:
        raise BadProfile(f"{name}: write at most {LONGEST} characters.")
    try:
        value = _value(field, text)
        others = {each: json.loads(row) for code, each, row in overrides if code == country and each != name}
        built(country, others | {name: value})
    except (ValueError, TypeError, KeyError) as error:
        raise BadProfile(f"{str(error).strip(chr(39))}.") from error
    return value


def written(value: Any) -> str:
    """A value as it stands in a form: lists with commas, hours with a dash."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        times = len(value) == 2 and all(re.fullmatch(r"\d\d:\d\d", str(each)) for each in value)
        return ("–" if times else ", ").join(str(each) for each in value)
    return str(value)


def value_of(profile: Profile, name: str) -> str:
    """What a field of a profile says, as written in a form."""
    return written(profile.values.get(name, ""))


def default_of(country: str, name: str) -> str:
    """What ships, for the page to show beside the firm's own."""
    return value_of(profile_for(country), name)


def _value(field: Field, text: str) -> Any:
    plain = text.strip()
    if field.kind == LIST:
        return list(dict.fromkeys(part.strip() for part in re.split(r"[,，、;\n]", text) if part.strip()))
    if field.kind == HOURS:
        return _hours(field.name, plain)
    if field.kind == NUMBER:
        if not re.fullmatch(r"-?\d{1,5}", plain):
            raise ValueError(f"{field.name}: write a whole number")
        return int(plain)
    if field.kind == TRUTH:
        return _truth(field.name, plain)
    if field.kind == TEXT:
        return _entry(field.name, text)
    # A prefix such as "AD " keeps its space.
    return text.lstrip() if field.name == "law.subject_prefix" else plain


def _hours(name: str, text: str) -> Any:
    if not text and name == "law.night_ban":
        return ""
    match = _TIMES.fullmatch(text)
    if match is None:
        raise ValueError(f"{name}: write two times such as 09:00–17:00")
    return [time.rjust(5, "0") for time in match.groups()]


def _truth(name: str, text: str) -> bool:
    word = text.casefold()
    if word not in _YES + _NO:
        raise ValueError(f"{name}: write true or false")
    return word in _YES


def _entry(name: str, text: str) -> str:
    table = name.partition(".")[0]
    if not text.strip():
        raise ValueError(f"{name}: write the words, or go back to the default")
    if table == "greeting":
        return greeting.check_form(" ".join(text.split()))
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) > (2 if table == "closing" else 1):
        raise ValueError(f"{name}: too many lines")
    return "\n".join(lines)


def _is_entry(name: str) -> bool:
    """closing.de, greeting.de.female, titles.ja.課長."""
    table, _, rest = name.partition(".")
    tag, _, last = rest.partition(".")
    if tag not in greeting.written_languages():
        return False
    if table == "closing":
        return not last
    return last in greeting.FORMS if table == "greeting" else 0 < len(last) <= 60


def hold_choices(language: str) -> list[tuple[str, str]]:
    """Code and name of every hold that ships, for the page."""
    return [(code, hold.title(language)) for code, hold in hold_kinds.all_holds().items()]
