"""Puts the books into the workspace: the firm and its staff, the files by the import, owners and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from django.db import transaction

from guanxi.cli.demo import forms, shelf
from guanxi.cli.demo.books import SEED, Books, write_files
from guanxi.consent import actions as consent_actions
from guanxi.firm import actions as firm_actions
from guanxi.intake import actions as intake_actions
from guanxi.intake.importing import Wishes
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.models import Customer
from guanxi.outbox import actions as outbox_actions
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import User

PASSWORD = "fold a paper boat"  # noqa: S105  (printed to everybody; the demo listens on this machine only)
SOURCE = "erp"
# Files that tell of the replayed weeks too.
UP_TO_NOW = {"rates", "invoices"}
FIRM = {
    "name": "Ningbo Paperboat Homeware Co., Ltd.",
    "postal_address": "88 Example Road, Beilun District\n315800 Ningbo, China",
    "website": "https://www.paperboat.example",
    "country": "CN",
    "time_zone": "Asia/Shanghai",
    "language": "zh-hans",
}
STAFF = (
    ("owner", "lin.ruoxi", "林若溪"), ("admin", "zheng.yifan", "郑一帆"), ("manager", "chen.qihang", "陈启航"),
    ("marketer", "xu.jingyi", "徐静怡"), ("sales", "zhou.mingyuan", "周明远"), ("sales", "sun.xiaolan", "孙晓岚"),
    ("sales", "he.zixuan", "何子轩"), ("analyst", "wu.siyu", "吴思雨"), ("auditor", "gao.wen", "高文"),
)  # fmt: skip
CHIEF, KEY_ACCOUNTS = "lin.ruoxi", 8
# Who looks after which countries; the shop's customers have no owner.
DESKS = {
    "zhou.mingyuan": {"US", "CA", "MX", "BR", "AU", "GB"},
    "sun.xiaolan": {"DE", "FR", "IT", "ES", "NL", "PL", "SE", "TR"},
    "he.zixuan": {"JP", "KR", "SG", "SA", "AE", "EG"},
}


class FaultyBooks(Exception):
    """A row of the made-up books could not be imported."""


Progress = Callable[[str, float], None]


def fill(books: Books, folder: Path, progress: Progress) -> dict[str, Customer]:
    """Everything up to `books.live_from`; answers the customers by their number in the books."""
    progress("The firm and its staff", 0.02)
    staff = found_firm(books)
    for number, (kind, path) in enumerate(write_files(books, folder).items()):
        progress(f"Importing {kind}", 0.05 + 0.05 * number)
        import_file(kind, path, books)
    progress("Owners, notes and calls", 0.46)
    customers = customers_by_number()
    with transaction.atomic():
        assign_owners(books, customers, staff)
        write_notes(books, customers, staff)
        block_some_addresses(books)
        forms.offer_a_form(now=books.live_from)
        shelf.lay_out(by=staff["xu.jingyi"], now=books.live_from)
    return customers


def found_firm(books: Books) -> dict[str, User]:
    """The firm, its sender and its people by the first part of their address."""
    early = books.now - timedelta(days=900)
    firm_actions.describe_firm(changes=FIRM)
    outbox_actions.set_sender(
        name="Lin Ruoxi", address="sales@paperboat.example", reply_to="lin.ruoxi@paperboat.example"
    )
    people = {
        name: staff_actions.add_member(
            email=f"{name}@paperboat.example", name=shown, role=role, password=PASSWORD, now=early
        )
        for role, name, shown in STAFF
    }
    firm_actions.finish_set_up(now=early, is_demo=True)
    return people


def import_file(kind: str, path: Path, books: Books) -> None:
    """One file through the product's own import; a reject would be a fault of the books."""
    now = books.now if kind in UP_TO_NOW else books.live_from
    answer = intake_actions.import_file(path=path, wishes=Wishes(kind=kind, source=SOURCE), now=now)
    if answer["rejected"]:
        raise FaultyBooks(f"{path.name}: {answer['rejects'][0]}")


def customers_by_number() -> dict[str, Customer]:
    rows = Customer.objects.filter(identities__source=SOURCE, identities__kind="customer")
    return {number: customer for customer in rows for number in customer.identities.values_list("value", flat=True)}


def assign_owners(books: Books, customers: dict[str, Customer], staff: dict[str, User]) -> None:
    owners = {country: staff[name] for name, countries in DESKS.items() for country in countries}
    key_accounts = _largest(books)
    for buyer in books.buyers:
        if buyer.kind == "b2b":
            owner = staff[CHIEF] if buyer.number in key_accounts else owners[buyer.country.code]
            ledger_actions.assign_owner(customer=customers[buyer.number], owner=owner, now=books.live_from)


def _largest(books: Books) -> set[str]:
    """The firms that ordered most often: the owner looks after them herself, so that her desk is not empty."""
    orders = Counter(each.buyer.number for each in books.past_sales if each.buyer.kind == "b2b")
    return {number for number, _ in orders.most_common(KEY_ACCOUNTS)}


def write_notes(books: Books, customers: dict[str, Customer], staff: dict[str, User]) -> None:
    for memo in sorted(books.memos, key=lambda each: each.at):
        customer = customers[memo.buyer.number]
        ledger_actions.write_note(
            customer=customer, author=customer.owner or staff["xu.jingyi"], kind=memo.kind, text=memo.text,
            happened_at=memo.at, now=memo.at, historical=True,
        )  # fmt: skip


def block_some_addresses(books: Books) -> None:
    """A few addresses bounced or complained, so that the outbox has something to refuse."""
    dice = Random(SEED)  # noqa: S311
    people = [person for buyer in books.buyers for person in buyer.people]
    for reason, person in zip(["hard_bounce"] * 7 + ["complaint"] * 3, dice.sample(people, 10), strict=True):
        scope = "all" if reason == "hard_bounce" else "marketing"
        consent_actions.suppress(address=person.email, reason=reason, scope=scope, now=books.live_from)
