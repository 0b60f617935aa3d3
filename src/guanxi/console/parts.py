"""Small things every page family needs: parts for htmx, errors of a form as sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language

from guanxi.console.access import member_of
from guanxi.console.phrases import labelled
from guanxi.kernel import clock, places
from guanxi.staff import actions as staff_actions


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part only; going back in the browser's history needs the whole page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def say_errors(request: HttpRequest, form: Form) -> None:
    """The errors of a form that has no page of its own, as messages."""
    for field, errors in form.errors.items():
        label = form.fields[field].label if field in form.fields else ""
        for error in errors:
            messages.error(request, labelled(label, error) if label else str(error))


def clean(query: QueryDict, *, but: Collection[str] = ()) -> str:
    """The words of an address that say something; a form sends its empty fields too."""
    kept = QueryDict(mutable=True)
    for key, values in query.lists():
        if key not in but and any(values):
            kept.setlist(key, [value for value in values if value])
    return kept.urlencode()


def named_countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Country codes with their names in the reader's language, by name."""
    language = get_language() or "en"
    return sorted(((code, places.country_name(code, language)) for code in codes), key=lambda each: each[1])


def note_act(
    request: HttpRequest, happened: str, *, object_kind: str = "", object_id: object = "", **details: Any
) -> None:
    """One line of the audit trail, by whom is signed in, now; secrets never go into `details` (RS-42)."""
    staff_actions.append_audit(
        actor=member_of(request), act=happened, now=clock.utc_now(), object_kind=object_kind, object_id=object_id,
        details=details,
    )  # fmt: skip


def page_number(query: QueryDict) -> int:
    """The asked page; anything that is no sensible number is the first."""
    return number_in(query.get("page", ""), digits=8, otherwise=1)


def number_in(text: str, *, digits: int = 18, otherwise: int = 0) -> int:
    """A whole number, such as an id, out of a form or an address; `otherwise` for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else otherwise


def numbers_in(texts: Iterable[str]) -> list[int]:
    """The ids among what was ticked in a form."""
    return [number for number in map(number_in, texts) if number]
