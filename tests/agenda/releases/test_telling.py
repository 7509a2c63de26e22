"""Who is told of a release, what their mail says, what their calendar gets, and that nobody is told twice."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.agenda.models import AgendaRelease, AgendaSession, SessionSignUp, SignUpStatus
from eventapp.agenda.own import feed
from eventapp.agenda.releases import jobs, service, telling
from eventapp.agenda.releases.models import ReleaseNotice
from eventapp.agenda.releases.telling import Group
from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.events.models import Event
from eventapp.mail.message import message_of
from eventapp.mail.models import OutboxMail
from eventapp.registrations.models import Registration
from tests.support import agenda
from tests.support.factories import AT, STARTS, TESTS, commit, event, organisation, person, registration

EVERYBODY = tuple(Group)


def mails() -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.kind == "agenda.release").order_by(OutboxMail.id)
    return list(db.session.scalars(query))


def release(at: Event, tell: tuple[Group, ...] = EVERYBODY, **values: Any) -> AgendaRelease:
    made = agenda.release(at, tell=tell, **values)
    jobs.tell(made.id)
    return made


def calendars(mail: OutboxMail) -> list[Any]:
    """The calendar files of a mail as a program reads them: method and entry of each."""
    message = message_from_bytes(message_of(mail, "events@karmin.example", "Events").as_bytes())
    found = []
    for part in message.walk():
        if part.get_content_type() == "text/calendar" and part.get_filename():
            read = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            assert part.get_param("method") == read["METHOD"]
            [entry] = read.walk("VEVENT")
            found.append((read["METHOD"], entry))
    return found


class World:
    """An event with a released session, somebody with a place, somebody waiting, a star and a speaker."""

    def __init__(self) -> None:
        self.event = event()
        self.hall, self.attic = agenda.room(self.event, "Hall"), agenda.room(self.event, "Attic")
        company = organisation()
        self.speaker = agenda.speaker(self.event, "Petra Huber", person(company, "Petra", "Huber", "petra@firm.example"))
        self.nameless = agenda.speaker(self.event, "No Address")
        self.talk = self.session("News", signs_up=True, speakers=[self.speaker, self.nameless])
        self.other = self.session("Views")
        self.guest, self.waiting, self.starry, self.nobody = (
            registration(self.event, company, name, "Muster", email=f"{name.lower()}@firm.example")
            for name in ("Gast", "Warte", "Stern", "Niemand")
        )
        agenda.sign_up(self.guest, self.talk)
        row = agenda.sign_up(self.waiting, self.talk)
        row.status = SignUpStatus.WAITING
        agenda.star(self.starry, self.other)
        agenda.star(self.guest, self.talk)
        commit()
        agenda.release(self.event, "First")

    def session(self, title: str, **values: Any) -> AgendaSession:
        return agenda.session(self.event, title, room=self.hall, **values)

    def move(self, session: AgendaSession, hours: int = 1) -> None:
        agenda.place(session, starts_at=STARTS + timedelta(hours=hours), room=self.attic)


@pytest.fixture
def world(app: Flask) -> World:
    return World()


def to(address: str) -> OutboxMail:
    [found] = [mail for mail in mails() if mail.to_address == address]
    return found


def test_a_moved_session_reaches_whom_it_concerns_and_nobody_else(world: World) -> None:
    world.move(world.talk)
    world.move(world.other, 3)
    release(world.event, note="The hall is too small.")
    assert sorted(mail.to_address for mail in mails()) == [
        "gast@firm.example", "petra@firm.example", "stern@firm.example", "warte@firm.example",
    ]  # fmt: skip
    text = to("gast@firm.example").text
    assert "- Moved: News (you have a place)" in text
    assert "Tue 18 May, 10:00–10:45, Attic" in text
    assert "before: Tue 18 May, 09:00–09:45, Hall" in text
    assert "The hall is too small." in text
    assert "Views" not in text
    assert "(you wait for a place)" in to("warte@firm.example").text
    assert "Views (you starred it)" in to("stern@firm.example").text
    assert "(you speak)" in to("petra@firm.example").text
    assert to("warte@firm.example").calendar is None
    assert to("stern@firm.example").calendar is None


def test_the_calendar_entry_has_the_uid_and_sequence_of_the_private_feed(world: World) -> None:
    for round_ in (1, 2):
        world.move(world.talk, round_)
        release(world.event)
    [(method, entry)] = calendars([m for m in mails() if m.to_address == "gast@firm.example"][-1])
    assert (method, str(entry["SUMMARY"]), entry["SEQUENCE"]) == ("REQUEST", "News", 2)
    assert entry["DTSTART"].dt == STARTS + timedelta(hours=2)
    assert entry["ATTENDEE"] == "mailto:gast@firm.example"
    guest = db.session.get_one(Registration, world.guest.id)
    db.session.refresh(guest, ["event"])
    subscribed = icalendar.Calendar.from_ical(feed.file_of(guest))
    assert (entry["UID"], entry["SEQUENCE"]) in [(e["UID"], e["SEQUENCE"]) for e in subscribed.walk("VEVENT")]
    agenda.cancel(world.talk)
    release(world.event)
    [(method, gone)] = calendars([m for m in mails() if m.to_address == "gast@firm.example"][-1])
    assert (method, gone["STATUS"], gone["UID"], gone["SEQUENCE"]) == ("CANCEL", "CANCELLED", entry["UID"], 3)


def test_several_entries_are_a_file_each(world: World) -> None:
    second, third = (world.session(name, signs_up=True) for name in ("Second", "Third"))
    for one in (second, third):
        agenda.sign_up(world.guest, one)
    agenda.release(world.event, "Second")
    for one in (world.talk, second):
        world.move(one)
    agenda.cancel(third)
    release(world.event)
    mail = to("gast@firm.example")
    assert sorted((method, str(entry["SUMMARY"])) for method, entry in calendars(mail)) == [
        ("CANCEL", "Third"),
        ("REQUEST", "News"),
        ("REQUEST", "Second"),
    ]
    message = message_from_bytes(message_of(mail, "events@karmin.example", "Events").as_bytes())
    names = [part.get_filename() for part in message.walk() if part.get_filename()]
    assert names == ["event.ics", "event-2.ics", "event-3.ics"]


def test_changed_words_reach_nobody_unless_asked_for(world: World) -> None:
    world.talk.title = "Other news"
    commit()
    _last, plan = service.queries.next_plan(world.event.id)
    shares = {share.group: share for share in telling.review(world.event.id, plan).shares}
    assert [shares[group].people for group in EVERYBODY] == [0, 0, 0]
    assert [shares[group].words for group in EVERYBODY] == [2, 2, 0]
    release(world.event)
    assert mails() == []
    world.talk.title = "Still other news"
    commit()
    release(world.event, words=True)
    assert sorted(mail.to_address for mail in mails()) == ["gast@firm.example", "petra@firm.example", "warte@firm.example"]
    assert "Changed: Still other news" in mails()[0].text


def test_a_longer_session_is_told_though_it_begins_where_it_was(world: World) -> None:
    agenda.place(world.talk, starts_at=STARTS, room=world.hall, minutes=60)
    release(world.event)
    assert "09:00–10:00" in to("gast@firm.example").text
    [(_method, entry)] = calendars(to("gast@firm.example"))
    assert entry["SEQUENCE"] == 1


def test_only_the_chosen_groups_are_told(world: World) -> None:
    world.move(world.talk)
    release(world.event, (Group.SPEAKERS,))
    assert [mail.to_address for mail in mails()] == ["petra@firm.example"]


def test_a_speaker_who_is_registered_gets_one_mail(world: World) -> None:
    registration(world.event, organisation(), "Petra", "Huber", email="petra@firm.example")
    both = db.session.scalars(select(Registration).where(Registration.person_id == world.speaker.person_id)).one()
    agenda.star(both, world.talk)
    world.move(world.talk)
    release(world.event)
    assert "(you speak)" in to("petra@firm.example").text


def test_nobody_is_told_twice_and_a_killed_worker_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    world.move(world.talk)
    made = agenda.release(world.event, tell=EVERYBODY)
    send: Callable[..., None] = jobs.mails.send

    def dies(*args: Any, **values: Any) -> None:
        if args[1].name == "Warte Muster":
            raise RuntimeError("killed")
        send(*args, **values)

    monkeypatch.setattr(jobs.mails, "send", dies)
    with pytest.raises(RuntimeError):
        jobs.tell(made.id)
    assert len(mails()) < 3
    monkeypatch.setattr(jobs.mails, "send", send)
    for _again in range(2):
        jobs.tell_all()
        jobs.tell(made.id)
    assert sorted(mail.to_address for mail in mails()) == ["gast@firm.example", "petra@firm.example", "warte@firm.example"]
    assert all(notice.done_at for notice in db.session.scalars(select(ReleaseNotice)))


def test_who_gave_the_place_back_meanwhile_gets_nothing(world: World) -> None:
    world.move(world.talk)
    made = agenda.release(world.event, tell=(Group.PLACES,))
    row = db.session.scalars(select(SessionSignUp).where(SessionSignUp.registration_id == world.waiting.id)).one()
    row.status, row.cancelled_at = SignUpStatus.CANCELLED, AT + timedelta(minutes=1)
    commit()
    jobs.tell(made.id)
    assert [mail.to_address for mail in mails()] == ["gast@firm.example"]


def test_a_draft_that_changed_since_its_review_is_not_released(world: World) -> None:
    world.move(world.talk)
    _last, plan = service.queries.next_plan(world.event.id)
    seen = telling.fingerprint(plan)
    world.move(world.other)
    with pytest.raises(StaleError, match="changed since you looked"):
        service.release(world.event, "Second", seen=seen, by=TESTS, at=AT)


def test_names_are_text_wherever_they_come_from(world: World) -> None:
    world.talk.title = "http://evil.example & <b>bold</b>"
    world.attic.name = "Room\r\nBcc: all@evil.example"
    commit()
    world.move(world.talk)
    release(world.event)
    mail = to("gast@firm.example")
    assert "<b>bold" not in mail.html
    assert "http://evil.example" not in mail.html
    assert "\r" not in mail.subject
    [(_method, entry)] = calendars(mail)
    assert str(entry["SUMMARY"]) == "http://evil.example & <b>bold</b>"


def test_telling_costs_the_same_for_many(world: World, count_queries: Any) -> None:
    company = organisation()

    def counted(people: int) -> int:
        for _one in range(people):
            agenda.sign_up(registration(world.event, company), world.talk)
        world.move(world.talk, 1 + len(service.queries.releases(world.event.id)))
        made = agenda.release(world.event, tell=EVERYBODY)
        with count_queries() as queries:
            jobs.tell(made.id)
        # One statement writes a mail, and one says that it is written.
        return len(queries) - len(mails_of(queries)) - len(updates_of(queries))

    assert counted(1) == counted(10)


def mails_of(queries: Any) -> list[str]:
    return [text for text in queries.statements if "INSERT INTO outbox_mail" in text]


def updates_of(queries: Any) -> list[str]:
    return [text for text in queries.statements if text.startswith("UPDATE release_notice")]
