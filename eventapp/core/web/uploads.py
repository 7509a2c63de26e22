"""Pages that take more than a form: files and pictures."""

from collections.abc import Callable

from flask import request

from eventapp.core.db import reading, rollback


def allow(size: int, may: Callable[[], bool]) -> None:
    """Lets the body of this POST have `size` bytes, if `may` says so.

    For a blueprint's `url_value_preprocessor`: it runs before anything reads the body. What `may` asks the database is a
    transaction of its own, so that nobody waits for a lock while a file arrives from a phone.
    """
    if request.method != "POST":
        return
    with reading():
        allowed = may()
        rollback()
    if allowed:
        request.max_content_length = size
