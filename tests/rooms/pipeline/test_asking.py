"""What the consent room wishes leaves as mail: in the reader's language, once, and following nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from guanxi.consent import actions as consent_actions
from guanxi.consent import addressing, form_editing, notices, queries, requests, signing_up, topics
from guanxi.consent.models import AddressChange, SignUp, Suppression, YearlyCheck
from guanxi.consent.signing_up import Visitor
from guanxi.consent.statements import Proof
from guanxi.content import actions as content_actions
from guanxi.firm import actions as firm_actions
from guanxi.inbox.classify import Outcome
from guanxi.inbox.effects import came_back
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox.models import Message
from guanxi.pipeline.day import run_day
from guanxi.pipeline.pulse import pulse
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def firm(db: None) -> None:
    firm_actions.describe_firm(changes={"name": "Ningbo Lamps", "postal_address": "1 Harbour Road\nNingbo"})
    outbox_actions.set_sender(name="Ada Lin", address="ada@ningbo-firm.example")
    content_actions.install_library(
        now=cast.NOW,
        keys=[
            "address-change",
            "data-request.1",
            "data-request.2",
            "double-opt-in.1",
            "double-opt-in.2",
            "j-17.1",
            "j-20.1",
            "j-20.2",
            "j-20.3",
            "preferences-changed",
        ],
    )


@pytest.fixture
def sign_up(db: None, now: datetime) -> SignUp:
    """Mara typed her address into the German form."""
    topics.save_topic(key="lamps", titles={"en": "New lamps", "de": "Neue Lampen"}, now=now)
    texts = {"de": form_editing.Text("Hören Sie von uns", "Ja, schreiben Sie mir.")}
    form = form_editing.save_form(key="news", name="News", texts=texts, topics=["lamps"], now=now)
    taken = signing_up.take(
        form=form, wording=form_editing.wordings_of(form)["de"], email="mara@lampenhaus.example", chosen=["lamps"],
        given={}, visitor=Visitor("203.0.113.9"), now=now,
    )  # fmt: skip
    assert taken is not None
    return taken


def mails(drawer: Path) -> list[EmailMessage]:
    parsed: list[Any] = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(drawer.glob("*.eml"))
    ]
    return parsed


def html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    return str(part.get_content()) if part else ""


class TestASignUp:
    def test_gets_one_mail_in_its_language_that_follows_nobody(
        self, sign_up: SignUp, drawer: Path, now: datetime
    ) -> None:
        """RL-06: one mail with the link to the button; no pixel, no counted link, no promotion."""
        assert pulse(at=now)["asked"] == 1
        pulse(at=now + timedelta(hours=1))

        [mail] = mails(drawer)
        assert (mail["To"].addresses[0].addr_spec, mail["Content-Language"]) == ("mara@lampenhaus.example", "de")
        assert "/p/confirm/" in html(mail)
        assert "Neue Lampen" in html(mail)
        assert [part for part in ("/p/o/", "/p/c/") if part in html(mail)] == []

    def test_gets_one_reminder_and_then_is_forgotten(self, sign_up: SignUp, drawer: Path, now: datetime) -> None:
        """RL-06: one reminder within the seven days; after 30 days nothing is left."""
        for day in (0, 1, 3, 4, 8, 29):
            pulse(at=now + day * DAY)
        assert len(mails(drawer)) == 2

        run_day(at=now + 30 * DAY)

        assert not SignUp.objects.exists()
        assert not Contact.objects.exists()
        assert not Message.objects.exists()

    def test_sends_no_marketing_before_it_is_confirmed(self, sign_up: SignUp, now: datetime) -> None:
        """G-11, RL-06: pending is no permission."""
        pulse(at=now)
        contact = Contact.objects.get()
        message = outbox_actions.propose(
            contact=contact, template_key="j-17.1", origin_kind="journey", origin_id="1", idempotency_key="promotion",
            values={"coupon": {"code": "A", "percent": 5, "valid_until": "2026-06-30"}}, not_before=now,
            expires_at=now + 9 * DAY, now=now,
        )  # fmt: skip
        pulse(at=now + DAY)

        message.refresh_from_db()
        assert message.state == "suppressed"


class TestTheYearlyLetter:
    def test_goes_out_thrice_and_then_marketing_rests(self, lena: Contact, drawer: Path, now: datetime) -> None:
        """J-20, G-06, G-07, CN-40: what for, how long, update, delete; after 14 and 30 days; then the pause."""
        cast.permit(lena)
        YearlyCheck.objects.create(contact=lena, due_at=now)
        for day in (0, 1, 13, 14, 29, 30, 44):
            pulse(at=now + day * DAY)

        letters = mails(drawer)
        assert len(letters) == 3
        for part in ("/p/data/", "#update", "#delete", "36"):
            assert part in html(letters[0])
        stand = queries.stand_of(lena.pk, "marketing")
        assert stand is not None
        assert stand.state == "paused"

    def test_is_scheduled_by_the_day_and_sends_nothing_today(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        """J-20: an import of history starts nothing."""
        Contact.objects.update(created_at=now - 1000 * DAY)

        run_day(at=now)
        pulse(at=now)

        assert YearlyCheck.objects.filter(due_at__gt=now).count() == 2
        assert not Message.objects.exists()


class TestACorrection:
    def test_reaches_a_mail_that_waits(self, lena: Contact, drawer: Path, now: datetime) -> None:
        """RL-09: a mail is written when it leaves, with the name as corrected."""
        cast.permit(lena)
        YearlyCheck.objects.create(contact=lena, due_at=now)
        outbox_actions.stop_all(reason="a test")
        pulse(at=now)

        ledger_actions.update_contact(contact=lena, changes={"family_name": "Hansen"}, now=now)
        outbox_actions.resume()
        pulse(at=now + timedelta(hours=2))

        [letter] = mails(drawer)
        assert "Hansen" in html(letter)
        assert "Petersen" not in html(letter)


class TestOwnData:
    @pytest.mark.parametrize(("kind", "subject"), [("export", "Ihre Daten"), ("erase", "Löschung Ihrer Daten")])
    def test_are_answered_by_a_mail_with_a_link(self, kind: str, subject: str, drawer: Path, now: datetime) -> None:
        """G-08, RL-03: who objects to all advertising gets it all the same, in his language."""
        lena = cast.lena()
        consent_actions.object_to_marketing(contact=lena, proof=Proof(method="objection"), now=now)
        requests.ask(contact=lena, kind=kind, via="preferences", now=now)
        pulse(at=now)
        pulse(at=now + DAY)

        [mail] = mails(drawer)
        assert subject in mail["subject"]
        assert "/p/request/" in html(mail)
        assert "/p/c/" not in html(mail)


class TestANewAddress:
    def test_is_confirmed_at_the_new_and_told_at_the_old(self, lena: Contact, drawer: Path, now: datetime) -> None:
        """J-20.2, RL-09: nothing changes before its owner has confirmed; then both addresses are told, as service mail,
        and the new one gets its first letter without a name of anybody.
        """
        old, new = lena.email, "lena.hansen@elbkontor.example"
        change = addressing.ask(contact=lena, address=new, via="preferences", now=now)
        assert change is not None
        pulse(at=now)
        (first,) = mails(drawer)
        assert first["To"].addresses[0].addr_spec == new
        assert "/p/address/" in html(first)
        assert "/p/preferences/" not in first.as_string()
        assert "Petersen" not in first.as_string()

        addressing.confirm(change=change, ip_address="203.0.113.9", now=now)
        pulse(at=now)

        told = [mail for mail in mails(drawer) if "/p/address/" not in html(mail)]
        assert {mail["To"].addresses[0].addr_spec for mail in told} == {old, new}
        assert all("l…@elbkontor.example" in html(mail) and "/p/preferences/" in html(mail) for mail in told)
        assert set(Message.objects.exclude(template__key="address-change").values_list("kind", flat=True)) == {
            "service"
        }
        lena.refresh_from_db()
        assert (lena.email, AddressChange.objects.get().old_address) == (new, old)

    def test_that_does_not_exist_leaves_the_present_one_alone(self, lena: Contact, now: datetime) -> None:
        """RP-24: the bounce is of the new address."""
        addressing.ask(contact=lena, address="nobody@elbkontor.example", via="preferences", now=now)
        pulse(at=now)
        gone = Outcome("nobody@elbkontor.example", "hard", "user_unknown", "5.1.1", "no such user")

        came_back(message=Message.objects.get(), outcomes=[gone], at=now, now=now, source="inbox")

        assert not queries.is_suppressed(lena.email_key or "", "all")
        assert queries.is_suppressed("nobody@elbkontor.example", "all")

    def test_is_closed_to_who_wants_no_mail_at_the_old_one(self, lena: Contact, now: datetime) -> None:
        """RL-03: his own no goes with him; what was wrong with the mailbox does not."""
        change = addressing.ask(contact=lena, address="lena@new.example", via="preferences", now=now)
        assert change is not None
        consent_actions.suppress(address=lena.email, reason="objection", now=now)
        consent_actions.suppress(address=lena.email, reason="hard_bounce", scope="all", now=now)
        AddressChange.objects.update(state="mailed")

        addressing.confirm(change=change, ip_address="", now=now)

        key = queries.address_key("lena@new.example")
        assert list(Suppression.objects.filter(address_key=key).values_list("reason", flat=True)) == ["objection"]


class TestChangedChoices:
    def test_are_told_at_once_and_then_once_an_hour(self, lena: Contact, drawer: Path, now: datetime) -> None:
        """J-20.2: a service mail, since the link may have been in other hands."""
        minute = timedelta(minutes=1)
        for moment in (now, now + minute, now + 2 * minute):
            notices.note_change(contact=lena, now=moment)
            pulse(at=moment)
        assert len(mails(drawer)) == 1

        pulse(at=now + 61 * minute)

        assert [mail["Subject"] for mail in mails(drawer)] == [
            "Ihre E-Mail-Einstellungen bei Ningbo Lamps wurden geändert"
        ] * 2
