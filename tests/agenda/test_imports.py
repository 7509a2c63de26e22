"""A schedule.json of another tool: its counts, its texts, dry run, a second time, changes, and files that are none."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.agenda.imports import reading, service
from eventapp.agenda.imports.markup import to_markdown
from eventapp.agenda.imports.models import AgendaImport
from eventapp.agenda.models import AgendaSession, Room, SessionMaterial, SessionSlot, Speaker, Track
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.overview.demo.agenda import SCHEDULE
from tests.conftest import NOW
from tests.support import factories
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields

DATA = Path(__file__).parents[1] / "data"
CONTENT = SCHEDULE.read_bytes()
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text())["agenda"]


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(title="Summit", time_zone="Europe/Vienna")


def take(event: Event, content: bytes = CONTENT) -> service.Outcome:
    outcome = service.take_over(event, content, by=TESTS, at=NOW)
    factories.commit()
    return outcome


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The file with its first entry of the first room changed."""
    data = json.loads(CONTENT)
    rooms = data["schedule"]["conference"]["days"][0]["rooms"]
    change(next(iter(rooms.values()))[0])
    return json.dumps(data).encode()


def count(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_numbers_are_those_of_the_file(event: Event) -> None:
    numbers = take(event).numbers()
    for name, value in EXPECTED.items():
        if name in numbers:
            assert numbers[name] == value, name
    assert {n for n in EXPECTED if n in numbers} >= {"entries", "sessions", "speakers", "minutes_total", "room_clashes"}
    assert (count(AgendaSession), count(SessionSlot), count(Room), count(Track), count(Speaker)) == (70, 71, 6, 8, 45)
    assert numbers["created"] == 70


def test_what_runs_past_midnight_and_what_has_two_parts(event: Event) -> None:
    take(event)
    night = EXPECTED["runs_past_midnight"][0]
    slot = db.session.scalars(select(SessionSlot).where(SessionSlot.guid == night["guid"])).one()
    assert slot.ends_at is not None
    assert (slot.number, slot.starts_at.isoformat(), slot.ends_at.isoformat()) == (
        night["id"],
        "2027-05-19T20:30:00+00:00",
        "2027-05-19T23:30:00+00:00",
    )
    guids = [one["guid"] for one in EXPECTED["in_two_rooms"]]
    parts = db.session.scalars(select(SessionSlot).where(SessionSlot.guid.in_(guids)).order_by(SessionSlot.part)).all()
    assert [p.guid for p in parts] == guids
    assert parts[0].session_id == parts[1].session_id
    assert [p.label for p in parts] == ["Part 1 of 2: facts and targets", "Part 2 of 2: writing at tables"]
    quiet = db.session.scalars(select(SessionSlot).where(SessionSlot.guid == EXPECTED["without_speaker"][0]["guid"])).one()
    assert service._Draft(event, TESTS, NOW).spoken.get(quiet.session_id) is None


def test_markup_becomes_text(event: Event) -> None:
    take(event)
    guid = EXPECTED["markup_in_abstract"][0]["guid"]
    query = select(AgendaSession).join(SessionSlot, SessionSlot.session_id == AgendaSession.id).where(SessionSlot.guid == guid)
    session = db.session.scalars(query).one()
    assert "<strong>one document</strong>" in session.abstract_html
    assert "<li>" in session.abstract_html
    for bad in ("script", "onclick", "changed", "alert"):
        assert bad not in session.abstract_html
    assert to_markdown("1 < 2 & 3") == "1 < 2 & 3"
    assert to_markdown('<a href="javascript:x">y</a>') == "[y]"


def test_a_second_time_changes_nothing(event: Event) -> None:
    take(event)
    rows = db.session.execute(select(AgendaSession.version, AgendaSession.updated_at).order_by(AgendaSession.id)).all()
    outcome = take(event)
    assert (outcome.created, outcome.updated, outcome.unchanged, outcome.speakers_created) == (0, 0, 70, 0)
    again = db.session.execute(select(AgendaSession.version, AgendaSession.updated_at).order_by(AgendaSession.id)).all()
    assert again == rows


def test_changes_are_found_by_guid_and_what_organizers_added_stays(event: Event) -> None:
    take(event)
    session = db.session.scalars(select(AgendaSession).order_by(AgendaSession.id)).first()
    assert session is not None
    session.notes = "Ours"
    factories.commit()
    title = session.title
    outcome = take(event, changed(lambda e: e.update(title="Another title", date="2027-05-18T08:30:00+02:00")))
    assert (outcome.created, outcome.updated, outcome.unchanged) == (0, 1, 69)
    assert outcome.lines == [("Another title", "updated", "title, time")]
    db.session.expire_all()
    assert (session.title, session.notes) == ("Another title", "Ours")
    assert session.title != title
    smaller = take(event, changed(lambda e: e.update(guid="00000000-0000-4000-8000-000000000001", title="New one", id=9)))
    assert (smaller.created, smaller.not_in_file) == (1, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": ""}, "no title"),
        ({"date": "2027-13-45T09:00"}, "date cannot be read"),
        ({"date": None, "start": "25:00"}, "date cannot be read"),
        ({"date": "0001-01-01T00:00:00"}, "date cannot be read"),
        ({"date": "9999-12-31T23:59:00"}, "date cannot be read"),
        ({"duration": "00:00"}, "takes no time"),
        ({"duration": "9:99:99:99"}, "duration cannot be read"),
        ({"guid": "me@company.example"}, "guid is none"),
        ({"guid": ["x"]}, "guid is none"),
    ],
)
def test_an_entry_that_cannot_be_taken_is_named(event: Event, change: dict[str, Any], reason: str) -> None:
    schedule = reading.read(changed(lambda e: e.update(change)), "Europe/Vienna")
    assert len(schedule.entries) == 70
    assert [reason in why for _title, why in schedule.rejected] == [True]


