"""Who works here: the list, invitations, roles; and the page on which an invited person joins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.console.access import act, delicate, member_of, open_page, page
from guanxi.console.firm_forms import PasswordForm
from guanxi.console.role_names import ROLE_NAMES, ROLE_SENTENCES
from guanxi.console.sign_in import let_in
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.staff import actions as staff_actions
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import Invitation, User
from guanxi.staff.roles import ROLES, Right, may_grant


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: object, giver: User, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["role"].choices = roles_to_give(giver)  # type: ignore[attr-defined]
        self.fields["role"].initial = "sales"


@dataclass(frozen=True, slots=True)
class Member:
    """A row of the list; `roles` is empty where the reader may not change it."""

    id: int
    name: str
    email: str
    role: str
    is_active: bool
    seen_at: datetime | None
    roles: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Invited:
    id: int
    email: str
    role: str
    invited_by: str
    expires_at: datetime


def roles_to_give(giver: User) -> list[tuple[str, str]]:
    return [(role, str(ROLE_NAMES[role])) for role in ROLES if may_grant(giver.role, role)]


@page(right=Right.MANAGE_STAFF)
def staff(request: HttpRequest) -> HttpResponse:
    return _staff_page(request, InviteForm(giver=member_of(request)))


def _staff_page(request: HttpRequest, form: InviteForm) -> HttpResponse:
    me = member_of(request)
    context = {
        "form": form,
        "members": [_row(user, me) for user in staff_queries.members()],
        "invited": [
            Invited(each.id, each.email, each.role, str(each.invited_by or ""), each.expires_at)
            for each in staff_queries.open_invitations(clock.utc_now())
        ],
        "roles": [(ROLE_NAMES[role], ROLE_SENTENCES[role]) for role in ROLES],
    }
    return render(request, "console/staff/staff.html", context)


def _row(user: User, me: User) -> Member:
    roles = roles_to_give(me) if user.id != me.id and may_grant(me.role, user.role) else []
    return Member(user.id, str(user), user.email, user.role, user.is_active, user.last_login, roles)


@act(right=Right.MANAGE_STAFF)
@delicate
def staff_invite(request: HttpRequest) -> HttpResponse:
    me = member_of(request)
    form = InviteForm(request.POST, giver=me)
    if not form.is_valid():
        return _staff_page(request, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    with _say_why_not(request):
        token = staff_actions.invite(actor=me, email=email, role=role, now=clock.utc_now())
        _send_invitation(me, email, role, token)
        messages.success(request, _("An invitation is on its way to %s.") % email)
    return redirect("staff")


def _send_invitation(inviter: User, email: str, role: str, token: str) -> None:
    context = {
        "inviter": inviter,
        "firm": firm_queries.the_firm(),
        "role": ROLE_NAMES[role],
        "address": settings.PUBLIC_URL + reverse("join", args=[token]),
        "days": staff_actions.INVITATION_DAYS,
    }
    text = render_to_string("console/mail/invitation.txt", context)
    EmailMessage(_("You are invited to Guanxi"), text, to=[email]).send()


@act(right=Right.MANAGE_STAFF)
def invitation_revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, id=invitation_id)
    staff_actions.revoke_invitation(actor=member_of(request), invitation=invitation, now=clock.utc_now())
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("staff")


@act(right=Right.MANAGE_STAFF)
@delicate
def staff_role(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    with _say_why_not(request):
        staff_actions.change_role(
            actor=member_of(request), user=user, role=request.POST.get("role", ""), now=clock.utc_now()
        )
        messages.success(request, _("%s has a new role and signs in again.") % user)
    return redirect("staff")


@act(right=Right.MANAGE_STAFF)
@delicate
def staff_disable(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    with _say_why_not(request):
        staff_actions.disable(actor=member_of(request), user=user, now=clock.utc_now())
        messages.success(request, _("%s is signed out everywhere and cannot come in any more.") % user)
    return redirect("staff")


@act(right=Right.MANAGE_STAFF)
@delicate
def staff_enable(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    with _say_why_not(request):
        staff_actions.enable(actor=member_of(request), user=user, now=clock.utc_now())
        messages.success(request, _("%s can sign in again.") % user)
    return redirect("staff")


@contextmanager
def _say_why_not(request: HttpRequest) -> Iterator[None]:
    """A refusal of an action as a message on the next page."""
    try:
        yield
    except staff_actions.LastOwner:
        messages.error(request, _("The last owner cannot leave or step down; make somebody else an owner first."))
    except staff_actions.AccountExists:
        messages.error(request, _("There is an account with this address already."))
    except staff_actions.NotAllowed:
        messages.error(request, _("Nobody can give or take a role that exceeds his own."))


@open_page(takes_form=True)
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation: choose name and password, and be in."""
    now = clock.utc_now()
    invitation = staff_queries.invitation_for(token, now)
    if invitation is None or not invitation.email:
        return render(request, "console/staff/join_too_late.html", status=404)
    form = PasswordForm(request.POST or None)
    form.email_for_check = invitation.email
    if form.is_valid():
        try:
            user = staff_actions.accept(token=token, now=now, language=get_language() or "", **form.cleaned_data)
        except (staff_actions.LinkIsUsed, staff_actions.AccountExists):
            return render(request, "console/staff/join_too_late.html", status=404)
        let_in(request, user)
        return redirect("home")
    context = {"form": form, "email": invitation.email, "role": ROLE_NAMES[invitation.role]}
    return render(request, "console/staff/join.html", context)


urlpatterns = [
    path("staff/", staff, name="staff"),
    path("staff/invite", staff_invite, name="staff_invite"),
    path("staff/invitation/<int:invitation_id>/revoke", invitation_revoke, name="invitation_revoke"),
    path("staff/<int:user_id>/role", staff_role, name="staff_role"),
    path("staff/<int:user_id>/disable", staff_disable, name="staff_disable"),
    path("staff/<int:user_id>/enable", staff_enable, name="staff_enable"),
    path("join/<str:token>", join, name="join"),
]
