"""What the fields, operators and events of a rule are called, in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from guanxi.ledger.event_names import EVENT_NAMES
from guanxi.segments.registry import CUSTOM

Words = str | Promise

GROUPS: dict[str, Words] = {
    "customer": lazy("Customer"), "contact": lazy("Contact"), "consent": lazy("Permission"),
    "orders": lazy("Orders and stock"), "visits": lazy("Visits and mail"), "figures": lazy("Figures of the latest run"),
    "prediction": lazy("Prediction"), "traits": lazy("What people have noted"), "other": lazy("Imported columns"),
}  # fmt: skip
FIELD_TITLES: dict[str, Words] = {
    "name": lazy("Name"), "kind": lazy("Firm or person"), "country": lazy("Country"), "region": lazy("Region"),
    "city": lazy("City"), "trade": lazy("Line of business"), "domain": lazy("Domain"), "source": lazy("Source"),
    "owner": lazy("Owner"), "is_blocked": lazy("Blocked"), "created_on": lazy("Entered on"),
    "founded_on": lazy("Founding day"), "cooperation_since": lazy("Cooperation since"), "tag": lazy("Tag"),
    "contact.language": lazy("Language"), "contact.country": lazy("Country of the contact"),
    "contact.city": lazy("City of the contact"), "contact.position": lazy("Position"),
    "contact.birthday": lazy("Birthday"), "contact.is_primary": lazy("First contact"),
    "contact.has_address": lazy("Has an e-mail address"), "contact.created_on": lazy("Contact entered on"),
    "contact.sex": lazy("Sex, as volunteered (persons only)"),
    "contact.age_band": lazy("Age band, as volunteered (persons only)"),
    "contact.style": lazy("Style (persons only)"),
    "contact.marketing_consent": lazy("Permission for marketing"),
    "contact.service_consent": lazy("Permission for service mail"),
    "contact.tracking_consent": lazy("Permission for tracking"),
    "contact.profiling_consent": lazy("Permission for profiling"),
    "contact.transfer_consent": lazy("Permission to take data abroad"),
    "contact.is_mailable": lazy("May get marketing mail"), "contact.is_suppressed": lazy("On the suppression list"),
    "first_order_on": lazy("First order"), "latest_order_on": lazy("Latest order"),
    "stock_below_safety": lazy("Stock below the safety line"),
    "category_interest": lazy("Category of interest"),
    "visit_days_without_order": lazy("Days with visits, no order since"),
    "takes_part_in_mail": lazy("Takes part in e-mail marketing"),
    "days_since_last_order": lazy("Days since the latest order"), "order_count": lazy("Orders, lifetime"),
    "spend_total": lazy("Net spend, lifetime"), "order_count_window": lazy("Orders, last 365 days"),
    "spend_window": lazy("Net spend, last 365 days"), "r_score": lazy("Score of the latest order, 1–5"),
    "f_score": lazy("Score of the number of orders, 1–5"), "m_score": lazy("Score of the spend, 1–5"),
    "cycle_days": lazy("Own rhythm in days"), "median_gap_days": lazy("Median gap between orders, days"),
    "gap_count": lazy("Gaps between order days"), "longest_gap_days": lazy("Longest gap, days"),
    "days_late": lazy("Days late against own rhythm"),
    "cycles_since_last_order": lazy("Own cycles since the latest order"),
    "order_value_ratio": lazy("Last 3 orders against the 6 before"),
    "order_count_90_days": lazy("Orders, last 90 days"),
    "first_order_value_ratio": lazy("First order against own mean"),
    "early_reorder_count": lazy("Early reorders"), "category_cycle_days": lazy("Rhythm of the category, days"),
    "spend_share": lazy("Share of the firm's sales, %"),
    "spend_share_before": lazy("Sales ranked before, %"),
    "invoice_count_year": lazy("Invoices, last 365 days"),
    "late_invoice_count_year": lazy("Late invoices, last 365 days"),
    "badly_late_invoice_count_year": lazy("Invoices over 7 days late, last 365 days"),
    "overdue_invoice_count": lazy("Invoices overdue now"),
    "late_amount_percent_year": lazy("Amount paid late, %, last 365 days"),
    "longest_delay_days_year": lazy("Longest delay of payment, days, last 365 days"),
    "margin_percent": lazy("Margin, %"), "margin_index": lazy("Margin against the trade, index"),
    "margin_points_above": lazy("Margin above the trade, points"),
    "cooperation_years": lazy("Years of cooperation"), "months_since_first_order": lazy("Months since the first order"),
    "completed_order_count": lazy("Completed orders"), "category_count": lazy("Categories bought"),
    "most_categories_in_order": lazy("Most categories in one order"),
    "custom_line_percent": lazy("Custom-made lines, %"), "order_size_variation": lazy("Variation of order size, %"),
    "growing_quarter_count": lazy("Growing quarters in a row"),
    "mails_delivered": lazy("Mails delivered"), "mails_unread": lazy("Mails not read"),
    "days_since_last_reading": lazy("Days since the latest reading"),
    "days_since_first_mail": lazy("Days since the first mail"),
    "days_since_last_interaction": lazy("Days since the latest sign of life"),
    "return_percent": lazy("Returns, % of the spend"), "feedback_score": lazy("Satisfaction, 1–5"),
    "feedback_count": lazy("Ratings given"), "complaint_count": lazy("Complaints"), "is_b2b": lazy("Is a firm"),
    "chance_alive": lazy("Chance of ordering again, 0–1"), "expected_orders": lazy("Expected orders"),
    "expected_value": lazy("Expected spend"), "chance_of_order_90_days": lazy("Chance of an order in 90 days, 0–1"),
    "days_until_next_order": lazy("Days until the next order"), "next_order_on": lazy("Next order expected on"),
    "next_order_from": lazy("Next order expected from"), "next_order_to": lazy("Next order expected until"),
    "trait.exclusive_agency": lazy("Exclusive agent"), "trait.custom_development": lazy("Develops goods with us"),
    "trait.growth_plan": lazy("Plans to buy more"), "trait.new_region": lazy("Expands into a new region"),
    "trait.long_term_plan": lazy("Long-term plan of cooperation"), "trait.price_sensitive": lazy("Decides by price"),
    "trait.quality_sensitive": lazy("Decides by quality"), "trait.tries_new_products": lazy("Tries new articles"),
    "trait.compares_suppliers": lazy("Compares suppliers"), "trait.unstable_demand": lazy("Unstable demand"),
    "trait.inefficient_talks": lazy("Talks lead nowhere"), "trait.wants_custom": lazy("Wants own specification"),
    "trait.one_contact_wanted": lazy("Wants one contact"), "trait.named_vip": lazy("Named VIP by a person"),
    "trait.stable_cooperation": lazy("Stable cooperation"), "trait.gifts_refused": lazy("Refuses gifts"),
    "trait.social_media": lazy("Takes part in social media"),
    "trait.ready_for_next_stage": lazy("Ready for the next stage"),
}  # fmt: skip
OPERATOR_TITLES: dict[str, Words] = {
    "is": lazy("is"), "is_not": lazy("is not"), "contains": lazy("contains"), "starts_with": lazy("begins with"),
    "is_known": lazy("is known"), "is_unknown": lazy("is unknown"), "at_least": lazy("at least"),
    "at_most": lazy("at most"), "between": lazy("between"), "any_of": lazy("is any of"), "none_of": lazy("is none of"),
    "is_true": lazy("yes"), "is_false": lazy("no"), "in_last_days": lazy("in the last days"),
    "more_than_days_ago": lazy("more than days ago"), "in_next_days": lazy("in the next days"),
    "anniversary_in_days": lazy("anniversary within days"), "on_or_after": lazy("on or after"),
    "on_or_before": lazy("on or before"), "never": lazy("never"), "in": lazy("is in"), "not_in": lazy("is not in"),
}  # fmt: skip
CHOICE_TITLES: dict[str, Words] = {
    "b2b": lazy("firm (B2B)"), "b2c": lazy("person (B2C)"), "unknown": lazy("unknown"),
    "granted": lazy("granted"), "pending": lazy("not confirmed yet"), "withdrawn": lazy("withdrawn"),
    "expired": lazy("expired"), "paused": lazy("resting"), "none": lazy("never asked"), "f": lazy("female"),
    "m": lazy("male"), "x": lazy("diverse"), "under_18": lazy("under 18"), "18_24": "18–24", "25_34": "25–34",
    "35_44": "35–44", "45_54": "45–54", "55_64": "55–64", "65_plus": lazy("65 and older"),
    "human": lazy("by a person"), "machine": lazy("by a machine"),
}  # fmt: skip
# The events one asks for most, and what a rule says about them; any other name can be typed.
EVENT_TITLES: dict[str, Words] = {
    "email.opened": lazy("Opened a mail"), "email.clicked": lazy("Clicked in a mail"),
    "email.sent": lazy("Was sent a mail"), "email.bounced": lazy("A mail came back"),
    "email.replied": lazy("Answered a mail"),
    "page.viewed": lazy("Looked at a page"), "Product Viewed": lazy("Looked at an article"),
    "Product List Viewed": lazy("Looked at a category"), "Products Searched": lazy("Searched in the shop"),
    "Product Added": lazy("Put an article into the cart"), "cart.abandoned": lazy("Left a cart behind"),
    "price_list.clicked": lazy("Opened the price list"), "document.downloaded": lazy("Downloaded a document"),
    "inquiry.received": lazy("Sent an inquiry"), "inquiry.answered": lazy("Inquiry was answered"),
    "order.placed": lazy("Placed an order"), "order.credited": lazy("Got a credit"),
    "category.interest": lazy("Looked at one category three times"),
    "visits.without_order": lazy("Came several times without ordering"),
    "webinar.registered": lazy("Signed up for an event"), "webinar.attended": lazy("Took part in an event"),
    "feedback.given": lazy("Rated us"), "survey.answered": lazy("Answered a questionnaire"),
    "complaint.opened": lazy("Complained"), "consultation.booked": lazy("Booked a consultation"),
    "rhythm.slowed": lazy("Orders less often"), "rhythm.shrunk": lazy("Orders have become smaller"),
    "purchase.expected": lazy("Next order is expected"), "standing.changed": lazy("Changed the tier"),
    "note.written": lazy("Note, call or meeting"), "contact.registered": lazy("Registered"),
}  # fmt: skip
PROPERTY_TITLES: dict[str, Words] = {
    "category": lazy("Category"), "product_code": lazy("Article"), "product": lazy("Article"), "kind": lazy("Kind"),
    "verdict": lazy("Done by"), "object_kind": lazy("About"), "object_id": lazy("Number"),
    "url_path": lazy("Address of the page"), "search_query": lazy("Words searched"), "source": lazy("Source"),
    "score": lazy("Score"), "value": lazy("Value"), "dwell_seconds": lazy("Seconds on the page"),
    "currency": lazy("Currency"),
}  # fmt: skip
# Why somebody gets no marketing mail.
REFUSAL_TITLES: dict[str, Words] = {
    "no_address": lazy("no e-mail address"), "suppressed": lazy("on the suppression list"),
    "no_permission": lazy("never permitted it"), "withdrawn": lazy("permission withdrawn"),
    "pending": lazy("permission not confirmed yet"), "expired": lazy("permission has run out"),
    "basis_not_for_marketing": lazy("the basis does not cover marketing"),
    "explicit_consent_needed": lazy("the country asks for explicit consent"),
    "paused": lazy("marketing rests: the yearly letter is unanswered"),
}  # fmt: skip
OTHER_EVENTS = tuple(name for name in EVENT_NAMES if name not in EVENT_TITLES)


def field_title(name: str) -> str:
    """The title of a field; quarters are counted, imported columns keep their own name."""
    for stem, words in (("spend_quarter_", _("Net spend")), ("order_count_quarter_", _("Orders"))):
        if name.startswith(stem):
            return _("%(figure)s, closed quarter no. %(number)s back") % {
                "figure": words, "number": name.removeprefix(stem),
            }  # fmt: skip
    return str(FIELD_TITLES.get(name, name.removeprefix(CUSTOM)))


def event_title(name: str) -> str:
    return str(EVENT_TITLES.get(name, name))


def choice_title(value: str) -> str:
    return str(CHOICE_TITLES.get(value, value))


def refusal_title(reason: str) -> str:
    return str(REFUSAL_TITLES.get(reason, reason))
