"""Regions of the world as a trader names them, for content made for one of them. Pure; ISO 3166-1 codes."""

from __future__ import annotations

_COUNTRIES = {
    "middle_east": "AE BH EG IL IQ IR JO KW LB OM PS QA SA SY TR YE",
    "gulf": "AE BH KW OM QA SA",
    "europe": "AD AL AT BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO "
    "PL PT RO RS SE SI SK SM UA VA XK",
    "north_america": "CA MX US",
    "latin_america": "AR BO BR BZ CL CO CR CU DO EC GT HN HT JM MX NI PA PE PR PY SV TT UY VE",
    "africa": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ "
    "NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW",
    "southeast_asia": "BN ID KH LA MM MY PH SG TH TL VN",
    "east_asia": "CN HK JP KR MN MO TW",
    "south_asia": "AF BD BT IN LK MV NP PK",
    "central_asia": "KG KZ TJ TM UZ",
    "oceania": "AU FJ NZ PG SB VU WS",
}
REGIONS: dict[str, frozenset[str]] = {name: frozenset(codes.split()) for name, codes in _COUNTRIES.items()}


def regions_of(country: str) -> frozenset[str]:
    """The regions a country lies in; the Middle East and Africa share Egypt, for one."""
    return frozenset(name for name, countries in REGIONS.items() if country in countries)
