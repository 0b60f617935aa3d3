"""The short way of pictures and links, in front of Django."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError

from guanxi.ledger.models import Contact
from guanxi.outbox.addresses import click_address, open_address, trap_address
from guanxi.public import hit_door, links
from guanxi.tracking import arriving, notebook
from guanxi.tracking.models import Hit
from tests import cast
from tests.doors.public import rsgi

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]
BROWSER = ("user-agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0")


class LongWay:
    """Answers 599 and says what was asked for."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        protocol.response_empty(599, [("path", scope.path), ("method", scope.method)])


class Idle(Executor):
    """Pages are brought in when the test says so."""

    def submit(self, *_: Any) -> Any:
        return None


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[hit_door.HitDoor]:
    monkeypatch.setattr(arriving.SHELF, "keeps", False)
    with rsgi.thread_of_the_test() as thread:
        door = hit_door.HitDoor(LongWay(), thread=thread, behind=Idle())
        arriving.SHELF.keeps = False
        yield door


@pytest.fixture
def ask(door: hit_door.HitDoor) -> Any:
    """A request by the short way, and what the worker then makes of it."""

    def ask_it(address: str, method: str = "GET", *headers: tuple[str, str]) -> tuple[int, dict[str, str], bytes]:
        said = rsgi.ask(door, address, method=method, headers=[BROWSER, *headers]).said()
        door.carrier.carry()
        arriving.take_up()
        return said

    return ask_it


class TestTheShortWay:
    def test_of_a_link_leads_to_its_target_and_keeps_the_hit(self, ask: Any, mail: Any, lena: Contact) -> None:
        status, headers, _ = ask(click_address(mail(lena).pk, 0))

        assert (status, headers["location"]) == (302, "https://shop.example/a?b=1")
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert (Hit.objects.get().network, Hit.objects.get().verdict) == ("203.0.113.0/24", "human")

    def test_of_a_picture_is_the_picture_whatever_the_token(self, ask: Any, mail: Any, lena: Contact) -> None:
        """RS-26, RL-05: the answer tells nothing; only with permission a row is kept."""
        forged = ask("/p/o/x.y.gif")
        message = mail(lena)
        unwatched = ask(open_address(message.pk))
        cast.permit(lena, "tracking")
        watched = ask(open_address(message.pk))

        assert forged == unwatched == watched
        assert forged[2] == links.PIXEL
        assert Hit.objects.count() == 1

    def test_of_head_has_no_body_and_is_a_machine(self, ask: Any, mail: Any, lena: Contact) -> None:
        """RP-41: a method other than GET."""
        cast.permit(lena, "tracking")

        assert ask(open_address(mail(lena).pk), "HEAD")[2] == b""
        assert Hit.objects.get().rule == "method"

    def test_is_not_taken_by_what_does_not_work(self, ask: Any, mail: Any, lena: Contact) -> None:
        """RS-25: an unknown link gets the page, never a redirect."""
        message = mail(lena)
        others = [click_address(message.pk, 7), "/p/c/x.y", "/p/t/x.y", "/p/o/x", "/", "/p/u/x"]

        for address in others:
            status, said, _ = ask(address)
            assert (status, said["path"]) == (599, urlsplit(address).path)
        assert ask(click_address(message.pk, 0), "POST")[0] == 599
        assert not Hit.objects.exists()

    def test_of_the_hidden_link_notes_it_once_and_shows_the_page(self, ask: Any, mail: Any, lena: Contact) -> None:
        """RP-41: the page is that of a link that does not work, whose view notes nothing a second time."""
        status, said, _ = ask(trap_address(mail(lena).pk))

        assert (status, said) == (599, {"path": "/p/t/-", "method": "GET"})
        assert (Hit.objects.get().kind, Hit.objects.get().rule) == ("trap", "trap")

    def test_asks_for_permission_at_that_moment(
        self, door: hit_door.HitDoor, mail: Any, lena: Contact, ask: Any
    ) -> None:
        """RL-05: what the server remembers of a reader ends with his next word."""
        address = open_address(mail(lena).pk)
        kept = []
        for state in ("granted", "withdrawn", "granted"):
            cast.permit(lena, "tracking", state=state)
            ask(address)
            kept.append(Hit.objects.count())

        assert kept == [1, 1, 2]

    def test_leaves_a_database_that_is_away_to_the_long_way(
        self, ask: Any, mail: Any, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: Any) -> None:
            raise OperationalError("no connection")

        monkeypatch.setattr(arriving, "decide", away)
        monkeypatch.setattr(hit_door.connection, "close", lambda: None)

        assert ask(click_address(mail(lena).pk, 0))[0] == 599

    @pytest.mark.parametrize(("proxy", "network"), [(None, "203.0.113.0/24"), (("X", "https"), "198.51.100.0/24")])
    def test_reads_the_address_from_our_own_proxy_only(
        self, proxy: Any, network: str, mail: Any, lena: Contact, settings: Any, request: pytest.FixtureRequest
    ) -> None:
        """RP-45: the hop that our proxy saw, not what a client claims."""
        settings.SECURE_PROXY_SSL_HEADER = proxy
        told = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "7.7.7.7, 198.51.100.1")]
        request.getfixturevalue("ask")(click_address(mail(lena).pk, 0), "GET", *told)

        assert Hit.objects.get().network == network

    def test_is_on_disk_before_it_is_answered(
        self, door: hit_door.HitDoor, mail: Any, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RT-11: what was answered is stored."""
        done: list[str] = []
        sync = notebook.sync
        monkeypatch.setattr(notebook, "sync", lambda descriptor: (sync(descriptor), done.append("on disk")))
        monkeypatch.setattr(rsgi.Protocol, "response_bytes", lambda *_: done.append("answered"))
        rsgi.ask(door, click_address(mail(lena).pk, 0), headers=[BROWSER])

        assert done == ["on disk", "answered"]

    def test_writes_nothing_into_the_database_before_it_answers(
        self, door: hit_door.HitDoor, mail: Any, lena: Contact, django_assert_max_num_queries: Any
    ) -> None:
        """RP-41: an import that holds SQLite's one write lock keeps no reader waiting; the hidden link neither."""
        message = mail(lena)
        with django_assert_max_num_queries(8) as asked:
            assert rsgi.ask(door, click_address(message.pk, 0), headers=[BROWSER]).status == 302
            assert rsgi.ask(door, open_address(message.pk), headers=[BROWSER]).status == 200
            assert rsgi.ask(door, trap_address(message.pk), headers=[BROWSER]).status == 599

        assert {query["sql"].split()[0] for query in asked} == {"SELECT"}

    def test_goes_on_when_the_disk_is_full(
        self, ask: Any, mail: Any, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(notebook, "sync", full)
        monkeypatch.setattr(hit_door.connection, "close", lambda: None)

        assert ask(click_address(mail(lena).pk, 0))[0] == 599
        assert not Hit.objects.exists()  # the long way keeps it
