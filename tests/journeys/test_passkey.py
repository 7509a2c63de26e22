"""A newcomer registers with a passkey and logs in with it, in Chromium with a virtual authenticator."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from eventapp.accounts.service import hooks
from eventapp.core.db import db
from tests.journeys.conftest import Visits
from tests.support.browsing import mails

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_authenticator(page: Page) -> None:
    """Gives the browser a device that makes and keeps passkeys."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


@pytest.fixture
def at_localhost(app: Flask, server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server under the name that browsers allow passkeys on."""
    address = server.replace("127.0.0.1", "localhost")
    monkeypatch.setitem(app.config, "BASE_URL", address)
    monkeypatch.setattr(hooks, "ON_VERIFIED", [])
    return address


def test_register_with_a_passkey_and_log_in_with_it(app: Flask, at_localhost: str, visit: Visits) -> None:
    page = visit()
    with_authenticator(page)
    page.goto(at_localhost)
    page.get_by_role("link", name="Register Account").click()
    page.get_by_label("E-mail").fill("nina@donau.example")
    page.get_by_label("Name").fill("Nina Novak")
    page.get_by_label("With a passkey instead").check()
    page.get_by_role("button", name="Register Account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have sent you a mail")
    link = next(word for word in mails("accounts.sign_up")[0].text.split() if word.startswith("http"))
    db.session.rollback()  # an open transaction holds SQLite's lock
    page.goto(link)
    page.get_by_role("button", name="Confirm and log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How you log in from now on")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your login")
    page.get_by_role("link", name="Your passkeys").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("main").get_by_label("Name").fill("A second one")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("That did not work")  # this device has one
    page.get_by_role("button", name="Log out").click()
    page.goto(f"{at_localhost}/login?next=/account/sessions")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your devices")
    expect(page.get_by_role("main")).to_contain_text("Passkey")


def test_without_passkeys_nothing_offers_them(at_localhost: str, visit: Visits) -> None:
    page = visit(java_script_enabled=False)
    page.goto(f"{at_localhost}/login")
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
