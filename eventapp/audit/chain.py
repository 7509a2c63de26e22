"""The log as a chain: each entry carries the hash of its content and of the entry before it.

Entries get their ids, their hashes and their place in the chain at the very end of their transaction, under the lock
of the one row of `audit_head`. So the order of ids is the order of the chain, nothing is locked after the head, and
two transactions cannot wait for each other there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, select, text, update

from eventapp.audit.models import AuditEntry, AuditHead
from eventapp.core.db import db, table, write

GENESIS = "0" * 64
LATEST = 1000
PORTION = 2000

# All that an entry says; the hash does not cover the id, which the entry gets later, but the order of ids.
CONTENT = (
    "at", "action", "actor", "actor_user_id", "object_type", "object_id", "object_name", "event_id", "organisation_id",
    "changes", "door", "on_behalf", "person_id", "salt",
)  # fmt: skip
# The entry that tells how many entries were erased.
ERASE_ACTION = "log.erase"

_ENTRY, _HEAD_ROW = table(AuditEntry), table(AuditHead)
_INSERT = insert(_ENTRY)
_HEAD = select(_HEAD_ROW.c.hash).where(_HEAD_ROW.c.id == 1)
_LOCK_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = update(_HEAD_ROW).where(_HEAD_ROW.c.id == 1).values(hash=bindparam("last"))
_canonical = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def content_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of what an entry says: keys in order, no spaces, moments in UTC.

    Empty values are left out, so a column that is added later does not change the hashes of entries before it.
    """
    content = {name: value for name in CONTENT if (value := entry[name]) not in (None, "")}
    content["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return sha256(_canonical(content).encode("ascii")).hexdigest()


def link(previous: str, content: str) -> str:
    """The hash of an entry whose content has the hash `content`, behind the entry of the hash `previous`."""
    return sha256((previous + content).encode("ascii")).hexdigest()


def seal(entries: list[dict[str, Any]]) -> None:
    """Writes the entries of a transaction as the next ones of the chain. Nothing may be locked after this."""
    previous = db.session.scalar(_LOCK_HEAD) or _new_head()
    for entry in entries:
        entry["content_hash"] = content_hash(entry)
        entry["hash"] = previous = link(previous, entry["content_hash"])
    write(_INSERT, entries if len(entries) > 1 else entries[0])  # many at once cost more than one for a single row
    write(_MOVE_HEAD, {"last": previous})


def _new_head() -> str:
    """The head of an empty chain, for a database whose rows were all deleted."""
    db.session.execute(text("INSERT INTO audit_head (id, hash) VALUES (1, :hash) ON CONFLICT DO NOTHING"), {"hash": GENESIS})
    found: str = db.session.scalars(_LOCK_HEAD).one()
    return found


def head() -> str | None:
    """The hash of the last entry, none if the head is missing."""
    return db.session.scalar(_HEAD)


def before(entry_id: int) -> str:
    """The hash of the entry before this one."""
    query = select(AuditEntry.hash).where(AuditEntry.id < entry_id, AuditEntry.hash.is_not(None))
    return db.session.scalar(query.order_by(AuditEntry.id.desc()).limit(1)) or GENESIS


class Found(NamedTuple):
    """What reading the chain has found: `broken` is one line each, `head` the hash of the last entry, the others numbers."""

    broken: list[str]
    head: str | None
    entries: int
    unsealed: int
    erased: int


_ROW = select(
    _ENTRY.c.id, _ENTRY.c.hash, _ENTRY.c.content_hash, _ENTRY.c.erased_at, *(_ENTRY.c[name] for name in CONTENT)
).order_by(_ENTRY.c.id)


def verify(*, everything: bool) -> Found:
    """Follows the chain from its first entry, or through the latest thousand, up to the head.

    One pass in portions, so memory does not grow with the log. What is told of a break: the entry whose content was
    changed, that was put in, before which something is missing, or that the end of the chain is not the head.
    """
    broken: list[str] = []
    since = 0 if everything else _start_of_latest()
    first = db.session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.hash.is_not(None)))
    unsealed = db.session.scalar(select(func.count()).where(AuditEntry.id < first, AuditEntry.hash.is_(None))) if first else 0
    if first is None:
        unsealed = db.session.scalar(select(func.count(AuditEntry.id)))
    previous = before(since) if since else GENESIS
    entries = erased = told = 0
    for row, following in _pairs(max(since, first)) if first else ():
        entries += 1
        if row.erased_at is not None:
            erased += 1
        if row.action == ERASE_ACTION:
            told += int(row.changes.get("entries", 0))
        if fault := _fault(row, following, previous):
            broken.append(fault)
        previous = row.hash or previous
    last = head()
    if previous != last and (last is not None or entries):
        broken.append(
            f"the last entry has the hash {previous[:12]}…, the head says {(last or 'nothing')[:12]}…: "
            "the latest entries were taken out, or the head was changed"
        )
    if everything and erased != told:
        broken.append(f"{erased:,} entries have been erased, the log itself tells of {told:,}")
    return Found(broken, last, entries, unsealed or 0, erased)


def _fault(row: Any, following: Any, previous: str) -> str | None:
    """What is wrong with an entry that should follow the one of the hash `previous`."""
    changed = row.hash is not None and row.erased_at is None and content_hash(row._mapping) != row.content_hash
    if not changed and row.hash is not None and link(previous, row.content_hash or "") == row.hash:
        return None
    name = f"entry {row.id} ({row.action}, {row.at:%Y-%m-%d %H:%M} UTC)"
    if row.hash is None:
        return f"{name} was put in: it has no hash"
    if changed:
        return f"{name} was changed: its content is not what was sealed"
    if following is not None and link(previous, following.content_hash or "") == following.hash:
        return f"{name} was put in: the next entry follows the one before it"
    return f"{name} does not follow the entry before it: an entry between them was taken out, or that one was rewritten"


def _pairs(since: int) -> Iterator[tuple[Any, Any]]:
    """The entries from that id on, each with the one that follows."""
    waiting = None
    for portion in _portions(since):
        for row in portion:
            if waiting is not None:
                yield waiting, row
            waiting = row
    if waiting is not None:
        yield waiting, None


def _portions(since: int) -> Iterator[Sequence[Any]]:
    last = since - 1
    while rows := db.session.execute(_ROW.where(_ENTRY.c.id > last).limit(PORTION)).all():
        yield rows
        last = rows[-1].id


def _start_of_latest() -> int:
    """The id with which the latest thousand entries begin; 0 if there are no more."""
    return db.session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).offset(LATEST - 1).limit(1)) or 0
