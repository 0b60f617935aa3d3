"""Saved mappings: which column of a foreign file means what, under a name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.text import slugify
from django.utils.translation import gettext as _

from guanxi.console.access import act, page
from guanxi.console.intake_words import FIELD_NAMES, KIND_NAMES
from guanxi.intake import profiles
from guanxi.intake.models import Mapping
from guanxi.staff.roles import Right


@page(right=Right.IMPORT)
def import_mappings(request: HttpRequest) -> HttpResponse:
    shown = [
        {"mapping": each, "kind_name": KIND_NAMES.get(each.document.get("kind", "orders"), ""),
         "columns": [(FIELD_NAMES.get(field, field), headings) for field, headings in each.document["columns"].items()]}
        for each in Mapping.objects.order_by("name")
    ]  # fmt: skip
    return render(request, "console/intake/mappings.html", {"mappings": shown})


@act(right=Right.IMPORT)
def import_mapping_rename(request: HttpRequest, mapping_id: int) -> HttpResponse:
    mapping, name = get_object_or_404(Mapping, pk=mapping_id), request.POST.get("name", "").strip()
    try:
        if name:
            profiles.rename_profile(profile=mapping, name=name)
            messages.success(request, _("Saved."))
        else:
            messages.error(request, _("A mapping needs a name."))
    except profiles.NameTaken:
        messages.error(request, _("There is a mapping of this name already; choose another one."))
    return redirect("import_mappings")


@act(right=Right.IMPORT)
def import_mapping_delete(request: HttpRequest, mapping_id: int) -> HttpResponse:
    profiles.delete_profile(profile=get_object_or_404(Mapping, pk=mapping_id))
    messages.success(request, _("The mapping is deleted; files are recognised as before it."))
    return redirect("import_mappings")


@page(right=Right.IMPORT)
def import_mapping_file(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """The mapping as YAML, for `guanxi import --mapping`."""
    mapping = get_object_or_404(Mapping, pk=mapping_id)
    name = slugify(mapping.name) or f"mapping-{mapping.pk}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return HttpResponse(profiles.as_yaml(mapping), content_type="application/yaml; charset=utf-8", headers=headers)


urlpatterns: list[URLPattern] = [
    path("imports/mappings/", import_mappings, name="import_mappings"),
    path("imports/mappings/<int:mapping_id>/rename/", import_mapping_rename, name="import_mapping_rename"),
    path("imports/mappings/<int:mapping_id>/delete/", import_mapping_delete, name="import_mapping_delete"),
    path("imports/mappings/<int:mapping_id>/yaml", import_mapping_file, name="import_mapping_file"),
]
