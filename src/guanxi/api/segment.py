"""The calls of the Segment shape, read and judged. Pure (peers: `/v1/track`, `/v1/identify`, `/v1/batch`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from guanxi.api.strict_json import BadPayload, Limits

CALL = Limits(octets=32 * 1024, depth=6, keys=100, items=100, characters=4096)
BATCH = Limits(octets=500 * 1024, depth=8, keys=100, items=500, characters=4096)
TYPES = ("identify", "track", "page", "group", "alias")
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks of browsers are wrong; what they call the future is taken as now.
KEPT_CONTEXT = ("campaign", "locale", "page", "referrer", "timezone")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, complete. `visitor_keys` name the sender: his own user id first, then the anonymous one."""

    type: str
    name: str
    message_id: str | None
    occurred_at: datetime
    visitor_keys: tuple[str, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    historical: bool = False


def read_call(body: object, *, kind: str, now: datetime, sent_at: object = None) -> Call:
    """One call of `kind`. Raises BadPayload, which names the field and the remedy."""
    if not isinstance(body, dict):
        raise BadPayload("A call must be a JSON object.")
    if kind not in TYPES:
        raise BadPayload(f"type: {kind!r} is not taken; send one of {', '.join(TYPES)}.")
    traits = _mapping(body, "traits")
    context = _mapping(body, "context")
    return Call(
        type=kind,
        name=_name(body, kind),
        message_id=_text(body, "messageId", 200) or None,
        occurred_at=occurred_at(body.get("timestamp"), body.get("sentAt", sent_at), now=now),
        visitor_keys=_visitor_keys(body),
        properties=_properties(body, context, traits if kind in ("identify", "group") else {}),
        traits=traits or _mapping(context, "traits"),
        historical=_flag(body, "historical_import") or _flag(body, "backfill"),
    )


def _name(body: Mapping[str, Any], kind: str) -> str:
    """Foreign names begin with a capital, so that nobody writes our own (`consent.granted`) from outside."""
    if kind == "page":
        return "page.viewed"
    if kind != "track":
        return {"identify": "Identify", "group": "Group", "alias": "Alias"}[kind]
    name = _text(body, "event", 80)
    if not name:
        raise BadPayload("event: missing; name what happened, such as `Product Viewed`.")
    return (
        name if name[:1].isupper() else f"{name[:1].upper()}{name[1:]}" if name[:1].isalpha() else f"Event {name}"[:80]
    )


def _visitor_keys(body: Mapping[str, Any]) -> tuple[str, ...]:
    user, anonymous = _text(body, "userId", 110), _text(body, "anonymousId", 110)
    if not user and not anonymous:
        raise BadPayload("userId: missing; send userId or anonymousId.")
    return (*((f"user:{user}",) if user else ()), *((f"anon:{anonymous}",) if anonymous else ()))


def _properties(
    body: Mapping[str, Any], context: Mapping[str, Any], traits: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """Properties as they came, with the part of the context that says where; addresses of machines are not kept."""
    kept = {name: context[name] for name in KEPT_CONTEXT if name in context}
    properties = {**_mapping(body, "properties"), **({"traits": dict(traits)} if traits else {})}
    return {**properties, **({"context": kept} if kept else {})}


def occurred_at(stamp: object, sent_at: object, *, now: datetime) -> datetime:
    """When it happened: `timestamp`, corrected by how wrong the sender's clock was when he sent it; else now."""
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


def alias_keys(body: Mapping[str, Any]) -> tuple[str, str]:
    """The two names of an alias call that mean one visitor."""
    return _text(body, "previousId", 110), _text(body, "userId", 110)
