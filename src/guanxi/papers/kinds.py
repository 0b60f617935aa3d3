"""The kinds of documents and of questionnaires: the words journeys name them by. Pure."""

from __future__ import annotations

# guide: how a trade solves its problems · case: what another customer did with the goods · certificate: proof of
# qualification · price_list · process: how we work together, and the guarantees · article: technical knowledge ·
# manual: how to use what was bought · analysis: of the reader's market · plan: buying together · webinar: programme and
# sign-up · invitation: programme of a day at our house, a fair or a club.
KINDS = (
    "guide", "case", "certificate", "price_list", "process", "article", "manual", "analysis", "plan", "webinar",
    "invitation",
)  # fmt: skip
# Nobody wants to read these twice: a reader gets the next one.
ONCE_EACH = frozenset({"case", "article", "analysis", "webinar", "invitation"})

# usage: how the goods do in use · leaving: why he buys no more · review: stars for goods and service.
SURVEYS = ("usage", "leaving", "review")
