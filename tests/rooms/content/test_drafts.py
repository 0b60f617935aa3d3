"""From the first word to the version that is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from guanxi.content import actions, queries
from guanxi.content.actions import (
    BadTemplate,
    BadText,
    NeedsApproval,
    NoDraft,
    NotYours,
    Stale,
    StaysSource,
    Unpublishable,
    Written,
)
from guanxi.content.models import Letter, Template
from guanxi.staff.models import User
from tests import cast

pytestmark = pytest.mark.django_db

TEXT = [{"type": "greeting"}, {"type": "text", "html": "<p>Three new ranges.</p>"}, {"type": "signature"}]


@pytest.fixture
def template(now: datetime) -> Template:
    return actions.create_template(title="Spring range", kind="marketing", now=now)


@pytest.fixture
def mira(db: None) -> User:
    """A manager, who may approve."""
    return cast.a_member_of_staff("manager", name="Mira")


def draft(template: Template, author: User, now: datetime, *, revision: int = 0, **told: Any) -> Letter:
    written = Written(**{"subject": "Three new ranges", "blocks": TEXT} | told)
    return actions.save_draft(
        template=template, language="en", written=written, revision=revision, author=author, now=now
    )


class TestCreateTemplate:
    def test_makes_a_key_of_the_title(self, template: Template, now: datetime) -> None:
        assert template.key == "spring-range"
        assert actions.create_template(title="Spring range", kind="service", now=now).key == "spring-range-2"
        assert actions.create_template(title="春季新品", kind="service", now=now).key == "letter"

    @pytest.mark.parametrize(
        ("told", "word"),
        [({"title": " "}, "Title"), ({"kind": "advert"}, "Type"), ({"key": "Ä!"}, "Key"),
         ({"key": "spring-range"}, "taken")],
    )  # fmt: skip
    def test_refuses_in_words(self, told: dict[str, str], word: str, template: Template, now: datetime) -> None:
        with pytest.raises(BadTemplate, match=word):
            actions.create_template(**{"title": "New", "kind": "marketing"} | told, now=now)


class TestDescribeTemplate:
    def test_renames_for_good(self, now: datetime) -> None:
        actions.install_library(now=now, keys=["j-17.1"])
        template = Template.objects.get(key="j-17.1")
        actions.describe_template(template=template, changes={"title": "Wake up", "topic": "news"}, now=now)

        actions.install_library(now=now, keys=["j-17.1"])

        template.refresh_from_db()
        assert (template.title, template.topic) == ("Wake up", "news")

    def test_keeps_the_type_of_what_is_published(self, template: Template, ada: User, now: datetime) -> None:
        """CN-43: a letter was judged by its type; another type is another template."""
        actions.publish(letter=draft(template, ada, now), actor=ada, now=now)

        with pytest.raises(BadTemplate, match="Type"):
            actions.describe_template(template=template, changes={"kind": "service"}, now=now)

    def test_duplicates_as_another_type(self, template: Template, ada: User, now: datetime) -> None:
        actions.publish(letter=draft(template, ada, now), actor=ada, now=now)

        copy = actions.duplicate_template(template=template, title="For service", kind="service", author=ada, now=now)

        letter = queries.draft_of(copy.pk, "en")
        assert letter is not None
        assert "in business contact" in letter.text
        assert "links.unsubscribe" not in letter.html

    def test_composes_drafts_anew_for_another_type(
        self, template: Template, ada: User, mira: User, now: datetime
    ) -> None:
        """CN-43: the type is part of what a second person approved; with another one he is asked again."""
        actions.submit(letter=draft(template, ada, now), actor=ada, now=now)
        letter = queries.draft_of(template.pk, "en")
        assert letter is not None
        actions.approve(letter=letter, actor=mira, now=now)

        actions.describe_template(template=template, changes={"kind": "service"}, now=now)

        letter.refresh_from_db()
        assert (letter.state, "links.unsubscribe" in letter.html) == ("draft", False)


class TestSaveDraft:
    def test_keeps_what_cannot_be_read_yet(self, template: Template, ada: User, now: datetime) -> None:
        letter = draft(template, ada, now, blocks=None, body="<mj-text>half", subject="{{ order.")

        assert (letter.body, letter.html, letter.state) == ("<mj-text>half", "", "draft")
        assert queries.findings_of(letter)[0].code == "unreadable"

    def test_writes_over_nobody(self, template: Template, ada: User, mira: User, now: datetime) -> None:
        first = draft(template, ada, now)
        draft(template, mira, now, revision=first.revision, subject="Mira's")

        with pytest.raises(Stale):
            draft(template, ada, now, revision=first.revision, subject="Ada's")
        letter = queries.draft_of(template.pk, "en")
        assert letter is not None
        assert letter.subject == "Mira's"
        assert letter.edited_by == sorted([ada.pk, mira.pk])

    def test_stays_source_once_it_is(self, template: Template, ada: User, now: datetime) -> None:
        letter = actions.turn_into_source(letter=draft(template, ada, now), author=ada, now=now)

        assert letter.blocks is None
        assert "Three new ranges." in letter.body
        assert "Three new ranges." in letter.body_text
        with pytest.raises(StaysSource):
            draft(template, ada, now, revision=letter.revision)

    @pytest.mark.parametrize(
        "sign", ["\r\nBcc: all@firm.example", "\x00", "\x0b", "\x7f", "\u0085", "\u2028", "\u2029"]
    )
    @pytest.mark.parametrize("field", ["subject", "preheader"])
    def test_takes_no_control_character(
        self, field: str, sign: str, template: Template, ada: User, now: datetime
    ) -> None:
        """RS-39: nothing that could begin another header, and no NUL."""
        with pytest.raises(BadText, match="control character"):
            draft(template, ada, now, **{field: f"News{sign}"})
        assert queries.draft_of(template.pk, "en") is None

    @pytest.mark.parametrize("told", [{"subject": "x" * 301}, {"blocks": None, "body": "x" * 400_001}])
    def test_refuses_what_is_too_long(self, told: dict[str, Any], template: Template, ada: User, now: datetime) -> None:
        with pytest.raises(BadText, match="long"):
            draft(template, ada, now, **told)


class TestPublish:
    def test_makes_it_the_one_that_is_sent(self, template: Template, ada: User, now: datetime) -> None:
        actions.publish(letter=draft(template, ada, now), actor=ada, now=now)
        second = actions.publish(letter=draft(template, ada, now, subject="Four"), actor=ada, now=now)

        assert queries.letter_for(template_id=template.pk, languages=["en"]) == second
        assert (second.version, second.published_by) == (2, ada)
        with pytest.raises(NoDraft):
            actions.publish(letter=second, actor=ada, now=now)

    def test_fails_for_an_unknown_placeholder_with_its_place(
        self, template: Template, ada: User, now: datetime
    ) -> None:
        """CN-43's contract: name, place and what was probably meant, at publishing and not at sending."""
        blocks = [*TEXT, {"type": "text", "html": "<p>{{ custmer.name }}</p>"}]
        letter = draft(template, ada, now, blocks=blocks)

        with pytest.raises(Unpublishable) as refusal:
            actions.publish(letter=letter, actor=ada, now=now)

        (finding,) = refusal.value.findings
        assert (finding.code, finding.detail, finding.place) == ("dead_placeholder", "custmer.name", "block 4")
        assert finding.suggestion == "customer.name"
        assert queries.letters_of(template.pk) == []

    def test_names_the_line_of_a_source(self, template: Template, ada: User, now: datetime) -> None:
        body = "<mj-text>a</mj-text>\n<mj-text>{{ order.numbr }}</mj-text>"
        letter = draft(template, ada, now, blocks=None, body=body, body_text="a")

        (finding,) = queries.findings_of(letter)
        assert (finding.place, finding.suggestion) == ("line 2", "order.number")

    @pytest.mark.parametrize("kind", ["transactional", "service"])
    def test_lets_no_promotion_into_other_mail(self, kind: str, ada: User, now: datetime) -> None:
        """CN-43: a promotion block makes a letter marketing; nor does such a letter promise an unsubscription."""
        template = actions.create_template(title="Order news", kind=kind, now=now)
        promotion = draft(template, ada, now, blocks=[*TEXT, {"type": "products"}])
        assert [each.code for each in queries.findings_of(promotion)] == ["promotion_inside"]

        body = '<mj-text>{{ coupon.code }} <a href="{{ links.unsubscribe }}">x</a></mj-text>'
        source = actions.save_draft(
            template=template, language="de", written=Written("A", body=body, body_text="a"), revision=0, author=ada,
            now=now,
        )  # fmt: skip
        codes = {each.code for each in queries.findings_of(source)}
        assert codes == {"promotion_inside", "unsubscribe_inside"}
        with pytest.raises(Unpublishable):
            actions.publish(letter=source, actor=ada, now=now)

    def test_comes_out_above_what_the_library_brought_meanwhile(
        self, template: Template, ada: User, now: datetime
    ) -> None:
        letter = draft(template, ada, now)
        Letter.objects.create(
            template=template, language="en", version=2, subject="Library", mjml="", text="x", html="x",
            is_library=True, published_at=now,
        )  # fmt: skip

        assert actions.publish(letter=letter, actor=ada, now=now).version == 3


