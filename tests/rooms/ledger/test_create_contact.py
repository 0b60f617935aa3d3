"""Customers and contacts entered by hand."""

from datetime import datetime
from typing import Any

import pytest

from guanxi.ledger import actions, queries
from guanxi.ledger.identity import BadAddress
from guanxi.ledger.models import Contact, Customer, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(now: datetime) -> Customer:
    return actions.create_customer(name="Elbwerk GmbH", country="DE", now=now)


class TestCreateContact:
    def test_makes_the_first_one_primary(self, customer: Customer, now: datetime) -> None:
        first = actions.create_contact(customer=customer, email="a@elbwerk.example", now=now)
        second = actions.create_contact(customer=customer, email="b@elbwerk.example", now=now)

        assert (first.is_primary, second.is_primary) == (True, False)

    def test_moves_the_primary_mark(self, customer: Customer, now: datetime) -> None:
        first = actions.create_contact(customer=customer, email="a@elbwerk.example", now=now)
        actions.create_contact(customer=customer, email="b@elbwerk.example", is_primary=True, now=now)

        first.refresh_from_db()
        assert not first.is_primary

    def test_learns_the_domain_of_the_firm(self, customer: Customer, now: datetime) -> None:
        actions.create_contact(customer=customer, email="A@ElbWerk.example", now=now)

        assert Customer.objects.get().domain == "elbwerk.example"

    def test_learns_nothing_from_a_shared_mail_host(self, customer: Customer, now: datetime) -> None:
        actions.create_contact(customer=customer, email="elbwerk@gmail.com", now=now)

        assert Customer.objects.get().domain == ""

    def test_names_who_has_the_address_already(self, lena: Contact, customer: Customer, now: datetime) -> None:
        with pytest.raises(actions.AddressTaken, match="Alsterkontor"):
            actions.create_contact(customer=customer, email=lena.email.upper(), now=now)

    def test_refuses_a_bad_address(self, customer: Customer, now: datetime) -> None:
        with pytest.raises(BadAddress):
            actions.create_contact(customer=customer, email="nobody", now=now)
        assert not customer.contacts.exists()

    def test_allows_several_without_an_address(self, customer: Customer, now: datetime) -> None:
        actions.create_contact(customer=customer, full_name="Lager", now=now)
        actions.create_contact(customer=customer, full_name="Empfang", now=now)

        assert customer.contacts.count() == 2


class TestUpdateContact:
    def test_moves_the_key_with_the_address(self, lena: Contact, now: datetime) -> None:
        actions.update_contact(contact=lena, changes={"email": "Lena@Neu.example"}, now=now)

        assert queries.contact_by_email("lena@neu.example") == lena

    def test_refuses_fields_that_are_not_for_editing(self, lena: Contact, now: datetime) -> None:
        with pytest.raises(actions.NotAField, match="customer_id"):
            actions.update_contact(contact=lena, changes={"customer_id": 99}, now=now)


class TestScope:
    def test_shows_sales_their_own_customers_only(
        self, staff: dict[str, Any], customer: Customer, now: datetime
    ) -> None:
        assert not queries.customers_for(staff["sales"]).exists()

        actions.assign_owner(customer=customer, owner=staff["sales"], now=now)

        assert queries.customers_for(staff["sales"]).get() == customer

    def test_shows_an_analyst_all(self, staff: dict[str, Any], customer: Customer) -> None:
        assert queries.customers_for(staff["analyst"]).exists()

    def test_shows_a_disabled_account_nothing(self, staff: dict[str, Any], customer: Customer) -> None:
        staff["owner"].is_active = False

        assert not queries.customers_for(staff["owner"]).exists()


class TestSearched:
    @pytest.mark.parametrize("text", ["alsterkontor", "ALSTER", "petersen", "lena@", "  Alsterkontor "])
    def test_finds_by_name_or_contact(self, lena: Contact, text: str) -> None:
        assert queries.searched(Customer.objects.all(), text).get() == lena.customer

    def test_finds_nothing_for_another_word(self, lena: Contact) -> None:
        assert not queries.searched(Customer.objects.all(), "Werft").exists()


class TestSetTags:
    def test_keeps_order_and_drops_doubles(self, customer: Customer, now: datetime) -> None:
        actions.set_tags(customer=customer, tags=["fair", " fair ", "", "lamps"], now=now)

        assert Customer.objects.get().tags == ["fair", "lamps"]


class TestCustomerCreated:
    def test_is_an_event(self, customer: Customer) -> None:
        assert Event.objects.get(name="customer.created").customer == customer
