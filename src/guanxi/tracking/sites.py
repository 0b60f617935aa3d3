"""The firm's own pages: which of them tell of their visitors, and with which key."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from guanxi.staff import actions as staff_actions
from guanxi.staff.models import ApiToken, User
from guanxi.staff.roles import Right
from guanxi.tracking.models import Site


class BadSite(ValueError):
    """The address is none of a shop, or is entered already."""


def origin_of(address: str) -> str:
    """`https://Shop.example/lamps` as `https://shop.example`. Raises BadSite."""
    try:
        parts = urlsplit(address.strip() if "://" in address else f"https://{address.strip()}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or not _is_host(host):
        raise BadSite(f"{address[:80]!r} is no address of a shop; write https://shop.example.")
    usual = {"https": ":443", "http": ":80"}[parts.scheme]
    return f"{parts.scheme}://{host}{'' if port == usual else port}"


def _is_host(host: str) -> bool:
    return host.isascii() and all(char.isalnum() or char in "-." for char in host)


@transaction.atomic
def add_site(*, actor: User, address: str, now: datetime, token: ApiToken | None = None) -> tuple[Site, str]:
    """A page of the firm; with a write key of its own, whose text is returned this once, or with a known one.

    Raises BadSite, staff.actions.NotAllowed.
    """
    origin, key = origin_of(address), ""
    if not actor.may(Right.MANAGE_TOKENS):
        raise staff_actions.NotAllowed
    if token is None:
        name = origin.partition("://")[2]
        token, key = staff_actions.issue_token(actor=actor, name=name[:120], kind="write", role="analyst", now=now)
    try:
        with transaction.atomic():
            site = Site.objects.create(token=token, origin=origin, created_at=now)
    except IntegrityError:
        raise BadSite(f"{origin} is entered already.") from None
    _audit(actor, "site.added", site, now)
    return site, key


@transaction.atomic
def remove_site(*, actor: User, site: Site, now: datetime) -> None:
    """Its visits are told no more; a key without any site left dies with it, since it stands in a public page."""
    if not actor.may(Right.MANAGE_TOKENS):
        raise staff_actions.NotAllowed
    token = site.token
    _audit(actor, "site.removed", site, now)
    site.delete()
    if not token.sites.exists():
        staff_actions.revoke_token(actor=actor, token=token, now=now)


def _audit(actor: User, act: str, site: Site, now: datetime) -> None:
    staff_actions.append_audit(
        actor=actor, act=act, now=now, object_kind="site", object_id=site.pk, details={"name": site.origin}
    )
