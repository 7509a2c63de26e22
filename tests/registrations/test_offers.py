"""Who moves up is confirmed or offered the place: accepted, declined or left by one link, and over at its deadline."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.jobs import SWEEPS, run_job
from eventapp.events.models import Event
from eventapp.places import queries as places
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration, RegistrationStatus, Side
from eventapp.registrations.tallies import miscounted
from eventapp.registrations.waiting import service as waiting
from eventapp.registrations.waiting.rules import OfferTimes, offer_until
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, send_page
from tests.support.pages import PageClient, token_of

SOON = {"starts_at": NOW + timedelta(days=2), "ends_at": NOW + timedelta(days=3)}
TIMES = OfferTimes(24, 4, 72)
START = datetime(2027, 5, 18, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "complete", "lasts"),
    [
        (timedelta(hours=73), True, None),
        (timedelta(hours=72), True, timedelta(hours=4)),
        (timedelta(days=30), False, timedelta(hours=24)),
        (timedelta(hours=10), False, timedelta(hours=4)),
        (timedelta(hours=3), True, timedelta(hours=3)),
        (timedelta(0), False, None),
        (timedelta(hours=-5), True, None),
    ],
)
def test_the_rule(before: timedelta, complete: bool, lasts: timedelta | None) -> None:
    """All answers and the start far off: confirmed. Else an offer, short near the start, never longer than until then."""
    at = START - before
    until = offer_until(TIMES, START, complete=complete, at=at)
    assert until == (None if lasts is None else at + lasts)


def status_of(one: Registration) -> str:
    """The status as it stands in the database, which agrees with everything that is counted."""
    db.session.rollback()
    db.session.expire_all()
    assert places.miscounts() == []
    assert miscounted() == []
    found = db.session.get_one(Registration, one.id).status.value
    db.session.rollback()
    return found


def post(client: PageClient, page: TestResponse, url: str) -> TestResponse:
    """Sends a button of the page, or one that is no longer there."""
    return client.post(url, data={"csrf_token": token_of(page.text)})


def fresh(one: Registration) -> Registration:
    """The registration with all that belongs to it, as it stands in the database."""
    db.session.rollback()
    token = one.token
    db.session.expunge_all()
    return queries.by_token(token)


def leave(one: Registration) -> None:
    service.cancel([fresh(one)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()


def acts(one: Registration) -> list[str]:
    query = db.select(AuditEntry.action).where(AuditEntry.object_type == "registration", AuditEntry.object_id == one.id)
    return [action.removeprefix("registrations.") for action in db.session.scalars(query.order_by(AuditEntry.id))]


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(title="Summit", capacity=1, **SOON)


@pytest.fixture
def ada(event: Event, firm: Firm) -> Registration:
    """Has the only place."""
    return factories.registration(event, firm.company, email="ada@donau.example")


@pytest.fixture
def ben(ada: Registration, event: Event, firm: Firm) -> Registration:
    """Waits first."""
    return factories.registration(event, firm.company, email="ben@donau.example")


@pytest.fixture
def offered(ada: Registration, ben: Registration) -> Registration:
    """Ben, whom Ada's place is offered."""
    leave(ada)
    assert status_of(ben) == "offered"
    return ben


def test_far_before_the_start_whoever_moves_up_is_confirmed(firm: Firm) -> None:
    event = factories.event(capacity=1)
    ada, ben = (factories.registration(event, firm.company, email=f"{name}@donau.example") for name in ("ada", "ben"))
    leave(ada)
    assert status_of(ben) == "confirmed"
    assert acts(ben) == ["register", "promote"]


def test_whoever_lacks_answers_is_offered_the_place_for_a_day(firm: Firm) -> None:
    event = factories.event(capacity=1)
    ada, ben = (factories.registration(event, firm.company, email=f"{name}@donau.example") for name in ("ada", "ben"))
    ben.missing_answers = 2
    factories.commit()
    leave(ada)
    assert status_of(ben) == "offered"
    assert fresh(ben).booking.offered_until == NOW + timedelta(hours=24)


def test_the_offer_holds_the_place_and_is_told_by_mail(client: PageClient, offered: Registration) -> None:
    booking = fresh(offered).booking
    assert booking.state is BookingState.OFFERED
    assert booking.offered_until == NOW + timedelta(hours=4)
    assert acts(offered) == ["register", "offer"]
    mail = mails(to="ben@donau.example")[-1]
    assert mail.subject == "A place for you: Summit"
    assert f"/r/{offered.token}" in mail.text
    assert "20 Jan 2027, 14:00 Vienna (UTC+1)" in mail.text
    assert mail.calendar is None


