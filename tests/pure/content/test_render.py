"""One letter for one reader."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from guanxi.content import dialect, placeholders
from guanxi.content.dialect import BadLetter
from guanxi.content.quick import Href
from guanxi.content.render import MissingValues, Rendered, leading, missing_values, one_line, render
from guanxi.kernel.fixed import Fixed


@dataclass(frozen=True)
class Note:
    language: str = "en"
    subject: str = "Order {{ order.number }}"
    preheader: str = "From {{ firm.name }}"
    html: str = '<p>{{ order.number }}</p><a href="{{ order.progress_url }}">see</a>{% if order.news %}!{% endif %}'
    text: str = "{{ order.number }}: {{ order.progress_url }}\n"


def values(**order: Any) -> dict[str, Any]:
    given = {"number": "PO-1", "progress_url": "https://x.example/p?a=1&b=2"} | order
    return {"order": given, "firm": {"name": "Beilun"}, "unknown": {"name": "x"}}


class TestRender:
    def test_fills_every_part(self) -> None:
        rendered = render(letter=Note(), values=values())

        assert rendered.html == '<p>PO-1</p><a href="https://x.example/p?a=1&amp;b=2">see</a>'
        assert rendered == Rendered(
            subject="Order PO-1",
            preheader="From Beilun",
            html_parts=rendered.html_parts,
            text_parts=["PO-1", ": ", "https://x.example/p?a=1&b=2", "\n"],
            link_urls=("https://x.example/p?a=1&b=2",),
        )

    @pytest.mark.parametrize("number", ["PO\r\nBcc: all@x.example", "PO\x00\x1b[31m", "PO\u2028x", "\u202ePO"])
    def test_a_subject_is_one_clean_line(self, number: str) -> None:
        subject = render(letter=Note(), values=values(number=number)).subject

        assert subject.isprintable()
        assert "\n" not in subject

    def test_marks_advertising_where_the_law_asks(self) -> None:
        note = replace(Note(), language="zh-Hans")

        assert render(letter=note, values=values(), subject_prefix="AD ").subject == "AD Order PO-1"
        marked = replace(note, subject="AD Order")
        assert render(letter=marked, values=values(), subject_prefix="AD ").subject == "AD Order"

    def test_names_what_is_missing(self) -> None:
        with pytest.raises(MissingValues, match=r"firm\.name, order\.number") as caught:
            render(letter=Note(), values={"order": {"progress_url": "https://x.example/", "number": ""}})

        assert caught.value.names == ["firm.name", "order.number"]

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "/p/1", "", None])
    def test_a_link_that_is_no_absolute_address_is_missing(self, url: Any) -> None:
        assert missing_values(Note(), values(progress_url=url)) == ["order.progress_url"]

    def test_leaves_out_an_optional_link_that_cannot_be_used(self) -> None:
        note = replace(Note(), html='{% if firm.website %}<a href="{{ firm.website }}">x</a>{% endif %}')
        given = values() | {"firm": {"name": "Beilun", "website": "javascript:alert(1)"}}

        assert render(letter=note, values=given).html == ""

    @pytest.mark.parametrize("value", [object(), 1.5, print, {"a": {1, 2}}, b"x"])
    def test_takes_plain_values_only(self, value: Any) -> None:
        with pytest.raises(placeholders.NotPlain):
            render(letter=Note(), values=values(news=value))

    @pytest.mark.parametrize("value", ["x", 1, True, None, Decimal("1.5"), date(2026, 5, 13), ["a", 1], {"a": "b"}])
    def test_takes_every_plain_value(self, value: Any) -> None:
        placeholders.check_plain(value)

    def test_hands_over_only_names_of_the_contract(self) -> None:
        note = replace(Note(), text="{{ unknown.name }}")

        with pytest.raises(BadLetter):
            render(letter=note, values=values())

    def test_cuts_an_endless_subject(self) -> None:
        assert len(render(letter=Note(), values=values(number="9" * 900)).subject) == 300


class TestNaughtyStrings:
    """Strings that broke other programs, as values and as text of a letter (RS-06, RS-07, RP-06)."""

    @pytest.fixture
    def strings(self, shared_data: Path) -> list[str]:
        found: list[str] = json.loads((shared_data / "strings" / "blns.json").read_text("utf-8"))
        return found

    def test_values_make_no_element_and_no_header(self, strings: list[str]) -> None:
        for string in filter(str.strip, strings):
            rendered = render(letter=Note(), values=values(number=string))

            counter = Counting()
            counter.feed(rendered.html)
            assert counter.elements == ["p", "a"]
            assert "\n" not in rendered.subject
            assert "\r" not in rendered.subject

    def test_text_is_refused_or_stays_text(self, strings: list[str]) -> None:
        for string in strings:
            try:
                rendered = render(letter=replace(Note(), text=string), values=values())
            except (BadLetter, MissingValues):
                continue
            assert rendered.text.strip() == string.strip()


class Counting(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)


class TestParts:
    @pytest.mark.parametrize(
        "html",
        [
            "x" * 200 + "{{ order.number }}" + "y" * 200,
            '{% if order.news %}<a href="{{ order.progress_url }}#{{ order.number }}">x</a>{% else %}z{% endif %}',
            '<a href="https://x.example/{% if order.number %}a&amp;b{% endif %}">{% unless x %}q{% endunless %}',
            "{% for code in order.documents %}<a href='{{ code }}'>{{ code | upcase }}</a>{% endfor %}</body>",
            "{{ order.number | newline_to_br }}{{ order.number | date }}{{ order.amount }}",
            "{% assign word = order.number %}{{ word }}",
            "{% if order.news == 'a' %} {% elsif order.number %}{{ order.number }}{% endif %}",
        ],
    )
    def test_are_what_the_interpreter_writes(self, html: str) -> None:
        note, given = replace(Note(), html=html), values(number="PO-<1>", documents=["a", "b"], amount=5)

        rendered = render(letter=note, values=given)

        told = {"order": given["order"], "letter": {"language": "en"}}
        assert {type(part) for part in rendered.html_parts} <= {str, Fixed, Href}
        assert rendered.html == dialect.parse(html, True).render(**told)

    def test_are_the_same_objects_for_every_reader(self) -> None:
        note = replace(Note(), html="x" * 200 + "{{ order.number }}")

        first, second = (render(letter=note, values=values(number=number)).html_parts for number in ("1", "2"))

        assert first[0] is second[0]
        assert isinstance(first[0], Fixed)


class TestLinks:
    def test_do_not_count_unsubscribe_and_preferences(self) -> None:
        html = (
            '<a href="{{ links.unsubscribe }}">u</a><a href="{{ order.progress_url }}">p</a><a href="mailto:a@x">m</a>'
        )
        given = values() | {"links": {"unsubscribe": "https://x.example/p/u/1"}}

        rendered = render(letter=replace(Note(), html=html), values=given)

        assert rendered.link_urls == ("https://x.example/p?a=1&b=2",)

    def test_can_lead_over_the_click_address(self) -> None:
        rendered = render(letter=Note(), values=values())

        counted = leading(rendered, {"https://x.example/p?a=1&b=2": "https://x.example/p/c/t&k"})

        assert '<a href="https://x.example/p/c/t&amp;k">' in "".join(counted)
        assert "".join(leading(rendered, {})) == rendered.html


class TestOneLine:
    @pytest.mark.parametrize(
        ("text", "line"), [("a\nb", "a b"), ("  a\t b ", "a b"), ("تأكيد\u202e x", "تأكيد x"), ("田中課長", "田中課長")]
    )
    def test_keeps_words_and_drops_controls(self, text: str, line: str) -> None:
        assert one_line(text) == line
