"""The calls of the Segment shape, read and judged. Pure (peers: `/v1/track`, `/v1/identify`, `/v1/batch`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from guanxi.api.strict_json import BadPayload, Limits
from guanxi.tracking.calls import Call
from guanxi.tracking.vocabulary import canonical

CALL = Limits(octets=32 * 1024, depth=6, keys=100, items=100, characters=4096)
BATCH = Limits(octets=500 * 1024, depth=8, keys=100, items=500, characters=4096)
TYPES = ("identify", "track", "page", "group", "alias")
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
# The part of the context that says where; addresses of machines are not kept.
KEPT_CONTEXT = ("campaign", "locale", "page", "referrer", "timezone")
NAMES = {"page": "page.viewed", "identify": "Identify", "group": "Group", "alias": "Alias"}


def read_call(body: object, *, kind: str, now: datetime, sent_at: object = None, backfill: bool = False) -> Call:
    """One call of `kind`. Raises BadPayload, which names the field and the remedy."""
    if not isinstance(body, dict):
        raise BadPayload("A call must be a JSON object.")
    if kind not in TYPES:
        raise BadPayload(f"type: {kind!r} is not taken; send one of {', '.join(TYPES)}.")
    context = _mapping(body, "context")
    user, address = _user(body)
    traits = {**_mapping(context, "traits"), **_mapping(body, "traits")}
    if address:
        traits.setdefault("email", address)
    stamp = body.get("timestamp") or body.get("originalTimestamp")
    group = _text(body, "groupId", 110) or _text(context, "groupId", 110)
    if kind == "group" and not group:
        raise BadPayload("groupId: missing; say by which name you know the company.")
    return Call(
        type=kind,
        name=NAMES.get(kind) or _event_name(body),
        message_id=_text(body, "messageId", 200) or None,
        occurred_at=occurred_at(stamp, body.get("sentAt", sent_at), now=now),
        visitor_keys=_visitor_keys(body, user),
        properties=_properties(body, context, kind),
        traits=traits,
        historical=backfill or is_history(body),
        group_id=group,
        other_names=_other_names(body) if kind == "alias" else (),
        link=_text(context, "link", 400),
        zone=_zone(context),
    )


def is_history(body: Mapping[str, Any]) -> bool:
    """Whether the call is marked as history, which starts no journey (RD-13)."""
    return _flag(body, "historical_import") or _flag(body, "backfill")


def _event_name(body: Mapping[str, Any]) -> str:
    name = _text(body, "event", 80)
    if not name:
        raise BadPayload("event: missing; name what happened, such as `Product Viewed`.")
    return canonical(name)


def _user(body: Mapping[str, Any]) -> tuple[str, str]:
    """The user id, and the address when a shop uses that as an id: then only its fingerprint becomes a name."""
    user = _text(body, "userId", 110)
    if "@" not in user:
        return user, ""
    return hashlib.sha256(user.casefold().encode()).hexdigest()[:32], user


def _visitor_keys(body: Mapping[str, Any], user: str) -> tuple[str, ...]:
    anonymous = _text(body, "anonymousId", 110)
    if not user and not anonymous:
        raise BadPayload("userId: missing; send userId or anonymousId.")
    return (*((f"user:{user}",) if user else ()), *((f"anon:{anonymous}",) if anonymous else ()))


def _other_names(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The former name of an alias call, which may be of either kind."""
    former = _text(body, "previousId", 110)
    if not former:
        raise BadPayload("previousId: missing; send the name that was used before.")
    return f"user:{former}", f"anon:{former}"


def _properties(body: Mapping[str, Any], context: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """As they came; a page call says where by its name, category and the page of its context too."""
    properties = _mapping(body, "properties")
    if kind == "page":
        page = _mapping(context, "page")
        found = {name: page[name] for name in ("path", "url", "title", "referrer") if page.get(name)}
        found |= {name: body[name] for name in ("name", "category") if isinstance(body.get(name), str)}
        properties = {**found, **properties}
    kept = {name: context[name] for name in KEPT_CONTEXT if context.get(name) and (kind, name) != ("page", "page")}
    return {**properties, **({"context": kept} if kept else {})}


def _zone(context: Mapping[str, Any]) -> str:
    zone = context.get("timezone")
    return zone[:64] if isinstance(zone, str) else ""


def occurred_at(stamp: object, sent_at: object, *, now: datetime) -> datetime:
    """When it happened: `timestamp`, corrected by how wrong the sender's clock was when he sent it; else now.

    Clocks of browsers are wrong; what they call the future is taken as now.
    """
    if stamp in (None, ""):
        return now
    moment = _moment(stamp, "timestamp")
    if sent_at not in (None, ""):
        moment = now - max(_moment(sent_at, "sentAt") - moment, timedelta())
    if moment < OLDEST:
        raise BadPayload("timestamp: before 1990; send ISO 8601 or seconds since 1970.")
    return min(moment, now)


def _moment(value: object, name: str) -> datetime:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise BadPayload(f"{name}: no moment; send ISO 8601 such as 2026-03-01T09:00:00Z.") from None


def _text(body: Mapping[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise BadPayload(f"{name}: must be a text.")
    text = str(value).strip()
    if len(text) > longest:
        raise BadPayload(f"{name}: longer than {longest} characters; shorten it.")
    return text


def _mapping(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadPayload(f"{name}: must be a JSON object.")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadPayload(f"{name}: must be true or false.")
    return value
