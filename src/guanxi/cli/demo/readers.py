"""Who reads the mails of the replayed weeks: some open, click, answer a questionnaire or unsubscribe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from django.conf import settings

from guanxi.cli.demo.books import SEED
from guanxi.kernel.signing import sign, unsign
from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.papers import answering
from guanxi.papers.queries import SURVEY
from guanxi.papers.questions import read_answer, surveys
from guanxi.tracking import actions as tracking_actions
from guanxi.tracking import arriving

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
ADDRESS = "192.0.2.44"  # reserved for documentation
SURVEY_PATH = "/p/survey/"
ANSWERING = 0.5
# What is answered to each questionnaire, from the commonest answer to the rarest.
ANSWERS: dict[str, tuple[dict[str, Sequence[str]], ...]] = {
    "usage": (
        {"satisfied": ["5"], "trouble": ["fine"]},
        {"satisfied": ["4"], "trouble": ["fine"], "wish": ["A lid in more colours."]},
        {"satisfied": ["2"], "trouble": ["damage"], "problem": ["Two cartons came wet; the boxes cannot be sold."]},
    ),
    "leaving": (
        {"reason": ["price"]},
        {"reason": ["other_supplier"]},
        {"reason": ["no_need"], "words": ["We closed our garden department."]},
    ),
    "review": (
        {"goods": ["5"], "service": ["5"]},
        {"goods": ["4"], "service": ["5"], "words": ["Always on time."]},
        {"goods": ["2"], "service": ["3"], "words": ["The last colour did not match the sample."]},
    ),
}  # fmt: skip


class Readers:
    """Looks at what has arrived since the turn before."""

    def __init__(self) -> None:
        self.dice = Random(SEED)  # noqa: S311
        self.seen: set[int] = set()

    def react(self, now: datetime) -> None:
        arrived = Message.objects.filter(state="accepted", accepted_at__lte=now - timedelta(hours=5))
        for message in arrived.exclude(id__in=self.seen).order_by("id"):
            self.seen.add(message.id)
            self.read(message, now - timedelta(minutes=self.dice.randint(5, 240)))

    def read(self, message: Message, at: datetime) -> None:
        mood = self.dice.random()
        if mood < 0.5:
            token = sign(settings.SECRET_KEY, "open", str(message.id))
            arriving.record_open(token=token, now=at, user_agent=BROWSER, address=ADDRESS)
        if mood < 0.22 and message.links:
            index = self.dice.randrange(len(message.links))
            token = sign(settings.SECRET_KEY, "click", f"{message.id}:{index}")
            later = at + timedelta(minutes=self.dice.randint(1, 4))
            arriving.record_click(token=token, now=later, user_agent=BROWSER, address=ADDRESS)
        asked = next((link for link in message.links if SURVEY_PATH in link), "")
        if asked and mood < ANSWERING:
            self.answer(asked.partition(SURVEY_PATH)[2], at + timedelta(minutes=5))
        if mood > 0.98 and message.kind == "marketing":
            token = sign(settings.SECRET_KEY, "unsubscribe", str(message.id))
            tracking_actions.unsubscribe(token=token, now=at, address=ADDRESS, user_agent=BROWSER)

    def answer(self, token: str, at: datetime) -> None:
        key, number, occasion = unsign(settings.SECRET_KEY, SURVEY, token).split("|", 2)
        contact = Contact.objects.get(pk=int(number))
        given = self.dice.choices(ANSWERS[key], [4, 3, 3])[0]
        said = read_answer(surveys()[key], lambda name: given.get(name, ()))
        answering.answer(
            contact=contact, survey=key, occasion=occasion, said=said, language=contact.language or "en", now=at
        )
