"""The doctor: green on what the application itself has written, red for each kind of damage, and it changes nothing."""

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from eventapp.audit.service import NamedActor
from eventapp.core.db import db
from eventapp.events import service as events
from eventapp.events.models import EventFormat, EventStatus, Mode
from eventapp.events.service import EventDetails
from eventapp.lifecycle.merging import companies, people
from eventapp.mail.models import OutboxMail
from eventapp.overview import commands, doctor
from eventapp.partners.models import Alias
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Source
from eventapp.registrations.service import Attendee
from tests.overview.conftest import Run
from tests.support import factories

BY = NamedActor("tests")
# With an exception a company's places need not be those of its tier.
EXCEPTIONS = "UPDATE company_quota SET exception = true"
ERRORS = [check.name for check in doctor.CHECKS if not check.warns]


@pytest.fixture
def filled(app: Flask, now: datetime) -> datetime:
    """A hybrid event, and a company with three places: three confirmed, one waiting, one cancelled. Returns the moment."""
    details = EventDetails(
        title="Partner day",
        slug="partner-day",
        summary="",
        description="",
        format=EventFormat.HYBRID,
        venue="Redoute",
        address="",
        city="Wien",
        country_code="AT",
        join_url="https://meet.karmin.example/",
        time_zone="Europe/Vienna",
        starts_at=now + timedelta(days=30),
        ends_at=now + timedelta(days=31),
        registration_opens_at=None,
        registration_closes_at=None,
        contact_email="events@karmin.example",
        sender_name="",
        capacity_in_person=10,
        capacity_virtual=10,
        quotas={"ready": 2, "advanced": 3, "premier": 5, "none": 10},
    )
    event = events.create(details, by=BY, now=now)
    events.change_status(event, EventStatus.PUBLISHED, by=BY, now=now)
    company = factories.organisation("Łódzka Straße GmbH", tier_key="advanced", domain="lodzka.example")
    modes = [Mode.IN_PERSON, Mode.VIRTUAL, Mode.IN_PERSON, Mode.IN_PERSON, Mode.IN_PERSON]
    people = [Attendee(f"Given{n}", f"Family{n}", f"p{n}@lodzka.example", mode) for n, mode in enumerate(modes)]
    first = registrations.register(event, company, people[:1], source=Source.ORGANIZER, by=BY, at=now)
    registrations.cancel(first, reason="", by=BY, at=now)
    registrations.register(event, company, people[1:], source=Source.COMPANY, by=BY, at=now)
    db.session.commit()
    return now


def levels(at: datetime) -> dict[str, str]:
    with doctor.snapshot():
        return {result.check.name: result.level for result in doctor.examine(at)}


def damage(*statements: str) -> None:
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()


def test_what_the_application_writes_is_sound(filled: datetime) -> None:
    statuses = db.session.execute(text("SELECT status, count(*) FROM registration GROUP BY status ORDER BY status"))
    assert [tuple(row) for row in statuses] == [("cancelled", 1), ("confirmed", 3), ("waiting", 1)]
    assert set(levels(filled).values()) == {"ok"}


ONE = "(SELECT min(id) FROM registration WHERE status = 'confirmed')"
OTHER = "(SELECT max(id) FROM registration WHERE status = 'confirmed')"


