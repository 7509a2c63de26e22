"""The list of last year's conference from another tool, against what must be found in it; then undone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db, reading, transaction
from eventapp.events.models import Event, EventFormat
from eventapp.overview import doctor
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.undo import undo
from eventapp.partners.models import ImportBatch, ImportKind, Membership, Organisation, Person
from eventapp.places.models import Booking
from eventapp.registrations.imports import queries, service
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.conftest import NOW
from tests.partners.files import BY, DATA, run
from tests.support import factories

FILE = DATA / "last-year-attendees.csv"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text())["attendees"]
STARTS, ENDS = datetime(2026, 5, 19, 7, 0, tzinfo=UTC), datetime(2026, 5, 21, 15, 0, tzinfo=UTC)


@pytest.fixture
def event(app: Flask) -> Event:
    run(ImportKind.PARTNERS, (DATA / "partners.csv").read_bytes())
    run(ImportKind.PEOPLE, (DATA / "contacts.csv").read_bytes())
    # Fewer places than came: what another tool has confirmed stands, visibly above them.
    made_at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    return factories.event(
        slug="epc-2026", format=EventFormat.IN_PERSON, capacity=1000, starts_at=STARTS, ends_at=ENDS, at=made_at
    )


def sizes() -> dict[str, int]:
    db.session.rollback()
    models = (Registration, Booking, Person, Membership)
    return {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models}


def damage() -> list[Any]:
    with doctor.snapshot():
        return [(r.check.name, r.details) for r in doctor.examine(NOW) if r.found and r.check.name != "mail"]


def compare(found: dict[str, Any]) -> None:
    """What the import found against the counts that come with the file."""
    assert found["records_read"] == EXPECTED["records_read"]
    for name in ("by_status", "by_ticket", "first_check_in", "last_check_in", "check_ins_by_day"):
        assert found[name] == EXPECTED[name], name
    for name, value in EXPECTED["people"].items():
        assert found["people"][name] == value, name
    wanted = {name: value for name, value in EXPECTED["company_matching"].items() if isinstance(value, int)}
    assert {name: found["company_matching"][name] for name in wanted} == wanted
    by_country = [(r["record"], r["company"], r["programme_id"]) for r in found["company_matching"]["country_decides"]]
    assert by_country == [(r["record"], r["firma"], r["truth"]) for r in EXPECTED["company_matching"]["country_decides"]]
    rows = found["company_matching"]["unmatched_rows"]
    assert [(r["record"], r["line"], r["candidates"]) for r in rows] == [
        (r["record"], r["line"], r["candidates"]) for r in EXPECTED["company_matching"]["unmatched_rows"]
    ]


def test_last_years_list_is_taken_in_decided_and_taken_back(event: Event) -> None:
    content, before = FILE.read_bytes(), sizes()
    with reading():
        compare(service.dry_run(event, content, at=NOW))
    assert sizes() == before, "a dry run writes nothing"
    with transaction():
        batch = service.begin(event, "last-year.csv", content, by=BY, at=NOW)
        batch_id, found = batch.id, imports.apply(batch.id, by=BY, at=NOW)
    compare(found)
    assert (found["registrations_created"], found["unsure"]) == (1090, 12)

    # Every one of them belongs to the right company: nothing was guessed wrong.
    truth = EXPECTED["company_of_each_record"]
    query = select(imports.ImportRow.record, Organisation.programme_id).where(imports.ImportRow.batch_id == batch_id)
    query = query.join(Registration, Registration.id == imports.ImportRow.object_id)
    rows = db.session.execute(query.join(Organisation, Organisation.id == Registration.organisation_id)).all()
    assert len(rows) == 1090
    assert [record for record, programme_id in rows if truth[record - 1] != programme_id] == []

    _decide(batch_id)
    statuses = dict(db.session.execute(select(Registration.status, func.count()).group_by(Registration.status)).all())
    assert statuses == {RegistrationStatus.CONFIRMED: 1040, RegistrationStatus.CANCELLED: 62}
    came = select(func.count(func.distinct(Registration.organisation_id))).where(Registration.checked_in_at.is_not(None))
    assert db.session.scalar(came) == EXPECTED["truth"]["companies_checked_in"]
    pool = event.pool
    db.session.refresh(pool)
    assert (pool.taken, pool.overbooked) == (1040, 40)
    assert damage() == []

    with transaction():
        again = service.begin(event, "last-year.csv", content, by=BY, at=NOW)
        second = imports.apply(again.id, by=BY, at=NOW)
    names = ("registrations_created", "unchanged", "unsure", "rejected", "conflicts")
    assert {name: second[name] for name in names} == dict.fromkeys(names, 0) | {"unchanged": 1102}
    with transaction():
        undo(batch_id, by=BY, at=NOW)
    assert sizes() == before
    db.session.refresh(pool)
    assert (pool.taken, pool.overbooked) == (0, 0)
    assert damage() == []


def _decide(batch_id: int) -> None:
    """As somebody would: the first suggestion, which for these names is right."""
    truth = EXPECTED["company_of_each_record"]
    batch = db.session.get_one(ImportBatch, batch_id)
    waiting = queries.questions(batch)
    assert len(waiting) == 11, "one name stands in two rows, and is asked once"
    for question in waiting:
        programme_id = truth[question.rows[0].record - 1]
        company = db.session.scalars(select(Organisation).where(Organisation.programme_id == programme_id)).one()
        with transaction():
            service.decide(batch, question, company, by=BY, at=NOW)
    assert queries.waiting(batch_id) == 0
