"""The questions of the articles, asked of the golden tables: who fits, and nobody else."""

from __future__ import annotations

from guanxi.scoring.measures import FIGURES, measures_for
from guanxi.scoring.policies import Policy
from guanxi.scoring.scores import scores_query
from tests.engines.conftest import golden, on_duckdb


def who(table: str, condition: str) -> set[str]:
    """The customers of a golden table for whom a condition on its figures holds, by name or number."""
    found = golden(table)
    figures = {figure for figure in FIGURES if figure in condition}
    scores = scores_query(Policy(found["as_of"], found["window_days"]), measures_for(figures))
    with on_duckdb(found["tables"]) as ask:
        ids = ask(f"SELECT customer_id FROM ({scores}) AS scores WHERE {condition}")
    return {str(row[1] or row[0]) for row in found["tables"]["customers"] if row[0] in ids}


class TestRhythm:
    def test_frequency_falls(self) -> None:
        """B-07, DP-14: more than one and a half own cycles since the last order."""
        assert who("rhythm", "cycles_since_last_order > 1.5") == {"Long silent"}

    def test_order_value_falls(self) -> None:
        """B-08, DP-14: the last three orders below 70 % of the six before."""
        assert who("rhythm", "order_value_ratio < 0.7") == {"Orders shrink"}

    def test_the_cycle_is_shown_before_it_is_used(self) -> None:
        """B-09, CN-60: from three orders on it is shown, from four on it is used."""
        assert who("rhythm", "median_gap_days IS NOT NULL AND cycle_days IS NULL") == {"Three order days"}

    def test_the_category_stands_in_for_an_unknown_cycle(self) -> None:
        """CN-60: who bought cups once is expected as others come back for cups."""
        assert who("category_rhythm", "cycle_days IS NULL AND category_cycle_days = 30") >= {"Mostly cups"}

    def test_long_gaps_after_a_small_sample(self) -> None:
        """B-18: the first order far below the mean, and long gaps after it."""
        assert who("rhythm", "first_order_value_ratio <= 0.5 AND longest_gap_days >= 60") == {"Three order days"}

    def test_reorders_soon_after_the_first_order(self) -> None:
        """B-23: two reorders within three months."""
        assert who("rhythm", "early_reorder_count = 2") == {"Three order days"}


class TestShare:
    def test_the_borders_belong_to_the_better_class(self) -> None:
        """T-17, T-21, T-25, CN-37: A from 15 %, B from 3 %, C below; CN-41: returns are taken off."""
        assert who("share", "spend_share >= 15") == {"The largest", "The second", "Fifteen percent"}
        assert who("share", "spend_share >= 3 AND spend_share < 15") == {"Three percent", "Three percent too"}
        assert who("share", "spend_share < 3") == {"Bought nothing in the window", "Returned more than he bought"}

    def test_one_or_two_orders_a_year(self) -> None:
        """T-26: counted over the last 365 days."""
        assert who("rfm", "order_count_window IN (1, 2)") == {"Diego"}


class TestPayment:
    def test_three_kinds_of_payers_are_told_apart(self) -> None:
        """D-10: never late, a small delay that was settled, late again and again."""
        punctual = "invoice_count_year > 0 AND late_invoice_count_year = 0 AND overdue_invoice_count = 0"
        settled = "late_invoice_count_year = 1 AND overdue_invoice_count = 0"
        assert who("payment", punctual) == {"On time"}
        assert who("payment", settled) == {"A small delay but settled", "Seven days and no due day"}
        assert who("payment", "badly_late_invoice_count_year >= 2") == {"Late again and again"}

    def test_repeated_delay_means_more_than_seven_days_twice(self) -> None:
        """DP-05: seven days are not more than seven."""
        assert who("payment", "badly_late_invoice_count_year >= 1 AND longest_delay_days_year <= 7") == set()
        assert who("payment", "badly_late_invoice_count_year >= 2") == {"Late again and again"}

    def test_a_small_delay_is_small_in_money_and_days(self) -> None:
        """DP-21: at most 5 % of the year's invoices and 15 days."""
        small = "late_amount_percent_year > 0 AND late_amount_percent_year <= 5 AND longest_delay_days_year <= 15"
        assert who("payment", small) == {"A small delay but settled"}


