"""`/v1/storefront`: what a shop's page shows its visitor (C-07, C-08, C-09)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from guanxi.kernel import clock
from guanxi.staff import actions as staff_actions
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(ada: Any) -> str:
    return staff_actions.issue_token(actor=ada, name="page", kind="write", role="analyst", now=NOW)[1]


@pytest.fixture
def _in_ramadan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2026, 3, 10, 8, 0, tzinfo=UTC))


def ask(key: str, headers: dict[str, str] | None = None, **asked: str) -> Any:
    return Client().get("/v1/storefront", {"writeKey": key, **asked}, headers=headers or {})


@pytest.mark.usefixtures("_in_ramadan")
class TestStorefront:
    def test_answers_by_country(self, key: str) -> None:
        response = ask(key, country="sa", languages="en,ar", currencies="USD,SAR")

        assert response.json() == {
            "country": "SA", "language": "ar", "language_by": "country", "currency": "SAR", "currency_by": "country",
            "festivals": [
                {"code": "eid_al_fitr", "name": "Eid al-Fitr", "from": "2026-03-20", "until": "2026-03-22"}
            ],
            "promotions_rest": True,
        }  # fmt: skip
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Accept-Language" in response["Vary"]

    def test_lets_the_visitor_choose_and_the_browser_speak(self, key: str) -> None:
        """CN-47: chosen before browser before country."""
        german = {"accept-language": "de-DE,de;q=0.9"}

        assert ask(key, german, country="SA").json()["language"] == "de-DE"
        assert ask(key, german, country="SA", language="ja").json()["language_by"] == "chosen"

    def test_reads_the_country_where_the_proxy_tells_it(self, key: str, settings: Any) -> None:
        header = {"cf-ipcountry": "JP"}
        assert ask(key, header).json()["country"] == ""

        settings.GUANXI_COUNTRY_HEADER = "CF-IPCountry"
        assert ask(key, header).json()["country"] == "JP"
        assert ask(key, {"cf-ipcountry": "XX"}).json()["country"] == ""
        assert ask(key, header, country="DE").json()["country"] == "DE"

    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({"country": "Narnia"}, "ISO code of two letters"),
            ({"languages": "en,klingonese"}, "is no language tag"),
            ({"currencies": "USD,GOLD"}, "is no code such as EUR"),
            ({"language": "\x00"}, "is no language tag"),
        ],
    )
    def test_refuses_with_the_field_and_a_sentence(self, key: str, asked: dict[str, str], sentence: str) -> None:
        response = ask(key, None, **asked)

        assert response.status_code == 400
        assert sentence in response.json()["errors"][0]["message"]

    def test_asks_for_a_key_and_a_get(self, key: str) -> None:
        assert ask("wrong").status_code == 401
        assert Client().post("/v1/storefront").status_code == 405
        assert Client().options("/v1/storefront").status_code == 204
