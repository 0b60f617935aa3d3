"""The words of journeys: states, outcomes, reasons, events, facts, kinds of steps, purposes."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanxi.console.customer_forms import CUSTOMER_KINDS, NOTE_KINDS

Words = str | Promise

STATE_NAMES: dict[str, Words] = {
    "draft": gettext_lazy("draft"),
    "live": gettext_lazy("live"),
    "paused": gettext_lazy("paused"),
    "off": gettext_lazy("off"),
}
OUTCOMES: dict[str, Words] = {
    "done": gettext_lazy("done"),
    "skipped": gettext_lazy("passed over"),
    "waited": gettext_lazy("waited"),
    "left": gettext_lazy("left"),
}
REASONS: dict[str, Words] = {
    "too_late": gettext_lazy("its time had passed"),
    "no_document": gettext_lazy("no document fits"),
    "condition": gettext_lazy("its condition did not hold"),
    "heard": gettext_lazy("the awaited event came"),
    "elapsed": gettext_lazy("the time ran out"),
    "otherwise": gettext_lazy("no way fitted, so it went straight on"),
    "rounds_used_up": gettext_lazy("all rounds were used up"),
    "finished": gettext_lazy("walked to the end"),
    "reacted": gettext_lazy("the customer reacted"),
    "no_longer_dormant": gettext_lazy("is no longer dormant"),
    "order_cancelled": gettext_lazy("the order was cancelled"),
    "switched_off": gettext_lazy("the journey was switched off"),
    "too_old": gettext_lazy("the event was too old"),
    "blocked": gettext_lazy("the customer is blocked"),
    "no_address": gettext_lazy("nobody there has an e-mail address"),
    "under_way": gettext_lazy("already under way in it"),
    "too_soon": gettext_lazy("was in it too short a while ago"),
    "once": gettext_lazy("was in it before"),
    "lifecycle": gettext_lazy("is in another journey of this kind"),
}
EVENTS: dict[str, Words] = {
    "order.placed": gettext_lazy("an order is placed"),
    "order.stage_changed": gettext_lazy("the order reaches a new stage"),
    "order.news": gettext_lazy("there is news about the order"),
    "standing.changed": gettext_lazy("the customer's tier changes"),
    "inquiry.received": gettext_lazy("an inquiry comes in"),
    "page.viewed": gettext_lazy("a page is visited"),
    "email.clicked": gettext_lazy("a mail is clicked"),
    "email.opened": gettext_lazy("a mail is opened"),
    "email.replied": gettext_lazy("a mail is answered"),
    "note.written": gettext_lazy("somebody writes down a call or a meeting"),
    "cart.abandoned": gettext_lazy("a cart is left full"),
    "category.interest": gettext_lazy("one category is looked at three times in a row"),
    "contact.registered": gettext_lazy("a visitor registers"),
    "data.confirmed": gettext_lazy("the yearly letter about data is answered"),
    "data.requested": gettext_lazy("somebody asks for his data"),
    "email.sent": gettext_lazy("a mail is accepted by the reader's server"),
    "feedback.given": gettext_lazy("the customer rates us"),
    "mail.shared": gettext_lazy("the share link of a mail is opened"),
    "mails.opened": gettext_lazy("three different mails have been opened"),
    "market.moved": gettext_lazy("a rate or a material's price moves"),
    "price_list.clicked": gettext_lazy("the price list is opened"),
    "project.accepted": gettext_lazy("a custom project is accepted"),
    "purchase.expected": gettext_lazy("the next order is expected soon"),
    "quotation.sent": gettext_lazy("a quotation goes out"),
    "rhythm.slowed": gettext_lazy("the customer falls behind his own rhythm"),
    "stock.below_safety": gettext_lazy("the customer's stock falls below his safety line"),
    "webinar.attended": gettext_lazy("a contact takes part in an event"),
    "webinar.registered": gettext_lazy("a contact signs up for an event"),
}
FACTS: dict[str, Words] = {
    "stage": gettext_lazy("the stage"),
    "tier": gettext_lazy("the tier"),
    "to": gettext_lazy("the new tier"),
    "country": gettext_lazy("the country"),
    "language": gettext_lazy("the language"),
    "customer_kind": gettext_lazy("the kind of customer"),
    "verdict": gettext_lazy("the click"),
    "kind": gettext_lazy("the kind"),
    "from": gettext_lazy("the tier before"),
    "came_by": gettext_lazy("what began it"),
    "order_amount": gettext_lazy("the order's amount"),
    "is_trial": gettext_lazy("it is a trial order"),
    "costly_treatment": gettext_lazy("gifts and visits are in place"),
    "trade": gettext_lazy("the trade"),
    "tag": gettext_lazy("a tag"),
    "segment": gettext_lazy("a segment"),
    "order_count": gettext_lazy("orders so far"),
    "orders_since_entry": gettext_lazy("orders since the start"),
    "days_since_order": gettext_lazy("days since the latest order"),
    "cooperation_years": gettext_lazy("years of cooperation"),
    "answered": gettext_lazy("the reader has answered"),
    "permits_marketing": gettext_lazy("marketing mail is permitted"),
    "open_complaint": gettext_lazy("a complaint is open"),
    "birthday": gettext_lazy("the birthday"),
    "founded_on": gettext_lazy("the founding day"),
    "first_order": gettext_lazy("the first order"),
    "latest_order": gettext_lazy("the latest order"),
    "cooperation_since": gettext_lazy("the beginning of the cooperation"),
    "complements": gettext_lazy("what goes with the latest order"),
    "price_breaks": gettext_lazy("price breaks by quantity"),
    "proposal": gettext_lazy("a review proposes another tier"),
    "spend_last_year": gettext_lazy("what he spent last year"),
}
FACT_GROUPS: dict[str, Words] = {
    "standing": gettext_lazy("tier in “%(name)s”"),
    "field": gettext_lazy("field %(name)s"),
    "trait": gettext_lazy("trait: %(name)s"),
    "happened": gettext_lazy("happened since: %(name)s"),
    "task_waits": gettext_lazy("a task waits: %(name)s"),
    "document": gettext_lazy("a document fits: %(name)s"),
    "event": gettext_lazy("told at the start: %(name)s"),
    "offer": gettext_lazy("offer %(name)s"),
}
STEP_NAMES: dict[str, Words] = {
    "send": gettext_lazy("Letter"),
    "wait": gettext_lazy("Wait"),
    "branch": gettext_lazy("Branch"),
    "task": gettext_lazy("Task for a person"),
    "offer": gettext_lazy("Offer"),
    "set": gettext_lazy("Tag or field"),
    "repeat": gettext_lazy("Next round"),
    "webhook": gettext_lazy("Signal"),
    "start": gettext_lazy("Another journey"),
    "give_up": gettext_lazy("Give up"),
    "end": gettext_lazy("End"),
}
PURPOSE_NAMES: dict[str, Words] = {
    "win": gettext_lazy("Win customers"),
    "welcome": gettext_lazy("Welcome"),
    "orders": gettext_lazy("Accompany orders"),
    "sell-again": gettext_lazy("Sell again"),
    "keep": gettext_lazy("Keep and reward"),
    "occasions": gettext_lazy("Festivals and occasions"),
    "wake": gettext_lazy("Wake and win back"),
    "permission": gettext_lazy("Permissions and addresses"),
    "reviews": gettext_lazy("Reviews and clocks"),
    "": gettext_lazy("Our own"),
}
# What a sentence about an event need not repeat.
UNSPOKEN = frozenset({"in_default_scheme", "journey", "trigger"})
PERIOD_NAMES: dict[str, Words] = {
    "week": gettext_lazy("week"),
    "month": gettext_lazy("month"),
    "quarter": gettext_lazy("quarter"),
    "half year": gettext_lazy("half year"),
    "year": gettext_lazy("year"),
}
VALUES: dict[str, dict[str, Words]] = {
    "kind": dict(NOTE_KINDS),
    "customer_kind": dict(CUSTOMER_KINDS),
    "verdict": {
        "human": gettext_lazy("that of a person"),
        "machine": gettext_lazy("that of a machine"),
        "unknown": gettext_lazy("that of a person or a machine"),
    },
}
