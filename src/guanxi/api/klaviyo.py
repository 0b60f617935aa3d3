"""Events in the shape of Klaviyo's `POST /api/events`, read as calls of ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from guanxi.api.segment import read_call
from guanxi.api.strict_json import BadPayload
from guanxi.tracking.calls import Call

# What Klaviyo's own integrations call the events that Segment names otherwise.
METRICS = {
    "Placed Order": "Order Completed", "Refunded Order": "Order Refunded", "Cancelled Order": "Order Cancelled",
    "Viewed Product": "Product Viewed", "Added to Cart": "Product Added", "Started Checkout": "Checkout Started",
    "Submitted Search": "Products Searched",
}  # fmt: skip
TRAITS = {
    "email": "email", "first_name": "firstName", "last_name": "lastName", "phone_number": "phone", "title": "title",
    "organization": "company",
}  # fmt: skip


def read_event(body: object, *, now: datetime) -> Call:
    """The one event of a body. Raises BadPayload, which names the field and the remedy."""
    attributes = _part(_part(body, "data"), "data.attributes", "attributes")
    metric = _part(_part(_part(attributes, "metric"), "metric.data", "data"), "metric.attributes", "attributes")
    profile = _part(_part(attributes, "profile"), "profile.data", "data")
    person = _part(profile, "profile.attributes", "attributes")
    location = _part(person, "location")
    name = metric.get("name")
    properties = dict(_part(attributes, "properties"))
    for given, ours in (("value", "value"), ("value_currency", "currency")):
        if attributes.get(given) is not None:
            properties.setdefault(ours, attributes[given])
    traits = {ours: person[given] for given, ours in TRAITS.items() if person.get(given)}
    if location.get("country"):
        traits["address"] = {"country": location["country"]}
    return read_call(
        {
            "userId": person.get("external_id") or profile.get("id") or person.get("email"),
            "anonymousId": person.get("anonymous_id"),
            "event": METRICS.get(name, name) if isinstance(name, str) else name,
            "messageId": attributes.get("unique_id"),
            "timestamp": attributes.get("time"),
            "properties": properties,
            "context": {"traits": traits, "timezone": location.get("timezone")},
            "backfill": attributes.get("backfill") or False,
        },
        kind="track",
        now=now,
    )


def _part(body: object, where: str, name: str = "") -> Mapping[str, Any]:
    value = body.get(name or where) if isinstance(body, Mapping) else None
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadPayload(f"{where}: must be a JSON object.")
    return value
