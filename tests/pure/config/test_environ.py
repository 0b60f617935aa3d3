"""Odd values of the environment stop the start with a sentence."""

from pathlib import Path

import pytest

from guanxi.config.environ import Environ, OddSetting
from guanxi.config.secret import installation_secret
from guanxi.config.sqlite_build import is_fixed


class TestReaders:
    @pytest.mark.parametrize(("value", "expected"), [("True", True), ("False", False), ("", False)])
    def test_reads_a_flag(self, value: str, expected: bool) -> None:
        assert Environ({"X": value}).flag("X") is expected

    @pytest.mark.parametrize("value", ["true", "1", "yes", "TRUE"])
    def test_refuses_a_flag_of_another_spelling(self, value: str) -> None:
        with pytest.raises(OddSetting, match="write True or False"):
            Environ({"X": value}).flag("X")

    @pytest.mark.parametrize("value", ["-1", "1.5", "many", "２"])
    def test_refuses_an_odd_number(self, value: str) -> None:
        with pytest.raises(OddSetting, match="whole number"):
            Environ({"X": value}).number("X", 3)

    @pytest.mark.parametrize("value", ["crm.example.com", "ftp://crm.example.com", "https://", "https://a.b/?q=1"])
    def test_refuses_an_odd_public_address(self, value: str) -> None:
        with pytest.raises(OddSetting, match="write an address"):
            Environ({"X": value}).public_url("X", "http://127.0.0.1:8000")

    def test_refuses_a_file_where_a_folder_should_be(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("")

        with pytest.raises(OddSetting, match="name a folder"):
            Environ({"X": str(path)}).folder("X", "./data")


class TestSecrets:
    def test_come_from_a_file_too(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.txt"
        path.write_text("hidden\n")

        assert Environ({"X_FILE": str(path)}).secret("X") == "hidden"

    def test_are_not_given_twice(self, tmp_path: Path) -> None:
        with pytest.raises(OddSetting, match="keep one"):
            Environ({"X": "a", "X_FILE": str(tmp_path / "b")}).secret("X")

    def test_name_the_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(OddSetting, match="cannot be read"):
            Environ({"X_FILE": str(tmp_path / "none")}).secret("X")


class TestInstallationSecret:
    def test_is_made_once_and_kept(self, tmp_path: Path) -> None:
        made = installation_secret(Environ({}), tmp_path / "data")

        assert installation_secret(Environ({}), tmp_path / "data") == made
        assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o400

    def test_is_refused_when_short(self, tmp_path: Path) -> None:
        with pytest.raises(OddSetting, match="shorter than"):
            installation_secret(Environ({"GUANXI_SECRET": "short"}), tmp_path)


class TestDatabase:
    def test_is_a_file_in_the_data_folder_by_default(self, tmp_path: Path) -> None:
        assert Environ({}).database("X", folder=tmp_path)["NAME"] == str(tmp_path / "guanxi.sqlite3")

    def test_reads_a_postgresql_address(self, tmp_path: Path) -> None:
        entry = Environ({"X": "postgresql://ada:p%40ss@db.example.com:5433/crm?sslmode=require"}).database(
            "X", folder=tmp_path
        )

        assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
            "ada", "p@ss", "db.example.com", "5433", "crm",
        )  # fmt: skip
        assert entry["OPTIONS"]["sslmode"] == "require"

    def test_writes_to_sqlite_through_to_the_disk_and_begins_writers_at_once(self, tmp_path: Path) -> None:
        """RD-16."""
        options = Environ({}).database("X", folder=tmp_path)["OPTIONS"]

        assert options["transaction_mode"] == "IMMEDIATE"
        assert "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" in options["init_command"]
        assert "mmap_size" not in options["init_command"]

    def test_asks_postgresql_for_commits_on_disk_and_an_end_of_idle_transactions(self, tmp_path: Path) -> None:
        """RD-17."""
        entry = Environ({"X": "postgresql://ada@db.example.com/crm"}).database("X", folder=tmp_path)

        assert entry["OPTIONS"]["options"] == ("-c synchronous_commit=on -c idle_in_transaction_session_timeout=120000")

    def test_reads_a_socket_folder(self, tmp_path: Path) -> None:
        entry = Environ({"X": "postgresql:///crm?host=/run/postgresql"}).database("X", folder=tmp_path)

        assert entry["HOST"] == "/run/postgresql"

    @pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://host", "sqlite://"])
    def test_refuses_another_address(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(OddSetting, match="write"):
            Environ({"X": url}).database("X", folder=tmp_path)


class TestSqliteBuild:
    @pytest.mark.parametrize(
        ("version", "fixed"),
        [((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True), ((3, 50, 7), True),
         ((3, 50, 6), False), ((3, 44, 6), True)],
    )  # fmt: skip
    def test_knows_the_versions_without_the_bug(self, version: tuple[int, int, int], fixed: bool) -> None:
        """RD-16."""
        assert is_fixed(version) is fixed
