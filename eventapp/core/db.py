"""The database: base class, column types, transactions. The only file that commits.

A GET reads only. A POST reads as well, until `saving` opens the one transaction in which it writes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import JSON, CursorResult, Date, DateTime, Engine, Enum, Insert, Integer, MetaData, String, Table, event, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, make_transient_to_detached, registry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

MAX_ID = 2**31 - 1

WRITING = "BEGIN IMMEDIATE"
_PLAN_FOR_VALUES = "SET LOCAL plan_cache_mode TO force_custom_plan; SET LOCAL cursor_tuple_fraction TO 1"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Takes aware values only and gives them back in UTC; SQLite by itself drops the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What lists sorted by a moment read out of the key of their next page."""
        return datetime

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuses a moment without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Puts the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """On SQLite straight from the text that it keeps: three times as fast, which long lists and exports feel."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return lambda text: None if text is None else datetime.fromisoformat(f"{text}+00:00")


class utc_text(FunctionElement[str]):
    """A moment as text in UTC, like `2027-05-18 09:15:00.000000`: what SQLite keeps, and Postgres makes of its own.

    For files of many rows, which write most moments as text again.
    """

    type = String()
    inherit_cache = True


@compiles(utc_text)
def _kept_text(element: utc_text, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(utc_text, "postgresql")
def _made_text(element: utc_text, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **how)} AT TIME ZONE 'UTC' AS VARCHAR)"


class Base(DeclarativeBase):
    """Base of all tables: named constraints, moments in UTC."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING_CONVENTION),
        type_annotation_map={
            datetime: UtcDateTime(),
            date: Date(),
            int: Integer(),
            dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
            list[Any]: JSON().with_variant(JSONB(), "postgresql"),
        },
    )


def text_enum(values: type[StrEnum], length: int = 24, *, name: str = "") -> Enum:
    """A column type for an enum kept as text with a CHECK, alike on both databases.

    The CHECK is called after the enum; a second column of the same one in a table needs a `name` for its own.
    """
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=length,
        name=name or values.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class OneEngine(FlaskSession):
    """A session on the one engine there is. The library would look for it anew, table by table, for each statement."""

    _engine: Engine | None = None

    def get_bind(self, *_for: Any, bind: Engine | Connection | None = None, **_what: Any) -> Engine | Connection:
        """The engine, or the connection that the caller names."""
        if bind is not None:
            return bind
        if self._engine is None:
            self._engine = self._db.engine
        return self._engine


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False, "class_": OneEngine})

