"""The picture of one dot."""

from guanxi.outbox.pixel import with_pixel


class TestWithPixel:
    def test_stands_at_the_end_of_the_body(self) -> None:
        assert with_pixel("<body>x</BODY></html>", "https://p.example/1.gif").startswith("<body>x<img src=")
        assert with_pixel("x", "https://p.example/1.gif").startswith("x<img")
