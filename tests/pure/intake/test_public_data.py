"""Data sets that others published, read as tables of orders by file alone; figures of their data sheet."""

import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc
import pytest

from guanxi.intake.tables import order_table

# Folder or file: format, orders, their sum, customers, countries, lines.
KNOWN = {
    "northwind": ("northwind-orders", 830, "1265793.04", 89, 21, 2_155),
    # Without the 6 cancelled ones; all 326 are worth 9,604,190.61.
    "classicmodels": ("classicmodels-orders", 320, "9365336.43", 98, 21, 2_917),
    "scms_delivery/SCMS_Delivery_History_Dataset.tsv.gz": ("scms-deliveries", 6_233, "1627584457.29", 142, 43, 10_324),
    "cdnow_sample/CDNOW_sample.txt.gz": ("cdnow-sample", 6_919, "244091.94", 2_357, 1, 0),
    "rfm_reference/rfm_data_orders.csv.gz": ("", 4_906, "464158.00", 995, 1, 0),
    "csv_chinese": ("meal-orders", 945, "465214.00", 649, 1, 10_037),
}


@pytest.mark.parametrize("name", KNOWN)
def test_is_read_without_a_mapping(shared_data: Path, name: str) -> None:
    found = order_table(shared_data / name, with_lines=True)

    table = found.table
    sum_of_amounts = Decimal(pc.sum(table["amount"]).as_py())
    assert found.rejects == []
    assert (
        found.format, len(table), f"{sum_of_amounts:.2f}", len(table["customer"].unique()),
        len(table["country"].unique()), len(found.lines),
    ) == KNOWN[name]  # fmt: skip


class TestNorthwind:
    def test_as_a_zip_is_the_same(self, shared_data: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "northwind.zip", "w") as archive:
            for file in (shared_data / "northwind").glob("*.csv"):
                archive.write(file, f"export/{file.name}")

        packed = order_table(tmp_path / "northwind.zip")

        assert packed.table.equals(order_table(shared_data / "northwind").table)

    def test_names_customers_as_their_own_table_does(self, shared_data: Path) -> None:
        table = order_table(shared_data / "northwind").table

        names = dict(zip(table["customer"].to_pylist(), table["customer_name"].to_pylist(), strict=True))
        assert names["ALFKI"] == "Alfreds Futterkiste"


class TestClassicmodels:
    def test_lines_carry_category_and_cost(self, shared_data: Path) -> None:
        """D-12: the margin of every line is known."""
        lines = order_table(shared_data / "classicmodels", with_lines=True).lines

        assert lines["cost"].null_count == 0
        assert set(lines["category"].unique().to_pylist()) == {
            "Classic Cars", "Motorcycles", "Planes", "Ships", "Trains", "Trucks and Buses", "Vintage Cars",
        }  # fmt: skip
