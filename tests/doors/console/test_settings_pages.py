"""The firm, the sender, the limits, and the switch that stops everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guanxi.firm import queries as firm_queries
from guanxi.outbox import facts as outbox_facts
from guanxi.staff.models import AuditEntry, User
from tests import cast

pytestmark = pytest.mark.django_db

FIRM = {
    "name": "Haiyue  Tools",
    "postal_address": "9 Harbour Road\nNingbo",
    "website": "",
    "country": "CN",
    "reporting_currency": "EUR",
    "time_zone": "Asia/Shanghai",
    "language": "zh-hans",
}


class TestTheFirm:
    def test_is_described(self, ada: User, client_of: Any) -> None:
        client_of(ada).post("/settings/firm", FIRM)

        firm = firm_queries.the_firm()
        assert (firm.name, firm.reporting_currency, firm.language) == ("Haiyue Tools", "EUR", "zh-hans")
        assert AuditEntry.objects.filter(act="firm.described").exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("reporting_currency", "DEM"), ("time_zone", "Mars/Base"), ("country", "ZZ"), ("postal_address", " "),
         ("website", "javascript:alert(1)"), ("language", "tlh")],
    )  # fmt: skip
    def test_refuses_what_does_not_exist(self, ada: User, client_of: Any, field: str, value: str) -> None:
        answer = client_of(ada).post("/settings/firm", FIRM | {field: value})

        assert answer.status_code == 200
        assert firm_queries.the_firm().name == "Ningbo Haiyue Hardware"

    def test_ignores_fields_that_are_not_in_the_form(self, ada: User, client_of: Any) -> None:
        """No mass assignment (RS-18)."""
        before = firm_queries.the_firm().set_up_at

        client_of(ada).post("/settings/firm", FIRM | {"is_demo": "on", "set_up_at": "", "id": "7"})

        assert (firm_queries.the_firm().is_demo, firm_queries.the_firm().set_up_at) == (False, before)


class TestTheSender:
    def test_is_saved(self, ada: User, client_of: Any) -> None:
        client_of(ada).post("/settings/sender", {"name": "Ada", "address": "ada@firm.example", "reply_to": ""})

        sender = outbox_facts.default_sender()
        assert sender is not None
        assert (sender.name, sender.address, sender.is_default) == ("Ada", "ada@firm.example", True)

    def test_is_tried_by_a_mail_to_oneself(self, ada: User, client_of: Any, drawer: Path) -> None:
        client_of(ada).post("/settings/test-mail")

        assert len(list(drawer.glob("*.eml"))) == 1

    @pytest.mark.parametrize("name", ["Ada\r\nBcc: eve@evil.example", "Ada\nLin"])
    def test_cannot_smuggle_headers(self, ada: User, client_of: Any, drawer: Path, name: str) -> None:
        client = client_of(ada)

        client.post("/settings/sender", {"name": name, "address": "ada@firm.example"})
        client.post("/settings/test-mail")

        for path in drawer.glob("*.eml"):
            assert b"\nBcc" not in path.read_bytes()


class TestTheSwitch:
    def test_stops_everything_and_says_so_on_every_page(self, ada: User, client_of: Any) -> None:
        client = client_of(ada)

        client.post("/settings/stop", {"reason": "wrong price list"})

        assert outbox_facts.the_policy().is_stopped
        assert "Sending is stopped" in client.get("/").content.decode()
        assert AuditEntry.objects.get(act="sending.stopped").details == {"reason": "wrong price list"}

    def test_is_pulled_by_anybody_who_may_send(self, client_of: Any) -> None:
        client_of(cast.a_member_of_staff("marketer")).post("/settings/stop")

        assert outbox_facts.the_policy().is_stopped

    def test_is_released_by_those_who_manage_settings_only(self, ada: User, client_of: Any) -> None:
        client_of(ada).post("/settings/stop")
        assert client_of(cast.a_member_of_staff("marketer")).post("/settings/resume").status_code == 403

        client_of(ada).post("/settings/resume")

        assert not outbox_facts.the_policy().is_stopped


class TestTheLimits:
    def test_are_saved(self, ada: User, client_of: Any) -> None:
        limits = {
            "cap_per_24_hours": 2, "cap_per_7_days": 5, "prospect_cap_per_7_days": 1, "ramadan_shift_days": -1,
        }  # fmt: skip
        client_of(ada).post("/settings/limits", limits)

        policy = outbox_facts.the_policy()
        assert {name: getattr(policy, name) for name in limits} == limits

    def test_are_no_negative_numbers(self, ada: User, client_of: Any) -> None:
        data = {"cap_per_24_hours": -1, "cap_per_7_days": 5, "prospect_cap_per_7_days": 1, "ramadan_shift_days": 0}

        assert "field-error" in client_of(ada).post("/settings/limits", data).content.decode()
