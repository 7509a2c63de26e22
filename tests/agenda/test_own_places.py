"""Signing up to sessions: rules, waiting list, giving back, and what happens to places when people or sessions go."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from eventapp.agenda.content.sessions import SessionDetails, change_session
from eventapp.agenda.models import (
    AgendaFeed,
    AgendaSession,
    SessionAudience,
    SessionMaterial,
    SessionSignUp,
    SessionStar,
    SignUpStatus,
)
from eventapp.agenda.own import queries, service
from eventapp.agenda.own.counting import differing
from eventapp.agenda.releases.jobs import tell
from eventapp.agenda.releases.telling import Group
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import AudienceField, Event, EventFormat, Mode
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations import queries as registrations
from eventapp.registrations import service as registering
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import agenda, factories
from tests.support.agenda import day
from tests.support.browsing import mails
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields

CONFIRMED, WAITING, CANCELLED = SignUpStatus.CONFIRMED, SignUpStatus.WAITING, SignUpStatus.CANCELLED


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(slug="epc", title="Partner Conference", format=EventFormat.HYBRID)


def people(event: Event, number: int, **values: Any) -> list[Registration]:
    """That many confirmed registrations of one company."""
    company = factories.organisation(**values)
    guests = [factories.attendee(email=f"p{n}@{company.id}.example") for n in range(number)]
    return [registrations.by_token(r.token) for r in factories.register(event, company, *guests)]


def sign_up(who: Registration, to: AgendaSession, **values: Any) -> SessionSignUp:
    made = service.sign_up(who, to, **{"by": TESTS, "at": NOW, **values})
    factories.commit()
    return made


def status_of(who: Registration, to: AgendaSession) -> SignUpStatus | None:
    db.session.rollback()
    found = {one.session_id: one.status for one in queries.of_registrations([who.id])}
    return found.get(to.id)


def released(event: Event, **values: Any) -> AgendaSession:
    """A session with places, made public."""
    made = agenda.session(event, **{"signs_up": True, "capacity": 1, **values})
    agenda.release(event)
    return made


def test_the_last_place_goes_to_the_first_and_the_next_one_moves_up(event: Event) -> None:
    lab = released(event, title="Lab")
    first, second, third = people(event, 3)
    assert [sign_up(one, lab).status for one in (first, second, third)] == [CONFIRMED, WAITING, WAITING]
    assert sign_up(first, lab).id == sign_up(first, lab).id
    assert [mail.kind for mail in mails() if mail.kind.startswith("agenda.")] == ["agenda.confirmed"]
    service.give_back(queries.of_registrations([first.id]), by=TESTS, at=NOW)
    factories.commit()
    assert [status_of(one, lab) for one in (first, second, third)] == [None, CONFIRMED, WAITING]
    told = [(mail.kind, mail.to_address) for mail in mails() if mail.kind.startswith("agenda.")][1:]
    addresses = registrations.addresses([first.person_id, second.person_id])
    assert told == [("agenda.given_back", addresses[first.person_id]), ("agenda.promoted", addresses[second.person_id])]
    assert miscounts() == []


def test_a_raised_capacity_lets_people_in(event: Event) -> None:
    lab = released(event)
    first, second, third = people(event, 3)
    for one in (first, second, third):
        sign_up(one, lab)
    moved = service.change_capacity(lab, 2, at=NOW)
    factories.commit()
    assert [one.registration_id for one in moved] == [second.id]
    service.change_capacity(lab, None, at=NOW)
    factories.commit()
    assert status_of(third, lab) is CONFIRMED
    assert miscounts() == []


def test_the_calendar_follows_with_numbers_that_only_grow(event: Event) -> None:
    lab = released(event, title="Lab", room=agenda.room(event, "Wienzeile"))
    (one,) = people(event, 1)
    sign_up(one, lab)
    service.give_back(queries.of_registrations([one.id]), by=TESTS, at=NOW)
    factories.commit()
    sign_up(one, lab)
    found = [Calendar.from_ical(m.calendar).walk("VEVENT")[0] for m in mails() if m.kind.startswith("agenda.") and m.calendar]
    assert [str(entry["STATUS"]) for entry in found] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert len({str(entry["UID"]) for entry in found}) == 1
    sequences = [entry["SEQUENCE"] for entry in found]
    assert sequences == sorted(set(sequences))
    assert "Wienzeile" in str(found[0]["LOCATION"])
    assert [m.calendar_method for m in mails() if m.kind.startswith("agenda.")] == ["REQUEST", "CANCEL", "REQUEST"]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"signs_up_until": NOW - timedelta(minutes=1)}, "Signing up is over"),
        ({"starts_at": NOW - timedelta(hours=1)}, "Signing up is over"),
        ({"delivery": EventFormat.IN_PERSON, "mode": Mode.VIRTUAL}, "in the room only"),
        ({"status": "waiting"}, "confirmed registration"),
        ({"cancel": True}, "does not take place"),
        ({"audience": ["isv"]}, "is for others"),
    ],
)
def test_what_is_refused(event: Event, values: dict[str, Any], refusal: str) -> None:
    values = dict(values)  # the same for each database
    mode, waiting = values.pop("mode", Mode.IN_PERSON), values.pop("status", None)
    audience, cancel = values.pop("audience", None), values.pop("cancel", False)
    lab = released(event, **values)
    company = factories.organisation()
    (one,) = factories.register(event, company, factories.attendee(mode=mode))
    one = registrations.by_token(one.token)
    if waiting:
        registering.cancel([one], reason="", by=TESTS, at=NOW)
    if audience:
        db.session.add(SessionAudience(session_id=lab.id, field=AudienceField.TYPE, values=audience))
    if cancel:
        agenda.cancel(lab)
    factories.commit()
    with pytest.raises(RuleError, match=refusal):
        service.sign_up(one, lab, by=TESTS, at=NOW)
    db.session.rollback()
    assert status_of(one, lab) is None


def test_who_fits_the_audience_gets_in(event: Event) -> None:
    lab = released(event)
    db.session.add(SessionAudience(session_id=lab.id, field=AudienceField.TIER, values=["premier", "ready"]))
    (one,) = people(event, 1, tier_key="ready")
    assert sign_up(one, lab).status is CONFIRMED


def test_two_at_once_are_refused_unless_one_is_given_up(event: Event) -> None:
    lab = agenda.session(event, "Lab", signs_up=True, capacity=1)
    other = released(event, title="Other", starts_at=day(7, 30))
    one, two = people(event, 2)
    sign_up(one, lab)
    sign_up(two, lab)
    with pytest.raises(RuleError, match="It overlaps with Lab"):
        service.sign_up(one, other, by=TESTS, at=NOW)
    db.session.rollback()
    one = registrations.by_token(one.token)
    assert sign_up(one, other, instead=[lab.id]).status is CONFIRMED
    assert status_of(one, lab) is None
    assert status_of(two, lab) is CONFIRMED


def test_back_to_back_is_no_overlap(event: Event) -> None:
    lab = agenda.session(event, "Lab", signs_up=True, capacity=1)
    other = released(event, starts_at=day(7, 45))
    (one,) = people(event, 1)
    sign_up(one, lab)
    assert sign_up(one, other).status is CONFIRMED


def test_a_track_has_a_limit_for_each(event: Event) -> None:
    track = agenda.track(event, "Training", most_each=1)
    first = agenda.session(event, "First", track=track, signs_up=True)
    second = agenda.session(event, "Second", track_id=track.id, signs_up=True, starts_at=day(9))
    agenda.release(event)
    (one,) = people(event, 1)
    sign_up(one, first)
    with pytest.raises(RuleError, match="1 session of Training"):
        service.sign_up(one, second, by=TESTS, at=NOW)
    db.session.rollback()
    one = registrations.by_token(one.token)
    assert sign_up(one, second, instead=[first.id]).status is CONFIRMED


def test_cancelling_a_registration_frees_the_place_at_once(event: Event) -> None:
    lab = released(event)
    one, two = people(event, 2)
    sign_up(one, lab)
    sign_up(two, lab)
    registering.cancel([one], reason="", by=TESTS, at=NOW)
    assert db.session.get_one(Pool, lab.pool_id).taken == 1
    factories.commit()
    assert status_of(two, lab) is CONFIRMED
    assert db.session.scalars(select(SessionSignUp.status).where(SessionSignUp.registration_id == one.id)).all() == [CANCELLED]


def test_a_cancelled_registration_is_one_mail_however_many_sessions(event: Event) -> None:
    lab, talk = agenda.session(event, "Lab", signs_up=True), released(event, starts_at=day(9))
    gone, video = people(event, 2)
    for one in (gone, video):
        sign_up(one, lab)
        sign_up(one, talk)
    before, address = {mail.id for mail in mails()}, registrations.addresses([gone.person_id])[gone.person_id]
    registering.cancel([gone], reason="", by=TESTS, at=NOW)
    factories.commit()
    assert (status_of(gone, lab), status_of(gone, talk)) == (None, None)
    kinds = [mail.kind for mail in mails() if mail.id not in before and mail.to_address == address]
    assert kinds == ["registrations.cancelled"]


def test_who_comes_instead_begins_anew(event: Event) -> None:
    lab = released(event)
    one, two = people(event, 2, domain="donau.example")
    sign_up(one, lab)
    sign_up(two, lab)
    agenda.star(one, lab)
    service.renew_feed(one, by=TESTS, at=NOW)
    factories.commit()
    registering.substitute(one, "New", "Comer", "new@donau.example", by=TESTS, at=NOW)
    factories.commit()
    assert status_of(one, lab) is None
    assert status_of(two, lab) is CONFIRMED
    assert db.session.scalars(select(SessionStar)).all() == []
    assert db.session.scalars(select(AgendaFeed)).all() == []
    assert mails("agenda.given_back") == [], "the mail that another comes says enough"


def test_going_on_video_frees_what_is_in_the_room_only(event: Event) -> None:
    lab = agenda.session(event, "Lab", signs_up=True, delivery=EventFormat.IN_PERSON)
    stream = released(event, starts_at=day(9))
    (one,) = people(event, 1)
    sign_up(one, lab)
    sign_up(one, stream)
    registering.change_mode(one, Mode.VIRTUAL, by=TESTS, at=NOW)
    factories.commit()
    assert status_of(one, lab) is None
    assert status_of(one, stream) is CONFIRMED


def test_back_on_the_waiting_list_of_the_event_means_out_of_the_session(event: Event) -> None:
    small = factories.event(slug="small", format=EventFormat.HYBRID, capacity_in_person=2)
    lab = released(small)
    one, two, _three = people(small, 3)
    sign_up(one, lab)
    sign_up(two, lab)
    registering.to_waiting_list([one], reason="", by=TESTS, at=NOW)
    factories.commit()
    assert status_of(one, lab) is None
    assert status_of(two, lab) is CONFIRMED


def test_a_session_that_is_not_held_frees_its_places(event: Event) -> None:
    lab = released(event)
    one, two = people(event, 2)
    sign_up(one, lab)
    sign_up(two, lab)
    assert service.free_sessions([lab.id], reason="ill", by=TESTS, at=NOW) == 2
    factories.commit()
    pool = db.session.get_one(Pool, lab.pool_id)
    assert (pool.taken, pool.waiting) == (0, 0)
    assert [mail.kind for mail in mails("agenda.given_back")] == ["agenda.given_back"]


def test_an_organizer_puts_somebody_in_past_the_rules(event: Event) -> None:
    lab = released(event, signs_up_until=NOW - timedelta(days=1))
    one, two = people(event, 2)
    sign_up(one, lab, by_hand="VIP")
    made = sign_up(two, lab, by_hand="VIP too", above=True)
    assert made.status is CONFIRMED
    pool = db.session.get_one(Pool, lab.pool_id)
    assert (pool.taken, pool.overbooked) == (2, 1)
    signed_up = select(AuditEntry).where(AuditEntry.action == "own_agenda.sign_up").order_by(AuditEntry.id)
    entry = db.session.scalars(signed_up).all()[-1]
    assert entry.changes["reason"] == "VIP too"


def test_stars_come_and_go(event: Event) -> None:
    lab = released(event)
    (one,) = people(event, 1)
    for starred in (True, True, False, False, True):
        service.set_star(one, lab.id, starred=starred, at=NOW)
        factories.commit()
    assert len(db.session.scalars(select(SessionStar)).all()) == 1


def test_a_release_without_the_session_frees_its_places_and_its_mail_reaches_who_had_them(event: Event) -> None:
    lab = agenda.session(event, "Lab", signs_up=True, capacity=1)
    agenda.session(event, "Stays")
    agenda.release(event)
    one, two = people(event, 2)
    sign_up(one, lab)
    sign_up(two, lab)
    agenda.cancel(lab)
    made = agenda.release(event, at=NOW, tell=[Group.PLACES])
    pool = db.session.get_one(Pool, lab.pool_id)
    assert (pool.taken, pool.waiting) == (0, 0)
    assert (status_of(one, lab), status_of(two, lab)) == (None, None)
    assert mails("agenda.given_back") == []
    addresses = registrations.addresses([one.person_id, two.person_id])
    first = addresses[one.person_id]
    tell(made.id)
    told = {mail.to_address: mail for mail in mails("agenda.release")}
    assert set(told) == set(addresses.values())
    assert "METHOD:CANCEL" in (told[first].calendar or "")


def test_the_page_of_the_event_knows_the_newest_release_at_once(event: Event) -> None:
    before = event.version
    agenda.session(event)
    agenda.release(event, at=NOW)
    assert db.session.get_one(Event, event.id).version > before


def test_more_places_by_the_form_of_a_session_let_people_in(event: Event) -> None:
    lab = released(event)
    one, two = people(event, 2)
    sign_up(one, lab)
    sign_up(two, lab)
    details = SessionDetails(title=lab.title, type_id=lab.type_id, signs_up=True, capacity=2)
    change_session(lab, details, version=lab.version, by=TESTS, at=NOW)
    factories.commit()
    assert status_of(two, lab) is CONFIRMED
    assert len(mails("agenda.promoted")) == 1


def test_the_doctor_finds_places_that_are_none(event: Event) -> None:
    lab = released(event)
    (one,) = people(event, 1)
    made = sign_up(one, lab)
    assert list(differing()) == []
    made.status = WAITING
    factories.commit()
    assert list(differing()) == [(made.id, lab.id)]


def test_one_does_not_change_ones_mind_for_ever(event: Event) -> None:
    """Each time is two mails, also to addresses that somebody has only typed."""
    lab = released(event, capacity=5)
    (who,) = people(event, 1)
    for _n in range(service.MOST_CHANGES):
        service.give_back([sign_up(who, lab)], by=TESTS, at=NOW)
        factories.commit()
    with pytest.raises(RuleError, match="too often"):
        sign_up(who, lab)
    assert sign_up(who, lab, by_hand="On the phone").status is SignUpStatus.CONFIRMED


def test_the_link_of_who_has_no_place_opens_nothing_that_is_not_public(client: PageClient, event: Event) -> None:
    hidden = agenda.session(event, "Board meeting", code="BOARD1", listed=False)
    db.session.add(SessionMaterial(session_id=hidden.id, title="Paper", url="https://a.example/1", is_public=False))
    agenda.release(event)
    (who,) = people(event, 1)
    page = f"/r/{who.token}/agenda"
    assert "Board meeting" in client.get(page).text
    assert "Paper" in client.get(f"{page}/BOARD1").text
    registering.cancel([registrations.by_token(who.token)], reason="", by=TESTS, at=NOW)
    factories.commit()
    assert "Board meeting" not in client.get(page).text
    assert client.get(f"{page}/BOARD1").status_code == 404


def test_a_place_is_not_given_back_once_the_session_has_begun(
    client: PageClient, event: Event, clock: time_machine.Traveller
) -> None:
    lab = released(event, capacity=5, starts_at=NOW + timedelta(hours=1))
    (who,) = people(event, 1)
    made = sign_up(who, lab)
    url = f"/r/{who.token}/agenda/{lab.code}"
    data = fields(client.get(url).text, f"{url}/give-back")
    clock.shift(timedelta(minutes=70))
    assert "has begun" in client.get(client.post(f"{url}/give-back", data=data).location).text
    assert status_of(who, lab) is made.status
