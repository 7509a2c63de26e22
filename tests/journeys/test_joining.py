"""The vendor's queue by keyboard, in a real browser."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.clock import now
from eventapp.core.db import db, reading
from eventapp.partners.joining import service
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Person
from tests.journeys.conftest import PASSWORD, Visits, sign_in, started
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def newcomer(address: str, name: str) -> User:
    """A login that has just proven its address."""
    made = factories.user(address, name=name)
    made.verified_at = now()
    service.match(made, by=made, at=now())
    factories.commit()
    return made


def state_of(family: str) -> tuple[MembershipState, MembershipRole, str]:
    """What became of somebody's request."""
    with reading():
        db.session.rollback()
        query = select(Membership).join(Person, Person.id == Membership.person_id).where(Person.family_name == family)
        found = db.session.scalars(query).one()
        answer = (found.state, found.role, found.decline_reason)
        db.session.rollback()  # an open transaction here would keep the server from writing
    return answer


def press(page: Page, key: str) -> None:
    """Presses a key of the queue, whose card has just come."""
    started(page)
    page.keyboard.press(key)


def test_the_queue_by_keyboard(app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    for name in ("Anna Alt", "Berta Bach", "Clara Cern"):
        domain = f"{name.split()[1].lower()}.example"
        factories.organisation(f"{name.split()[1]} Netze AG", domain=domain)
        newcomer(f"info@{domain}", name)
    page = visit()
    sign_in(page, "olivia@karmin.example")
    page.goto("/admin/queue/")
    heading = page.locator("#queue-item")
    expect(heading).to_contain_text("Anna Alt")

    press(page, "j")
    expect(heading).to_contain_text("Berta Bach")
    press(page, "k")
    expect(heading).to_contain_text("Anna Alt")

    press(page, "a")
    expect(heading).to_contain_text("Berta Bach")
    assert state_of("Alt")[:2] == (MembershipState.ACTIVE, MembershipRole.ADMIN)

    press(page, "d")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    page.keyboard.type("a jolly dark kiosk")
    expect(reason).to_have_value("a jolly dark kiosk")
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.get_by_text("Berta Bach is declined.")).to_be_visible()
    assert state_of("Bach") == (MembershipState.DECLINED, MembershipRole.ADMIN, "a jolly dark kiosk")

    page.get_by_role("button", name="Take the last decision back").click()
    expect(heading).to_contain_text("Berta Bach")
    assert state_of("Bach")[0] is MembershipState.REQUESTED

    # Keys can be turned off, and stay off.
    page.get_by_role("button", name="Turn keys off").click()
    page.reload()
    page.keyboard.press("a")
    page.keyboard.press("Control+a")
    page.wait_for_timeout(300)
    expect(heading).to_contain_text("Berta Bach")
    assert state_of("Bach")[0] is MembershipState.REQUESTED
