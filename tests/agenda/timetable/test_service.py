"""Placing in the draft and undoing it: two organizers at once, what no timetable can hold, steps that somebody overtook."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.agenda.models import Room, SessionStatus
from eventapp.agenda.timetable import service
from eventapp.agenda.timetable.models import DraftStep
from eventapp.agenda.timetable.service import Placing
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.events.models import Event
from tests.support import agenda
from tests.support.factories import AT, STARTS, TESTS, commit, event


@pytest.fixture
def at(app: Flask) -> Event:
    return event()


@pytest.fixture
def hall(at: Event) -> Room:
    return agenda.room(at, "Hall")


def move(event: Event, slot_id: int, to: Placing, was: str | None = None) -> None:
    part = service.slot(event, slot_id)
    service.place(event, slot_id, to, was=Placing.of(part).token if was is None else was, by=TESTS, at=AT)
    commit()


def steps() -> list[DraftStep]:
    return list(db.session.scalars(select(DraftStep).order_by(DraftStep.id)))


def test_a_part_is_placed_moved_resized_and_taken_out(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, "News", starts_at=None))
    for to in (
        Placing(STARTS, hall.id, False, 45),
        Placing(STARTS + timedelta(hours=1), hall.id, False, 45),
        Placing(STARTS + timedelta(hours=1), hall.id, False, 60),
        Placing(None, None, False, 60),
    ):
        move(at, slot.id, to)
        assert Placing.of(service.slot(at, slot.id)) == to
    assert len(steps()) == 4
    entries = select(AuditEntry.action, AuditEntry.changes).where(AuditEntry.action == "timetable.place").order_by(AuditEntry.id)
    assert [changes for _action, changes in db.session.execute(entries)] == [
        {"time": ["", "2027-05-18 09:00"], "room": ["", "Hall"]},
        {"time": ["2027-05-18 09:00", "2027-05-18 10:00"]},
        {"minutes": [45, 60]},
        {"time": ["2027-05-18 10:00", ""], "room": ["Hall", ""]},
    ]


def test_nothing_happens_when_it_is_there_already(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, room=hall))
    move(at, slot.id, Placing.of(slot), was="whatever")
    assert steps() == []


def test_whoever_saw_it_elsewhere_is_told_where_it_is_now(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, "News", room=hall))
    seen = Placing.of(slot).token
    move(at, slot.id, Placing(STARTS + timedelta(hours=2), hall.id, False, 45))
    with pytest.raises(StaleError, match="it is now Hall, Tue 18 May 2027, 11:00–11:45"):
        move(at, slot.id, Placing(STARTS, None, False, 45), was=seen)


def test_what_no_timetable_can_hold(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, room=hall))
    theirs, old = agenda.room(event()), agenda.room(at, archived=True)
    for to, field in (
        (Placing(STARTS, theirs.id, False, 45), "room"),
        (Placing(STARTS, old.id, False, 45), "room"),
        (Placing(STARTS, 2**31 - 1, False, 45), "room"),
        (Placing(STARTS, None, True, 45), "room"),
        (Placing(STARTS, hall.id, False, 0), "minutes"),
        (Placing(STARTS, hall.id, False, 1441), "minutes"),
        (Placing(STARTS + timedelta(days=400), hall.id, False, 45), "starts_at"),
    ):
        with pytest.raises(RuleError) as refused:
            move(at, slot.id, to)
        assert refused.value.field == field
        db.session.rollback()
    agenda.cancel(agenda.session(at, "Gone", starts_at=None))
    gone = agenda.session(at, starts_at=None, status=SessionStatus.CANCELLED)
    with pytest.raises(RuleError, match="cancelled"):
        move(at, agenda.slot_of(gone).id, Placing(STARTS, hall.id, False, 45))


def test_a_break_stands_over_all_rooms(at: Event) -> None:
    lunch = agenda.session(at, "Lunch", type=agenda.session_type(at, is_break=True), starts_at=None)
    move(at, agenda.slot_of(lunch).id, Placing(STARTS, None, True, 60))
    assert service.where(at, service.slot(at, agenda.slot_of(lunch).id)).startswith("all rooms, ")


def test_parts_of_other_events_are_not_there(at: Event) -> None:
    theirs = agenda.slot_of(agenda.session(event()))
    for slot_id in (theirs.id, 2**31 - 1):
        with pytest.raises(NotFoundError):
            service.slot(at, slot_id)


def test_steps_are_undone_one_after_the_other(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, room=hall))
    first = Placing.of(slot)
    places = [Placing(STARTS + timedelta(hours=n), hall.id, False, 45) for n in (1, 2, 3)]
    for to in places:
        move(at, slot.id, to)
    for made, expected in zip(reversed(steps()), (places[1], places[0], first), strict=True):
        service.undo(at, made.id, by=TESTS, at=AT)
        commit()
        assert Placing.of(service.slot(at, slot.id)) == expected
    with pytest.raises(RuleError, match="undone already"):
        service.undo(at, steps()[0].id, by=TESTS, at=AT)


def test_a_step_that_somebody_overtook_is_not_undone(at: Event, hall: Room) -> None:
    one, two = (agenda.slot_of(agenda.session(at, name, room=hall)) for name in ("One", "Two"))
    for part in (one, two):
        move(at, part.id, Placing(STARTS + timedelta(hours=1), hall.id, False, 45))
    move(at, one.id, Placing(STARTS + timedelta(hours=5), hall.id, False, 45))
    mine, other, _theirs = steps()
    with pytest.raises(StaleError, match="“One” was moved again after this step"):
        service.undo(at, mine.id, by=TESTS, at=AT)
    db.session.rollback()
    service.undo(at, other.id, by=TESTS, at=AT)
    assert service.slot(at, two.id).starts_at == STARTS


def test_a_step_into_a_room_that_is_gone_is_not_undone(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, room=hall))
    move(at, slot.id, Placing(STARTS, None, False, 45))
    db.session.delete(db.session.get_one(Room, hall.id))
    commit()
    with pytest.raises(RuleError, match="room that a session was in"):
        service.undo(at, steps()[0].id, by=TESTS, at=AT)


def test_steps_of_other_events_are_not_there_and_only_fifty_are_kept(at: Event, hall: Room) -> None:
    slot = agenda.slot_of(agenda.session(at, room=hall))
    for n in range(53):
        move(at, slot.id, Placing(STARTS + timedelta(minutes=5 * (n + 1)), hall.id, False, 45))
    assert db.session.scalar(select(func.count()).select_from(DraftStep)) == 50
    with pytest.raises(NotFoundError):
        service.undo(event(), steps()[0].id, by=TESTS, at=AT)
