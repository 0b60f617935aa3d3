"""The standing people of the tests (house B7), as factories. Nobody here is real; addresses end in `.example`.

Lena reads German in Hamburg, where consent is strict. Yuki has a title and reads Japanese in Osaka. Fatima reads
Arabic in Riyadh, where the weekend is Friday and Saturday and Ramadan is kept. Diego reads Spanish in Monterrey, for
which no letter exists. Ada owns the installation and may do everything; Bo may only look.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from guanxi.consent.models import Permission
from guanxi.ledger.models import Contact, Customer
from guanxi.staff.models import User

# A Wednesday outside every holiday and hold of the cast: 10:00 in Hamburg, 17:00 in Osaka, 11:00 in Riyadh and
# 02:00 in Monterrey.
NOW = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
PASSWORD = "a long walk by the river"


def lena(*, now: datetime = NOW, **changes: Any) -> Contact:
    """Frau Dr. Lena Petersen, head of purchasing of a firm in Hamburg."""
    return a_contact(
        now=now,
        customer=a_customer(now=now, name="Alsterkontor Handels GmbH", country="DE", city="Hamburg"),
        given_name="Lena", family_name="Petersen", honorific="Frau Dr.", gender="f",
        position="Leiterin Einkauf", email="lena@alsterkontor.example", language="de", city="Hamburg",
        time_zone="Europe/Berlin", is_primary=True, **changes,
    )  # fmt: skip


def yuki(*, now: datetime = NOW, **changes: Any) -> Contact:
    """田中由紀, section manager (課長) of a trading house in Osaka."""
    return a_contact(
        now=now,
        customer=a_customer(now=now, name="難波物産株式会社", country="JP", city="Osaka"),
        given_name="由紀", family_name="田中", position="課長", gender="f", email="yuki@nambabussan.example",
        language="ja", city="Osaka", time_zone="Asia/Tokyo", is_primary=True, **changes,
    )  # fmt: skip


def fatima(*, now: datetime = NOW, **changes: Any) -> Contact:
    """فاطمة, who buys for a furnishing house in Riyadh."""
    return a_contact(
        now=now,
        customer=a_customer(now=now, name="Dar Al Nakheel Furnishing Est.", country="SA", city="Riyadh"),
        given_name="فاطمة", family_name="الحربي", honorific="السيدة", gender="f", position="مديرة المشتريات",
        email="fatima@daralnakheel.example", language="ar", city="Riyadh", time_zone="Asia/Riyadh",
        is_primary=True, **changes,
    )  # fmt: skip


def diego(*, now: datetime = NOW, **changes: Any) -> Contact:
    """Diego, owner of a hardware shop in Monterrey."""
    return a_contact(
        now=now,
        customer=a_customer(now=now, name="Ferretería La Silla", country="MX", city="Monterrey", kind="b2c"),
        given_name="Diego", family_name="Garza", honorific="Sr.", gender="m", email="diego@ferrelasilla.example",
        language="es", city="Monterrey", time_zone="America/Monterrey", is_primary=True, **changes,
    )  # fmt: skip


def ada(*, now: datetime = NOW, **changes: Any) -> User:
    """Owner of the installation: may do everything."""
    return a_member_of_staff("owner", now=now, email="ada@ningbo-firm.example", name="Ada Lin", **changes)


def bo(*, now: datetime = NOW, **changes: Any) -> User:
    """Analyst: may look, may not change."""
    return a_member_of_staff("analyst", now=now, email="bo@ningbo-firm.example", name="Bo Chen", **changes)


def a_member_of_staff(role: str, *, now: datetime = NOW, **fields: Any) -> User:
    """An account with PASSWORD; `fields` are columns of User."""
    fields.setdefault("email", f"{role}@ningbo-firm.example")
    fields.setdefault("language", "en")
    return User.objects.create_user(password=PASSWORD, role=role, created_at=now, **fields)


def a_customer(*, name: str, now: datetime = NOW, **fields: Any) -> Customer:
    """A company (unless `kind` says otherwise) without orders; `fields` are columns of Customer."""
    fields = {"kind": "b2b", "source": "console"} | fields
    return Customer.objects.create(name=name, created_at=now, updated_at=now, **fields)


def a_contact(*, customer: Customer, email: str, now: datetime = NOW, **fields: Any) -> Contact:
    """A reader at `customer`; `email` is taken as canonical."""
    return Contact.objects.create(
        customer=customer, email=email, email_key=email or None, created_at=now, updated_at=now, **fields
    )


def permit(contact: Contact, purpose: str = "marketing", *, at: datetime = NOW, **fields: Any) -> Permission:
    """A yes on a form to `purpose` (marketing, tracking or profiling); `fields` are Permission's columns."""
    fields = {
        "state": "granted",
        "basis": "consent",
        "method": "double_opt_in",
        "jurisdiction": contact.customer.country,
        "channel": "email",
        "wording": "Yes, write to me about new products. I can stop this at any time.",
        "evidence": {"form": "https://www.ningbo-firm.example/newsletter"},
    } | fields
    return Permission.objects.create(contact=contact, purpose=purpose, obtained_at=at, recorded_at=at, **fields)
