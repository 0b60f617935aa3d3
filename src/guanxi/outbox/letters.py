"""From a message to the bytes that leave the house: language, greeting, links, MIME."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from secrets import token_hex
from typing import Any, NamedTuple

from guanxi.content import render as content_render
from guanxi.content.dialect import BadLetter
from guanxi.content.models import Letter
from guanxi.content.occasion import Occasion
from guanxi.content.placeholders import NotPlain
from guanxi.content.render import MissingValues, Rendered
from guanxi.culture.profiles import profile_of
from guanxi.firm.models import Firm
from guanxi.kernel.sealed_field import readable
from guanxi.kernel.sealing import BrokenSeal
from guanxi.outbox import addresses, elsewhere, filling
from guanxi.outbox.facts import Desk
from guanxi.outbox.letterbook import country_of
from guanxi.outbox.models import Frozen, Message, Sender
from guanxi.outbox.pixel import before_end, pixel, trap
from guanxi.outbox.return_path import return_path, unsubscribe_mailbox, unsubscribe_subject
from guanxi.transports.addresses import BadAddress, domain_of, wire_address
from guanxi.transports.base import Envelope
from guanxi.transports.compose import BadHeader, Mail, Mailbox, compose
from guanxi.transports.dkim import BadKey, Signer, sign

UNWRITABLE = (BadLetter, MissingValues, NotPlain, BadAddress, BadHeader, BadKey, BrokenSeal)

LINKS: dict[str, Callable[[Message], str]] = {
    "unsubscribe": lambda message: addresses.unsubscribe_address(message.id),
    "preferences": lambda message: addresses.preferences_address(message.contact_id, message.id),
    "share": lambda message: addresses.share_address(message.id),
    "browser": lambda message: addresses.browser_address(message.id),
}

# The groups of values that each reader has of his own.
OWN = frozenset({"customer", "reader", "links", "manager", "permission", "recommended"})
OF_THE_FIRM = ("name", "postal_address", "website")

# Letters that ask for a permission or tell of data follow nobody (RL-06).
UNWATCHED = frozenset({"consent"})


class CannotWrite(Exception):
    """The letter cannot be written for this reader; the sentence says what it lacks."""


class OnRecord(NamedTuple):
    """What is known of a written letter when its bytes are gone. `subject` and `links` as they left."""

    message_id: str
    body_hash: str
    language: str
    version: int | None
    subject: str
    links: Sequence[str]


class Prepared(NamedTuple):
    """A message ready to be handed over, with what must be on record before (RD-03).

    The envelope is None where another process has written it and keeps it until it is handed over.
    """

    message: Message
    envelope: Envelope | None
    record: OnRecord
    has_new_values: bool = False
    is_frozen: bool = False


def signers_of(sender: Sender) -> list[Signer]:
    """Who signs its mails, in the name of its own domain; nobody without a key (RP-12)."""
    pairs = ((sender.dkim_selector, sender.dkim_key), (sender.dkim_ed25519_selector, sender.dkim_ed25519_key))
    domain = domain_of(sender.address)
    return [Signer(domain, selector, readable(key)) for selector, key in pairs if selector and key]


class Writer:
    """Writes the letters of one batch."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        # A sealed key is opened once for all of them.
        self._signers_of = cache(signers_of)
        # Readers who are offered the same hold one and the same object, which is told and written down once.
        self._links: dict[tuple[str, ...], tuple[str, ...]] = {}

    def prepare(self, message: Message) -> Prepared:
        """The envelope for `message`; raises CannotWrite."""
        letter, sender = self.desk.book.letter_for(message), self.desk.sender_of(message)
        if letter is None or sender is None:
            raise CannotWrite(
                "The template has no published letter." if letter is None else "Nobody is set up to send."
            )
        if frozen := self.desk.frozen.get(message.pk):
            return _as_it_was(message, frozen)
        known = message.values
        message.values = filling.with_recommended(message, letter, now=self.desk.now)
        try:
            rendered = render_for(
                message, letter, firm=self.desk.firm, sender=sender, basis=self.desk.basis_of(message),
                occasion=self._occasion_of(message, known, sender), links=(links := links_of(message, letter)),
            )  # fmt: skip
            mail = self._mail(message, letter.language, rendered, sender, links.get("unsubscribe", ""))
            envelope = Envelope(
                mail_from=wire_address(
                    return_path(message, domain=sender.bounces_to) if sender.bounces_to else sender.address
                ),
                rcpt_to=wire_address(message.contact.email),
                message=sign(compose(mail), signers=self._signers_of(sender), at=self.desk.now),
                message_id=mail.message_id,
                at=self.desk.now,
                needs_smtputf8=mail.needs_smtputf8,
            )
        except UNWRITABLE as error:
            raise CannotWrite(str(error)) from error
        record = OnRecord(
            envelope.message_id, _hash_of(envelope), letter.language, letter.version, rendered.subject,
            self._links.setdefault(rendered.link_urls, rendered.link_urls),
        )  # fmt: skip
        return Prepared(message, envelope, record, has_new_values=message.values is not known)

    def _occasion_of(self, message: Message, values: Mapping[str, Any], sender: Sender) -> Occasion | None:
        firm = self.desk.firm
        told = *_told_of(firm), _sender_name(message, firm, sender)
        return self.desk.book.occasion_of(values, told, lambda: _shared(values, firm, told[-1]))

    def _mail(self, message: Message, language: str, rendered: Rendered, sender: Sender, way_out: str) -> Mail:
        is_watched = message.origin_kind not in UNWATCHED
        urls = rendered.link_urls if is_watched else ()
        targets = dict(zip(urls, addresses.click_addresses(message.id, len(urls)), strict=True))
        unseen = []
        if is_watched and message.kind != "transactional" and self.desk.may_track(message.contact_id):
            unseen.append(pixel(addresses.open_address(message.id)))
        if targets:
            unseen += trap(addresses.trap_address(message.id))
        person = person_of(message)
        reply_to = person.get("reply_to") or sender.reply_to
        is_list_mail = message.kind != "transactional"
        unsubscribe_mailto, list_id = _other_way_out(message, sender) if is_list_mail else ("", "")
        return Mail(
            sender=Mailbox(sender.address, person.get("name") or sender.name),
            recipient=Mailbox(message.contact.email, str(message.contact)),
            reply_to=Mailbox(reply_to) if reply_to else None,
            subject=rendered.subject,
            text=rendered.text_parts,
            html=before_end(content_render.leading(rendered, targets), *unseen),
            message_id=message.rfc_message_id or _new_message_id(wire_address(sender.address)),
            date=self.desk.now,
            language=language,
            unsubscribe_url=(way_out or addresses.unsubscribe_address(message.id)) if is_list_mail else "",
            unsubscribe_mailto=unsubscribe_mailto,
            list_id=list_id,
        )


