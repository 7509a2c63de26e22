"""Our own export, imported again: nothing changes, whatever a registration is and whatever its cells hold."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventapp.core import exports as files
from eventapp.core.db import db, reading, transaction
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.lifecycle import erasing
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.undo import undo
from eventapp.partners.models import ImportRow, Organisation, Person, PersonEmail, RowOutcome
from eventapp.places.models import Booking
from eventapp.registrations import exports, queries
from eventapp.registrations.imports import service
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus
from eventapp.registrations.plus_ones.service import bring
from tests.conftest import NOW
from tests.partners.files import BY, table
from tests.registrations.conftest import Firm
from tests.support import factories

NAMES = [
    ("=1+1", "@SUM(A1)"),
    ("Ana;Maria", 'Q"uote'),
    ("'=x", "-5"),
    ("\uff1dwide", "Łukasz"),
    ("O'Neill", "'plain"),
    ("+43", "x"),
]
# Clocks in Vienna show 02:30 twice on that day; this is the second time, at a moment that no file keeps to its end.
TWICE = datetime(2026, 10, 25, 1, 30, 59, 912345, tzinfo=UTC)
FORMATS = [*sorted(files.PRESETS), "xlsx"]


@pytest.fixture
def event(firm: Firm) -> Event:
    """People in every status, one of them twice, one erased, one who comes along, two of one name."""
    made = factories.event(slug="summit", title="Summit", format=EventFormat.HYBRID, join_url="https://meet.example/x")
    made.plus_ones = 1
    company = factories.organisation("=cmd|' /C calc'!A0", programme_id="KP-000123")
    factories.organisation("=cmd|' /C calc'!A0", programme_id=None)
    for n, ((given, family), status) in enumerate(zip(NAMES, RegistrationStatus, strict=True)):
        one = factories.registration(
            *(made, company, given, family), email=f"p{n}@x.example", note="+43 1 234", badge_name="=A1", mode=list(Mode)[n % 2]
        )
        one.status, one.registered_at = status, TWICE + timedelta(minutes=n)
        one.cancelled_at = NOW if status in ENDED else None
    again = factories.registration(made, company, *NAMES[4], email="p4@x.example")
    again.checked_in_at, again.registered_at = NOW, TWICE + timedelta(hours=3)
    host = factories.registration(made, company, "Ida", "Twin", email="ida@x.example")
    factories.registration(made, company, "Ida", "Twin", email="other@x.example")
    bring(queries.by_token(host.token), "+Inês", "Óváry", by=factories.TESTS, at=NOW)
    gone = factories.registration(made, firm.company, "Ada", "Lang", email="ada@donau.example")
    claimed = factories.registration(made, company, "Cleo", "Claim", email="cleo@x.example")
    claimed.claim = "-Nobody's"
    for person in db.session.scalars(select(Person)):
        person.phone = "+43123456789"
    factories.commit()
    with transaction():
        erasing.erase(gone.person_id, by=BY, now=NOW)
    db.session.expire_all()
    return made


def written(event: Event, name: str, without: Sequence[str] = ()) -> bytes:
    """The export in that format, without some of its columns."""
    with reading():
        shown = [column for column in exports.columns() if column.header not in without]
        kept = [n for n, column in enumerate(exports.columns()) if column.header not in without]
        rows = ([row[n] for n in kept] for row in exports.rows(event))
        content = b"".join(files.write(rows, shown, name, title=event.title, zone=event.time_zone))
    db.session.rollback()
    return content


def taken(event: Event, content: bytes) -> list[ImportRow]:
    with transaction():
        batch = service.begin(event, "r.csv", content, by=BY, at=NOW)
        imports.apply(batch.id, by=BY, at=NOW)
        batch_id = batch.id
    db.session.expire_all()
    return list(db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch_id).order_by(ImportRow.record)))


def everything() -> list[Any]:
    """All rows that an import could touch, as they stand."""
    db.session.rollback()
    tables = (model.__table__ for model in (Registration, Booking, Person, PersonEmail, Organisation))
    return [[tuple(row) for row in db.session.execute(select(one).order_by(*one.primary_key))] for one in tables]


@pytest.mark.parametrize("name", FORMATS)
def test_our_own_export_changes_nothing(event: Event, name: str) -> None:
    content, before = written(event, name), everything()
    with reading():
        found = service.dry_run(event, content, at=NOW)
    db.session.rollback()
    assert (found["unchanged"], found["records_read"], found["rejected_rows"]) == (12, 12, [])
    rows = taken(event, content)
    assert [(row.outcome, row.reason, row.warnings) for row in rows] == [(RowOutcome.UNCHANGED, "", [])] * 12
    assert everything() == before


@pytest.mark.parametrize("name", FORMATS)
def test_without_its_codes_people_are_known_by_address(event: Event, name: str) -> None:
    """As from a list of fewer columns. The guest of one of two with the same name, and who was erased, cannot be told."""
    content, before = written(event, name, without=("code",)), everything()
    rows = taken(event, content)
    told = [row for row in rows if row.reason not in ("no_host", "invalid_email")]
    assert {row.outcome for row in told} == {RowOutcome.UNCHANGED}
    assert (len(rows), len(told)) == (12, 10)
    assert everything() == before


def test_what_an_event_lacks_comes_back(event: Event) -> None:
    """Into another event rows go with what they held; only places in a queue are not given."""
    content = written(event, "excel-eu")
    other = factories.event(slug="other", format=EventFormat.HYBRID, join_url="https://meet.example/x")
    with transaction():
        # Nobody is known but by the file.
        for address in db.session.scalars(select(PersonEmail)):
            address.address = f"old-{address.address}"
    rows = taken(other, content)
    waiting = [row for row in rows if row.reason == "open_elsewhere"]
    assert [row.key for row in waiting] == [f"p{n}@x.example" for n in (0, 2, 3)]
    made = {one.name: one for one in db.session.scalars(select(Registration).where(Registration.event_id == other.id))}
    one = made['Ana;Maria Q"uote']
    assert (one.note, one.badge_name, one.status) == ("+43 1 234", "=A1", RegistrationStatus.CONFIRMED)
    assert db.session.get_one(Person, one.person_id).phone == "+43123456789"
    declined = made["+43 x"]
    assert (declined.status, declined.cancelled_at, declined.checked_in_at) == (RegistrationStatus.DECLINED, NOW, None)
    assert declined.registered_at == (TWICE + timedelta(minutes=5)).replace(microsecond=0)
    with transaction():
        undo(rows[0].batch_id, by=BY, at=NOW)
    assert db.session.scalars(select(Registration).where(Registration.event_id == other.id)).all() == []


def test_a_code_counts_only_for_its_person(event: Event, firm: Firm) -> None:
    one = db.session.scalars(select(Registration).where(Registration.name == "Ida Twin").order_by(Registration.id)).first()
    assert one is not None
    row = {"code": one.code, "given_name": "Ben", "family_name": "Moser", "email": "ben@donau.example"}
    rows = taken(event, table([{**row, "company": firm.company.name}]))
    assert [(found.outcome, found.warnings) for found in rows] == [(RowOutcome.CREATE, [["other_code", one.code]])]
    rows = taken(
        event,
        table(
            [
                {"code": one.code, "given_name": "IDA", "family_name": "Twin", "status": "checked in", "email": "new@x.example"},
                {"code": one.code, "given_name": "Ida", "family_name": "Twin", "status": "cancelled", "email": "ida@x.example"},
            ]
        )
        .replace(b"email", b"email;company", 1)
        .replace(b"x.example\r\n", b"x.example;Isar\r\n"),
    )
    assert [found.outcome for found in rows] == [RowOutcome.UPDATE, RowOutcome.REPEAT]
    db.session.refresh(one)
    assert one.checked_in_at == event.starts_at


def test_a_column_with_the_zone_counts(event: Event, firm: Firm) -> None:
    row = {"company": firm.company.name, "given_name": "B", "registered_at": "2026-12-01 10:00"}
    zones = ("America/New_York", "", "Nowhere/Land")
    rows = taken(event, table([{**row, "email": f"b{n}@x.example", "times_in_zone": zone} for n, zone in enumerate(zones)]))
    made = [db.session.get_one(Registration, one.object_id).registered_at.hour for one in rows]
    assert made == [15, 9, 9]
