"""A recording is handed in from a phone, marked twice by its trainer, and certified, in a real browser."""

import math
import struct
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.registrations.models import Registration
from eventapp.training.models import AttendanceState
from tests.journeys.conftest import PASSWORD, Visits, sign_in, started
from tests.journeys.test_main_job import mails
from tests.support import factories, training

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2027, 5, 18, 12, 0, tzinfo=UTC)


def test_from_a_recording_to_a_certificate(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        journey(app, visit)


def sound(seconds: int) -> bytes:
    """A WAV file that plays."""
    count = 8000 * seconds
    data = bytes(128 + round(60 * math.sin(n / 6)) for n in range(count))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + count, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", count)
    return head + data


def journey(app: Flask, visit: Visits) -> None:
    trainer = factories.user("tina@karmin.example", Role.TRAINER, password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    version = training.course(
        "VID-101", title="Presenting on video", exercise="Record yourself", exercise_html="<p>Record yourself</p>", attempts=2
    )
    training.criterion(version, "Structure", most=10, least=4)
    training.criterion(version, "Voice", most=10)
    starts, ends = (datetime(2027, 5, 18, hour, tzinfo=UTC) for hour in (8, 11))
    run = training.run(version, trainers=[trainer], starts_at=starts, ends_at=ends)
    zoe = factories.person(company, "Zoe", "Lang", "zoe@donau.example")
    whole = {"attendance": AttendanceState.ATTENDED, "settled_at": NOW, "settled_by": "x", "settled_reason": "Was there"}
    enrolment = training.enrol(run, company, zoe, **whole)
    token = db.session.scalars(select(Registration.token).where(Registration.id == enrolment.registration_id)).one()
    run_id = run.id
    factories.commit()

    phone = visit("Europe/Vienna", 360)
    phone.goto(f"/r/{token}")
    phone.get_by_role("link", name="Assessment, exercise and what you say of it").click()
    phone.get_by_role("link", name="Open Practical exercise").click()
    started(phone)
    # What is no recording is refused by what it holds; the note is still there.
    phone.get_by_label("Note for your trainer").fill("My first take")
    phone.get_by_label("Recording", exact=True).set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": b"hello" * 99}
    )
    phone.get_by_role("button", name="Hand in").click()
    expect(phone.get_by_text("This is no recording that we know.")).to_be_visible()
    expect(phone.get_by_label("Note for your trainer")).to_have_value("My first take")
    hand_in(phone, 2)
    expect(phone.get_by_text("My first take")).to_be_visible()
    # A function: a mere expression would be evaluated anew at each look, and that our Content-Security-Policy forbids.
    phone.wait_for_function("() => document.querySelector('audio').duration > 0")
    length = phone.evaluate("document.querySelector('audio').duration")
    assert round(length) == 2

    page = visit("Europe/Vienna", 1280)
    sign_in(page, "tina@karmin.example")
    page.goto(f"/teach/{run_id}/results")
    page.get_by_role("link", name="Mark Zoe Lang").click()
    give(page, "3", "9")
    expect(page.get_by_text("12 of 20 points, 60 %: does not pass")).to_be_visible()
    page.get_by_label("Comment on the whole").fill("Begin with the customer.")
    page.get_by_role("button", name="Save the marks").click()
    expect(page.get_by_text("No recording waits.")).to_be_visible()

    (told,) = [mail for mail in mails() if mail.kind == "training.marked"]
    assert told.to_address == "zoe@donau.example"
    db.session.rollback()
    phone.reload()
    expect(phone.get_by_text("Begin with the customer.")).to_be_visible()
    hand_in(phone, 3)
    expect(phone.get_by_text("Replace the recording")).to_be_visible()

    # The run is made final before; whoever passes after that is certified at once.
    page.goto(f"/teach/{run_id}/close")
    page.get_by_role("button", name="Make final").click()
    expect(page.get_by_text("The results are final.")).to_be_visible()
    page.goto(f"/teach/{run_id}/results")
    page.get_by_role("link", name="Mark Zoe Lang").click()
    give(page, "7", "7")
    expect(page.get_by_text("14 of 20 points, 70 %: passes")).to_be_visible()
    page.get_by_role("button", name="Save the marks").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("14 of 20 points")).to_be_visible()
    (issued,) = [mail for mail in mails() if mail.kind == "certificates.issued"]
    assert issued.to_address == "zoe@donau.example"
    db.session.rollback()


def hand_in(phone: Page, seconds: int) -> None:
    """Chooses a recording, and waits until it has arrived."""
    file = {"name": "take.wav", "mimeType": "audio/wav", "buffer": sound(seconds)}
    started(phone)
    phone.get_by_label("Recording", exact=True).set_input_files(file)
    phone.get_by_role("button", name="Hand in").click()
    expect(phone.get_by_text("Handed in. We write to you when it is marked.")).to_be_visible()


def give(page: Page, structure: str, voice: str) -> None:
    """Types the points by the keyboard alone."""
    page.get_by_label("Points, 0 to 10").first.focus()
    page.keyboard.type(structure)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(voice)
