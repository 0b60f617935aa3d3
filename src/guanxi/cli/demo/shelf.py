"""What lies ready at the made-up exporter: documents, offers, steps and floors of prices, launches, local help."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from guanxi.catalogue import actions as catalogue_actions
from guanxi.catalogue.actions import ProductRecord
from guanxi.cli.demo.pages import pdf
from guanxi.cli.demo.pools import goods
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Journey
from guanxi.offers import actions as offers_actions
from guanxi.offers.models import Offer
from guanxi.papers import actions as papers_actions
from guanxi.papers.actions import Facts
from guanxi.staff.models import User

# Kind, language, title, markets, categories; the lines that stand in it.
DOCUMENTS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    ("guide", "en", "Housewares for retailers: sizes, packing, lead times", (), (),
     ("Order quantities per carton and per pallet", "Labels and barcodes we print", "Lead times month by month")),
    ("guide", "de", "Haushaltswaren für den Handel: Größen, Verpackung, Lieferzeiten", (), (),
     ("Mengen je Karton und Palette", "Etiketten und Strichcodes", "Lieferzeiten Monat für Monat")),
    ("guide", "es", "Menaje para el comercio: tamaños, embalaje y plazos", (), (),
     ("Cantidades por caja y por palé", "Etiquetas y códigos de barras", "Plazos mes a mes")),
    ("case", "en", "How a garden chain in Ohio cut its spring shortages", ("US", "CA"), ("garden tools",),
     ("Two deliveries instead of one", "Stock kept at Ningbo for eight weeks", "Shortages down to a third")),
    ("case", "de", "Ein Haushaltswarenhändler in Hamburg: Flaschen mit eigenem Etikett", ("DE", "AT", "CH"), (),
     ("Muster in neun Tagen", "Erste Palette nach fünf Wochen", "Nachbestellung im selben Quartal")),
    ("case", "en", "Lanterns for a hotel group in the Gulf", ("SA", "AE"), ("lanterns",),
     ("Delivered before Ramadan", "Spare parts in the same container", "Second order after four months")),
    ("certificate", "en", "Test report: vacuum bottles, contact with food", (), ("vacuum bottles",),
     ("Tested at 70 degrees for two hours", "No value above its limit")),
    ("certificate", "en", "Social audit of the Beilun factory", (), (),
     ("Hours, wages, safety", "Next audit in eleven months")),
    ("price_list", "en", "Price list, FOB Ningbo", (), (), ("All articles by carton and by pallet",)),
    ("process", "en", "From sample to delivery: what happens when, and what we guarantee", (), (),
     ("Sample in ten days", "Photos of each production step", "Replacement within the next container")),
    ("article", "en", "Three ways to a lower freight share", (), (),
     ("Mixed containers", "Flat packing", "Off season")),
    ("article", "de", "Was ein Prüfbericht für Lebensmittelkontakt sagt", ("DE", "AT", "CH"), (),
     ("Welche Grenzwerte gelten", "Was der Importeur aufbewahrt")),
    ("manual", "en", "Vacuum bottles: care and spare parts", (), ("vacuum bottles",), ("Cleaning", "Seals", "Lids")),
    ("analysis", "en", "Housewares in North America: what sold this year", ("US", "CA"), (),
     ("Kitchen storage up", "Lanterns steady", "Baskets down")),
    ("plan", "en", "Buying together: steps for two or more buyers", (), (), ("One container", "One declaration")),
    ("invitation", "en", "A day at our house in Ningbo", (), (), ("Factory tour", "New articles", "Dinner")),
)  # fmt: skip
# Beside what a new workspace has switched on.
OFFERS = ("second-order", "three-categories", "birthday-month", "repurchase-code")
JOURNEYS = ("j-07", "j-33")
HELD_OUT = 10
STEPS = (Decimal(500), Decimal("0.96")), (Decimal(2000), Decimal("0.92")), (Decimal(5000), Decimal("0.88"))
WITH_STEPS, LEAST_MARGIN = ("VB-350", "VB-500", "LN-SOL", "KS-JAR", "PL-25"), Decimal(12)
# Code, name, category, price, edition, days until it goes on sale.
LAUNCHES = (
    ("LN-MOON", "Moon lantern, numbered", "Lanterns", Decimal("18.90"), "limited", 24),
    ("VB-SPR", "Vacuum bottle, spring colours", "Vacuum bottles", Decimal("6.60"), "season", 52),
    ("PL-SPR", "Planter, spring colours", "Planters", Decimal("5.20"), "season", 52),
)
LOCAL_HELP = {
    "US": "Harbor Service LLC, Long Beach\n+1 562 555 0142\nMon-Fri 8:00-17:00",
    "DE": "Nordlicht Service GmbH, Hamburg\n+49 40 555 0117\nMo-Fr 8-17 Uhr",
    "JP": "みなとサービス株式会社（神戸）\n+81 78 555 0163\n平日 9:00-17:00",
}


def lay_out(*, by: User, now: datetime) -> None:
    """Everything at once, as one who opens the workspace would have done by hand."""
    for kind, language, title, markets, categories, lines in DOCUMENTS:
        facts = Facts(kind, title, language, markets, (), categories)
        papers_actions.add_document(raw=pdf(title, lines), facts=facts, by=by, now=now)
    for market, lines_of_help in LOCAL_HELP.items():
        papers_actions.name_local_contact(market=market, lines=lines_of_help, now=now)
    set_prices(now=now)
    catalogue_actions.record_products(
        records=[
            ProductRecord(code, {
                "name": name, "category": category, "unit_price": price, "currency": "USD", "edition": edition,
                "launches_on": (now + timedelta(days=35 + days)).date(),
            })
            for code, name, category, price, edition, days in LAUNCHES
        ]
    )  # fmt: skip
    for journey in Journey.objects.filter(key__in=JOURNEYS):
        journeys_actions.set_holdout(journey=journey, percent=HELD_OUT, now=now)
        journeys_actions.set_state(journey=journey, state="live", now=now)


def set_prices(*, now: datetime) -> None:
    """Offers, price breaks and the least margin that offers leave."""
    for offer in Offer.objects.filter(name__in=OFFERS):
        offers_actions.switch_offer(offer=offer, is_active=True, now=now)
    offers_actions.set_floor_margin(percent=LEAST_MARGIN, now=now)
    for good in goods():
        if good.code in WITH_STEPS:
            steps = [(quantity, (good.price * share).quantize(Decimal("0.01"))) for quantity, share in STEPS]
            offers_actions.set_price_breaks(product_code=good.code, currency="USD", steps=steps, now=now)
