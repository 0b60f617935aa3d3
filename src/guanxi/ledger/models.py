"""Customers, contacts, orders, invoices, events.

`batch` is the id of the import run that made a row (a plain number: foreign keys point down, house B3.6).
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.kernel.sealed_field import SealedTextField
from guanxi.staff.roles import Right


class CustomerQuerySet(models.QuerySet["Customer"]):
    def for_user(self, user: Any) -> CustomerQuerySet:
        """The rows `user` may read: all, or those he owns (RS-15)."""
        if not user.may(Right.SEE):
            return self.none()
        return self if user.may(Right.SEE_ALL) else self.filter(owner=user)

    def current(self) -> CustomerQuerySet:
        return self.filter(merged_into__isnull=True)


class Customer(models.Model):
    """Who buys: a firm or a person. Value (orders, scores, tiers) hangs here (CN-42)."""

    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=8, default="unknown", help_text="b2b, b2c or unknown (D-08).")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2; empty when unknown.")
    country_as_given = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    address = models.TextField(blank=True)
    domain = models.CharField(max_length=253, blank=True, help_text="Of the website or the firm's mail, lower case.")
    trade = models.CharField(max_length=120, blank=True, help_text="Line of business.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
    )  # fmt: skip
    tags = models.JSONField(default=list)
    fields = models.JSONField(default=dict, help_text="What an import carried beside the known columns.")
    is_blocked = models.BooleanField(default=False)
    cooperation_since = models.DateField(null=True, blank=True)
    founded_on = models.DateField(null=True, blank=True, help_text="Founding day of the firm (D-18).")
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged")
    source = models.CharField(max_length=60, blank=True)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="customer_by_name"),
            models.Index(fields=["country"], name="customer_by_country"),
            models.Index(fields=["owner"], name="customer_by_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """Who reads: a person with an address. Permission, culture and messages hang here.

    `email_key` is the canonical address (NFKC, lower case, IDNA domain), unique when present.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    given_name = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    full_name = models.CharField(max_length=200, blank=True, help_text="As written, when the parts are unknown.")
    honorific = models.CharField(max_length=40, blank=True, help_text="Herr Dr., Ms, 様 …")
    position = models.CharField(max_length=120, blank=True, help_text="課長, Head of Purchasing …")
    gender = models.CharField(max_length=1, blank=True, help_text="f, m or empty; only for greetings that need it.")
    email = models.CharField(max_length=320, blank=True)
    email_key = models.CharField(max_length=320, null=True, blank=True, unique=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=16, blank=True, help_text="BCP 47; empty means the country's.")
    country = models.CharField(max_length=2, blank=True, help_text="When it differs from the customer's.")
    city = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="IANA; empty means derived.")
    birthday = models.DateField(null=True, blank=True)
    keeps_ramadan_hold = models.BooleanField(default=True, help_text="A contact may opt out of the hold (CN-25).")
    is_primary = models.BooleanField(default=False)
    fields = models.JSONField(default=dict)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-is_primary"], name="contact_primary_first")]

    def __str__(self) -> str:
        return self.full_name or self._written_name() or self.email

    def _written_name(self) -> str:
        """Chinese and Japanese characters stand family first, without a space; how to greet is culture's."""
        if any("\u3040" <= char <= "\u9fff" for char in self.family_name):
            return self.family_name + self.given_name
        return f"{self.given_name} {self.family_name}".strip()


class Identity(models.Model):
    """A name that a source gives a customer or contact, e.g. ("shopify", "customer", "7210448301122")."""

    source = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, help_text="customer, contact or anonymous.")
    value = models.CharField(max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="identities")
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind", "value"], name="identity_is_unique")]


# The stages in which nothing was bought.
NOT_ORDERED = ("quoted", "cancelled")


class Order(models.Model):
    """An order, or a credit (cancellation, return) with a negative amount when `kind` is `credit`.

    `amount` is the sum of its lines, without freight and tax, in `currency`; `amount_reporting` is the same in the
    firm's reporting currency at `rate` of the day `rate_on` (CN-41); null while no rate is known.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders")
    source = models.CharField(max_length=60)
    number = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, default="order", help_text="order or credit.")
    placed_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    amount_reporting = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    stage = models.CharField(max_length=16, default="completed", help_text="See ledger.stages.")
    stage_at = models.DateTimeField(null=True, blank=True)
    is_trial = models.BooleanField(default=False)
    carrier = models.CharField(max_length=80, blank=True)
    tracking_number = models.CharField(max_length=120, blank=True)
    tracking_url = models.URLField(max_length=500, blank=True)
    ship_by = models.DateField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True, help_text="When the payment came that lets it ship (P-03).")
    fields = models.JSONField(default=dict)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="order_number_is_unique")]
        indexes = [models.Index(fields=["customer", "placed_at"], name="order_of_customer")]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    # `line_of_order` serves the foreign key too.
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product_code = models.CharField(max_length=120, blank=True)
    product_name = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=120, blank=True)
    quantity = models.DecimalField(max_digits=16, decimal_places=4)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    amount = models.DecimalField(
        max_digits=18, decimal_places=4, help_text="Net of line discounts, in the order's currency."
    )
    cost = models.DecimalField(
        max_digits=18, decimal_places=4, null=True, blank=True, help_text="Of the whole line, in the order's currency."
    )
    is_custom = models.BooleanField(
        default=False, db_default=False, help_text="Made to the customer's own specification (P-06)."
    )

    class Meta:
        indexes = [models.Index(fields=["order", "position"], name="line_of_order")]


class Invoice(models.Model):
    """A bill with its due and paid dates, so that payment credit can be judged (D-10)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invoices")
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="invoices")
    source = models.CharField(max_length=60)
    number = models.CharField(max_length=120)
    issued_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True, help_text="Day on which it was paid in full.")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="invoice_number_is_unique")]
        indexes = [models.Index(fields=["customer", "due_on"], name="invoice_of_customer")]


