"""The yearly letter about one's data: when it comes, what silence does, what an answer does (J-20, CN-40)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import Min

from guanxi.consent import actions, queries, yearly
from guanxi.consent.models import Permission, YearlyCheck
from guanxi.consent.statements import Proof
from guanxi.consent.wishes import Wish
from guanxi.ledger.models import Contact, Event
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YES = Proof(method="form", source="data_confirmation", wording="Yes, go on.", wording_language="de")


def days(start: datetime, span: int) -> dict[int, list[Wish]]:
    """What was wished on each of the days that wished anything; days on which nothing is due are passed over."""
    wished, day = {}, 0
    while day < span:
        if wishes := yearly.write_to_due(now=start + day * DAY):
            wished[day] = wishes
        due = YearlyCheck.objects.aggregate(due=Min("due_at"))["due"]
        following = -((start - due) // DAY) if due else span
        if day + 1 < following <= span:
            assert yearly.write_to_due(now=start + (following - 1) * DAY) == []
        day = max(day + 1, following)
    return wished


def state(contact: Contact) -> str:
    stand = queries.stand_of(contact.pk, "marketing")
    return stand.state if stand else "none"


@pytest.fixture
def asked(lena: Contact, now: datetime) -> YearlyCheck:
    """Lena permitted marketing a year ago and got this year's letter today."""
    cast.permit(lena, at=now - 365 * DAY)
    YearlyCheck.objects.create(contact=lena, due_at=now)
    yearly.write_to_due(now=now)
    return YearlyCheck.objects.select_related("contact__customer").get()


class TestScheduling:
    def test_counts_a_year_from_the_last_word(self, lena: Contact, now: datetime) -> None:
        """G-06, CN-40: every 12 months, the clock running per contact from the last confirmation."""
        cast.permit(lena, at=now - 100 * DAY)
        Contact.objects.update(created_at=now - 400 * DAY)

        assert yearly.schedule(now=now) == 1
        assert YearlyCheck.objects.get().due_at == now + 265 * DAY
        assert yearly.schedule(now=now) == 0

    def test_starts_nothing_for_an_imported_history_and_spreads_it(self, lena: Contact, now: datetime) -> None:
        """J-20: ten thousand contacts of many years are not written to on one day, and none today."""
        due = [yearly.first_due(number, now - 2000 * DAY, now) for number in range(1, 10_001)]

        per_day = {moment: due.count(moment) for moment in set(due)}
        assert min(due) > now
        assert len(per_day) == 365
        assert max(per_day.values()) <= 28

    def test_spreads_an_import_whose_consents_are_of_one_day(self, now: datetime) -> None:
        """J-20: a list of ten thousand with one date of consent is asked over the whole year, nobody after it."""
        said = now - 10 * DAY
        due = [yearly.first_due(number, said, now, is_imported=True) for number in range(1, 10_001)]

        assert now < min(due)
        assert max(due) <= said + 366 * DAY
        assert max(due.count(moment) for moment in set(due)) <= 30

    def test_tells_within_a_month_whose_address_came_from_a_list(self, lena: Contact, now: datetime) -> None:
        """RL-07, GDPR 14: a list of a fair; the letter says what for, how long and from where, at latest in a month."""
        cast.permit(lena, method="import", basis="legitimate_interest", source="Canton Fair 2026")

        yearly.schedule(now=now)

        due = YearlyCheck.objects.get().due_at
        assert due is not None
        assert now < due <= now + 28 * DAY
        assert queries.source_of(lena.pk) == "Canton Fair 2026"

    def test_leaves_out_who_has_no_address(self, lena: Contact, now: datetime) -> None:
        Contact.objects.update(email="", email_key=None)

        assert yearly.schedule(now=now) == 0


