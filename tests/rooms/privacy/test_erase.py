"""A person is erased from every table and every file; orders and sums stay (RL-10)."""

from __future__ import annotations

import base64
import json
import unicodedata
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db.models import Sum

from guanxi.consent import queries as consent_queries
from guanxi.consent.models import AddressChange, SubjectRequest, Suppression
from guanxi.intake.models import ImportRun
from guanxi.ledger import frames
from guanxi.ledger.models import Contact, Customer, Event, Order
from guanxi.pipeline.models import KeptAnswer
from guanxi.privacy import erasing, journal, residue
from guanxi.privacy.models import Erasure
from guanxi.privacy.people import person_of
from guanxi.privacy.scrubbing import GONE
from guanxi.staff.models import ApiToken, AuditEntry
from tests import cast
from tests.rooms.privacy import planting
from tests.rooms.privacy.planting import PHONE, STREET, Planter, every_model_is_planted, plant_files

pytestmark = pytest.mark.django_db


def searched(contact: Contact, name: str) -> list[str]:
    return [contact.email, name, PHONE, "+49407654321", "49407654321"]


def planted(contact: Contact, name: str) -> Planter:
    Contact.objects.filter(pk=contact.pk).update(phone=PHONE, fields={"Private Address": STREET})
    contact.refresh_from_db()
    planter = Planter(contact, name=name)
    planter.plant()
    return planter


