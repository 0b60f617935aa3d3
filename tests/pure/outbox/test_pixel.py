"""What a letter carries unseen."""

import pytest

from guanxi.outbox.pixel import before_end, pixel


class TestBeforeEnd:
    @pytest.mark.parametrize(
        ("html", "result"),
        [
            (["<body>x</BODY></html>"], "<body>x.</BODY></html>"),
            (["<body>", "x", "</BODY ></html>"], "<body>x.</BODY ></html>"),
            (["<body>x</bo", "dy>"], "<body>x.</body>"),
            (["x"], "x."),
        ],
    )
    def test_stands_at_the_end_of_the_body(self, html: list[str], result: str) -> None:
        assert "".join(before_end(html, ".")) == result


class TestPixel:
    def test_shows_nothing(self) -> None:
        assert 'width="1" height="1" alt=""' in pixel("https://p.example/1.gif?a&b")
        assert "1.gif?a&amp;b" in pixel("https://p.example/1.gif?a&b")
