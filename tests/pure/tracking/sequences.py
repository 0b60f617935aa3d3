"""Made-up sequences of requests for one mail, each labelled with who sent them (RP-44).

People and machines as they behave: readers who click once or a few times from phones and desks, behind privacy
proxies or not; gateways that follow every link at once, probe by HEAD, call with a browser's name, come from their own
network or the reader's, take the hidden link, come before the mail is delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from guanxi.tracking.verdicts import CLICK, OPEN, TRAP, Visit
from tests.cast import NOW

BROWSERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50",
]
SCANNERS = [
    "Barracuda Sentinel (EE)", "Mimecast-URL-Protect/1.0", "python-requests/2.32", "Go-http-client/2.0", "curl/8.5",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)", "Mozilla/5.0 SafeLinks", "HeadlessChrome/120",
    "BingPreview/1.0b",
]  # fmt: skip
DELIVERED = NOW


@dataclass(frozen=True)
class Sequence:
    """All requests for one mail; `by_person[i]` tells whether request i was a reader's."""

    kind: str
    visits: list[Visit]
    by_person: list[bool]


class _Tape:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.visits: list[Visit] = []
        self.people: list[bool] = []

    def add(self, person: bool, seconds: float, link: int | None = 0, *, agent: str = "", network: str = "",
            kind: str = CLICK, method: str = "GET", accepted: datetime | None = DELIVERED) -> None:  # fmt: skip
        at = DELIVERED + timedelta(seconds=seconds)
        self.visits.append(Visit(kind, at, method, agent, link if kind == CLICK else None, accepted, network))
        self.people.append(person)

    def residential(self) -> str:
        return f"{self.dice.randint(77, 95)}.{self.dice.randint(1, 250)}.{self.dice.randint(0, 250)}.0/24"

    def cloud(self) -> str:
        return f"3.{self.dice.randint(1, 250)}.{self.dice.randint(0, 250)}.0/24"

    def browser(self) -> str:
        return self.dice.choice(BROWSERS)


def one_click(tape: _Tape) -> None:
    """A reader follows one link, more than ten minutes after the delivery."""
    tape.add(True, tape.dice.uniform(600, 400_000), tape.dice.randrange(5), agent=tape.browser(),
             network=tape.residential())  # fmt: skip


def quick_reader(tape: _Tape) -> None:
    tape.add(True, tape.dice.uniform(8, 300), tape.dice.randrange(5), agent=tape.browser(), network=tape.residential())


def several_clicks(tape: _Tape) -> None:
    agent, network, at = tape.browser(), tape.residential(), tape.dice.uniform(300, 90_000)
    for link in tape.dice.sample(range(6), tape.dice.randint(2, 4)):
        tape.add(True, at, link, agent=agent, network=network)
        at += tape.dice.uniform(4, 120)


def double_click(tape: _Tape) -> None:
    agent, network, at = tape.browser(), tape.residential(), tape.dice.uniform(60, 90_000)
    for _ in range(2):
        tape.add(True, at, 1, agent=agent, network=network)
        at += tape.dice.uniform(0.2, 1.5)


def opens_tabs(tape: _Tape) -> None:
    """Two products in two tabs within a second and a half."""
    agent, network, at = tape.browser(), tape.residential(), tape.dice.uniform(60, 90_000)
    for link in (0, 3):
        tape.add(True, at, link, agent=agent, network=network)
        at += tape.dice.uniform(0.5, 1.5)


def reader_behind_a_proxy(tape: _Tape) -> None:
    """The provider loads the picture; the reader himself clicks."""
    tape.add(False, 5, agent="Mozilla/5.0", kind=OPEN, network=tape.cloud())
    one_click(tape)


def every_link_at_once(tape: _Tape) -> None:
    agent, network = tape.dice.choice(BROWSERS), tape.cloud()
    for number, link in enumerate(range(tape.dice.randint(3, 12))):
        tape.add(False, 2.5 + 0.1 * number, link, agent=agent, network=network)