def _as_it_was(message: Message, frozen: Frozen) -> Prepared:
    """The very bytes of the earlier hand-over."""
    envelope = Envelope(
        frozen.mail_from, frozen.rcpt_to, bytes(frozen.body), message.rfc_message_id, frozen.frozen_at,
        frozen.needs_smtputf8,
    )  # fmt: skip
    record = OnRecord(
        envelope.message_id, _hash_of(envelope), message.language, message.version, message.subject, message.links
    )
    return Prepared(message, envelope, record, is_frozen=True)


def _hash_of(envelope: Envelope) -> str:
    return hashlib.sha256(envelope.message).hexdigest()


def _other_way_out(message: Message, sender: Sender) -> tuple[str, str]:
    """Out of a list mail by another mail, and the name of its stream (RP-01, RP-05)."""
    if sender.bounces_to:
        mailto = f"mailto:{unsubscribe_mailbox(message, domain=sender.bounces_to)}?subject=unsubscribe"
    else:
        mailto = f"mailto:{wire_address(sender.reply_to or sender.address)}?subject={unsubscribe_subject(message)}"
    stream = f"{message.kind}.{wire_address(sender.address).rpartition('@')[2]}"
    return mailto, stream


def person_of(message: Message) -> dict[str, str]:
    """`name` and `reply_to` of the member of staff who wrote this very mail; empty for any other."""
    return dict(message.values.get("personal", {})) if message.origin_kind == "person" else {}


def render_for(
    message: Message,
    letter: Letter,
    *,
    firm: Firm,
    sender: Sender | None,
    basis: str = "",
    occasion: Occasion | None = None,
    links: Mapping[str, str] | None = None,
) -> Rendered:
    """The letter for its reader, with plain links; raises what content.render raises.

    `basis` is what the mail rests on, so that its foot tells the reader the true reason (G-14). `occasion` is what
    the message has in common with others of the batch. `links` stand in place of the reader's own, which act for him
    whoever follows them.
    """
    contact = message.contact
    profile = profile_of(country_of(contact), firm.culture)
    shared = occasion.values if occasion else _shared(message.values, firm, _sender_name(message, firm, sender))
    values = {
        **message.values,
        **shared,
        **filling.of_reader(message, letter.language, profile),
        **filling.of_manager(contact.customer, letter),
        "links": links_of(message, letter) if links is None else links,
        "permission": {"basis": basis},
    }
    return content_render.render(
        letter=letter,
        values=values,
        subject_prefix=profile.law.subject_prefix if message.kind == "marketing" else "",
        occasion=occasion,
    )


def _shared(values: Mapping[str, Any], firm: Firm, name: str) -> dict[str, Any]:
    """What every reader of the same values and sender is told."""
    return {group: value for group, value in values.items() if group not in OWN} | {
        "firm": dict(zip(OF_THE_FIRM, _told_of(firm), strict=True)),
        "sender": {"name": name},
    }


def _told_of(firm: Firm) -> tuple[str, str, str]:
    return firm.name, firm.postal_address, firm.website


def _sender_name(message: Message, firm: Firm, sender: Sender | None) -> str:
    return person_of(message).get("name") or (sender.name if sender else "") or firm.name


def links_of(message: Message, letter: Letter) -> dict[str, str]:
    """The reader's own pages that the letter names."""
    if elsewhere.is_for_stranger(message.values):
        return {}
    return {name: LINKS[name](message) for name in _links_in(content_render.used_names(letter))}


@lru_cache(maxsize=1024)
def _links_in(used: frozenset[str]) -> list[str]:
    return [name for name in LINKS if f"links.{name}" in used]


def _new_message_id(sender_address: str) -> str:
    return f"<{token_hex(16)}@{sender_address.rpartition('@')[2]}>"
