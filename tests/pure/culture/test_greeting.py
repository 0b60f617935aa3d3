"""How Lena, Yuki, Fatima, Diego and others are addressed, in their language and in English."""

from __future__ import annotations

import pytest

from guanxi.culture import titles
from guanxi.culture.greeting import check_form, closing_for, greeting_for, pattern_of, written_languages
from guanxi.culture.profiles import profile_for
from guanxi.culture.reader import Reader

LENA = Reader(given_name="Lena", family_name="Schneider", honorific="Frau Dr.", gender="f", country="DE")
YUKI = Reader(given_name="由紀", family_name="田中", position="課長", gender="f", country="JP")
YUKI_IN_LATIN = Reader(given_name="Yuki", family_name="Tanaka", position="Section Chief", country="JP")
FATIMA = Reader(given_name="فاطمة", family_name="الحربي", honorific="السيدة", gender="f", country="SA")
DIEGO = Reader(given_name="Diego", family_name="Garza", honorific="Sr.", gender="m", country="MX")
NOBODY = Reader()


def wang(**fields: str) -> Reader:
    return Reader(family_name="王", given_name="芳", country="CN", **fields)


class TestGerman:
    @pytest.mark.parametrize(
        ("reader", "greeting"),
        [
            (LENA, "Sehr geehrte Frau Dr. Schneider,"),
            (Reader(family_name="Schneider", honorific="Herr Prof. Dr."), "Sehr geehrter Herr Prof. Dr. Schneider,"),
            (Reader(family_name="Schneider", honorific="Herr"), "Sehr geehrter Herr Schneider,"),
            (Reader(family_name="Schneider", honorific="Mrs."), "Sehr geehrte Frau Schneider,"),
            (Reader(family_name="Schneider", gender="m"), "Sehr geehrter Herr Schneider,"),
            (Reader(family_name="Schneider", honorific="Dr.", gender="f"), "Sehr geehrte Frau Dr. Schneider,"),
            (Reader(given_name="Kim", family_name="Schneider"), "Guten Tag Kim Schneider,"),
            (Reader(given_name="Kim", family_name="Schneider", honorific="Dr."), "Guten Tag Dr. Kim Schneider,"),
            (Reader(full_name="Kim Schneider", gender="f"), "Sehr geehrte Frau Kim Schneider,"),
            (Reader(family_name="Schneider", honorific="Fr."), "Sehr geehrte Frau Schneider,"),
            (Reader(family_name="Schneider", honorific="Hr. Dr.-Ing."), "Sehr geehrter Herr Dr. Schneider,"),
            (Reader(family_name="Schneider"), "Sehr geehrte Damen und Herren,"),
            (Reader(family_name="Schneider", honorific="Dr."), "Guten Tag Dr. Schneider,"),
            (NOBODY, "Sehr geehrte Damen und Herren,"),
        ],
    )
    def test_greets(self, reader: Reader, greeting: str) -> None:
        assert greeting_for(reader, "de") == greeting
        assert greeting_for(reader, "de-AT") == greeting

    def test_lets_a_given_gender_win_over_the_honorific(self) -> None:
        assert greeting_for(Reader(family_name="Li", honorific="Mr.", gender="f"), "de") == "Sehr geehrte Frau Li,"


class TestJapanese:
    @pytest.mark.parametrize(
        ("reader", "greeting"),
        [
            (YUKI, "田中課長"),
            (Reader(family_name="田中", position="購買部 課長"), "田中課長"),
            (Reader(family_name="田中", position="購買部長"), "田中部長"),
            (Reader(family_name="田中", position="課長代理"), "田中課長代理"),
            (Reader(family_name="田中", position="代表取締役社長"), "田中社長"),
            (Reader(family_name="田中", position="Section Chief"), "田中課長"),
            (Reader(family_name="田中", position="デザイナー"), "田中様"),
            (Reader(family_name="田中"), "田中様"),
            (Reader(family_name="田中", position="課長様"), "田中課長"),
            (Reader(family_name="田中", honorific="課長"), "田中課長"),
            (Reader(family_name="田中", position="Section Manager"), "田中課長"),
            (Reader(full_name="田中 由紀", position="課長"), "田中課長"),
            (Reader(full_name="田中\u3000由紀"), "田中様"),
            (Reader(full_name="田中由紀"), "田中由紀様"),
            (Reader(given_name="由紀"), "由紀様"),
            (LENA, "Schneider様"),
            (NOBODY, "ご担当者様"),
        ],
    )
    def test_puts_the_rank_or_sama_behind_the_name(self, reader: Reader, greeting: str) -> None:
        assert greeting_for(reader, "ja") == greeting

    def test_closes_with_an_excuse_for_the_trouble(self) -> None:
        assert "お手数をおかけいたしますが" in closing_for(YUKI, "ja")


