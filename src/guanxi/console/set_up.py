"""The first visit: a one-time link leads through owner account, firm, sender and a test mail, then closes for ever.

`guanxi serve` on an empty workspace prints `one_time_link`. Whoever holds it makes the owner's account; the further
steps are open to owners and administrators, and once the last one is done all of them answer 404 (RS-43).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.console import staff_mail
from guanxi.console.access import member_of, open_page, page
from guanxi.console.firm_forms import FirmForm, FirstOwnerForm, SenderForm
from guanxi.console.sign_in import let_in
from guanxi.firm import actions as firm_actions
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox import facts as outbox_facts
from guanxi.staff import actions as staff_actions
from guanxi.staff import queries as staff_queries
from guanxi.staff.roles import Right
from guanxi.transports.base import ACCEPTED


def one_time_link(now: datetime) -> str | None:
    """The address to print in the terminal, or None when there is an account already; earlier links die."""
    token = staff_actions.open_set_up(now=now)
    return None if token is None else settings.PUBLIC_URL + reverse("set_up_owner", args=[token])


def until_done(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 once the firm is set up."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if firm_queries.the_firm().set_up_at:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@open_page(before_set_up=True)
@until_done
def set_up(request: HttpRequest) -> HttpResponse:
    """Where every page leads until the firm is set up: the next step, or a word about the link."""
    if not request.user.is_authenticated:
        context = {"has_owner": not staff_queries.is_empty()}
        return render(request, "console/set_up/waiting.html", context)
    if not firm_queries.the_firm().name:
        return redirect("set_up_firm")
    return redirect("set_up_finish" if outbox_facts.default_sender() else "set_up_sender")


@open_page(takes_form=True, before_set_up=True)
@until_done
def set_up_owner(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.utc_now()
    invitation = staff_queries.invitation_for(token, now)
    if invitation is None or invitation.email or not staff_queries.is_empty():
        return render(request, "console/set_up/link_is_used.html", status=404)
    form = FirstOwnerForm(request.POST or None)
    if form.is_valid():
        language = get_language() or ""
        try:
            user = staff_actions.accept(token=token, now=now, language=language, **form.cleaned_data)
        except staff_actions.LinkIsUsed:
            return render(request, "console/set_up/link_is_used.html", status=404)
        let_in(request, user)
        return redirect("set_up_firm")
    return render(request, "console/set_up/owner.html", {"form": form, "step": 1})


@page(right=Right.MANAGE_SETTINGS, post=Right.MANAGE_SETTINGS, before_set_up=True)
@until_done
def set_up_firm(request: HttpRequest) -> HttpResponse:
    firm = firm_queries.the_firm()
    initial = FirmForm.of(firm) | {"country": firm.country or "CN"}
    if not firm.name:
        initial["language"] = get_language() or firm.language
    form = FirmForm(request.POST or None, initial=initial)
    if form.is_valid():
        form.write(now=clock.utc_now())
        return redirect("set_up_sender")
    return render(request, "console/set_up/firm.html", {"form": form, "step": 2})


@page(right=Right.MANAGE_SETTINGS, post=Right.MANAGE_SETTINGS, before_set_up=True)
@until_done
def set_up_sender(request: HttpRequest) -> HttpResponse:
    sender = outbox_facts.default_sender()
    initial = SenderForm.of(sender) or {"name": firm_queries.the_firm().name}
    form = SenderForm(request.POST or None, initial=initial)
    if form.is_valid():
        outbox_actions.set_sender(**form.cleaned_data)
        return redirect("set_up_finish")
    return render(request, "console/set_up/sender.html", {"form": form, "step": 3})


@page(right=Right.MANAGE_SETTINGS, post=Right.MANAGE_SETTINGS, before_set_up=True)
@until_done
def set_up_finish(request: HttpRequest) -> HttpResponse:
    """Two buttons: `test` sends a mail to oneself as often as needed, `finish` closes these pages."""
    if request.POST.get("do") == "test":
        send_test_mail(request)
        return redirect("set_up_finish")
    if request.POST.get("do") == "finish":
        firm_actions.finish_set_up(now=clock.utc_now())
        messages.success(request, _("Everything is ready. Begin with an import of your customers and orders."))
        return redirect("home")
    context = {"step": 4, "sender": outbox_facts.default_sender(), "has_mail_server": bool(settings.GUANXI_SMTP_URL)}
    return render(request, "console/set_up/finish.html", context)


def send_test_mail(request: HttpRequest) -> None:
    """A mail to whoever pressed the button; the answer of the mail server becomes the message on the page."""
    member = member_of(request)
    text = render_to_string("console/mail/test.txt", {"member": member, "firm": firm_queries.the_firm()})
    receipts = staff_mail.send(EmailMessage(_("A test mail from Guanxi"), text, to=[member.email]))
    refused = [receipt.reply for receipt in receipts if receipt.outcome != ACCEPTED]
    if refused:
        messages.error(request, _("The mail server did not take it: %(reply)s") % {"reply": refused[0]})
    elif settings.GUANXI_SMTP_URL:
        messages.success(request, _("The mail server took it. Look into the mailbox of %s.") % member.email)
    else:
        messages.success(request, _("No mail server is set, so it lies in the drawer."))


urlpatterns = [
    path("set-up/", set_up, name="set_up"),
    path("set-up/firm", set_up_firm, name="set_up_firm"),
    path("set-up/sender", set_up_sender, name="set_up_sender"),
    path("set-up/finish", set_up_finish, name="set_up_finish"),
    path("set-up/<str:token>", set_up_owner, name="set_up_owner"),
]
