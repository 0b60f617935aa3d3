"""Opens, clicks and unsubscriptions that come back from a mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.content.models import Template
from guanxi.kernel import signing
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message
from guanxi.privacy import files, people
from guanxi.tracking import actions, arriving, hitbook, links, queries, settling, sites
from guanxi.tracking.hitbook import Knock
from guanxi.tracking.models import Hit, HitPage, HitSheet
from guanxi.tracking.notebook import Notebook, Page
from tests import cast

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TARGETS = [
    "https://www.ningbo-firm.example/a",
    "https://www.ningbo-firm.example/b",
    "https://www.ningbo-firm.example/c",
]


@pytest.fixture
def message(lena: Contact, now: datetime) -> Message:
    """A marketing mail that Lena's mail server took an hour ago."""
    template = Template.objects.create(key="j-17.1", title="Wake-up", kind="marketing", created_at=now)
    return Message.objects.create(
        idempotency_key="one", contact=lena, customer=lena.customer, template=template, kind="marketing",
        origin_kind="journey", origin_id="j-17", state="accepted", due_at=now, not_before=now, expires_at=now + DAY,
        proposed_at=now, handed_at=now - HOUR, accepted_at=now - HOUR, links=TARGETS, subject="Wieder da",
    )  # fmt: skip


def token(settings: Any, purpose: str, payload: object) -> str:
    return signing.sign(settings.SECRET_KEY, purpose, str(payload))


def click(settings: Any, message: Message, at: datetime, link: int = 0, **changes: Any) -> str | None:
    fields = {"user_agent": FIREFOX, "address": "203.0.113.77"} | changes
    return arriving.record_click(token=token(settings, "click", f"{message.id}:{link}"), now=at, **fields)


def load(settings: Any, message: Message, at: datetime, **changes: Any) -> bool:
    fields = {"user_agent": FIREFOX, "address": "203.0.113.77"} | changes
    return arriving.record_open(token=token(settings, "open", message.id), now=at, **fields)


def settle(at: datetime) -> int:
    """What the pulse does when the settle window of everything until `at` is over."""
    return settling.settle_due(now=at + timedelta(minutes=11))


