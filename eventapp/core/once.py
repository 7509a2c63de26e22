"""One-time keys: the same form sent twice is one effect and the same answer.

The row is written in the transaction of the effect itself, so a refused or crashed request leaves no key behind.
It is the only table of `core`: every feature's `saving` needs it, and core may not import a feature.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import String, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, db, table, write

KEPT = timedelta(days=2)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,43}")


class OneTimeKey(Base):
    """A form that has been carried out: who sent it, what it held, and where its answer stands."""

    __tablename__ = "one_time_key"

    key: Mapped[str] = mapped_column(String(43), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(500))
    used_at: Mapped[datetime] = mapped_column(index=True)


class Use(NamedTuple):
    """The earlier use of a key."""

    owner: str
    body: str
    location: str


_KEYS = table(OneTimeKey)
_USED = select(_KEYS.c.owner, _KEYS.c.body, _KEYS.c.location).where(_KEYS.c.key == bindparam("wanted"))
_HOLD = select(func.pg_advisory_xact_lock(bindparam("number")))
_INSERT = insert(_KEYS)


def new_key() -> str:
    """A fresh key for a form, 256 bits."""
    return secrets.token_urlsafe(32)


def well_formed(key: str | None) -> bool:
    """Whether the text can be a key of ours; anything else protects nothing and must not reach the database."""
    return bool(key and _KEY.fullmatch(key))


def fingerprint(pairs: list[tuple[str, str]]) -> str:
    """SHA-256 over the fields of a form, in the order of their names."""
    digest = hashlib.sha256()
    for name, value in sorted(pairs):
        digest.update(f"{len(name)}:{name}{len(value)}:{value}".encode("utf-8", "replace"))
    return digest.hexdigest()


def hold(key: str) -> None:
    """Makes others with the same key wait until this transaction ends, so that they find what it has done.

    On SQLite whoever writes has the database for itself anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:7], "big")
        db.session.execute(_HOLD, {"number": number})


def used(key: str) -> Use | None:
    """The earlier use of the key, if any."""
    row = db.session.execute(_USED, {"wanted": key}).first()
    return Use(*row) if row else None


def use(key: str, *, owner: str, body: str, location: str, at: datetime) -> None:
    """Marks the key as used: who sent the form, what it held, and where its answer stands."""
    write(_INSERT, {"key": key, "owner": owner, "body": body, "location": location[:500], "used_at": at})


def forget_old(now: datetime) -> None:
    """Deletes keys older than two days; forms do not stay open that long."""
    db.session.execute(delete(OneTimeKey).where(OneTimeKey.used_at < now - KEPT))
