"""What a refusal says."""

from guanxi.intake.rows import UnusableFile


class TestUnusableFile:
    def test_shows_no_control_characters_of_the_file(self) -> None:
        """RS-11, RT-20: a heading of a broken file must reach neither a terminal nor PostgreSQL as it is."""
        assert str(UnusableFile("its column \x00\x1b[31mName\x7f is odd")) == "its column ��[31mName� is odd"

    def test_keeps_line_ends_and_every_script(self) -> None:
        assert str(UnusableFile("第一行\n\t客户名称")) == "第一行\n\t客户名称"
