"""The scripts behind the make targets."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.source import ROOT
from tests.house.tool import tool

check_wheel = tool("check_wheel")
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
