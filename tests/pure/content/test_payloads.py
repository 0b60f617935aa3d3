"""What other template languages were broken with, tried on ours: it stays text, or is refused."""

from __future__ import annotations

import time
from itertools import product

import pytest
from liquid.exceptions import LiquidError

from guanxi.content import dialect, placeholders, proof
from guanxi.content.dialect import BadLetter
from tests.pure.content.test_proof import Note

EXPRESSIONS = (
    "7*7", "7 * '7'", "x.__class__", "''.__class__.__mro__[1].__subclasses__()", "config.items()",
    "config['SECRET_KEY']",
    "self.__init__.__globals__['os'].environ", "request.application.__globals__", "cycler.__init__.__globals__.os",
    "lipsum.__globals__['os'].popen('id').read()", "joiner.__init__.__globals__", "namespace.__init__.__globals__",
    "getHostByName 'evil.example'", "env 'GUANXI_SECRET_KEY'", "os.environ", "__import__('os').system('id')",
    "settings.SECRET_KEY", "user.password", "debug()", "T(java.lang.Runtime).getRuntime().exec('id')",
    "constructor.constructor('return process')()", "_self.env.registerUndefinedFilterCallback('exec')",
    "['id']|filter('system')", "''|attr('__class__')", "firm.__dict__", "firm.delete", "reader.objects.all",
    "order._meta.fields", "links.__init__", "include('secret')", "file:///etc/passwd", "range(1,99999999)|list",
)  # fmt: skip
WRAPPINGS = (
    "{{%s}}", "{{ %s }}", "{{- %s -}}", "{%% %s %%}", "{%%- %s -%%}", "{{ %s | safe }}", "{{ '' | %s }}", "${%s}",
    "#{%s}", "<%%= %s %%>", "*{%s}", "@{%s}", "[[%s]]", "{%s}", "{{{%s}}}",
    "{%% include %s %%}", "{%% if %s %%}{%% endif %%}",
)  # fmt: skip
PAYLOADS = [
    wrapping.replace("%s", expression).replace("%%", "%") for wrapping, expression in product(WRAPPINGS, EXPRESSIONS)
]


class TestPayloads:
    def test_are_more_than_three_hundred(self) -> None:
        assert len(set(PAYLOADS)) >= 300

    @pytest.mark.parametrize("is_html", [False, True])
    def test_stay_text_or_are_refused(self, is_html: bool) -> None:
        """RS-07: each returns itself, or is refused when the letter is published; none is ever evaluated."""
        evaluated = []
        for payload in PAYLOADS:
            try:
                names = dialect.names_in(payload, is_html)
                written = dialect.parse(payload, is_html).render(letter={"language": "en"})
            except (BadLetter, LiquidError):
                continue
            if written != payload and not names - placeholders.PLACEHOLDERS.keys():
                evaluated.append((payload, written))
        # `links.__init__` and its like name a group of ours: they are unknown names, or write nothing at all.
        assert evaluated == []

    def test_never_leave_the_desk(self) -> None:
        """RS-07: a letter with one of them is not published, unless it stays the very text."""
        published = []
        for payload in PAYLOADS:
            if "{{" not in payload and "{%" not in payload:
                continue
            note = Note(subject="x " + payload)
            if not any(not finding.is_warning for finding in proof.check(note, "marketing")):
                published.append(payload)

        assert published == []


class TestLimits:
    @pytest.mark.parametrize(
        "source",
        [
            "{% for a in (1..9999) %}" + "{% if false %}a{% endif %}" * 200 + "{% endfor %}",
            "{% for a in (1..9999) %}{% if a == 1 %}{% endif %}{% endfor %}" * 60,
            "{% for a in (1..99999999) %}{% endfor %}",
            "{% for a in (1..600) %}" + "x" * 1024 + "{% endfor %}",
            "{% assign x = 'abcdefgh' %}" + "{% assign x = x | append: x %}" * 30,
        ],
    )
    def test_hold_time_steps_and_output(self, source: str) -> None:
        """RS-06: 200 ms, 10,000 steps of a loop, 512 KB."""
        begun = time.thread_time()

        with pytest.raises(LiquidError):
            dialect.parse(source, True).render(letter={"language": "en"})

        assert time.thread_time() - begun < 5

    @pytest.mark.parametrize(
        "source",
        [
            "{{ '<script>' }}", "{{ '<scr' | append: 'ipt>' }}", "{% assign a = '<b>' %}{{ a }}",
            "{{ 'x' | replace: 'x', '&lt;' }}", "{{ firm.name | newline_to_br | slice: 0 }}",
            "{% assign a = firm.name | newline_to_br %}{{ a }}",
        ],
    )  # fmt: skip
    def test_let_nobody_build_an_element(self, source: str) -> None:
        """RS-12: a text in quotes is the author's mark-up for Liquid, so it may hold none."""
        with pytest.raises(BadLetter):
            dialect.parse(source, True)
