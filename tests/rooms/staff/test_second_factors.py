"""Second factors lie sealed and take part in the rotation of keys (RE-01, RE-06)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from guanxi.kernel import keys, sealing
from guanxi.staff import second_factors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key_file(settings: Any, tmp_path: Path) -> None:
    settings.GUANXI_KEYS_PATH = tmp_path / "keys"


class TestSecondFactors:
    def test_lie_sealed(self, ada: Any) -> None:
        """RE-01: TOTP seeds."""
        TOTP.activate(ada, "JBSWY3DPEHPK3PXP")

        [row] = Authenticator.objects.all()
        assert sealing.kid_of(row.data["secret"]) == keys.ring().current
        assert second_factors.unseal(row.data["secret"]) == "JBSWY3DPEHPK3PXP"

    def test_are_sealed_anew_with_the_newest_key(self, ada: Any) -> None:
        TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
        old, new = keys.ring().current, keys.add_key()

        assert (second_factors.held_by(old), second_factors.reseal(), second_factors.reseal()) == (1, 1, 0)
        assert (second_factors.held_by(old), second_factors.held_by(new)) == (0, 1)
        assert second_factors.unseal(Authenticator.objects.get().data["secret"]) == "JBSWY3DPEHPK3PXP"

    def test_sealed_before_keys_still_open_and_are_sealed_anew(self, ada: Any, settings: Any) -> None:
        before = sealing.seal(settings.SECRET_KEY, second_factors.PURPOSE, "JBSWY3DPEHPK3PXP")
        Authenticator.objects.create(user=ada, type="totp", data={"secret": before, "used_mask": 3})

        assert second_factors.unseal(before) == "JBSWY3DPEHPK3PXP"
        assert second_factors.reseal() == 1
        data = Authenticator.objects.get().data
        assert (second_factors.unseal(data["secret"]), data["used_mask"]) == ("JBSWY3DPEHPK3PXP", 3)

    def test_that_do_not_open_stay_as_they_are(self, ada: Any) -> None:
        """RE-07."""
        Authenticator.objects.create(user=ada, type="totp", data={"secret": "gAAAAAbroken"})

        assert second_factors.reseal() == 0
        assert Authenticator.objects.get().data == {"secret": "gAAAAAbroken"}
