"""The standing people can be called."""

from __future__ import annotations

import pytest

from tests import cast

pytestmark = pytest.mark.django_db


class TestTheCast:
    def test_each_reader_has_a_zone_and_a_language_of_his_own(self) -> None:
        readers = [cast.lena(), cast.yuki(), cast.fatima(), cast.diego()]

        assert len({each.time_zone for each in readers}) == 4
        assert len({each.language for each in readers}) == 4

    def test_nobody_has_an_address_that_could_exist(self) -> None:
        readers = [cast.lena(), cast.yuki(), cast.fatima(), cast.diego()]

        assert all(each.email.endswith(".example") for each in readers)

    def test_ada_may_what_bo_may_not(self) -> None:
        from guanxi.staff.roles import Right

        assert cast.ada().may(Right.MANAGE_STAFF)
        assert not cast.bo().may(Right.EDIT_CUSTOMERS)

    def test_a_permission_has_evidence(self) -> None:
        permission = cast.permit(cast.lena())

        assert permission.evidence["form"]
