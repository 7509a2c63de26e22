"""The chain of the log: who writes at once follows one another, and whatever is changed afterwards is found."""

import multiprocessing
import time
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from eventapp.audit import chain
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import NamedActor, erase, record
from eventapp.core.db import at_commit, db, reading, rollback, table, transaction
from eventapp.core.doors import Door, through
from eventapp.partners.models import Country
from tests.conftest import NOW
from tests.support import factories

OLGA = NamedActor("Olga")
WRITERS = 20
EACH = 10


def note(name: str, **values: Any) -> None:
    record("company.change", by=OLGA, at=NOW, object_type="organisation", object_id=7, object_name=name, **values)


def notes(*names: str) -> None:
    for name in names:
        with transaction():
            note(name, changes={"city": ["Wien", "Graz"], "employees": 5, "domains": ["a.example"]}, person_id=3)


def give_up() -> None:
    with transaction():
        note("never")
        raise ZeroDivisionError


def give_up_inside() -> None:
    with db.session.begin_nested():
        note("inside")
        with db.session.begin_nested():
            note("deeper, released")
        raise ZeroDivisionError


def clash() -> None:
    with db.session.begin_nested():
        note("inside")
        db.session.add(Country(code="AT", name="Austria again", sub_region_key="x"))
        db.session.flush()


def verify(*, everything: bool = True) -> chain.Found:
    with reading():
        found = chain.verify(everything=everything)
        rollback()
    return found


def damage(statement: str, **values: Any) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


def ids() -> list[int]:
    found = list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))
    db.session.rollback()
    return found


def names() -> list[str]:
    found = list(db.session.scalars(select(AuditEntry.object_name).order_by(AuditEntry.id)))
    db.session.rollback()
    return found


def test_an_empty_log_is_whole(app: Flask) -> None:
    found = verify()
    assert found == ([], chain.GENESIS, 0, 0, 0)


def test_each_entry_follows_the_one_before(app: Flask) -> None:
    notes("A", "B")
    with transaction():
        note("C")
        note("D\x00 \ud800 ünï", changes={"note": "a\x00b\ud800", "share": 0.1, "big": 2**60, "when": NOW})
    rows = db.session.execute(select(AuditEntry.hash, AuditEntry.content_hash).order_by(AuditEntry.id)).all()
    previous = chain.GENESIS
    for own, content in rows:
        assert own == chain.link(previous, content)
        previous = own
    assert chain.head() == previous
    db.session.rollback()
    found = verify()
    assert (found.broken, found.head, found.entries, found.unsealed, found.erased) == ([], previous, 4, 0, 0)
    assert verify(everything=False).broken == []


def test_a_rollback_leaves_neither_entry_nor_gap(app: Flask) -> None:
    notes("A")
    with pytest.raises(ZeroDivisionError):
        give_up()
    note("never either")
    db.session.rollback()
    notes("B")
    assert names() == ["A", "B"]
    assert verify().broken == []


def test_a_savepoint_takes_its_entries_along(app: Flask) -> None:
    with transaction():
        note("before")
        with pytest.raises(ZeroDivisionError):
            give_up_inside()
        with db.session.begin_nested():
            note("kept")
        note("after")
    assert names() == ["before", "kept", "after"]
    assert verify().broken == []


def test_a_failing_flush_inside_a_savepoint(app: Flask) -> None:
    company = factories.organisation()
    with transaction():
        note("before")
        with pytest.raises(IntegrityError):
            clash()
        note("after", organisation_id=company.id)
    assert names()[-2:] == ["before", "after"]


def test_a_library_that_commits_by_itself_seals_as_well(app: Flask) -> None:
    note("A")
    db.session.commit()
    assert names() == ["A"]
    assert verify().broken == []


def test_reading_refuses_entries(app: Flask) -> None:
    with reading(), pytest.raises(RuntimeError, match="never writes"):
        note("A")
    assert at_commit.__doc__


