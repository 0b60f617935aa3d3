"""The facts and properties that conditions of journeys ask for, and their values: in words, as the builder shelves
them.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanxi.console.customer_forms import CUSTOMER_KINDS, NOTE_KINDS
from guanxi.console.order_forms import STAGE_NAMES

Words = str | Promise

FACTS: dict[str, Words] = {
    "stage": gettext_lazy("the stage"),
    "tier": gettext_lazy("the tier"),
    "to": gettext_lazy("the new tier"),
    "from": gettext_lazy("the tier before"),
    "country": gettext_lazy("the country"),
    "language": gettext_lazy("the language"),
    "customer_kind": gettext_lazy("the kind of customer"),
    "verdict": gettext_lazy("the click"),
    "kind": gettext_lazy("the kind"),
    "came_by": gettext_lazy("what began it"),
    "order_amount": gettext_lazy("the order's amount"),
    "is_trial": gettext_lazy("it is a trial order"),
    "invoice_state": gettext_lazy("the state of the invoice"),
    "costly_treatment": gettext_lazy("gifts and visits are in place"),
    "trade": gettext_lazy("the trade"),
    "tag": gettext_lazy("a tag"),
    "segment": gettext_lazy("a segment"),
    "order_count": gettext_lazy("orders so far"),
    "orders_since_entry": gettext_lazy("orders since the start"),
    "days_since_order": gettext_lazy("days since the latest order"),
    "cooperation_years": gettext_lazy("years of cooperation"),
    "answered": gettext_lazy("the reader has answered"),
    "opened": gettext_lazy("the reader has opened a mail"),
    "permits_marketing": gettext_lazy("marketing mail is permitted"),
    "open_complaint": gettext_lazy("a complaint is open"),
    "birthday": gettext_lazy("the birthday"),
    "founded_on": gettext_lazy("the founding day"),
    "first_order": gettext_lazy("the first order"),
    "latest_order": gettext_lazy("the latest order"),
    "cooperation_since": gettext_lazy("the beginning of the cooperation"),
    "complements": gettext_lazy("how many articles go with what was bought"),
    "price_breaks": gettext_lazy("price breaks by quantity"),
    "proposal": gettext_lazy("a review proposes another tier"),
    "spend_last_year": gettext_lazy("what he spent last year"),
    "under_way_in": gettext_lazy("under way in the journey"),
    "scheme": gettext_lazy("the scheme"),
    "rule": gettext_lazy("the reason"),
    "in_default_scheme": gettext_lazy("in the firm's own scheme"),
    "purpose": gettext_lazy("the purpose"),
    "score": gettext_lazy("the score"),
    "passed": gettext_lazy("the check is passed"),
    "names_problem": gettext_lazy("a problem is named"),
    "template": gettext_lazy("the letter"),
    "key": gettext_lazy("the key"),
    "answer": gettext_lazy("the answer"),
    "product_code": gettext_lazy("the article"),
    "category": gettext_lazy("the category"),
    "edition": gettext_lazy("the edition"),
    "launch": gettext_lazy("articles with a launch day"),
    "result": gettext_lazy("the result"),
    "survey": gettext_lazy("the questionnaire"),
    "offer": gettext_lazy("the offer"),
    "value": gettext_lazy("the value"),
}
FACT_GROUPS: dict[str, Words] = {
    "standing": gettext_lazy("tier in “%(name)s”"),
    "field": gettext_lazy("field %(name)s"),
    "trait": gettext_lazy("trait: %(name)s"),
    "happened": gettext_lazy("happened since: %(name)s"),
    "task_waits": gettext_lazy("a task waits: %(name)s"),
    "document": gettext_lazy("a document fits: %(name)s"),
    "event": gettext_lazy("told at the start: %(name)s"),
    "offer": gettext_lazy("offer “%(name)s”"),
    "permits": gettext_lazy("permitted by %(name)s"),
    "prefers": gettext_lazy("likes best: %(name)s"),
    "project": gettext_lazy("project: %(name)s"),
}
# What a condition of the builder begins with where the rest is written by hand.
OPEN_GROUPS: dict[str, Words] = {
    "field.": gettext_lazy("a field of the record …"),
    "event.": gettext_lazy("what the event told …"),
    "happened.": gettext_lazy("an event happened since …"),
    "task_waits.": gettext_lazy("a task waits: its kind …"),
}
SHELVES: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (gettext_lazy("The customer"), (
        "tier", "country", "language", "customer_kind", "trade", "tag", "segment", "order_count", "days_since_order",
        "cooperation_years", "spend_last_year", "open_complaint", "costly_treatment", "complements", "price_breaks",
        "proposal",
    )),
    (gettext_lazy("The order"), (
        "stage", "order_amount", "is_trial", "invoice_state", "project.drawing", "project.sample",
    )),
    (gettext_lazy("Since the journey began"), (
        "came_by", "answered", "opened", "orders_since_entry", "under_way_in",
    )),
    (gettext_lazy("Permissions"), (
        "permits_marketing", "permits.whatsapp", "permits.linkedin", "permits.phone",
        "prefers.email", "prefers.whatsapp", "prefers.linkedin", "prefers.phone",
    )),
)  # fmt: skip
PROPERTIES = (
    "stage", "from", "to", "scheme", "kind", "purpose", "verdict", "score", "passed", "names_problem", "result",
    "survey", "answer", "offer", "product_code", "category", "edition", "rule", "template", "key", "value",
)  # fmt: skip
NUMBERS = frozenset({
    "order_amount", "order_count", "orders_since_entry", "days_since_order", "cooperation_years", "spend_last_year",
    "complements", "score", "shared_by",
})  # fmt: skip
FLAGS = frozenset({
    "is_trial", "costly_treatment", "answered", "opened", "permits_marketing", "open_complaint", "passed",
    "names_problem", "in_default_scheme",
})  # fmt: skip
FLAG_GROUPS = ("permits.", "prefers.", "trait.", "happened.", "task_waits.", "document.")
VALUES: dict[str, Mapping[str, Words]] = {
    "stage": STAGE_NAMES,
    "kind": dict(NOTE_KINDS),
    "customer_kind": dict(CUSTOMER_KINDS),
    "verdict": {
        "human": gettext_lazy("that of a person"),
        "machine": gettext_lazy("that of a machine"),
        "unknown": gettext_lazy("that of a person or a machine"),
    },
    "rule": {
        "M-08": gettext_lazy("the half-yearly screening: nothing ordered for a year"),
        "M-08-talks": gettext_lazy("the half-yearly screening: talks lead nowhere"),
    },
    "edition": {"season": gettext_lazy("of a season"), "limited": gettext_lazy("limited")},
    "offer.": {
        "open": gettext_lazy("not used yet"), "redeemed": gettext_lazy("used"), "expired": gettext_lazy("expired"),
        "withdrawn": gettext_lazy("withdrawn"), "none": gettext_lazy("never handed out"),
    },
    "project.": {
        "running": gettext_lazy("running"), "waiting": gettext_lazy("waiting for the customer"),
        "kept": gettext_lazy("kept"), "missed": gettext_lazy("missed"), "overdue": gettext_lazy("overdue"),
    },
    "invoice_state": {
        "open": gettext_lazy("open"), "overdue": gettext_lazy("overdue"), "paid": gettext_lazy("paid"),
    },
    "proposal": {
        "raise": gettext_lazy("a higher tier"), "lower": gettext_lazy("a lower tier"), "need": gettext_lazy("a need"),
        "win_back": gettext_lazy("win back"), "candidate": gettext_lazy("candidate for VIP"),
        "member": gettext_lazy("membership"),
    },
}  # fmt: skip
# Facts whose values can only be those of VALUES; of the others they are the usual ones.
CLOSED = frozenset(
    {"rule", "stage", "invoice_state", "customer_kind", "verdict", "edition", "offer.", "project.", "proposal"}
)
