"""What can come of a task, as one word: journeys branch on it, figures count it. Pure."""

from __future__ import annotations

# settled: what was wanted came about · reached: the person was spoken to · not_reached · declined: the customer does
# not want it · not_needed: its cause is gone · other. Empty: nobody said.
DONE_RESULTS = ("settled", "reached", "not_reached", "declined", "other")
DROP_RESULTS = ("not_needed", "declined", "not_reached", "other")
RESULTS = tuple(dict.fromkeys(DONE_RESULTS + DROP_RESULTS))
