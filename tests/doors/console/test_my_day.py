from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.desk import actions as desk_actions
from guanxi.desk.actions import Wish
from guanxi.desk.models import Task
from guanxi.kernel import clock
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact
from guanxi.papers import actions as papers_actions
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(described_firm: None) -> datetime:
    return clock.utc_now()


@pytest.fixture
def described_firm(db: None, now: datetime) -> None:
    from guanxi.firm import actions as firm_actions

    firm_actions.finish_set_up(now=now)


def a_task(contact: Contact, at: datetime, **fields: Any) -> Task:
    known = {"key": "t", "kind": "monthly_review", "customer_id": contact.customer_id, "due_at": at - timedelta(days=1)}
    desk_actions.open_tasks(wishes=[Wish(**(known | fields))], now=at - timedelta(days=2))
    return Task.objects.get(key=fields.get("key", "t"))


class TestMyDay:
    """T-47, M-04: what falls due lies on the desk of whoever answers for the customer."""

    def test_names_the_task_in_the_readers_language(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        a_task(lena, at, owner_id=ada.pk)
        client = signed_in(ada)

        english = client.get("/my-day/").content.decode()
        ada.language = "zh-hans"
        ada.save()
        chinese = client.get("/my-day/").content.decode()

        assert "Business review" in english
        assert "每月业务复盘" in chinese

    def test_finishes_with_an_outcome(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        task = a_task(lena, at, owner_id=ada.pk)

        signed_in(ada).post(f"/my-day/{task.pk}/finish", {"outcome": "wants blue lamps"})

        task.refresh_from_db()
        assert (task.state, task.ended_by, task.outcome) == ("done", ada, "wants blue lamps")

    def test_drops_only_with_a_reason(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        task = a_task(lena, at, owner_id=ada.pk)
        client = signed_in(ada)

        client.post(f"/my-day/{task.pk}/finish", {"drop": "1", "outcome": ""})
        task.refresh_from_db()
        assert task.state == "open"

        client.post(f"/my-day/{task.pk}/finish", {"drop": "1", "outcome": "closed down", "customer": "1"})
        task.refresh_from_db()
        assert task.state == "dropped"

    def test_ticks_a_line(self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]) -> None:
        task = a_task(lena, at, owner_id=ada.pk, checklist=["Prepare"])
        client = signed_in(ada)

        part = client.post(f"/my-day/{task.pk}/tick", {"line": "0", "done": "1"}, headers={"HX-Request": "true"})

        task.refresh_from_db()
        assert "checked" in part.content.decode()
        assert task.checklist[0]["done_at"]
        assert "no such line" in client.post(f"/my-day/{task.pk}/tick", {"line": "7"}, follow=True).content.decode()

    def test_hands_over(self, lena: Contact, ada: Any, bo: Any, at: datetime, signed_in: Callable[[Any], Any]) -> None:
        task = a_task(lena, at)
        client = signed_in(ada)
        assert "On nobody" in client.get("/my-day/").content.decode()

        client.post(f"/my-day/{task.pk}/hand-over", {"owner": str(bo.pk)})

        task.refresh_from_db()
        assert task.owner == bo
        assert "Business review" in client.get(f"/my-day/?of={bo.pk}").content.decode()

    def test_shows_sales_their_own_desk_only(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        sales = cast.a_member_of_staff("sales")
        a_task(lena, at, owner_id=ada.pk)
        client = signed_in(sales)

        assert "Business review" not in client.get(f"/my-day/?of={ada.pk}").content.decode()

    def test_keeps_what_a_person_wrote_down(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        ledger_actions.assign_owner(customer=lena.customer, owner=ada, now=at)

        signed_in(ada).post(
            f"/customers/{lena.customer_id}/tasks", {"title": "Send samples", "due_at": "2027-01-05T10:00"}
        )

        [task] = Task.objects.all()
        assert (task.title, task.owner, task.kind) == ("Send samples", ada, "own")


class TestClocks:
    def test_show_what_others_have_missed(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        """J-40, CN-22: warned before, told to the manager after."""
        sales, manager = (cast.a_member_of_staff(role, now=at) for role in ("sales", "manager"))
        a_task(lena, at, owner_id=sales.pk)
        a_task(lena, at, key="u", owner_id=sales.pk, due_at=at + timedelta(minutes=30), kind="reply")
        desk_actions.look_at_clocks(now=at)

        theirs = signed_in(manager).get("/my-day/").content.decode()
        own = signed_in(sales).get("/my-day/").content.decode()

        assert "Missed by others" in theirs
        assert str(sales) in theirs
        assert "Missed by others" not in own
        assert "most of its time is over" in own

    def test_speak_the_readers_language_also_in_a_journeys_words(
        self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]
    ) -> None:
        a_task(
            lena, at, owner_id=ada.pk, kind="market_share", title="Share the analysis",
            details={"titles": {"en": "Share the analysis", "zh-Hans": "分享市场分析"}},
            checklist=[{"en": "Send it", "zh-Hans": "发送"}, "Plain"],
        )  # fmt: skip
        client = signed_in(ada)
        assert "Share the analysis" in client.get("/my-day/").content.decode()
        ada.language = "zh-hans"
        ada.save()

        page = client.get("/my-day/").content.decode()

        assert "分享市场分析" in page
        assert "发送" in page
        assert "Plain" in page

    def test_end_with_a_result(self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]) -> None:
        task, client = a_task(lena, at, owner_id=ada.pk), signed_in(ada)

        wrong = client.post(f"/my-day/{task.pk}/finish", {"result": "not_needed"}, follow=True)
        assert "does not go with that button" in wrong.content.decode()
        page = client.post(f"/my-day/{task.pk}/finish", {"result": "settled", "outcome": "agreed"}, follow=True)

        task.refresh_from_db()
        assert (task.state, task.result) == ("done", "settled")
        assert "settled" in page.content.decode()

    def test_bring_their_document(self, lena: Contact, ada: Any, at: datetime, signed_in: Callable[[Any], Any]) -> None:
        """J-24.3; RS-15: nobody takes a file by the task of a colleague."""
        sales, other = (cast.a_member_of_staff("sales", now=at, email=f"{name}@firm.example") for name in "ab")
        kept = papers_actions.add_document(
            raw=b"%PDF-1.7 %%EOF", facts=papers_actions.Facts("analysis", "Markt", "de"), by=ada, now=at
        )
        task = a_task(lena, at, owner_id=sales.pk, details={"document": kept.pk})
        address = f"/my-day/{task.pk}/document"

        assert address in signed_in(sales).get("/my-day/").content.decode()
        answer = signed_in(sales).get(address)
        assert answer["Content-Disposition"] == 'attachment; filename="Markt.pdf"'
        assert signed_in(other).get(address).status_code == 404
