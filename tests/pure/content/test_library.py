"""The letters that ship with the product, each sound, each in its own script and direction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from guanxi.content import compiling, dialect, placeholders, proof, render, words
from guanxi.content.compiling import Draft
from guanxi.content.dialect import BadLetter
from guanxi.content.occasion import Occasion
from guanxi.ledger import stages

TEMPLATES = {template.key: template for template in compiling.read_library()}
# The letters of journeys beyond these are named with their kind in tests/flows/journeys.
KINDS = {
    **dict.fromkeys(["double-opt-in.1", "double-opt-in.2", "j-04.1", "j-04.2", "j-04.3"], "transactional"),
    **dict.fromkeys(["address-change", "data-request.1", "data-request.2"], "transactional"),
    **dict.fromkeys(["j-20.1", "j-20.2", "j-20.3", "personal", "preferences-changed"], "service"),
    **dict.fromkeys(["j-02.1", "j-17.1", "j-17.2", "j-17.3", "j-21.1", "j-21.2", "j-22.1"], "marketing"),
}
EACH = pytest.mark.parametrize("key", sorted(TEMPLATES))
# What a colon may announce: a label, a link, a figure, a dash, a question.
FOLLOWS = re.compile(r"[:\uff1a]|https?://|^(?:\d|[–-]|[a-z]\)|■|【)|[?？؟]")
# After these colons names follow as they are.
ANNOUNCES_NAMES = {"j-05.4", "j-14.1", "j-14.2", "j-14.3", "j-19.4"}
OWN = {"reader", "customer", "links", "manager", "permission", "recommended"}
CJK_BEFORE_ASCII_STOP = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff][,:;!?]")


@dataclass(frozen=True)
class Compiled:
    language: str
    subject: str
    preheader: str
    html: str
    text: str


@cache
def compiled(draft: Draft) -> Compiled:
    html = compiling.compile_mjml(compiling.compose_mjml(draft))
    return Compiled(draft.language, draft.subject, draft.preheader, html, compiling.compose_text(draft))


@cache
def rendered(draft: Draft, *, only_required: bool = False) -> render.Rendered:
    values = placeholders.sample_values(draft.language, only_required=only_required)
    return render.render(letter=compiled(draft), values=values)


def draft_of(key: str, language: str) -> Draft:
    return next(draft for draft in TEMPLATES[key].drafts if draft.language == language)


@EACH
def test_reads_the_same_where_the_occasion_is_written_in_once_for_all(key: str) -> None:
    draft = draft_of(key, "de")
    of_one, of_another = (placeholders.sample_values(language) for language in ("de", "ar"))
    own = {"reader": of_another["reader"], "customer": of_another["customer"] | {"trade": "", "name": "K & Söhne"}}
    occasion = Occasion({group: value for group, value in of_one.items() if group not in OWN})

    for values in (of_one, of_one | own, of_one):
        alone = render.render(letter=compiled(draft), values=values)
        together = render.render(letter=compiled(draft), values=values, occasion=occasion)

        assert (together.subject, together.preheader) == (alone.subject, alone.preheader)
        assert (together.html, together.text, together.link_urls) == (alone.html, alone.text, alone.link_urls)


class TestLibrary:
    def test_every_template_speaks_six_languages(self) -> None:
        """DP-22, issue 4: a starter letter for each flow step, in six languages."""
        for template in TEMPLATES.values():
            assert proof.missing_translations(draft.language for draft in template.drafts) == [], template.key

    def test_every_template_has_the_kind_of_its_occasion(self) -> None:
        """CN-43: order news is transactional, what the reader's data concern service, the rest marketing."""
        assert {key: TEMPLATES[key].kind for key in KINDS} == KINDS
        assert {template.kind for template in TEMPLATES.values()} == set(KINDS.values())

    def test_only_the_eid_greeting_may_leave_on_the_feast(self) -> None:
        """J-21.2: the greeting leaves at Eid, the offer waits until the feast is over."""
        assert (TEMPLATES["j-21.1"].occasion, TEMPLATES["j-21.2"].occasion) == ("eid_al_fitr", "")


def announced_in_vain(text: str) -> list[str]:
    """Paragraphs that end in a colon although no list, label or link follows them."""
    letter = text.partition("\n---")[0].split("\n\n")[1:]
    paragraphs = [paragraph.strip() for paragraph in letter if paragraph.strip()]
    return [
        paragraph for paragraph, after in pairwise(paragraphs)
        if paragraph.endswith((":", "\uff1a")) and not FOLLOWS.search(after)
    ]  # fmt: skip