def named_scanner(tape: _Tape) -> None:
    tape.add(False, tape.dice.uniform(1, 9_000), 0, agent=tape.dice.choice(SCANNERS), network=tape.cloud())


def probes_by_head(tape: _Tape) -> None:
    network, at = tape.cloud(), tape.dice.uniform(3, 3_000)
    tape.add(False, at, 0, agent=tape.browser(), network=network, method="HEAD")
    tape.add(False, at + 0.4, 0, agent=tape.browser(), network=network)


def takes_the_bait(tape: _Tape) -> None:
    network, at = tape.cloud(), tape.dice.uniform(3, 3_000)
    tape.add(False, at, 0, agent=tape.browser(), network=network)
    tape.add(False, at + tape.dice.uniform(1, 20), kind=TRAP, agent=tape.browser(), network=network)
    tape.add(False, at + tape.dice.uniform(20, 40), 1, agent=tape.browser(), network=network)


def from_a_makers_network(tape: _Tape) -> None:
    tape.add(False, tape.dice.uniform(3, 3_000), 0, agent=tape.browser(), network="104.47.12.0/24")


def before_the_delivery(tape: _Tape) -> None:
    tape.add(False, -tape.dice.uniform(0.5, 60), 0, agent=tape.browser(), network=tape.cloud())


def at_the_gate(tape: _Tape) -> None:
    """A gateway looks while it takes the mail in: the very second of the delivery."""
    tape.add(False, tape.dice.uniform(0, 1.8), 0, agent=tape.browser(), network=tape.cloud())


def hammers(tape: _Tape) -> None:
    network, at = tape.cloud(), tape.dice.uniform(3, 3_000)
    for number in range(8):
        tape.add(False, at + number, 0, agent=tape.browser(), network=network)


def reader_after_a_scanner(tape: _Tape) -> None:
    """The gateway first, the reader hours later from home."""
    every_link_at_once(tape)
    tape.add(True, tape.dice.uniform(3_600, 90_000), 2, agent=tape.browser(), network=tape.residential())


def reader_at_the_office_of_a_scanner(tape: _Tape) -> None:
    """A scanner of the firm's own network; the reader clicks minutes later from the same one."""
    network = tape.residential()
    for link in range(4):
        tape.add(False, 3 + 0.2 * link, link, agent="Mozilla/5.0 (compatible; Sophos)", network=network)
    tape.add(True, tape.dice.uniform(200, 90_000), 1, agent=tape.browser(), network=network)


def careful_machine(tape: _Tape) -> None:
    """One link, a browser's name, an unknown network, minutes later: nothing tells it from a reader."""
    tape.add(False, tape.dice.uniform(60, 900), 0, agent=tape.browser(), network=tape.cloud())


def private_reader(tape: _Tape) -> None:
    """A reader whose program does not say its name."""
    tape.add(True, tape.dice.uniform(60, 90_000), 0, agent="", network=tape.residential())


# How often each kind is drawn; the last two are those a rule cannot see through.
KINDS: dict[Callable[[_Tape], None], int] = {
    one_click: 150, quick_reader: 40, several_clicks: 60, double_click: 30, opens_tabs: 20, reader_behind_a_proxy: 40,
    every_link_at_once: 60, named_scanner: 40, probes_by_head: 30, takes_the_bait: 30, from_a_makers_network: 20,
    before_the_delivery: 20, at_the_gate: 20, hammers: 15, reader_after_a_scanner: 40,
    reader_at_the_office_of_a_scanner: 20, careful_machine: 5, private_reader: 10,
}  # fmt: skip


def labelled(seed: int = 44) -> Iterator[Sequence]:
    dice = Random(seed)
    for make, times in KINDS.items():
        for _ in range(times):
            tape = _Tape(dice)
            make(tape)
            yield Sequence(make.__name__, tape.visits, tape.people)
