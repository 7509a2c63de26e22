"""Messages that leave on a date: once each, never late, right after moves, and by several workers at once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from icalendar import Calendar
from sqlalchemy import select, update

from eventapp.core.db import db, transaction
from eventapp.events.models import Event, EventFormat, EventKind, EventPart, EventStatus, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Organisation, Person
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import mails as registration_mails
from eventapp.registrations import service
from eventapp.registrations.messages import schedule
from eventapp.registrations.messages import service as messages
from eventapp.registrations.messages.kinds import KINDS
from eventapp.registrations.messages.models import MessageRun, MessageSent, Outcome
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.support import factories
from tests.support.browsing import mails

# 18 May 2027, 9:00 in Vienna.
START = factories.STARTS
DAY_BEFORE = datetime(2027, 5, 17, 7, tzinfo=UTC)
# When a change of the event that was saved at AT is told.
TOLD = factories.AT + messages.CORRECTING


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(title="Summit", slug="summit")


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def ada(event: Event, company: Organisation) -> Registration:
    return factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")


def go(at: datetime) -> int:
    """What the worker does at a moment, in a session of its own."""
    db.session.commit()
    with current_app.app_context():
        found = schedule.send_due(at)
    db.session.expire_all()
    return found


def outcomes(kind: str) -> list[str]:
    return list(
        db.session.scalars(select(MessageSent.outcome).where(MessageSent.kind == kind).order_by(MessageSent.registration_id))
    )


def switch(event: Event, kind: str, *, on: bool = True, hour: int | None = None) -> None:
    messages.switch(event, KINDS[kind], enabled=on, hour=hour, by=factories.TESTS, at=factories.AT)
    factories.commit()
    db.session.refresh(event)


def test_a_message_leaves_when_it_is_due_and_once(event: Event, ada: Registration) -> None:
    assert go(DAY_BEFORE - timedelta(minutes=1)) == 0
    assert go(DAY_BEFORE) == 1
    (mail,) = mails("registrations.before_1d")
    assert (mail.to_address, mail.subject) == ("ada@donau.example", "Tomorrow: Summit")
    assert "We begin on 18 May 2027 at 09:00 Vienna (UTC+2)." in mail.text
    for minutes in (0, 1, 60, 600):
        assert go(DAY_BEFORE + timedelta(minutes=minutes)) == 0
    assert len(mails("registrations.before_1d")) == 1
    assert outcomes("before_1d") == ["sent"]


def test_nothing_is_asked_again_once_all_have_it(event: Event, ada: Registration, count_queries: Callable[[], Any]) -> None:
    go(DAY_BEFORE)
    with count_queries() as queries:
        assert go(DAY_BEFORE + timedelta(minutes=1)) == 0
    assert len(queries) <= 3, queries.statements


def test_who_registered_after_the_moment_gets_nothing(event: Event, company: Organisation) -> None:
    factories.registration(event, company, "Late", "Comer", email="l@donau.example", at=DAY_BEFORE + timedelta(minutes=1))
    assert go(DAY_BEFORE + timedelta(minutes=2)) == 0
    assert mails("registrations.before_1d") == []


def test_a_worker_that_slept_too_long_notes_it_and_sends_nothing(event: Event, ada: Registration) -> None:
    assert go(DAY_BEFORE + timedelta(hours=23)) == 0
    assert outcomes("before_1d") == ["skipped"]
    assert mails("registrations.before_1d") == []
    assert go(DAY_BEFORE + timedelta(hours=23, minutes=1)) == 0


def test_only_confirmed_people_and_for_the_last_hour_those_on_video(company: Organisation) -> None:
    event = factories.event(format=EventFormat.HYBRID, capacity_in_person=1)
    factories.registration(event, company, "In", "Person", email="p@donau.example")
    factories.registration(event, company, "On", "Video", email="v@donau.example", mode=Mode.VIRTUAL)
    factories.registration(event, company, "Still", "Waiting", email="w@donau.example")
    gone = factories.registration(event, company, "Gone", "Away", email="g@donau.example", mode=Mode.VIRTUAL)
    service.cancel([gone], reason="", by=factories.TESTS, at=factories.AT)
    factories.commit()
    assert go(DAY_BEFORE) == 2
    assert {m.to_address for m in mails("registrations.before_1d")} == {"p@donau.example", "v@donau.example"}
    assert go(START - timedelta(hours=1)) == 1
    assert [m.to_address for m in mails("registrations.before_1h")] == ["v@donau.example"]


def test_the_last_hour_half_an_hour_late_is_too_late(company: Organisation) -> None:
    event = factories.event(format=EventFormat.VIRTUAL)
    factories.registration(event, company, email="v@donau.example", mode=Mode.VIRTUAL)
    assert go(START - timedelta(minutes=29)) == 0
    assert outcomes("before_1h") == ["skipped"]


def test_a_reminder_only_to_those_who_owe_an_answer(event: Event, company: Organisation, ada: Registration) -> None:
    ben = factories.registration(event, company, "Ben", "Moser", email="ben@donau.example")
    db.session.execute(update(Registration).where(Registration.id == ben.id).values(missing_answers=3))
    factories.commit()
    assert go(START - timedelta(days=14)) == 1
    (mail,) = mails("registrations.incomplete")
    assert mail.to_address == "ben@donau.example"
    assert "Answers missing: 3." in mail.text


def test_thanks_to_those_who_came_or_to_all_if_nobody_was_checked_in(
    event: Event, company: Organisation, ada: Registration
) -> None:
    ben = factories.registration(event, company, "Ben", "Moser", email="ben@donau.example")
    switch(event, "thanks")
    db.session.execute(update(Registration).where(Registration.id == ben.id).values(checked_in_at=START))
    factories.commit()
    assert go(datetime(2027, 5, 20, 8, tzinfo=UTC)) == 1
    assert [m.to_address for m in mails("registrations.thanks")] == ["ben@donau.example"]
    other = factories.event(title="Other")
    factories.registration(other, company, email="x@donau.example")
    switch(other, "thanks")
    assert go(datetime(2027, 5, 20, 8, tzinfo=UTC)) == 1


def test_off_is_off_and_another_hour_counts(event: Event, ada: Registration) -> None:
    switch(event, "before_1d", on=False)
    assert go(DAY_BEFORE) == 0
    switch(event, "before_1d", hour=15)
    assert go(DAY_BEFORE) == 0
    assert go(DAY_BEFORE + timedelta(hours=6)) == 1


def test_elsewhere_it_comes_when_it_is_day(event: Event, company: Organisation, ada: Registration) -> None:
    far = factories.registration(event, company, "Yuki", "Abe", email="y@donau.example")
    odd = factories.registration(event, company, "Odd", "Zone", email="o@donau.example")
    db.session.execute(update(Person).where(Person.id == far.person_id).values(time_zone="America/New_York"))
    db.session.execute(update(Person).where(Person.id == odd.person_id).values(time_zone="Mars/Phobos"))
    factories.commit()
    assert go(DAY_BEFORE) == 2
    assert {m.to_address for m in mails("registrations.before_1d")} == {"ada@donau.example", "o@donau.example"}
    assert go(DAY_BEFORE + timedelta(hours=4, minutes=59)) == 0
    assert go(DAY_BEFORE + timedelta(hours=5)) == 1
    assert "your time, New York" in mails("registrations.before_1d")[-1].text


def test_drafts_and_cancelled_events_are_silent(company: Organisation) -> None:
    draft = factories.event(published=False)
    off = factories.event(title="Off")
    for one in (draft, off):
        factories.registration(one, company, email=f"x{one.id}@donau.example")
    lifecycle.cancel_event(off, "Storm", by=factories.TESTS, now=factories.AT)
    factories.commit()
    assert go(DAY_BEFORE) == 0


def move(event: Event, *, at: datetime = factories.AT, **values: Any) -> None:
    db.session.refresh(event)
    same = {n: getattr(event, n) for n in ("title", "slug", "time_zone", "starts_at", "ends_at", "venue", "address", "city")}
    details = factories.details(**{**same, **values})
    lifecycle.change_event(event, details, version=event.version, by=factories.TESTS, now=at)
    factories.commit()


def test_a_moved_event_moves_what_was_not_sent_and_repeats_nothing(
    event: Event, company: Organisation, ada: Registration
) -> None:
    assert go(DAY_BEFORE) == 1
    week = timedelta(days=7)
    move(event, starts_at=START + week, ends_at=factories.ENDS + week)
    factories.registration(event, company, "Ben", "Moser", email="ben@donau.example", at=DAY_BEFORE + timedelta(hours=1))
    go(DAY_BEFORE + timedelta(hours=2))
    assert len(mails("registrations.before_1d")) == 1
    assert go(DAY_BEFORE + week) == 1
    assert [m.to_address for m in mails("registrations.before_1d")] == ["ada@donau.example", "ben@donau.example"]


def test_one_who_was_passed_over_gets_it_when_the_event_is_moved(event: Event, ada: Registration) -> None:
    go(DAY_BEFORE + timedelta(hours=23))
    assert outcomes("before_1d") == ["skipped"]
    week = timedelta(days=7)
    move(event, starts_at=START + week, ends_at=factories.ENDS + week)
    assert go(DAY_BEFORE + week) == 1
    assert outcomes("before_1d") == ["sent"]


class TestChangeOfTheEvent:
    def test_everybody_is_told_once_and_calendars_follow(self, event: Event, company: Organisation, ada: Registration) -> None:
        move(event, venue="Hofburg", starts_at=START + timedelta(hours=1), at=factories.AT)
        assert go(TOLD) == 1
        (mail,) = mails("registrations.event_changed")
        assert "- Where: Messe, Messeplatz 1, Wien → Hofburg, Messeplatz 1, Wien" in mail.text
        assert "- When: Tue 18 May 2027, 09:00" in mail.text
        assert mail.calendar_method == "REQUEST"
        (entry,) = Calendar.from_ical(mail.calendar or "").walk("VEVENT")
        first = Calendar.from_ical(mails("registrations.confirmed")[0].calendar or "").walk("VEVENT")[0]
        assert (entry["UID"], int(entry["SEQUENCE"]), int(first["SEQUENCE"])) == (first["UID"], 1, 0)
        assert entry["DTSTART"].dt == START + timedelta(hours=1)
        assert go(TOLD + timedelta(minutes=1)) == 0

    def test_two_changes_in_a_moment_are_one_mail(self, event: Event, ada: Registration) -> None:
        move(event, venue="Hofbrug")
        assert go(TOLD - timedelta(minutes=1)) == 0
        move(event, venue="Hofburg", at=factories.AT + timedelta(minutes=4))
        assert go(TOLD) == 0, "the correction waits its five minutes as well"
        assert go(TOLD + timedelta(minutes=4)) == 1
        assert "Messe, Messeplatz 1, Wien → Hofburg" in mails("registrations.event_changed")[0].text

    def test_a_change_that_is_taken_back_before_anybody_knew_is_none(self, event: Event, ada: Registration) -> None:
        move(event, venue="Hofburg")
        move(event, venue="Messe")
        assert go(TOLD) == 0

    def test_one_that_is_taken_back_after_they_knew_is_told(self, event: Event, ada: Registration) -> None:
        move(event, venue="Hofburg")
        assert go(TOLD) == 1
        move(event, venue="Messe", at=factories.AT + timedelta(minutes=6))
        assert go(TOLD + timedelta(minutes=6)) == 1

    def test_who_came_after_the_change_is_not_told(self, event: Event, ada: Registration) -> None:
        move(event, title="Moved")
        ada.registered_at = factories.AT + timedelta(seconds=1)
        factories.commit()
        assert go(TOLD) == 0

    def test_a_change_of_a_draft_is_never_told(self, event: Event, ada: Registration) -> None:
        event.status = EventStatus.DRAFT
        factories.commit()
        move(event, title="Moved")
        event.status = EventStatus.PUBLISHED
        factories.commit()
        assert go(TOLD) == 0

    def test_what_nobody_needs_to_know_is_not_told(self, event: Event, ada: Registration) -> None:
        move(event, summary="Another summary", description="x")
        assert go(TOLD) == 0
        assert db.session.get_one(Registration, ada.id).sequence == 0

    def test_who_waits_is_told_without_a_calendar(self, company: Organisation) -> None:
        full = factories.event(capacity=0)
        factories.registration(full, company, email="w@donau.example")
        move(full, venue="Hofburg", capacity=0)
        assert go(TOLD) == 1
        assert mails("registrations.event_changed")[0].calendar is None


def test_many_people_in_batches(event: Event, company: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "BATCH", 3)
    factories.register(event, company, *(factories.attendee() for _n in range(8)))
    assert go(DAY_BEFORE) == 8
    assert len({m.to_address for m in mails("registrations.before_1d")}) == 8


def test_a_worker_that_dies_leaves_whole_batches_only(
    event: Event, company: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "BATCH", 3)
    factories.register(event, company, *(factories.attendee() for _n in range(8)))
    real, calls = schedule.mails.send_message, []

    def dies(*arguments: Any, **named: Any) -> None:
        calls.append(1)
        real(*arguments, **named)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(schedule.mails, "send_message", dies)
    with pytest.raises(KeyboardInterrupt):
        go(DAY_BEFORE)
    assert (len(mails("registrations.before_1d")), len(outcomes("before_1d"))) == (3, 3)
    assert go(DAY_BEFORE) == 5
    assert len({m.to_address for m in mails("registrations.before_1d")}) == 8


def in_parallel(app: Flask, *works: Callable[[], Any]) -> None:
    """Runs each in a thread of its own, with a context and a session of its own."""
    db.session.commit()
    failures: list[BaseException] = []
    together = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        with app.app_context():
            try:
                together.wait(10)
                work()
            except BaseException as error:
                failures.append(error)
            finally:
                db.session.rollback()
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    db.session.expire_all()


def test_two_workers_at_once_send_each_once(
    app: Flask, event: Event, company: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "BATCH", 4)
    factories.register(event, company, *(factories.attendee() for _n in range(30)))
    in_parallel(app, *[lambda: schedule.send_due(DAY_BEFORE)] * 4)
    go(DAY_BEFORE)
    found = [m.to_address for m in mails("registrations.before_1d")]
    assert (len(found), len(set(found))) == (30, 30)


def test_who_cancels_at_this_moment_gets_either_both_or_the_farewell_alone(
    app: Flask, event: Event, company: Organisation
) -> None:
    ids = [r.id for r in factories.register(event, company, *(factories.attendee() for _n in range(12)))]

    def cancel() -> None:
        for one in ids:
            with transaction():
                registration = db.session.scalars(
                    select(Registration).options(*schedule.LOADED).where(Registration.id == one)
                ).one()
                service.cancel([registration], reason="", by=factories.TESTS, at=DAY_BEFORE)

    in_parallel(app, cancel, lambda: schedule.send_due(DAY_BEFORE))
    last: dict[str, str] = {}
    for mail in mails():
        last[mail.to_address] = mail.kind
    assert set(last.values()) == {"registrations.cancelled"}, "nobody is reminded after the farewell"


def test_control_without_the_note_it_is_sent_every_minute(
    event: Event, ada: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_done", lambda _due, _at: None)
    go(DAY_BEFORE)
    db.session.query(MessageSent).delete()
    db.session.commit()
    assert go(DAY_BEFORE + timedelta(minutes=1)) == 1


def test_a_message_holds_nothing_of_another(event: Event, company: Organisation) -> None:
    other = factories.organisation("Canary Holdings AG")
    factories.registration(event, other, "Canary", "Canaryson", email="canary@canary.example")
    factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    for kind in ("before_30d", "before_7d", "thanks"):
        switch(event, kind)
    for at in (START - timedelta(days=30), START - timedelta(days=7), DAY_BEFORE, datetime(2027, 5, 20, 8, tzinfo=UTC)):
        assert go(at) == 2
    for mail in db.session.scalars(select(OutboxMail)):
        about = "canary" in mail.to_address
        assert about == ("canary" in (mail.subject + mail.text + mail.html + (mail.calendar or "")).lower())
    runs = db.session.scalars(select(MessageRun)).all()
    assert {run.done_at is not None for run in runs} == {True}
    assert Outcome.SENT == "sent"


def test_an_offer_says_until_when(event: Event, company: Organisation, ada: Registration) -> None:
    until = factories.AT + timedelta(hours=24)
    values = {"state": BookingState.OFFERED, "offered_until": until}
    db.session.execute(update(Booking).where(Booking.id == ada.booking_id).values(**values))
    db.session.execute(update(Registration).where(Registration.id == ada.id).values(status=RegistrationStatus.OFFERED))
    factories.commit()
    db.session.expire_all()
    loaded = db.session.scalars(select(Registration).options(*schedule.LOADED).where(Registration.id == ada.id)).one()
    registration_mails.send_status([loaded], at=factories.AT)
    factories.commit()
    (mail,) = mails("registrations.offered")
    assert "Take it by 11 Jan 2027, 09:00 Vienna (UTC+1)." in mail.text
    assert f"Take or decline the place:\nhttp://events.test/r/{ada.token}" in mail.text
    assert mail.calendar is None


def test_each_day_of_a_run_in_parts_is_announced_once(event: Event, ada: Registration) -> None:
    """Two parts on the first day, one on the next, one a week later: nobody hears of tomorrow while they sit in today's part."""
    hour, week = timedelta(hours=1), timedelta(days=7)
    db.session.get_one(Event, event.id).kind = EventKind.RUN
    begins = [START, START + 4 * hour, START + timedelta(days=1), START + week]
    for number, start in enumerate(begins, 1):
        db.session.add(EventPart(event_id=event.id, number=number, starts_at=start, ends_at=start + hour))
    db.session.get_one(Event, event.id).ends_at = begins[-1] + hour
    factories.commit()
    told = []
    for hours in range(8 * 24 + 1):
        moment = DAY_BEFORE + timedelta(hours=hours)
        if go(moment):
            told.append(moment)
    assert told == [DAY_BEFORE, DAY_BEFORE + week]
    assert ["on 18 May 2027 at 09:00" in one.text for one in mails("registrations.before_1d")] == [True, False]
    assert "on 25 May 2027 at 09:00" in mails("registrations.before_1d")[-1].text
    assert outcomes("before_1d") == ["sent"]