def test_an_id_or_guid_that_stands_twice(event: Event) -> None:
    other = EXPECTED["in_two_rooms"][0]
    for change in ({"id": other["id"]}, {"guid": other["guid"]}):
        schedule = reading.read(changed(lambda e, c=change: e.update(c)), "Europe/Vienna")
        assert len(schedule.rejected) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"schedule": []}',
        b'{"schedule": {"conference": {"days": {}}}}',
        b'{"schedule": {"conference": {"days": []}}}',
        b"[" * 100_000,
        b'{"schedule": {"conference": {"days": [1, {"rooms": [2]}, {"rooms": {"A": 3}}]}}}',
    ],
)
def test_what_is_no_schedule_is_refused(event: Event, content: bytes) -> None:
    with pytest.raises(RuleError):
        reading.read(content, "Europe/Vienna")


def test_other_shapes_of_the_family(event: Event) -> None:
    """pretalx writes translated names, frab no offsets, both leave things out."""
    entry = {
        "guid": "254309a7-8cbe-5306-bd61-8478ba2498f2",
        "start": "10:00",
        "duration": "0:45",
        "title": "T\ud83d",
        "type": {"de": "Vortrag", "en": "Talk"},
        "track": {"de": "Netze"},
        "links": [{"title": "x", "url": "https://a.example/\ud800"}],
        "persons": [{"id": 5, "public_name": "Å B"}, "x", {}],
    }
    data = {"schedule": {"conference": {"days": [{"date": "2027-05-18", "rooms": {"Saal": [entry]}}]}}}
    outcome = take(event, json.dumps(data).encode())
    slot = db.session.scalars(select(SessionSlot)).one()
    assert (outcome.created, slot.starts_at.isoformat(), slot.minutes) == (1, "2027-05-18T08:00:00+00:00", 45)
    session = db.session.scalars(select(AgendaSession)).one()
    assert (session.title, session.language) == ("T", "en")
    assert take(event, json.dumps(data).encode()).unchanged == 1


def test_pages_show_first_and_import_then(client: PageClient, event: Event) -> None:
    client.sign_in(factories.organizer())
    url = f"/admin/events/{event.slug}/agenda/import"
    page = client.get(url)
    bad = client.post(url, data={**fields(page.text), "file": (io.BytesIO(b"{}"), "a.json")})
    assert bad.status_code == 422
    assert "This is no schedule.json" in bad.text
    sent = client.post(url, data={**fields(page.text), "file": (io.BytesIO(CONTENT), "../agenda.json")})
    assert sent.status_code == 302
    assert count(AgendaSession) == 0, "the dry run leaves nothing behind"
    shown = client.get(sent.location)
    assert "agenda.json" in shown.text
    assert "Night of the partner bands" in shown.text
    assert client.post(f"{sent.location}/apply", data=fields(shown.text)).status_code == 302
    assert count(AgendaSession) == 70
    kept = db.session.scalars(select(AgendaImport)).one()
    assert kept.content == b""
    assert client.get(sent.location).status_code == 404
    assert client.get(f"/admin/events/{event.slug}/agenda/").status_code == 200
    assert db.session.scalars(select(SessionMaterial)).first() is not None


def test_who_of_the_partner_list_speaks(event: Event) -> None:
    """A name alone is many people's: the company must stand in the biography as well."""
    company, other = factories.organisation("Nordugle Software"), factories.organisation("Other AG")
    person = factories.person(company, "Søren", "Friis")
    factories.person(other, "Søren", "Friis")
    factories.person(other, "Øyvind", "Bråten")
    outcome = take(event)
    known = db.session.scalars(select(Speaker).where(Speaker.person_id.is_not(None))).one()
    assert (outcome.speakers_known, known.person_id, known.company) == (1, person.id, "Nordugle Software")
