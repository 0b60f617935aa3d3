"""Quotations, joint shipments and photos of production in the console."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from guanxi.firm import actions as firm_actions
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.actions import LineFacts
from guanxi.ledger.models import Contact, Event, Order
from guanxi.supply.models import JointShipment, ProductionPicture, Project, Quotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(now: datetime, ada: Any, signed_in: Callable[[Any], Any], settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    firm_actions.finish_set_up(now=now)
    return signed_in(ada)


def an_order(contact: Contact, number: str, now: datetime) -> Order:
    return ledger_actions.record_order(
        customer=contact.customer, contact=contact, number=number, placed_at=now, currency="USD", now=now,
        lines=[LineFacts(product_code="lamp", quantity=Decimal(1), unit_price=Decimal(10), amount=Decimal(10))],
    )  # fmt: skip


def jpeg_with_a_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Spy camera"
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "JPEG", exif=exif)
    return file.getvalue()


class TestQuotations:
    """T-52, P-11: the fixed form, with the parts of a custom price."""

    def asked(self, client: Any, lena: Contact, **changes: str) -> Any:
        values = {
            "number": "Q-1", "currency": "USD", "valid_until": "2026-07-01", "project": "",
            "items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0", "items-0-product": "Lamp",
            "items-0-quantity": "100", "items-0-unit_price": "5", "items-0-parts": "",
        }  # fmt: skip
        return client.post(f"/customers/{lena.customer_id}/quotations/", values | changes)

    def test_stand_in_the_fixed_form_and_as_text(self, client: Any, lena: Contact) -> None:
        done = self.asked(client, lena, **{"items-0-parts": "material 3.20, processing 1.10; margin 0.70"})

        page = client.get(done["Location"]).content.decode()
        assert done.status_code == 302
        for words in ("Q-1", "material", "1. Lamp: 100 × USD 5 = 500.00", "Total: USD 500.00"):
            assert words in page

    @pytest.mark.parametrize(
        ("parts", "says"),
        [("material 3.20", "the parts add up to 3.20"), ("lots of love", "is no part of a price")],
    )
    def test_say_which_parts_do_not_fit(self, client: Any, lena: Contact, parts: str, says: str) -> None:
        answer = self.asked(client, lena, **{"items-0-parts": parts})

        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert not Quotation.objects.exists()

    def test_of_a_project_show_where_the_price_comes_from(self, client: Any, lena: Contact, now: datetime) -> None:
        project = Project.objects.create(customer=lena.customer, title="Gate", accepted_at=now, created_at=now)

        answer = self.asked(client, lena, project=str(project.pk))

        assert "a custom price shows its parts" in answer.content.decode()

    def test_have_a_number_of_their_own(self, client: Any, lena: Contact) -> None:
        self.asked(client, lena)

        assert "There is a quotation with this number already." in self.asked(client, lena).content.decode()


class TestJointShipments:
    """P-14: merged orders, one shipment, one declaration."""

    def test_leave_together_and_are_shipped_together(self, client: Any, lena: Contact, now: datetime) -> None:
        orders = [an_order(lena, number, now) for number in ("A1", "A2")]
        address = f"/customers/{lena.customer_id}/shipments/"

        client.post(address, {"order": [each.pk for each in orders], "declaration": "HH-77"})
        shipment = JointShipment.objects.get()
        assert "HH-77" in client.get(address).content.decode()
        client.post(f"{address}dispatch", {"shipment": shipment.pk, "carrier": "DHL", "tracking_number": "J1"})

        kept = Order.objects.order_by("number").values_list("stage", "tracking_number")
        assert list(kept) == [("shipped", "J1")] * 2
        assert "DHL J1" in client.get(address).content.decode()

    def test_take_no_order_of_somebody_else(self, client: Any, lena: Contact, diego: Contact, now: datetime) -> None:
        mine, foreign = an_order(lena, "A1", now), an_order(diego, "B1", now)

        client.post(f"/customers/{lena.customer_id}/shipments/", {"order": [mine.pk, foreign.pk]})

        assert not JointShipment.objects.exists()


class TestPhotosOfProduction:
    """L-22: uploaded on the order's page, shown there and told as news."""

    def shown(self, client: Any, order: Order, content: bytes, name: str = "a.jpg") -> None:
        upload = SimpleUploadedFile(name, content, "image/jpeg")
        client.post(f"/orders/{order.pk}/pictures/", {"node": "assembly", "caption": "Begun", "picture": upload})

    def test_are_made_new_without_place_and_camera(self, client: Any, lena: Contact, now: datetime) -> None:
        """RS-13: nothing of the file survives but its dots."""
        order = an_order(lena, "A1", now)

        self.shown(client, order, jpeg_with_a_place())

        photo = ProductionPicture.objects.get()
        answer = client.get(f"/orders/{order.pk}/picture/?n={photo.pk}")
        assert answer["Content-Type"] == "image/jpeg"
        assert b"Spy camera" not in answer.content
        assert f"?n={photo.pk}" in client.get(f"/orders/{order.pk}/").content.decode()
        assert Event.objects.get(name="order.news").properties["text"] == "Begun"

    def test_other_files_are_refused_in_words(self, client: Any, lena: Contact, now: datetime) -> None:
        order = an_order(lena, "A1", now)

        self.shown(client, order, b"<svg onload=alert(1)>", "a.svg")

        assert not ProductionPicture.objects.exists()
        assert "alert" in client.get(f"/orders/{order.pk}/").content.decode()

    def test_of_another_order_are_not_found(self, client: Any, lena: Contact, now: datetime) -> None:
        order, other = an_order(lena, "A1", now), an_order(lena, "A2", now)
        self.shown(client, order, jpeg_with_a_place())

        photo = ProductionPicture.objects.get()
        assert client.get(f"/orders/{other.pk}/picture/?n={photo.pk}").status_code == 404
