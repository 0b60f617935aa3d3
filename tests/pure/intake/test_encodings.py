"""How a text file is encoded and what parts its cells."""

import io

import pytest

from guanxi.intake.encodings import delimiter_of, encoding_of

CHINESE = (
    "客户名称,下单日期,金额,备注\n宁波海天进出口有限公司,2024-03-01,1200,需要加急发货\n上海雅乐贸易,2024-03-02,300,无\n"
)
TAIWANESE = "客戶名稱,下單日期,金額\n臺灣進出口有限公司,2024-03-01,300\n"
WESTERN = "Kunde;Datum;Betrag\nMüller & Söhne GmbH;2024-03-01;300\nCôte d’Azur;2024-03-02;1\n"
CASES = {
    "UTF-8": (CHINESE, "utf-8", "utf-8"),
    "UTF-8 with mark": (CHINESE, "utf-8-sig", "utf-8-sig"),
    "UTF-16 with mark": (CHINESE, "utf-16", "utf-16"),
    "UTF-16 without mark": (WESTERN, "utf-16-le", "utf-16-le"),
    "UTF-16, big end first": (WESTERN, "utf-16-be", "utf-16-be"),
    "GB18030": (CHINESE, "gb18030", "gb18030"),
    "Big5": (TAIWANESE, "big5", "big5hkscs"),
    "Windows-1252": (WESTERN, "cp1252", "cp1252"),
    "ASCII": ("a,b\n1,2\n", "ascii", "utf-8"),
}


class TestEncodingOf:
    @pytest.mark.parametrize(("text", "written", "found"), CASES.values(), ids=CASES)
    def test_finds(self, text: str, written: str, found: str) -> None:
        raw = text.encode(written)

        assert encoding_of(lambda: io.BytesIO(raw)) == found
        assert raw.decode(found).lstrip("\ufeff") == text

    def test_looks_beyond_the_first_megabyte(self) -> None:
        raw = b"name,amount\n" * 100_000 + CHINESE.encode("gb18030")

        assert encoding_of(lambda: io.BytesIO(raw)) == "gb18030"

    def test_stays_with_utf8_when_a_few_bytes_are_wrong(self) -> None:
        raw = CHINESE.encode() * 20 + b"\xff\xfe broken\n"

        assert encoding_of(lambda: io.BytesIO(raw)) == "utf-8"


class TestDelimiterOf:
    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    def test_parts_the_sample_evenly(self, mark: str) -> None:
        rows = [["Customer", "Date", "Amount"], ['"Acme, Inc; | x"', "2024-01-01", "1"], ["Müller", "2024-01-02", "2"]]

        assert delimiter_of("\n".join(mark.join(row) for row in rows)) == mark

    def test_prefers_many_columns_to_commas_in_text(self) -> None:
        sample = "a\tb\tc\td\n" + "1, 2\t3\t4, 5\t6\n" * 5

        assert delimiter_of(sample) == "\t"
