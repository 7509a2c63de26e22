"""Logins, by address and in a list."""

from dataclasses import dataclass

from sqlalchemy import select

from eventapp.accounts.demo import DEMO_LOGINS
from eventapp.accounts.models import User
from eventapp.core.db import db


def user_by_address(address: str) -> User | None:
    """The login with this address in normal form."""
    return db.session.scalar(select(User).where(User.email == address))


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
