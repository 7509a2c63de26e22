"""What the journeys themselves promise: no script fails unseen, and one that fails takes no other test with it."""

import pytest

from tests.journeys.conftest import Visits

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