class TestEnglish:
    @pytest.mark.parametrize(
        ("reader", "greeting"),
        [
            (YUKI_IN_LATIN, "Dear Section Chief Tanaka,"),
            (Reader(family_name="Tanaka", position="課長", country="JP"), "Dear Section Chief Tanaka,"),
            (Reader(family_name="Kim", position="과장", country="KR"), "Dear Manager Kim,"),
            (Reader(family_name="Tanaka", position="担当", gender="m", country="JP"), "Dear Mr. Tanaka,"),
            (Reader(given_name="Yuki", family_name="Tanaka", country="JP"), "Dear Mr./Ms. Tanaka,"),
            (Reader(full_name="Tanaka Yuki", country="JP"), "Dear Tanaka Yuki,"),
            (LENA, "Dear Dr. Schneider,"),
            (Reader(family_name="Hall", honorific="Prof. Dr.", country="GB"), "Dear Professor Hall,"),
            (Reader(given_name="Ann", family_name="Hall", honorific="Ms", country="GB"), "Dear Ms. Hall,"),
            (Reader(given_name="Ann", family_name="Hall", position="Buyer", country="US"), "Dear Ann Hall,"),
            (Reader(given_name="Omar", family_name="Al Harbi", gender="m", country="SA"), "Dear Mr. Omar Al Harbi,"),
            (Reader(given_name="Somchai", family_name="Saetang", gender="m", country="TH"), "Dear Mr. Somchai,"),
            (Reader(full_name="Nguyen Van Hung", gender="m", country="VN"), "Dear Mr. Nguyen Van Hung,"),
            (Reader(given_name="Ann", country="US"), "Dear Ann,"),
            (Reader(family_name="Hall", country="US"), "Dear Mr./Ms. Hall,"),
            (Reader(family_name="Hall", honorific="Mx", country="GB"), "Dear Mx Hall,"),
            (Reader(family_name="Dupont", honorific="M.", country="FR"), "Dear Mr. Dupont,"),
            (Reader(family_name="Rossi", honorific="Sig.ra", country="IT"), "Dear Ms. Rossi,"),
            (NOBODY, "Dear Sir or Madam,"),
            (Reader(country="JP", position="課長"), "Dear Sir or Madam,"),
        ],
    )
    def test_greets(self, reader: Reader, greeting: str) -> None:
        assert greeting_for(reader, "en") == greeting

    def test_is_used_where_no_greeting_is_written(self) -> None:
        assert greeting_for(LENA, "sw") == "Dear Dr. Schneider,"
        assert closing_for(LENA, "sw") == "Kind regards,"

    def test_closes_modestly_for_japan_only(self) -> None:
        assert closing_for(YUKI_IN_LATIN, "en").startswith("We are sorry to trouble you")
        assert closing_for(LENA, "en-GB") == "Kind regards,"


class TestChinese:
    @pytest.mark.parametrize(
        ("reader", "greeting"),
        [
            (wang(position="经理"), "尊敬的王经理，您好！"),
            (wang(position="采购部经理"), "尊敬的王经理，您好！"),
            (wang(position="总经理"), "尊敬的王总，您好！"),
            (wang(position="副总经理"), "尊敬的王副总，您好！"),
            (wang(honorific="教授"), "尊敬的王教授，您好！"),
            (wang(gender="f"), "尊敬的王女士，您好！"),
            (wang(honorific="先生"), "尊敬的王先生，您好！"),
            (wang(), "尊敬的王芳，您好！"),
            (Reader(full_name="Diego Garza", gender="m"), "尊敬的 Diego Garza 先生，您好！"),
            (Reader(full_name="Lena Vogt", position="经理"), "尊敬的 Lena Vogt 经理，您好！"),
            (Reader(family_name="陈", country="CN"), "尊敬的陈先生/女士，您好！"),
            (NOBODY, "尊敬的客户，您好！"),
        ],
    )
    def test_greets(self, reader: Reader, greeting: str) -> None:
        assert greeting_for(reader, "zh-Hans") == greeting
        assert greeting_for(reader, "zh") == greeting

    @pytest.mark.parametrize("language", ["zh-Hant", "zh-TW", "zh_hk"])
    def test_writes_traditional_where_asked(self, language: str) -> None:
        assert greeting_for(NOBODY, language) == "尊敬的客戶，您好！"
        assert closing_for(NOBODY, language) == "順頌商祺！"
        assert greeting_for(wang(position="經理"), language) == "尊敬的王經理，您好！"


