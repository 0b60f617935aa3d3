"""The builder in a real browser: cards by mouse and keyboard, undo, the live count, and what is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from guanxi.ledger.models import Contact
from guanxi.segments import frames
from guanxi.segments.models import Segment
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def builder(
    page: Any, live_server: Any, ada: Any, signed_in: Any, lena: Contact, yuki: Contact, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """An empty builder, opened by Ada; two customers are there, in Germany and Japan."""
    if not finders.find("vendor/htmx.min.js"):
        pytest.skip("no page libraries; `npm ci && npm run vendor` puts them there")
    cast.permit(lena)
    monkeypatch.setattr(frames, "FRESH_FOR", timedelta(0))
    session = signed_in(ada).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/segments/new/")
    return page


class TestTheBuilder:
    def test_makes_a_segment_by_mouse_and_keyboard(self, builder: Any) -> None:
        mistakes: list[str] = []
        builder.on("pageerror", lambda error: mistakes.append(str(error)))
        builder.fill("#title", "German and known")
        builder.click("[data-add=condition]")
        builder.locator(".condition select").first.select_option("country")
        builder.get_by_role("button", name="Germany").click()
        builder.wait_for_selector("text=of 2 customers")

        assert builder.inner_text(".preview-count b") == "1"
        assert "Country is Germany" in builder.inner_text(".preview-sentence")
        assert "1 of them may get marketing mail" in builder.inner_text("#preview")

        # The keyboard: a group of its own, the focus in its first card; Ctrl+Z takes back, Ctrl+Y brings again.
        builder.keyboard.press("Alt+KeyG")
        assert builder.evaluate("document.activeElement.closest('.group .group') !== null")
        builder.locator(".group .group .condition select").first.select_option("name")
        builder.locator(".group .group .condition select").nth(1).select_option("is_known")
        assert builder.locator(".condition").count() == 2
        builder.evaluate("document.activeElement.blur()")
        for _ in range(3):
            builder.keyboard.press("Control+z")
        assert builder.locator(".condition").count() == 1
        for _ in range(3):
            builder.keyboard.press("Control+y")
        assert builder.locator(".condition").count() == 2
        builder.click("text=Save")
        builder.wait_for_url("**/segments/german-and-known/")

        assert mistakes == []
        made = Segment.objects.get()
        assert made.member_count == 1
        assert made.rule["where"] == {
            "all": [
                {"field": "country", "op": "any_of", "value": ["DE"]},
                {"any": [{"field": "name", "op": "is_known"}]},
            ]
        }

    def test_follows_the_json_beside_it(self, builder: Any) -> None:
        builder.click("text=As JSON")
        builder.fill("#rule", '{"version": 1, "level": "contact", "where": {"event": "email.opened", "op": "never"}}')

        builder.wait_for_selector("text=of 2 contacts")
        assert builder.locator(".condition").count() == 1
        assert builder.get_attribute("#levels [data-level=contact]", "aria-pressed") == "true"
        builder.fill("#rule", "{")
        assert "no JSON" in builder.inner_text("#json-hint")
