"""A trainer in the browser: the roll on a phone without network, and a report from the file to everybody's minutes."""

from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import expect

from eventapp.core.db import db
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.training.attendance.conftest import AFTER, DATA, World, berlin, vps

__all__ = ["vps"]


@pytest.fixture
def hall(app: Any) -> World:
    names = ("Ada Lang", "Ben Weiß", "Zoë van 't Hof")
    return berlin([{"name": name, "email": f"{name[:3].lower()}@donau.example"} for name in names])


def enter(world: World, page: Any) -> None:
    world.trainer.password = hash_password(PASSWORD)
    db.session.commit()
    sign_in(page, "jo@karmin.example")


def test_what_was_chosen_on_a_phone_survives_a_lost_network(visit: Visits, hall: World, clock: Any) -> None:
    clock.move_to(AFTER)
    page = visit(width=360)
    enter(hall, page)
    page.goto("/teach/1/roll")
    ada = page.get_by_role("group", name="Ada Lang")
    ada.get_by_role("radio", name="Here", exact=True).check()
    expect(page.get_by_text("1 here, 0 not, 2 open")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("No network. What you chose is kept on this device")).to_be_visible()
    assert hall.states() == {}
    db.session.rollback()  # what was read holds SQLite's lock
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    expect(ada.get_by_role("radio", name="Here", exact=True)).to_be_checked()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 mark saved.")).to_be_visible()
    expect(page.get_by_text("Not saved yet.")).to_be_hidden()
    page.get_by_role("button", name="All open ones are here").click()
    expect(page.get_by_text("2 marks saved.")).to_be_visible()
    page.get_by_role("button", name="Open the 2 marks").click()
    expect(page.get_by_text("1 here, 0 not, 2 open")).to_be_visible()


def test_a_report_from_the_file_to_final_results(visit: Visits, vps: World, clock: Any) -> None:
    clock.move_to(AFTER)
    page = visit()
    enter(vps, page)
    page.goto("/teach/1/attendance")
    page.get_by_role("link", name="Import a report").click()
    page.get_by_label("Report of the meeting tool").set_input_files(str(DATA / "teams-attendance.csv"))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Take it in").click()
    page.get_by_role("link", name="Say whose they are").click()
    page.get_by_role("button", name="Nicolò De Luca").click()
    expect(page.get_by_text("Matched, and counted anew.")).to_be_visible()
    db.session.expire_all()
    assert vps.states() == {"attended": 30, "partial": 4, "no_show": 6}
    db.session.rollback()
    for _n in range(2):
        page.get_by_role("button", name="Nobody of the enrolled: put aside").first.click()
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    page.goto("/teach/1/close")
    page.get_by_role("button", name="Make final", exact=True).click()
    expect(page.get_by_text("The results are final.")).to_be_visible()
