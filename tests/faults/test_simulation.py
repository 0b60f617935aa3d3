"""One firm on a clock that is turned, a server that answers as it likes, and a worker that dies at any point (RT-01).

Hypothesis writes the story: orders, silence, withdrawals, clicks, erasures, time. After every sentence all that was
promised must hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from guanxi.consent import actions as consent_actions
from guanxi.consent.statements import Proof
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys import advancing
from guanxi.journeys.models import Enrolment, Visit
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Event, Order
from guanxi.offers import actions as offers_actions
from guanxi.outbox import actions as outbox_actions
from guanxi.outbox import answers, delivery
from guanxi.outbox.models import Message
from guanxi.outbox.proposals import Proposal
from guanxi.privacy import erasing
from guanxi.tiering.models import Scheme, Standing
from guanxi.transports.base import Envelope, Receipt
from tests import cast
from tests.faults.nursery import IS_FULL
from tests.rooms.outbox.world import VALUES, set_up_firm

pytestmark = [pytest.mark.django_db, pytest.mark.faults]
STORIES, SENTENCES = (1_000, 50) if IS_FULL else (8, 25)  # the few are the same ones each time, the many are not
ENDED = {"accepted", "failed", "suppressed", "expired", "uncertain", "recalled"}
ANSWERS = ("accepted", "accepted", "accepted", "deferred", "failed", "uncertain")
# Where the worker may die, and whether before or after what it was about to do.
DEATHS: dict[str, tuple[Any, str]] = {
    "propose": (outbox_actions, "propose_many"),
    "hand over": (delivery, "commit_hand_over"),
    "record": (answers, "record"),
    "react": (journeys_actions, "react_to"),
}


HOURS = st.sampled_from([0, 1, 2, 24])


class Killed(BaseException):
    """What a power cut looks like to the code: nothing catches it."""


class Server:
    """Takes what it is given, and says so as often as `answers` do; `taken` is the truth."""

    lanes = 5

    def __init__(self) -> None:
        self.answers: Iterator[str] = iter(())
        self.taken: Counter[str] = Counter()
        self.readers: Counter[str] = Counter()

    def carry(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        return [self._take(each) for each in envelopes]

    def close(self) -> None:
        return None

    def _take(self, envelope: Envelope) -> Receipt:
        answer = next(self.answers, "accepted")
        if answer in {"accepted", "uncertain"}:
            self.taken[str(message_from_bytes(envelope.message)["Message-ID"])] += 1
            self.readers[envelope.rcpt_to] += 1
        return Receipt(answer, "dot", reason="no_such_mailbox" if answer == "failed" else "")


@contextmanager
def dying(point: str, *, after: bool) -> Iterator[None]:
    """The worker dies when it comes to `point`, and stays dead until the block ends."""
    room, name = DEATHS[point]
    alive: Callable[..., Any] = getattr(room, name)

    def dead(*words: Any, **more: Any) -> Any:
        if after:
            alive(*words, **more)
        raise Killed

    setattr(room, name, dead)
    try:
        yield
    finally:
        setattr(room, name, alive)


class Simulation(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now, self.server, self.deaths = cast.NOW, Server(), 0
        self.silenced: dict[str, int] = {}  # how many mails a reader had got when he withdrew or was erased
        self.kinds: dict[str, str] = {}  # of every mail ever numbered: an erasure takes the number away

    def teardown(self) -> None:
        for _ in range(12):
            self.now += timedelta(hours=8)
            self._turn()
        states = Counter(Message.objects.filter(due_at__lte=self.now).values_list("state", flat=True))
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        assert set(states) <= ENDED | {"held", "deferred", "queued"}
        assert not {"claimed", "handing_off"} & set(states)

    @initialize()
    def opens(self) -> None:
        self.readers = []
        for number in range(4):
            customer = cast.a_customer(name=f"Buyer {number}", country="DE", city="Hamburg")
            reader = cast.a_contact(
                customer=customer, email=f"b{number}@buyer.example", language="de", time_zone="Europe/Berlin",
            )  # fmt: skip
            cast.permit(reader)
            self.readers.append(reader)

    def _then(self, hours: int) -> None:
        """Time passes, and the worker takes his turn."""
        if hours:
            self.now += timedelta(hours=hours)
            self._turn()

    def _reader(self, number: int) -> Contact | None:
        return Contact.objects.filter(pk=self.readers[number].pk).select_related("customer").first()

    # What people do

    @rule(number=st.integers(0, 3), history=st.booleans(), hours=HOURS)
    def orders(self, number: int, history: bool, hours: int) -> None:
        if reader := self._reader(number):
            ledger_actions.record_order(
                customer=reader.customer, contact=reader, number=f"PO-{Order.objects.count()}-{self.now:%j%H%M%S}",
                placed_at=self.now, currency="EUR", lines=[LineFacts(Decimal(1), Decimal("12.5"))], now=self.now,
                historical=history,
            )  # fmt: skip
        self._then(hours)

    @rule(number=st.integers(0, 3), history=st.booleans(), hours=HOURS)
    def falls_silent(self, number: int, history: bool, hours: int) -> None:
        if reader := self._reader(number):
            Standing.objects.update_or_create(
                customer=reader.customer, scheme=Scheme.objects.get(name="rfm-firm"),
                defaults={"tier": "dormant", "since_at": self.now, "reason": "", "figures": {}},
            )  # fmt: skip
            ledger_actions.record_event(
                name="standing.changed", occurred_at=self.now, now=self.now, source="tiering",
                customer=reader.customer, properties={"scheme": "rfm-firm", "from": "general", "to": "dormant"},
                historical=history,
            )  # fmt: skip
        self._then(hours)

    @rule(kind=st.sampled_from(["j-17.1", "j-17.2", "j-04.2"]), hours=HOURS)
    def is_written_to_with_the_others(self, kind: str, hours: int) -> None:
        """One mail to everybody; the same number again proposes nothing."""
        outbox_actions.propose_many(
            proposals=[
                Proposal(
                    contact=reader, template_key=kind, values=VALUES, origin_kind="campaign", origin_id=kind,
                    idempotency_key=f"{kind}/{reader.pk}/{self.now:%Y%m%d}", not_before=self.now,
                    expires_at=self.now + timedelta(days=4),
                )
                for number in range(4) if (reader := self._reader(number))
            ],
            now=self.now,
        )  # fmt: skip
        self._then(hours)

    @rule(number=st.integers(0, 3))
    def withdraws(self, number: int) -> None:
        if reader := self._reader(number):
            consent_actions.unsubscribe(contact=reader, proof=Proof(method="one_click"), now=self.now)
            self.silenced.setdefault(reader.email, self._marketing_to(reader.email))

    @rule(number=st.integers(0, 3))
    def is_erased(self, number: int) -> None:
        if reader := self._reader(number):
            erasing.erase(contact=reader, reason="asked", now=self.now, takes_customer=False, at_once=False)
            self.silenced[reader.email] = self._marketing_to(reader.email)

    @rule(number=st.integers(0, 3))
    def clicks(self, number: int) -> None:
        if reader := self._reader(number):
            ledger_actions.record_event(
                name="email.clicked", occurred_at=self.now, now=self.now, source="tracking", customer=reader.customer,
                contact=reader, properties={"verdict": "human"},
            )  # fmt: skip

    # What time and the machine do

    @rule(hours=st.sampled_from([1, 3, 24, 24 * 7, 24 * 16]), told=st.lists(st.sampled_from(ANSWERS), max_size=6))
    def time_passes(self, hours: int, told: list[str]) -> None:
        self.now += timedelta(hours=hours)
        self.server.answers = iter(told)
        self._turn()

    @rule(point=st.sampled_from(sorted(DEATHS)), after=st.booleans(), told=st.lists(st.sampled_from(ANSWERS)))
    def the_worker_dies(self, point: str, after: bool, told: list[str]) -> None:
        self.now += timedelta(minutes=20)
        self.server.answers = iter(told)
        with dying(point, after=after):
            try:
                self._turn()
            except Killed:
                self.deaths += 1
        self.now += timedelta(minutes=10)  # longer than a lease

    def _turn(self) -> None:
        with transaction.atomic():
            journeys_actions.react_to(events=ledger_actions.claim_unread(limit=500), now=self.now)
        while advancing.advance_due(now=self.now):
            pass
        outbox_actions.judge_due(now=self.now)
        outbox_actions.send_due(clock=lambda: self.now, worker="simulated", transport=self.server)
        outbox_actions.expire_leases(now=self.now)

    # What must hold after every sentence

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        """RD-02, RD-05: marketing at most once; an order notice again only after an answer was lost."""
        self.kinds |= dict(Message.objects.exclude(rfc_message_id="").values_list("rfc_message_id", "kind"))
        for message_id, times in self.server.taken.items():
            if times > 1:
                assert self.kinds[message_id] == "transactional"

    @invariant()
    def whoever_has_withdrawn_is_left_alone(self) -> None:
        """RD-04: consent is read when it is handed over."""
        assert all(self._marketing_to(address) <= count for address, count in self.silenced.items())

    @invariant()
    def what_counts_as_sent_was_sent(self) -> None:
        """No silent loss, no silent gain: the books and the server agree."""
        accepted = set(Message.objects.filter(state="accepted").values_list("rfc_message_id", flat=True))
        assert accepted <= set(self.server.taken)
        told = Counter(Event.objects.filter(name="email.sent").values_list("object_id", flat=True))
        assert set(told.values()) <= {1}

    @invariant()
    def every_step_is_taken_once(self) -> None:
        """RD-11: one row per enrolment, step and occurrence, and one mail for it."""
        seen = Counter(Visit.objects.values_list("enrolment", "step", "occurrence"))
        assert set(seen.values()) <= {1}
        keys = Counter(Message.objects.values_list("idempotency_key", flat=True))
        assert set(keys.values()) <= {1}

    @invariant()
    def history_starts_nothing(self) -> None:
        """RD-13: only what happened live is told of in the rows that began a journey."""
        live = set(
            Event.objects.filter(is_historical=False, name__in=("order.placed", "standing.changed")).values_list(
                "customer_id", flat=True
            )
        )
        assert set(Enrolment.objects.values_list("customer_id", flat=True)) <= live

    def _marketing_to(self, address: str) -> int:
        """How many mails the server took for him that were no order notices."""
        notices = set(Message.objects.filter(kind="transactional").values_list("rfc_message_id", flat=True))
        sent = Message.objects.filter(contact__email=address, kind="marketing").values_list("rfc_message_id", flat=True)
        return sum(self.server.taken[each] for each in sent if each and each not in notices)


def test_no_story_breaks_a_promise(db: None) -> None:
    """RT-01: RD-01, RD-02, RD-04, RD-05, RD-09, RD-11, RD-13."""
    set_up_firm(cast.NOW)
    Scheme.objects.create(name="rfm-firm", title="RFM", document="", is_default=True, updated_at=cast.NOW)
    offers_actions.install_library(now=cast.NOW)
    journeys_actions.install_library(now=cast.NOW, keys=("j-04", "j-17"))
    run_state_machine_as_test(
        Simulation,
        settings=settings(
            max_examples=STORIES, stateful_step_count=SENTENCES, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