def test_the_head_is_locked_last_and_in_few_statements(app: Flask, count_queries: Any) -> None:
    event, company = factories.event(), factories.organisation()
    with count_queries() as queries:
        factories.register(event, company, *(factories.attendee() for _n in range(3)))
    written = [s for s in queries.statements if "audit_" in s]
    assert len(written) == 3
    assert queries.statements[-3:] == written
    assert written[0].lstrip().startswith("SELECT audit_head")
    assert written[1].startswith("INSERT INTO audit_entry")
    assert written[2].startswith("UPDATE audit_head")


def writer(app: Flask, number: int, gate: Any, tell: Connection) -> None:
    """One of many processes that write at once, some of whose transactions are given up."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose(close=False)
        gate.wait(timeout=60)
        try:
            for n in range(EACH):
                try:
                    with transaction():
                        note(f"{number} {n} first")
                        note(f"{number} {n} second")
                        if n % 5 == 4:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
            tell.send("done")
        except Exception as error:
            tell.send(f"{type(error).__name__}: {error}")
        db.session.remove()


@pytest.mark.timeout(120)
def test_twenty_processes_make_one_chain(app: Flask) -> None:
    context = multiprocessing.get_context("fork")
    db.session.remove()
    db.engine.dispose()
    gate, lines = context.Barrier(WRITERS), [context.Pipe() for _n in range(WRITERS)]
    processes = [context.Process(target=writer, args=(app, n, gate, theirs), daemon=True) for n, (_o, theirs) in enumerate(lines)]
    for process in processes:
        process.start()
    assert {ours.recv() for ours, _theirs in lines} == {"done"}
    for process in processes:
        process.join(timeout=20)
    found = verify()
    assert found.broken == []
    assert found.entries == WRITERS * (EACH - EACH // 5) * 2
    # The two entries of one transaction stand together.
    written = names()
    assert all(a.rsplit(" ", 1)[0] == b.rsplit(" ", 1)[0] for a, b in zip(written[::2], written[1::2], strict=True))


TAMPERING = [
    ("UPDATE audit_entry SET actor = 'Eve' WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET at = :when WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET changes = '{}' WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET person_id = NULL WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET door = 'page' WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET on_behalf = 'B' WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET content_hash = 'x' WHERE id = :second", "was changed", "second"),
    ("UPDATE audit_entry SET hash = 'x' WHERE id = :second", "does not follow", "second"),
    ("UPDATE audit_entry SET hash = NULL WHERE id = :second", "was put in", "second"),
    ("DELETE FROM audit_entry WHERE id = :second", "does not follow", "third"),
    ("DELETE FROM audit_entry WHERE id = :first", "does not follow", "second"),
    ("DELETE FROM audit_entry WHERE id = :last", "the head says", None),
    ("DELETE FROM audit_entry", "the head says", None),
    ("DELETE FROM audit_head", "the head says nothing", None),
    ("UPDATE audit_head SET hash = 'x'", "the head says", None),
    ("UPDATE audit_entry SET id = id + 100 WHERE id = :second", "does not follow", "third"),
    ("UPDATE audit_entry SET erased_at = at, actor = 'Eve' WHERE id = :second", "1 entries have been erased", None),
]


@pytest.mark.parametrize(("statement", "says", "where"), TAMPERING)
def test_tampering_is_found_and_named(app: Flask, statement: str, says: str, where: str | None) -> None:
    notes("A", "B", "C", "D")
    places = dict(zip(("first", "second", "third", "last"), ids(), strict=True))
    values: dict[str, Any] = {name: places[name] for name in places if f":{name}" in statement}
    if ":when" in statement:
        values["when"] = "2020-01-01 00:00:00+00:00" if db.engine.dialect.name == "postgresql" else "2020-01-01 00:00:00.000000"
    damage(statement, **values)
    found = verify().broken
    assert found, statement
    assert says in found[0]
    if where is not None:
        assert found[0].startswith(f"entry {places[where]} ")
    if "erased" not in says:
        assert verify(everything=False).broken


def test_an_entry_that_is_put_in_is_found(app: Flask) -> None:
    notes("A", "B")
    first = ids()[0]
    damage("UPDATE audit_entry SET id = id + 10 WHERE id > :first", first=first)
    row = dict(db.session.execute(select(table(AuditEntry)).where(table(AuditEntry).c.id == first)).one()._mapping)
    row |= {"id": first + 1, "object_name": "put in"}
    row["content_hash"] = chain.content_hash(row)
    row["hash"] = chain.link(row["hash"], row["content_hash"])
    db.session.execute(insert(table(AuditEntry)), row)
    db.session.commit()
    # It fits behind the first, and so the next one does not fit behind it.
    assert "does not follow" in verify().broken[0]
    damage("UPDATE audit_entry SET hash = 'x' WHERE id = :id", id=first + 1)
    assert f"entry {first + 1} " in verify().broken[0]
    assert "was put in" in verify().broken[0]


def test_entries_of_older_versions_are_only_counted(app: Flask) -> None:
    for name in ("older", "old"):
        row = {
            "at": NOW,
            "action": "company.change",
            "actor": "O",
            "object_type": "organisation",
            "object_name": name,
            "changes": {},
        }
        db.session.execute(insert(table(AuditEntry)), row)
    db.session.commit()
    assert verify() == ([], chain.GENESIS, 0, 2, 0)
    notes("A")
    found = verify()
    assert (found.broken, found.entries, found.unsealed) == ([], 1, 2)


def test_erasing_names_keeps_the_chain(app: Flask) -> None:
    with transaction():
        record(
            "registrations.substitute",
            by=NamedActor("ada@lang.example"),
            at=NOW,
            object_type="registration",
            object_id=1,
            object_name="Ada Lang",
            person_id=3,
            changes={"person": ["Ada Lang", "Ben Moser"], "status": "confirmed", "badge_name": "Adi"},
        )
        record(
            "person.add", by=OLGA, at=NOW, object_type="person", object_id=4, object_name="Ben Moser", changes={"by": "ADA LANG"}
        )
        note("Adler GmbH")
    hashes = db.session.scalars(select(AuditEntry.hash).order_by(AuditEntry.id)).all()
    db.session.rollback()
    with transaction():
        done = erase(AuditEntry.id > 0, ["Ada Lang", "ada@lang.example", ""], person_id=3, by=OLGA, at=NOW)
    assert done == 2
    first, second, third, told = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.hash for entry in (first, second, third)] == hashes
    assert (first.actor, first.object_name, first.salt) == ("erased person", "erased person", "")
    assert first.changes == {"person": ["•••", "•••"], "status": "confirmed", "badge_name": "•••"}
    assert (second.object_name, second.changes) == ("Ben Moser", {"by": "•••"})
    assert third.erased_at is None
    assert (told.action, told.changes) == ("log.erase", {"entries": 2})
    db.session.rollback()
    found = verify()
    assert (found.broken, found.erased) == ([], 2)
    with transaction():
        assert erase(AuditEntry.id > 0, ["Ada Lang"], by=OLGA, at=NOW) == 0
        assert erase(AuditEntry.id > 0, ["Ben Moser"], by=OLGA, at=NOW) == 1
    assert verify().broken == []


@pytest.mark.timeout(120)
def test_many_entries_are_sealed_and_followed_quickly(app: Flask) -> None:
    began = time.perf_counter()
    with through(Door.IMPORT), transaction():
        for n in range(10_000):
            note(f"Company {n}", changes={"city": ["Wien", "Graz"]})
    sealed = time.perf_counter() - began
    began = time.perf_counter()
    found = verify()
    followed = time.perf_counter() - began
    assert (found.broken, found.entries) == ([], 10_000)
    assert sealed < 20, sealed
    assert followed < 10, followed
    assert verify(everything=False).entries == chain.LATEST


def test_a_log_without_its_head_begins_anew(app: Flask, now: datetime) -> None:
    notes("A")
    damage("DELETE FROM audit_entry")
    damage("DELETE FROM audit_head")
    notes("B")
    assert verify().broken == []
