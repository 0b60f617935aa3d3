"""Launch days are entered by hand as well as by file, and the page says who hears of them when (J-14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanxi.catalogue.models import Product
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Journey
from guanxi.kernel import clock
from tests.cast import NOW


@pytest.fixture
def ada_in(ada: Any, signed_in: Any) -> Client:
    client: Client = signed_in(ada)
    return client


@pytest.mark.django_db
class TestLaunches:
    def test_a_new_article_gets_its_day_and_the_journeys_tell_of_it(self, ada_in: Client) -> None:
        journeys_actions.install_library(now=NOW, keys=["j-14"])
        on = clock.utc_now().date() + timedelta(days=40)
        said = {"code": "LANTERN-9", "name": "Solar lantern 9", "launches_on": on.isoformat(), "edition": "limited"}

        page = ada_in.post("/launches/", said, follow=True).content.decode()

        assert Product.objects.get(code="LANTERN-9").launches_on == on
        assert "Solar lantern 9" in page
        assert f"<b>{on - timedelta(days=14)}</b>" in page  # VIP customers first
        assert f"<b>{on - timedelta(days=7)}</b> every buyer" in page

    def test_a_known_article_keeps_its_name_and_loses_its_day_again(self, ada_in: Client) -> None:
        Product.objects.create(code="P1", name="Planter")
        ada_in.post("/launches/", {"code": "P1", "name": "", "launches_on": "2030-03-01", "edition": ""})
        planter = Product.objects.get(code="P1")
        assert (planter.name, str(planter.launches_on)) == ("Planter", "2030-03-01")

        ada_in.post("/launches/remove/", {"code": "P1"})
        assert Product.objects.get(code="P1").launches_on is None

    def test_a_day_that_is_none_is_refused_beside_its_field(self, ada_in: Client) -> None:
        answer = ada_in.post("/launches/", {"code": "P1", "launches_on": "soon"})

        assert answer.status_code == 422
        assert not Product.objects.exists()

    def test_the_gallery_asks_for_launches_and_leads_there(self, ada_in: Client) -> None:
        journeys_actions.install_library(now=NOW, keys=["j-14"])
        assert Journey.objects.exists()

        assert '<a href="/launches/">' in ada_in.get("/journeys/j-14/switch-on/").content.decode()


@pytest.mark.django_db
def test_a_firms_own_titles_are_said_in_the_language_of_the_page(ada: Any, signed_in: Any) -> None:
    text = """\
key: own
title: {en: Thank-you call, zh-Hans: 致谢电话}
trigger: {event: order.placed}
entry: once
steps:
  - id: wait
    wait: 3d
"""
    journeys_actions.publish(text=text, now=NOW, state="live")
    ada.language = "zh-hans"
    ada.save()
    client = signed_in(ada)

    for path in ("/journeys/", "/journeys/own/", "/rehearsals/", "/journeys/gallery/"):
        page = client.get(path).content.decode()
        assert "致谢电话" in page, path
        assert ">Thank-you call<" not in page, path
