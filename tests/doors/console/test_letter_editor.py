"""The editor in a real browser: blocks by mouse and keyboard, text, placeholders, undo, the look beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from guanxi.content import actions, queries
from guanxi.content.models import Template

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def template(now: datetime, firm: Any) -> Template:
    made = actions.create_template(title="Spring range", kind="marketing", now=now)
    actions.start_draft(template=made, language="en", author=None, now=now)
    return made


@pytest.fixture
def editor(page: Any, live_server: Any, ada: Any, signed_in: Any, template: Template, settings: Any) -> Any:
    """A new letter, opened by Ada: greeting, an empty text, signature, foot."""
    if not finders.find("vendor/htmx.min.js"):
        pytest.skip("no page libraries; `npm ci && npm run vendor` puts them there")
    settings.PUBLIC_URL = live_server.url
    session = signed_in(ada).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/letters/of/spring-range/en/")
    return page


def kinds(editor: Any) -> list[str]:
    names = editor.evaluate("[...document.querySelectorAll('.block')].map((each) => each.classList[1])")
    return [name.removeprefix("block-") for name in names]


class TestTheEditor:
    def test_makes_a_letter_by_mouse_and_keyboard(self, editor: Any, template: Template) -> None:
        mistakes: list[str] = []
        editor.on("pageerror", lambda error: mistakes.append(str(error)))
        editor.fill("#subject", "Three new ranges for ")
        editor.click("[data-pick=subject]")
        editor.fill("#placeholder-search", "firm the reader")
        editor.click(".pick-item:visible")
        assert editor.input_value("#subject") == "Three new ranges for {{ customer.name }}"

        # Running text: typed, made bold by the keyboard, with a placeholder as a chip.
        editor.click(".block-text .rich")
        editor.keyboard.type("New for ")
        editor.click(".block-text .rich-tools button:last-child")
        editor.fill("#placeholder-search", "customer.name")
        editor.click(".pick-item:visible")
        editor.keyboard.press("Control+b")
        editor.keyboard.type(" today")
        assert editor.inner_text(".block-text .token") == "customer.name"

        # Blocks: added, moved, duplicated, removed and brought back.
        editor.click("[data-add=heading]")
        editor.keyboard.type("Bamboo")
        editor.keyboard.press("Alt+ArrowUp")
        assert kinds(editor) == ["greeting", "heading", "text", "signature", "footer"]
        editor.keyboard.press("Alt+KeyD")
        assert kinds(editor)[1:3] == ["heading", "heading"]
        editor.keyboard.press("Alt+Delete")
        assert kinds(editor) == ["greeting", "heading", "text", "signature", "footer"]
        editor.click("#undo")
        assert kinds(editor)[1:3] == ["heading", "heading"]
        editor.click("#redo")

        # The look beside it, in a frame that may do nothing.
        editor.wait_for_selector("#saved:text-is('Saved')")
        frame = editor.frame_locator(".look-frame.is-shown")
        frame.get_by_text("Bamboo").wait_for()
        assert "allow-scripts" not in editor.get_attribute(".look-frame.is-shown", "sandbox")
        editor.click("[data-width=phone]")
        editor.click("button[data-dark='1']")
        frame.get_by_text("Bamboo").wait_for()

        editor.click("#publish button")
        editor.wait_for_selector(".flash-good")

        assert mistakes == []
        published = queries.letter_for(template_id=template.pk, languages=["en"])
        assert published.subject == "Three new ranges for {{ customer.name }}"
        assert [each["type"] for each in published.blocks] == ["greeting", "heading", "text", "signature", "footer"]
        assert published.blocks[2]["html"] == "<p>New for {{ customer.name }}<strong> today</strong></p>"

    def test_leads_to_the_block_that_is_wrong(self, editor: Any) -> None:
        editor.click("[data-add=button]")
        editor.keyboard.type("See them")
        editor.wait_for_selector("#proof .is-drop[data-block]")

        assert "is-wrong" in editor.get_attribute(".block-button", "class")
        editor.click("#subject")
        editor.click("#proof [data-block]")
        assert editor.evaluate("document.activeElement.closest('.block-button') !== null")
