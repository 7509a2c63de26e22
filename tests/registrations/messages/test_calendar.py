"""Calendar entries through the life of a registration: one UID, a number that only grows, REQUEST and CANCEL."""

from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from flask import Flask, current_app
from icalendar import Calendar
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.mail.message import message_of
from eventapp.mail.models import OutboxMail
from eventapp.registrations import service
from eventapp.registrations.messages import schedule
from eventapp.registrations.messages.service import CORRECTING
from eventapp.registrations.models import Registration
from tests.registrations.messages.test_rules import ZONES, changes
from tests.support import factories

AT = factories.AT


def calendars() -> list[tuple[str, str, int, str]]:
    """Of each mail with a calendar: message, METHOD, SEQUENCE, UID. Each is what RFC 5546 and 6047 ask for."""
    found = []
    for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.calendar.is_not(None)).order_by(OutboxMail.id)):
        calendar = Calendar.from_ical(mail.calendar or "")
        (entry,) = calendar.walk("VEVENT")
        method = str(calendar["METHOD"])
        assert (calendar["VERSION"], bool(calendar["PRODID"])) == ("2.0", True)
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE", "SEQUENCE", "LAST-MODIFIED"):
            assert name in entry, name
        assert "DURATION" not in entry
        assert str(entry["ATTENDEE"]) == f"mailto:{mail.to_address}"
        assert str(entry["STATUS"]) == {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}[method]
        raw = message_of(mail, "events@karmin.example", "Karmin").as_bytes()
        parts = [p for p in BytesParser(policy=policy.default).parsebytes(raw).walk() if p.get_content_type() == "text/calendar"]
        assert [str(p["Content-Type"].params["method"]) for p in parts] == [method, method], "a part and a file"
        assert [p.is_attachment() for p in parts] == [False, True]
        found.append((mail.kind.removeprefix("registrations."), method, int(entry["SEQUENCE"]), str(entry["UID"])))
    return found


def move(event: Event, **values: object) -> None:
    db.session.refresh(event)
    same = {n: getattr(event, n) for n in ("title", "slug", "format", "time_zone", "starts_at", "ends_at", "venue")}
    details = factories.details(**{**same, **values})
    lifecycle.change_event(event, details, version=event.version, by=factories.TESTS, now=AT)
    factories.commit()
    with current_app.app_context():
        schedule.send_due(AT + CORRECTING)
    db.session.expire_all()


def loaded(registration_id: int) -> Registration:
    db.session.expire_all()
    return db.session.scalars(select(Registration).options(*schedule.LOADED).where(Registration.id == registration_id)).one()


def test_one_entry_through_its_life(app: Flask) -> None:
    event, company = factories.event(format=EventFormat.HYBRID), factories.organisation(domain="donau.example")
    one = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example").id
    service.change_mode(loaded(one), Mode.VIRTUAL, by=factories.TESTS, at=AT)
    factories.commit()
    move(event, venue="Hofburg")
    service.correct(
        loaded(one), given_name="Ada", family_name="L", badge_name="Ada!", note="", shown=True, by=factories.TESTS, at=AT
    )
    factories.commit()
    service.cancel([loaded(one)], reason="", by=factories.TESTS, at=AT)
    factories.commit()
    service.undo_cancel(loaded(one), by=factories.TESTS, at=AT)
    factories.commit()
    service.substitute(loaded(one), "Ben", "Moser", "ben@donau.example", by=factories.TESTS, at=AT)
    factories.commit()
    found = calendars()
    assert [(kind, method, sequence) for kind, method, sequence, _uid in found] == [
        ("confirmed", "REQUEST", 0),
        ("changed", "REQUEST", 1),
        ("event_changed", "REQUEST", 2),
        ("cancelled", "CANCEL", 3),
        ("confirmed", "REQUEST", 4),
        ("substituted", "CANCEL", 5),
        ("confirmed", "REQUEST", 0),
    ]
    uids = [uid for *_rest, uid in found]
    assert len(set(uids[:6])) == 1
    assert uids[6] != uids[0], "the next person has an entry of their own"


def test_a_cancelled_event_takes_the_entries_away(app: Flask) -> None:
    event, company = factories.event(capacity=1), factories.organisation()
    factories.register(event, company, factories.attendee(), factories.attendee())
    lifecycle.cancel_event(event, "Storm", by=factories.TESTS, now=AT)
    factories.commit()
    assert [(kind, method) for kind, method, *_rest in calendars()] == [("confirmed", "REQUEST"), ("event_cancelled", "CANCEL")]


@pytest.mark.parametrize("zone", ZONES)
def test_page_and_calendar_and_reminder_agree_over_clock_changes(app: Flask, zone: str) -> None:
    """The day before, as the text says it, and the calendar's moment, on both sides of both changes."""
    company = factories.organisation()
    for change in changes(zone):
        for minutes in (-90, -30, 0, 30, 90):
            start = change + timedelta(minutes=minutes)
            event = factories.event(time_zone=zone, starts_at=start, ends_at=start + timedelta(hours=3))
            factories.registration(event, company, email=f"p{event.id}@x.example")
            move(event, venue="Hofburg")
    entries = {}
    for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "registrations.event_changed")):
        (entry,) = Calendar.from_ical(mail.calendar or "").walk("VEVENT")
        entries[mail.about] = entry["DTSTART"].dt
    events = db.session.scalars(select(Event)).all()
    assert {f"event:{event.id}": event.starts_at for event in events} == entries
    assert len(entries) == 10
    assert {moment.utcoffset() for moment in entries.values()} == {timedelta()}