class Payment(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="payments")
    invoice = models.ForeignKey(Invoice, on_delete=models.SET_NULL, null=True, blank=True, related_name="payments")
    source = models.CharField(max_length=60)
    number = models.CharField(max_length=120)
    paid_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="payment_number_is_unique")]


class ExchangeRate(models.Model):
    """One unit of `currency` was worth `value` units of `into` on the day `on`."""

    currency = models.CharField(max_length=3)
    into = models.CharField(max_length=3)
    on = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=60, blank=True)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["currency", "into", "on"], name="rate_is_unique_per_day")]


class Note(models.Model):
    """What a person wrote down: a note, a call, a meeting. The words lie sealed (RE-01)."""

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12, default="note", help_text="note, call or meeting.")
    text = SealedTextField(is_secret=False)
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-happened_at"], name="note_of_customer")]


class Trait(models.Model):
    """What people know of a customer and no order shows: a name of ledger.traits with its value and its reason.

    A trait counts from `since_on` until `until_on` (exclusive); a newer row of the same name replaces an older one.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="traits")
    name = models.CharField(max_length=40)
    value = models.BooleanField(default=True)
    reason = models.TextField(blank=True)
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "name", "-set_at"], name="trait_of_customer")]


class Referral(models.Model):
    """Who introduced whom, so that referred revenue can be counted (D-30, CN-34)."""

    referrer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="referrals")
    referred = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="referred_by")
    introduced_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()


class StockLevel(models.Model):
    """What a customer has left of an article and the line under which he wants to be reminded (D-24, P-05)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="stock_levels")
    product_code = models.CharField(max_length=120)
    quantity = models.DecimalField(max_digits=16, decimal_places=4)
    safety_quantity = models.DecimalField(max_digits=16, decimal_places=4)
    as_of_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "product_code"], name="one_stock_level_per_article")]


class Merge(models.Model):
    """Two customers found to be one: which rows went over, so that they can be split again.

    `moved` maps a table's name to the ids that hung on `gone`; `changed` holds the fields of `kept` as they were.
    """

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    gone = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    moved = models.JSONField(default=dict)
    changed = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    merged_at = models.DateTimeField()
    split_at = models.DateTimeField(null=True, blank=True)


class NotTheSame(models.Model):
    """Two customers whom a person has looked at and found to be different; they are not proposed again."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="told_apart_once")]


class Event(models.Model):
    """Something that happened, named in event_names.py. Append-only; the one exception is `is_unread`.

    `is_unread` is true until the pulse has claimed the row; historical rows are never unread, so an import of
    history starts no journey (RD-13). `message_id` is the sender's own id, unique per source (RD-12).
    `anonymous_id` joins a visitor to a contact once he identifies himself.
    """

    name = models.CharField(max_length=80)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    object_kind = models.CharField(max_length=24, blank=True, help_text="order, message, inquiry …")
    object_id = models.CharField(max_length=80, blank=True)
    anonymous_id = models.CharField(max_length=120, blank=True)
    properties = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=60)
    message_id = models.CharField(max_length=200, null=True, blank=True)
    is_historical = models.BooleanField(default=False)
    is_unread = models.BooleanField(default=True)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "message_id"], name="event_is_recorded_once"),
            models.CheckConstraint(
                condition=Q(is_historical=False) | Q(is_unread=False), name="history_is_never_unread"
            ),
        ]
        indexes = [
            # The pulse: what has not been read yet.
            models.Index(fields=["id"], condition=Q(is_unread=True), name="event_unread"),
            # The timeline of the customer page.
            models.Index(fields=["customer", "-occurred_at"], name="event_of_customer"),
            models.Index(fields=["contact", "name", "-occurred_at"], name="event_of_contact"),
            models.Index(fields=["anonymous_id"], condition=~Q(anonymous_id=""), name="event_of_visitor"),
        ]
