"""The picture library: upload, description, where a picture is shown, removal; and the part the editor chooses from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, member_of, page
from guanxi.console.parts import is_part, page_number, say_errors
from guanxi.content import imaging, pictures
from guanxi.content import queries as content_queries
from guanxi.content.models import Picture
from guanxi.content.pictures import BadPicture, StillShown
from guanxi.kernel import clock
from guanxi.staff.roles import Right

PAGE_SIZE = 24


class PictureForm(forms.Form):
    """A file and what it shows."""

    file = forms.FileField(label=gettext_lazy("File"), max_length=200)
    alt = forms.CharField(label=gettext_lazy("Description"), max_length=300)

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > imaging.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB; save it smaller."))
        return bytes(file.read())


@page(right=Right.SEE_ALL)
def letter_pictures(request: HttpRequest) -> HttpResponse:
    found = Paginator(content_queries.pictures(), PAGE_SIZE).get_page(page_number(request.GET))
    context = {
        "found": found, "cards": [_card(picture) for picture in found], "form": PictureForm(),
        "may_edit": member_of(request).may(Right.EDIT_LETTERS),
    }  # fmt: skip
    return render(request, "console/letters/pictures.html", context)


def _card(picture: Picture) -> dict[str, Any]:
    shown = list(content_queries.letters_that_show(picture)[:20])
    return {
        "picture": picture, "address": _address(pictures.small_name(picture.name)),
        "letters": list({letter.template_id: letter.template for letter in shown}.values()),
    }  # fmt: skip


def _address(name: str) -> str:
    return reverse("public:picture", kwargs={"name": name})


@page(right=Right.EDIT_LETTERS)
def pictures_to_choose(request: HttpRequest) -> HttpResponse:
    """The newest pictures and the upload form, for the editor's window."""
    return _choice(request, PictureForm())


def _choice(request: HttpRequest, form: PictureForm, *, chosen: Picture | None = None) -> HttpResponse:
    newest = content_queries.pictures()[:PAGE_SIZE]
    cards = [(picture, _address(pictures.small_name(picture.name))) for picture in newest]
    context = {"cards": cards, "form": form, "chosen": chosen}
    return render(request, "console/letters/_choose_picture.html", context)


@act(right=Right.EDIT_LETTERS)
def picture_add(request: HttpRequest) -> HttpResponse:
    """Re-encoded and kept; what is no picture is refused in words."""
    form = PictureForm(request.POST, request.FILES)
    picture = None
    if form.is_valid():
        try:
            picture = pictures.add_picture(
                raw=form.cleaned_data["file"], alt=form.cleaned_data["alt"], uploaded_by=member_of(request),
                now=clock.utc_now(),
            )  # fmt: skip
        except BadPicture as mistake:
            form.add_error("file", str(mistake))
    if is_part(request):
        return _choice(request, form if form.errors else PictureForm(), chosen=picture)
    if form.errors:
        say_errors(request, form)
    else:
        messages.success(request, _("Kept."))
    return redirect("letter_pictures")


@act(right=Right.EDIT_LETTERS)
def picture_describe(request: HttpRequest, picture_id: int) -> HttpResponse:
    picture = get_object_or_404(Picture, pk=picture_id)
    try:
        pictures.describe_picture(picture=picture, alt=request.POST.get("alt", ""))
    except BadPicture as mistake:
        messages.error(request, str(mistake))
    else:
        messages.success(request, _("Saved."))
    return redirect("letter_pictures")


@act(right=Right.EDIT_LETTERS)
def picture_remove(request: HttpRequest, picture_id: int) -> HttpResponse:
    picture = get_object_or_404(Picture, pk=picture_id)
    try:
        pictures.remove_picture(picture=picture)
    except StillShown:
        messages.error(request, _("A published letter shows this picture, and whoever got it still opens it."))
    else:
        messages.success(request, _("Removed."))
    return redirect("letter_pictures")


urlpatterns: list[URLPattern] = [
    path("letters/pictures/", letter_pictures, name="letter_pictures"),
    path("letters/pictures/choose/", pictures_to_choose, name="pictures_to_choose"),
    path("letters/pictures/add/", picture_add, name="picture_add"),
    path("letters/pictures/<int:picture_id>/describe/", picture_describe, name="picture_describe"),
    path("letters/pictures/<int:picture_id>/remove/", picture_remove, name="picture_remove"),
]