class TestErasing:
    @pytest.mark.parametrize(
        ("who", "name"), [("lena", "Lena Petersen"), ("yuki", "田中由紀"), ("fatima", "فاطمة الحربي")]
    )
    def test_leaves_nothing_in_any_table_or_file(
        self, request: pytest.FixtureRequest, data_folder: Path, who: str, name: str
    ) -> None:
        """RL-10, RL-08: a person planted in every table by the registry; 0 hits afterwards."""
        contact = request.getfixturevalue(who)
        planter = planted(contact, name)
        gone = plant_files(data_folder, planter, cast.NOW)
        frames.refresh(folder=data_folder / "frames", now=cast.NOW)
        texts = searched(contact, name)
        before = residue.search(texts)
        assert every_model_is_planted(planter) == set()
        assert len(before) > 100

        erasure = erasing.erase(contact=contact, reason="He asked by letter.", now=cast.NOW)

        assert [(each.where, each.count) for each in residue.search([*texts, STREET])] == []
        assert (erasure.state, erasure.leftovers, erasure.places) == ("done", "", [])
        assert [name for name in gone if (data_folder / name).exists()] == []

    def test_takes_the_family_name_alone_from_the_rows_of_the_firm(self, lena: Contact, yuki: Contact) -> None:
        """RL-10: "friend of Petersen" beside his firm tells of nobody else; beside another firm it may."""
        Customer.objects.filter(pk=lena.customer_id).update(fields={"about": "friend of Petersen"})
        Customer.objects.filter(pk=yuki.customer_id).update(fields={"about": "friend of Petersen"})

        erasing.erase(contact=lena, reason="She asked by letter.", now=cast.NOW)

        assert Customer.objects.get(pk=lena.customer_id).fields == {"about": "friend of [erased]"}
        assert Customer.objects.get(pk=yuki.customer_id).fields == {"about": "friend of Petersen"}

    def test_takes_name_and_telephone_from_rows_of_other_firms(self, lena: Contact, yuki: Contact) -> None:
        """RL-10: "ask Lena Petersen, +49 40 7654321" in a note on another buyer tells of her and of nobody else."""
        Contact.objects.filter(pk=lena.pk).update(phone=PHONE)
        said = f"ask Lena  Petersen or PETERSEN, LENA ({PHONE}; 0049 40 76543210)"
        Customer.objects.filter(pk=yuki.customer_id).update(fields={"about": said})

        erasing.erase(contact=Contact.objects.get(pk=lena.pk), reason="She asked.", now=cast.NOW)

        about = Customer.objects.get(pk=yuki.customer_id).fields["about"]
        assert about == "ask [erased] or [erased] ([erased]; 0049 40 76543210)"
        assert residue.search(["Lena Petersen", PHONE]) == []

    @pytest.mark.parametrize(
        "said",
        [
            unicodedata.normalize("NFD", "Zoë Quillfeather"),
            json.dumps({"who": "Zoë Quillfeather"}),
            "https://x.example/?n=Zo%C3%AB+Quillfeather&m=zoe.quillfeather%40quill.example",
            "Zo&#235; Quillfeather",
            f"kept: {GONE} {base64.b64encode('Zoë Quillfeather <zoe.quillfeather@quill.example>'.encode()).decode()}",
        ],
    )
    def test_takes_a_name_with_an_umlaut_however_it_is_written(self, yuki: Contact, said: str) -> None:
        """RL-10: what the residue search finds, erasure has taken: letters in two parts, escapes, base64."""
        zoe = cast.a_contact(
            customer=cast.a_customer(name="Quill"), email="zoe.quillfeather@quill.example", given_name="Zoë",
            family_name="Quillfeather",
        )  # fmt: skip
        Customer.objects.filter(pk=yuki.customer_id).update(fields={"about": said})
        token = ApiToken.objects.create(
            name="shop", key_hash="x", kind="api", created_by=cast.ada(), created_at=cast.NOW
        )
        KeptAnswer.objects.create(token=token, key="new_zoe.quillfeather@quill.example", expires_at=cast.NOW)

        erasing.erase(contact=zoe, reason="She asked.", now=cast.NOW)

        assert GONE in Customer.objects.get(pk=yuki.customer_id).fields["about"]
        assert residue.search(["Zoë Quillfeather", "zoe.quillfeather@quill.example"]) == []

    @pytest.mark.parametrize("namesake", ["contact", "customer", "staff"])
    def test_leaves_a_name_that_somebody_else_bears_to_him(self, namesake: str, lena: Contact, yuki: Contact) -> None:
        """RL-10: beside another firm it may be the other one's; nobody can tell."""
        if namesake == "contact":
            cast.a_contact(customer=yuki.customer, email="p@x.example", given_name="lena", family_name="petersen")
        elif namesake == "customer":
            cast.a_customer(name="Reederei Lena Petersen")
        else:
            cast.a_member_of_staff("sales", email="lp@ningbo-firm.example", name="Lena Petersen")

        assert "Lena Petersen" in person_of(lena).words
        assert "Lena Petersen" not in person_of(lena).marks

    @pytest.mark.parametrize(("name", "is_mark"), [("王小明", True), ("王伟", False), ("Lena", False)])
    def test_takes_no_name_for_his_alone_that_stands_in_many_words(
        self, name: str, is_mark: bool, lena: Contact
    ) -> None:
        Contact.objects.filter(pk=lena.pk).update(given_name="", family_name="", full_name=name)

        assert (name in person_of(Contact.objects.get(pk=lena.pk)).marks) == is_mark

    def test_leaves_the_family_name_to_a_colleague(self, lena: Contact) -> None:
        """RL-10: who bears the same name at the same firm keeps what is said of him."""
        cast.a_contact(customer=lena.customer, email="jan@alsterkontor.example", family_name="Petersen")
        Customer.objects.filter(pk=lena.customer_id).update(fields={"about": "friend of Petersen"})

        erasing.erase(contact=lena, reason="She asked by letter.", now=cast.NOW)

        assert Customer.objects.get(pk=lena.customer_id).fields == {"about": "friend of Petersen"}

    def test_keeps_orders_and_sums(self, lena: Contact) -> None:
        """RL-10: sums stay."""
        planted(lena, "Lena Petersen")
        before = Order.objects.aggregate(sum=Sum("amount"), reported=Sum("amount_reporting"))
        orders = Order.objects.count()
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        assert orders == Order.objects.filter(contact=None).count() > 0
        assert Order.objects.aggregate(sum=Sum("amount"), reported=Sum("amount_reporting")) == before
        assert before["sum"] > Decimal(0)
        assert Customer.objects.get(pk=lena.customer_id).name == "Alsterkontor Handels GmbH"

    def test_leaves_only_a_fingerprint_with_its_reason(self, lena: Contact) -> None:
        """RL-10: HMAC with a pepper, reason and date."""
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        [row] = Suppression.objects.all()
        assert row.address_key == consent_queries.address_key("lena@alsterkontor.example")
        assert (row.scope, row.reason, row.detail, row.contact, row.created_at) == ("all", "erased", "", None, cast.NOW)

    def test_reaches_addresses_he_had_before(self, lena: Contact, yuki: Contact) -> None:
        """RL-10, J-20.2: the former address is searched for and barred too, and one that is another's by now is not."""
        old, given, shared = "lena.alt@alsterkontor.example", "lena@typo.example", yuki.email
        for number, (before, after, state) in enumerate([(old, lena.email, "confirmed"), ("", given, "mailed"),
                                                         ("", shared, "mailed")]):  # fmt: skip
            AddressChange.objects.create(
                contact=lena, old_address=before, new_address=after, state=state, address_key=str(number),
                via="preferences", asked_at=cast.NOW, valid_until=cast.NOW,
            )  # fmt: skip

        person = person_of(lena)

        assert {old, given} <= set(person.marks)
        assert shared not in person.marks
        assert person.email_keys == (lena.email_key, old)

    def test_is_told_to_other_programs_by_the_number_alone(self, lena: Contact) -> None:
        """RL-09, GDPR 19: whoever was given the data hears of it, without a name."""
        number = str(lena.pk)
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        told = Event.objects.get(name="contact.erased")
        assert (told.object_id, told.contact, told.customer, told.is_unread) == (number, None, None, True)

    def test_replaces_an_earlier_suppression_and_its_words(self, lena: Contact) -> None:
        from guanxi.consent import actions

        actions.suppress(address=lena.email, reason="staff", detail="Lena called", now=cast.NOW, contact=lena)
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        assert [(each.scope, each.reason, each.detail) for each in Suppression.objects.all()] == [("all", "erased", "")]

    def test_leaves_other_people_alone(self, lena: Contact, yuki: Contact, data_folder: Path) -> None:
        namesake = cast.a_contact(
            customer=yuki.customer, email="lena.p@nambabussan.example", given_name="Lena", family_name="Petersen"
        )
        Contact.objects.filter(pk=namesake.pk).update(phone=PHONE)
        planted(lena, "Lena Petersen")
        plant_files(data_folder, Planter(lena, name="Lena Petersen"), cast.NOW)
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        namesake.refresh_from_db()
        assert (str(namesake), namesake.email, namesake.phone) == ("Lena Petersen", "lena.p@nambabussan.example", PHONE)
        assert (data_folder / "uploads" / "other.csv").exists()
        assert (data_folder / "rejects" / "import-1.csv").read_text("utf-8-sig").splitlines()[1:] == [
            "3,x,y,Somebody else"
        ]
        assert pq.read_table(data_folder / "frames/scores/one.parquet").to_pylist() == [
            {"customer_id": 1, "contact_id": None, "name": "Somebody else"}
        ]

    def test_answers_the_request_that_was_open(self, lena: Contact) -> None:
        """RL-08: the request is closed and stays, without the person."""
        from guanxi.consent.requests import open_request

        open_request(contact=lena, kind="erase", via="preferences", now=cast.NOW)
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        [request] = SubjectRequest.objects.all()
        assert (request.contact, request.state, request.closed_at) == (None, "done", cast.NOW)

    def test_is_audited_without_a_name(self, lena: Contact, ada: Any) -> None:
        erasing.erase(contact=lena, reason="Lena Petersen wrote so.", now=cast.NOW, actor=ada)

        entry = AuditEntry.objects.get(act="person.erased")
        assert (entry.actor, entry.object_id) == (ada, str(Erasure.objects.get().contact_id))
        assert entry.details == {"reason": "[erased] wrote so.", "via": "console"}

    def test_needs_a_reason(self, lena: Contact) -> None:
        with pytest.raises(erasing.NoReason):
            erasing.erase(contact=lena, reason=" ", now=cast.NOW)
        assert Contact.objects.filter(pk=lena.pk).exists()

    def test_takes_the_file_of_an_import_that_nobody_started(self, lena: Contact, data_folder: Path) -> None:
        """RL-10: it was looked at and left; nobody may ever press the button."""
        plant_files(data_folder, Planter(lena, name="Lena Petersen"), cast.NOW)
        ImportRun.objects.create(
            file_name="one.csv", stored_path="uploads/one.csv", digest="x", kind="orders", source="file",
            state="pending", started_at=cast.NOW,
        )  # fmt: skip

        erasure = erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        assert (erasure.state, erasure.places) == ("done", [])
        assert list(ImportRun.objects.values_list("state", "stored_path")) == [("failed", "")]

    def test_waits_for_the_file_of_an_import_under_way(self, lena: Contact, data_folder: Path) -> None:
        planter = Planter(lena, name="Lena Petersen")
        plant_files(data_folder, planter, cast.NOW)
        run = ImportRun.objects.create(
            file_name="one.csv", stored_path="uploads/one.csv", digest="x", kind="orders", source="file",
            state="running", started_at=cast.NOW,
        )  # fmt: skip
        erasure = erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)
        assert erasure.places[0] == "waits for the import of one.csv"
        assert (data_folder / "uploads" / "one.csv").exists()

        ImportRun.objects.filter(pk=run.pk).update(state="done")
        assert erasing.finish_due(now=cast.NOW) == 1
        erasure.refresh_from_db()
        assert (erasure.state, erasure.leftovers, erasure.places) == ("done", "", [])
        assert not (data_folder / "uploads" / "one.csv").exists()


