"""Changing keys: everything is sealed anew, nothing is lost, and what is left is counted (RE-06, RT-25)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guanxi.kernel import keys, resealing, sealing
from guanxi.kernel.sealed_field import SealedTextField, Unreadable
from guanxi.webhooks.models import Endpoint
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def key_file(settings: Any, tmp_path: Path) -> Path:
    settings.GUANXI_KEYS_PATH = tmp_path / "keys"
    return tmp_path / "keys"


def some_endpoints(count: int = 5) -> list[Endpoint]:
    return Endpoint.objects.bulk_create(
        [
            Endpoint(name=f"{number}", url="https://a.example/", secret=f"secret {number}", created_at=cast.NOW)
            for number in range(count)
        ]
    )


class TestRotation:
    def test_seals_everything_anew_and_counts_per_key(self, key_file: Path) -> None:
        """RE-06: add key, new writes, resumable job with counts per kid."""
        some_endpoints()
        old = keys.ring().current
        new = keys.add_key()

        assert resealing.counts() == {old: 5}
        assert resealing.reseal()["webhooks.Endpoint.secret"] == 5
        assert resealing.counts() == {new: 5}
        assert resealing.reseal()["webhooks.Endpoint.secret"] == 0
        assert sorted(each.secret for each in Endpoint.objects.all()) == [f"secret {number}" for number in range(5)]

    @pytest.mark.parametrize("after", range(6))
    def test_broken_off_anywhere_goes_on(self, key_file: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        """RE-06: whatever is done stays done, and everything opens at every moment."""
        some_endpoints()
        keys.add_key()
        sealed, count = SealedTextField.sealed, iter(range(100))

        def dies(self: SealedTextField, row: Any, text: str) -> Any:
            if next(count) == after:
                raise KeyboardInterrupt
            return sealed(self, row, text)

        monkeypatch.setattr(SealedTextField, "sealed", dies)
        if after < 5:
            with pytest.raises(KeyboardInterrupt):
                resealing.reseal()
            assert resealing.counts()[keys.ring().current] == after if after else True
            assert not [each for each in Endpoint.objects.all() if isinstance(each.secret, Unreadable)]

        resealing.reseal()

        assert resealing.counts() == {keys.ring().current: 5}

    def test_leaves_a_text_alone_that_was_changed_meanwhile(self, key_file: Path, monkeypatch: Any) -> None:
        [endpoint] = some_endpoints(1)
        keys.add_key()
        sealed = SealedTextField.sealed

        def meanwhile(self: SealedTextField, row: Any, text: str) -> Any:
            monkeypatch.setattr(SealedTextField, "sealed", sealed)
            other = Endpoint.objects.get(pk=endpoint.pk)
            other.secret = "entered meanwhile"
            other.save()
            return sealed(self, row, text)

        monkeypatch.setattr(SealedTextField, "sealed", meanwhile)
        resealing.reseal()

        assert Endpoint.objects.get().secret == "entered meanwhile"

    def test_counts_and_keeps_what_does_not_open(self, key_file: Path) -> None:
        """RE-07."""
        some_endpoints(2)
        key_file.unlink()
        before = list(Endpoint.objects.order_by("pk").values_list("secret", flat=True))

        assert resealing.reseal()[resealing.UNREADABLE] == 2
        assert list(Endpoint.objects.order_by("pk").values_list("secret", flat=True)) == before
        assert resealing.lost_kids() == {sealing.kid_of(before[0])}

    def test_a_key_that_holds_nothing_can_be_destroyed(self, key_file: Path) -> None:
        some_endpoints(1)
        old = keys.ring().current
        keys.add_key()
        resealing.reseal()
        keys.drop_keys({old})

        assert old not in keys.ring().keys
        assert Endpoint.objects.get().secret == "secret 0"

    def test_what_is_lost_for_good_can_be_given_up(self, key_file: Path) -> None:
        """RT-25: the key file is lost; what it sealed is emptied on demand, the rest stays."""
        some_endpoints(2)
        key_file.unlink()
        Endpoint.objects.create(name="new", url="https://a.example/", secret="new", created_at=cast.NOW)

        assert resealing.clear_lost() == 2
        assert sorted(each.secret for each in Endpoint.objects.all()) == ["", "", "new"]


class TestTheCheckUp:
    def test_tells_of_older_and_of_lost_keys(self, key_file: Path) -> None:
        """RE-06, RT-25: `guanxi doctor` says what still hangs on an older key, and what no key opens."""
        from guanxi.cli.check_up import look_at_keys

        some_endpoints(2)
        assert [each.level for each in look_at_keys()] == ["ok"]
        keys.add_key()
        assert [each.level for each in look_at_keys()] == ["warning"]
        resealing.reseal()
        key_file.unlink()
        assert [each.level for each in look_at_keys()] == ["error"]

    def test_tells_of_a_wrong_master_key(self, key_file: Path, settings: Any) -> None:
        from guanxi.cli.check_up import look_at_keys

        keys.ring()
        settings.GUANXI_MASTER_KEY = "another master key of enough length"

        assert [each.level for each in look_at_keys()] == ["error"]
