from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanxi.desk import actions, queries
from guanxi.desk.actions import AlreadyEnded, NoSuchResult, NotOnTheList, Wish
from guanxi.desk.models import Task
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Contact, Event
from guanxi.pipeline.pulse import pulse
from tests import cast

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def a_wish(contact: Contact, now: datetime, **fields: Any) -> Wish:
    known = {"key": "review:1", "kind": "monthly_review", "customer_id": contact.customer_id, "due_at": now + DAY}
    return Wish(**(known | fields))


def opened(contact: Contact, now: datetime, **fields: Any) -> Task:
    actions.open_tasks(wishes=[a_wish(contact, now, **fields)], now=now)
    return Task.objects.get(key=fields.get("key", "review:1"))


class TestOpenTasks:
    def test_open_the_same_cause_once(self, lena: Contact, now: datetime) -> None:
        assert [actions.open_tasks(wishes=[a_wish(lena, now)] * 2, now=at) for at in (now, now + DAY)] == [1, 0]
        assert Event.objects.filter(name="task.opened").count() == 1

    def test_lie_on_the_desk_of_the_customers_manager(self, lena: Contact, bo: Any, now: datetime) -> None:
        ledger_actions.assign_owner(customer=lena.customer, owner=bo, now=now)

        assert opened(lena, now).owner == bo

    def test_may_be_unowned(self, lena: Contact, now: datetime) -> None:
        task = opened(lena, now)

        assert list(queries.unowned()) == [task]


class TestEnding:
    def test_keeps_who_when_and_what_came_of_it(self, lena: Contact, ada: Any, now: datetime) -> None:
        task = opened(lena, now)

        actions.finish_task(task=task, now=now + HOUR, by=ada, outcome="wants blue lamps")

        assert (task.state, task.ended_by, task.outcome) == ("done", ada, "wants blue lamps")
        assert Event.objects.filter(name="task.done", object_id=str(task.pk)).exists()

    def test_happens_once(self, lena: Contact, ada: Any, now: datetime) -> None:
        task = opened(lena, now)
        actions.drop_task(task=task, now=now, by=ada, outcome="closed down")

        with pytest.raises(AlreadyEnded):
            actions.finish_task(task=task, now=now, by=ada)
        with pytest.raises(AlreadyEnded):
            actions.hand_over(task=task, owner=ada)

    def test_comes_by_what_was_done_elsewhere(self, lena: Contact, now: datetime) -> None:
        task = opened(lena, now, kind="reply", origin_kind="inquiry", origin_id="77")

        ended = actions.finish_by_origin(
            kind="reply", origin_kind="inquiry", origin_ids=["77", "78"], now=now, outcome="answered"
        )

        task.refresh_from_db()
        assert (ended, task.state) == (1, "done")


class TestChecklist:
    def test_is_ticked_and_unticked(self, lena: Contact, now: datetime) -> None:
        task = opened(lena, now, checklist=["ask for plans", "show samples"])

        actions.tick(task=task, line=1, is_done=True, now=now)
        assert [bool(line["done_at"]) for line in task.checklist] == [False, True]
        actions.tick(task=task, line=1, is_done=False, now=now)
        assert not any(line["done_at"] for line in task.checklist)

    @pytest.mark.parametrize("line", [-1, 2])
    def test_has_no_other_lines(self, line: int, lena: Contact, now: datetime) -> None:
        task = opened(lena, now, checklist=["ask for plans", "show samples"])
        with pytest.raises(NotOnTheList):
            actions.tick(task=task, line=line, is_done=True, now=now)


class TestClocks:
    """J-40.1, J-40.2, J-40.3, CN-22: warned before, escalated after, each once."""

    def test_warn_when_three_quarters_are_over(self, lena: Contact, now: datetime) -> None:
        opened(lena, now, due_at=now + 4 * HOUR)

        moments = (now + 3 * HOUR - timedelta(seconds=1), now + 3 * HOUR, now + 3 * HOUR + timedelta(minutes=1))
        assert [actions.look_at_clocks(now=at).warned for at in moments] == [0, 1, 0]
        assert Event.objects.filter(name="task.due_soon").count() == 1

    def test_warn_at_most_a_day_before(self, lena: Contact, now: datetime) -> None:
        opened(lena, now, due_at=now + 30 * DAY)

        assert actions.look_at_clocks(now=now + 29 * DAY - HOUR).warned == 0
        assert actions.look_at_clocks(now=now + 29 * DAY).warned == 1

    def test_warn_of_nothing_that_is_late_already(self, lena: Contact, now: datetime) -> None:
        opened(lena, now, due_at=now + HOUR)

        rounds = actions.look_at_clocks(now=now + DAY)

        assert (rounds.warned, rounds.breached) == (0, 1)

    def test_tell_somebody_above_of_what_the_manager_missed(self, lena: Contact, ada: Any, now: datetime) -> None:
        manager = cast.a_member_of_staff("manager", now=now)
        task = opened(lena, now, due_at=now, owner_id=manager.pk)

        actions.look_at_clocks(now=now + HOUR)

        task.refresh_from_db()
        assert task.escalated_to == ada
        assert list(queries.escalated_to(ada)) == [task]
        assert queries.pressing(ada, now=now + HOUR) == 1

    def test_are_looked_at_by_the_minutes_work(self, lena: Contact, now: datetime) -> None:
        task = opened(lena, now, due_at=now)

        pulse(at=now + HOUR)

        task.refresh_from_db()
        assert task.breached_at == now + HOUR


