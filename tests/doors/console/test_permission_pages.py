"""Permissions in the console: coverage, one contact's history, by hand, forms, topics, the suppression list."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.consent import actions, queries
from guanxi.consent.models import EvidenceFile, Permission, SignUpForm, Suppression, Topic
from guanxi.consent.statements import Proof
from guanxi.desk import actions as desk_actions
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact
from guanxi.staff.models import AuditEntry, User
from tests import cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Any], Client]
CARD = b"%PDF-1.7 a card"


@pytest.fixture(autouse=True)
def firm(db: None) -> None:
    changes = {"name": "Ningbo Lamps", "postal_address": "1 Harbour Road", "website": "https://ningbo-firm.example"}
    firm_actions.describe_firm(changes=changes)
    firm_actions.finish_set_up(now=cast.NOW)


@pytest.fixture
def client(signed_in: SignIn, ada: Any) -> Client:
    return signed_in(ada)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


class TestTheOverview:
    def test_counts_by_country_and_basis(self, client: Client, lena: Contact, yuki: Contact, fatima: Contact) -> None:
        """G-12: for every country how many may be written to, on which basis, and why the others not."""
        cast.permit(lena)
        actions.unsubscribe(contact=yuki, proof=Proof(method="one_click"), now=cast.NOW)

        page = text(client, "/permissions/")

        assert "1 of 3 contacts" in page
        assert "1 by consent" in page
        assert "1 withdrawn" in page
        assert "1 never permitted" in page

    def test_marks_what_is_a_default(self, client: Client, lena: Contact) -> None:
        """A country without a profile of its own shows that its law is a default."""
        lena.customer.country = "TV"
        lena.customer.save()

        assert "a default" in text(client, "/permissions/")

    def test_takes_what_the_firm_says_of_its_sales(self, client: Client) -> None:
        client.post("/permissions/policy", {"offers_opt_out_at_sale": "on"})

        assert "checked" in text(client, "/permissions/")
        assert AuditEntry.objects.filter(act="consent.policy_changed").exists()

    def test_says_that_every_chain_is_whole(self, client: Client, lena: Contact) -> None:
        cast.permit(lena)

        assert "Every chain is whole" in text(client, "/permissions/check")


class TestOneContact:
    def test_shows_who_said_what_when_and_in_which_words(self, client: Client, lena: Contact) -> None:
        """RL-01, G-09: the history with its evidence, not a flag."""
        cast.permit(lena, ip_address="203.0.113.9", form_url="https://x.example/p/sign-up/news", form_version=4)

        page = text(client, f"/contacts/{lena.pk}/permissions/")

        parts = ("Yes, write to me about new products.", "203.0.113.9", "version 4", "2026-05-13", "records are whole")
        assert [part for part in parts if part not in page] == []

    def test_takes_a_permission_for_another_way_and_shows_the_way(self, client: Client, lena: Contact) -> None:
        """X-17, CN-55: per contact, channel and purpose; the way itself is a link that a person opens."""
        self.post(client, lena, channel="whatsapp", wording="Yes, by WhatsApp.")
        client.post(f"/contacts/{lena.pk}/channel", {"channel": "whatsapp", "address": "+49 40 1234567"})
        client.post(f"/contacts/{lena.pk}/channel/preferred", {"preferred": "whatsapp"})

        assert Permission.objects.get(contact=lena).channel == "whatsapp"
        page = text(client, f"/contacts/{lena.pk}/permissions/")
        assert 'href="https://wa.me/49401234567"' in page
        assert "likes best" in page
        assert 'href="https://wa.me/49401234567"' in text(client, f"/customers/{lena.customer_id}/")

        client.post(
            f"/contacts/{lena.pk}/permissions/withdraw",
            {"purpose": "marketing", "channel": "whatsapp", "source": "told Bo on the telephone"},
        )
        newest = queries.permission_of(lena.pk, "marketing", "whatsapp")
        assert newest is not None
        assert newest.state == "withdrawn"
        assert 'href="https://wa.me/49401234567"' not in text(client, f"/customers/{lena.customer_id}/")

    def test_says_what_a_way_needs(self, client: Client, lena: Contact) -> None:
        answer = client.post(
            f"/contacts/{lena.pk}/channel", {"channel": "whatsapp", "address": "call me"}, follow=True
        )  # fmt: skip

        assert "write a number with its country" in answer.content.decode()

    def test_gives_the_way_to_whoever_has_a_task_with_him(self, client: Client, ada: User, lena: Contact) -> None:
        """X-17, J-33.4: another channel is worked as a task; nothing is taken for sent."""
        self.post(client, lena, channel="linkedin", wording="Yes, on LinkedIn.")
        client.post(f"/contacts/{lena.pk}/channel", {"channel": "linkedin", "address": "lena-petersen"})
        desk_actions.open_task(
            customer=lena.customer, contact=lena, by=ada, title="Share the news", due_at=cast.NOW, now=cast.NOW
        )

        assert "https://www.linkedin.com/in/lena-petersen" in text(client, "/my-day/")

    def post(self, client: Client, contact: Contact, **changes: Any) -> Any:
        fields = {
            "purpose": "marketing", "method": "card", "basis": "consent", "obtained_on": "2026-05-01",
            "source": "Canton Fair, stand 11", "wording": "Please send me your catalogue.", "language": "en",
            "proof": SimpleUploadedFile("card.pdf", CARD),
        } | changes  # fmt: skip
        return client.post(f"/contacts/{contact.pk}/permissions/", fields)

    def test_takes_a_card_from_a_fair_with_its_proof(self, client: Client, lena: Contact, ada: Any) -> None:
        """RL-01: by hand with method, place, words, file and its hash, and who entered it."""
        assert self.post(client, lena).status_code == 302

        said, kept = Permission.objects.get(), EvidenceFile.objects.get()
        assert (said.method, said.actor, said.evidence_hash) == ("card", ada, kept.content_hash)
        answer = client.get(f"/contacts/{lena.pk}/evidence/{kept.pk}")
        assert (answer.content, answer["Content-Type"]) == (CARD, "application/pdf")
        assert answer["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"wording": ""}, {"source": ""}, {"obtained_on": "2099-01-01"},
            {"proof": SimpleUploadedFile("page.html", b"<script>")},
        ],
    )  # fmt: skip
    def test_refuses_half_a_proof(self, client: Client, lena: Contact, wrong: dict[str, Any]) -> None:
        assert self.post(client, lena, **wrong).status_code == 422
        assert not Permission.objects.exists()

    def test_takes_nothing_but_consent_for_china(self, client: Client, lena: Contact) -> None:
        """RL-16: recipients under the Chinese profile need explicit consent."""
        lena.customer.country = "CN"
        lena.customer.save()

        assert self.post(client, lena, basis="soft_opt_in").status_code == 422
        assert self.post(client, lena).status_code == 302

    def test_withdraws_at_once(self, client: Client, lena: Contact) -> None:
        cast.permit(lena)
        client.post(f"/contacts/{lena.pk}/permissions/withdraw", {"purpose": "marketing", "source": "on the telephone"})

        newest = queries.permission_of(lena.pk, "marketing")
        assert newest is not None
        assert (newest.state, newest.source) == ("withdrawn", "on the telephone")

    def test_takes_an_objection(self, client: Client, lena: Contact) -> None:
        """RL-03: an objection stops marketing and profiling on any basis."""
        cast.permit(lena, basis="legitimate_interest")
        client.post(f"/contacts/{lena.pk}/permissions/withdraw", {"purpose": "object", "source": "by letter"})

        stands = queries.stands_of([lena.pk])
        assert {stands[lena.pk, purpose].state for purpose in ("marketing", "profiling")} == {"withdrawn"}
        assert Suppression.objects.get().reason == "objection"


def ticked(page: str) -> dict[str, list[str]]:
    return {name: re.findall(rf'name="{name}" value="([^"]+)" checked', page) for name in ("topics", "asks")}


class TestForms:
    FIELDS = {
        "key": "news", "name": "Newsletter", "topics": ["lamps"], "asks": ["company"], "tag": "news", "is_active": "on",
        "title-de": "Hören Sie von uns", "wording-de": "Ja, gern.", "redirect_url": "",
    }  # fmt: skip

    @pytest.fixture(autouse=True)
    def topic(self, client: Client) -> None:
        client.post("/topics/new/", {"key": "lamps", "position": 0, "is_active": "on", "title-en": "New lamps"})

    def test_are_made_with_topics_text_and_snippet(self, client: Client) -> None:
        answer = client.post("/sign-up-forms/new/", self.FIELDS, follow=True)
        page = answer.content.decode()

        assert Topic.objects.get().titles == {"en": "New lamps"}
        assert SignUpForm.objects.get().asks == ["company"]
        assert "&lt;form action=" in page
        assert "/p/sign-up/news?lang=de" in page

    def test_show_what_is_ticked_and_keep_it(self, client: Client) -> None:
        client.post("/sign-up-forms/new/", self.FIELDS)

        page = client.get("/sign-up-forms/news/").content.decode()

        assert ticked(page) == {"topics": ["lamps"], "asks": ["company"]}
        assert "New lamps" in page

    def test_name_their_topics_in_the_language_of_the_page(self, client: Client, ada: User) -> None:
        client.post(
            "/topics/lamps/", {"key": "lamps", "position": 0, "title-en": "New lamps", "title-zh-Hans": "新灯具"}
        )
        ada.language = "zh-hans"
        ada.save()

        assert "新灯具" in client.get("/sign-up-forms/").content.decode()
        assert "New lamps" not in client.get("/sign-up-forms/").content.decode()

    def test_keep_the_old_text_when_it_changes(self, client: Client) -> None:
        client.post("/sign-up-forms/new/", self.FIELDS)
        client.post("/sign-up-forms/news/", self.FIELDS | {"wording-de": "Ja, schreiben Sie mir."})

        page = text(client, "/sign-up-forms/news/")
        assert "Ja, gern." in page
        assert "Ja, schreiben Sie mir." in page

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"redirect_url": "https://evil.example/"}, "a page of your website"),
            ({"wording-de": ""}, "in at least one language"),
            ({"asks": ["family"]}, "at most"),
        ],
    )
    def test_say_what_is_wrong(self, client: Client, wrong: dict[str, Any], says: str) -> None:
        answer = client.post("/sign-up-forms/new/", self.FIELDS | wrong)

        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert not SignUpForm.objects.exists()

    def test_lead_to_the_firms_own_website(self, client: Client) -> None:
        answer = client.post(
            "/sign-up-forms/new/", self.FIELDS | {"redirect_url": "https://ningbo-firm.example/thanks"}
        )

        assert answer.status_code == 302


class TestTheSuppressionList:
    def test_finds_an_address_of_nobody(self, client: Client) -> None:
        client.post("/suppressions/add", {"address": "Gone@Elsewhere.example", "scope": "all", "detail": "asked us"})

        assert "asked us" in text(client, "/suppressions/?q=gone@elsewhere.example")
        assert "Not on the list" in text(client, "/suppressions/?q=other@elsewhere.example")

    def test_gives_up_what_staff_entered_with_a_reason(self, client: Client) -> None:
        client.post("/suppressions/add", {"address": "gone@elsewhere.example", "scope": "all", "detail": "asked us"})
        row = Suppression.objects.get()
        client.post(f"/suppressions/{row.pk}/lift", {"reason": ""})
        assert Suppression.objects.exists()

        client.post(f"/suppressions/{row.pk}/lift", {"reason": "a mistake"})

        assert not Suppression.objects.exists()
        assert AuditEntry.objects.get(act="suppression.lifted").details["reason"] == "a mistake"

    def test_says_who_may_lift_what_and_counts_in_the_language_of_the_page(self, client: Client, lena: Contact) -> None:
        detail = {"sunset": "no sign for 365 days and 6 mails"}
        for reason in ("unsubscribed", "complaint", "soft_bounces", "sunset"):
            address = f"{reason}@elsewhere.example"
            actions.suppress(address=address, reason=reason, detail=detail.get(reason, ""), now=cast.NOW)

        page = text(client, "/suppressions/")

        told = ("only the reader himself", "stays for good", "mails came back again and again", detail["sunset"])
        assert [page.count(each) for each in told] == [1, 1, 2, 1]  # the reason stands in the filter too
        assert page.count("Take off") == 2

    def test_keeps_a_readers_own_no(self, client: Client, lena: Contact) -> None:
        """RL-03: nobody but the reader takes back his no."""
        actions.unsubscribe(contact=lena, proof=Proof(method="one_click"), now=cast.NOW)
        client.post(f"/suppressions/{Suppression.objects.get().pk}/lift", {"reason": "we would like to"})

        assert Suppression.objects.exists()
