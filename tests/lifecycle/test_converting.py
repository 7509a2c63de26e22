"""Moving an event overnight, without pages: nothing is lost, everybody is told, and it can be taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.agenda.joining.models import Arrival
from eventapp.agenda.models import AgendaRelease, AgendaSession, ReleasedSlot, Room, SessionSlot
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat, Mode, Moved
from eventapp.lifecycle import service as lifecycle
from eventapp.lifecycle.converting import queries, service, undoing
from eventapp.lifecycle.converting.models import Conversion, ConversionKind
from eventapp.lifecycle.converting.rules import Plan, SessionChoice, TooMany
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.questions.models import Question
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks import releasing
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.models import Registration
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.registrations.blocks.conftest import again, make, name, own
from tests.support import agenda, factories, forms

KEPT = ("id", "code", "token", "uid", "organisation_id", "person_id", "name", "badge_name", "note", "kind_id", "registered_at")
VIRTUAL = Plan(ConversionKind.VIRTUAL, note="The hall is closed.", join_url="https://meet.example/one", above_company=True)


def convert(event: Event, plan: Plan = VIRTUAL, at: datetime = NOW) -> Conversion:
    made, _told = service.convert(event, plan, by=factories.TESTS, at=at)
    factories.commit()
    sound()
    return made


def undo(made: Conversion, event: Event, at: datetime = NOW) -> dict[str, int]:
    counts = undoing.undo(made, event, by=factories.TESTS, at=at)
    factories.commit()
    sound()
    return counts


def sound() -> None:
    db.session.expire_all()
    assert (miscounts(), miscounted()) == ([], [])


def rows_of(event: Event) -> list[dict[str, Any]]:
    columns = Registration.__table__.columns.keys()
    query = select(*(getattr(Registration, name) for name in columns)).where(Registration.event_id == event.id)
    return [dict(zip(columns, row, strict=True)) for row in db.session.execute(query.order_by(Registration.id))]


def kept(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in KEPT) for row in rows]


def statuses(event: Event) -> list[str]:
    return [row["status"].value for row in rows_of(event)]


def told(kind: str) -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == f"registrations.{kind}").order_by(OutboxMail.id)))


def full_event(**values: Any) -> tuple[Event, list[Registration]]:
    """Two people of a company with two places and one who waits for its third, one of another, one who has cancelled."""
    event = factories.event(quotas={"ready": 2}, **values)
    company = factories.organisation()
    rows = factories.register(event, company, *[factories.attendee() for _n in range(3)])
    rows.append(factories.registration(event, factories.organisation(), "Zoë", "Ångström"))
    gone = factories.registration(event, factories.organisation())
    registrations.cancel([gone], reason="ill", by=factories.TESTS, at=factories.AT)
    factories.commit()
    return event, [*rows, gone]


def test_nobody_registers_again_and_nothing_is_lost(app: Flask) -> None:
    event, _rows = full_event(capacity=10)
    before = rows_of(event)
    made = convert(event)
    after = rows_of(event)
    assert kept(before) == kept(after)
    assert statuses(event) == ["confirmed", "confirmed", "confirmed", "confirmed", "cancelled"]
    assert {row["mode"] for row in after} == {Mode.VIRTUAL}
    assert [new["sequence"] - old["sequence"] for old, new in zip(before, after, strict=True)] == [1, 1, 2, 1, 0]
    assert made.counts["kept"] == 4
    assert (made.counts["moved_up"], made.counts["lost"], made.counts["cancelled"], made.counts["mails"]) == (1, 0, 1, 4)
    assert (event.format, event.moved, event.moved_note) == (EventFormat.VIRTUAL, Moved.VIRTUAL, "The hall is closed.")
    assert [db.session.get_one(Pool, id_).taken for id_ in service.pool_ids(event)] == [4, 0, 4]


def test_everybody_is_told_once_with_the_next_number_of_the_same_entry(app: Flask) -> None:
    event, rows = full_event()
    convert(event, at=NOW.replace(hour=2))
    mails = told("moved_virtual")
    assert len(mails) == 4
    assert not told("promoted")
    first = next(m for m in mails if rows[0].uid in (m.calendar or ""))
    assert f"UID:{rows[0].uid}@" in (first.calendar or "")
    assert "SEQUENCE:1\r\n" in (first.calendar or "")
    assert first.run_after == NOW.replace(hour=2), "at night as well"
    assert "The hall is closed." in first.text
    assert "In person → Virtual" in first.text
    assert "Your place is confirmed, as before." in first.text
    up = next(m for m in mails if rows[2].uid in (m.calendar or ""))
    assert "You have waited for a place, and now you have one" in up.text


def test_who_waits_for_the_company_may_go_on_waiting(app: Flask) -> None:
    event, _rows = full_event()
    made = convert(event, replace(VIRTUAL, above_company=False))
    assert statuses(event) == ["confirmed", "confirmed", "waiting", "confirmed", "cancelled"]
    assert made.counts["waiting"] == 1
    assert "You are waiting for a company place, position 1" in told("moved_virtual")[2].text
    assert told("moved_virtual")[2].calendar is None


def test_the_waiting_are_confirmed_in_their_order_as_far_as_places_reach(app: Flask) -> None:
    event = factories.event(capacity=2)
    company = factories.organisation()
    rows = [factories.registration(event, company, at=factories.AT + timedelta(minutes=n)) for n in range(5)]
    made = convert(event, replace(VIRTUAL, capacity=4))
    assert statuses(event) == ["confirmed"] * 4 + ["waiting"]
    assert made.counts["moved_up"] == 2
    assert len(rows) == 5


def test_above_the_company_no_more_come_than_the_event_has_places(app: Flask) -> None:
    event = factories.event(quotas={"ready": 1})
    company = factories.organisation()
    for n in range(4):
        factories.registration(event, company, at=factories.AT + timedelta(minutes=n))
    assert statuses(event) == ["confirmed", "waiting", "waiting", "waiting"]
    made = convert(event, replace(VIRTUAL, capacity=3))
    assert statuses(event) == ["confirmed", "confirmed", "confirmed", "waiting"]
    assert (made.counts["moved_up"], made.counts["overbooked"]) == (2, 0)


def test_a_hybrid_event_comes_wholly_on_video_and_back_as_it_was(app: Flask) -> None:
    event = factories.event(format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=1)
    company = factories.organisation()
    modes = (Mode.IN_PERSON, Mode.IN_PERSON, Mode.VIRTUAL, Mode.VIRTUAL)
    for mode in modes:
        factories.registration(event, company, mode=mode)
    before = rows_of(event)
    made = convert(event)
    assert statuses(event) == ["confirmed"] * 4
    undo(made, event)
    after = rows_of(event)
    assert kept(before) == kept(after)
    assert [(row["mode"], row["status"]) for row in before] == [(row["mode"], row["status"]) for row in after]
    assert event.format is EventFormat.HYBRID


def test_undoing_puts_everything_back_and_tells_everybody_again(app: Flask) -> None:
    event, _rows = full_event(capacity=10)
    before = rows_of(event)
    made = convert(event)
    counts = undo(made, event, NOW + timedelta(days=1))
    after = rows_of(event)
    assert kept(before) == kept(after)
    assert [(row["mode"], row["status"]) for row in before] == [(row["mode"], row["status"]) for row in after]
    assert all(new["sequence"] >= old["sequence"] for old, new in zip(before, after, strict=True))
    assert (event.format, event.moved, event.join_url) == (EventFormat.IN_PERSON, Moved.BACK, "")
    assert db.session.get_one(Pool, event.pool_id).capacity == 10
    assert (counts["sent_back"], counts["mails"]) == (1, 4)
    back = told("moved_back")
    assert [m.calendar_method for m in back] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert "Virtual → In person" in back[0].text
    with pytest.raises(RuleError, match="taken back already"):
        undoing.undo(made, event, by=factories.TESTS, at=NOW)


def test_an_undo_keeps_who_came_and_who_left_since(app: Flask) -> None:
    event, rows = full_event(capacity=10)
    made = convert(event)
    new = factories.registration(event, factories.organisation(), mode=Mode.VIRTUAL)
    registrations.cancel([db.session.get_one(Registration, rows[0].id)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    counts = undo(made, event)
    assert counts["newcomers"] == 1
    assert db.session.get_one(Registration, new.id).mode is Mode.IN_PERSON
    assert db.session.get_one(Registration, rows[0].id).status.value == "cancelled"
    registrations.undo_cancel(db.session.get_one(Registration, rows[0].id), by=factories.TESTS, at=NOW)
    factories.commit()
    sound()


def test_an_undo_is_refused_once_somebody_has_joined_or_the_week_is_over(app: Flask) -> None:
    event, rows = full_event()
    made = convert(event)
    with pytest.raises(RuleError, match="7 days"):
        undoing.undo(made, event, by=factories.TESTS, at=NOW + timedelta(days=8))
    db.session.rollback()
    joined = NOW + timedelta(hours=1)
    db.session.add(Arrival(registration_id=rows[0].id, first_at=joined, last_at=joined, clicks=1))
    factories.commit()
    with pytest.raises(RuleError, match="joined already"):
        undoing.undo(made, event, by=factories.TESTS, at=NOW + timedelta(hours=2))
    db.session.rollback()
    db.session.delete(db.session.scalars(select(Arrival)).one())
    db.session.get_one(Registration, rows[0].id).checked_in_at = joined
    factories.commit()
    with pytest.raises(RuleError, match="joined already"):
        undoing.undo(made, event, by=factories.TESTS, at=NOW + timedelta(hours=2))


def test_converting_twice_is_refused(app: Flask) -> None:
    event, _rows = full_event()
    convert(event)
    with pytest.raises(RuleError, match="on video already"):
        service.convert(event, VIRTUAL, by=factories.TESTS, at=NOW)


@pytest.mark.parametrize("too_many", list(TooMany))
def test_back_in_a_hall_that_is_too_small(app: Flask, too_many: TooMany) -> None:
    event = factories.event(format=EventFormat.VIRTUAL, join_url="https://meet.example/x")
    company = factories.organisation()
    for n in range(4):
        factories.registration(event, company, mode=Mode.VIRTUAL, at=factories.AT + timedelta(minutes=n))
    plan = Plan(ConversionKind.IN_PERSON, capacity=3, venue="Messe", city="Wien", too_many=too_many)
    made = convert(event, plan)
    if too_many is TooMany.KEEP:
        assert statuses(event) == ["confirmed"] * 4
        assert made.counts["overbooked"] == 1
    else:
        assert statuses(event) == ["confirmed"] * 3 + ["waiting"]
        assert (made.counts["sent_back"], made.counts["overbooked"]) == (1, 0)
        last = told("moved_in_person")[-1]
        assert last.calendar_method == "CANCEL"
        assert "You are waiting for a place, position 1" in last.text
    assert (event.venue, event.format) == ("Messe", EventFormat.IN_PERSON)


def test_sessions_get_links_or_are_postponed_and_a_release_says_so(app: Flask) -> None:
    event, _rows = full_event()
    hall, small = agenda.room(event, "Hall"), agenda.room(event, "Small room")
    keynote = agenda.session(event, "Keynote", room=hall)
    talk = agenda.session(event, "Talk", room=small)
    dinner = agenda.session(event, "Dinner", room=small, starts_at=factories.STARTS + timedelta(hours=8))
    agenda.release(event, "First")
    plan = replace(
        VIRTUAL,
        join_url="",
        room_links={hall.id: "https://meet.example/hall"},
        sessions={
            keynote.id: SessionChoice(),
            talk.id: SessionChoice(link="https://meet.example/talk"),
            dinner.id: SessionChoice(postponed=True),
        },
    )
    made = convert(event, plan)
    assert (made.counts["postponed"], made.counts["without_link"], made.counts["released"]) == (1, 0, 1)
    assert db.session.get_one(Room, hall.id).is_virtual
    assert db.session.get_one(AgendaSession, talk.id).join_url == "https://meet.example/talk"
    slot = agenda.slot_of(dinner)
    assert (slot.starts_at, slot.room_id) == (None, None)
    assert "Dinner → postponed, a new time follows" in told("moved_virtual")[0].text
    latest = db.session.scalars(select(AgendaRelease).order_by(AgendaRelease.number.desc())).first()
    assert latest is not None
    gone = db.session.scalars(
        select(ReleasedSlot).where(ReleasedSlot.release_id == latest.id, ReleasedSlot.session_id == dinner.id)
    ).one()
    assert gone.cancelled
    undo(made, event)
    slot = agenda.slot_of(dinner)
    assert (slot.starts_at, slot.room_id) == (factories.STARTS + timedelta(hours=8), small.id)
    assert not db.session.get_one(Room, hall.id).is_virtual
    assert db.session.get_one(AgendaSession, talk.id).join_url == ""
    assert len(db.session.scalars(select(AgendaRelease)).all()) == 3


def test_a_new_date_moves_sessions_by_local_time_over_a_clock_change(app: Flask) -> None:
    event, _rows = full_event(registration_closes_at=datetime(2027, 5, 10, 21, 59, tzinfo=UTC))
    talk = agenda.session(event, "Talk", room=agenda.room(event), starts_at=datetime(2027, 5, 19, 7, 30, tzinfo=UTC))
    winter = datetime(2027, 11, 9, 8, 0, tzinfo=UTC)  # nine in Vienna, as in May
    made = convert(event, Plan(ConversionKind.DATE, starts_at=winter))
    assert event.ends_at == winter + timedelta(hours=32)
    assert agenda.slot_of(talk).starts_at == datetime(2027, 11, 10, 8, 30, tzinfo=UTC)
    assert event.registration_closes_at == datetime(2027, 11, 1, 22, 59, tzinfo=UTC)
    assert made.counts["sessions_moved"] == 1
    mail = told("moved_date")[0]
    assert "DTSTART:20271109T080000Z" in (mail.calendar or "")
    undo(made, event)
    assert (event.starts_at, event.ends_at) == (factories.STARTS, factories.ENDS)
    assert agenda.slot_of(talk).starts_at == datetime(2027, 5, 19, 7, 30, tzinfo=UTC)
    assert event.registration_closes_at == datetime(2027, 5, 10, 21, 59, tzinfo=UTC)


def test_a_new_date_may_leave_sessions_and_must_not_lie_in_the_past(app: Flask) -> None:
    event, _rows = full_event()
    talk = agenda.session(event, "Talk", room=agenda.room(event))
    with pytest.raises(RuleError, match="in the past"):
        service.convert(
            event,
            Plan(ConversionKind.DATE, starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1)),
            by=factories.TESTS,
            at=NOW,
        )
    db.session.rollback()
    day = timedelta(days=1)
    plan = Plan(ConversionKind.DATE, starts_at=factories.STARTS + day, ends_at=factories.ENDS + day, move_sessions=False)
    convert(event, plan)
    assert agenda.slot_of(talk).starts_at == factories.STARTS


def test_the_phone_list_names_whom_no_mail_reaches(app: Flask) -> None:
    event, rows = full_event()
    address = db.session.scalars(select(PersonEmail).where(PersonEmail.person_id == rows[0].person_id)).one()
    db.session.delete(address)
    factories.commit()
    made = convert(event)
    assert (made.counts["without_address"], made.counts["mails"]) == (1, 3)
    mail = told("moved_virtual")[-1]
    mail.state, mail.error = MailState.FAILED, "550 no such user"
    factories.commit()
    found = queries.calls(event)
    assert {(row.name, row.error) for row in found} == {(rows[0].name, ""), ("Zoë Ångström", "550 no such user")}
    lifecycle.cancel_event(event, "storm", by=factories.TESTS, now=NOW)
    factories.commit()
    assert rows[0].name in {row.name for row in queries.calls(event)}


def test_one_entry_of_the_log_says_it_in_numbers(app: Flask) -> None:
    event, _rows = full_event()
    convert(event)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "lifecycle.convert")).one()
    assert entry.changes["moved"] == "virtual"
    assert entry.changes["kept"] == 4
    assert entry.event_id == event.id


def test_a_failure_at_the_end_leaves_nothing_half_written(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    event, _rows = full_event()
    before = rows_of(event)

    def fail(*_args: object, **_values: object) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(service, "record_act", fail)
    with pytest.raises(RuntimeError):
        service.convert(event, VIRTUAL, by=factories.TESTS, at=NOW)
    db.session.rollback()
    sound()
    assert rows_of(event) == before
    assert db.session.get_one(Event, event.id).format is EventFormat.IN_PERSON
    assert not told("moved_virtual")
    assert not db.session.scalars(select(Conversion)).all()
    assert db.session.scalars(select(SessionSlot)).all() == []


def test_admins_and_speakers_who_do_not_come_themselves_are_told_once(app: Flask) -> None:
    event, rows = full_event()
    company = db.session.get_one(Organisation, rows[0].organisation_id)
    admin = factories.company_admin(company, "petra@donau.example")
    factories.company_admin(factories.organisation(), "nobody@comes.example")
    speaker = factories.person(None, "Sana", "Speaker", "sana@talks.example")
    coming = db.session.get_one(Person, rows[3].person_id)
    for person in (speaker, coming):
        agenda.session(event, f"Talk of {person.given_name}", speakers=[agenda.speaker(event, person=person)])
    made = convert(event)
    found = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "lifecycle.moved")).all()
    assert [mail.to_address for mail in found] == [admin.email, "sana@talks.example"]
    assert made.counts["others_told"] == 2
    assert "3 people of " in found[0].text
    assert "In person → Virtual" in found[0].text
    assert "You are one of its speakers." in found[1].text
    assert "The hall is closed." in found[1].text
    counts = undo(made, event)
    assert counts["others_told"] == 2
    assert db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one().subject.startswith("As first")


def test_a_seat_block_keeps_what_it_holds_on_the_way_there_and_back(app: Flask) -> None:
    event = factories.event(capacity=6)
    block = make(event, factories.organisation(), 3)
    (named,) = name(own(block), 1)
    for n in range(4):
        factories.registration(event, factories.organisation(), at=factories.AT + timedelta(minutes=n))
    assert statuses(event) == ["confirmed"] * 4 + ["waiting"]
    made = convert(event, replace(VIRTUAL, capacity=6))
    assert statuses(event) == ["confirmed"] * 4 + ["waiting"], "the two places without a name are not given away"
    assert [db.session.get_one(Pool, id_).taken for id_ in service.pool_ids(event)] == [6, 0, 6]
    assert db.session.get_one(SeatBlock, block.id).mode is Mode.VIRTUAL
    undo(made, event)
    assert [db.session.get_one(Pool, id_).taken for id_ in service.pool_ids(event)] == [6, 6, 0]
    assert db.session.get_one(Registration, named.id).status.value == "confirmed"
    releasing.release(again(block), by=factories.TESTS, at=NOW)
    factories.commit()
    sound()


def test_the_way_back_into_a_room_restores_links_sessions_and_questions(app: Flask) -> None:
    event, _rows = full_event()
    hall = agenda.room(event, "Hall")
    talk = agenda.session(event, "Talk", room=hall)
    other = agenda.session(event, "Other", room=hall, starts_at=factories.STARTS + timedelta(hours=1))
    shirt = forms.question(event, forms.section(event), "Size of the shirt")
    day = NOW.date() + timedelta(days=30)
    plan = replace(
        VIRTUAL,
        room_links={hall.id: "https://meet.example/hall"},
        sessions={talk.id: SessionChoice(postponed=True), other.id: SessionChoice(link="https://meet.example/x")},
        hide=frozenset({shirt.id}),
        needs_until=day,
    )
    convert(event, plan)
    assert db.session.get_one(Question, shirt.id).archived
    assert event.needs_until == day
    edited = db.session.get_one(AgendaSession, other.id)
    edited.join_url = "https://meet.example/by-hand"
    factories.commit()
    back = convert(event, Plan(ConversionKind.IN_PERSON, venue="Hofburg", show=frozenset({shirt.id})), NOW + timedelta(days=20))
    assert agenda.slot_of(talk).starts_at == factories.STARTS
    assert not db.session.get_one(Room, hall.id).is_virtual
    assert db.session.get_one(AgendaSession, other.id).join_url == "https://meet.example/by-hand"
    assert back.counts["kept_as_changed"] == 1
    assert not db.session.get_one(Question, shirt.id).archived
    assert event.needs_until is None
    undo(back, event, NOW + timedelta(days=21))
    assert event.format is EventFormat.VIRTUAL
    assert agenda.slot_of(talk).starts_at is None
    assert db.session.get_one(Room, hall.id).is_virtual
    assert db.session.get_one(Question, shirt.id).archived
    assert (event.needs_until, event.venue) == (day, "Messe")
