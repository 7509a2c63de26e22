"""Carrying an act out and giving it up again: the numbers on a page of consequences are those of the act itself."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from eventapp.core.db import rollback, writing
from eventapp.core.errors import RuleError
from eventapp.core.forms import Form
from eventapp.core.saving import Saved, saving
from eventapp.core.wall import whole


@contextmanager
def trial(form: Form) -> Iterator[Saved]:
    """Like `saving`, but nothing is kept. What the page shows must be read inside."""
    tried = Saved()
    try:
        with whole(), writing():
            yield tried
        tried.ok = True
    except RuleError as error:
        tried.error, tried.status = error, error.status
        form.refuse(error)
    finally:
        rollback()


def carrying_out(form: Form, doing: bool) -> AbstractContextManager[Saved]:
    """`saving` if it is to be done, else `trial`."""
    return saving(form) if doing else trial(form)