class TestApprove:
    @pytest.fixture(autouse=True)
    def _asked_for(self, db: None) -> None:
        actions.set_policy(needs_approval=True)

    def test_is_needed_when_the_firm_says_so(self, template: Template, ada: User, mira: User, now: datetime) -> None:
        letter = draft(template, ada, now)
        with pytest.raises(NeedsApproval):
            actions.publish(letter=letter, actor=ada, now=now)

        actions.submit(letter=letter, actor=ada, now=now)
        actions.approve(letter=letter, actor=mira, now=now)
        published = actions.publish(letter=letter, actor=ada, now=now)

        assert (published.approved_by, published.state) == (mira, "published")

    def test_is_never_by_who_wrote_it(self, template: Template, ada: User, mira: User, now: datetime) -> None:
        """Not by any of its authors, not by who submitted it, not by somebody without the right."""
        first = draft(template, mira, now)
        letter = draft(template, ada, now, revision=first.revision)
        actions.submit(letter=letter, actor=ada, now=now)

        for person in (ada, mira, cast.a_member_of_staff("marketer")):
            with pytest.raises(NotYours):
                actions.approve(letter=letter, actor=person, now=now)

    def test_is_void_after_a_change(self, template: Template, ada: User, mira: User, now: datetime) -> None:
        letter = actions.submit(letter=draft(template, ada, now), actor=ada, now=now)
        letter = actions.approve(letter=letter, actor=mira, now=now)

        changed = draft(template, ada, now, revision=letter.revision, subject="Another")

        assert changed.state == "draft"
        with pytest.raises(NeedsApproval):
            actions.publish(letter=changed, actor=ada, now=now)

    def test_may_be_refused_with_a_reason(self, template: Template, ada: User, mira: User, now: datetime) -> None:
        letter = actions.submit(letter=draft(template, ada, now), actor=ada, now=now)

        letter = actions.send_back(letter=letter, actor=mira, note="The price is wrong.", now=now)

        assert (letter.state, letter.returned_note) == ("draft", "The price is wrong.")

    def test_is_not_asked_for_a_letter_with_mistakes(self, template: Template, ada: User, now: datetime) -> None:
        with pytest.raises(Unpublishable):
            actions.submit(letter=draft(template, ada, now, subject=""), actor=ada, now=now)


