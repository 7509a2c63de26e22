"""The door that an act came in by: a page, a secret link, the API, an import, a job or a command.

Set once where work begins, read by the audit log.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Door(StrEnum):
    """The way in which something was done."""

    PAGE = "page"
    LINK = "link"
    API = "api"
    IMPORT = "import"
    JOB = "job"
    COMMAND = "command"


_door: ContextVar[Door | None] = ContextVar("door", default=None)


def current_door() -> Door | None:
    """The door of the work at hand; none only outside requests, jobs and commands, as in tests of a service."""
    return _door.get()


@contextmanager
def through(door: Door) -> Iterator[None]:
    """What happens inside comes through `door`. Also a decorator."""
    leave = enter(door)
    try:
        yield
    finally:
        leave()


def enter(door: Door) -> Callable[[], None]:
    """Like `through`, for a request: returns the function that ends it."""
    token = _door.set(door)
    return lambda: _door.reset(token)