def test_looking_at_the_link_changes_nothing(client: PageClient, offered: Registration) -> None:
    for _n in range(2):
        page = client.get(f"/r/{offered.token}").text
    assert "A place is free for you, Ben Moser." in page
    assert "It is kept until 20 Jan 2027, 14:00 Vienna (UTC+1)." in page
    assert status_of(offered) == "offered"
    for act in ("accept", "turn-down"):
        assert client.get(f"/r/{offered.token}/{act}").status_code == 405


def test_the_deadline_stands_in_ones_own_time_too(client: PageClient, offered: Registration) -> None:
    fresh(offered).person.time_zone = "Asia/Kolkata"
    factories.commit()
    assert "On your clock: 20 Jan 2027, 18:30 Kolkata (UTC+5:30)." in client.get(f"/r/{offered.token}").text


def test_accepting_twice_is_accepting_once(client: PageClient, offered: Registration) -> None:
    page = client.get(f"/r/{offered.token}")
    for _n in range(2):
        assert send_page(client, page, "", action=f"/r/{offered.token}/accept").status_code == 302
    assert status_of(offered) == "confirmed"
    assert acts(offered) == ["register", "offer", "accept"]
    assert [m.subject for m in mails(to="ben@donau.example")].count("Your place is confirmed: Summit") == 1
    assert mails(to="ben@donau.example")[-1].calendar_method == "REQUEST"


def test_declining_lets_the_next_one_have_it(client: PageClient, offered: Registration, event: Event, firm: Firm) -> None:
    eva = factories.registration(event, firm.company, email="eva@donau.example")
    page = client.get(f"/r/{offered.token}")
    post(client, page, f"/r/{offered.token}/turn-down")
    assert status_of(offered) == "cancelled"
    assert status_of(eva) == "offered"
    assert acts(offered) == ["register", "offer", "turn_down"]
    assert "The offer was declined." in client.get(f"/r/{offered.token}").text


def test_an_offer_lapses_with_the_sweep_and_goes_on(
    app: Flask, clock: time_machine.Traveller, offered: Registration, event: Event, firm: Firm
) -> None:
    eva = factories.registration(event, firm.company, email="eva@donau.example")
    assert "registrations.lapse_offers" in SWEEPS
    clock.move_to(NOW + timedelta(hours=4) - timedelta(seconds=1))
    run_job(app, "registrations.lapse_offers")
    assert status_of(offered) == "offered"
    clock.move_to(NOW + timedelta(hours=4))
    for _n in range(2):
        run_job(app, "registrations.lapse_offers")
    assert (status_of(offered), status_of(eva)) == ("cancelled", "offered")
    assert acts(offered) == ["register", "offer", "lapse"]
    assert "The offer was not accepted in time." in mails(to="ben@donau.example")[-1].text
    until = fresh(eva).booking.offered_until
    assert until is not None
    assert timedelta(0) <= until - NOW - timedelta(hours=8) < timedelta(minutes=1)


@pytest.mark.parametrize("end", ["lapse", "turn_down", "cancel"])
@pytest.mark.parametrize("others", [0, 1])
def test_undoing_an_offer_that_ended_gives_no_place(
    app: Flask, clock: time_machine.Traveller, client: PageClient, offered: Registration, firm: Firm, end: str, others: int
) -> None:
    for _n in range(others):
        factories.registration(fresh(offered).event, firm.company, email="eva@donau.example")
    at = NOW + timedelta(hours=4)
    if end == "lapse":
        waiting.lapse(offered.event_id, at=at)
    elif end == "turn_down":
        waiting.turn_down(fresh(offered), by=factories.TESTS, at=at, side=Side.PERSON)
    else:
        service.cancel([fresh(offered)], reason="", by=factories.TESTS, at=at, side=Side.PERSON)
    factories.commit()
    clock.move_to(at + timedelta(minutes=3))
    told = len(mails(to="ben@donau.example"))
    page = client.get(f"/r/{offered.token}")
    answer = post(client, page, f"/r/{offered.token}/undo")
    again = client.get(answer.location).text
    assert ("The place has gone to somebody else" if others else "The place is offered to you again.") in again
    assert status_of(offered) == ("waiting" if others else "offered")
    assert len(mails(to="ben@donau.example")) == told + 1


