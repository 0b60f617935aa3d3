"""One's own account: name and language. Password and second factor are allauth's pages (sign_in.py)."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guanxi.console.access import SIGNED_IN, member_of, open_page, page
from guanxi.console.firm_forms import LineField
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User


class ProfileForm(forms.Form):
    name = LineField(label=pgettext_lazy("person", "Name"), max_length=120)
    language = forms.ChoiceField(label=gettext_lazy("Language of the pages"), required=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["language"].choices = [("", _("As the firm")), *settings.LANGUAGES]  # type: ignore[attr-defined]


@page(right=SIGNED_IN, post=SIGNED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    user = member_of(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if form.is_valid():
        staff_actions.describe_member(user=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("profile")
    context = {"form": form, "has_second_factor": is_mfa_enabled(user)}
    return render(request, "console/account/profile.html", context)


@open_page(takes_form=True, before_set_up=True)
def speak(request: HttpRequest) -> HttpResponse:
    """Change the language: of the account when somebody is signed in, of this browser in any case."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = redirect(back)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
        if isinstance(request.user, User):
            staff_actions.describe_member(user=request.user, name=request.user.name, language=language)
        translation.activate(language)
    return response


urlpatterns = [
    path("me/", profile, name="profile"),
    path("language/", speak, name="speak"),
]
