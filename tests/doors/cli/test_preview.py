"""`guanxi preview` and `guanxi calendar`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guanxi.cli.calendar import calendar
from guanxi.cli.failure import CommandFailed
from guanxi.cli.preview import preview
from guanxi.content.models import Template
from guanxi.firm import actions as firm_actions
from guanxi.ledger.models import Contact
from tests import cast
from tests.rooms.outbox.world import set_up_firm


@pytest.fixture
def _open(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """The test's own database is the workspace."""
    set_up_firm(cast.NOW)
    monkeypatch.setattr("guanxi.cli.workspace.open_workspace", lambda: None)


@pytest.mark.usefixtures("_open")
class TestPreview:
    def test_answers_with_letter_moment_and_reasons(self, fatima: Contact, capsys: Any) -> None:
        """Issue 4: `{"subject","html","text","leaves_at","reasons":[…]}`, "held until …: Ramadan"."""
        cast.permit(fatima)

        preview("j-17.1", contact=str(fatima.pk), at="2026-03-02T08:00:00Z", as_json=True)

        answer = json.loads(capsys.readouterr().out)
        assert list(answer) == ["subject", "html", "text", "leaves_at", "reasons"]
        assert answer["leaves_at"] == "2026-03-25T09:00:00+03:00"
        assert "held until 19 March 2026: Ramadan" in answer["reasons"]

    def test_prints_for_people(self, lena: Contact, capsys: Any) -> None:
        """A letter is named by its title too, a reader by his address however it is spelt."""
        title = Template.objects.get(key="j-17.1").title
        preview(title.upper(), contact=f" mailto:{lena.email.upper()}", at=cast.NOW.isoformat())

        out = capsys.readouterr().out
        assert "Leaves: not at all" in out
        assert "not sent: the contact never permitted marketing" in out

    @pytest.mark.parametrize(
        ("key", "contact", "at", "sentence"),
        [
            ("j-99", "1", None, "'j-99' is no letter; there are j-04.1"),
            ("j-17.1", "99999", None, "there is no such contact"),
            ("j-17.1", "nobody@nowhere.example", None, "there is no such contact"),
            ("j-17.1", "", None, "there is no such contact"),
            ("j-17.1", "1", "tomorrow", "tomorrow"),
        ],
    )
    def test_refuses_with_a_sentence(self, key: str, contact: str, at: str | None, sentence: str) -> None:
        with pytest.raises(CommandFailed, match=sentence):
            preview(key, contact=contact, at=at)


@pytest.mark.usefixtures("_open")
class TestCalendar:
    def test_lists_weekend_holidays_and_holds_with_their_class(self, capsys: Any) -> None:
        calendar("SA", year=2026, as_json=True)

        answer = json.loads(capsys.readouterr().out)
        assert answer["weekend"] == ["fri", "sat"]
        assert {"2026-09-23": "National Day Holiday"}.items() <= {
            each["date"]: each["name"] for each in answer["holidays"]
        }.items()
        assert [(each["class"], each["from"], each["until"]) for each in answer["holds"][:2]] == [
            ("promotion_hold", "2026-02-18", "2026-03-19"),
            ("greeting_window", "2026-03-20", "2026-03-22"),
        ]

    def test_takes_a_name_and_the_firms_values(self, capsys: Any) -> None:
        firm_actions.override_culture(country="ID", field="weekend", value=["sun"], now=cast.NOW)

        calendar("Indonesia", year=2026, as_json=True)

        answer = json.loads(capsys.readouterr().out)
        assert (answer["weekend"], answer["firm_values"]) == (["sun"], ["weekend"])
        assert "working_time_only" in {each["class"] for each in answer["holds"]}

    def test_shows_the_firms_own_closure(self, capsys: Any) -> None:
        firm_actions.describe_firm(changes={"country": "CN"})

        calendar("China", year=2026)

        assert "2026-02-14 – 2026-02-24  firm_closed        Spring Festival" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("country", "year", "sentence"),
        [("Narnia", 2026, "is no country"), ("", 2026, "is no country"), ("SA", 1066, "reach from 1925 to 2076")],
    )
    def test_refuses_with_a_sentence(self, country: str, year: int, sentence: str) -> None:
        with pytest.raises(CommandFailed, match=sentence):
            calendar(country, year=year)
