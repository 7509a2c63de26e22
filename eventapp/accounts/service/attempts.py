"""Counting tries: of signing in, of second factors, of mails asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from eventapp.accounts.models import Attempt
from eventapp.accounts.rules import WINDOW, key_of, wait_for
from eventapp.core.db import db

ATTEMPTS_KEPT = timedelta(days=1)


def throttled(
    kind: str, keys: Sequence[str], limits: Sequence[int], *, at: datetime, window: timedelta = WINDOW, weight: int = 1
) -> timedelta | None:
    """Counts a try of `kind` for each of `keys`, or tells how long to wait if one of them has used up its limit.

    A try may count as several, at most as many as the smallest limit: that is its `weight`.
    A refused try is not counted, so waiting always ends. Tries for the same key come one after the other, on SQLite by
    its one writer and on Postgres by an advisory lock until the end of the transaction, so parallel tries cannot slip
    past the limit. Whoever calls commits.
    """
    hashes = [key_of(kind, key) for key in keys]
    if db.session.get_bind().dialect.name == "postgresql":
        for key in sorted(hashes):
            db.session.execute(select(func.pg_advisory_xact_lock(int(key[:15], 16))))
    waits = []
    for key, limit in zip(hashes, limits, strict=True):
        room = limit - weight + 1
        newest = select(Attempt.at).where(Attempt.kind == kind, Attempt.key == key, Attempt.at > at - window)
        times = list(db.session.scalars(newest.order_by(Attempt.at.desc()).limit(room)))
        waits.append(wait_for(times, room, at, window))
    longest = max((wait for wait in waits if wait is not None), default=None)
    if longest is None:
        db.session.add_all(Attempt(kind=kind, key=key, at=at) for key in hashes * weight)
        db.session.flush()
    return longest


def forgive(kind: str, key: str, others: Sequence[str], *, at: datetime) -> None:
    """After a success: forgets all tries for `key`, and of `others` only the one made at `at`."""
    db.session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.key == key_of(kind, key)))
    hashes = [key_of(kind, other) for other in others]
    db.session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.key.in_(hashes), Attempt.at == at))


def forget_old_attempts(at: datetime) -> None:
    """Deletes tries that no window reaches any more."""
    db.session.execute(delete(Attempt).where(Attempt.at < at - ATTEMPTS_KEPT))
