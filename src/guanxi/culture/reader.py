"""Who reads a letter, as greetings and forms need it. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Reader(NamedTuple):
    """The parts of a name as the ledger holds them; every part may be empty.

    `honorific` is as written (Herr Dr., Ms, 様), `position` the rank (課長, Head of Purchasing), `gender` f, m or
    empty, `country` ISO2.
    """

    given_name: str = ""
    family_name: str = ""
    full_name: str = ""
    honorific: str = ""
    position: str = ""
    gender: str = ""
    country: str = ""
