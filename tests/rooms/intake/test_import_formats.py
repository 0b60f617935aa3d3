"""Exports of other programs become customers, contacts, orders, permissions and silence."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.consent import queries as consent_queries
from guanxi.consent.models import Permission, Suppression
from guanxi.ledger.models import Contact, Customer, Identity, Invoice, Order, OrderLine
from tests.pure.intake import foreign

pytestmark = pytest.mark.django_db
Run = Callable[..., dict[str, Any]]


class TestMailchimp:
    @pytest.fixture
    def audience(self, shared_data: Path, tmp_path: Path) -> Path:
        left = {
            "Email Address": "diego@monterrey.example", "Name": "Diego Ruiz", "OPTIN_TIME": "2022-01-01 10:00:00",
            "UNSUB_TIME": "2024-05-06 07:08:09", "UNSUB_CAMPAIGN_TITLE": "May", "UNSUB_REASON": "NORMAL",
            "MEMBER_RATING": "2", "LEID": "2",
        }  # fmt: skip
        subscribed = foreign.export(
            shared_data, "mailchimp_members_custom.csv", foreign.MAILCHIMP,
            {"Email Address": "yuki@osaka.example", "First Name": "Yuki", "LEID": "3"},
        )  # fmt: skip
        cleaned = (
            '"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,CLEAN_TIME,'
            "CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID,NOTES,TAGS\n"
            "gone@dead.example,Gone,1,,,,,2024-02-03 04:05:06,Spring,9,4,cd,,\n"
        )
        path = tmp_path / "audience_export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("subscribed_members_export_ab.csv", subscribed)
            archive.writestr(
                "unsubscribed_members_export_ab.csv", foreign.export(shared_data, "mailchimp_unsubscribed.csv", left)
            )
            archive.writestr("cleaned_members_export_ab.csv", cleaned)
        return path

    def test_three_files_in_a_zip_bring_people_permissions_and_silence(self, run: Run, audience: Path) -> None:
        """D-20: who is subscribed, and who is not."""
        answer = run(audience)

        assert (answer["rows"], answer["rejected"], answer["contacts_created"]) == (4, 0, 4)
        granted = Permission.objects.get(contact__email_key="lena@elbwerk.example")
        assert (granted.state, granted.basis, granted.method, granted.source) == (
            "granted", "consent", "form", "Mailchimp",
        )  # fmt: skip
        assert granted.obtained_at == datetime(2023, 6, 25, 17, 40, tzinfo=UTC)
        assert granted.ip_address == "203.0.113.10"
        withdrawn = Permission.objects.get(contact__email_key="diego@monterrey.example")
        assert (withdrawn.state, withdrawn.obtained_at) == ("withdrawn", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
        assert set(Suppression.objects.values_list("contact__email_key", "scope", "reason", "detail")) == {
            (None, "marketing", "unsubscribed", "NORMAL"), (None, "all", "hard_bounce", "Spring"),
        }  # fmt: skip

    def test_who_names_no_time_gets_no_permission(self, run: Run, audience: Path) -> None:
        answer = run(audience)

        assert not Permission.objects.filter(contact__email_key="yuki@osaka.example").exists()
        assert any("name no time" in note for note in answer["notes"])

    def test_people_carry_their_tags_firm_and_merge_fields(self, run: Run, audience: Path) -> None:
        run(audience)

        lena = Contact.objects.get(email_key="lena@elbwerk.example")
        assert (lena.customer.name, lena.customer.country, lena.position) == ("Elbwerk GmbH", "DE", "Purchasing")
        assert lena.customer.tags == ["VIP", "Blog, weekly"]
        assert (lena.time_zone, lena.fields["ORIGIN"]) == ("Europe/Berlin", "fair")

    def test_a_second_time_changes_nothing(self, run: Run, audience: Path) -> None:
        run(audience)
        before = Permission.objects.count(), Suppression.objects.count()

        answer = run(audience)

        assert (answer["contacts_created"], answer["updated"]) == (0, 0)
        assert (Permission.objects.count(), Suppression.objects.count()) == before

    def test_an_older_subscription_does_not_undo_a_newer_farewell(self, run: Run, shared_data: Path) -> None:
        farewell = {"Email Address": "lena@elbwerk.example", "UNSUB_TIME": "2024-05-06 07:08:09"}
        run(foreign.export(shared_data, "mailchimp_unsubscribed.csv", farewell), name="a.csv")

        run(foreign.export(shared_data, "mailchimp_members_custom.csv", foreign.MAILCHIMP), name="b.csv")

        lena = Contact.objects.get(email_key="lena@elbwerk.example")
        assert consent_queries.permission_of(lena.id, "marketing").state == "withdrawn"  # type: ignore[union-attr]

    def test_a_birthday_without_a_year_is_kept(self, run: Run) -> None:
        """D-18: the day is what greetings need."""
        run(
            "Email Address,First Name,Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID\n"
            "lena@elbwerk.example,Lena,05/20,4,2023-06-25 17:38:27,,2023-06-25 17:38:27,,1,ab\n"
        )

        assert Contact.objects.get().birthday == date(1904, 5, 20)


class TestKlaviyo:
    HEAD = (
        "Email,Klaviyo ID,First Name,Last Name,Organization,Title,Phone Number,Address,Address 2,City,State / Region,"
        "Country,Zip Code,Latitude,Longitude,Source,IP Address,Email Marketing Consent,"
        "Email Marketing Consent Timestamp,First Active,Last Active,Profile Created On,Date Added,Email Suppressions\n"
    )

    def test_consent_and_suppressions_come_along(self, run: Run) -> None:
        run(
            self.HEAD
            + "lena@elbwerk.example,01A,Lena,Brandt,Elbwerk GmbH,Buyer,,,,Hamburg,,Germany,,,,shop,203.0.113.9,"
            "SUBSCRIBED,2024-01-02 03:04:05,,,2023-01-01 00:00:00,,[]\n"
            "yuki@osaka.example,01B,Yuki,Sato,,,,,,,,Japan,,,,,,NEVER_SUBSCRIBED,,,,2023-01-01 00:00:00,,\n"
            "diego@monterrey.example,01C,Diego,Ruiz,,,,,,,,Mexico,,,,,,UNSUBSCRIBED,2024-02-02 00:00:00,,,"
            '2023-01-01 00:00:00,,"[""UNSUBSCRIBE"", ""HARD_BOUNCE""]"\n'
        )

        assert set(Permission.objects.values_list("contact__email_key", "state", "source")) == {
            ("lena@elbwerk.example", "granted", "Klaviyo"), ("diego@monterrey.example", "withdrawn", "Klaviyo"),
        }  # fmt: skip
        assert set(Suppression.objects.values_list("scope", "reason")) == {
            ("marketing", "unsubscribed"), ("all", "hard_bounce"),
        }  # fmt: skip
        assert Contact.objects.get(given_name="Lena").fields["Klaviyo ID"] == "01A"


class TestListmonk:
    def test_attributes_are_opened_and_blocked_people_silenced(self, run: Run) -> None:
        run(
            "uuid,email,name,attributes,status,created_at,updated_at\n"
            'u1,lena@elbwerk.example,Lena Brandt,"{""city"": ""Hamburg"", ""age"": 40}",enabled,2024-01-01,2024-01-01\n'
            "u2,diego@monterrey.example,Diego Ruiz,{},blocklisted,2024-01-01,2024-01-01\n"
        )

        lena = Contact.objects.get(email_key="lena@elbwerk.example")
        assert (lena.full_name, lena.fields) == ("Lena Brandt", {"city": "Hamburg", "age": "40"})
        assert list(Suppression.objects.values_list("scope", "reason")) == [("all", "import")]
        assert not Permission.objects.exists()


class TestOkki:
    COMPANY = {
        "company_id": 1001, "serial_id": "C-1", "name": "Elbwerk GmbH", "country": "DE", "province": "Hamburg",
        "homepage": "https://www.elbwerk.example", "trail_status": "成交", "star": 4, "cus_tag": ["展会", "重点"],
        "order_time": "2025-01-01", "annual_procurement": "50万", "owner": [{"user_id": 7, "name": "Lin"}],
        "customers": [
            {"customer_id": 1, "name": "Lena Brandt", "email": "lena@elbwerk.example", "post": "Einkauf",
             "gender": 2, "birth": "1984-05-20", "main_customer_flag": 1},
            {"customer_id": 2, "name": "Ole Petersen", "email": "ole@elbwerk.example", "main_customer_flag": 0},
        ],
    }  # fmt: skip
    ORDER = {
        "order_id": 9, "order_no": "PI-9", "account_date": "2025-02-03", "currency": "USD", "exchange_rate": 7.1,
        "amount": 130, "company_id": 1001, "customer_id": 1, "country": "DE", "price_contract": "FOB",
        "shipment_deadline": "2025-03-01", "users": [{"user_id": 7, "rate": 100}],
        "product_list": [
            {"product_id": 5, "sku_id": "S-1", "count": 10, "unit_price": 10, "cost_amount": 100},
            {"product_id": 6, "sku_id": "S-2", "count": 5, "unit_price": 6, "cost_amount": 30},
        ],
    }  # fmt: skip

    @pytest.mark.parametrize("is_list", [True, False], ids=["list", "info"])
    def test_firms_come_with_their_people(self, run: Run, is_list: bool) -> None:
        """D-02: name, country, contact details and company information; D-08: typed b2b."""
        answer = run(self._answer(self.COMPANY, is_list=is_list), name="company.json")

        customer = Customer.objects.get()
        assert (answer["rows"], customer.name, customer.kind, customer.country, customer.domain) == (
            1, "Elbwerk GmbH", "b2b", "DE", "elbwerk.example",
        )  # fmt: skip
        assert customer.tags == ["展会", "重点"]
        assert (customer.fields["annual_procurement"], customer.fields["trail_status"]) == ("50万", "成交")
        lena = Contact.objects.get(email_key="lena@elbwerk.example")
        assert (lena.position, lena.gender, lena.birthday) == ("Einkauf", "f", date(1984, 5, 20))
        assert Contact.objects.count() == 2

    def test_orders_find_the_firm_and_have_lines(self, run: Run) -> None:
        run(self._answer(self.COMPANY, is_list=True), name="company.json")

        run(self._answer(self.ORDER, is_list=False), name="order.json")

        order = Order.objects.get()
        assert (order.number, order.amount, order.customer.name, order.ship_by) == (
            "PI-9", Decimal(130), "Elbwerk GmbH", date(2025, 3, 1),
        )  # fmt: skip
        assert order.fields["price_contract"] == "FOB"
        assert list(OrderLine.objects.values_list("product_code", "quantity", "amount")) == [
            ("S-1", 10, 100),
            ("S-2", 5, 30),
        ]

    @staticmethod
    def _answer(record: dict[str, Any], *, is_list: bool) -> str:
        data = {"list": [record], "totalItem": 1} if is_list else record
        return json.dumps({"code": 200, "message": "success", "data": data}, ensure_ascii=False)


class TestWooCommerce:
    def test_keeps_what_has_no_field_and_nothing_that_names_a_person(self, run: Run, shared_data: Path) -> None:
        run(foreign.export(shared_data, "woocommerce_orders.csv", foreign.WOOCOMMERCE))

        order = Order.objects.get()
        assert (order.amount, order.paid_at, order.stage) == (
            Decimal(100), datetime(2025, 3, 2, 1, 5, tzinfo=UTC), "completed",
        )  # fmt: skip
        assert order.fields["meta:wpml_language"] == "de"
        assert not {"customer_ip_address", "billing_phone", "billing_address_1"} & set(order.fields)
        assert (order.contact.family_name, order.customer.name) == ("Brandt", "Elbwerk GmbH")  # type: ignore[union-attr]

    def test_what_the_lines_say_is_not_said_of_the_order(self, run: Run) -> None:
        run("Customer,Order ID,Order Date,Product,Amount,Colour,Salesman\nA,1,2025-01-01,Cup,5,red,Lin\n"
            "A,1,2025-01-01,Plate,5,blue,Lin\n")  # fmt: skip

        assert Order.objects.get().fields == {"Salesman": "Lin"}


class TestShopify:
    def test_orders_with_a_due_day_are_bills(self, run: Run) -> None:
        """D-10: due and paid dates, here from a shop that sells on credit."""
        head = (
            "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,"
            "Lineitem price,Billing Name,Next Payment Due At\n"
        )
        run(
            head
            + "#1,lena@elbwerk.example,paid,2026-02-20 10:00:00 +0100,EUR,50,50,2026-01-02 10:00:00 +0100,1,Cup,50,"
            "Lena,2026-02-01 10:00:00 +0100\n"
            "#2,lena@elbwerk.example,pending,,EUR,60,60,2026-03-02 10:00:00 +0100,1,Cup,60,"
            "Lena,2026-04-01 10:00:00 +0100\n"
        )

        assert list(Invoice.objects.order_by("number").values_list("number", "issued_on", "due_on", "paid_on")) == [
            ("#1", date(2026, 1, 2), date(2026, 2, 1), date(2026, 2, 20)),
            ("#2", date(2026, 3, 2), date(2026, 4, 1), None),
        ]
        assert Order.objects.get(number="#1").paid_at == datetime(2026, 2, 20, 9, tzinfo=UTC)


class TestSeveralSources:
    def test_become_one_customer_by_the_address_of_the_contact(self, run: Run, shared_data: Path) -> None:
        """D-01: the shop, the mail list and the CRM tell of one customer."""
        run(foreign.export(shared_data, "woocommerce_orders.csv", foreign.WOOCOMMERCE), name="shop.csv")
        run(foreign.export(shared_data, "mailchimp_members_custom.csv", foreign.MAILCHIMP), name="mail.csv")
        run(TestOkki._answer(TestOkki.COMPANY, is_list=True), name="crm.json")
        run(
            "customer_id,E-mail,Contact,Language\n77,Lena@Elbwerk.example,Lena Brandt,de\n",
            name="support.csv",
            source="desk",
        )

        customer = Customer.objects.get()
        assert set(Identity.objects.filter(kind="customer").values_list("source", flat=True)) == {
            "woocommerce", "mailchimp", "okki", "desk",
        }  # fmt: skip
        assert (customer.orders.count(), customer.contacts.count()) == (1, 2)
        assert Permission.objects.get().contact.customer == customer


class TestCustomerFile:
    TEXT = (
        "客户编号,客户名称,客户类型,国家,省份,城市,地址,公司网址,行业,合作开始日期,公司成立日期,联系人,邮箱,电话,生日,性别,员工人数\n"
        "K1,海天贸易,批发商,德国,汉堡,汉堡,港口路1号,www.haitian.example,礼品,2021-03-01,1999-08-18,林小姐,lin@haitian.example,"
        "+49 40 123456,05-20,女,120\n"
        "K2,佐藤雪,个人,日本,,大阪,,,,,,佐藤雪,yuki@osaka.example,,1990-01-02,,\n"
    )

    def test_brings_base_data_of_firms_and_people(self, run: Run) -> None:
        """D-02: name, country and region, contact details and company information; D-27: of several countries."""
        run(self.TEXT)

        firm = Customer.objects.get(name="海天贸易")
        assert (firm.country, firm.region, firm.city, firm.address, firm.domain, firm.trade) == (
            "DE", "汉堡", "汉堡", "港口路1号", "haitian.example", "礼品",
        )  # fmt: skip
        assert firm.fields == {"员工人数": "120"}
        contact = firm.contacts.get()
        assert (contact.full_name, contact.phone, contact.gender) == ("林小姐", "+49 40 123456", "f")
        assert Customer.objects.values("country").distinct().count() == 2

    def test_types_customers_as_firms_or_consumers(self, run: Run) -> None:
        """D-08: wholesalers and agents are b2b, individual consumers b2c."""
        run(self.TEXT)

        assert dict(Customer.objects.values_list("name", "kind")) == {"海天贸易": "b2b", "佐藤雪": "b2c"}

    def test_brings_the_days_that_greetings_and_years_hang_on(self, run: Run) -> None:
        """D-11: the start of the cooperation; D-18: birthday, founding day and, by the orders, the first purchase."""
        run(self.TEXT)
        run("客户编号,订单号,下单日期,金额,币种\nK1,A2,2022-05-01,20,USD\nK1,A1,2021-04-01,10,USD\n", name="orders.csv")

        firm = Customer.objects.get(name="海天贸易")
        assert (firm.cooperation_since, firm.founded_on) == (date(2021, 3, 1), date(1999, 8, 18))
        assert firm.contacts.get().birthday == date(1904, 5, 20)
        first = firm.orders.earliest("placed_at")
        assert (first.number, first.placed_at.date()) == ("A1", date(2021, 3, 31))  # midnight in Shanghai, in UTC


class TestPurchases:
    def test_hold_what_the_four_indicators_are_made_of(self, run: Run) -> None:
        """D-03 (purchase history), D-09, D-10, D-12: scale, frequency, payment and margin by one trader's sheet."""
        run(
            "客户名称,订单号,下单日期,产品,类别,数量,单价,成本价,是否定制,币种,到期日,付款日期\n"
            "海天,A1,2024-01-02,杯,餐具,10,5,3,否,USD,2024-02-01,2024-01-30\n"
            "海天,A1,2024-01-02,定制盘,餐具,4,10,7,是,USD,2024-02-01,2024-01-30\n"
            "海天,A2,2024-03-02,杯,餐具,10,5,3,否,USD,2024-04-01,2024-04-20\n"
            "海天,A3,2024-05-02,杯,餐具,10,5,3,否,USD,2024-06-01,\n"
            "海天,A4,2024-05-20,杯,餐具,-2,5,3,否,USD,,\n"
        )

        customer = Customer.objects.get()
        assert list(customer.orders.order_by("number").values_list("number", "kind", "amount")) == [
            ("A1", "order", 90), ("A2", "order", 50), ("A3", "order", 50), ("A4", "credit", -10),
        ]  # fmt: skip
        assert list(OrderLine.objects.filter(order__number="A1").order_by("position").values_list(
            "product_name", "category", "amount", "cost", "is_custom"
        )) == [("杯", "餐具", 50, 30, False), ("定制盘", "餐具", 40, 28, True)]  # fmt: skip
        assert list(Invoice.objects.order_by("number").values_list("number", "due_on", "paid_on", "amount")) == [
            ("A1", date(2024, 2, 1), date(2024, 1, 30), 90), ("A2", date(2024, 4, 1), date(2024, 4, 20), 50),
            ("A3", date(2024, 6, 1), None, 50),
        ]  # fmt: skip

    def test_are_paid_when_the_payments_of_an_order_reach_its_amount(self, run: Run) -> None:
        run("客户编号,订单号,下单日期,金额,币种\nK1,A1,2024-01-02,100,USD\nK1,A2,2024-01-02,100,USD\n")

        run("订单号,付款日期,付款金额,币种\nA1,2024-01-10,60,USD\nA1,2024-01-20,40,USD\nA2,2024-01-20,40,USD\n",
            name="payments.csv", kind="payments")  # fmt: skip

        paid = dict(Order.objects.values_list("number", "paid_at"))
        assert paid == {"A1": datetime(2024, 1, 20, 12, tzinfo=UTC), "A2": None}

    def test_are_net_of_returns_freight_and_tax_by_line(self, run: Run) -> None:
        """CN-41: kept per line; freight and tax of a total are taken off, a difference is a line of its own."""
        run("Customer,Order ID,Order Date,Product,Quantity,Unit Price,Currency,Order Total\n"
            "A,1,2024-01-02,Cup,2,10,EUR,18\nA,1,2024-01-02,Cup,-1,10,EUR,18\n")  # fmt: skip

        order = Order.objects.get()
        assert (order.amount, list(order.lines.order_by("position").values_list("amount", flat=True))) == (
            18, [20, -10, 8],
        )  # fmt: skip


class TestDryRun:
    def test_says_how_dates_were_read_and_what_would_come(self, run: Run) -> None:
        text = "Customer,Order ID,Date,Amount\nA,1,03/04/2024,5\nA,2,05/04/2024,5\n"

        guessed = run(text, is_dry=True)
        told = run(text, is_dry=True, date_order="mdy")

        assert any("--date-order" in note for note in guessed["notes"])
        assert not any("--date-order" in note for note in told["notes"])
        assert guessed["examples"]["rows"][0]["ordered_at"].startswith("2024-04-03")
        assert told["examples"]["rows"][0]["ordered_at"].startswith("2024-03-04")
        assert (told["customers_created"], told["orders_created"], Customer.objects.count()) == (1, 2, 0)

    def test_of_a_mail_list_writes_nobody_off(self, run: Run, shared_data: Path) -> None:
        left = {"Email Address": "diego@monterrey.example", "UNSUB_TIME": "2024-05-06 07:08:09"}

        answer = run(foreign.export(shared_data, "mailchimp_unsubscribed.csv", left), is_dry=True)

        assert answer["contacts_created"] == 1
        assert not Suppression.objects.exists()
