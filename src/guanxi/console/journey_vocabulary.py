"""The words of journeys: states, outcomes, reasons, events, facts, kinds of steps, purposes."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

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
WEEKDAY_NAMES: dict[str, Words] = {
    "monday": gettext_lazy("Monday"),
    "tuesday": gettext_lazy("Tuesday"),
    "wednesday": gettext_lazy("Wednesday"),
    "thursday": gettext_lazy("Thursday"),
    "friday": gettext_lazy("Friday"),
    "saturday": gettext_lazy("Saturday"),
    "sunday": gettext_lazy("Sunday"),
}
OBJECT_NAMES: dict[str, Words] = {
    "": gettext_lazy("the customer"),
    "order": gettext_lazy("an order"),
    "cart": gettext_lazy("a cart"),
    "invoice": gettext_lazy("an invoice"),
    "inquiry": gettext_lazy("an inquiry"),
    "quotation": gettext_lazy("a quotation"),
    "complaint": gettext_lazy("a complaint"),
    "project": gettext_lazy("a custom project"),
    "message": gettext_lazy("a mail"),
    "document": gettext_lazy("a document"),
}
