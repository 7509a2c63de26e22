"""Logins, by address and in a list."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.demo import DEMO_LOGINS
from eventapp.accounts.models import Passkey, Policy, RecoveryCode, User, UserSession
from eventapp.accounts.rules import SESSION_LASTS
from eventapp.core.db import db

STAFF_SECOND_FACTOR = "staff_second_factor"


def user(user_id: int) -> User | None:
    """The login with this id."""
    return db.session.get(User, user_id)


def user_by_address(address: str) -> User | None:
    """The login with this address in normal form."""
    return db.session.scalar(select(User).where(User.email == address))


def user_by_uniquifier(uniquifier: str) -> User | None:
    """The login whose sessions carry this text."""
    return db.session.scalar(select(User).where(User.fs_uniquifier == uniquifier))


def users() -> list[User]:
    """All logins, by address."""
    return list(db.session.scalars(select(User).order_by(User.email)))


@dataclass(frozen=True)
class DemoLogin:
    """A login that anybody may use to look around."""

    email: str
    label: str


def demo_logins() -> list[DemoLogin]:
    """The demo's logins in this installation: none unless the demo was loaded."""
    addresses = [email for email, _label in DEMO_LOGINS]
    there = set(db.session.scalars(select(User.email).where(User.email.in_(addresses), User.active)))
    return [DemoLogin(email, label) for email, label in DEMO_LOGINS if email in there]


@dataclass(frozen=True)
class SignedIn:
    """A living session and what a request must know of it."""

    user: User
    session_id: int
    methods: str
    seen_at: datetime
    second_factor_for_staff: bool


# Built once: every click of somebody who is signed in begins with it.
_SIGNED_IN = (
    select(
        User,
        UserSession.id,
        UserSession.methods,
        UserSession.seen_at,
        select(Policy.value["on"].as_boolean()).where(Policy.key == STAFF_SECOND_FACTOR).scalar_subquery(),
    )
    .join(UserSession, UserSession.user_id == User.id)
    .options(joinedload(User.grants))
    .where(User.fs_uniquifier == bindparam("uniquifier"), User.active)
    .where(UserSession.key_hash == bindparam("key_hash"), UserSession.ended_at.is_(None))
    .where(UserSession.seen_at > bindparam("alive_since"))
)


def signed_in_user(uniquifier: str, key_hash: str, *, at: datetime) -> SignedIn | None:
    """The active user of a living session, with the grants and the installation's policy, all in one query."""
    values = {"uniquifier": uniquifier, "key_hash": key_hash, "alive_since": at - SESSION_LASTS}
    row = db.session.execute(_SIGNED_IN, values).unique().one_or_none()
    if row is None:
        return None
    user, session_id, methods, seen_at, chosen = row
    return SignedIn(user, session_id, methods, seen_at, bool(chosen))


def sessions_of(user: User, *, at: datetime) -> list[UserSession]:
    """The living sessions of the user, those used last first."""
    query = select(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    return list(db.session.scalars(query.where(UserSession.seen_at > at - SESSION_LASTS).order_by(UserSession.seen_at.desc())))


def passkeys_of(user: User) -> list[Passkey]:
    """The passkeys of the user, oldest first."""
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))


def recovery_codes_left(user: User) -> int:
    """How many recovery codes the user has not used yet."""
    query = select(RecoveryCode.id).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return len(db.session.scalars(query).all())


def second_factor_for_staff() -> Policy | None:
    """The choice whether the vendor's people need a second factor, if anybody has made it."""
    return db.session.get(Policy, STAFF_SECOND_FACTOR)