@EACH
class TestEachLetter:
    """One test for all languages of a template: there are hundreds of letters."""

    def test_passes_the_proof(self, key: str) -> None:
        """Dead placeholders, unguarded ones, links, weight, and the wording of each culture: not even a warning."""
        found = {
            draft.language: proof.check(compiled(draft), draft.kind, body=draft.body, key=key)
            for draft in TEMPLATES[key].drafts
        }

        assert {language: findings for language, findings in found.items() if findings} == {}

    def test_greets_closes_and_says_who_writes(self, key: str) -> None:
        for draft in TEMPLATES[key].drafts:
            mail, values = rendered(draft), placeholders.sample_values(draft.language)
            for part in (mail.html, mail.text):
                assert values["reader"]["greeting"] in part
                assert "Ada Lin" in part
                assert "88 Mingzhou Road" in part
                # Who is asked whether an address is his must not come to the page of another person.
                assert (values["links"]["preferences"] in part) is (key != "address-change")
                assert (values["links"]["unsubscribe"] in part) is (draft.kind == "marketing")

    def test_also_reads_without_the_optional_values(self, key: str) -> None:
        for draft in TEMPLATES[key].drafts:
            mail = rendered(draft, only_required=True)

            assert "{{" not in mail.html + mail.text, draft.language
            assert "None" not in mail.text, draft.language
            assert "\n\n\n\n" not in mail.text, draft.language
            assert key in ANNOUNCES_NAMES or announced_in_vain(mail.text) == [], draft.language

    def test_names_a_firm_that_signs_for_itself_once(self, key: str) -> None:
        for draft in TEMPLATES[key].drafts:
            values = placeholders.sample_values(draft.language)
            values["sender"]["name"] = values["firm"]["name"] = "Beilun"

            mail = render.render(letter=compiled(draft), values=values)

            assert "Beilun\nBeilun" not in mail.text
            assert "BeilunのBeilun" not in mail.text + mail.html

    def test_is_short_in_its_subject_and_loads_nothing_from_elsewhere(self, key: str) -> None:
        for draft in TEMPLATES[key].drafts:
            mail = rendered(draft)

            assert len(mail.subject) <= 80, draft.language
            # A firm's name that ends with a full stop never stands at the end of a sentence.
            assert "Ltd.." not in mail.text.replace("\u2069", ""), draft.language
            for foreign in ("fonts.googleapis", "<img", "@import"):
                assert foreign not in mail.html, draft.language

    def test_says_the_same_in_both_parts(self, key: str) -> None:
        shared = {"order.number", "firm.name", "sender.name"}
        for draft in TEMPLATES[key].drafts:
            assert dialect.names_in(draft.body) - shared == dialect.names_in(draft.text) - shared, draft.language
            if draft.kind != "marketing":
                assert "coupon." not in draft.body + draft.text
                assert "firm.website" not in draft.body + draft.text

    def test_keeps_the_punctuation_and_direction_of_its_language(self, key: str) -> None:
        for language in ("ja", "zh-Hans"):
            draft = draft_of(key, language)
            written = draft.subject + draft.preheader + draft.body + draft.text
            assert CJK_BEFORE_ASCII_STOP.findall(written) == [], language
        html = rendered(draft_of(key, "ar")).html
        assert '<html lang="ar" dir="rtl"' in html
        assert "direction:rtl" in html
        assert "text-align:right" in html
        assert "text-align:left;color" not in html

    def test_names_the_rank_in_japanese_and_closes_modestly(self, key: str) -> None:
        text = rendered(draft_of(key, "ja")).text

        assert text.startswith("田中課長\n")
        assert "お手数をおかけいたしますが" in text


class TestWords:
    @pytest.mark.parametrize("language", words.languages())
    def test_every_language_names_every_stage_and_paper(self, language: str) -> None:
        spoken = words.words_for(language)

        assert set(spoken["stages"]) == set(stages.ALL_STAGES)
        assert set(spoken["documents"]) == set(words.words_for("en")["documents"])
        assert set(spoken) == set(words.words_for("en"))

    def test_falls_back_to_the_language_then_to_english(self) -> None:
        assert words.words_for("de-AT") == words.words_for("de")
        assert words.words_for("fi") == words.words_for("en")


class TestCompiling:
    def test_facts_become_rows_and_may_be_left_out(self) -> None:
        table = compiling.expand_facts('<facts><fact label="A" if="order.news">x</fact></facts>', is_rtl=True)

        assert table.startswith("<mj-table>{% if order.news %}<tr>")
        assert "padding-left:16px" in table
        assert table.endswith("{% endif %}</mj-table>")

    @pytest.mark.parametrize("source", ["<mjml><mj-body><mj-foo></mj-foo></mj-body></mjml>", "<mjml><mj-body>", "text"])
    def test_a_broken_document_is_refused(self, source: str) -> None:
        with pytest.raises(BadLetter, match="MJML"):
            compiling.compile_mjml(source)

    def test_a_broken_file_of_the_library_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "j-99.1"
        folder.mkdir()
        (folder / "template.yaml").write_text("title: x\nkind: marketing\n", "utf-8")
        (folder / "en.mjml").write_text("no front matter", "utf-8")
        monkeypatch.setattr(compiling, "LIBRARY", tmp_path)

        with pytest.raises(BadLetter, match=r"j-99\.1/en\.mjml"):
            compiling.read_library()
