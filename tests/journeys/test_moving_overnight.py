"""The night on which the demo's conference goes on video, in a real browser: nobody registers again, nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from eventapp.accounts.demo import DEMO_PASSWORD
from eventapp.core.db import db, transaction
from eventapp.events.models import Event, Mode
from eventapp.overview import demo
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.journeys.conftest import Visits, sign_in
from tests.lifecycle.test_converting_flagship import KEPT, belongings, registrations_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NIGHT = datetime(2027, 5, 16, 22, 30, tzinfo=UTC)
EVENT = "/admin/events/epc-2027/"


def test_the_conference_goes_on_video_overnight(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NIGHT - timedelta(days=1), tick=True), transaction():
        demo.load(at=NIGHT - timedelta(days=1))
    with time_machine.travel(NIGHT, tick=True):
        journey(visit)


def journey(visit: Visits) -> None:
    event = db.session.scalars(select(Event).where(Event.slug == "epc-2027")).one()
    before, held = registrations_of(event), belongings(event)
    one = db.session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.status == RegistrationStatus.WAITING).limit(1)
    ).one()
    token, code = one.token, one.code
    db.session.rollback()

    organizer = visit("Europe/Vienna", 360, "dark")
    sign_in(organizer, "olivia.organizer@karmin.example", DEMO_PASSWORD)
    organizer.goto(EVENT)
    organizer.get_by_role("link", name="Move or cancel …").click()
    organizer.get_by_role("link", name="Move it on video").click()
    organizer.get_by_label("One link for all").fill("https://meet.karmin.example/epc")
    organizer.get_by_label("What everybody should know").fill("The Redoute had to close its halls. Same hours, on video.")
    organizer.get_by_role("button", name="Check what will happen").click()
    said = "1,040 people keep their places, 35 who waited get one, 0 registrations are lost."
    expect(organizer.get_by_text(said)).to_be_visible(timeout=60_000)
    expect(organizer.get_by_text("The Redoute had to close its halls.").first).to_be_visible()
    assert registrations_of(event) == before, "so far it was only looked at"
    db.session.rollback()
    organizer.get_by_role("button", name="Move it on video").click()
    expect(organizer.get_by_text("Done. Everybody is being told.")).to_be_visible(timeout=60_000)
    expect(organizer.get_by_text("This event takes place on video now.")).to_be_visible()

    db.session.expire_all()
    after = registrations_of(event)
    assert before.keys() == after.keys()
    for id_, old in before.items():
        assert {name: old[name] for name in KEPT} == {name: after[id_][name] for name in KEPT}
        assert after[id_]["mode"] is Mode.VIRTUAL
    assert belongings(event) == held
    statuses = [row["status"] for row in after.values()]
    assert statuses.count(RegistrationStatus.CONFIRMED) == 1075
    assert statuses.count(RegistrationStatus.CANCELLED) == 62
    db.session.rollback()

    # Somebody who waited opens the link that they have had all the time.
    guest = visit("Europe/London", 360)
    guest.goto(f"/r/{token}")
    expect(guest.get_by_text("This event takes place on video now.")).to_be_visible()
    expect(guest.get_by_text("The Redoute had to close its halls.")).to_be_visible()
    expect(guest.get_by_text(code).first).to_be_visible()
    guest.goto("/events/epc-2027/")
    expect(guest.get_by_text("nobody needs to register again")).to_be_visible()

    # In the morning the hall is open after all.
    organizer.get_by_role("button", name="Take it back …").click()
    expect(organizer.get_by_text("Nothing has happened yet.")).to_be_visible(timeout=60_000)
    organizer.get_by_role("button", name="Take it back").click()
    expect(organizer.get_by_text("Taken back. Everybody is being told.")).to_be_visible(timeout=60_000)
    db.session.expire_all()
    back = registrations_of(event)
    restored = (*KEPT, "mode", "status")
    for id_, old in before.items():
        assert {name: old[name] for name in restored} == {name: back[id_][name] for name in restored}
    db.session.rollback()
    guest.goto(f"/r/{token}")
    expect(guest.get_by_text("This event takes place as first planned after all.")).to_be_visible()
