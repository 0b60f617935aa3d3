"""What a letter of blocks says to each reader when it leaves, and what its page says afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from guanxi.content import actions as content_actions
from guanxi.content.actions import Written
from guanxi.content.models import Template
from guanxi.ledger.models import Contact
from guanxi.outbox import actions, addresses, reading
from guanxi.outbox.models import Message
from tests import cast
from tests.rooms.outbox.world import Answering, send
from tests.rooms.recommendations import test_recommend

pytestmark = pytest.mark.django_db
buy, shop = test_recommend.buy, test_recommend.shop
BLOCKS = [
    {"type": "greeting"},
    {"type": "text", "html": "<p>For {{ customer.name }}</p>"},
    {"type": "products", "title": "Chosen for you", "show_price": True, "fallback": "<p>Ask us for samples.</p>"},
    {"type": "signature", "with_contact": True},
]


@pytest.fixture
def template(firm: None, ada: Any, now: datetime) -> Template:
    template = content_actions.create_template(title="For you", kind="marketing", now=now)
    publish(template, "News for you", ada, now)
    return template


def publish(template: Template, subject: str, author: Any, now: datetime) -> None:
    letter = content_actions.save_draft(
        template=template, language="en", written=Written(subject, blocks=BLOCKS), revision=0, author=author, now=now
    )
    content_actions.publish(letter=letter, actor=author, now=now)


def mailed(template: Template, contact: Contact, now: datetime) -> tuple[Message, str, str]:
    """The message, its HTML and its text as they left."""
    cast.permit(contact)
    message = actions.propose(
        contact=contact, template_key=template.key, values={}, origin_kind="campaign", origin_id="1",
        idempotency_key=f"1/{contact.pk}", not_before=now, expires_at=now + timedelta(days=3), now=now,
    )  # fmt: skip
    transport = Answering()
    assert send(now, transport) == 1
    found = message_from_bytes(transport.carried[0].message, policy=policy.default)
    assert isinstance(found, EmailMessage)
    html, text = (found.get_body((part,)) for part in ("html", "plain"))
    assert html is not None
    assert text is not None
    return Message.objects.get(pk=message.pk), html.get_content(), text.get_content()


class TestTheProductGrid:
    def test_is_filled_for_each_reader_when_the_mail_leaves(
        self,
        template: Template,
        lena: Contact,
        fatima: Contact,
        shop: datetime,
        ada: Any,
    ) -> None:
        """X-12, X-13: each reader's own articles and account manager; what was shown stays on record."""
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)
        buy(fatima.customer, "DRONE", now=shop, days_ago=3)
        lena.customer.owner = ada
        lena.customer.save()

        message, html, text = mailed(template, lena, shop)
        _, other, _ = mailed(template, fatima, shop)

        assert "Ink" in html
        assert "Ink" in text
        assert "Propeller" in other
        assert "Propeller" not in html
        assert "Ada Lin" in text
        assert message.values["recommended"]["products"][0]["code"] == "INK"

    def test_says_something_else_when_there_is_nothing_to_recommend(
        self, template: Template, lena: Contact, now: datetime
    ) -> None:
        _, html, text = mailed(template, lena, now)

        assert "Ask us for samples." in html
        assert "Ask us for samples." in text
        assert "Chosen for you" not in html

    def test_costs_nothing_where_no_letter_asks_for_it(
        self, firm: None, propose: Any, lena: Contact, now: datetime
    ) -> None:
        message = propose(lena, "j-04.1")
        send(now, Answering())

        assert "recommended" not in Message.objects.get(pk=message.pk).values


class TestLetterAsSent:
    def test_is_the_version_that_left_with_what_it_showed(
        self,
        template: Template,
        lena: Contact,
        shop: datetime,
        ada: Any,
    ) -> None:
        """The page behind "view in browser" shows the very letter, whatever is published or bought afterwards."""
        buy(lena.customer, "PRINTER", now=shop, days_ago=3)
        message, html, _ = mailed(template, lena, shop)
        publish(template, "A newer one", ada, shop + timedelta(hours=1))
        buy(lena.customer, "INK", now=shop, days_ago=0)
        Message.objects.filter(pk=message.pk).update(handed_at=shop + timedelta(hours=2))  # written before that

        found = reading.letter_as_sent(
            addresses.browser_address(message.pk).rpartition("/")[2], now=shop + timedelta(days=2)
        )

        assert found is not None
        assert (found[0].version, found[1].subject) == (1, "News for you")
        assert "Ink" in found[1].html
        assert addresses.browser_address(message.pk) in html

    def test_ends_after_a_year(self, template: Template, lena: Contact, now: datetime) -> None:
        message, _, _ = mailed(template, lena, now)
        token = addresses.browser_address(message.pk).rpartition("/")[2]

        assert reading.letter_as_sent(token, now=now + timedelta(days=364)) is not None
        assert reading.letter_as_sent(token, now=now + timedelta(days=366)) is None

    def test_is_behind_no_other_link(self, template: Template, lena: Contact, now: datetime) -> None:
        """RS-19: a token of another purpose opens nothing; neither does one of a mail that never left."""
        message, _, _ = mailed(template, lena, now)
        unsubscribe = addresses.unsubscribe_address(message.pk).rpartition("/")[2]
        Message.objects.filter(pk=message.pk).update(state="suppressed")

        for token in (unsubscribe, "x.y", addresses.browser_address(message.pk).rpartition("/")[2]):
            assert reading.letter_as_sent(token, now=now) is None

    def test_is_a_page_that_may_do_nothing(
        self, template: Template, lena: Contact, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RS-10: sandboxed, without cookies; RS-31: looking at it changes nothing."""
        message, _, _ = mailed(template, lena, now)
        from guanxi.kernel import clock

        monkeypatch.setattr(clock, "utc_now", lambda: now)
        before = Message.objects.values().get(pk=message.pk)

        answer = Client().get(urlsplit(addresses.browser_address(message.pk)).path)

        assert answer.status_code == 200
        assert "Ask us for samples." in answer.content.decode()
        rules = answer["Content-Security-Policy"]
        assert rules.startswith("sandbox ")
        assert "default-src 'none'" in rules
        assert "allow-scripts" not in rules
        assert "allow-same-origin" not in rules
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
        assert not answer.cookies
        assert Message.objects.values().get(pk=message.pk) == before