class TestMargin:
    def test_ten_percent_above_the_trade_is_a_factor_or_points(self) -> None:
        """T-19, D-12, CN-14: the factor by default, points for who reads it so, unknown without a reference."""
        assert who("margin", "margin_index >= 110") == {"A tenth above", "Returned half"}
        assert who("margin", "margin_points_above >= 10") == set()
        assert "Cups alone" in who("margin_without_reference", "margin_index IS NULL AND margin_percent = 30")


class TestCooperation:
    def test_years_count_from_the_start_and_are_whole_on_the_day(self) -> None:
        """D-11: from `cooperation_since`, else the first order; 以上 includes the anniversary (CN-37)."""
        assert who("cooperation", "cooperation_years >= 2") == {"1", "6"}
        assert who("cooperation", "cooperation_years IS NULL") == {"3", "4"}

    def test_an_old_customer_has_three_years(self) -> None:
        """L-32: nobody of the table has them yet; whoever began in 2023 has."""
        assert who("cooperation", "cooperation_years >= 3") == set()
        found = golden("cooperation")
        old = [(9, "", "", "unknown", found["as_of"].replace(year=2023))]
        query = scores_query(Policy(found["as_of"]), measures_for({"cooperation_years"}))
        with on_duckdb(found["tables"] | {"customers": old}) as ask:
            assert ask(query)[9]["cooperation_years"] == 3


class TestGrowth:
    def test_order_volume_grows_steadily(self) -> None:
        """B-17: quarter after quarter more than before."""
        assert who("growth", "growing_quarter_count >= 3") == {"Steady growth"}


class TestNeed:
    def test_standard_goods_in_even_lots(self) -> None:
        """P-02: orders of the same size, nothing to own specification."""
        assert who("need", "order_size_variation <= 20 AND custom_line_percent = 0") == {"Standard"}

    def test_goods_to_own_specification(self) -> None:
        """P-06: most lines are custom."""
        assert who("need", "custom_line_percent >= 50") == {"Custom"}

    def test_several_categories_at_once(self) -> None:
        """P-12: three categories in one order."""
        assert who("need", "most_categories_in_order >= 3") == {"Many categories"}


class TestReading:
    def test_mail_ignored_for_long(self) -> None:
        """B-15, DP-10, CN-10: silent for ninety days though mails arrived; a machine's open is no sign of life."""
        silent = "mails_unread >= 1 AND COALESCE(days_since_last_reading, days_since_first_mail) >= 90"
        assert who("reading", silent) == {"Read once", "Never read"}

    def test_what_we_do_is_no_interaction(self) -> None:
        """CN-44: inbound only, and never a machine."""
        assert who("interaction", "days_since_last_interaction IS NULL") == {
            "A note of ours", "Machines", "Only we did something",
        }  # fmt: skip


class TestSatisfaction:
    def test_returns_and_scores_are_figures(self) -> None:
        """D-07: credits per hundred orders, the mean of the scores given."""
        assert who("satisfaction", "return_percent >= 25 AND feedback_score = 4.5") == {"Returned one of four"}


class TestTrade:
    def test_firms_and_consumers_can_have_their_own_thresholds(self) -> None:
        """T-04, D-08: a rule may ask for one kind."""
        assert who("trade", "is_b2b = 1") == {"1"}
        assert who("trade", "is_b2b = 0") == {"2"}


class TestNeverBought:
    def test_is_unknown_days_and_zero_orders(self) -> None:
        """CN-03: not "ordered today"."""
        assert who("rfm", "days_since_last_order IS NULL AND order_count = 0") == {"Never bought", "Only a credit"}
        assert who("rfm", "days_since_last_order = 0") == {"Lena"}
