"""Whom a campaign is for."""

from __future__ import annotations

import pytest

from guanxi.campaigns import audience
from guanxi.campaigns.audience import Whom
from guanxi.ledger.models import Contact, Customer
from tests import cast
from tests.rooms.campaigns import world

pytestmark = pytest.mark.django_db


def found(**choice: object) -> set[int]:
    return set(audience.contacts_of(Whom(**choice)).values_list("id", flat=True))  # type: ignore[arg-type]


class TestAudience:
    def test_is_nobody_unless_chosen(self, lena: Contact) -> None:
        """T-64: no campaign goes to an audience that nobody chose."""
        assert found() == set()

    def test_of_everyone_is_everyone_with_an_address(self, lena: Contact, yuki: Contact) -> None:
        cast.a_contact(customer=lena.customer, email="")

        assert found(takes_everyone=True, contact_choice="all") == {lena.pk, yuki.pk}

    def test_takes_the_main_contact_of_a_customer_or_all(self, lena: Contact) -> None:
        colleague = cast.a_contact(customer=lena.customer, email="jan@alsterkontor.example")
        world.a_list(lena, level="customer")

        assert found(includes=("fair",)) == {lena.pk}
        assert found(includes=("fair",), contact_choice="all") == {lena.pk, colleague.pk}

    def test_takes_the_oldest_contact_where_none_is_the_main_one(self, lena: Contact) -> None:
        Contact.objects.update(is_primary=False, email="", email_key=None)
        second = cast.a_contact(customer=lena.customer, email="jan@alsterkontor.example")
        cast.a_contact(customer=lena.customer, email="kim@alsterkontor.example")

        assert found(takes_everyone=True) == {second.pk}

    def test_of_a_list_of_contacts_is_these_contacts(self, lena: Contact) -> None:
        colleague = cast.a_contact(customer=lena.customer, email="jan@alsterkontor.example")
        world.a_list(colleague)

        assert found(includes=("fair",)) == {colleague.pk}

    def test_leaves_out_the_excluded(self, lena: Contact, yuki: Contact, diego: Contact) -> None:
        world.a_list(yuki, title="By contact")
        world.a_list(diego, title="By customer", level="customer")

        assert found(takes_everyone=True, excludes=("by-contact", "by-customer")) == {lena.pk}

    def test_joins_segments_without_doubles(self, lena: Contact, yuki: Contact) -> None:
        world.a_list(lena, yuki, title="One")
        world.a_list(lena, title="Two", level="customer")

        assert list(audience.contacts_of(Whom(includes=("one", "two"))).order_by("id")) == [lena, yuki]

    def test_leaves_out_the_blocked_and_the_merged(self, lena: Contact, yuki: Contact, diego: Contact) -> None:
        Customer.objects.filter(pk=lena.customer_id).update(is_blocked=True)
        Customer.objects.filter(pk=yuki.customer_id).update(merged_into=diego.customer)

        assert found(takes_everyone=True) == {diego.pk}

    def test_counts_customers_nobody_can_write_to(self, lena: Contact, yuki: Contact) -> None:
        Contact.objects.filter(pk=yuki.pk).update(email="", email_key=None)
        world.a_list(lena, yuki, level="customer")

        assert audience.customers_without_address(Whom(includes=("fair",))) == 1
        assert audience.customers_without_address(Whom(takes_everyone=True)) == 1

    def test_names_segments_that_are_gone(self, lena: Contact) -> None:
        world.a_list(lena)

        assert audience.missing_segments(Whom(includes=("fair",), excludes=("gone",))) == ["gone"]
