"""Requests of one process go one after another, so that whoever holds a lock of the database gives it back soon."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

LONGEST_SECONDS = 0.2


class Turns:
    """In front of an application: lets the requests of this process through one by one.

    Python runs one thread at a time, and takes it from one to another in the middle of a transaction for whose lock all
    others wait, here and in other processes: the lock was held for twice the time that the work inside takes. A request for
    which another one has waited `LONGEST_SECONDS` goes on beside the others, so a report or an upload holds them up once,
    by that time at most. So does an answer that is streamed.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Lets the application answer as soon as it is this request's turn."""
        turn = self._take()
        try:
            return self.app(environ, start_response)
        finally:
            turn.release()

    def _take(self) -> threading.Lock:
        while True:
            turn = self._turn
            if turn.acquire(timeout=LONGEST_SECONDS):
                return turn
            if self._turn is turn:  # else another one who waited has done it
                self._turn = threading.Lock()  # the long request keeps the old one
