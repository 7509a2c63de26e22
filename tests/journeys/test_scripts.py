"""What the journeys themselves promise: no script fails unseen, and one that fails takes no other test with it."""

import pytest
from flask import Flask
from playwright.sync_api import Route, expect

from tests.journeys.conftest import Visits
from tests.support import agenda, factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_a_script_that_fails_is_noted_and_ends_nothing(visit: Visits) -> None:
    page = visit()
    page.goto("/login")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('a script broke') })")
    assert page.get_by_role("heading", level=1).is_visible(), "the browser goes on"
    (noted,) = visit.script_errors
    assert "/login" in noted
    assert "a script broke" in noted
    visit.script_errors.clear()


def test_what_is_typed_before_the_scripts_is_looked_for_as_well(app: Flask, visit: Visits) -> None:
    event = factories.event(slug="summit")
    for title in ("Opening", "First cluster"):
        agenda.session(event, title)
    agenda.release(event)
    page = visit()
    held: list[Route] = []
    page.context.route("**/js/listing.js*", lambda route: held.append(route))
    page.goto("/events/summit/agenda", wait_until="commit")
    page.get_by_role("searchbox").fill("cluster")
    expect(page.get_by_role("link", name="Opening")).to_be_visible()
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(page.get_by_role("link", name="Opening")).to_have_count(0)
    expect(page.get_by_role("link", name="First cluster")).to_be_visible()
