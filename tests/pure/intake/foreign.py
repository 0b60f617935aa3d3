"""Rows under the real heading lines of shop and mail exports; what a row leaves open is empty."""

from __future__ import annotations

import csv
import io
from pathlib import Path

TAB = "amazon_all_orders.tsv"


def headings_of(folder: Path, name: str) -> list[str]:
    text = (folder / "shop_exports" / name).read_text(encoding="utf-8-sig")
    return next(csv.reader(text.splitlines(), delimiter="\t" if name == TAB else ","))


def export(folder: Path, name: str, *rows: dict[str, str]) -> str:
    """The heading line of `name` with `rows` below it; of a heading that stands twice the last column is meant."""
    headings = headings_of(folder, name)
    places = {heading: place for place, heading in enumerate(headings)}
    text = io.StringIO()
    lines = csv.writer(text, delimiter="\t" if name == TAB else ",")
    lines.writerow(headings)
    for row in rows:
        cells = [""] * len(headings)
        for heading, cell in row.items():
            cells[places[heading]] = cell
        lines.writerow(cells)
    return text.getvalue()


WOOCOMMERCE = {
    "order_id": "501", "order_number": "501", "order_date": "2025-03-02 09:00:00", "paid_date": "2025-03-02 09:05:00",
    "status": "completed", "shipping_total": "9.90", "tax_total": "19.00", "order_total": "128.90",
    "order_currency": "EUR", "customer_ip_address": "203.0.113.9", "billing_first_name": "Lena",
    "billing_last_name": "Brandt", "billing_company": "Elbwerk GmbH", "billing_email": "lena@elbwerk.example",
    "billing_country": "DE", "shipping_country": "DE", "shipping_city": "Hamburg", "meta:wpml_language": "de",
    "Product Item 1 Name": "Cup", "Product Item 1 SKU": "C-1", "Product Item 1 Quantity": "4",
    "Product Item 1 Total": "40.00", "Product Item 1 Subtotal": "44.00",
    "Product Item 24 Name": "Plate", "Product Item 24 id": "77", "Product Item 24 Quantity": "6",
    "Product Item 24 Total": "60.00", "Product Item 24 Subtotal": "60.00",
}  # fmt: skip
AMAZON = {
    "amazon-order-id": "302-1", "purchase-date": "2025-03-02T21:04:05+00:00", "order-status": "Shipped",
    "sales-channel": "Amazon.de", "product-name": "Cup", "sku": "C-1", "item-status": "Shipped", "quantity": "2",
    "currency": "EUR", "item-price": "25.00", "item-promotion-discount": "5.00", "ship-country": "DE",
}  # fmt: skip
ETSY = {
    "Sale Date": "03/14/25", "Order ID": "3001", "Buyer User ID": "yuki88", "Full Name": "Yuki Sato",
    "First Name": "Yuki", "Last Name": "Sato", "Number of Items": "2", "Ship Country": "Japan", "Currency": "USD",
    "Order Value": "40.00", "Discount Amount": "4.00", "Shipping": "12.00", "Order Total": "48.00",
}  # fmt: skip
EBAY = {
    "Sales Record Number": "9", "Order Number": "11-1", "Buyer Username": "diego_mx", "Buyer Name": "Diego Ruiz",
    "Buyer Email": "diego@monterrey.example", "Ship To Country": "Mexico", "Sale Date": "Mar-14-25",
    "Paid On Date": "Mar-15-25", "Ship By Date": "Mar-18-25", "Total Price": "$70.00",
}  # fmt: skip
SQUARESPACE = {
    "Order ID": "00042", "Email": "fatima@riyadh.example", "Financial Status": "PAID", "Paid at": "3/14/2025 17:09",
    "Currency": "USD", "Subtotal": "30.00", "Shipping": "5.00", "Total": "35.00", "Amount Refunded": "10.00",
    "Created at": "3/14/2025 17:08", "Lineitem quantity": "2", "Lineitem name": "Cup", "Lineitem price": "10.00",
    "Lineitem sku": "C-1", "Lineitem variant": "blue", "Billing Name": "Fatima Saleh", "Shipping Country": "SA",
}  # fmt: skip
MAILCHIMP = {
    "Email Address": "lena@elbwerk.example", "First Name": "Lena", "Last Name": "Brandt", "Position": "Purchasing",
    "Company": "Elbwerk GmbH", "ORIGIN": "fair", "MEMBER_RATING": "4", "OPTIN_TIME": "2023-06-25 17:38:27",
    "OPTIN_IP": "203.0.113.9", "CONFIRM_TIME": "2023-06-25 17:40:00", "CONFIRM_IP": "203.0.113.10",
    "TIMEZONE": "Europe/Berlin", "CC": "DE", "REGION": "HH", "LEID": "1", "EUID": "ab", "NOTES": "",
    "TAGS": '"VIP","Blog, weekly"',
}  # fmt: skip
