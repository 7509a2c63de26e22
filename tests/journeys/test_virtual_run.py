"""A run on video from join clicks and the report of the meeting tool to certificates, their check by anybody, and a
revocation, in a real browser."""

from datetime import timedelta
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import expect
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.registrations.models import Registration
from eventapp.training.models import AttendanceInterval, Certificate, IntervalSource
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_join_link import NOWHERE, join
from tests.journeys.test_main_job import mails
from tests.support import factories
from tests.training.attendance.conftest import AFTER, STARTS, World, berlin, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# Ada was there all the time, Ben for a quarter of an hour, and Zoë sat at a tablet that bears another name.
REPORT = table(
    "Ada Lang\t4/13/2027 7:58:00 AM\t4/13/2027 10:01:00 AM\tada@donau.example\tAttendee",
    "Ben Weiß\t4/13/2027 8:00:00 AM\t4/13/2027 8:15:00 AM\tben@donau.example\tAttendee",
    "Meeting tablet 4\t4/13/2027 8:02:00 AM\t4/13/2027 10:00:00 AM\t\tAttendee",
)


@pytest.fixture
def run(app: Any) -> World:
    names = ("Ada Lang", "Ben Weiß", "Zoë van 't Hof")
    made = berlin([{"name": name, "email": f"{name[:3].lower()}@donau.example"} for name in names])
    made.trainer.password = hash_password(PASSWORD)
    factories.user("olivia@karmin.example", Role.ORGANIZER, password=PASSWORD)
    db.session.commit()
    return made


def token_of(world: World, address: str) -> str:
    query = select(Registration.token).where(Registration.id == world.of(address).registration_id)
    token = db.session.scalars(query).one()
    db.session.rollback()
    return token


def clicks() -> int:
    db.session.rollback()
    found = db.session.scalars(select(AttendanceInterval).where(AttendanceInterval.source == IntervalSource.JOIN)).all()
    db.session.rollback()  # reading holds the file, and the server has to write
    return len(found)


def test_from_join_clicks_and_a_report_to_a_revoked_certificate(visit: Visits, run: World, clock: Any) -> None:
    tokens = {name: token_of(run, f"{name}@donau.example") for name in ("ada", "ben")}
    clock.move_to(STARTS + timedelta(minutes=1))
    for token in tokens.values():
        phone = visit("Europe/Berlin", 360, proxy=NOWHERE)
        phone.goto(f"/r/{token}")
        phone.get_by_role("link", name="Join").first.click()
        assert join(phone).url.startswith("https://meet.example/")

    # Without a report a click counts to the end: both were there, as far as we know.
    clock.move_to(AFTER)
    page = visit("Europe/Berlin", 1280)
    sign_in(page, "jo@karmin.example")
    page.goto("/teach/1/attendance")
    page.get_by_role("button", name="Count again").click()
    expect(page.get_by_text("Counted anew.")).to_be_visible()
    assert clicks() == 2
    assert run.states() == {"attended": 2, "no_show": 1}
    db.session.rollback()

    # The meeting tool knows better, but not who sat at the tablet.
    page.get_by_role("link", name="Import a report").click()
    page.get_by_label("Report of the meeting tool").set_input_files(
        {"name": "teams.csv", "mimeType": "text/csv", "buffer": REPORT}
    )
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Take it in").click()
    page.get_by_role("link", name="Say whose they are").click()
    row = page.locator("li, article, tr").filter(has_text="Meeting tablet 4").last
    row.get_by_role("combobox").fill("Zoë van 't Hof · Donau Systemhaus GmbH")
    row.get_by_role("button", name="Match").click()
    expect(page.get_by_text("Matched, and counted anew.")).to_be_visible()
    db.session.expire_all()
    assert run.states() == {"attended": 2, "no_show": 1}
    assert run.of("ben@donau.example").attended == 15 * 60
    db.session.rollback()

    page.goto("/teach/1/close")
    page.get_by_role("button", name="Make final", exact=True).click()
    expect(page.get_by_text("The results are final.")).to_be_visible()
    told = {mail.to_address: mail.text for mail in mails() if mail.kind == "certificates.issued"}
    assert told.keys() == {"ada@donau.example", "zoë@donau.example"}
    codes = dict(db.session.execute(select(Certificate.name, Certificate.code)).all())
    db.session.rollback()
    assert f"/verify/{codes['Ada Lang']}" in told["ada@donau.example"]

    # Anybody may check it, and learns nothing more.
    anybody = visit("America/New_York", 360)
    anybody.goto(f"/verify/{codes['Ada Lang']}")
    expect(anybody.get_by_text("This certificate is valid.")).to_be_visible()
    expect(anybody.get_by_text("Presenting on video").first).to_be_visible()
    for hidden in ("Donau", "ada@donau.example", "Jo Trainer"):
        assert hidden not in anybody.content()

    organizer = visit("Europe/London", 1280)
    sign_in(organizer, "olivia@karmin.example")
    organizer.goto("/admin/training/certificates/")
    organizer.get_by_role("link", name="Ada Lang").click()
    organizer.get_by_role("link", name="Revoke").click()
    organizer.get_by_label("Reason").fill("Somebody else sat there")
    organizer.get_by_role("button", name="Revoke").click()
    expect(organizer.get_by_text("Revoked, and the person was told.")).to_be_visible()
    anybody.reload()
    expect(anybody.get_by_text("This certificate was revoked on 13 Apr 2027.")).to_be_visible()
    anybody.goto("/verify/" + codes["Zoë van 't Hof"])
    expect(anybody.get_by_text("This certificate is valid.")).to_be_visible()
