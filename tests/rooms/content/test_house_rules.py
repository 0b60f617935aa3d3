"""The firm's own rules of wording are read with those that ship, wherever letters are checked."""

from __future__ import annotations

import pytest

from guanxi.content import queries as content_queries
from guanxi.content.models import Letter, Template
from guanxi.firm import actions as firm_actions
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter() -> Letter:
    template = Template.objects.create(key="offer", title="Offer", kind="marketing", created_at=NOW)
    text = "{{ reader.greeting }}\n\nCheap bearings, delivered on 03/04.\n\n{{ links.unsubscribe }}"
    html = '<p>{{ reader.greeting }}</p><a href="{{ links.unsubscribe }}">stop</a>'
    return Letter.objects.create(template=template, language="en", subject="Bearings", mjml="", html=html, text=text)


class TestFindingsOf:
    def test_read_the_shipped_rules_and_the_firms(self, letter: Letter) -> None:
        rule = firm_actions.add_house_rule(phrases="cheap", reason="We never say cheap.", now=NOW)

        found = {each.code: each for each in content_queries.findings_of(letter)}

        assert set(found) == {"ambiguous_date", f"house-{rule.pk}"}
        own = found[f"house-{rule.pk}"]
        assert (own.is_warning, own.place, own.reason) == (True, "text 3", {"en": "We never say cheap."})
        assert "Cheap bearings" in own.detail

    def test_forget_a_rule_that_is_taken_away(self, letter: Letter) -> None:
        rule = firm_actions.add_house_rule(phrases="cheap", reason="no", now=NOW)
        firm_actions.remove_house_rule(rule_id=rule.pk)

        assert [each.code for each in content_queries.findings_of(letter)] == ["ambiguous_date"]

    @pytest.mark.parametrize(
        ("phrases", "reason"),
        [("", "why"), ("cheap", " "), ("x" * 81, "why"), ("\n".join(map(str, range(201))), "why")],
    )
    def test_take_no_rule_that_cannot_be_used(self, phrases: str, reason: str) -> None:
        with pytest.raises(firm_actions.BadRule):
            firm_actions.add_house_rule(phrases=phrases, reason=reason, now=NOW)