class TestStartDraft:
    def test_restores_an_older_version(self, template: Template, ada: User, now: datetime) -> None:
        first = actions.publish(letter=draft(template, ada, now), actor=ada, now=now)
        actions.publish(letter=draft(template, ada, now, subject="Four"), actor=ada, now=now)

        restored = actions.start_draft(template=template, language="en", source=first, author=ada, now=now)

        assert (restored.subject, restored.version, restored.state) == ("Three new ranges", 3, "draft")
        assert restored.blocks == first.blocks

    def test_copies_another_language_to_translate(self, template: Template, ada: User, now: datetime) -> None:
        english = draft(template, ada, now)

        arabic = actions.start_draft(template=template, language="ar", source=english, author=ada, now=now)

        assert 'dir="rtl"' in arabic.html
        assert arabic.blocks == english.blocks

    def test_begins_with_what_every_letter_has(self, template: Template, ada: User, now: datetime) -> None:
        letter = actions.start_draft(template=template, language="en", author=ada, now=now)

        assert [each["type"] for each in letter.blocks] == ["greeting", "text", "signature", "footer"]
        actions.discard_draft(letter=letter)
        assert queries.draft_of(template.pk, "en") is None


class TestSampled:
    def test_needs_no_contact(self, template: Template, ada: User, now: datetime) -> None:
        assert "Hall" in queries.sampled(draft(template, ada, now)).text
