"""People whom somebody brings along: by name alone, as many as the event allows each."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.overview import doctor
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.plus_ones.service import bring
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, press, send
from tests.support.pages import PageClient

GUEST = {"given_name": "Inês", "family_name": "Óváry"}


@pytest.fixture
def event(app: object) -> Event:
    """Three places, one for each company, and each may bring two."""
    made = factories.event(title="Gala", slug="gala", capacity=3, quotas={"ready": 1})
    made.plus_ones = 2
    factories.commit()
    return made


@pytest.fixture
def host(event: Event, firm: Firm) -> Registration:
    made = factories.registration(event, firm.company, "Ada", "Lang", email="ada@donau.example")
    factories.commit()
    return made


def states() -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    assert (miscounts(), miscounted()) == ([], [])
    return [r.status.value for r in db.session.scalars(select(Registration).order_by(Registration.id))]


def test_the_host_brings_two_and_no_third(client: PageClient, event: Event, host: Registration) -> None:
    page = f"/r/{host.token}/plus-ones"
    assert "Whom you bring along" in client.get(f"/r/{host.token}").text
    assert "Nobody yet" in client.get(page).text
    assert send(client, page, {**GUEST, "family_name": " "}).status_code == 422
    assert send(client, page, GUEST).status_code == 302
    first = next(m for m in mails(to="ada@donau.example") if "Inês Óváry" in m.text)
    assert (first.kind, first.to_name) == ("registrations.confirmed", "Ada Lang")
    assert "Ada Lang" in first.text
    assert send(client, page, {**GUEST, "given_name": "<i>Two"}).status_code == 302
    shown = client.get(page).text
    assert "<i>Two" not in shown
    assert "Bring along" not in shown
    with pytest.raises(RuleError, match="bring 2 people"):
        bring(queries.by_token(host.token), "Three", "More", by=factories.TESTS, at=NOW)
    assert states() == ["confirmed"] * 3
    assert list(doctor.without_address(NOW)) == []
    assert db.session.get_one(Pool, event.pool_id).taken == 3


def test_they_take_a_place_of_the_event_or_wait(event: Event, host: Registration) -> None:
    event.pool.capacity = 1
    factories.commit()
    made = bring(queries.by_token(host.token), "Inês", "Óváry", by=factories.TESTS, at=NOW)
    assert made.status is RegistrationStatus.WAITING
    factories.commit()
    assert states() == ["confirmed", "waiting"]


def test_cancelling_the_host_asks(client: PageClient, host: Registration) -> None:
    send(client, f"/r/{host.token}/plus-ones", GUEST)
    asked = client.get(f"/r/{host.token}/cancel").text
    assert "Inês Óváry" in asked
    assert "They still come, without me" in asked
    assert send(client, f"/r/{host.token}/cancel").status_code == 302
    assert states() == ["cancelled", "cancelled"]
    service.undo_cancel(queries.by_token(host.token), by=factories.TESTS, at=NOW)
    factories.commit()
    assert states() == ["confirmed", "confirmed"]
    assert send(client, f"/r/{host.token}/cancel", {"alone": "y"}).status_code == 302
    assert states() == ["cancelled", "confirmed"]


def test_taking_one_out_and_nobody_elses(client: PageClient, event: Event, host: Registration) -> None:
    page = f"/r/{host.token}/plus-ones"
    send(client, page, GUEST)
    (guest,) = queries.guests_of([host.id])
    other = factories.registration(event, factories.organisation())
    factories.commit()
    form = client.get(page).text
    assert f"/plus-ones/{guest.id}/remove" in form
    assert "Whom you bring along" not in client.get(f"/r/{guest.token}").text
    assert press(client, page, f"{page}/{guest.id}/remove").status_code == 302
    assert states() == ["confirmed", "cancelled", "confirmed"]
    assert client.post(f"/r/{other.token}/plus-ones/{guest.id}/remove").status_code in (400, 404)


def test_off_by_default_and_set_with_the_way_in(client: PageClient, firm: Firm) -> None:
    plain = factories.event(slug="plain")
    one = factories.registration(plain, firm.company, email="ada@donau.example")
    factories.commit()
    assert "Whom you bring along" not in client.get(f"/r/{one.token}").text
    with pytest.raises(RuleError, match="Nobody can be brought"):
        bring(queries.by_token(one.token), "A", "B", by=factories.TESTS, at=NOW)
    client.sign_in(factories.organizer("olga@karmin.example"))
    url = "/admin/events/plain/admission/way"
    assert send(client, url, {"plus_ones": "11"}).status_code == 422
    assert send(client, url, {"plus_ones": "1"}).status_code == 302
    assert db.session.get_one(Event, plain.id, populate_existing=True).plus_ones == 1


def test_two_clicks_for_the_last_one(app: Flask, event: Event, host: Registration) -> None:
    event.plus_ones = 1
    factories.commit()
    token = host.token
    db.session.remove()
    start, outcomes = threading.Barrier(2), list[str]()

    def bring_one(name: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    bring(queries.by_token(token), name, "Gast", by=factories.TESTS, at=NOW)
                outcomes.append("came")
            except RuleError:
                outcomes.append("refused")

    threads = [threading.Thread(target=bring_one, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["came", "refused"]
    assert states() == ["confirmed", "confirmed"]


def test_organizers_see_with_whom_somebody_comes(client: PageClient, host: Registration) -> None:
    send(client, f"/r/{host.token}/plus-ones", GUEST)
    (guest,) = queries.guests_of([host.id])
    client.sign_in(factories.organizer("olga@karmin.example"))
    shown = client.get(f"/admin/events/gala/registrations/{guest.id}").text
    assert "Comes along with" in shown
    assert "Ada Lang (ada@donau.example)" in shown
    assert "Óváry" in client.get("/admin/events/gala/registrations/").text
