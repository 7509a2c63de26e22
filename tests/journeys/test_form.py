"""A form with conditions, and an option that runs out while two people look at it."""

import io

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import expect

from eventapp.accounts.models import Role
from eventapp.questions.models import Kind
from eventapp.questions.rules.asked import Option
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.support import factories, forms

pytestmark = pytest.mark.browser


def test_an_option_runs_out_while_two_people_look_at_it(app: Flask, visit: Visits) -> None:
    event = factories.event(title="Summit", slug="summit")
    where = forms.section(event, "Your day")
    options = (Option("", "Hands-on lab", "green", 1), Option("", "Sales stories"))
    lab = forms.question(event, where, "Which workshop?", Kind.ONE_OF, options=options)
    forms.question(event, where, "Do you bring a laptop?", Kind.YES_NO, shown_if=[forms.part(lab, "hands_on_lab")])
    forms.question(event, where, "Anything else?")
    donau = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    tokens = [
        factories.registration(event, donau, given, "Lang", email=f"{given.lower()}@donau.example").token
        for given in ("Ada", "Ben")
    ]
    ada, ben = visit(), visit(width=360, scheme="dark")
    for page, token in zip((ada, ben), tokens, strict=True):
        page.goto(f"/r/{token}/edit")
        assert page.get_by_text("Hands-on lab (1 left)").is_visible()
        assert not page.get_by_text("Do you bring a laptop?").is_visible()
        assert not page.get_by_role("button", name="Show further questions").is_visible(), "the browser shows them itself"
        page.get_by_label("Hands-on lab").check()
        assert page.get_by_text("Do you bring a laptop?").is_visible()
        page.get_by_label("Sales stories").check()
        assert not page.get_by_text("Do you bring a laptop?").is_visible()
        page.get_by_label("Hands-on lab").check()
    ben.get_by_label("Anything else?").fill("A seat at the window")
    ben.get_by_label("Yes").check()
    ada.get_by_role("button", name="Save").click()
    ada.get_by_text("Saved.").wait_for()
    ben.get_by_role("button", name="Save").click()
    ben.get_by_role("alert").get_by_text("There is a problem").wait_for()
    assert ben.title().startswith("Error:")
    assert ben.locator(".error-summary").get_by_text("is full").is_visible()
    assert ben.get_by_label("Anything else?").input_value() == "A seat at the window"
    assert ben.get_by_label("Hands-on lab (full)").is_disabled()
    assert ben.evaluate("document.documentElement.scrollWidth") <= 360
    ben.get_by_label("Sales stories").check()
    ben.get_by_role("button", name="Save").click()
    ben.get_by_text("Saved.").wait_for()
    ben.goto(f"/r/{tokens[1]}/edit")
    assert ben.get_by_label("Sales stories").is_checked()


def test_an_organizer_builds_a_form_and_drags_a_question(app: Flask, visit: Visits) -> None:
    factories.event(title="Summit", slug="summit")
    factories.user("olga@karmin.example", Role.ORGANIZER, password=PASSWORD)
    page = visit()
    sign_in(page, "olga@karmin.example")
    page.goto("/admin/events/summit/form/")
    page.get_by_role("link", name="Add a section").first.click()
    page.get_by_label("Title").fill("Travel")
    page.get_by_role("button", name="Save").click()
    for label in ("First?", "Second?"):
        page.get_by_role("link", name="Add a question").click()
        page.get_by_label("Question", exact=True).fill(label)
        # Only what belongs to the kind is shown.
        expect(page.get_by_label("At most so many options")).to_be_hidden()
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
    page.get_by_role("link", name="Add a question").click()
    preview = page.get_by_role("button", name="Preview without saving")
    expect(preview).to_be_hidden()
    page.context.set_offline(True)
    page.get_by_label("Question", exact=True).fill("Third?")
    expect(preview).to_be_visible()
    page.context.set_offline(False)
    preview.click()
    expect(page.locator("#look").get_by_text("Third?")).to_be_visible()
    page.goto("/admin/events/summit/form/")
    rows = page.locator(".builder-row")
    assert rows.nth(0).inner_text().startswith("First?")
    with page.expect_navigation():
        rows.nth(1).drag_to(rows.nth(0), target_position={"x": 20, "y": 2})
    assert page.locator(".builder-row").nth(0).inner_text().startswith("Second?")
    page.get_by_role("button", name="Move Second? down").click()
    page.get_by_text("Moved.").first.wait_for()
    assert page.locator(".builder-row").nth(0).inner_text().startswith("First?")


def test_a_portrait_is_sent_from_a_phone_and_shown(app: Flask, visit: Visits) -> None:
    event = factories.event(title="Summit", slug="summit")
    forms.question(event, forms.section(event), "Your portrait?", Kind.PICTURE, at_door=True)
    donau = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    token = factories.registration(event, donau, "Ada", "Lang", email="ada@donau.example").token
    factories.user("olga@karmin.example", Role.ORGANIZER, password=PASSWORD)
    ada = visit(width=360, scheme="dark")
    ada.goto(f"/r/{token}/edit")
    ada.get_by_label("Your portrait?").set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    ada.get_by_role("button", name="Save").click()
    ada.get_by_role("alert").get_by_text("This is no picture that we can read.").wait_for()
    out = io.BytesIO()
    Image.new("RGB", (1200, 1600), "teal").save(out, "JPEG")
    ada.get_by_label("Your portrait?").set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    ada.get_by_role("button", name="Finish later").click()
    ada.goto(f"/r/{token}/edit")
    assert ada.get_by_text("me.jpg").is_visible(), "also what is finished later keeps it"
    ada.get_by_role("button", name="Save").click()
    ada.get_by_text("Saved.").wait_for()
    organizer = visit()
    sign_in(organizer, "olga@karmin.example")
    organizer.goto("/admin/events/summit/registrations/?columns=door")
    portrait = organizer.locator("img.thumbnail")
    portrait.scroll_into_view_if_needed()
    shown = "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    assert portrait.evaluate(shown) == [120, 160]
