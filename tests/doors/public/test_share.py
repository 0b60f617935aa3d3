"""B-04, CN-26: a share link instead of adding the colleague."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.ledger.models import Contact, Event
from guanxi.outbox.addresses import click_address, share_address

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