_access: ContextVar[str] = ContextVar("access", default="write")


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside may only read: SQLite takes no write lock, and a flush is refused.

    Such a transaction goes on after it. Whoever writes next ends it with `rollback` first: SQLite refuses to make one that
    only reads into one that writes as soon as anybody else has written, and does not wait for that.
    """
    token = _access.set("read")
    try:
        yield
    finally:
        _access.reset(token)


def begin_reading() -> Callable[[], None]:
    """Like `reading`, for a request: returns the function that ends it, and the transaction that only read with it."""
    token = _access.set("read")

    def end() -> None:
        end_reading()
        _access.reset(token)

    return end


def end_reading() -> None:
    """Commits what only read. At a rollback the driver for Postgres forgets the statements that the server has prepared,
    and each would be parsed anew for each request.

    What was changed in memory only, or was being written, is given up.
    """
    session = db.session()
    if not session.in_transaction():
        return
    if session.info.get("writes") or session.new or session.dirty or session.deleted:
        rollback()
        return
    try:
        session.commit()
    except SQLAlchemyError:
        rollback()  # broken before: whoever used it has said so


@contextmanager
def writing() -> Iterator[None]:
    """Inside, what only read so far may write.

    On SQLite the transaction that only reads ends here, and the next one begins with the write lock, so that nobody holds
    it while forms are checked and pages are made. What was loaded before is then as old as on Postgres, where every
    statement sees what others have committed meanwhile: on both, services read anew what they decide by, under its lock.
    """
    token = _access.set("write")
    try:
        if db.engine.dialect.name == "sqlite":
            db.session.commit()  # nothing was written; objects stay as they were loaded
        db.session.info["writes"] = True  # until it is committed or given up
        yield
    finally:
        _access.reset(token)


def plan_for_values() -> None:
    """Until the transaction ends, Postgres plans a prepared statement for its values each time, and one whose rows come as
    they are asked for as one that is read to its end.

    For lists and files: which of their rows are asked for depends on values too much. With one plan for all of them, which
    spares most others half of their time there, the list of plans that are behind took 3 seconds and not 0.14.
    """
    if db.engine.dialect.name != "sqlite":
        driver: Any = db.session.connection().connection.driver_connection
        driver.execute(_PLAN_FOR_VALUES)  # past what counts the queries of a page: it reads nothing


@event.listens_for(Session, "before_flush")
def _refuse_writing_reads(session: Session, _context: Any, _instances: Any) -> None:
    if _access.get() == "read" and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a GET never writes")


def table(model: type[Base]) -> Table:
    """The table of a model, for statements that need no objects."""
    return cast(Table, model.__table__)


def write(statement: UpdateBase, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
    """Sends a statement on tables at once, past the session's objects: a quarter of what a flush of one object takes.

    For rows that nobody works on afterwards. While only reading it is refused, like a flush. On the connection and not
    by the session, which would first look for objects in the statement.
    """
    if _access.get() == "read":
        raise RuntimeError("a GET never writes")
    return db.session.connection().execute(statement, values)


@cache
def _inserting(rows: Table) -> Insert:
    return insert(rows).returning(rows.c.id, sort_by_parameter_order=True)


def insert_now(rows: Sequence[Base]) -> None:
    """Writes new objects of one model at once, in their order, and gives them their ids; then they are as if loaded.

    A third of what a flush takes, since nothing has to be found out: there must be an id that the database gives, and
    every other column has its value, its scalar default, or none. What else waits to be flushed goes first.
    """
    db.session.flush()
    if not rows:
        return
    columns = table(type(rows[0])).c
    values: list[dict[str, Any]] = []
    for row in rows:
        state = row.__dict__
        for column in columns:
            if column.key not in state and column.key != "id":
                state[column.key] = getattr(column.default, "arg", None)
        values.append({column.key: state[column.key] for column in columns if column.key != "id"})
    ids = write(_inserting(table(type(rows[0]))), values if len(rows) > 1 else values[0]).scalars().all()
    for row, made in zip(rows, ids, strict=True):
        row.__dict__["id"] = made
        make_transient_to_detached(row)
    db.session.add_all(rows)


def begin_statement() -> str:
    """How a transaction begins on SQLite: with the write lock at once, unless it only reads."""
    return "BEGIN" if _access.get() == "read" else WRITING


Kept = TypeVar("Kept")


def at_commit(write_kept: Callable[[list[Kept]], None], row: Kept) -> None:
    """Keeps `row` until the transaction commits; then `write_kept` gets all rows kept for it, in their order.

    What it writes are the last statements of the transaction, so a lock that it takes is the last one taken, and held
    for the shortest time. Rows kept since a savepoint that is rolled back are forgotten with it. While only reading it
    is refused, like a flush.
    """
    if _access.get() == "read":
        raise RuntimeError("a GET never writes")
    session = db.session()
    if not session.in_transaction():
        session.begin()  # else there would be nothing that a rollback could end, and the row would be kept on
    kept = session.info.setdefault("at_commit", {}).setdefault(write_kept, [])
    kept.append((row, session.get_nested_transaction()))


@event.listens_for(Session, "before_commit")
def _write_kept(session: Session) -> None:
    """However the transaction is committed, also by a library. A savepoint has a commit of its own, and must wait."""
    if "at_commit" in session.info and not session.in_nested_transaction():
        session.flush()
        for write_kept, kept in session.info.pop("at_commit").items():
            if kept:
                write_kept([row for row, _savepoint in kept])


@event.listens_for(Session, "after_soft_rollback")
def _forget_kept(session: Session, gone: SessionTransaction) -> None:
    while gone.parent is not None and not gone.nested:
        gone = gone.parent  # a flush that failed has ended the savepoint, or the whole transaction, around it
    if gone.parent is None:
        session.info.pop("at_commit", None)
    else:
        for kept in session.info.get("at_commit", {}).values():
            kept[:] = [(row, savepoint) for row, savepoint in kept if not _within(savepoint, gone)]


def _within(savepoint: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while savepoint is not None and savepoint is not outer:
        savepoint = savepoint.parent
    return savepoint is outer


def after_commit(action: Callable[[], None]) -> None:
    """Runs `action` when the current transaction has been committed; forgotten when it is rolled back."""
    db.session.info.setdefault("after_commit", []).append(action)


def commit() -> None:
    """Commits the transaction and runs what waits for it. Called by `saving`, jobs and commands only."""
    db.session.commit()
    db.session.info.pop("writes", None)
    actions = db.session.info.pop("after_commit", [])
    for action in actions:
        action()


def rollback() -> None:
    """Gives up the transaction and what waits for its commit."""
    db.session.info.pop("after_commit", None)
    db.session.rollback()
    db.session.info.pop("writes", None)


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction for a job or a command: commits at the end, rolls back on any error, which goes on."""
    try:
        yield
        commit()
    except BaseException:
        rollback()
        raise
