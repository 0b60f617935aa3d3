"""Offers, the codes handed out for them, the orders they were used for, and the price breaks of articles."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.ledger.models import Contact, Customer, Order


class Offer(models.Model):
    """`document` is the YAML text of the offer; every text it ever had is an OfferVersion."""

    name = models.CharField(max_length=60, unique=True)
    document = models.TextField()
    version = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=False, help_text="An offer gives money away: nothing holds unasked.")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class OfferVersion(models.Model):
    """A text of an offer as codes were handed out for it: what was promised stays promised."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "number"], name="one_text_per_offer_version")]


class Grant(models.Model):
    """A personal code of one contact. `key` is its occasion: the same one hands out the same code again.

    `origin_kind` is journey, campaign, person, api or order; `origin` the journey's key, the campaign's or the
    person's id, by which the cost is counted; `origin_id` the enrolment or order.
    """

    version = models.ForeignKey(OfferVersion, on_delete=models.PROTECT, related_name="grants")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="grants")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="grants")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="grants")
    code = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=200, unique=True)
    origin_kind = models.CharField(max_length=12)
    origin = models.CharField(max_length=60, blank=True)
    origin_id = models.CharField(max_length=60, blank=True)
    uses = models.PositiveSmallIntegerField(default=1, help_text="For so many orders it may be used.")
    granted_at = models.DateTimeField()
    granted_on = models.DateField(help_text="The firm's day of it.")
    valid_until = models.DateField(help_text="Latest day of use.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["origin_kind", "origin_id"], name="grant_of_origin"),
            models.Index(fields=["offer", "-granted_at"], name="grant_of_offer"),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """A code stated with an order, and what became of it; a refused one keeps its reason (a key of offers.reasons).

    `amount` is what it cost, in the order's currency: what the order shows as its discount, else what the terms give
    (`by_terms`).
    """

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="redemptions")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="redemptions")
    state = models.CharField(max_length=8, help_text="accepted or refused.")
    reason = models.CharField(max_length=24, blank=True)
    detail = models.JSONField(default=dict)
    amount = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    by_terms = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    currency = models.CharField(max_length=3)
    amount_reporting = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    scheme = models.CharField(max_length=60, blank=True, help_text="Whose budget per tier it is paid from.")
    tier = models.CharField(max_length=40, blank=True, help_text="Where the customer stood in it.")
    told_by = models.CharField(max_length=8, help_text="import, api, shop or person.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # fmt: skip
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grant", "order"], name="one_redemption_per_order")]
        indexes = [models.Index(fields=["grant"], condition=Q(state="accepted"), name="accepted_use_of_grant")]


class PriceBreak(models.Model):
    """From `from_quantity` pieces on, one costs `unit_price` (T-59, X-23)."""

    product_code = models.CharField(max_length=120)
    from_quantity = models.DecimalField(max_digits=16, decimal_places=4)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    currency = models.CharField(max_length=3)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product_code", "currency", "from_quantity"], name="one_price_break_per_quantity"
            )
        ]


class FloorMargin(models.Model):
    """The least margin that offers leave of the price: of an article, of a category, or of all where both are empty.

    Without a row no offer goes below the cost of an article (CN-36).
    """

    product_code = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=120, blank=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, help_text="Of the sales price.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product_code", "category"], name="one_floor_margin")]
