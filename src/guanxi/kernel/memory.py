"""When Python looks for objects that hold one another."""

from __future__ import annotations

import gc

# Rows of a batch hold no cycles, but live together: looking after every 700 objects took a sixth of a batch's time,
# and a look at everything stopped the server for a quarter of a second.
NEW_OBJECTS = 20_000


def look_for_cycles_rarely() -> None:
    """For the rest of this process."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
