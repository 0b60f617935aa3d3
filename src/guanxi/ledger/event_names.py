"""The closed vocabulary of our own event names; a sentence each. Foreign names (Segment's) are kept as they come."""

from __future__ import annotations

EVENT_NAMES: dict[str, str] = {
    "customer.created": "A customer was entered, imported or came by the API.",
    "customer.merged": "Two customers were found to be one; `properties.from` is the id that went.",
    "contact.created": "A contact was entered, imported or identified himself.",
    "contact.registered": "A visitor registered and left an address (L-08).",
    "order.placed": "An order was recorded; `object_id` is its id, `properties` hold number, amount, currency.",
    "order.credited": "A credit (cancellation, return) was recorded.",
    "order.stage_changed": "An order moved to `properties.stage` from `properties.from`.",
    "order.news": "Something to tell about an order that is no change of stage, such as a production update.",
    "invoice.issued": "An invoice was recorded.",
    "invoice.paid": "An invoice was paid in full.",
    "note.written": "A member of staff wrote a note, logged a call or a meeting.",
    "inquiry.received": "The customer asked for a price or for advice; `object_id` names the inquiry.",
    "inquiry.answered": "A member of staff answered the inquiry.",
    "standing.changed": "A customer's tier in a scheme changed; `properties` hold scheme, from, to, reason.",
    "consent.granted": "A contact permitted a purpose.",
    "consent.withdrawn": "A contact withdrew a permission or unsubscribed.",
    "email.sent": "A message was accepted by the mail server; `object_id` is the message.",
    "email.opened": "The pixel of a message was loaded; `properties.verdict` says human, machine or unknown.",
    "email.clicked": "A link of a message was followed; `properties` hold url and verdict.",
    "email.bounced": "A message came back; `properties.class` is hard or soft.",
    "email.complained": "The reader marked the message as spam.",
    "journey.entered": "A contact entered a journey.",
    "journey.left": "A contact left a journey; `properties.reason` says why.",
    "page.viewed": "A known or anonymous visitor looked at a page.",
}