class TestSilence:
    def test_is_reminded_of_twice_and_then_pauses(self, lena: Contact, now: datetime) -> None:
        """J-20.1 to J-20.3, CN-40: letter, reminders at 14 and 30 days, then marketing is paused with its reason."""
        cast.permit(lena)
        YearlyCheck.objects.create(contact=lena, due_at=now)

        told = days(now, 400)

        assert {day: wishes[0].template_key for day, wishes in told.items()} == {
            0: "j-20.1",
            14: "j-20.2",
            30: "j-20.3",
        }
        paused = queries.permission_of(lena.pk, "marketing")
        assert paused is not None
        assert (paused.state, paused.method) == ("paused", "no_answer")
        assert Event.objects.filter(name="consent.paused").count() == 1

    def test_says_when_it_pauses(self, asked: YearlyCheck, now: datetime) -> None:
        assert days(now + DAY, 20)[13][0].answer_by == now + 30 * DAY

    @pytest.mark.parametrize("basis", ["contract", "soft_opt_in", "legitimate_interest"])
    def test_ends_nothing_that_rests_on_no_consent(self, lena: Contact, now: datetime, basis: str) -> None:
        """CN-40: silence must not renew a consent, nor end a contract."""
        cast.permit(lena, basis=basis)
        YearlyCheck.objects.create(contact=lena, due_at=now)

        days(now, 40)

        assert state(lena) == "granted"


class TestAnAnswer:
    @pytest.mark.parametrize("said", ["confirm", "update"])
    def test_renews_the_permission_and_rests_for_a_year(self, asked: YearlyCheck, now: datetime, said: str) -> None:
        """G-15, G-09: going on is confirmed as a dated record with its wording."""
        assert yearly.answer(check=asked, said=said, proof=YES, now=now + DAY)

        newest = queries.permission_of(asked.contact_id, "marketing")
        assert newest is not None
        assert (newest.state, newest.obtained_at, newest.wording) == ("granted", now + DAY, "Yes, go on.")
        assert list(days(now + 2 * DAY, 360)) == []
        assert list(days(now + 366 * DAY, 1)) == [0]
        assert Event.objects.get(name="data.confirmed").properties["answer"] == said

    def test_not_given_rests_every_channel_and_no_contract(self, asked: YearlyCheck, now: datetime) -> None:
        """CN-40, CN-55: silence renews no consent, by mail or WhatsApp; an answer brings all back."""
        lena = asked.contact
        for purpose, channel, basis in (
            ("marketing", "whatsapp", "consent"), ("tracking", "email", "consent"), ("transfer", "email", "consent"),
            ("marketing", "phone", "implied"),
        ):  # fmt: skip
            proof = Proof(method="form", basis=basis, wording="Yes.", source="fair")
            actions.grant(contact=lena, purpose=purpose, channel=channel, proof=proof, now=now)

        days(now, 31)
        silent = {(each.channel, each.purpose) for each in Permission.objects.filter(state="paused")}
        yearly.answer(check=asked, said="confirm", proof=YES, now=now + 40 * DAY)

        assert silent == {("email", "marketing"), ("whatsapp", "marketing"), ("email", "tracking")}
        granted = [
            stand and stand.state
            for stand in (queries.stand_of(lena.pk, "marketing", "whatsapp"), queries.stand_of(lena.pk, "tracking"))
        ]
        assert granted == ["granted", "granted"]

    def test_ends_a_pause(self, asked: YearlyCheck, now: datetime) -> None:
        days(now, 31)
        assert state(asked.contact) == "paused"

        yearly.answer(check=asked, said="confirm", proof=YES, now=now + 40 * DAY)

        assert state(asked.contact) == "granted"

    def test_counts_once(self, asked: YearlyCheck, now: datetime) -> None:
        assert yearly.answer(check=asked, said="confirm", proof=YES, now=now + DAY)
        assert not yearly.answer(check=asked, said="delete", proof=YES, now=now + DAY)

    def test_by_last_years_link_is_none(self, asked: YearlyCheck, now: datetime) -> None:
        yearly.answer(check=asked, said="confirm", proof=YES, now=now)
        days(now + 365 * DAY, 1)

        assert yearly.check_of(asked.contact_id, 1) is None
        assert yearly.check_of(asked.contact_id, 2) is not None

    def test_grants_nobody_what_he_never_gave(self, lena: Contact, now: datetime) -> None:
        YearlyCheck.objects.create(contact=lena, due_at=now)
        yearly.write_to_due(now=now)

        yearly.answer(check=YearlyCheck.objects.get(), said="confirm", proof=YES, now=now)

        assert state(lena) == "none"
