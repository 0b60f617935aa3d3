"""The ways out: one transport for all senders who use the installation's, one for each who has his own."""

from __future__ import annotations

import logging
from datetime import datetime

from guanxi import transports
from guanxi.kernel.sealed_field import readable
from guanxi.kernel.sealing import BrokenSeal
from guanxi.outbox import streams
from guanxi.outbox.letters import signers_of
from guanxi.outbox.models import Sender
from guanxi.outbox.routes import Route, all_senders
from guanxi.transports.base import Transport
from guanxi.transports.smtp_url import OddSmtpUrl

__all__ = ["routes", "signers_of", "transport_of"]

logger = logging.getLogger(__name__)


def routes(given: Transport | None, *, now: datetime) -> list[Route]:
    """Every way that mail may take now; all of it by `given` when there is one.

    A sender whose settings cannot be used is stopped, with the reason on his page; the others go on. Raises
    OddSmtpUrl for the installation's own setting.
    """
    everybody = all_senders()
    common = [each for each in everybody if not each.transport]
    if given is not None:
        return [Route(given, everybody, everybody)]
    found = [Route(transports.chosen(), common, everybody)] if common or not everybody else []
    own = ((sender, _own_way(sender, now)) for sender in everybody if sender.transport)
    return found + [Route(way, [sender], everybody) for sender, way in own if way]


def _own_way(sender: Sender, now: datetime) -> Transport | None:
    try:
        return transport_of(sender)
    except (OddSmtpUrl, BrokenSeal) as error:
        streams.pause(
            sender_id=sender.pk, reason="settings", detail=str(error) or "The password cannot be read.", now=now
        )
        return None


def transport_of(sender: Sender) -> Transport:
    """A new transport by the sender's settings; the caller closes it. Raises OddSmtpUrl."""
    if not sender.transport:
        return transports.chosen()
    return transports.of(sender.transport, settings=sender.settings, secret=readable(sender.secret))
