"""From blocks to both parts of a mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from guanxi.content import blocks, compiling, placeholders, proof, render
from guanxi.content.blocks import KINDS, BadBlock
from guanxi.content.compiling import Draft

PICTURE = "abcdefghijklmnop1234.jpg"
EVERY = [
    {"type": "greeting"},
    {"type": "heading", "text": "For {{ customer.name }}", "size": "large"},
    {"type": "text", "html": "<p>Three <b>new</b> ranges, <a href='https://firm.example/'>here</a>.</p>"},
    {"type": "picture", "picture": PICTURE, "alt": "The hall", "width": "half", "href": "https://firm.example/hall"},
    {"type": "products", "title": "Chosen for you", "show_price": True, "show_reason": True,
     "fallback": "<p>Ask us.</p>"},
    {"type": "price_breaks", "currency": "USD",
     "rows": [{"from": "500", "price": "1,85"}, {"from": "5000", "price": ""}]},
    {"type": "order_status", "button": "See the order"},
    {"type": "divider"},
    {"type": "button", "label": "See the range", "href": "https://firm.example/range"},
    {"type": "signature", "with_contact": True},
    {"type": "footer", "extra": "<p>Hall 7</p>"},
]  # fmt: skip


@dataclass(frozen=True)
class Note:
    language: str
    subject: str
    preheader: str
    html: str
    text: str


def letter_of(told: list[dict[str, Any]], *, language: str = "en", kind: str = "marketing") -> Note:
    draft = Draft(kind, language, "News", "", "", "", blocks.read_blocks(told), "https://firm.example/p/i/")
    return Note(
        language, "News", "", compiling.compile_mjml(compiling.compose_mjml(draft)), compiling.compose_text(draft)
    )


def read(note: Note, **values: Any) -> render.Rendered:
    told = placeholders.sample_values(note.language)
    for group, named in values.items():
        told[group] = {**told.get(group, {}), **named}
    return render.render(letter=note, values=told)


class TestReadBlocks:
    def test_knows_every_kind(self) -> None:
        assert {each["type"] for each in EVERY} == set(KINDS)
        assert [each["type"] for each in blocks.read_blocks(EVERY)] == [each["type"] for each in EVERY]

    def test_reads_its_own_result_again(self) -> None:
        clean = blocks.read_blocks(EVERY)

        assert blocks.read_blocks(clean) == clean

    @pytest.mark.parametrize(
        ("told", "word"),
        [
            ("text", "list"),
            ([{"type": "script"}], "Block 1: its type"),
            ([{"type": "text", "html": 7}], "html is no text"),
            ([{"type": "text", "html": "x" * 20_001}], "longer"),
            ([{"type": "picture", "picture": "../../secret"}], "names no picture"),
            ([{"type": "greeting"}, {"type": "greeting"}], "Block 2: a letter has one greeting"),
            ([{"type": "price_breaks", "rows": [{"from": "many"}]}], "many is no number"),
            ([{"type": "price_breaks", "currency": "$"}], "three letters"),
            ([{"type": "products", "count": 5}], "must be one of 3, 2, 4, 6"),
            ([{"type": "order_status", "facts": ["secret"]}], "may hold"),
            ([{"type": "text", "only": {"name": "reader.email", "values": ["x"]}}], "only may ask"),
            ([{"type": "text", "only": {"name": "reader.country", "values": ['DE" %}']}}], "two capital letters"),
            ([{"type": "divider"}] * 61, "at most 60"),
        ],
    )
    def test_refuses_in_words(self, told: Any, word: str) -> None:
        with pytest.raises(BadBlock, match=word):
            blocks.read_blocks(told)


class TestTheLetter:
    @pytest.mark.parametrize("language", ["en", "de", "ja", "ar", "zh-Hans", "es", "fr"])
    def test_of_every_block_can_be_published(self, language: str) -> None:
        """RP-14: both parts, absolute addresses, light enough; in every language of the library."""
        note = letter_of(EVERY, language=language)

        assert proof.check(note, "marketing", blocks=blocks.read_blocks(EVERY)) == []
        assert read(note).text.strip()

    def test_says_the_same_in_both_parts(self) -> None:
        rendered = read(letter_of(EVERY))

        for said in ("For Hall & Sons Ltd.", "Chosen for you", "Torque wrench", "1.85", "Lin Ruoxi", "Hall 7"):
            assert said.replace("&", "&amp;") in rendered.html
            assert said in rendered.text

    def test_runs_from_right_to_left(self) -> None:
        html = read(letter_of(EVERY, language="ar")).html

        assert '<html lang="ar" dir="rtl"' in html
        assert "direction:rtl" in html
        assert "direction:ltr" not in html.replace('dir="ltr"', "")

    def test_keeps_the_full_stop_of_a_latin_name(self) -> None:
        """In Arabic a value stands in its own direction, both parts; addresses stay as they are."""
        link = '<p>{{customer.name}} <a href="{{ order.tracking_url }}">{{ order.carrier }}</a></p>'
        note = letter_of(
            [{"type": "heading", "text": "{{ customer.name }}"}, {"type": "text", "html": link}], language="ar"
        )

        assert note.text.count("{{ customer.name | isolate }}") == 2
        assert "{{ customer.name | isolate }}</div>" in note.html
        assert 'href="{{ order.tracking_url }}"' in note.html

    def test_fills_the_grid_for_each_reader(self) -> None:
        """X-13: the articles are the reader's own; X-01 when there are none."""
        note = letter_of(EVERY)
        own = {"products": [{"name": "Bamboo box", "price": "4.20", "currency": "EUR", "kind": "new", "code": "B1"}]}

        assert "Bamboo box" in read(note, recommended=own).html
        assert "Torque wrench" not in read(note, recommended=own).html
        nothing = read(note, recommended={"products": []})
        assert "Ask us." in nothing.html
        assert "Ask us." in nothing.text
        assert "Chosen for you" not in nothing.html

    def test_shows_a_block_to_some_readers_only(self) -> None:
        """X-01, X-10, X-17, C-12, C-14: content varies by country, tier, need, gender; one letter for all."""
        told = [
            {"type": "text", "html": "<p>LUCID</p>", "only": {"name": "reader.country", "values": ["DE", "AT"]}},
            {"type": "text", "html": "<p>Gold desk</p>", "only": {"name": "customer.tier", "values": ["Gold"]}},
            {"type": "text", "html": "<p>Not for Gold</p>",
             "only": {"name": "customer.tier", "values": ["Gold"], "is_not": True}},
            {"type": "text", "html": "<p>Gifts for her</p>", "only": {"name": "reader.gender", "values": ["f"]}},
        ]  # fmt: skip
        note = letter_of(told)

        german = read(note, reader={"country": "DE", "gender": "m"}, customer={"tier": "Silver"})
        golden = read(note, reader={"country": "US", "gender": "f"}, customer={"tier": "Gold"})

        assert ("LUCID" in german.html, "Gold desk" in german.html, "Not for Gold" in german.text) == (
            True,
            False,
            True,
        )
        assert ("LUCID" in golden.html, "Gold desk" in golden.text, "Not for Gold" in golden.html) == (
            False,
            True,
            False,
        )
        assert ("Gifts" in german.html, "Gifts" in golden.html) == (False, True)

    def test_tells_the_reader_why_he_gets_it(self) -> None:
        """G-14, and truly: who has never agreed is not told that he did."""
        note = letter_of(EVERY)

        assert "You agreed to hear from" in read(note, permission={"basis": "consent"}).text
        customer = read(note, permission={"basis": "soft_opt_in"}).text
        assert "You are a customer of" in customer
        assert "You agreed" not in customer
        assert "in business contact" in read(letter_of([{"type": "text", "html": "x"}], kind="service")).text

    def test_cleans_what_came_into_the_database_another_way(self) -> None:
        """RS-12: cleaned again when the letter is made."""
        smuggled = [{"type": "text", "id": "b1", "html": "<script>x</script><p onclick=x>y</p>"}]
        look = blocks.block_mjml.Look("en", False, "")

        assert "script" not in blocks.as_mjml(smuggled, look=look)
        assert "onclick" not in blocks.as_mjml(smuggled, look=look)

    def test_becomes_source_that_reads_the_same(self) -> None:
        draft = Draft("marketing", "en", "News", "", "", "", blocks.read_blocks(EVERY), "https://firm.example/p/i/")
        body, text = compiling.source_of(draft)
        source = Draft("marketing", "en", "News", "", body, text)

        html = compiling.compile_mjml(compiling.compose_mjml(source))
        assert html.count("{{ reader.greeting }}") == 1
        assert html.count("reader.closing") == 1
        assert compiling.compose_text(source).count("reader.closing") == 1
        assert "Hall 7" in html