def test_on_video_each_day_s_first_part_is_announced_an_hour_before(company: Organisation) -> None:
    video = factories.event(title="Course", format=EventFormat.VIRTUAL, join_url="https://meet.example/x")
    factories.registration(video, company, mode=Mode.VIRTUAL)
    hour, day = timedelta(hours=1), timedelta(days=1)
    video.kind, video.ends_at = EventKind.RUN, START + day + hour
    for number, start in enumerate((START, START + 3 * hour, START + day), 1):
        db.session.add(EventPart(event_id=video.id, number=number, starts_at=start, ends_at=start + hour))
    factories.commit()
    switch(video, "before_1d", on=False)
    told = [START + timedelta(minutes=m) for m in range(-120, 26 * 60, 10) if go(START + timedelta(minutes=m))]
    assert told == [START - hour, START + day - hour]
    # A day that is moved after it was announced is announced again; one that was over is not.
    part = db.session.scalars(select(EventPart).where(EventPart.event_id == video.id, EventPart.number == 3)).one()
    part.starts_at, part.ends_at = START + 2 * day, START + 2 * day + hour
    db.session.get_one(Event, video.id).ends_at = START + 2 * day + hour
    factories.commit()
    assert go(START + day) == 0
    assert go(START + 2 * day - hour) == 1
    assert go(START + 2 * day - hour + timedelta(minutes=1)) == 0
