"""J-19: a reader who no longer reads or no longer buys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guanxi.consent import actions as consent_actions
from guanxi.consent import queries as consent_queries
from guanxi.consent.statements import Proof
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox.models import Message
from guanxi.papers.models import Document
from tests import cast
from tests.flows.journeys import letters

pytestmark = pytest.mark.django_db


def silent(flow: Any, contact: Contact, tier: str = "fading") -> Any:
    """The reader has just come to stand there, and nobody has taken a step."""
    flow.moves(contact, "reading", tier)
    flow.hear()
    return flow


@pytest.fixture
def reader(flow: Callable[[str], Any], lena: Contact) -> Any:
    Document.objects.create(
        kind="manual", title="Wartung in zehn Minuten", language="de", name="m.pdf", weight=1, uploaded_at=cast.NOW
    )
    return silent(flow("j-19"), lena)


def goes_to(reader: Any, *days: float) -> Any:
    for each in days:
        reader.until(each, since=cast.NOW)
    return reader


class TestFourLetters:
    """DP-17: on day 0, 10, 20 and 30, each within a week."""

    @pytest.mark.parametrize(
        ("days", "last"),
        [
            pytest.param([0], "j-19.1", id="J-19.1 on entry"),
            pytest.param([7], "j-19.1", id="J-19.1 a week later at most"),
            pytest.param([7.01], None, id="J-19.1 not later"),
            pytest.param([0, 9.99], "j-19.1", id="J-19.2 not before day 10"),
            pytest.param([0, 10], "j-19.2", id="J-19.2 on day 10"),
            pytest.param([0, 17], "j-19.2", id="J-19.2 until day 17"),
            pytest.param([0, 17.01], "j-19.1", id="J-19.2 not later"),
            pytest.param([0, 10, 17, 18, 19.99], "j-19.2", id="J-19.3 not before day 20"),
            pytest.param([0, 10, 17, 18, 20], "j-19.3", id="J-19.3 on day 20"),
            pytest.param([0, 10, 17, 18, 27], "j-19.3", id="J-19.3 until day 27"),
            pytest.param([0, 10, 17, 18, 27.01], "j-19.2", id="J-19.3 not later"),
            pytest.param([0, 10, 17, 18, 20, 29.99], "j-19.3", id="J-19.4 not before day 30"),
            pytest.param([0, 10, 17, 18, 20, 30], "j-19.4", id="J-19.4 on day 30"),
            pytest.param([0, 10, 17, 18, 20, 37], "j-19.4", id="J-19.4 until day 37"),
            pytest.param([0, 10, 17, 18, 20, 37.01], "j-19.3", id="J-19.4 not later"),
        ],
    )
    def test_keep_to_their_windows(self, reader: Any, days: list[float], last: str | None) -> None:
        """J-19.1, J-19.2, J-19.3, J-19.4."""
        goes_to(reader, *days)

        assert ([None, *reader.letters()])[-1] == last

    @pytest.mark.parametrize(
        ("tier", "kind", "prefix"),
        [("ignores_but_buys", "b2b", "SHIP"), ("fading", "b2b", "YOU"), ("reads_but_sleeps", "b2c", "CARD")],
    )
    def test_begin_with_what_fits_the_sub_type(
        self, flow: Callable[[str], Any], lena: Contact, tier: str, kind: str, prefix: str
    ) -> None:
        """J-19.1, X-31: free freight for who still buys, a gift card for a consumer, a discount else (L-13)."""
        Customer.objects.filter(pk=lena.customer_id).update(kind=kind)
        live = silent(flow("j-19"), lena, tier)
        live.turn()

        assert live.letters() == ["j-19.1"]
        assert live.message().values["offer"]["code"].startswith(prefix)

    def test_hand_over_the_training(self, reader: Any) -> None:
        """J-19.4."""
        goes_to(reader, 0, 10, 17, 18, 20, 30)

        assert reader.message().values["document"]["title"] == "Wartung in zehn Minuten"

    def test_pass_the_training_over_where_there_is_none(self, reader: Any) -> None:
        Document.objects.all().delete()
        goes_to(reader, 0, 10, 17, 18, 20, 30)

        assert reader.letters()[-1] == "j-19.3"
        assert reader.skipped()["training"] == "no_document"


class TestPermissionAnew:
    """J-19.2, X-30: who confirms on the same day gets 20 % off his next purchase."""

    @staticmethod
    def confirm(reader: Any, contact: Contact, hours: float) -> None:
        """The letter leaves at 10:00 in Hamburg on day 10; so many hours later he presses the button."""
        goes_to(reader, 0, 10)
        reader.happens(contact, "email.sent", template="j-19.2")
        reader.later(minutes=1)
        reader.later(hours=hours)
        proof = Proof(method="preferences", source="preferences", wording="Yes", jurisdiction="DE")
        consent_actions.grant(contact=contact, purpose="marketing", proof=proof, now=reader.now)
        reader.turn()

    @pytest.mark.parametrize(("hours", "gets_it"), [(13.9, True), (14, False)], ids=["before midnight", "after it"])
    def test_counts_on_the_same_day(self, reader: Any, lena: Contact, hours: float, gets_it: bool) -> None:
        self.confirm(reader, lena, hours)

        assert (reader.letters()[-1] == "j-19.2b") is gets_it
        assert (reader.ended() == ["confirmed"]) is gets_it

    def test_brings_20_percent_and_is_written_down(self, reader: Any, lena: Contact) -> None:
        self.confirm(reader, lena, 2)

        assert reader.message().values["offer"]["percent"] == "20"
        permission = consent_queries.permission_of(lena.pk, "marketing")
        assert permission is not None
        assert permission.obtained_at == reader.now

    def test_does_not_count_before_it_was_asked(self, reader: Any, lena: Contact) -> None:
        goes_to(reader, 0, 10)
        reader.later(days=7)
        reader.later(days=1)

        assert reader.letters() == ["j-19.1", "j-19.2"]


class TestAReaction:
    @pytest.mark.parametrize(
        ("name", "properties", "reason"),
        [
            ("order.placed", {}, "ordered"),
            ("inquiry.received", {}, "reacted"),
            ("email.replied", {}, "reacted"),
            ("consent.withdrawn", {"purpose": "marketing"}, "unsubscribed"),
        ],
    )
    def test_ends_it_at_once(
        self, reader: Any, lena: Contact, name: str, properties: dict[str, Any], reason: str
    ) -> None:
        """J-19.1: reaction → exit. J-19.5: an unsubscription takes effect at once; what waited is taken back."""
        reader.turn()
        reader.happens(lena, name, **properties)
        reader.turn()

        assert reader.ended() == [reason]
        assert Message.objects.get().state == "suppressed"

    @pytest.mark.parametrize("days", [[0], [0, 10, 17, 18]], ids=["after the first", "after the second"])
    def test_by_a_click_spares_him_the_rest(self, reader: Any, lena: Contact, days: list[float]) -> None:
        """J-19.3, J-19.4: "no reaction"."""
        goes_to(reader, *days)
        before = reader.letters()
        reader.happens(lena, "email.clicked", verdict="human")
        reader.turn()
        goes_to(reader, 20, 30, 40)

        assert reader.letters() == before
        assert reader.ended() == ["reacted"]

    def test_by_a_machine_is_none(self, reader: Any, lena: Contact) -> None:
        """CN-38."""
        reader.turn()
        reader.happens(lena, "email.clicked", verdict="machine")
        goes_to(reader, 10)

        assert reader.letters() == ["j-19.1", "j-19.2"]


class TestBeyondHope:
    """J-19.6: sub-type "lost"; neither an order nor a sign of reading for half a year."""

    def test_is_given_up(self, flow: Callable[[str], Any], lena: Contact) -> None:
        live = silent(flow("j-19"), lena, "gone")
        live.turn()

        assert live.letters() == []
        assert consent_queries.is_suppressed(lena.email_key or "")

    @pytest.mark.parametrize(("tier", "is_over"), [("gone", True), ("fading", False)])
    def test_is_decided_ten_days_after_the_last_letter(
        self, reader: Any, lena: Contact, tier: str, is_over: bool
    ) -> None:
        """DP-17: then decide."""
        goes_to(reader, 0, 10, 17, 18, 20, 30)
        reader.stands(lena, "reading", tier)
        goes_to(reader, 39.99)
        assert not consent_queries.is_suppressed(lena.email_key or "")

        goes_to(reader, 40)

        assert consent_queries.is_suppressed(lena.email_key or "") is is_over


@pytest.mark.parametrize("key", ["j-19.1", "j-19.2", "j-19.2b", "j-19.3", "j-19.4"])
def test_the_letters_speak_six_languages(key: str) -> None:
    assert letters.kind_of(key) == "marketing"
    letters.check(key)
