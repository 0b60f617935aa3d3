"""Keys of machines: a Bearer token opens the records, a write key takes events in."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Callable

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from guanxi.kernel import clock
from guanxi.staff import actions as staff_actions
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import ApiToken, User
from guanxi.staff.roles import Right


class BearerToken(HttpBearer):
    """`Authorization: Bearer gx_api_…`; `request.auth` becomes the caller."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        key = live_key(token, "api")
        return caller_of(key) if key else None


def api_token_of(request: HttpRequest) -> ApiToken | None:
    """The live key of a Bearer header."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return live_key(key.strip(), "api") if scheme.lower() == "bearer" else None


def caller_of(key: ApiToken) -> User:
    """Who made the key, with the rights of the key and not his own; never saved."""
    caller = copy.copy(key.created_by)
    caller.role = key.role
    return caller


def live_key(text: str, kind: str) -> ApiToken | None:
    """The key with this text that may be used now, which is noted."""
    key = staff_queries.token_owner(text)
    if key is None or key.kind != kind:
        return None
    staff_actions.mark_token_used(token=key, now=clock.utc_now())
    return key


Find = Callable[[str, str], ApiToken | None]


def write_key_of(request: HttpRequest, find: Find = live_key) -> ApiToken | None:
    """The write key in the user name of Basic authentication; the password is not looked at (Segment's way)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "klaviyo-api-key":
        return find(encoded.strip(), "write")
    if scheme.lower() != "basic":
        return None
    try:
        name = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, ValueError):
        return None
    return find(name, "write")


def write_key_named(value: object, find: Find = live_key) -> ApiToken | None:
    """The write key in the body, where a page's script puts it: a beacon cannot send headers."""
    return find(value, "write") if isinstance(value, str) else None


def caller_with(request: HttpRequest, right: Right) -> User:
    """The caller, if his key carries `right`; else 403 before anything is written (RS-16)."""
    caller = request.auth  # type: ignore[attr-defined]
    if not isinstance(caller, User) or not caller.may(right):
        raise HttpError(403, f"This key may not do that; it needs the right `{right.value}`.")
    return caller
