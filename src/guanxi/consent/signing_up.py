"""Signing up by a form, with the address confirmed by its owner before anything else is done with it (RL-06).

`take` does the same work whoever's address it is, so that neither its answer nor its time tells who is known
(RS-34); everything that depends on the person happens later, in `write_to_due`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from guanxi.consent import actions, erased, forgetting, queries, topics
from guanxi.consent.models import FormWording, SignUp, SignUpForm
from guanxi.consent.rules import MARKETING, PENDING
from guanxi.consent.statements import Proof, Statement
from guanxi.consent.wishes import DOUBLE_OPT_IN, REMINDER, Wish
from guanxi.kernel.fetching import unheld
from guanxi.kernel.households import household_of
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger import identity, merging, removing
from guanxi.ledger.models import Contact

VALID_FOR, REMINDED_AFTER, KEPT_FOR = timedelta(days=7), timedelta(days=3), timedelta(days=30)
PER_ADDRESS_A_DAY, PER_NETWORK_AN_HOUR = 3, 20
ANSWERED_AGAIN = timedelta(minutes=10)
OPEN_STATES = ("mailed", "reminded")
AT_ONCE = 200
# The mail to confirm greets by name, and goes to whomever a stranger likes: no advertisement of his own goes with it.
LIKE_AN_ADDRESS = re.compile(r"[/@:<>]|\w{3,}\.\w\w|\bwww\b", re.IGNORECASE)


class NotConfirmable(Exception):
    """The link was used already, or its seven days are over."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who fills in or confirms: network address and browser, and the page on which he did."""

    address: str = ""
    user_agent: str = ""
    page: str = ""


def take(
    *,
    form: SignUpForm,
    wording: FormWording,
    email: str,
    chosen: Sequence[str],
    given: Mapping[str, str],
    visitor: Visitor,
    now: datetime,
    shared_by_id: int | None = None,
) -> SignUp | None:
    """Keep what was typed into the form, to be confirmed by mail; None when too many came from there.

    `shared_by_id` is the contact whose share link led there. Raises ledger.identity.BadAddress for what is no address.
    """
    fingerprint = queries.address_key(identity.canonical_email(email))
    if _is_too_much(fingerprint, visitor.address, now):
        return None
    return SignUp.objects.create(
        form=form, wording=wording, email=email.strip(), address_key=fingerprint,
        given=_fit({name: given.get(name, "").strip()[:120] for name in form.asks}),
        topics=[key for key in form.topics if key in chosen], language=wording.language,
        form_url=visitor.page[:500], ip_address=visitor.address or None, user_agent=visitor.user_agent[:300],
        household=household_of(visitor.address),
        asked_at=now, due_at=now, valid_until=now + VALID_FOR, expires_at=now + KEPT_FOR, shared_by_id=shared_by_id,
    )  # fmt: skip