class TestResults:
    @pytest.mark.parametrize(
        ("end", "result", "event"),
        [(actions.finish_task, "settled", "task.done"), (actions.drop_task, "declined", "task.dropped")],
    )
    def test_are_told_with_the_end(
        self, lena: Contact, ada: Any, now: datetime, end: Any, result: str, event: str
    ) -> None:
        task = opened(lena, now)

        end(task=task, now=now, by=ada, outcome="in his own words", result=result)

        told = Event.objects.get(name=event)
        assert (told.properties["kind"], told.properties["result"]) == (task.kind, result)
        assert "words" not in str(told.properties)
        assert list(queries.ended_by(ada, since=now)) == [task]

    def test_go_with_the_end(self, lena: Contact, ada: Any, now: datetime) -> None:
        with pytest.raises(NoSuchResult):
            actions.drop_task(task=opened(lena, now), now=now, by=ada, outcome="x", result="settled")


def test_a_line_may_be_by_language(lena: Contact, now: datetime) -> None:
    task = opened(lena, now, checklist=[{"en": "Ask", "zh-Hans": "询问"}, "Plain"])

    assert task.checklist == [
        {"text": "Ask", "titles": {"en": "Ask", "zh-Hans": "询问"}, "done_at": None},
        {"text": "Plain", "done_at": None},
    ]


class TestBreachDue:
    def test_tells_the_manager_once(self, lena: Contact, now: datetime) -> None:
        manager = cast.a_member_of_staff("manager", now=now)
        task = opened(lena, now, due_at=now)

        answers = [actions.look_at_clocks(now=at) for at in (now, now + HOUR, now + DAY)]

        task.refresh_from_db()
        assert [answer.breached for answer in answers] == [0, 1, 0]
        assert (task.breached_at, task.escalated_to, task.state) == (now + HOUR, manager, "open")
        assert Event.objects.filter(name="task.breached").count() == 1

    def test_drops_what_has_expired(self, lena: Contact, now: datetime) -> None:
        task = opened(lena, now, due_at=now + DAY, expires_at=now + DAY)

        assert actions.look_at_clocks(now=now + DAY).dropped == 1

        task.refresh_from_db()
        assert task.state == "dropped"


class TestMyDay:
    def test_is_ordered_by_how_pressing_it_is(self, lena: Contact, ada: Any, now: datetime) -> None:
        dues = {"late": -HOUR, "today": HOUR, "soon": 3 * DAY, "later": 30 * DAY}
        wishes = [a_wish(lena, now, key=key, due_at=now + due, owner_id=ada.pk) for key, due in dues.items()]
        wishes.append(a_wish(lena, now, key="unripe", due_at=now + HOUR, not_before=now + DAY, owner_id=ada.pk))
        actions.open_tasks(wishes=wishes, now=now)

        desk = queries.my_day(ada, now=now, end_of_day=now + 12 * HOUR)

        found = [[task.key for task in part] for part in (desk.overdue, desk.today, desk.this_week)]
        assert (found, desk.later) == ([["late"], ["today"], ["soon"]], 2)

    def test_shows_sales_their_own(self, lena: Contact, diego: Contact, now: datetime) -> None:
        sales = cast.a_member_of_staff("sales", now=now)
        ledger_actions.assign_owner(customer=lena.customer, owner=sales, now=now)
        mine, _ = opened(lena, now), opened(diego, now, key="review:2")

        assert list(Task.objects.for_user(sales)) == [mine]


class TestWithdrawCare:
    def test_leaves_what_a_person_wrote_down(self, lena: Contact, ada: Any, now: datetime) -> None:
        """M-14: what the program had opened goes when its cause is gone."""
        opened(lena, now)
        own = actions.open_task(customer=lena.customer, title="Call", due_at=now + DAY, now=now, by=ada)

        dropped = actions.withdraw_care(
            customer_ids=[lena.customer_id], kinds=["monthly_review", "own"], now=now, outcome="dormant now"
        )

        assert (dropped, list(Task.objects.open())) == (1, [own])
        assert queries.tasks_of(lena.customer_id).first() == own