class TestArabic:
    @pytest.mark.parametrize(
        ("reader", "greeting"),
        [
            (FATIMA, "السيدة فاطمة الحربي المحترمة،"),
            (Reader(given_name="عمر", family_name="الحربي", gender="m"), "السيد عمر الحربي المحترم،"),
            (Reader(full_name="سارة العلي", honorific="Dr.", gender="f"), "الدكتورة سارة العلي المحترمة،"),
            (Reader(full_name="عمر العلي", honorific="Eng.", gender="m"), "المهندس عمر العلي المحترم،"),
            (Reader(full_name="نور العلي"), "السيد/السيدة نور العلي المحترم/المحترمة،"),
            (NOBODY, "السادة الكرام،"),
        ],
    )
    def test_agrees_with_the_gender(self, reader: Reader, greeting: str) -> None:
        assert greeting_for(reader, "ar") == greeting

    def test_closes_formally(self) -> None:
        assert closing_for(FATIMA, "ar") == "وتفضلوا بقبول فائق الاحترام والتقدير،"


class TestSpanish:
    @pytest.mark.parametrize(
        ("reader", "greeting"),
        [
            (DIEGO, "Estimado Sr. Garza:"),
            (Reader(family_name="Garza", honorific="Ing.", gender="m"), "Estimado Ing. Garza:"),
            (Reader(family_name="Ruiz", honorific="Lic.", gender="f"), "Estimada Lic. Ruiz:"),
            (Reader(family_name="Ruiz", honorific="Dra."), "Estimada Dra. Ruiz:"),
            (Reader(family_name="Ruiz", honorific="Dr.", gender="m"), "Estimado Dr. Ruiz:"),
            (Reader(given_name="Alex", family_name="Ruiz"), "Estimado/a Alex Ruiz:"),
            (NOBODY, "Estimados señores:"),
        ],
    )
    def test_greets(self, reader: Reader, greeting: str) -> None:
        assert greeting_for(reader, "es-MX") == greeting


class TestFurtherLanguages:
    """A firm's own letters in other languages open rightly too."""

    @pytest.mark.parametrize(
        ("reader", "language", "greeting"),
        [
            (
                Reader(full_name="김민준", family_name="김", position="영업부 부장", country="KR"),
                "ko",
                "김민준 부장님께",
            ),
            (Reader(full_name="김민준", country="KR"), "ko", "김민준 님께"),
            (Reader(family_name="Dupont", honorific="Mme", country="FR"), "fr", "Madame Dupont,"),
            (Reader(family_name="Rossi", honorific="Ing.", gender="m", country="IT"), "it", "Gentile Ing. Rossi,"),
            (
                Reader(given_name="Ana", family_name="Costa", gender="f", country="BR"),
                "pt-BR",
                "Prezada Sra. Ana Costa,",
            ),
            (Reader(given_name="Ayşe", family_name="Kaya", country="TR"), "tr", "Sayın Ayşe Kaya,"),
            (Reader(given_name="Jan", family_name="Nowak", gender="m", country="PL"), "pl", "Szanowny Panie,"),
            (Reader(given_name="Jan", family_name="de Vries", gender="m", country="NL"), "nl", "Beste heer de Vries,"),
            (NOBODY, "ru", "Здравствуйте!"),
        ],
    )
    def test_greet(self, reader: Reader, language: str, greeting: str) -> None:
        assert greeting_for(reader, language) == greeting

    def test_every_language_has_every_form(self) -> None:
        for tag in written_languages():
            for form in ("nobody", "female", "male", "unknown"):
                assert check_form(pattern_of(profile_for("DE"), tag, form))
            assert closing_for(LENA, tag)


class TestIsHonorific:
    """C-03: Herr Dr. addresses somebody; 課長 and Buyer say what he does."""

    @pytest.mark.parametrize("text", ["Herr Dr.", "Frau Prof. Dr.", "Ms.", "السيدة", "Dr"])
    def test_is_one(self, text: str) -> None:
        assert titles.is_honorific(text)

    @pytest.mark.parametrize("text", ["", "課長", "经理", "Buyer", "Dr. med. und Einkäufer"])
    def test_is_none(self, text: str) -> None:
        assert not titles.is_honorific(text)


class TestNamesInOneCell:
    """C-04: a list gives 王伟 or 田中健 whole; the rank stands behind it all the same."""

    @pytest.mark.parametrize(
        ("tag", "name", "position", "wanted"),
        [("zh-Hans", "王伟", "经理", "王伟经理"), ("ja", "田中健", "課長", "田中健課長")],
    )
    def test_keep_their_rank(self, tag: str, name: str, position: str, wanted: str) -> None:
        reader = Reader(full_name=name, position=position)

        assert wanted in greeting_for(reader, tag)


class TestSwissGerman:
    def test_closes_without_sharp_s(self) -> None:
        assert closing_for(Reader(country="CH"), "de") == "Freundliche Grüsse"
        assert closing_for(Reader(country="AT"), "de") == "Mit freundlichen Grüßen"
