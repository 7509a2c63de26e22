"""Sessions: one row for each device that is signed in."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, update

from eventapp.accounts.models import User, UserSession
from eventapp.accounts.rules import SEEN_EVERY, SESSION_LASTS, SESSIONS_KEPT
from eventapp.audit.service import Actor, record
from eventapp.core.db import db


def hash_of(secret: str) -> str:
    """What the table keeps of a random secret in a cookie or a link."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def start(user: User, methods: str, *, device: str, network: str, at: datetime) -> str:
    """A new session of the user, proven by `methods` (for example `password,totp`). Gives the key for its cookie."""
    key = secrets.token_urlsafe(32)
    started = UserSession(
        user_id=user.id,
        key_hash=hash_of(key),
        methods=methods,
        device=device[:200],
        network=network[:60],
        created_at=at,
        seen_at=at,
    )
    db.session.add(started)
    db.session.flush()
    changes = {"methods": methods, "device": device}
    record("user.signed_in", by=user, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    return key


def end(user: User, session_id: int, *, by: Actor, at: datetime) -> bool:
    """Ends one living session of the user. Tells whether there was one with this id."""
    mine = (UserSession.id == session_id, UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    ended = db.session.execute(update(UserSession).where(*mine).values(ended_at=at).returning(UserSession.id)).all()
    if ended:
        record("user.signed_out", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    return bool(ended)


def end_others(user: User, keep: int | None, *, by: Actor, at: datetime) -> int:
    """Ends all living sessions of the user but the one with the id `keep`. Gives how many."""
    others = (UserSession.user_id == user.id, UserSession.id != (keep or 0), UserSession.ended_at.is_(None))
    ended = len(db.session.execute(update(UserSession).where(*others).values(ended_at=at).returning(UserSession.id)).all())
    changes = {"sessions": ended}
    record("user.signed_out_others", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    return ended


def add_method(session_id: int, method: str) -> None:
    """Notes that whoever sits at this session has proven it in one more way."""
    found = db.session.get(UserSession, session_id)
    if found is not None and method not in found.methods.split(","):
        found.methods = f"{found.methods},{method}"[:80]
        db.session.flush()


def is_long_seen(last: datetime, *, at: datetime) -> bool:
    """Whether it is time to note again that the session is in use; `last` is when it was noted before."""
    return last < at - SEEN_EVERY


def seen(session_id: int, *, at: datetime) -> None:
    """Notes that the session is in use."""
    db.session.execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=at))


def forget_old_sessions(at: datetime) -> None:
    """Deletes sessions that ended, or were last seen, too long ago for anybody to ask about them."""
    db.session.execute(delete(UserSession).where(UserSession.ended_at < at - SESSIONS_KEPT))
    db.session.execute(delete(UserSession).where(UserSession.seen_at < at - SESSION_LASTS - SESSIONS_KEPT))
