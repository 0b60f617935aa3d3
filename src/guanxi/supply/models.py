"""Agreements, custom projects, quality checks, quotations, joint shipments, pictures of production."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Customer, Order

AGREEMENT_KINDS = {
    "supply": "Long-term supply: price and capacity are locked (P-04).",
    "emergency_stock": "Stock held back for urgent replenishment (L-28).",
    "own_channel": "An ordering channel of the customer's own, where he sees stock and orders (L-27).",
    "payment_terms": "Days of payment granted (T-56).",
    "price_lock": "A price held because rates or material move (L-29).",
}
CHECK_POINTS = ("raw_material", "trial_assembly", "final_acceptance")
NODES = ("materials_in", "assembly", "inspection", "packing", "other")


class Agreement(models.Model):
    """Something agreed with a customer for a time; `kind` is a key of AGREEMENT_KINDS.

    `terms` holds what the kind needs: unit_prices by article with `currency`, capacity_per_month, reserved stock by
    article, url, payment_days.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="agreements")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    terms = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "kind"], name="agreement_of_customer")]


class Project(models.Model):
    """Goods made to a customer's own specification, from the accepted request to the finished lot (P-07 … P-10).

    `pauses` is a list of [since, until] in ISO form, until empty while the customer has to answer (CN-45).
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="projects")
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="projects")
    title = models.CharField(max_length=200)
    specification = models.TextField(blank=True)
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
    )  # fmt: skip
    accepted_at = models.DateTimeField()
    drawing_at = models.DateTimeField(null=True, blank=True)
    sample_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    pauses = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-accepted_at"], name="project_of_customer")]


class QualityCheck(models.Model):
    """One of the three checks of a project, or of an order (P-10)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="checks")
    point = models.CharField(max_length=20, help_text="raw_material, trial_assembly or final_acceptance.")
    is_passed = models.BooleanField()
    note = models.TextField(blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    checked_at = models.DateTimeField()


class Quotation(models.Model):
    """`items` is a list of {product, quantity, unit_price, parts: [{name, amount}]}, amounts as text."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="quotations")
    project = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, blank=True, related_name="quotations")
    number = models.CharField(max_length=60, unique=True)
    currency = models.CharField(max_length=3)
    items = models.JSONField(default=list)
    valid_until = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()


class JointShipment(models.Model):
    """Several orders of one customer that leave together under one customs declaration (P-14)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="joint_shipments")
    orders = models.ManyToManyField(Order, related_name="joint_shipments")
    declaration_number = models.CharField(max_length=120, blank=True)
    carrier = models.CharField(max_length=80, blank=True)
    tracking_number = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()


class ProductionPicture(models.Model):
    """A photo of a key point of production, shown to the customer (L-22)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="pictures")
    node = models.CharField(max_length=20, help_text="materials_in, assembly, inspection, packing or other.")
    caption = models.CharField(max_length=200, blank=True)
    picture = models.FileField(upload_to="production")
    taken_at = models.DateTimeField()
    created_at = models.DateTimeField()
