"""Every main page in a real browser: axe in both themes and at both widths, no sideways scrolling, focus on problems."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from eventapp.accounts.models import Role
from eventapp.events.models import EventFormat, Mode
from eventapp.partners.models import MembershipRole
from eventapp.registrations import service as registrations
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.support import factories
from tests.support.databases import Backend

Theme = Literal["light", "dark"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

WIDTHS: dict[int, tuple[Theme, Theme]] = {1280: ("light", "dark"), 360: ("dark", "light")}
ORGANIZER = "olivia@karmin.example"
COMPANY = "petra.huber@donau.example"
LIST = "Account Name;Programme ID;Partner Type;Tier;Country\nDonau Systemhaus;KP-182660;Reseller;Ready;AT\nNowhere;;;;\n"

ANYBODY = [
    "/",
    "/events/summit/",
    "/events/summit/register",
    "/login",
    "/reset",
    "/nothing",
    "/login/link",
    "/register-account",
    "/register-account/sent",
]
HOLDERS = ["{confirmed}", "{waiting}", "{cancelled}", "{confirmed}/edit", "{confirmed}/substitute", "{confirmed}/cancel"]
COMPANIES = ["/", "/events/summit/register", "/events/summit/registrations", "/account/", "/account/password", "/admin/"]
OWN_LOGIN = [
    "/account/address",
    "/account/confirm",
    "/account/passkeys",
    "/account/second-factor",
    "/account/second-factor/set-up",
    "/account/sessions",
]
EVENTS = [
    "/admin/",
    "/admin/events/new",
    "/admin/events/summit/",
    "/admin/events/summit/edit",
    "/admin/events/summit/quotas",
    "/admin/events/summit/cancel",
    "/admin/events/summit/move/",
    "/admin/events/summit/move/to/virtual",
    "/admin/events/summit/move/to/in-person",
    "/admin/events/summit/move/to/date",
    "/admin/events/summit/phone-list",
    "/admin/events/summit/registrations/",
    "/admin/events/summit/registrations/?q=nobody-of-this-name",
    "/admin/events/summit/registrations/?status=confirmed",
    "/admin/events/summit/registrations/{registration}",
    "/admin/events/summit/registrations/add",
]
LISTS = [
    "/admin/companies/",
    "/admin/companies/add",
    "/admin/companies/{company}",
    "/admin/companies/{company}/edit",
    "/admin/companies/{company}/people/add",
    "/admin/imports/",
    "/admin/imports/new",
    "/admin/mail/",
    "/admin/log/",
]


@dataclass(frozen=True)
class World:
    """What the pages show, by the names that their addresses use."""

    names: dict[str, Any]

    def addresses(self, paths: list[str]) -> list[str]:
        """The paths with ids and links filled in."""
        return [path.format(**self.names) for path in paths]


@pytest.fixture
def world(app: Flask) -> World:
    """A hybrid event with somebody confirmed, somebody waiting and somebody who has cancelled."""
    factories.user(ORGANIZER, Role.ORGANIZER, name="Olivia Lindner", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    account = factories.user(COMPANY, name="Petra Huber", password=PASSWORD)
    factories.person(company, "Petra", "Huber", COMPANY, role=MembershipRole.ADMIN, user=account)
    factories.person(company, "Ömer", "Yıldız", "oemer.yildiz@donau.example")
    event = factories.event(
        title="Summit",
        slug="summit",
        format=EventFormat.HYBRID,
        join_url="https://meet.example/room",
        capacity_in_person=1,
        quotas={"ready": 5},
    )
    rows = factories.register(
        event,
        company,
        *(factories.attendee(given, "Huber", f"{given.lower()}@donau.example") for given in ("Anna", "Berta")),
        factories.attendee("Carla", "Huber", "carla@donau.example", mode=Mode.VIRTUAL),
    )
    registrations.cancel(rows[2:], by=factories.TESTS, at=factories.AT, reason="")
    factories.commit()
    links = dict(zip(("confirmed", "waiting", "cancelled"), (f"/r/{row.token}" for row in rows), strict=True))
    return World({"company": company.id, "registration": rows[0].id, **links})


@dataclass(frozen=True)
class Look:
    """Looks at pages. Markup and colours do not depend on the database, so axe runs with the first one only."""

    thorough: bool

    def at(self, page: Page, paths: list[str]) -> None:
        """Each page, opened afresh."""
        for path in paths:
            page.goto(path)
            self.here(page, path)

    def here(self, page: Page, name: str) -> None:
        """The page as it stands: axe, and nothing makes 320 px scroll sideways."""
        if self.thorough:
            self._axe(page, name)
        page.set_viewport_size({"width": 320, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{name} is {over} px too wide"
        page.set_viewport_size({"width": 1280, "height": 900})

    def _axe(self, page: Page, name: str) -> None:
        """No violation of any rule at each width. Of the themes, the second can only break what is about colours."""
        # A colour that is still on its way when the theme changes would be measured in between.
        page.emulate_media(reduced_motion="reduce")
        page.evaluate(Axe().axe_script)
        for width, themes in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            for theme in themes:
                page.emulate_media(color_scheme=theme)
                options: dict[str, Any] = {"resultTypes": ["violations"]}
                if theme != themes[0]:
                    options["runOnly"] = ["color-contrast", "link-in-text-block"]
                found = page.evaluate("(options) => axe.run(options).then((r) => r.violations)", options)
                told = [(v["id"], v["nodes"][0]["target"], v["nodes"][0].get("failureSummary")) for v in found]
                assert not told, f"{name} at {width}, {theme}: {told}"


@pytest.fixture
def look(backend: Backend) -> Look:
    return Look(thorough=backend.name == "sqlite")


def test_pages_for_anybody(visit: Visits, world: World, look: Look) -> None:
    look.at(visit(), ANYBODY + world.addresses(HOLDERS))


def test_pages_of_a_company(visit: Visits, world: World, look: Look) -> None:
    page = visit()
    sign_in(page, COMPANY)
    look.at(page, COMPANIES + OWN_LOGIN)
    page.goto("/events/summit/register")
    page.get_by_role("checkbox", name="Petra Huber").check()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and register")
    look.here(page, "check and register")


def test_pages_of_an_event(visit: Visits, world: World, look: Look) -> None:
    page = visit()
    sign_in(page, ORGANIZER)
    look.at(page, world.addresses(EVENTS))
    page.goto("/admin/events/summit/registrations/")
    page.locator(".filter summary").first.click()
    look.here(page, "an open menu")


def test_pages_of_the_lists(visit: Visits, world: World, look: Look) -> None:
    page = visit()
    sign_in(page, ORGANIZER)
    look.at(page, world.addresses(LISTS))
    page.goto("/admin/imports/new")
    page.locator("input[type=file]").set_input_files({"name": "p.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    page.get_by_role("button", name="Go on").click()
    look.at(page, [page.url])
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the import")
    look.at(page, [page.url])


def test_focus_lands_on_the_problems(visit: Visits, world: World, look: Look) -> None:
    """By keyboard alone: the summary has the focus, and the first line of it leads into its field."""
    page = visit()
    sign_in(page, ORGANIZER)
    for path, button, field in (
        ("/admin/events/new", "Save as draft", "Title (required)"),
        ("/admin/companies/add", "Add the company", "Name"),
        ("/admin/events/summit/registrations/add", "Register", "Company"),
    ):
        page.goto(path)
        page.get_by_role("button", name=button, exact=True).press("Enter")
        summary = page.get_by_role("alert").filter(has_text="There is a problem")
        expect(summary).to_be_focused()
        look.here(page, f"{path} with problems")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_label(field, exact=True)).to_be_focused()
        assert page.title().startswith("Error:"), page.title()
