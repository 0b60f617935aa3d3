"""A sealed column: open to whoever has the row, closed to whoever has the table (RE-01, RE-02, RE-07, RS-42)."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django import forms
from django.core import serializers
from django.db import connection, models, transaction

from guanxi.kernel import keys, sealing
from guanxi.kernel.bulk import update_rows
from guanxi.kernel.sealed_field import SealedText, SealedTextField, Unreadable, readable
from guanxi.webhooks.models import Endpoint
from tests import cast

pytestmark = pytest.mark.django_db


def an_endpoint(name: str = "Shop", secret: str = "whsec_geheim") -> Endpoint:
    endpoint = Endpoint(name=name, url="https://shop.example/hook", secret=secret, created_at=cast.NOW)
    endpoint.save()
    return Endpoint.objects.get(pk=endpoint.pk)


def column(endpoint: Endpoint) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_endpoint WHERE id = %s", [endpoint.pk])
        return str(cursor.fetchone()[0])


def put_into_column(endpoint: Endpoint, text: str) -> Endpoint:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE webhooks_endpoint SET secret = %s WHERE id = %s", [text, endpoint.pk])
    return Endpoint.objects.get(pk=endpoint.pk)


class SecretForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Endpoint
        fields = ("name", "secret")


class TestASealedColumn:
    def test_holds_no_plain_text(self) -> None:
        """RE-01, RE-02."""
        endpoint = an_endpoint()

        assert column(endpoint).startswith(f"v1.{keys.ring().current}.")
        assert "geheim" not in column(endpoint)
        assert endpoint.secret == "whsec_geheim"

    def test_moved_to_another_row_does_not_open(self) -> None:
        """RE-02: the row's uid is authenticated."""
        first, second = an_endpoint(), an_endpoint("Other", "whsec_other")

        moved = put_into_column(second, column(first))
        assert isinstance(moved.secret, Unreadable)

    def test_moved_to_another_column_does_not_open(self) -> None:
        """RE-02: the field is authenticated."""
        endpoint = an_endpoint()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE webhooks_endpoint SET former_secret = secret")

        assert isinstance(Endpoint.objects.get(pk=endpoint.pk).former_secret, Unreadable)

    def test_that_does_not_open_says_so_and_is_kept_by_every_way_of_saving(self) -> None:
        """RE-07: unreadable, and never overwritten by a form save."""
        endpoint = an_endpoint()
        lost = put_into_column(endpoint, column(endpoint)[:-4] + "AAAA")
        before = column(lost)

        assert str(lost.secret) == "unreadable"
        with pytest.raises(sealing.BrokenSeal):
            readable(lost.secret)
        lost.save()
        form = SecretForm({"name": "Renamed", "secret": ""}, instance=lost)
        assert form.is_valid()
        form.save()
        lost.refresh_from_db()
        lost.save()
        Endpoint(**{field.attname: getattr(lost, field.attname) for field in Endpoint._meta.concrete_fields}).save()
        assert pickle.loads(pickle.dumps(lost.secret)) == "unreadable"
        assert column(lost) == before
        assert Endpoint.objects.get().name == "Renamed"

    def test_is_never_shown_in_a_form_or_a_dump(self) -> None:
        """RS-42: write-only."""
        endpoint = an_endpoint()

        assert "geheim" not in SecretForm(instance=endpoint).as_p()
        assert "geheim" not in serializers.serialize("json", [endpoint])

    def test_is_changed_by_a_form_that_says_something(self) -> None:
        endpoint = an_endpoint()
        form = SecretForm({"name": "Shop", "secret": "whsec_new"}, instance=endpoint)
        form.save()

        assert Endpoint.objects.get().secret == "whsec_new"

    def test_is_not_sealed_anew_by_saving_something_else(self) -> None:
        endpoint = an_endpoint()
        before = column(endpoint)
        endpoint.name = "Renamed"
        endpoint.save()

        assert column(endpoint) == before

    def test_cannot_be_written_past_the_seal(self) -> None:
        """RT-25: no way in leaves plain text behind."""
        endpoint = an_endpoint()

        with pytest.raises(TypeError, match="sealed per row"), transaction.atomic():
            Endpoint.objects.update(secret="plain")
        with pytest.raises(TypeError, match="sealed per row"):
            Endpoint.objects.filter(secret="whsec_geheim").exists()
        with pytest.raises(TypeError, match="sealed per row"), transaction.atomic():
            Endpoint.objects.bulk_update([endpoint], ["secret"])
        with pytest.raises(TypeError, match="sealed"):
            update_rows(Endpoint, ["secret"], [(endpoint.pk, "plain")])
        Endpoint.objects.bulk_create(
            [Endpoint(name="Many", url="https://a.example/", secret="plain", created_at=cast.NOW)]
        )
        assert all(isinstance(text, SealedText) for text in Endpoint.objects.values_list("secret", flat=True))
        assert Endpoint.objects.get(name="Many").secret == "plain"

    def test_needs_a_uid_beside_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        uid = Endpoint._meta.get_field("uid")
        assert isinstance(uid, models.UUIDField)
        field: Any = Endpoint._meta.get_field("secret")
        assert isinstance(field, SealedTextField)
        assert not field.check()
        monkeypatch.setitem(uid.__dict__, "unique", False)
        assert [error.id for error in field.check()] == ["kernel.E001"]
