"""Mail to members of staff."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, send_mail

from guanxi.console import staff_mail
from guanxi.outbox import actions as outbox_actions
from guanxi.transports.drawer import letters, read_letter
from tests.faults.servers import FaultServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _our_backend(settings: Any) -> None:
    settings.EMAIL_BACKEND = "guanxi.console.staff_mail.StaffMailBackend"


class TestStaffMailBackend:
    def test_puts_the_mail_into_the_drawer(self, drawer: Path) -> None:
        outbox_actions.set_sender(name="Ada", address="sales@ningbo-firm.example")

        assert send_mail("邀请", "Willkommen", None, ["bo@ningbo-firm.example", "ada@ningbo-firm.example"]) == 1

        found = [message_from_bytes(read_letter(drawer, name), policy=policy.SMTP) for name in letters(drawer)]
        assert {each["To"] for each in found} == {"bo@ningbo-firm.example", "ada@ningbo-firm.example"}
        assert {each["Subject"] for each in found} == {"邀请"}
        assert {each["From"] for each in found} == {"Ada <sales@ningbo-firm.example>"}

    def test_works_before_a_sender_is_set_up(self, drawer: Path) -> None:
        assert send_mail("Hello", "Welcome", None, ["bo@ningbo-firm.example"]) == 1
        assert len(letters(drawer)) == 1

    def test_says_what_the_server_answered(self, settings: Any) -> None:
        with FaultServer({"rcpt": b"550 5.1.1 User unknown\r\n"}) as server:
            settings.GUANXI_SMTP_URL = server.url

            [receipt] = staff_mail.send(EmailMessage("Hello", "Welcome", None, ["bo@ningbo-firm.example"]))

        assert (receipt.outcome, receipt.code) == ("failed", 550)

    def test_breaks_no_page_over_a_bad_address(self, drawer: Path) -> None:
        assert send_mail("Hello", "Welcome", None, ["bo..lin@ningbo-firm.example"]) == 0

    def test_writes_international_domains_as_the_wire_wants_them(self, drawer: Path) -> None:
        send_mail("Hello", "Welcome", None, ["bo@straße.example"])

        assert b"xn--strae-oqa.example" in read_letter(drawer, letters(drawer)[0])
