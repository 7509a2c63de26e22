"""The one transaction of a POST."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import g, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from eventapp.core.clock import now
from eventapp.core.db import commit, db, rollback, writing
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.forms import Form, body_fingerprint, owner
from eventapp.core.i18n import _
from eventapp.core.once import Use, used, well_formed
from eventapp.core.wall import whole

log = structlog.get_logger()

# What a violated constraint means to the person who filled in the form, by the constraint's name and, since SQLite
# tells only the columns, by "table.column, table.column": (field, message).
CONSTRAINT_MESSAGES: dict[str, tuple[str | None, Any]] = {}


class Saved:
    """What became of a `saving` block: `ok` and `location`, or `status` and `error` of the refusal."""

    def __init__(self) -> None:
        self.ok = False
        self.status = 422
        self.error: RuleError | None = None
        self.location: str = ""


def constraint_message(error: IntegrityError) -> RuleError | None:
    """The refusal that a violated constraint stands for, or none if nobody has named it."""
    text = str(error.orig)
    for name, (field, message) in CONSTRAINT_MESSAGES.items():
        if name in text:
            return RuleError(str(message), field)
    return None


@contextmanager
def saving(form: Form | None = None) -> Iterator[Saved]:
    """Commits once, at the end of the block. The block sets `saved.location`, where the answer stands.

    A `RuleError`, a violated constraint or a stale row rolls everything back and becomes the message on its
    field of `form`; the view then shows the page again with `saved.status`, and everything typed is still there.
    When the same form was carried out before, or is at this moment by a parallel click, nothing happens twice: the
    block's work is given up and `saved.location` is that of the first. Inside, the wall between partners is down: the
    services act for the whole installation, on what the view has loaded for its viewer.
    """
    with whole():
        yield from _carry_out(form)


def _carry_out(form: Form | None) -> Iterator[Saved]:
    saved = Saved()
    try:
        with writing():
            yield saved
            db.session.flush()
            if form is not None:
                form.use_key(saved.location, now())
            commit()
        saved.ok = True
    except RuleError as error:
        rollback()
        saved.error = error
    except StaleDataError:
        rollback()
        saved.error = StaleError(_("Somebody else has saved this in the meantime."))
    except IntegrityError as error:
        rollback()
        saved.error = constraint_message(error)
        if saved.error is None and not _replay(form, saved):
            if form is None:
                raise
            # Whatever the rows were when they were read, they are others now: a conflict that trying again resolves.
            log.exception("constraint", request_id=g.get("request_id"))
            saved.error = RuleError(_("Somebody else changed something here at the same moment. Try again."))
    except BaseException:
        rollback()
        raise
    if saved.error is not None and not _replay(form, saved):
        saved.status = saved.error.status
        if form is not None:
            form.refuse(saved.error)


def _replay(form: Form | None, saved: Saved) -> bool:
    """Whether the refusal only says that this very form has been carried out by a parallel click."""
    first = earlier_use(request.form.get("once_key")) if form is not None else None
    if first is None or first.body != body_fingerprint():
        return False
    saved.ok, saved.error, saved.location = True, None, first.location
    return True


def earlier_use(key: str | None) -> Use | None:
    """The visitor's own earlier use of a one-time key."""
    first = used(key) if key and well_formed(key) else None
    return first if first is not None and first.owner == owner() else None
