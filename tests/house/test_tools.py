"""The scripts behind the make targets."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.source import ROOT
from tests.house.tool import tool

check_wheel = tool("check_wheel")
second_look = tool("second_look")
test_services = tool("test_services")


def a_wheel(folder: Path, names: list[str]) -> str:
    path = folder / "guanxi-0-py3-none-any.whl"
    with ZipFile(path, "w") as wheel:
        for name in names:
            wheel.writestr(name, "")
    return str(path)


class TestCheckWheel:
    def test_lets_a_whole_wheel_pass(self, tmp_path: Path) -> None:
        assert check_wheel.main([a_wheel(tmp_path, list(check_wheel.NEEDED))]) == 0

    def test_refuses_a_wheel_without_the_page_libraries(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        names = [each for each in check_wheel.NEEDED if not each.startswith(check_wheel.LIBRARIES)]

        assert check_wheel.main([a_wheel(tmp_path, names)]) == 1
        assert "echarts.min.js is missing; run `npm ci`" in capsys.readouterr().err

    def test_refuses_a_wheel_without_translations(self, tmp_path: Path) -> None:
        names = [each for each in check_wheel.NEEDED if not each.endswith(".mo")]

        assert check_wheel.main([a_wheel(tmp_path, names)]) == 1

    def test_asks_for_what_the_pages_load(self) -> None:
        vendor = (ROOT / "tools" / "vendor.mjs").read_text()

        assert all(Path(each).name in vendor for each in check_wheel.NEEDED if each.endswith((".js", ".css")))


class TestServices:
    def test_says_exactly_what_to_install(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            test_services.give_up({"postgresql", "browser"})

        assert "sudo apt-get install chromium postgresql" in capsys.readouterr().err

    def test_installs_nothing_without_the_right(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(test_services.shutil, "which", lambda name: None)

        assert test_services.apt_prefix() is None


class TestTheSecondLook:
    """Small suites of their own, run by a bare pytest."""

    ONCE = "import pathlib\ndef test_once(): p = pathlib.Path('seen'); was = p.exists(); p.touch(); assert was\n"
    NEVER = "def test_never(): assert False\n"

    def look(self, folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> int:
        (folder / "test_it.py").write_text(text)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(folder), "test_it.py"]
        return int(second_look.main(["--", *command]))

    def test_names_what_passes_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert self.look(tmp_path, self.ONCE, monkeypatch) == 0
        assert "UNSTEADY" in capfd.readouterr().out

    def test_forgives_nothing_that_fails_twice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.look(tmp_path, self.ONCE + self.NEVER, monkeypatch) == 1

    def test_does_not_look_again_at_many(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        numbers = range(second_look.MOST + 1)
        many = "".join(self.ONCE.replace("once", f"once_{n}").replace("seen", f"seen_{n}") for n in numbers)

        assert self.look(tmp_path, many, monkeypatch) == 1
