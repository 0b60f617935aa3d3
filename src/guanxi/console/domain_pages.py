"""What a sender's domain says to the servers of readers, and the record to paste where something is missing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanxi.console.access import page
from guanxi.outbox import senders
from guanxi.outbox.models import Sender
from guanxi.staff.roles import Right
from guanxi.transports import providers, smtp_url, tls_probe
from guanxi.transports.addresses import wire_address
from guanxi.transports.domain_check import check, worst
from guanxi.transports.findings import OK, UNKNOWN, WARNING, WRONG, Finding, Setting
from guanxi.transports.names import SystemResolver
from guanxi.transports.smtp_url import Server

resolver_of = SystemResolver

TITLES: dict[str, str | Promise] = {
    "spf": gettext_lazy("SPF: who may send"),
    "dkim": gettext_lazy("DKIM: the signature"),
    "dmarc": gettext_lazy("DMARC: what holds them together"),
    "return_path": gettext_lazy("Where bounces go"),
    "ptr": gettext_lazy("PTR: the name of the sending server"),
    "mx": gettext_lazy("MX: where answers go"),
    "tls": gettext_lazy("TLS: the way to the mail server"),
    "tracking": gettext_lazy("The address of links and pictures"),
}
WORDS: dict[str, str | Promise] = {
    "no_answer": gettext_lazy("The name system did not answer in time; try again."),
    "spf_good": gettext_lazy("%(domain)s names its senders, with %(lookups)s of at most %(most)s questions."),
    "spf_missing": gettext_lazy("%(domain)s does not say who may send for it."),
    "spf_twice": gettext_lazy("%(domain)s has %(count)s SPF records; only one may be there. Join them."),
    "spf_too_many": gettext_lazy(
        "Checking %(domain)s takes %(lookups)s questions; more than %(most)s make it invalid. They come from "
        "%(terms)s; take out what no longer sends, or let that part send from a name below the domain."
    ),
    "spf_not_named": gettext_lazy("The record of %(domain)s does not name %(address)s, from which %(host)s sends."),
    "spf_void": gettext_lazy("The record of %(domain)s names %(void)s things that do not exist; take them out."),
    "spf_open": gettext_lazy("The record of %(domain)s lets everybody send; end it with ~all or -all."),
    "spf_no_end": gettext_lazy("The record of %(domain)s does not say what holds for others; end it with ~all."),
    "dkim_good": gettext_lazy("%(name)s holds the public key of this sender."),
    "dkim_missing": gettext_lazy("%(name)s holds no key; signatures cannot be checked."),
    "dkim_twice": gettext_lazy("%(name)s holds %(count)s keys; only one may be there. Keep this sender's."),
    "dkim_revoked": gettext_lazy("%(name)s holds an empty key: it was revoked."),
    "dkim_other_key": gettext_lazy("%(name)s holds another key than this sender signs with."),
    "dkim_short": gettext_lazy("The key of %(name)s is shorter than %(bits)s bits."),
    "dkim_not_ours": gettext_lazy(
        "Guanxi does not sign for %(domain)s; the provider must, in the name of this domain."
    ),
    "dmarc_good": gettext_lazy("Found at %(domain)s: %(policy)s, with reports."),
    "dmarc_missing": gettext_lazy("Neither %(domain)s nor a domain above it has a DMARC record."),
    "dmarc_twice": gettext_lazy("%(domain)s has %(count)s DMARC records, so none counts; only one may be there."),
    "dmarc_watching": gettext_lazy(
        "Found at %(domain)s: it only watches. Once the reports show no strangers, ask for quarantine."
    ),
    "dmarc_no_policy": gettext_lazy("The record at %(domain)s names no policy; begin with p=none."),
    "dmarc_no_reports": gettext_lazy("Found at %(domain)s: %(policy)s, but nobody gets reports; add rua=mailto:…"),
    "dmarc_old_tags": gettext_lazy(
        "The record at %(domain)s uses %(tags)s, which the standard no longer knows (RFC 9989)."
    ),
    "return_good": gettext_lazy("Bounces go to %(domain)s, which takes mail and belongs to the sender's domain."),
    "return_none": gettext_lazy("This sender has no address of its own for bounces; they come to the sender himself."),
    "return_no_mx": gettext_lazy("%(domain)s takes no mail: bounces are lost."),
    "return_not_aligned": gettext_lazy(
        "%(domain)s does not belong to %(sender)s: SPF does not count for DMARC, DKIM must."
    ),
    "ptr_good": gettext_lazy("%(address)s is called %(name)s, and back."),
    "ptr_providers": gettext_lazy("%(host)s is a provider's; its names are the provider's business."),
    "ptr_local": gettext_lazy(
        "The mail server runs on this machine; ask whoever runs it whether the address it sends from has a name that "
        "leads back to it."
    ),
    "ptr_missing": gettext_lazy("%(address)s of %(host)s has no name; ask whoever runs the server to set one."),
    "ptr_not_confirmed": gettext_lazy("%(address)s is called %(name)s, but that name does not lead back to it."),
    "relay_unknown": gettext_lazy("%(host)s does not exist."),
    "mx_good": gettext_lazy("Answers to %(domain)s go to %(hosts)s."),
    "mx_missing": gettext_lazy("%(domain)s takes no mail: nobody can answer, and many servers refuse such senders."),
    "mx_alias": gettext_lazy("Mail of %(domain)s goes to %(host)s, which is an alias; it must be a server's own name."),
    "mx_null": gettext_lazy("%(domain)s says that it takes no mail at all (null MX)."),
    "tls_good": gettext_lazy("%(host)s is reached by TLS, with a certificate that is trusted."),
    "tls_local": gettext_lazy("%(host)s runs on this machine; the way to it leads over no network."),
    "tls_none": gettext_lazy("%(host)s offers no TLS: mails and the password go in the open."),
    "tls_bad": gettext_lazy("%(host)s shows a certificate that is not trusted: %(reason)s"),
    "tls_no_connection": gettext_lazy("%(host)s cannot be reached."),
    "tracking_good": gettext_lazy("Links and pictures come from %(host)s over https."),
    "tracking_no_https": gettext_lazy(
        "Links and pictures come from %(host)s without https; set GUANXI_PUBLIC_URL to an https address."
    ),
    "tracking_unknown": gettext_lazy("%(host)s does not exist: no link of a mail works."),
    "tracking_dangling": gettext_lazy(
        "%(host)s is an alias of %(target)s, which does not exist: no link of a mail works, and whoever takes that "
        "name takes your links."
    ),
    "tracking_chain": gettext_lazy(
        "%(host)s is reached over %(count)s aliases; each may break, and some readers' servers give up. "
        "Let it lead straight to the last."
    ),
    "tracking_elsewhere": gettext_lazy(
        "%(host)s does not belong to %(sender)s; filters look at that. A name below it is better."
    ),
}
STATE_CLASSES = {OK: "is-good", WARNING: "is-warn", WRONG: "is-bad", UNKNOWN: ""}
STATE_WORDS: dict[str, str | Promise] = {
    OK: gettext_lazy("good"),
    WARNING: gettext_lazy("look"),
    WRONG: gettext_lazy("mend"),
    UNKNOWN: gettext_lazy("not known"),
}


@page(right=Right.MANAGE_SETTINGS)
def sender_domain(request: HttpRequest, sender_id: int) -> HttpResponse:
    """Looks at the records when asked to (`?look=1`); changes nothing."""
    sender = get_object_or_404(Sender, pk=sender_id)
    context: dict[str, Any] = {"sender": sender, "domain": wire_address(sender.address).rpartition("@")[2]}
    if request.GET.get("look"):
        findings = [*check(setting_of(sender), resolver_of()), *tls_of(sender)]
        context |= {"rows": [_row(each) for each in findings], "state": worst(findings)}
    return render(request, "console/domain/page.html", context)


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "title": TITLES[finding.about],
        "words": str(WORDS[finding.code]) % finding.detail,
        "state": STATE_WORDS[finding.state],
        "state_class": STATE_CLASSES[finding.state],
        "paste": finding.paste,
    }


def setting_of(sender: Sender) -> Setting:
    """What is to be checked of this sender, by how he sends."""
    public = urlsplit(settings.PUBLIC_URL)
    server = server_of(sender)
    is_local = server is not None and server.is_local
    return Setting(
        domain=wire_address(sender.address).rpartition("@")[2],
        dkim={name.partition("._domainkey.")[0]: value for name, value in senders.records_of(sender)},
        return_domain=sender.bounces_to.rpartition("@")[2],
        relay_host=server.host if server and not is_local else "",
        relay_is_local=is_local,
        tracking_host=public.hostname or "",
        is_tracking_https=public.scheme == "https",
    )


def server_of(sender: Sender) -> Server | None:
    """The SMTP server that takes his mails; None for the drawer, for a provider's API and for odd settings."""
    try:
        if sender.transport:
            return providers.server_of(sender.transport, settings=sender.settings)
        return smtp_url.parse(settings.GUANXI_SMTP_URL) if settings.GUANXI_SMTP_URL else None
    except smtp_url.OddSmtpUrl:
        return None


def tls_of(sender: Sender) -> list[Finding]:
    server = server_of(sender)
    return [tls_probe.look(server)] if server else []


urlpatterns = [path("senders/<int:sender_id>/domain", sender_domain, name="sender_domain")]
