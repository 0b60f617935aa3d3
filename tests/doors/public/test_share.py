"""B-04, CN-26: a share link instead of adding the colleague."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.consent import form_editing, signing_up
from guanxi.consent.models import SignUpForm
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.addresses import click_address, share_address
from guanxi.tracking import actions as tracking_actions
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]
BROWSER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"}


def path(address: str) -> str:
    return urlsplit(address).path


class TestSharing:
    def test_tells_of_the_reader_once_and_adds_nobody(self, mail: Any, lena: Contact) -> None:
        """B-04, CN-26: the mail was passed on; who opened it stays unknown."""
        message = mail(lena)
        for _ in range(2):
            answer = Client().get(path(share_address(message.pk)), headers=BROWSER)

        assert (answer.status_code, answer["Content-Language"], answer["Cache-Control"]) == (200, "de", "no-store")
        assert lena.email not in answer.content.decode()
        assert [(event.contact, event.name) for event in Event.objects.all()] == [(lena, "mail.shared")]
        assert Contact.objects.count() == 1

    def test_by_a_machine_is_not_told(self, mail: Any, lena: Contact) -> None:
        Client().get(path(share_address(mail(lena).pk)), headers={"User-Agent": "Slackbot 1.0 (link preview)"})

        assert not Event.objects.exists()

    @pytest.mark.parametrize("forge", [lambda link: link + "x", lambda link: "/p/s/x.y"])
    def test_of_what_was_not_signed_here_is_no_page(self, mail: Any, lena: Contact, forge: Any) -> None:
        assert Client().get(forge(path(share_address(mail(lena).pk)))).status_code == 404

    def test_takes_no_token_of_another_purpose(self, mail: Any, lena: Contact) -> None:
        token = path(click_address(mail(lena).pk, 0)).rpartition("/")[2]

        assert Client().get(f"/p/s/{token}").status_code == 404


class TestAColleague:
    @pytest.mark.parametrize(
        ("address", "is_linked"),
        [("mara@alsterkontor.example", True), ("mara@elsewhere.example", False)],
        ids=["of the same company", "of another"],
    )
    def test_who_signs_up_by_the_link_belongs_to_the_company_of_his_address(
        self, mail: Any, lena: Contact, address: str, is_linked: bool
    ) -> None:
        """J-11.2, CN-26: he signs up himself and confirms; only then both are linked, and only by his own address."""
        lena.email_key = lena.email
        form_editing.save_form(
            key="news", name="News", texts={"en": form_editing.Text("News", "Yes, write to me.")}, topics=[],
            now=cast.NOW,
        )  # fmt: skip
        shared = Client().get(path(share_address(mail(lena).pk)), headers=BROWSER).content.decode()
        target = shared.partition('href="http')[2].partition('"')[0].partition("/p/")[2]
        sharer = tracking_actions.sharer_of(target.partition("shared=")[2])
        form = SignUpForm.objects.get()
        sign_up = signing_up.take(
            form=form, wording=form.wordings.get(), email=address, chosen=[], given={}, visitor=signing_up.Visitor(),
            now=cast.NOW, shared_by_id=sharer,
        )  # fmt: skip
        assert sign_up is not None
        signing_up.write_to_due(now=cast.NOW)
        assert Contact.objects.get(email=address).customer != lena.customer

        signing_up.confirm(sign_up_id=sign_up.pk, visitor=signing_up.Visitor(), now=cast.NOW)

        assert sharer == lena.pk
        assert (Contact.objects.get(email=address).customer == lena.customer) is is_linked
        registered = Event.objects.get(name="contact.registered")
        assert registered.properties["shared_by"] == lena.pk
        assert (registered.customer == lena.customer) is is_linked
