"""The gates in the order in which a person would ask; all of them answer, so that every reason is on record.

To add one: its file, a line here, its test.
"""

from guanxi.outbox.gates import choices, completeness, frequency, origin, permission, stream, suppression, window
from guanxi.outbox.gates.base import Gate

GATES: tuple[tuple[str, Gate], ...] = (
    ("suppression", suppression.judge),
    ("permission", permission.judge),
    ("choices", choices.judge),
    ("origin", origin.judge),
    ("stream", stream.judge),
    ("completeness", completeness.judge),
    ("frequency", frequency.judge),
    ("window", window.judge),
)
