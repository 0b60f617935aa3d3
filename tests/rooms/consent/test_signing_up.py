"""From an address typed into a form to a confirmed permission, or to nothing at all (RL-06)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.consent import actions, erased, form_editing, queries, signing_up
from guanxi.consent.models import FormWording, Permission, SignUp, SignUpForm
from guanxi.consent.signing_up import Visitor
from guanxi.consent.statements import Proof
from guanxi.ledger.identity import BadAddress
from guanxi.ledger.models import Contact, Customer, Event
from tests.rooms.consent.conftest import TEXTS, a_form

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
VISITOR = Visitor("203.0.113.9", "Firefox", "https://mail.ningbo-firm.example/p/sign-up/news")


def take(form: SignUpForm, now: datetime, email: str = "mara@lampenhaus.example", **changes: Any) -> SignUp | None:
    fields: dict[str, Any] = {
        "form": form, "wording": form_editing.wordings_of(form)["de"], "email": email, "chosen": ["fairs"],
        "given": {"name": "Mara Voss", "company": "Lampenhaus Voss", "birthday": "1980-01-01"},
        "visitor": VISITOR, "now": now,
    }  # fmt: skip
    return signing_up.take(**fields | changes)


def mailed(form: SignUpForm, now: datetime, **changes: Any) -> SignUp:
    sign_up = take(form, now, **changes)
    assert sign_up is not None
    signing_up.write_to_due(now=now)
    return SignUp.objects.get(pk=sign_up.pk)


class TestTaking:
    def test_touches_nobody_yet(self, form: SignUpForm, now: datetime) -> None:
        """RS-34: whoever is asked for, the same row is written and nothing is looked up."""
        take(form, now)

        assert not Contact.objects.exists()
        assert not Permission.objects.exists()

    def test_keeps_only_what_the_form_asks(self, form: SignUpForm, now: datetime) -> None:
        """G-01, G-02, G-05: a field that the form does not ask for is not kept, whoever sends it."""
        sign_up = take(form, now)

        assert sign_up is not None
        assert sign_up.given == {"name": "Mara Voss", "company": "Lampenhaus Voss"}

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("Win 1000 $ at https://x.example", False), ("win.example now", False), ("ask m@x.example", False),
            ("J. R. R. Voss", True), ("Dr.Voss", True), ("O\u2019Neill-Voß", True), ("李 明", True),
        ],
    )  # fmt: skip
    def test_greets_nobody_with_an_advertisement(self, name: str, kept: bool, form: SignUpForm, now: datetime) -> None:
        """RS-11: the mail to confirm goes to whomever a stranger names; he writes nothing into it."""
        sign_up = take(form, now, given={"name": name})

        assert sign_up is not None
        assert sign_up.given == ({"name": name} if kept else {})

    def test_can_ask_for_no_more_than_name_and_company(self, form: SignUpForm) -> None:
        """G-13, G-02: besides the address a form asks for two things at most."""
        assert form_editing.ASKABLE == ("name", "company")
        with pytest.raises(form_editing.BadForm):
            a_form(asks=["name", "family"])

    def test_refuses_what_is_no_address(self, form: SignUpForm, now: datetime) -> None:
        with pytest.raises(BadAddress):
            take(form, now, email="mara at lampenhaus")

    def test_takes_an_address_three_times_a_day(self, form: SignUpForm, now: datetime) -> None:
        taken = [take(form, now, visitor=Visitor(f"203.0.113.{number}")) for number in range(5)]

        assert [each is not None for each in taken] == [True, True, True, False, False]

    def test_takes_twenty_addresses_an_hour_from_one_place(self, form: SignUpForm, now: datetime) -> None:
        taken = [take(form, now, email=f"m{number}@lampenhaus.example") for number in range(22)]

        assert sum(each is not None for each in taken) == signing_up.PER_NETWORK_AN_HOUR

    def test_counts_a_household_of_ipv6_as_one_place(self, form: SignUpForm, now: datetime) -> None:
        """RS-30: whoever has a /64 has 2⁶⁴ addresses to call from; the next household is another one."""
        places = [f"2001:db8:0:1::{number:x}" for number in range(1, 23)] + ["2001:db8:0:2::1"]
        taken = [
            take(form, now, email=f"m{number}@lampenhaus.example", visitor=Visitor(place))
            for number, place in enumerate(places)
        ]

        assert sum(each is not None for each in taken[:-1]) == signing_up.PER_NETWORK_AN_HOUR
        assert taken[-1] is not None


class TestWriting:
    def test_sends_one_mail_and_one_reminder_and_no_more(self, form: SignUpForm, now: datetime) -> None:
        """RL-06: exactly one mail and at most one reminder."""
        take(form, now)
        wished = [signing_up.write_to_due(now=now + day * DAY) for day in range(30)]

        assert {day: [wish.template_key for wish in wishes] for day, wishes in enumerate(wished) if wishes} == {
            0: ["double-opt-in.1"], 3: ["double-opt-in.2"],
        }  # fmt: skip

    def test_sends_one_mail_to_one_address_however_often_it_is_typed(self, form: SignUpForm, now: datetime) -> None:
        take(form, now)
        take(form, now, email="MARA@lampenhaus.example")

        assert len(signing_up.write_to_due(now=now)) == 1
        assert signing_up.write_to_due(now=now + DAY) == []

    def test_lets_him_confirm_the_topics_that_the_mail_names(self, form: SignUpForm, now: datetime) -> None:
        first = mailed(form, now)
        take(form, now, chosen=[])
        signing_up.write_to_due(now=now + DAY)

        assert signing_up.confirm(sign_up_id=first.pk, visitor=Visitor(), now=now + DAY).topics == first.topics

    def test_makes_a_contact_whose_permission_is_pending(self, form: SignUpForm, now: datetime) -> None:
        sign_up = mailed(form, now)

        assert sign_up.contact is not None
        assert str(sign_up.contact) == "Mara Voss"
        assert sign_up.contact.customer.name == "Lampenhaus Voss"
        stand = queries.stand_of(sign_up.contact.pk, "marketing")
        assert stand is not None
        assert stand.state == "pending"

    def test_leaves_a_known_contact_as_he_is(self, form: SignUpForm, lena: Contact, now: datetime) -> None:
        sign_up = mailed(form, now, email=lena.email)

        assert sign_up.contact == lena
        assert Contact.objects.get().full_name == lena.full_name
        assert not Permission.objects.exists()


class TestConfirming:
    @pytest.mark.parametrize(
        ("reason", "is_lifted"),
        [("unsubscribed", True), ("soft_bounces", True), ("complaint", False), ("hard_bounce", False)],
    )  # fmt: skip
    def test_lifts_what_he_stopped_or_a_full_mailbox_did(
        self, reason: str, is_lifted: bool, form: SignUpForm, lena: Contact, now: datetime
    ) -> None:
        """RL-02: the mail that he confirmed has reached him; a complaint stands, as does a dead address."""
        actions.suppress(address=lena.email, reason=reason, now=now)
        sign_up = mailed(form, now, email=lena.email)

        signing_up.confirm(sign_up_id=sign_up.pk, visitor=VISITOR, now=now + DAY)

        assert queries.is_suppressed(lena.email_key or "") is not is_lifted

    def confirm(self, sign_up: SignUp, now: datetime) -> SignUp:
        return signing_up.confirm(
            sign_up_id=sign_up.pk, visitor=Visitor("198.51.100.7"), now=now, mail_id="<1@ningbo-firm.example>",
            mail_sent_at=now - DAY,
        )  # fmt: skip

    def test_grants_with_the_whole_evidence(self, form: SignUpForm, now: datetime) -> None:
        """RL-01, RL-06: the exact text and version, form, mail, both addresses and both times."""
        sign_up = mailed(form, now)
        self.confirm(sign_up, now + DAY)

        said = Permission.objects.get(state="granted", topic="")
        assert (said.method, said.wording, said.wording_language) == ("double_opt_in", TEXTS["de"].wording, "de")
        assert (said.form_version, said.form_url) == (1, VISITOR.page)
        assert (said.ip_address, said.confirm_ip) == ("203.0.113.9", "198.51.100.7")
        assert (said.confirmation_mail_id, said.confirmed_at) == ("<1@ningbo-firm.example>", now + DAY)
        assert list(queries.broken_chains()) == []

    def test_keeps_topics_and_tag_and_tells_of_the_registration(self, form: SignUpForm, now: datetime) -> None:
        """L-08: contact.registered starts the welcome."""
        sign_up = self.confirm(mailed(form, now), now + DAY)

        assert sign_up.contact_id is not None
        assert queries.choices_of([sign_up.contact_id])[sign_up.contact_id].declined_topics == {"lamps"}
        assert Customer.objects.get().tags == ["newsletter"]
        assert Event.objects.filter(name="contact.registered").count() == 1

    def test_works_once(self, form: SignUpForm, now: datetime) -> None:
        """RL-06: the token is used up; pressing it again after an unsubscription grants nothing."""
        sign_up = self.confirm(mailed(form, now), now)
        assert sign_up.contact is not None
        actions.unsubscribe(contact=sign_up.contact, proof=Proof(method="one_click"), now=now + DAY)

        with pytest.raises(signing_up.NotConfirmable):
            self.confirm(sign_up, now + DAY)
        assert queries.is_suppressed("mara@lampenhaus.example")

    def test_ends_after_seven_days(self, form: SignUpForm, now: datetime) -> None:
        """RL-06: the link works for seven days."""
        sign_up = mailed(form, now)

        assert signing_up.waiting_sign_up(sign_up.pk, now=now + 7 * DAY - timedelta(seconds=1))
        with pytest.raises(signing_up.NotConfirmable):
            self.confirm(sign_up, now + 7 * DAY)

    def test_lifts_an_earlier_unsubscription(self, form: SignUpForm, lena: Contact, now: datetime) -> None:
        actions.unsubscribe(contact=lena, proof=Proof(method="one_click"), now=now)

        self.confirm(mailed(form, now + DAY, email=lena.email), now + DAY)

        assert not queries.is_suppressed(lena.email)


class TestForgetting:
    def test_deletes_after_thirty_days_what_nobody_confirmed(self, form: SignUpForm, now: datetime) -> None:
        """RL-06: unconfirmed, deleted after 30 days, contact and customer included."""
        mailed(form, now)

        assert signing_up.forget_unconfirmed(now=now + 30 * DAY - timedelta(seconds=1)) == 0
        assert signing_up.forget_unconfirmed(now=now + 30 * DAY) == 1
        assert not SignUp.objects.exists()
        assert not Contact.objects.exists()
        assert not Customer.objects.exists()
        assert not Permission.objects.exists()

    def test_keeps_the_confirmed(self, form: SignUpForm, now: datetime) -> None:
        sign_up = mailed(form, now)
        signing_up.confirm(sign_up_id=sign_up.pk, visitor=Visitor(), now=now)

        signing_up.forget_unconfirmed(now=now + 31 * DAY)

        assert Contact.objects.count() == 1
        assert not SignUp.objects.exists()

    def test_keeps_whom_we_knew_before(self, form: SignUpForm, lena: Contact, now: datetime) -> None:
        mailed(form, now, email=lena.email)

        signing_up.forget_unconfirmed(now=now + 31 * DAY)

        assert Contact.objects.get() == lena


class TestTheFormsText:
    def test_is_kept_when_it_changes(self, form: SignUpForm) -> None:
        """RL-01: wording versions with their hash; an old permission still shows what was agreed to."""
        changed = a_form(texts=TEXTS | {"de": form_editing.Text("Hallo", "Ja, gern.")})

        assert changed.version == 2
        assert FormWording.objects.filter(version=1).count() == 3
        assert form_editing.wordings_of(changed)["de"].wording == "Ja, gern."

    def test_makes_no_version_of_the_same_words(self, form: SignUpForm) -> None:
        assert a_form(name="Another name").version == 1

    @pytest.mark.parametrize("target", ["https://evil.example/", "https://ningbo-firm.example.evil.example/", "//x"])
    def test_leads_to_our_own_pages_only(self, form: SignUpForm, target: str) -> None:
        with pytest.raises(form_editing.BadForm):
            a_form(redirect_url=target, allowed_origins=["https://ningbo-firm.example"])

    def test_may_lead_to_a_page_of_ours(self, form: SignUpForm) -> None:
        url = "https://ningbo-firm.example/thanks"

        assert a_form(redirect_url=url, allowed_origins=["https://ningbo-firm.example"]).redirect_url == url


class TestComingBack:
    """RL-10: who was erased is entered by nobody but himself, and then with a proof of today."""

    def test_asks_an_erased_person_once_and_lifts_the_bar_by_his_yes(self, form: SignUpForm, now: datetime) -> None:
        address = queries.address_key("mara@lampenhaus.example")
        erased.bar(address_keys=[address], now=now - DAY)
        sign_up = mailed(form, now)

        assert queries.is_suppressed("mara@lampenhaus.example")
        signing_up.confirm(sign_up_id=sign_up.pk, visitor=VISITOR, now=now + DAY, mail_id="<1@ningbo>")

        [permission] = Permission.objects.filter(state="granted", topic="")
        assert (permission.method, permission.confirmed_at) == ("double_opt_in", now + DAY)
        assert not queries.is_suppressed("mara@lampenhaus.example", "all")
        assert not erased.is_erased("mara@lampenhaus.example")

    def test_stays_barred_while_nobody_confirms(self, form: SignUpForm, now: datetime) -> None:
        """A stranger who types in the address lifts nothing."""
        erased.bar(address_keys=[queries.address_key("mara@lampenhaus.example")], now=now - DAY)
        mailed(form, now)
        signing_up.forget_unconfirmed(now=now + 31 * DAY)

        assert erased.is_erased("Mara@lampenhaus.example")
        assert not Contact.objects.exists()

    def test_does_not_lift_what_is_no_erasure(self, form: SignUpForm, now: datetime) -> None:
        actions.suppress(address="mara@lampenhaus.example", scope="all", reason="hard_bounce", now=now)

        assert not erased.readmit(address_key=queries.address_key("mara@lampenhaus.example"))
