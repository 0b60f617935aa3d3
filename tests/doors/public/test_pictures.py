"""RS-13: pictures of letters, for whoever has their random name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from guanxi.content import pictures
from tests.pure.content.test_imaging import picture

pytestmark = pytest.mark.django_db


class TestAPicture:
    def test_is_served_without_cookies_and_kept_for_long(self, ada: Any, now: datetime) -> None:
        """RS-13: its own type and nothing guessed, no cookie, no script even when opened alone."""
        kept = pictures.add_picture(raw=picture(), alt="The hall", uploaded_by=ada, now=now)

        for name in (kept.name, pictures.small_name(kept.name)):
            answer = Client().get(f"/p/i/{name}")
            assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "immutable" in answer["Cache-Control"]
            assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert not answer.cookies

    @pytest.mark.parametrize("name", ["unknown-unknown-12345.jpg", "..%2Fsecret", "secret", "a.svg"])
    def test_that_is_none_is_not_found(self, name: str) -> None:
        assert Client().get(f"/p/i/{name}").status_code == 404


class TestWhatIsNotThere:
    @pytest.mark.parametrize("path", ["/p/nothing/here", "/favicon.ico"])
    def test_sets_no_cookie(self, path: str) -> None:
        """RS-38: browsers ask for an icon beside every page of a reader; he is followed by nothing."""
        answer = Client().get(path)

        assert answer.status_code == 404
        assert not answer.cookies
