"""From a run that is over to certificates, what anybody sees of one, and its revocation, in a real browser."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.training import completing
from eventapp.training.models import AttendanceState, Certificate
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.support import factories, training

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2027, 5, 18, 12, 0, tzinfo=UTC)


def test_from_a_run_to_certificates_and_their_revocation(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        journey(app, visit)


def journey(app: Flask, visit: Visits) -> None:
    trainer = factories.user("tina@karmin.example", Role.TRAINER, password=PASSWORD)
    factories.user("olivia@karmin.example", Role.ORGANIZER, password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    version = training.course("EDG-201", title="Edge gateways at customers", validity_months=24)
    starts, ends = (datetime(2027, 5, 18, hour, tzinfo=UTC) for hour in (8, 11))
    run = training.run(version, trainers=[trainer], starts_at=starts, ends_at=ends)
    zoe = factories.person(company, "Zoe", "Lukasiewicz", "zoe@donau.example")
    whole = {"attendance": AttendanceState.ATTENDED, "settled_at": NOW, "settled_by": "x", "settled_reason": "Was there"}
    enrolment = training.enrol(run, company, zoe, **whole)
    completing.look([enrolment], by=factories.TESTS, at=NOW)
    factories.commit()

    # The trainer says that the results are final.
    page = visit("Europe/Vienna", 1280)
    sign_in(page, "tina@karmin.example")
    page.goto(f"/teach/{run.id}/certificates")
    expect(page.get_by_text("As things stand that is 1.")).to_be_visible()
    page.get_by_role("link", name="Make final").click()
    page.get_by_role("button", name="Make final").click()
    expect(page.get_by_text("The results are final.")).to_be_visible()
    page.get_by_role("link", name="Certificates", exact=True).click()
    expect(page.get_by_text("Results are final", exact=True)).to_be_visible()

    # Zoe gets it by mail, takes it along, and corrects her name.
    (told,) = [mail for mail in mails() if mail.kind == "certificates.issued"]
    assert told.to_address == "zoe@donau.example"
    link = next(word for word in told.text.split() if "/certificate/" in word)
    phone = visit("Europe/Vienna", 360, "dark")
    phone.goto(link[link.index("/certificate/") :])
    expect(phone.get_by_role("heading", name="Edge gateways at customers")).to_be_visible()
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    phone.get_by_role("link", name="Correct the name").click()
    phone.get_by_label("Name as printed").fill("Zoë Łukasiewicz")
    phone.get_by_role("button", name="Replace the certificate").click()
    expect(phone.get_by_text("Zoë Łukasiewicz").first).to_be_visible()
    db.session.rollback()
    old, new = db.session.scalars(select(Certificate.code).order_by(Certificate.id)).all()
    db.session.rollback()  # reading holds the file, and the server has to write

    # Anybody may check it: by its address, and by typing the code.
    anybody = visit("America/New_York", 360)
    anybody.goto(f"/verify/{old}")
    expect(anybody.get_by_text("was replaced by another one")).to_be_visible()
    anybody.get_by_role("link", name="Check another one").click()
    anybody.get_by_label("Certificate code").fill(f"{new[:4].lower()}-{new[4:8]}-{new[8:]}")
    anybody.get_by_role("button", name="Check").click()
    expect(anybody.get_by_text("This certificate is valid.")).to_be_visible()
    expect(anybody.get_by_text("Donau")).to_have_count(0)

    # The organizer revokes it; the very next look says so.
    page = visit("Europe/London", 1280)
    sign_in(page, "olivia@karmin.example")
    page.goto("/admin/training/certificates/?state=valid")
    page.get_by_role("link", name="Zoë Łukasiewicz").click()
    page.get_by_role("link", name="Revoke").click()
    page.get_by_label("Reason").fill("Somebody else sat there")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked, and the person was told.")).to_be_visible()
    anybody.reload()
    expect(anybody.get_by_text("This certificate was revoked on 18 May 2027.")).to_be_visible()
    assert "Somebody else" not in anybody.content()
