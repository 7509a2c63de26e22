"""The second wall between partners: on Postgres the database itself shows a partner's request no row of another company.

Row-level security (migration 0006) looks at settings of the transaction. Without them everything is visible: to the
vendor's staff, commands, the worker, and to the services that `saving` calls, which act for the whole installation.
SQLite knows no row-level security; there the scope in the queries stands alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass

from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from eventapp.core.db import db


@dataclass(frozen=True)
class Wall:
    """What stands in front of the wall: companies, the own person and the own login, by id."""

    company_ids: frozenset[int]
    person_id: int | None
    user_id: int

    def settings(self) -> dict[str, str]:
        """The values of the transaction's settings. 0 is nobody's id: an empty value would mean that there is no wall."""
        return {
            "companies": ",".join(map(str, sorted(self.company_ids))) or "0",
            "person": str(self.person_id or 0),
            "login": str(self.user_id),
        }


NO_WALL = {"companies": "", "person": "", "login": ""}
_SET = text(
    "SELECT set_config('eventapp.companies', :companies, true), set_config('eventapp.person', :person, true),"
    " set_config('eventapp.login', :login, true)"
)
_wall: ContextVar[Wall | None] = ContextVar("wall", default=None)


def stand_behind(wall: Wall) -> Token[Wall | None]:
    """From here on, in this request, transactions see only what stands in front of the wall."""
    token = _wall.set(wall)
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(_SET, wall.settings())
    return token


def leave(token: Token[Wall | None]) -> None:
    """The request has ended."""
    _wall.reset(token)


@contextmanager
def whole() -> Iterator[None]:
    """Inside, everything is visible: for services, and for questions whose answer tells nothing about others."""
    wall = _wall.get()
    if wall is None:
        yield
        return
    token = _wall.set(None)
    _renew(NO_WALL)
    try:
        yield
    finally:
        _wall.reset(token)
        _renew(wall.settings())


def _renew(values: dict[str, str]) -> None:
    if db.session().in_transaction() and db.session().is_active and db.engine.dialect.name == "postgresql":
        db.session.execute(_SET, values)


@event.listens_for(Session, "after_begin")
def _carry_over(_session: Session, _transaction: object, connection: Connection) -> None:
    """A transaction's settings end with it; the next one of the same request gets them too."""
    wall = _wall.get()
    if wall is not None and connection.dialect.name == "postgresql":
        connection.execute(_SET, wall.settings())