def test_an_offer_that_an_organizer_turned_down_is_not_taken_back_by_the_link(client: PageClient, offered: Registration) -> None:
    page = client.get(f"/r/{offered.token}")
    waiting.turn_down(fresh(offered), by=factories.TESTS, at=NOW)
    factories.commit()
    answer = post(client, page, f"/r/{offered.token}/undo")
    assert "only an organizer can take it back" in client.get(answer.location).text
    assert status_of(offered) == "cancelled"
    assert "Undo" not in mails("registrations.cancelled")[-1].text


def test_undoing_brings_a_place_back_that_was_accepted(offered: Registration) -> None:
    waiting.accept(fresh(offered), by=factories.TESTS, at=NOW)
    factories.commit()
    leave(offered)
    service.undo_cancel(fresh(offered), by=factories.TESTS, at=NOW)
    factories.commit()
    assert status_of(offered) == "confirmed"


def test_a_late_yes_is_no_yes(app: Flask, client: PageClient, clock: time_machine.Traveller, offered: Registration) -> None:
    page = client.get(f"/r/{offered.token}")
    clock.move_to(NOW + timedelta(hours=4))
    answer = post(client, page, f"/r/{offered.token}/accept")
    assert "This offer is over." in client.get(answer.location).text
    assert status_of(offered) == "offered"
    run_job(app, "registrations.lapse_offers")
    assert status_of(offered) == "cancelled"
    assert "Accept the place" not in client.get(f"/r/{offered.token}").text


def test_a_yes_before_the_sweep_stands(app: Flask, clock: time_machine.Traveller, offered: Registration) -> None:
    waiting.accept(fresh(offered), by=factories.TESTS, at=NOW + timedelta(hours=3))
    factories.commit()
    clock.move_to(NOW + timedelta(hours=5))
    assert waiting.lapse(offered.event_id, at=NOW + timedelta(hours=5)) == 0
    assert status_of(offered) == "confirmed"


@pytest.mark.parametrize(("act", "status"), [("accept", "confirmed"), ("turn-down", "cancelled")])
def test_the_company_answers_for_its_colleague(
    petra: PageClient, offered: Registration, event: Event, act: str, status: str
) -> None:
    page = petra.get(f"/events/{event.slug}/registrations")
    assert "until 20 Jan 2027, 14:00 Vienna (UTC+1)" in page.text
    post(petra, page, f"/events/{event.slug}/registrations/{offered.id}/{act}")
    assert status_of(offered) == status


def test_another_company_finds_no_such_offer(client: PageClient, offered: Registration, event: Event) -> None:
    other = client.sign_in(factories.company_admin(factories.organisation()))
    for number in (offered.id, 999_999):
        page = other.get(f"/events/{event.slug}/register")
        answer = post(other, page, f"/events/{event.slug}/registrations/{number}/accept")
        assert answer.status_code == 404
    assert status_of(offered) == "offered"


def test_nobody_accepts_what_is_not_offered(client: PageClient, ada: Registration, ben: Registration) -> None:
    for one, left in ((ada, "confirmed"), (ben, "waiting")):
        page = client.get(f"/r/{one.token}/edit")
        for act in ("accept", "turn-down"):
            assert post(client, page, f"/r/{one.token}/{act}").status_code == 302
        assert status_of(one) == left


def test_who_leaves_by_the_link_frees_the_place(client: PageClient, offered: Registration) -> None:
    leave(offered)
    assert status_of(offered) == "cancelled"
    assert db.session.get_one(Booking, offered.booking_id).offered_until is None


def test_a_cancelled_event_takes_its_offers_along(offered: Registration) -> None:
    service.cancel_all([fresh(offered)], reason="Storm", by=factories.TESTS, at=NOW)
    factories.commit()
    assert status_of(offered) == "cancelled"


def test_the_page_says_whether_one_is_asked(client: PageClient, ben: Registration, firm: Firm) -> None:
    assert "we offer it to you by mail, and you have 4 hours to accept." in client.get(f"/r/{ben.token}").text
    far = factories.event(capacity=0)
    one = factories.registration(far, firm.company, email="eva@donau.example")
    page = client.get(f"/r/{one.token}").text
    assert "it is yours automatically" in page
    assert "In the last 72 hours before the start we offer it to you, and you have 4 hours to accept." in page
    assert one.status is RegistrationStatus.WAITING
