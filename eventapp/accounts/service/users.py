"""Logins: adding, granting, disabling, and their passwords."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from eventapp.accounts import mails, passwords, queries
from eventapp.accounts.models import AccountLink, Grant, LinkKind, Role, User, UserSession
from eventapp.accounts.rules import PASSWORD_MAX, PASSWORD_MIN
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.email import normal_address
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line

# Links that die with the sessions. The one that undoes a change of address outlives them: it is the way back of
# somebody whose login was taken over.
ENDED_WITH_SESSIONS = (LinkKind.SIGN_IN, LinkKind.CHANGE_ADDRESS)


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
    """Gives the user a role, until `ends_at` if given; while it lasts, granting it again only moves the end."""
    for existing in user.grants:
        if existing.role is role:
            if existing.ends_at is not None and existing.ends_at <= at:
                existing.granted_by, existing.granted_at = by.actor_name, at
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
    end_sessions(user, at=at)
    record("user.disabled", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    db.session.flush()


def set_password(user: User, password: str, *, by: Actor, at: datetime) -> None:
    """Sets the password and ends every session of the user. Raises `RuleError` if the password will not do."""
    check_password(password)
    user.password = passwords.hashed(password)
    end_sessions(user, at=at)
    record("user.password_set", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    db.session.flush()


def end_sessions(user: User, *, at: datetime) -> None:
    """Ends every session of the user at its next request, and makes every link to sign in or set a password worthless."""
    user.fs_uniquifier = secrets.token_hex(32)
    db.session.flush()
    living = (UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    db.session.execute(update(UserSession).where(*living).values(ended_at=at))
    open_links = (AccountLink.user_id == user.id, AccountLink.kind.in_(ENDED_WITH_SESSIONS), AccountLink.used_at.is_(None))
    db.session.execute(update(AccountLink).where(*open_links).values(revoked_at=at))
