"""Raw opens and clicks with their verdict; the firm's own pages, carts left there, prices of materials."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.staff.models import ApiToken


class Hit(models.Model):
    """One request for the picture, a link or the hidden link of a mail, as it came, and the verdict on it (RP-40).

    The verdict is provisional until `settled_at`: then all requests of the message have been judged together, and the
    ledger has been told. It can be judged again by newer rules (`rule_version`).
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="hits")
    kind = models.CharField(max_length=8, help_text="open, click or trap.")
    link_index = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    method = models.CharField(max_length=8, default="GET", db_default="GET")
    verdict = models.CharField(max_length=8, help_text="human, machine or unknown.")
    rule = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField(default=1, db_default=1)
    network = models.CharField(max_length=45, blank=True, help_text="/24 or /48 of the address, gone after 30 days.")
    user_agent = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["message", "kind", "at"], name="hit_of_message"),
            # The pulse: whose settle window is over.
            models.Index(fields=["at"], condition=models.Q(settled_at__isnull=True), name="hit_to_settle"),
        ]


class HitSheet(models.Model):
    """The hits of a moment as the server noted them, until the worker makes Hits of them (hitbook).

    Each line holds the number of a mail, the network and the browser: no name, no address.
    """

    lines = models.TextField()


class HitPage(models.Model):
    """The name of a file whose hits stand on sheets, while the file may still be there: it is brought in once."""

    name = models.CharField(max_length=32, unique=True)
    brought_in_at = models.DateTimeField(db_default=Now())


class PageHit(models.Model):
    """One request for a page of ours that a mail leads to (a document, an order), with its verdict, as of a Hit."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="page_hits")
    page = models.CharField(max_length=12, help_text="document or order.")
    object_id = models.CharField(max_length=24)
    kind = models.CharField(max_length=8, help_text="view or download.")
    about = models.JSONField(default=dict, help_text="What the ledger is told of the page.")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    verdict = models.CharField(max_length=8)
    rule = models.CharField(max_length=40)
    network = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["contact", "page", "object_id", "at"], name="page_hit_of_contact"),
            models.Index(fields=["at"], condition=models.Q(settled_at__isnull=True), name="page_hit_to_settle"),
        ]


class Site(models.Model):
    """A page of the firm whose visitors are told of by the script, with the write key that stands in it.

    A key with a site is public: it is taken from pages of its sites only, and writes no orders (RS-38).
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="sites")
    origin = models.CharField(max_length=300, unique=True, help_text="Such as https://shop.example, lower case.")
    created_at = models.DateTimeField()


class Cart(models.Model):
    """The cart a known contact has filled; without activity it falls due and is told as abandoned, once (DP-20).

    `key` is the shop's own id of the cart, else the moment it was begun. `open → abandoned | ordered | emptied`.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="carts")
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=10, default="open")
    items = models.JSONField(default=dict, help_text="Product code to quantity, name and price.")
    filled_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "key"], name="cart_is_kept_once")]
        indexes = [
            # The pulse: whose 30 minutes are over.
            models.Index(fields=["due_at"], condition=models.Q(state="open"), name="cart_due"),
        ]


class MaterialPrice(models.Model):
    """What a material cost on a day, as a person entered it; goods of `categories` are made of it (B-20)."""

    material = models.CharField(max_length=120)
    on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3)
    categories = models.JSONField(default=list)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["material", "on"], name="material_price_per_day")]
