"""Keys for machines: API tokens and write keys. The text of a key is shown once (RS-42)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.console.access import act, delicate, member_of, page
from guanxi.console.firm_forms import LineField
from guanxi.console.staff_pages import roles_to_give
from guanxi.kernel import clock
from guanxi.staff import actions as staff_actions
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import ApiToken, User
from guanxi.staff.roles import Right

KIND_NAMES = {
    "api": gettext_lazy("API token: records in and out"),
    "write": gettext_lazy("Write key: events in only, may stand in a web page"),
}


class TokenForm(forms.Form):
    name = LineField(
        label=gettext_lazy("What it is for"), max_length=120, help_text=gettext_lazy("For instance: web shop, ERP.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KIND_NAMES.items()))
    role = forms.ChoiceField(
        label=gettext_lazy("Rights of an API token"), help_text=gettext_lazy("It may do what this role may do.")
    )

    def __init__(self, *args: object, giver: User, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["role"].choices = roles_to_give(giver)  # type: ignore[attr-defined]
        self.fields["role"].initial = "analyst"


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the list."""

    id: int
    name: str
    kind: str
    role: str
    prefix: str
    created_by: str
    created_at: datetime
    used_at: datetime | None
    is_live: bool


@page(right=Right.MANAGE_TOKENS)
def tokens(request: HttpRequest) -> HttpResponse:
    return _tokens_page(request, TokenForm(giver=member_of(request)))


def _tokens_page(request: HttpRequest, form: TokenForm, shown_once: str = "") -> HttpResponse:
    context = {"form": form, "keys": [_row(token) for token in staff_queries.tokens()], "shown_once": shown_once}
    response = render(request, "console/staff/tokens.html", context)
    if shown_once:
        response["Cache-Control"] = "no-store"
    return response


def _row(token: ApiToken) -> Key:
    return Key(
        token.id, token.name, token.kind, token.role, token.prefix, str(token.created_by), token.created_at,
        token.used_at, token.revoked_at is None and token.created_by.is_active,
    )  # fmt: skip


@act(right=Right.MANAGE_TOKENS)
@delicate
def token_issue(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself instead of a redirect: the key exists in this answer only."""
    me = member_of(request)
    form = TokenForm(request.POST, giver=me)
    if not form.is_valid():
        return _tokens_page(request, form)
    _token, key = staff_actions.issue_token(actor=me, now=clock.utc_now(), **form.cleaned_data)
    return _tokens_page(request, TokenForm(giver=me), shown_once=key)


@act(right=Right.MANAGE_TOKENS)
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, id=token_id)
    staff_actions.revoke_token(actor=member_of(request), token=token, now=clock.utc_now())
    messages.success(request, _("The key “%s” opens nothing any more.") % token.name)
    return redirect("tokens")


urlpatterns = [
    path("keys/", tokens, name="tokens"),
    path("keys/issue", token_issue, name="token_issue"),
    path("keys/<int:token_id>/revoke", token_revoke, name="token_revoke"),
]
