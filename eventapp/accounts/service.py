"""Logins: adding, granting, disabling, passwords, and counting tries."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from eventapp.accounts import mails, passwords, queries
from eventapp.accounts.models import Attempt, Grant, Role, User
from eventapp.accounts.rules import PASSWORD_MAX, PASSWORD_MIN, WINDOW, key_of, wait_for
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.email import normal_address
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line

ATTEMPTS_KEPT = timedelta(days=1)


def add_user(
    email: str, *, name: str = "", password: str | None = None, roles: Sequence[Role] = (), by: Actor, at: datetime
) -> User:
    """A new login. Raises `RuleError` for an address that is taken or a password that will not do, `EmailError` for
    an address that is none."""
    address = normal_address(email)
    if queries.user_by_address(address) is not None:
        raise RuleError(_("There is a login for %(address)s already.", address=address), "email")
    user = User(email=address, name=one_line(name)[:200], fs_uniquifier=secrets.token_hex(32), created_at=at, active=True)
    if password is not None:
        check_password(password)
        user.password = passwords.hashed(password)
    db.session.add(user)
    db.session.flush()
    record("user.added", by=by, at=at, object_type="user", object_id=user.id, object_name=address)
    for role in roles:
        grant(user, role, by=by, at=at)
    return user


def invite(email: str, name: str, *, by: Actor, at: datetime) -> User:
    """The login of that address, made without a password if there is none, and a mail that says how to set one.

    Raises `RuleError` if the login was disabled: an invitation is no way around that.
    """
    user = queries.user_by_address(normal_address(email)) or add_user(email, name=name, by=by, at=at)
    if not user.active:
        raise RuleError(_("The login of %(address)s was disabled.", address=user.email))
    mails.send_invitation(user, at=at)
    return user


def check_password(password: str) -> None:
    """Raises `RuleError` if the password is too short or absurdly long. Any characters will do."""
    if len(password) < PASSWORD_MIN:
        raise RuleError(_("Use at least %(number)d characters.", number=PASSWORD_MIN), "password", 422)
    if len(password) > PASSWORD_MAX:
        raise RuleError(_("Use at most %(number)d characters.", number=PASSWORD_MAX), "password", 422)


def grant(user: User, role: Role, *, by: Actor, at: datetime, ends_at: datetime | None = None) -> None:
    """Gives the user a role, until `ends_at` if given; granting it again only moves the end."""
    for existing in user.grants:
        if existing.role is role:
            existing.ends_at = ends_at
            break
    else:
        user.grants.append(Grant(role=role, granted_by=by.actor_name, granted_at=at, ends_at=ends_at))
    changes = {"role": role, "ends_at": ends_at}
    record("user.granted", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    db.session.flush()


def disable(user: User, *, by: Actor, at: datetime) -> None:
    """Ends the login: it is out at its next request and cannot sign in."""
    user.active = False
    end_sessions(user)
    record("user.disabled", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    db.session.flush()


def set_password(user: User, password: str, *, by: Actor, at: datetime) -> None:
    """Sets the password and ends every session of the user. Raises `RuleError` if the password will not do."""
    check_password(password)
    user.password = passwords.hashed(password)
    end_sessions(user)
    record("user.password_set", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    db.session.flush()


def end_sessions(user: User) -> None:
    """Makes every session cookie of the user worthless, and every link to set a password."""
    user.fs_uniquifier = secrets.token_hex(32)


def throttled(
    kind: str, keys: Sequence[str], limits: Sequence[int], *, at: datetime, window: timedelta = WINDOW
) -> timedelta | None:
    """Counts a try of `kind` for each of `keys`, or tells how long to wait if one of them has used up its limit.

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
        newest = select(Attempt.at).where(Attempt.kind == kind, Attempt.key == key, Attempt.at > at - window)
        times = list(db.session.scalars(newest.order_by(Attempt.at.desc()).limit(limit)))
        waits.append(wait_for(times, limit, at, window))
    longest = max((wait for wait in waits if wait is not None), default=None)
    if longest is None:
        db.session.add_all(Attempt(kind=kind, key=key, at=at) for key in hashes)
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
