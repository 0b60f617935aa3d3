"""Sign-in by django-allauth, in our templates and by our rules: no public sign-up, addresses only from PUBLIC_URL.

allauth's views are mounted one by one in `urlpatterns`, so that an address it adds later is not open by accident;
what each needs stands in access.ALLAUTH.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.mail import EmailMessage
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, re_path, reverse

from guanxi.console.access import open_page
from guanxi.kernel import clock
from guanxi.staff import actions as staff_actions
from guanxi.staff import second_factors
from guanxi.staff.models import User

FRESH_SECONDS = 600
FACTOR_ACTS = {
    authenticator_added: "staff.factor_added",
    authenticator_removed: "staff.factor_removed",
    authenticator_reset: "staff.codes_renewed",
}
MAILS = {
    "account/email/password_reset_key": "console/mail/password_reset",
}


class ConsoleAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's questions, answered for a console in which accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        try:
            staff_actions.change_password(user=user, password=password, now=clock.utc_now())
        except staff_actions.LinkIsUsed:
            raise ImmediateHttpResponse(redirect("account_reset_password")) from None

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Before a delicate act the password is asked for again, unless that was less than ten minutes ago (RE-20)."""
        records = get_authentication_records(self.request, self.request.user)
        return not records or clock.utc_now().timestamp() - records[-1]["at"] > FRESH_SECONDS

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        staff_actions.append_audit(actor=user, act="staff.signed_in", now=clock.utc_now())
        answer: HttpResponse = super().post_login(request, user, **facts)
        return answer

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        address: str = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.PUBLIC_URL + address  # never from the Host header (RS-36)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        name = MAILS[template_prefix]
        subject = " ".join(render_to_string(f"{name}_subject.txt", context).split())
        text = render_to_string(f"{name}.txt", context)
        return EmailMessage(subject, text, to=[email] if isinstance(email, str) else email, headers=headers)


class ConsoleMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors are kept sealed (ASVS 6.5, 11.3)."""

    def encrypt(self, text: str) -> str:
        return second_factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factors.unseal(encrypted_text)


def let_in(request: HttpRequest, user: User) -> None:
    """Sign a new member in who has just chosen his password."""
    get_adapter(request).login(request, user)


def second_factor_changed(signal: Signal, request: HttpRequest, user: User, **_facts: Any) -> None:
    """The sessions elsewhere end, this one stays; allauth offers no other hook than its signals."""
    staff_actions.note_second_factor(user=user, act=FACTOR_ACTS[signal], now=clock.utc_now())
    update_session_auth_hash(request, user)


def listen() -> None:
    """Called once by apps.py."""
    for signal in FACTOR_ACTS:
        signal.connect(second_factor_changed, dispatch_uid="guanxi.second_factor")


@open_page()
def by_invitation(request: HttpRequest) -> HttpResponse:
    """Where a sign-up page would be; allauth's sign-in page wants its address to exist."""
    return render(request, "console/account/by_invitation.html")


def in_our_look(view: Any, template: str, **options: Any) -> Any:
    return view.as_view(template_name=f"console/account/{template}.html", **options)


urlpatterns = [
    path("account/login/", in_our_look(account.LoginView, "sign_in"), name="account_login"),
    path("account/logout/", in_our_look(account.LogoutView, "sign_out"), name="account_logout"),
    path("account/inactive/", in_our_look(account.AccountInactiveView, "inactive"), name="account_inactive"),
    path("account/signup/", by_invitation, name="account_signup"),
    path(
        "account/reauthenticate/",
        in_our_look(account.ReauthenticateView, "confirm_password"),
        name="account_reauthenticate",
    ),
    path(
        "account/password/change/",
        in_our_look(account.PasswordChangeView, "change_password"),
        name="account_change_password",
    ),
    path(
        "account/password/reset/",
        in_our_look(account.PasswordResetView, "reset_password"),
        name="account_reset_password",
    ),
    path(
        "account/password/reset/done/",
        in_our_look(account.PasswordResetDoneView, "reset_password_done"),
        name="account_reset_password_done",
    ),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        in_our_look(account.PasswordResetFromKeyView, "choose_password"),
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        in_our_look(account.PasswordResetFromKeyDoneView, "choose_password_done"),
        name="account_reset_password_from_key_done",
    ),
    path("account/2fa/", in_our_look(mfa.IndexView, "second_factor"), name="mfa_index"),
    path("account/2fa/authenticate/", in_our_look(mfa.AuthenticateView, "enter_code"), name="mfa_authenticate"),
    path("account/2fa/reauthenticate/", in_our_look(mfa.ReauthenticateView, "confirm_code"), name="mfa_reauthenticate"),
    path("account/2fa/totp/activate/", in_our_look(totp.ActivateTOTPView, "activate_totp"), name="mfa_activate_totp"),
    path(
        "account/2fa/totp/deactivate/",
        in_our_look(totp.DeactivateTOTPView, "deactivate_totp"),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/2fa/recovery-codes/",
        in_our_look(recovery_codes.ViewRecoveryCodesView, "recovery_codes"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/2fa/recovery-codes/generate/",
        in_our_look(recovery_codes.GenerateRecoveryCodesView, "new_recovery_codes"),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/2fa/recovery-codes/download/",
        recovery_codes.DownloadRecoveryCodesView.as_view(),
        name="mfa_download_recovery_codes",
    ),
]
