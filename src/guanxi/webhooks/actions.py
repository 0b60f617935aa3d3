"""What owners and admins do with endpoints: add, change, try out, send again, renew the secret, pause, remove.

Each leaves an entry in the audit trail; the secret never stands there (RS-42). Each raises staff.actions.NotAllowed for
anybody who may not manage keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from guanxi.kernel.sealed_field import Unreadable
from guanxi.ledger import queries as ledger_queries
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User
from guanxi.staff.roles import Right
from guanxi.webhooks.guard import read_target
from guanxi.webhooks.models import Delivery, Endpoint
from guanxi.webhooks.signatures import new_secret

FORMER_SECRET_LIVES = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
MOST_NAMES = 100


@transaction.atomic
def add_endpoint(
    *,
    actor: User,
    name: str,
    url: str,
    now: datetime,
    event_names: Sequence[str] = (),
    takes_history: bool = False,
    is_own_network: bool = False,
) -> tuple[Endpoint, str]:
    """An endpoint and, this once, its secret. It hears what happens from now on. Raises guard.BadTarget, NotAllowed."""
    _check(actor)
    read_target(url, own_network=is_own_network)
    secret = new_secret()
    endpoint = Endpoint.objects.create(
        name=name.strip(), url=url, event_names=_names(event_names), takes_history=takes_history,
        is_own_network=is_own_network, secret=secret, created_by=actor, created_at=now,
        history_after=ledger_queries.newest_event_id(),
    )  # fmt: skip
    _audit(actor, "webhook.added", endpoint, now, url=url)
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    *,
    actor: User,
    endpoint: Endpoint,
    name: str,
    url: str,
    now: datetime,
    event_names: Sequence[str] = (),
    takes_history: bool = False,
    is_own_network: bool = False,
) -> Endpoint:
    """Another address, name or choice of events. Raises guard.BadTarget, NotAllowed."""
    _check(actor)
    read_target(url, own_network=is_own_network)
    if takes_history and not endpoint.takes_history:
        endpoint.history_after = ledger_queries.newest_event_id()
    endpoint.name, endpoint.url, endpoint.event_names = name.strip(), url, _names(event_names)
    endpoint.takes_history, endpoint.is_own_network = takes_history, is_own_network
    endpoint.next_try_at = None
    endpoint.save()
    _audit(actor, "webhook.changed", endpoint, now, url=url)
    return endpoint


@transaction.atomic
def renew_secret(*, actor: User, endpoint: Endpoint, now: datetime) -> str:
    """The new secret, this once; the former one signs along for a day, so that the receiver can be switched."""
    _check(actor)
    secret = new_secret()
    former = endpoint.secret
    endpoint.former_secret = "" if isinstance(former, Unreadable) else former
    endpoint.former_until = now + FORMER_SECRET_LIVES
    endpoint.secret = secret
    endpoint.save(update_fields=["secret", "former_secret", "former_until"])
    _audit(actor, "webhook.secret_renewed", endpoint, now)
    return secret


@transaction.atomic
def pause(*, actor: User, endpoint: Endpoint, now: datetime) -> None:
    """What happens while it is paused is not told later; what waits already goes on when it is resumed."""
    _check(actor)
    if Endpoint.objects.filter(pk=endpoint.pk, state="active").update(state="paused", paused_because="person"):
        _audit(actor, "webhook.paused", endpoint, now)


@transaction.atomic
def resume(*, actor: User, endpoint: Endpoint, now: datetime) -> None:
    _check(actor)
    fresh = {"state": "active", "paused_because": "", "failing_since": None, "next_try_at": None}
    if Endpoint.objects.filter(pk=endpoint.pk, state="paused").update(**fresh):
        _audit(actor, "webhook.resumed", endpoint, now)


@transaction.atomic
def remove(*, actor: User, endpoint: Endpoint, now: datetime) -> None:
    """The endpoint and the record of what it was told."""
    _check(actor)
    _audit(actor, "webhook.removed", endpoint, now, url=endpoint.url)
    endpoint.delete()


@transaction.atomic
def ping(*, actor: User, endpoint: Endpoint, now: datetime) -> Delivery:
    """Tell the endpoint `webhook.ping`, at once and whatever it listens to."""
    _check(actor)
    Endpoint.objects.filter(pk=endpoint.pk).update(next_try_at=None)
    _audit(actor, "webhook.tried", endpoint, now)
    return Delivery.objects.create(
        endpoint=endpoint, webhook_id=f"ping_{secrets.token_hex(12)}", due_at=now, created_at=now,
        expires_at=now + KEPT_FOR,
    )  # fmt: skip


@transaction.atomic
def resend(*, actor: User, delivery: Delivery, now: datetime) -> None:
    """Tell it once more under the same id, also when it was given up; a telling under way is left alone."""
    _check(actor)
    again = {"state": "waiting", "due_at": now, "tries": 0, "expires_at": now + KEPT_FOR}
    if Delivery.objects.filter(pk=delivery.pk).exclude(state="sending").update(**again):
        Endpoint.objects.filter(pk=delivery.endpoint_id).update(next_try_at=None)
        _audit(actor, "webhook.resent", delivery.endpoint, now, name=delivery.webhook_id)


def forget_old(*, now: datetime) -> int:
    """Drop what was told, or given up, more than 30 days ago; returns how many rows."""
    return Delivery.objects.filter(expires_at__lt=now).delete()[0]


def _names(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.strip()[:80] for name in names if name.strip()))[:MOST_NAMES]


def _check(actor: User) -> None:
    if not actor.may(Right.MANAGE_TOKENS):
        raise staff_actions.NotAllowed


def _audit(actor: User, act: str, endpoint: Endpoint, now: datetime, **details: str) -> None:
    staff_actions.append_audit(
        actor=actor, act=act, now=now, object_kind="webhook", object_id=endpoint.pk,
        details={"name": endpoint.name} | details,
    )  # fmt: skip
