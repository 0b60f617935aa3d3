"""How a file is to be taken: its kind, what each column means, and the name under which that is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.intake_words import FIELD_NAMES, KIND_NAMES
from guanxi.intake import actions as intake_actions
from guanxi.intake import profiles
from guanxi.intake import queries as intake_queries
from guanxi.intake.fields import KINDS
from guanxi.intake.mapping import Mapping
from guanxi.intake.models import ImportRun
from guanxi.intake.recognise import recognise
from guanxi.intake.rows import UnusableFile
from guanxi.kernel import clock, places

KIND_CHOICES = [("auto", KIND_NAMES["auto"]), *((kind, KIND_NAMES[kind]) for kind in KINDS)]
COLUMN = "column-"


class CurrencyField(forms.CharField):
    """A currency by code, sign or name; empty when the file or the firm says it."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).strip()
        code = places.currency_code(text) if text else ""
        if text and not code:
            raise forms.ValidationError(_("This is no currency; write its three letters, such as GBP."))
        return code


class ChoiceForm(forms.Form):
    """How the file is to be taken."""

    kind = forms.ChoiceField(label=gettext_lazy("It holds"), choices=KIND_CHOICES, initial="auto")
    currency = CurrencyField(
        label=gettext_lazy("Currency of amounts without one"), required=False, max_length=12,
        help_text=gettext_lazy("Empty means the reporting currency"),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Name of the source"), required=False, max_length=60,
        help_text=gettext_lazy("Numbers are unique within a source; give exports of one system the same name"),
    )  # fmt: skip
    is_history = forms.BooleanField(
        label=gettext_lazy("Starts no journeys"), required=False, initial=True,
        help_text=gettext_lazy("Right for history; off when the orders are new and journeys should start."),
    )  # fmt: skip
    profile = forms.CharField(
        label=gettext_lazy("Save as a mapping named"), required=False, max_length=120,
        help_text=gettext_lazy("A file with this heading line is then taken the same way; empty saves nothing"),
    )  # fmt: skip


def look(run: ImportRun, kind: str) -> dict[str, Any]:
    """What the file seems to be (or would be as `kind`), or why it cannot be read."""
    kind = kind if kind == "auto" or kind in KINDS else run.kind
    form = ChoiceForm(initial={
        "kind": kind, "currency": run.options.get("currency", ""), "source": run.source,
        "is_history": not run.is_live,
    })  # fmt: skip
    try:
        tables = intake_queries.look_at(run, kind=kind)
    except UnusableFile as problem:
        return {"problem": str(problem), "form": form}
    is_chosen = bool(run.mapping) and kind == run.kind
    chosen = {heading: field for field, group in run.mapping.get("columns", {}).items() for heading in group}
    for table in tables:
        table["kind_name"] = KIND_NAMES.get(table["kind"], "")
        table["choices"] = _choices(run.mapping.get("kind", "") if is_chosen else table["kind"] or kind)
        for column in table["columns"]:
            column["field"] = chosen.get(column["heading"], "") if is_chosen else column["field"]
            column["field_name"] = FIELD_NAMES.get(column["field"], column["field"])
    return {
        "tables": tables,
        "form": form,
        "may_map": len(tables) == 1,
        "known": any(table["format"] for table in tables),
    }


def _choices(kind: str) -> list[tuple[str, Any]]:
    fields = intake_queries.fields_of(kind if kind in KINDS else "orders")
    return sorted(((name, FIELD_NAMES.get(name, name)) for name in fields), key=lambda each: str(each[1]))


def choose(run: ImportRun, form: ChoiceForm, query: QueryDict) -> None:
    """Keep what the form says of the run, and the mapping under a name when one is given.

    Raises BadMapping, UnusableFile, NotToBeRun.
    """
    data = form.cleaned_data
    changes: dict[str, Any] = {
        "kind": data["kind"], "currency": data["currency"], "source": data["source"],
        "is_live": not data["is_history"], "mapping": _mapping(run, data["kind"], query),
    }  # fmt: skip
    intake_actions.choose(run=run, changes=changes)
    if data["profile"]:
        _save(run, data["profile"])


def _mapping(run: ImportRun, kind: str, query: QueryDict) -> dict[str, Any]:
    """The mapping document of what was chosen per column; empty when it is what was recognised anyway."""
    tables = intake_queries.look_at(run, kind=kind)
    if len(tables) != 1:
        return {}
    headings = _headings(tables[0])
    fields = intake_queries.fields_of(kind if kind in KINDS else tables[0]["kind"] or "orders")
    chosen: dict[str, list[str]] = {}
    for number, heading in enumerate(headings):
        if (field := query.get(f"{COLUMN}{number}", "")) in fields:
            chosen.setdefault(field, []).append(heading)
    found = _recognised(headings, kind)
    if not chosen or (found and {name: list(group) for name, group in found.columns.items()} == chosen):
        return {}
    document = profiles.document_of(found) if found else {"kind": kind if kind in KINDS else "orders"}
    return {**document, "columns": chosen}


def _save(run: ImportRun, name: str) -> None:
    tables = intake_queries.look_at(run)
    found = _recognised(_headings(tables[0]), run.kind) if len(tables) == 1 else None
    document = run.mapping or (profiles.document_of(found) if found else {})
    if document:
        profiles.save_profile(name=name, document=document, headings=_headings(tables[0]), now=clock.utc_now())


def _recognised(headings: list[str], kind: str) -> Mapping | None:
    return profiles.profile_for(headings, kind=kind) or recognise(headings, kind=kind)


def _headings(table: dict[str, Any]) -> list[str]:
    return [column["heading"] for column in table["columns"]]