@pytest.mark.parametrize(
    ("check", "statements"),
    [
        ("pools", ["UPDATE pool SET taken = taken - 1 WHERE taken = 3 AND capacity = 3"]),
        ("pools", ["UPDATE pool SET waiting = 2 WHERE waiting = 1"]),
        ("pools", ["UPDATE pool SET waiting = 0 WHERE waiting = 1"]),
        ("pools", ["UPDATE booking SET state = 'released' WHERE state = 'held'"]),
        ("capacity", ["UPDATE pool SET capacity = 1, overbooked = 7 WHERE capacity = 3"]),
        ("capacity", ["UPDATE pool SET overbooked = 1 WHERE capacity = 10"]),
        ("capacity", ["UPDATE pool SET overbooked = 1 WHERE capacity IS NULL"]),
        ("tallies", ["UPDATE registration_tally SET people = people + 1 WHERE status = 'waiting'"]),
        ("tallies", ["DELETE FROM registration_tally WHERE status = 'cancelled'"]),
        ("tallies", [f"UPDATE registration SET mode = 'virtual' WHERE mode = 'in_person' AND id = {OTHER}"]),
        ("states", ["UPDATE registration SET status = 'confirmed' WHERE status = 'waiting'"]),
        ("states", [f"UPDATE registration SET status = 'waiting' WHERE id = {ONE}"]),
        ("booked_pools", [f"DELETE FROM booking_pool WHERE booking_id = (SELECT booking_id FROM registration WHERE id = {ONE})"]),
        ("booked_pools", ["DELETE FROM company_quota"]),
        ("booked_pools", [f"UPDATE registration SET mode = 'in_person' WHERE mode = 'virtual' AND id = {ONE}"]),
        ("booked_pools", ["UPDATE booking SET waiting_for_id = (SELECT virtual_pool_id FROM event) WHERE state = 'waiting'"]),
        (
            "registered_once",
            [
                "DROP INDEX uq_registration_event_id_person_id",
                f"UPDATE registration SET person_id = (SELECT person_id FROM registration WHERE id = {ONE}) WHERE id = {OTHER}",
            ],
        ),
        ("addresses", [f"DELETE FROM person_email WHERE person_id = (SELECT person_id FROM registration WHERE id = {ONE})"]),
        ("addresses", ["UPDATE person_email SET is_primary = false"]),
        ("company_words", ["DELETE FROM organisation_word WHERE word = 'lodzka'"]),
        ("company_words", ["UPDATE organisation SET programme_id = 'KP-000001'"]),
        ("people_words", ["DELETE FROM person_word WHERE word = 'family3'"]),
        ("people_words", ["UPDATE person SET badge_name = 'Ömi' WHERE given_name = 'Given2'"]),
        ("log", ["UPDATE audit_entry SET actor = 'Somebody else' WHERE action = 'registrations.cancel'"]),
        ("log", ["UPDATE audit_head SET hash = 'made up'"]),
        ("migrations", ["UPDATE alembic_version SET version_num = '0001'"]),
    ],
)
def test_each_damage_is_found(filled: datetime, run: Run, check: str, statements: list[str]) -> None:
    damage(*statements)
    with doctor.snapshot():
        found = {result.check.name: result for result in doctor.examine(filled)}
    assert found[check].level == "error", found
    assert found[check].details
    done = run(commands.doctor)
    assert done.exit_code == 1
    assert f"error    {found[check].check.title}" in done.output


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("tier_places", "UPDATE tier_quota SET places = 2 WHERE tier = 'advanced'"),
        ("tier_places", "UPDATE organisation SET tier_key = 'ready'"),
        ("mail", "UPDATE outbox_mail SET state = 'failed', error = 'no such mailbox'"),
    ],
)
def test_warnings_count_only_when_asked(app: Flask, filled: datetime, check: str, statement: str) -> None:
    damage(statement)
    found = levels(filled)
    assert found.pop(check) == "warning"
    assert set(found.values()) == {"ok"}


@pytest.mark.parametrize("capacity", ["4", "NULL"])
def test_a_free_place_that_somebody_waits_for_is_a_warning(filled: datetime, capacity: str) -> None:
    damage(EXCEPTIONS, f"UPDATE pool SET capacity = {capacity} WHERE capacity = 3")
    found = levels(filled)
    assert found.pop("idle_places") == "warning"
    assert set(found.values()) == {"ok"}


def test_a_group_that_does_not_fit_yet_may_hold_the_queue(filled: datetime) -> None:
    damage("UPDATE booking SET size = 2 WHERE state = 'waiting'", "UPDATE pool SET capacity = 4 WHERE capacity = 3")
    assert levels(filled)["idle_places"] == "ok"
    damage("UPDATE pool SET capacity = 5 WHERE capacity = 4")
    assert levels(filled)["idle_places"] == "warning"


