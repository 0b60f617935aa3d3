"""Sealed texts open only where they were sealed (RE-02, RE-03)."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from guanxi.kernel import keys, sealing
from guanxi.kernel.sealing import BrokenSeal, Keyring, WrongMasterKey

MASTER = "m" * 40
OTHER_MASTER = "o" * 40


@pytest.fixture
def ring() -> Keyring:
    return sealing.open_key_file(MASTER, sealing.new_key_file(MASTER, "pepper"))


class TestSealing:
    def test_opens_again_in_the_stated_format(self, ring: Keyring) -> None:
        """RE-02: `v1.<kid>.<nonce, ciphertext, tag>`."""
        sealed = ring.seal("field/a", "row 1", "geheim 秘密")

        version, kid, body = sealed.split(".")
        assert (version, kid, sealing.kid_of(sealed)) == ("v1", ring.current, ring.current)
        assert len(sealing._decode(body)) == 12 + len("geheim 秘密".encode()) + 16
        assert ring.open("field/a", "row 1", sealed) == "geheim 秘密"

    def test_never_gives_the_same_text_twice(self, ring: Keyring) -> None:
        assert ring.seal("p", "r", "x") != ring.seal("p", "r", "x")

    @pytest.mark.parametrize(("purpose", "place"), [("p", "row 2"), ("other", "row 1"), ("other", "row 2")])
    def test_does_not_open_elsewhere(self, ring: Keyring, purpose: str, place: str) -> None:
        """RE-02: moved to another row, field or purpose it fails."""
        sealed = ring.seal("p", "row 1", "x")

        with pytest.raises(BrokenSeal):
            ring.open(purpose, place, sealed)

    def test_does_not_open_when_one_bit_is_turned(self, ring: Keyring) -> None:
        head, _, body = ring.seal("p", "r", "x").rpartition(".")
        raw = sealing._decode(body)
        for place in range(len(raw)):
            turned = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            with pytest.raises(BrokenSeal):
                ring.open("p", "r", f"{head}.{sealing._encode(turned)}")

    @pytest.mark.parametrize("text", ["", "x", "v1.", "v1.k.", "v1..x", "v2.k.x", "v1.k.ü", "gAAAAAB", "v1.k.x.y"])
    def test_refuses_what_was_never_sealed(self, ring: Keyring, text: str) -> None:
        with pytest.raises(BrokenSeal):
            ring.open("p", "r", text.replace("k", ring.current))

    def test_a_text_before_v1_still_opens(self) -> None:
        assert sealing.unseal("s" * 40, "webhook secret", sealing.seal("s" * 40, "webhook secret", "x")) == "x"


class TestKeys:
    def test_are_wrapped_by_the_master_key_and_not_by_any_other(self) -> None:
        """RE-03, RT-25: with a wrong master key nothing opens and nothing is sealed."""
        text = sealing.new_key_file(MASTER, "pepper")

        assert sealing.open_key_file(MASTER, text).pepper == "pepper"
        for master in (OTHER_MASTER, MASTER + "x", ""):
            with pytest.raises(WrongMasterKey):
                sealing.open_key_file(master, text)

    def test_added_at_the_end_seal_from_then_on(self) -> None:
        """RE-06: new writes take the new key, old texts open."""
        text = sealing.new_key_file(MASTER, "pepper")
        sealed = sealing.open_key_file(MASTER, text).seal("p", "r", "x")
        both = sealing.open_key_file(MASTER, text + sealing.new_key_line(MASTER))

        assert both.open("p", "r", sealed) == "x"
        assert sealing.kid_of(both.seal("p", "r", "x")) == both.current != sealing.kid_of(sealed)

    def test_keep_what_they_sealed_under_another_master_key(self) -> None:
        text = sealing.new_key_file(MASTER, "pepper")
        sealed = sealing.open_key_file(MASTER, text).seal("p", "r", "x")

        rewrapped = sealing.open_key_file(OTHER_MASTER, sealing.rewrap(MASTER, OTHER_MASTER, text))
        assert rewrapped.open("p", "r", sealed) == "x"

    @pytest.mark.parametrize("text", ["", "# nothing\n", "pepper x\n", "one two three\n"])
    def test_in_a_damaged_file_are_refused(self, text: str) -> None:
        with pytest.raises(WrongMasterKey):
            sealing.open_key_file(MASTER, text)

    def test_need_a_long_master_key(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            sealing.new_key_file("short", "pepper")

    def test_lie_in_a_file_only_this_user_reads(self, settings: Any, tmp_path: Path) -> None:
        """RE-03: mode 0400, made once; and read again when it changes."""
        settings.GUANXI_KEYS_PATH = tmp_path / "keys"
        first = keys.ring()

        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o400
        assert keys.ring() is first
        assert keys.ring().pepper == settings.SECRET_KEY
        assert keys.add_key() == keys.ring().current != first.current

    def test_are_not_the_secret_of_sessions(self, settings: Any, tmp_path: Path) -> None:
        """RE-03: after the SECRET_KEY changed, what was sealed opens and fingerprints stay."""
        settings.GUANXI_KEYS_PATH = tmp_path / "keys"
        sealed, pepper = keys.ring().seal("p", "r", "x"), keys.ring().pepper
        settings.SECRET_KEY = "another secret of the installation, as long"

        assert keys.ring().open("p", "r", sealed) == "x"
        assert keys.ring().pepper == pepper

    def test_from_the_environment_are_not_written(self, settings: Any) -> None:
        settings.GUANXI_KEYS = sealing.new_key_file(settings.GUANXI_MASTER_KEY, "pepper")

        assert keys.ring().pepper == "pepper"
        with pytest.raises(keys.KeysAreGiven):
            keys.add_key()
