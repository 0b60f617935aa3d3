"""What a server remembers of permissions, and when it asks anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from guanxi.consent.models import Opening, Permission
from guanxi.consent.remembering import Permissions
from guanxi.ledger.models import Contact
from tests import cast

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


class TestThePermissionsOfAServer:
    def test_hold_until_anybody_says_anything(self, lena: Contact, yuki: Contact, now: datetime) -> None:
        """RL-05: at hit time."""
        permissions, both = Permissions("tracking"), {lena.pk, yuki.pk}
        assert permissions.among(both, now) == set()
        cast.permit(lena, "tracking", at=now)
        assert permissions.among(both, now) == {lena.pk}
        cast.permit(yuki, "tracking", at=now)
        cast.permit(lena, "tracking", at=now, state="withdrawn")
        assert permissions.among(both, now) == {yuki.pk}

    def test_end_when_they_are_over(self, lena: Contact, now: datetime) -> None:
        Permission.objects.create(
            contact=lena, purpose="tracking", state="granted", basis="consent", method="form", obtained_at=now,
            recorded_at=now, expires_at=now + YEAR,
        )  # fmt: skip
        permissions = Permissions("tracking")

        assert [permissions.among({lena.pk}, at) for at in (now, now + YEAR)] == [{lena.pk}, set()]

    def test_end_when_they_are_erased(self, lena: Contact, now: datetime) -> None:
        """RL-10: by the one way in which a statement can go."""
        cast.permit(lena, "tracking", at=now)
        permissions = Permissions("tracking")
        assert permissions.among({lena.pk}, now) == {lena.pk}

        opening = Opening.objects.create(contact_id=lena.pk)
        Permission.objects.filter(contact=lena).delete()
        opening.delete()
        assert permissions.among({lena.pk}, now) == set()

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is asked each time")
    def test_are_asked_for_once(self, lena: Contact, now: datetime, django_assert_num_queries: Any) -> None:
        """Whether anybody said anything since is one short question, whoever is meant."""
        permissions = Permissions("tracking")
        for questions in (2, 1):
            with django_assert_num_queries(questions):
                permissions.among({lena.pk}, now)