def _fit(given: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, without a name that is none."""
    return {
        field: text for field, text in given.items() if text and not (field == "name" and LIKE_AN_ADDRESS.search(text))
    }


def _is_too_much(fingerprint: str, address: str, now: datetime) -> bool:
    of_address = SignUp.objects.filter(address_key=fingerprint, asked_at__gt=now - timedelta(days=1)).count()
    household = household_of(address)
    lately = SignUp.objects.filter(asked_at__gt=now - timedelta(hours=1), household=household)
    return of_address >= PER_ADDRESS_A_DAY or (bool(household) and lately.count() >= PER_NETWORK_AN_HOUR)


@transaction.atomic
def write_to_due(*, now: datetime, limit: int = AT_ONCE) -> list[Wish]:
    """The mails that sign-ups want now: one to confirm, one reminder after three days, none after that."""
    due = SignUp.objects.filter(due_at__lte=now).order_by("due_at", "id")
    due = unheld(due)
    wishes = [_next_mail(sign_up, now) for sign_up in due.select_related("form", "wording")[:limit]]
    return [wish for wish in wishes if wish is not None]


def _next_mail(sign_up: SignUp, now: datetime) -> Wish | None:
    if sign_up.state == "asked":
        return _first_mail(sign_up, now)
    template, sign_up.due_at = REMINDER, None
    is_wanted = sign_up.state == "mailed" and now < sign_up.valid_until
    sign_up.state = "reminded" if is_wanted else sign_up.state
    sign_up.save(update_fields=["state", "due_at"])
    return _wish(sign_up, template) if is_wanted else None


def _first_mail(sign_up: SignUp, now: datetime) -> Wish | None:
    """The contact is looked up, or made, only here. Whoever was written to for it already gets no second mail, and
    confirms the topics which that mail names.
    """
    waiting = SignUp.objects.filter(
        address_key=sign_up.address_key, state__in=OPEN_STATES, valid_until__gt=now
    )  # fmt: skip
    if waiting.exists():
        sign_up.state, sign_up.due_at = "double", None
        sign_up.save(update_fields=["state", "due_at"])
        return None
    sign_up.contact = _contact_of(sign_up, now)
    sign_up.state, sign_up.due_at = "mailed", now + REMINDED_AFTER
    sign_up.save()
    return _wish(sign_up, DOUBLE_OPT_IN)


def _contact_of(sign_up: SignUp, now: datetime) -> Contact:
    known = Contact.objects.filter(email_key=identity.canonical_email(sign_up.email)).first()
    if known is not None:
        return known
    name, company = sign_up.given.get("name", ""), sign_up.given.get("company", "")
    customer = ledger_actions.create_customer(
        name=company or name or sign_up.email, kind="b2b" if company else "unknown", now=now, source="sign_up"
    )
    contact = ledger_actions.create_contact(
        customer=customer, email=sign_up.email, full_name=name, language=sign_up.language, now=now, source="sign_up"
    )
    sign_up.made_contact = True
    statement = Statement(
        contact_id=contact.pk, customer_id=customer.pk, purpose=MARKETING, obtained_at=now, proof=_proof(sign_up),
        state=PENDING,
    )  # fmt: skip
    actions.record(statement=statement, now=now)
    return contact


def _wish(sign_up: SignUp, template: str) -> Wish:
    assert sign_up.contact_id is not None
    return Wish(
        contact_id=sign_up.contact_id, template_key=template, subject_id=sign_up.pk,
        key=f"sign-up:{sign_up.pk}:{template}", expires_at=sign_up.valid_until, asked_at=sign_up.asked_at,
        topics=tuple(sign_up.topics),
    )  # fmt: skip


def waiting_sign_up(sign_up_id: int, *, now: datetime) -> SignUp | None:
    """The sign-up that this link can still confirm: not used, not older than seven days."""
    found = SignUp.objects.select_related("contact__customer", "form", "wording")
    return found.filter(pk=sign_up_id, state__in=OPEN_STATES, valid_until__gt=now, contact__isnull=False).first()


def just_confirmed(sign_up_id: int, *, now: datetime) -> SignUp | None:
    """The sign-up that this link confirmed a moment ago: a button is often pressed twice."""
    lately = SignUp.objects.filter(state="confirmed", confirmed_at__gt=now - ANSWERED_AGAIN, contact__isnull=False)
    return lately.select_related("contact__customer", "form").filter(pk=sign_up_id).first()


@transaction.atomic
def confirm(
    *, sign_up_id: int, visitor: Visitor, now: datetime, mail_id: str = "", mail_sent_at: datetime | None = None
) -> SignUp:
    """The owner of the address said yes by pressing the button; once. Raises NotConfirmable."""
    taken = SignUp.objects.filter(pk=sign_up_id, state__in=OPEN_STATES, valid_until__gt=now, contact__isnull=False)
    if not taken.update(state="confirmed", confirmed_at=now, due_at=None):
        raise NotConfirmable
    found = SignUp.objects.select_related("contact__customer", "form", "wording")
    sign_up = found.get(pk=sign_up_id)
    contact = sign_up.contact
    assert contact is not None
    proof = _proof(
        sign_up, confirmation_mail_id=mail_id, confirmation_sent_at=mail_sent_at, confirmed_at=now,
        confirm_ip=visitor.address or None,
    )  # fmt: skip
    erased.readmit(address_key=sign_up.address_key)
    actions.grant(contact=contact, purpose=MARKETING, proof=proof, now=now)
    if sign_up.topics:
        _choose(sign_up, contact, proof, now)
    if sign_up.form.tag:
        tags = [*contact.customer.tags, sign_up.form.tag]
        ledger_actions.set_tags(customer=contact.customer, tags=tags, now=now)
    properties: dict[str, Any] = {"topics": sign_up.topics}
    if colleague := Contact.objects.select_related("customer").filter(pk=sign_up.shared_by_id or 0).first():
        properties["shared_by"] = colleague.pk
        _link_colleagues(sign_up, contact, colleague, now)
    ledger_actions.record_event(
        name="contact.registered", occurred_at=now, now=now, source="sign_up", contact=contact,
        object_kind="form", object_id=sign_up.form.key, properties=properties,
    )  # fmt: skip
    return sign_up


def _link_colleagues(sign_up: SignUp, contact: Contact, colleague: Contact, now: datetime) -> None:
    """One company for both, when the form made the contact and his address is of the colleague's company (J-11.2).

    Anybody may come by a link that was passed on; the address, which he has confirmed, shows where he belongs.
    """
    ours, theirs = (identity.firm_domain(each.email_key or "") for each in (contact, colleague))
    if not sign_up.made_contact or not ours or ours != theirs:
        return
    if contact.customer_id != colleague.customer_id:
        merging.merge_customers(
            kept=colleague.customer, gone=contact.customer, now=now, user=None, reason="signed up by a colleague's link"
        )
        contact.refresh_from_db()


def _choose(sign_up: SignUp, contact: Contact, proof: Proof, now: datetime) -> None:
    """Of the form's topics those ticked; what the form does not name stays as it was, all of it when none is ticked."""
    declined = queries.choices_of([contact.pk])[contact.pk].declined_topics
    others = {topic.key for topic in queries.topics()} - set(sign_up.form.topics) - declined
    topics.choose_topics(contact=contact, wanted=others | set(sign_up.topics), proof=proof, now=now, wordings={})


def _proof(sign_up: SignUp, **confirmation: Any) -> Proof:
    contact = sign_up.contact
    country = (contact.country or contact.customer.country) if contact else ""
    return Proof(
        method="double_opt_in", source=f"form {sign_up.form.key}", wording=sign_up.wording.wording,
        wording_language=sign_up.language, jurisdiction=country, evidence={"form": sign_up.form.key},
        ip_address=sign_up.ip_address, user_agent=sign_up.user_agent, form_url=sign_up.form_url,
        form_version=sign_up.wording.version, **confirmation,
    )  # fmt: skip


@transaction.atomic
def forget_unconfirmed(*, now: datetime) -> int:
    """Delete sign-ups after 30 days, with the contact whom one of them made and nobody confirmed; returns how many."""
    over = SignUp.objects.filter(expires_at__lte=now)
    count = over.count()
    made = over.filter(made_contact=True, contact__isnull=False).exclude(state="confirmed")
    unused = {contact_id for contact_id in made.values_list("contact_id", flat=True) if contact_id}
    confirmed = SignUp.objects.filter(contact_id__in=unused, state="confirmed").values_list("contact_id", flat=True)
    alone = removing.strangers(unused.difference(confirmed))
    forgetting.forget(contact_ids=alone)
    over.delete()
    removing.remove_strangers(contact_ids=alone)
    return count
