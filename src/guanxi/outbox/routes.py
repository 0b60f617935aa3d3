"""Which way out each mail takes: senders, the transports they use, and what of theirs may go now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from guanxi.kernel.questions import Search
from guanxi.outbox import tallies
from guanxi.outbox.models import Rest, Sender
from guanxi.transports.mailbox_rules import OTHER, domains_of, providers

if TYPE_CHECKING:
    from guanxi.transports.base import Transport

KINDS = ("transactional", "service", "marketing")
ALL_KNOWN = frozenset(domain for each in providers().values() for domain in each.domains)


def all_senders() -> list[Sender]:
    """Every sender, the default first."""
    return _senders()


@Search
def _senders() -> QuerySet[Sender]:
    return Sender.objects.order_by("-is_default", "id")


def choose_sender(senders: Sequence[Sender], kind: str) -> Sender | None:
    """Whose mail it is when it names nobody; `senders` come with the default first. A kind may have its own (RP-34)."""
    own = [each for each in senders if kind and each.stream == kind]
    found = own or [each for each in senders if not each.stream] or list(senders)
    return found[0] if found else None


def mails_of(sender_ids: Collection[int], senders: Sequence[Sender] | None = None) -> Q:
    """The messages that these senders write, named or by default."""
    everybody = all_senders() if senders is None else senders
    kinds = [kind for kind in KINDS if (chosen := choose_sender(everybody, kind)) and chosen.pk in sender_ids]
    return Q(sender_id__in=sender_ids) | Q(sender__isnull=True, kind__in=kinds)


@dataclass
class Route:
    """A transport and the senders who use it; `everybody` is the list the default is chosen from."""

    transport: Transport
    senders: list[Sender]
    everybody: Sequence[Sender] = field(default_factory=list)

    @property
    def sender_ids(self) -> list[int]:
        return [each.pk for each in self.senders]

    def mails(self, now: datetime) -> Q:
        """What may be claimed for it now: its senders' mails, but for domains that rest (RP-19)."""
        is_all = len(self.senders) == len(self.everybody)
        wanted = Q() if is_all else mails_of(self.sender_ids, self.everybody)
        for rest in Rest.objects.filter(sender_id__in=self.sender_ids, until_at__gt=now):
            resting = Q() if is_all and len(self.senders) == 1 else mails_of([rest.sender_id], self.everybody)
            if rest.domain:
                resting &= Q(domain=rest.domain)
            wanted &= ~resting if resting else Q(pk__in=[])
        for sender_id, allowance in tallies.allowances(self.senders, now).items():
            wanted &= self._within(sender_id, allowance, is_only=is_all and len(self.senders) == 1)
        return wanted

    def _within(self, sender_id: int, allowance: tallies.Allowance, *, is_only: bool) -> Q:
        """Without what the sender may not hand over now (RP-35)."""
        own = Q() if is_only else mails_of([sender_id], self.everybody)
        if allowance.mails == 0:
            return ~own if own else Q(pk__in=[])
        spent = [group for group, left in allowance.per_group.items() if left <= 0]
        wanted = Q()
        for group in spent:
            known = Q(domain__in=ALL_KNOWN) if group == OTHER else Q(domain__in=domains_of(group))
            within = ~known if group == OTHER else known
            wanted &= ~(own & within) if own else ~within
        return wanted
