"""Takes the README's pictures from a running demo: `.venv/bin/python docs/make_pictures.py http://127.0.0.1:5000`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
PASSWORD = "partner-demo-2027"  # noqa: S105 - the demo's, printed by run.py
ORGANIZER = "olivia.organizer@karmin.example"
COMPANY = "petra.huber@donau-systemhaus.example"
MANAGER = "mona.manager@karmin.example"

# File name, login, path, width, height, colour scheme.
SHOTS = [
    ("home", None, "/", 1280, 900, "light"),
    ("event", None, "/events/epc-2027/", 1280, 900, "light"),
    ("agenda", None, "/events/epc-2027/agenda?view=room&day=2027-05-19", 1280, 900, "light"),
    ("dashboard", ORGANIZER, "/admin/events/epc-2027/", 1280, 1000, "light"),
    ("dashboard-phone-dark", ORGANIZER, "/admin/events/epc-2027/", 360, 780, "dark"),
    ("registrations-dark", ORGANIZER, "/admin/events/epc-2027/registrations/", 1280, 900, "dark"),
    ("registrations-phone", ORGANIZER, "/admin/events/epc-2027/registrations/", 360, 780, "light"),
    ("form", ORGANIZER, "/admin/events/epc-2027/form/", 1280, 900, "light"),
    ("companies", ORGANIZER, "/admin/companies/", 1280, 900, "light"),
    ("register", COMPANY, "/events/epc-2027/register", 1280, 900, "light"),
    ("plan", COMPANY, "/plans/JBP-2026-0001/", 1280, 900, "light"),
    ("sign-phone-dark", COMPANY, "/plans/JBP-2027-0001/", 360, 780, "dark"),
    ("portfolio", MANAGER, "/plans/portfolio", 1280, 900, "light"),
    ("register-phone", COMPANY, "/events/epc-2027/register", 360, 780, "light"),
]


def sign_in(page: Page, email: str) -> None:
    """Signs in through the page."""
    page.goto("/login")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()


def main(address: str) -> None:
    """Takes every picture; the secret link's comes from the first confirmed registration that the organizer sees."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name, login, path, width, height, scheme in SHOTS:
            context = browser.new_context(
                base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id="Europe/London"
            )
            page = context.new_page()
            if login:
                sign_in(page, login)
            page.goto(path)
            page.wait_for_timeout(300)
            page.screenshot(path=PICTURES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
