"""The names that shops use for what happens (Segment's e-commerce specification), and our own additions. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SHOP_NAMES = (
    "Products Searched", "Product List Viewed", "Product List Filtered", "Promotion Viewed", "Promotion Clicked",
    "Product Clicked", "Product Viewed", "Product Added", "Product Removed", "Cart Viewed", "Checkout Started",
    "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered", "Order Updated", "Order Completed",
    "Order Refunded", "Order Cancelled", "Coupon Entered", "Coupon Applied", "Coupon Denied", "Coupon Removed",
    "Product Added to Wishlist", "Product Removed from Wishlist", "Wishlist Product Added to Cart", "Product Shared",
    "Cart Shared", "Product Reviewed", "Account Created", "Account Deleted", "Signed Up", "Page Left",
)  # fmt: skip
EMAIL_NAMES = (
    "Email Bounced", "Email Delivered", "Email Link Clicked", "Email Marked as Spam", "Email Opened", "Unsubscribed",
)  # fmt: skip
TRADE_NAMES = (
    "Inquiry Received", "Quotation Sent", "Sample Shipped", "Production Updated", "Shipment Dispatched",
    "Goods Arrived", "Complaint Opened", "Payment Received", "Payment Overdue", "Consent Confirmed",
    "Document Downloaded", "Feedback Given", "Gift Claimed", "Price List Viewed",
)  # fmt: skip
_CANONICAL = {name.casefold(): name for name in (*SHOP_NAMES, *EMAIL_NAMES, *TRADE_NAMES)}

# A report under these names is kept under ours; the property names its object.
OURS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Inquiry Received": ("inquiry.received", "inquiry", ("inquiry_id", "id")),
    "Quotation Sent": ("quotation.sent", "quotation", ("quotation_id", "id")),
    "Sample Shipped": ("sample.shipped", "sample", ("sample_id", "tracking_number")),
    "Complaint Opened": ("complaint.opened", "complaint", ("complaint_id", "id")),
    "Payment Overdue": ("payment.overdue", "invoice", ("invoice_number", "invoice_id")),
    "Document Downloaded": ("document.downloaded", "document", ("document", "name", "document_id")),
    "Feedback Given": ("feedback.given", "feedback", ("feedback_id", "order_id")),
    "Signed Up": ("contact.registered", "", ()),
    "Price List Viewed": ("price_list.clicked", "document", ("document", "name")),
}
# What a key that stands in a web page may report of these: what a visitor does on the page himself.
OPEN_TO_PAGES = frozenset(
    {"Inquiry Received", "Complaint Opened", "Document Downloaded", "Feedback Given", "Signed Up", "Price List Viewed"}
)

PERSONAL = frozenset(
    """
    email e-mail mail phone mobile telephone fax first_name firstname given_name last_name lastname family_name
    full_name fullname username address street birthday birth_date ip ip_address traits contact recipient wechat
    whatsapp
    """.split()  # noqa: SIM905
)
_ADDRESS = re.compile(r"[^\s@/?&=<>\"']+(?:@|%40)[^\s@/?&=<>\"']+\.[^\s@/?&=<>\"']+")
HIDDEN = "…"


def canonical(name: str) -> str:
    """`product_viewed` and `Product viewed` as `Product Viewed`; a name that is not in the lists stays as it came.

    Foreign names begin with a capital, so that nobody writes our own (`consent.granted`) from outside.
    """
    known = _CANONICAL.get(" ".join(name.replace("_", " ").split()).casefold())
    if known:
        return known
    if name[:1].isupper():
        return name
    return f"{name[:1].upper()}{name[1:]}" if name[:1].isalpha() else f"Event {name}"[:80]


def without_persons(value: Any) -> Any:
    """Properties without what names a person: an anonymous event holds none of it (RL-11).

    Keys such as `email` or `phone` go, and so does whatever looks like a mail address within a text.
    """
    if isinstance(value, Mapping):
        return {
            key: without_persons(part) for key, part in value.items() if str(key).casefold() not in PERSONAL
        }  # fmt: skip
    if isinstance(value, list):
        return [without_persons(part) for part in value]
    return _ADDRESS.sub(HIDDEN, value) if isinstance(value, str) else value


_PRICE_LIST = re.compile(
    r"price[-_ +]*list|pricelist|preisliste|liste[-_ ]de[-_ ]prix|tarifs?\b|lista[-_ ]de[-_ ]precios|listino"
    r"|价格表|價格表|报价单|报价表|價目表|价目表|価格表|قائمة[-_ ]الأسعار",
    re.IGNORECASE,
)


def is_price_list(text: str) -> bool:
    """Whether a link or a document's name speaks of a price list (B-03)."""
    return bool(_PRICE_LIST.search(text))