class TestErasingASoleTrader:
    def test_takes_the_name_of_the_customer_too(self, diego: Contact, data_folder: Path) -> None:
        """RL-10: a customer who is the person himself keeps country, orders and sums, and loses his name."""
        Customer.objects.filter(pk=diego.customer_id).update(
            name="Diego Garza", address=STREET, domain="ferrelasilla.example"
        )
        diego.refresh_from_db()
        planted(diego, "Diego Garza")
        orders = Order.objects.count()

        erasing.erase(contact=diego, reason="He asked.", now=cast.NOW)

        customer = Customer.objects.get(pk=diego.customer_id)
        assert customer.name == f"Erased customer {customer.pk}"
        assert (customer.country, customer.address, customer.domain, customer.fields) == ("MX", "", "", {})
        assert Order.objects.filter(customer=customer).count() == orders
        assert [(each.where, each.count) for each in residue.search([*searched(diego, "Diego Garza"), STREET])] == []

    def test_is_by_default_only_who_bears_its_name_or_is_alone_in_it(self, lena: Contact, diego: Contact) -> None:
        from guanxi.privacy.people import is_sole_trader

        assert (is_sole_trader(lena), is_sole_trader(diego)) == (False, True)

    def test_reaches_customers_that_were_merged_into_him(self, diego: Contact) -> None:
        from guanxi.ledger import merging

        twin = cast.a_customer(name="Diego Garza (old)", country="MX", address=STREET)
        Customer.objects.filter(pk=diego.customer_id).update(name="Diego Garza")
        merging.merge_customers(kept=diego.customer, gone=twin, now=cast.NOW, user=None, reason="Diego Garza twice")
        erasing.erase(contact=Contact.objects.get(pk=diego.pk), reason="He asked.", now=cast.NOW)

        assert residue.search(["Diego Garza", STREET]) == []


