"""Requests of one process go one after another, so that whoever holds a lock of the database gives it back soon."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

LONGEST_SECONDS = 0.2


class Turns:
    """In front of an application: lets the requests of this process through one by one.

    Python runs one thread at a time, and takes it from one to another in the middle of a transaction for whose lock all
    others wait, here and in other processes: the lock was held for twice the time that the work inside takes. A request
    that takes longer than `LONGEST_SECONDS` loses its turn, and goes on beside the others, so a report or an upload
    delays each of them once, by that time at most. An answer that is streamed is sent beside the others as well.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self._changed = threading.Condition()
        self._whose: object = None
        self._until = 0.0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Lets the application answer as soon as it is this request's turn."""
        turn = self._take()
        try:
            return self.app(environ, start_response)
        finally:
            self._give_back(turn)

    def _take(self) -> object:
        turn = object()
        with self._changed:
            while (left := self._until - time.monotonic()) > 0:
                self._changed.wait(left)
            self._whose, self._until = turn, time.monotonic() + LONGEST_SECONDS
        return turn

    def _give_back(self, turn: object) -> None:
        with self._changed:
            if self._whose is turn:  # else it was overtaken
                self._until = 0.0
                self._changed.notify()
