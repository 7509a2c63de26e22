"""The second wall between partners: on Postgres the database itself shows a partner's request no row of another company.

Row-level security (migration 0006) looks at settings of the transaction. Without them everything is visible: to the
vendor's staff, commands, the worker, and to the services that `saving` calls, which act for the whole installation.
SQLite knows no row-level security; there the scope in the queries stands alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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


def stand_behind(wall: Wall) -> None:
    """From here on the session's transactions see only what stands in front of the wall. A request has its own session."""
    session = db.session()
    session.info["wall"] = wall
    if session.connection().dialect.name == "postgresql":
        session.execute(_SET, wall.settings())


@contextmanager
def whole() -> Iterator[None]:
    """Inside, everything is visible: for services, and for questions whose answer tells nothing about others."""
    session = db.session()
    wall: Wall | None = session.info.pop("wall", None)
    if wall is None:
        yield
        return
    _renew(session, NO_WALL)
    try:
        yield
    finally:
        session.info["wall"] = wall
        _renew(session, wall.settings())


def _renew(session: Session, values: dict[str, str]) -> None:
    if not session.in_transaction() or not session.is_active or session.get_bind().dialect.name != "postgresql":
        return
    # A connection that broke has no transaction any more whose settings could be renewed; the next one gets them anyway.
    if not session.connection().invalidated:
        session.execute(_SET, values)


@event.listens_for(Session, "after_begin")
def _carry_over(session: Session, _transaction: object, connection: Connection) -> None:
    """A transaction's settings end with it; the next one of the same request gets them too."""
    wall: Wall | None = session.info.get("wall")
    if wall is not None and connection.dialect.name == "postgresql":
        connection.execute(_SET, wall.settings())