class TestRecordClick:
    def test_leads_to_the_target_and_tells_the_ledger(self, settings: Any, message: Message, now: datetime) -> None:
        assert click(settings, message, now, link=1) == TARGETS[1]
        assert settle(now) == 1

        hit = Hit.objects.get()
        assert (hit.verdict, hit.rule, hit.network, hit.link_index) == ("human", "reader", "203.0.113.0/24", 1)
        event = Event.objects.get(name="email.clicked")
        assert (event.object_kind, event.object_id, event.contact) == ("message", str(message.id), message.contact)
        assert (event.properties["url"], event.properties["verdict"]) == (TARGETS[1], "human")

    def test_tells_a_repeated_click_once(self, settings: Any, message: Message, now: datetime) -> None:
        for seconds in range(3):
            click(settings, message, now + timedelta(seconds=seconds))
        settle(now)

        assert (Hit.objects.count(), Event.objects.count()) == (3, 1)

    def test_tells_nothing_before_the_settle_window_is_over(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        """RP-43: nothing can follow from a click before ten minutes have passed."""
        click(settings, message, now)

        assert settling.settle_due(now=now + timedelta(minutes=9)) == 0
        assert not Event.objects.exists()
        assert settling.settle_due(now=now + timedelta(minutes=10)) == 1
        assert settling.settle_due(now=now + timedelta(minutes=20)) == 0
        assert Event.objects.count() == 1

    def test_calls_nobody_of_a_burst_a_reader(self, settings: Any, message: Message, now: datetime) -> None:
        """RP-41: three different links within three seconds; the first two are seen through when the third comes."""
        for link in range(3):
            assert click(settings, message, now + timedelta(seconds=link), link) == TARGETS[link]
        settle(now)

        assert set(Hit.objects.values_list("verdict", "rule")) == {("machine", "burst")}
        verdicts = list(Event.objects.order_by("id").values_list("properties__link", "properties__verdict"))
        assert verdicts == [(0, "machine"), (1, "machine"), (2, "machine")]
        assert not queries.was_clicked(message.id, now=now + HOUR)

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
    def test_counts_no_prefetch_as_a_reader(self, settings: Any, message: Message, now: datetime, method: str) -> None:
        click(settings, message, now, method=method)

        assert Hit.objects.get().verdict == "machine"

    def test_settles_after_ten_minutes(self, settings: Any, message: Message, now: datetime) -> None:
        click(settings, message, now)
        settle(now)

        assert not queries.was_clicked(message.id, now=now + timedelta(minutes=9))
        assert queries.was_clicked(message.id, now=now + timedelta(minutes=10))

    def test_keeps_fifty_and_still_leads_on(self, settings: Any, message: Message, now: datetime) -> None:
        """RS-26: at most 50 stored per message and kind."""
        for seconds in range(55):
            assert click(settings, message, now + timedelta(seconds=5 * seconds)) == TARGETS[0]

        assert Hit.objects.count() == 50

    def test_stops_listening_after_half_a_year(self, settings: Any, message: Message, now: datetime) -> None:
        """RS-26: nothing after 180 days."""
        assert click(settings, message, now + 180 * DAY) == TARGETS[0]

        assert not Hit.objects.exists()

    def test_changes_no_permission(self, settings: Any, message: Message, now: datetime) -> None:
        """RP-43, RS-31: a click changes no consent."""
        cast.permit(message.contact)

        click(settings, message, now)

        assert consent_queries.stand_of(message.contact_id, "marketing").state == "granted"  # type: ignore[union-attr]

    @pytest.mark.parametrize("payload", ["{id}:3", "{id}:-1", "{id}:x", "{id}", "999999:0", "", ":", "x:0", "{id}:0:0"])
    def test_knows_no_other_targets(self, settings: Any, message: Message, now: datetime, payload: str) -> None:
        """RS-25: the target is read from the message's own table."""
        signed = token(settings, "click", payload.format(id=message.id))

        assert arriving.record_click(token=signed, now=now, user_agent=FIREFOX, address="") is None
        assert not Hit.objects.exists()

    @pytest.mark.parametrize("forged", ["", "x", "MTox.AAAA", "MTox." + "A" * 22, "ü", "a.b.c"])
    def test_believes_no_forged_token(self, message: Message, now: datetime, forged: str) -> None:
        """RS-26: forged tokens leave no row."""
        assert arriving.record_click(token=forged, now=now, user_agent=FIREFOX, address="") is None
        assert not arriving.record_open(token=forged, now=now, user_agent=FIREFOX, address="")
        assert actions.unsubscribe(token=forged, now=now) is None
        assert not Hit.objects.exists()
        assert not Event.objects.exists()

    def test_believes_no_token_of_another_purpose(self, settings: Any, message: Message, now: datetime) -> None:
        assert actions.unsubscribe(token=token(settings, "open", message.id), now=now) is None
        assert not arriving.record_open(
            token=token(settings, "unsubscribe", message.id), now=now, user_agent=FIREFOX, address=""
        )


class TestTheMarkOfALink:
    """A click into the firm's own shop carries the reader's mark, for one who permits tracking and is no machine."""

    @pytest.fixture(autouse=True)
    def shop(self, ada: Any, now: datetime) -> None:
        sites.add_site(actor=ada, address="https://www.ningbo-firm.example", now=now)

    def test_is_put_on_with_permission(self, settings: Any, message: Message, now: datetime) -> None:
        """RP-46, RL-05: nobody is followed into the shop who does not permit it."""
        assert click(settings, message, now) == TARGETS[0]
        cast.permit(message.contact, "tracking", at=now)
        marked = click(settings, message, now)

        assert marked is not None
        assert marked.startswith(f"{TARGETS[0]}?gx=")
        assert links.contact_of_link(marked.partition("gx=")[2], now=now) == message.contact

    def test_is_put_on_for_no_scanner(self, settings: Any, message: Message, now: datetime) -> None:
        cast.permit(message.contact, "tracking", at=now)

        assert click(settings, message, now, method="HEAD") == TARGETS[0]


class TestAPage:
    """What the server noted in a file becomes hits, each judged as if it had been written at once."""

    @pytest.fixture
    def book(self, message: Message) -> Notebook:
        return Notebook(hitbook.folder())

    def knock(self, settings: Any, message: Message, at: datetime, link: int = 0, **changes: Any) -> Knock:
        fields = {"user_agent": FIREFOX, "address": "203.0.113.77", "method": "GET"} | changes
        signed = token(settings, "click", f"{message.id}:{link}")
        knock = arriving.knock_of("click", signed, secret=settings.SECRET_KEY, at=at.timestamp(), **fields)
        assert knock is not None
        return knock

    def test_becomes_hits_when_they_are_settled(
        self, settings: Any, message: Message, now: datetime, book: Notebook
    ) -> None:
        """RP-40: nothing of the request is lost on the way."""
        odd = 'a "b" \\ ü\t[1,2]'
        knocks = [
            self.knock(settings, message, now, 0), self.knock(settings, message, now, 2, method="HEAD", user_agent=odd),
        ]  # fmt: skip
        answers = arriving.note(knocks, book)
        assert [target for _, target in answers] == [TARGETS[0], TARGETS[2]]
        assert (Hit.objects.count(), arriving.take_up()) == (0, 0)  # a page that is written still
        book.turn()
        settle(now)

        assert not HitSheet.objects.exists()
        assert not list(hitbook.folder().iterdir())
        assert list(Hit.objects.order_by("id").values_list("link_index", "at", "verdict", "network", "user_agent")) == [
            (0, now, "machine", "203.0.113.0/24", FIREFOX), (2, now, "machine", "203.0.113.0/24", odd),
        ]  # fmt: skip

    def test_keeps_fifty_of_a_kind(self, settings: Any, message: Message, now: datetime, book: Notebook) -> None:
        """RS-26: at most 50 stored per message and kind."""
        for seconds in range(2):
            arriving.note([self.knock(settings, message, now + timedelta(seconds=seconds))] * 40, book)

        book.turn()
        assert arriving.take_up() == 80
        assert (Hit.objects.count(), arriving.take_up()) == (50, 0)

    def test_passes_over_mails_that_are_gone(
        self, settings: Any, message: Message, now: datetime, book: Notebook
    ) -> None:
        """RL-08: who was erased meanwhile leaves no hit."""
        arriving.note([self.knock(settings, message, now)], book)
        Message.objects.all().delete()

        book.turn()
        assert arriving.take_up() == 1
        assert not Hit.objects.exists()
        assert not HitSheet.objects.exists()

    def test_holds_nothing_of_what_may_not_be_kept(
        self, settings: Any, message: Message, now: datetime, book: Notebook
    ) -> None:
        """RL-05, RS-26: an opening without permission, and a click after half a year, leave no line."""
        opened = arriving.knock_of(
            "open", token(settings, "open", message.id), secret=settings.SECRET_KEY, at=now.timestamp(), method="GET",
            user_agent=FIREFOX, address="",
        )  # fmt: skip
        assert opened is not None
        arriving.note([opened, self.knock(settings, message, now + 180 * DAY)], book)

        assert not hitbook.folder().exists()

    def test_is_brought_in_once_by_who_was_killed_meanwhile(
        self, settings: Any, message: Message, now: datetime, book: Notebook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RT-11: a process that dies between the commit and the tearing out doubles nothing."""
        arriving.note([self.knock(settings, message, now)], book)
        book.turn()
        with monkeypatch.context() as killed:
            killed.setattr(Page, "tear_out", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                arriving.take_up()
        assert (HitSheet.objects.count(), HitPage.objects.count()) == (1, 1)

        assert (arriving.take_up(), arriving.take_up()) == (1, 0)
        assert (Hit.objects.count(), HitPage.objects.count()) == (1, 0)
        assert not list(hitbook.folder().iterdir())

    def test_is_forgotten_by_name_after_a_month(self, now: datetime, db: None) -> None:
        for days in (29, 31):
            HitPage.objects.create(name=str(days), brought_in_at=now - days * DAY)
        actions.forget_networks(now=now)

        assert HitPage.objects.get().name == "29"

    def test_holds_up_the_erasure_of_whom_it_names(self, message: Message, book: Notebook) -> None:
        """RL-10: not finished before the page is brought in, where rows are looked at."""
        person = people.person_of(message.contact)
        book.note(f'[[0,"click",0,1.0,"GET","","{message.contact.email}"]]')
        [page] = hitbook.folder().iterdir()
        assert files.forget_files(person)[1] == [page.name]

        book.turn()
        arriving.take_up()
        assert files.forget_files(person)[1] == []


class TestRecordOpen:
    def test_needs_the_permission_of_the_moment(self, settings: Any, message: Message, now: datetime) -> None:
        """RL-05: consent is asked at hit time, also for old mails."""
        assert not load(settings, message, now)
        cast.permit(message.contact, "tracking", at=now)
        assert load(settings, message, now)
        cast.permit(message.contact, "tracking", at=now + HOUR, state="withdrawn")
        assert not load(settings, message, now + HOUR)
        settle(now + HOUR)

        assert (Hit.objects.count(), Event.objects.filter(name="email.opened").count()) == (1, 1)

    def test_marks_the_proxies_of_the_mailbox_providers(self, settings: Any, message: Message, now: datetime) -> None:
        """RP-42: pictures that providers load are no opens of a person."""
        cast.permit(message.contact, "tracking", at=now)

        load(settings, message, now, user_agent="Mozilla/5.0")
        settle(now)

        assert Hit.objects.get().rule == "privacy_proxy"
        assert Event.objects.get().properties["verdict"] == "machine"


class TestUnsubscribe:
    def test_takes_effect_at_once_and_as_often_as_one_likes(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        cast.permit(message.contact)

        for _ in range(3):
            assert actions.unsubscribe(token=token(settings, "unsubscribe", message.id), now=now) == message

        assert consent_queries.is_suppressed(message.contact.email)
        permission = consent_queries.permission_of(message.contact_id, "marketing")
        assert permission is not None
        assert (permission.state, permission.method, permission.evidence) == (
            "withdrawn", "one_click", {"message": message.id},
        )  # fmt: skip
        assert Event.objects.filter(name="consent.withdrawn").count() == 1

    def test_ends_service_mail_too_when_one_was_unsubscribed(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        Message.objects.update(kind="service")

        actions.unsubscribe(token=token(settings, "unsubscribe", message.id), now=now)

        assert consent_queries.stand_of(message.contact_id, "service").state == "withdrawn"  # type: ignore[union-attr]


class TestForgetNetworks:
    def test_blanks_them_after_thirty_days(self, settings: Any, message: Message, now: datetime) -> None:
        click(settings, message, now)

        settle(now)

        assert actions.forget_networks(now=now + 30 * DAY) == 0
        assert actions.forget_networks(now=now + 31 * DAY) == 1
        assert (Hit.objects.get().network, Hit.objects.get().user_agent) == ("", "")


class TestResponses:
    def test_counts_people_and_all(self, settings: Any, message: Message, now: datetime) -> None:
        cast.permit(message.contact, "tracking", at=now)
        load(settings, message, now, user_agent="Mozilla/5.0")
        click(settings, message, now)

        [response] = queries.responses([message.id]).values()
        assert (response.opens, response.opens_by_people, response.clicks, response.clicks_by_people) == (1, 0, 1, 1)
        assert [(line.kind, line.url) for line in queries.hits_of(message.id)] == [("click", TARGETS[0]), ("open", "")]


class TestTheHiddenLink:
    def follow(self, settings: Any, message: Message, at: datetime, address: str = "203.0.113.9") -> None:
        arriving.record_trap(token=token(settings, "trap", message.id), now=at, user_agent=FIREFOX, address=address)

    def test_reveals_whatever_came_from_its_network_within_a_minute(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        """RP-41: the link no reader sees; all hits of the message from that /24 within 60 s are a machine's."""
        click(settings, message, now - timedelta(seconds=50), link=0, address="203.0.113.77")
        click(settings, message, now + timedelta(seconds=59), link=1, address="203.0.113.78")
        click(settings, message, now + timedelta(seconds=61), link=2, address="203.0.113.78")
        click(settings, message, now, link=2, address="198.51.100.4")
        self.follow(settings, message, now)
        settle(now + timedelta(minutes=2))

        found = list(Hit.objects.filter(kind="click").order_by("at", "id").values_list("verdict", "rule"))
        assert found == [("machine", "trap"), ("human", "reader"), ("machine", "trap"), ("human", "reader")]
        assert not Event.objects.filter(properties__rule="method").exists()
        assert "trap" not in {event.object_kind for event in Event.objects.all()}

    def test_with_a_forged_token_leaves_no_trace(self, message: Message, now: datetime) -> None:
        assert not arriving.record_trap(token="x.y", now=now, user_agent=FIREFOX, address="")
        assert not Hit.objects.exists()


class TestJudgeAgain:
    def test_tells_what_newer_rules_see(self, settings: Any, message: Message, now: datetime) -> None:
        """RP-40: the raw hit is kept with verdict, rule and version; a newer version judges it again."""
        click(settings, message, now, user_agent="SafeLinks/1.0")
        settle(now)
        Hit.objects.update(verdict="human", rule="reader", rule_version=1)
        Event.objects.all().delete()

        assert settling.judge_again(now=now + DAY) == 1
        assert settling.judge_again(now=now + DAY) == 0

        hit = Hit.objects.get()
        assert (hit.verdict, hit.rule, hit.rule_version, hit.method) == ("machine", "scanner", 2, "GET")
        assert Event.objects.get().properties["verdict"] == "machine"

    def test_leaves_what_is_older_than_the_raw_hits_are_kept(
        self, settings: Any, message: Message, now: datetime
    ) -> None:
        click(settings, message, now)
        settle(now)
        Hit.objects.update(rule_version=1)

        assert settling.judge_again(now=now + 31 * DAY) == 0


class TestHitsOfMessages:
    def test_tell_people_from_machines(self, settings: Any, message: Message, now: datetime) -> None:
        """RP-40: reports show both."""
        cast.permit(message.contact, "tracking", at=now)
        load(settings, message, now)
        load(settings, message, now, user_agent="Mozilla/5.0")
        click(settings, message, now, link=1)
        click(settings, message, now, link=2, method="HEAD", address="198.51.100.1")
        settle(now)

        found = queries.hits_of_messages([message.id, 999])
        assert found[message.id] == queries.Hits(1, 1, 1, 1)
        assert found[999] == queries.Hits()