def test_command_answers_with_its_exit_code(filled: datetime, run: Run) -> None:
    # The mails of the fixture were written in another year: by the clock of the command they wait, or are yet to come.
    damage("UPDATE outbox_mail SET state = 'sent'")
    good = run(commands.doctor, "--strict", "--json")
    assert good.exit_code == 0
    answer = json.loads(good.stdout)
    assert (answer["ok"], answer["errors"], answer["warnings"]) == (True, 0, 0)
    assert {line["name"] for line in answer["checks"]} == {check.name for check in doctor.CHECKS}
    assert f"{len(doctor.CHECKS)} checks, 0 errors, 0 warnings" in run(commands.doctor).output
    damage(EXCEPTIONS, "UPDATE pool SET capacity = 4 WHERE capacity = 3")
    assert run(commands.doctor).exit_code == 0
    strict = run(commands.doctor, "--strict", "--json")
    assert strict.exit_code == 1
    warned = [line for line in json.loads(strict.stdout)["checks"] if not line["ok"]]
    assert [(line["name"], line["level"], line["found"]) for line in warned] == [("idle_places", "warning", 1)]


def test_mail_that_waits_is_stuck_after_a_while(filled: datetime) -> None:
    assert levels(filled + timedelta(minutes=10))["mail"] == "ok"
    assert levels(filled + timedelta(minutes=20))["mail"] == "warning"


def test_many_findings_are_counted_and_the_first_shown(filled: datetime, run: Run) -> None:
    damage("DELETE FROM person_word", "DELETE FROM organisation_word")
    for n in range(12):
        factories.person(None, f"More{n}")
    damage("DELETE FROM person_word")
    done = run(commands.doctor, "--json")
    found = next(line for line in json.loads(done.stdout)["checks"] if line["name"] == "people_words")
    assert found["found"] == 17
    assert len(found["details"]) == 10
    assert "and 7 more" in run(commands.doctor).output


def test_aliases_are_among_the_words(filled: datetime) -> None:
    company = factories.organisation("Alias GmbH")
    db.session.add(Alias(organisation_id=company.id, name="Nordlicht"))
    db.session.commit()
    assert levels(filled)["company_words"] == "error"


def test_whoever_was_merged_need_not_be_found(filled: datetime) -> None:
    company, other = factories.organisation("Donau GmbH", domain="donau.example"), factories.organisation("Isar AG")
    kept = factories.person(company, "Anna", "Auer", "anna@donau.example")
    dropped = factories.person(company, "Annika", "Bauer", "annika@donau.example")
    people.merge(kept, dropped, by=factories.TESTS, at=filled)
    companies.merge(company, other, by=factories.TESTS, at=filled)
    factories.commit()
    found = levels(filled)
    assert (found["people_words"], found["company_words"]) == ("ok", "ok")
    damage("DELETE FROM person_word WHERE word = 'auer'")
    assert levels(filled)["people_words"] == "error", "whoever was kept must be found"


def test_the_doctor_changes_nothing(filled: datetime) -> None:
    with doctor.snapshot():
        doctor.examine(filled)
        mail: Any = db.session.query(OutboxMail).first()
        mail.error = "touched"
        with pytest.raises(RuntimeError, match="GET never writes"):
            db.session.flush()
    assert not db.session.query(OutboxMail).filter_by(error="touched").count()


def test_dangling_rows_of_sqlite_are_found(app: Flask, filled: datetime) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("Postgres cannot be written to with foreign keys off without being its owner's superuser")
    path = db.engine.url.database
    db.session.remove()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM company_quota")
    connection.execute("DELETE FROM pool WHERE capacity = 3")
    connection.commit()
    connection.close()
    found = levels(filled)
    assert found["references"] == "error"
    assert found["file"] == "ok"


def test_a_broken_sqlite_file_is_reported_not_thrown(app: Flask, filled: datetime, run: Run) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("Postgres keeps its own files")
    # The index loses rows that its table has: what a copy taken while the server runs can look like.
    damage(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = 'CREATE INDEX ix_person_email_person_id ON person_email (address)' "
        "WHERE name = 'ix_person_email_person_id'",
        "PRAGMA writable_schema = OFF",
    )
    db.session.remove()
    db.engine.dispose()
    done = run(commands.doctor, "--json")
    assert done.exit_code == 1
    assert {line["name"]: line["ok"] for line in json.loads(done.stdout)["checks"]}["file"] is False