class TestReplaying:
    def test_bars_nobody_who_came_back_by_his_own_word(self, lena: Contact, data_folder: Path) -> None:
        """RL-10: whoever signed up again and confirmed it is neither erased nor barred by the old journal."""
        address = lena.email
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW, at_once=False)
        Suppression.objects.all().delete()
        later = cast.NOW + timedelta(days=1)
        back = cast.a_contact(customer=cast.a_customer(name="Lena again"), email=address, now=later)

        assert erasing.replay(now=later) == []
        assert consent_queries.is_suppressed(address, "all")

        Suppression.objects.all().delete()
        cast.permit(back, at=later, method="double_opt_in")
        erasing.replay(now=later)
        assert not consent_queries.is_suppressed(address, "all")

    def test_erases_again_who_came_back_with_a_backup(self, lena: Contact, data_folder: Path) -> None:
        """RL-10, RT-24 in small: the journal is replayed after restoring a backup."""
        kept = {field.attname: getattr(lena, field.attname) for field in Contact._meta.concrete_fields}
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)
        assert "lena" not in journal.path().read_text().casefold()
        Contact.objects.create(**kept)
        Suppression.objects.all().delete()

        assert [each.via for each in erasing.replay(now=cast.NOW)] == ["replay"]
        assert not Contact.objects.exists()
        assert Suppression.objects.get().reason == "erased"
        assert erasing.replay(now=cast.NOW) == []

    def test_leaves_another_person_alone_who_got_the_same_number(self, lena: Contact, yuki: Contact) -> None:
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)
        Contact.objects.filter(pk=yuki.pk).update(
            id=Erasure.objects.get().contact_id, created_at=cast.NOW + timedelta(days=1)
        )

        assert erasing.replay(now=cast.NOW) == []

    def test_passes_over_a_torn_last_line(self, lena: Contact) -> None:
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)
        with journal.path().open("a") as file:
            file.write('{"row_key": "abc')

        assert len(list(journal.lines())) == 1


class TestPreviewing:
    def test_tells_what_goes_and_what_stays(self, lena: Contact) -> None:
        planted(lena, "Lena Petersen")
        found = erasing.preview(lena)

        goes = {entry.model: count for entry, count in found["goes"]}
        assert goes["consent.Permission"] == 1
        assert goes["outbox.Message"] == 1
        assert {entry.model for entry, _ in found["nameless"]} >= {"ledger.Order", "desk.Task"}


def test_the_planter_knows_every_table() -> None:
    assert planting.all_labels()
