"""Brings the pages of a server's notebook into the database, soon after they were begun and behind the readers' backs.

While the database takes nothing the pages wait, and so does nobody else.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import Executor
from threading import Lock

from django.db import DatabaseError, InterfaceError, connection

from guanxi.tracking import hitbook
from guanxi.tracking.notebook import Notebook

logger = logging.getLogger(__name__)

PAUSE, PAUSE_AFTER_FAILURE = 0.5, 3.0


class Carrier:
    """Carries in `thread`, whenever something was noted."""

    def __init__(self, book: Notebook, *, thread: Executor) -> None:
        self._book = book
        self._thread = thread
        self._lock = Lock()
        self._is_called = False

    def call(self) -> None:
        """Something was noted."""
        with self._lock:
            if self._is_called:
                return
            self._is_called = True
        self._thread.submit(self._carry_soon)

    def _carry_soon(self) -> None:
        time.sleep(PAUSE)
        with self._lock:
            self._is_called = False
        try:
            self.carry()
        except (DatabaseError, InterfaceError, OSError):
            logger.exception("hits wait in %s until the database takes them", hitbook.folder())
            connection.close()
            time.sleep(PAUSE_AFTER_FAILURE)
            self.call()

    def carry(self) -> None:
        """Bring in everything that was noted, and what servers left that were killed."""
        self._book.turn()
        hitbook.bring_in()
