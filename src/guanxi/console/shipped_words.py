"""Titles in the language of the page: of the letters that come with the product by translation, of journeys and offers
as their own texts say them.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from guanxi.journeys.models import Journey
from guanxi.kernel.titles import in_language
from guanxi.offers import queries as offers_queries

TITLES = frozenset({
    gettext_noop("Order confirmed: link to production progress"),
    gettext_noop("Production news"),
    gettext_noop("Shipped: customs papers and local contact"),
    gettext_noop("Wake-up with a coupon for existing customers"),
    gettext_noop("Coupon ends soon"),
    gettext_noop("Question about the reason"),
    gettext_noop("Please confirm your address"),
    gettext_noop("Confirmation of the address: the one reminder"),
    gettext_noop("Your data: the link to fetch them"),
    gettext_noop("Your data: please confirm that they are deleted"),
    gettext_noop("Thank you for registering, with a coupon"),
    gettext_noop("Yearly data-use confirmation"),
    gettext_noop("Data-use confirmation: first reminder"),
    gettext_noop("Data-use confirmation: last reminder"),
    gettext_noop("Eid al-Fitr: greeting"),
    gettext_noop("After Eid: offer"),
    gettext_noop("Christmas gift list"),
    gettext_noop("New products: tasting price"),
    gettext_noop("New season: pre-order opens early"),
    gettext_noop("Limited edition: VIP customers first"),
    gettext_noop("What goes with the order"),
    gettext_noop("Before the next purchase"),
    gettext_noop("Lost customer: are we still of use?"),
    gettext_noop("Lost customer: last word"),
    gettext_noop("Silent reader: an incentive"),
    gettext_noop("Silent reader: do you still want our mail?"),
    gettext_noop("Confirmed: thanks and code"),
    gettext_noop("Silent reader: what you subscribed to"),
    gettext_noop("Silent reader: product training"),
    gettext_noop("Class C: new products of the month"),
    gettext_noop("Class C: second order"),
    gettext_noop("Inquiry: what the quotation needs"),
    gettext_noop("Quotation: follow-up"),
    gettext_noop("Stock below the safety line"),
    gettext_noop("Market movement: order earlier at the present price"),
    gettext_noop("VIP: a tip for working with the product"),
    gettext_noop("VIP: invitation to a customer day"),
    gettext_noop("Members: the monthly letter"),
    gettext_noop("Members: member day"),
    gettext_noop("Members: thanks for an introduction"),
    gettext_noop("First order: how to reach us, reorder and claim"),
    gettext_noop("First order: offer for the second one"),
    gettext_noop("Win back: personal coupon when orders fall"),
    gettext_noop("Custom project accepted: drawing and sample dates"),
    gettext_noop("First contact: qualification documents"),
    gettext_noop("First contact: success case in the reader's market"),
    gettext_noop("First contact: process and guarantees"),
    gettext_noop("Price breaks by quantity"),
    gettext_noop("Large orders, few of them: offer for a time"),
    gettext_noop("Webinar: invitation"),
    gettext_noop("Webinar: follow-up with those who took part"),
    gettext_noop("Buyer show: call for photos and videos"),
    gettext_noop("Buyer show: thanks and reward"),
    gettext_noop("Year-end rebate: statement"),
    gettext_noop("A mail from one person to another"),
    gettext_noop("Your mail preferences were changed"),
    gettext_noop("Your new address: please confirm it"),
    gettext_noop("Solution guide for the prospect's trade"),
    gettext_noop("Technical article of the week"),
    gettext_noop("Invitation to book a one-to-one consultation"),
    gettext_noop("Thank you for the first order, with what goes with it"),
    gettext_noop("Free gift with a time limit"),
    gettext_noop("Thank you after the gift, with what goes with it"),
    gettext_noop("Who we are"),
    gettext_noop("What you can hold us to"),
    gettext_noop("Offer for newcomers only"),
    gettext_noop("Questionnaire on use, 30 days after the deal"),
    gettext_noop("Trial order: photos of a production step"),
    gettext_noop("Trial order shipped: tracking and notes for customs"),
    gettext_noop("Trial order arrived: how are the goods?"),
    gettext_noop("Suggestion for the next purchase after a trial order"),
    gettext_noop("Stage notice: order confirmed"),
    gettext_noop("Stage notice: packed"),
    gettext_noop("Stage notice: left the warehouse"),
    gettext_noop("Stage notice: on its way"),
    gettext_noop("Invitation to rate service and product"),
    gettext_noop("Reminder of a cart"),
    gettext_noop("Second reminder of a cart, with a small coupon"),
    gettext_noop("Case collection of a category"),
    gettext_noop("Note on a tailored quotation"),
    gettext_noop("Team purchase plan to pass on"),
    gettext_noop("Team purchase plan for the colleague who signed up"),
    gettext_noop("Greeting with the privilege of the month"),
    gettext_noop("Birthday of a member, with a personal discount"),
    gettext_noop("Birthday of a VIP customer, with a small gift"),
    gettext_noop("Greeting of a VIP customer on a great holiday, with a small gift"),
    gettext_noop("Anniversary of the first purchase"),
})  # fmt: skip


def title_words(title: str | Mapping[str, str]) -> str:
    """A title by language, or that of a letter."""
    if isinstance(title, Mapping):
        return of_language(title)
    return _(title) if title in TITLES else title


def of_language(sentences: Mapping[str, str]) -> str:
    """The sentence in the language of the page, else the English one."""
    return in_language(sentences, get_language() or "en")


def journey_titles() -> dict[str, str]:
    """What each journey is called, by key."""
    return {each.key: of_language(each.names) for each in Journey.objects.order_by("key")}


def offer_titles() -> dict[str, str]:
    """What each offer is called, by name, those that hold first."""
    return {record.name: of_language(read.title) or record.name for record, read in offers_queries.kept_offers()}
