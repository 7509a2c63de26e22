"""G9: nothing typed is lost.

A mistake, a session that has ended, a token that is too old, somebody else's newer version: what was typed comes back.
"""

import re
from html import unescape
from typing import Any

import html5lib
import pytest
from flask import Flask

from eventapp.accounts.models import Role
from eventapp.core.web import errors
from eventapp.events import service as events
from tests.accounts.support import PASSWORD, log_in
from tests.guarantees.test_g05_once import NEW_EVENT
from tests.guarantees.world import QuickClient, World, browser, path_of, routes
from tests.support import factories
from tests.support.browsing import send_page, summary
from tests.support.pages import fields

# What is not typed by people, or must not come back.
SECRETS = {"password", "new_password", "current_password", "confirm"}
NOT_TYPED = {"csrf_token", "once_key", "version", "step", "file", "next"} | SECRETS


def typed_into(form: Any) -> dict[str, str]:
    """A word of one's own for each text field of a form that a browser lets people type into."""
    words = {}
    for element in form.iter():
        name, kind = element.get("name"), (element.get("type") or "text").lower()
        if name in NOT_TYPED or not name:
            continue
        if element.tag == "textarea":
            words[name] = f"typed {name}\nsecond line"
        elif element.tag == "input" and kind in ("text", "email", "url", "number", "search", "datetime-local", "tel"):
            words[name] = f"typed {name}"
    return words


def forms_of(client: QuickClient, app: Flask, world: World) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """Each page with a form in which people type: address, what they type, and the whole form."""
    found = []
    for rule in routes(app, "GET"):
        if "POST" not in (rule.methods or ()) or rule.endpoint in ("imports_admin.columns", "security.login"):
            continue
        url = path_of(world, rule, world.mine)
        page = client.get(url)
        if page.status_code != 200:
            continue
        document = html5lib.parse(page.text, namespaceHTMLElements=False)
        own = [f for f in document.iter("form") if (f.get("method") or "").lower() == "post" and not f.get("action")]
        for form in own:
            words = typed_into(form)
            if words:
                found.append((url, words, fields(page.text)))
    return found


def shown(text: str) -> str:
    """Everything that a page shows or holds in its fields."""
    return unescape(text).replace("\r", "")


def clients(app: Flask, world: World) -> list[QuickClient]:
    return [browser(app), browser(app, world.mine.admin), browser(app, world.organizer)]


@pytest.mark.usefixtures("nothing_is_kept")
def test_a_mistake_keeps_everything(app: Flask, world: World) -> None:
    """Numbers, dates and addresses get a text that is none: the form is refused, and every word is still there."""
    seen = set()
    for client in clients(app, world):
        for url, words, form in forms_of(client, app, world):
            bad = dict(words)
            for name, word in words.items():
                if name in ("title", "family_name", "name", "given_name"):
                    bad[name] = word + "x" * 300
            answer = client.post(url, data={**form, **bad})
            if answer.status_code == 302 or (answer.status_code == 200 and url.endswith(("/data", "/form/preview"))):
                continue  # any text will do there, so it was taken, or is only tried out
            assert answer.status_code in (409, 422), (url, answer.status_code)
            summary(answer)
            text = shown(answer.text)
            lost = [name for name, word in bad.items() if word not in text]
            assert lost == [], url
            seen.add(url)
    assert len(seen) >= 10


@pytest.mark.usefixtures("nothing_is_kept")
def test_an_ended_session_and_an_old_token_give_it_back(app: Flask, world: World) -> None:
    tried = 0
    for client in clients(app, world)[1:]:
        for url, words, form in forms_of(client, app, world):
            for stranger in (browser(app), client):
                if stranger is not client:
                    stranger.get("/login")
                answer = stranger.post(url, data={**form, **words, "csrf_token": "too.old"})
                assert answer.status_code == 400, url
                text = shown(answer.text)
                assert [name for name, word in words.items() if word not in text] == [], url
                tried += 1
    assert tried >= 10


def test_after_signing_in_again_it_can_be_sent(app: Flask, world: World) -> None:
    """The session ended while typing: the error page holds the form, and sends it when one has signed in again."""
    client = browser(app, world.organizer)
    client.get("/admin/events/new")
    with client.session_transaction() as session:
        session.pop("_user_id")
    token = fields(client.get("/login").text)["csrf_token"]
    page = client.post("/admin/events/new", data={**NEW_EVENT, "csrf_token": token})
    assert page.status_code == 401
    assert "You are not logged in any more" in page.text
    client.sign_in(world.organizer)
    done = send_page(client, page, "/admin/events/new")
    assert (done.status_code, done.location) == (302, "/admin/events/autumn-day/")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_an_old_form_can_be_sent_again(app: Flask, world: World, headers: dict[str, str]) -> None:
    """Signing in makes a new session, whose forms have other tokens: the error page holds the form with a good one."""
    client = browser(app)
    user = factories.user("otto@karmin.example", Role.ORGANIZER, password=PASSWORD)
    log_in(client, user.email)
    token = fields(client.get("/admin/events/new").text)["csrf_token"]
    client.get("/logout")
    client.delete_cookie(app.config["SESSION_COOKIE_NAME"])
    values = {**NEW_EVENT, "csrf_token": token}
    page = client.post("/admin/events/new", data=values, headers=headers)
    assert (page.status_code, "Log in, in a new tab" in page.text) == (400, True)
    log_in(client, user.email)
    page = client.post("/admin/events/new", data=fields(page.text, "/admin/events/new"), headers=headers)
    assert (page.status_code, "Log in, in a new tab" in page.text) == (400, False), "the token is that from before"
    done = client.post("/admin/events/new", data=fields(page.text, "/admin/events/new"), headers=headers)
    assert (done.status_code, done.location) == (302, "/admin/events/autumn-day/")


@pytest.mark.usefixtures("nothing_is_kept")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}],
)
def test_what_another_site_made_up_cannot_be_sent_again(app: Flask, world: World, headers: dict[str, str]) -> None:
    client = browser(app, world.organizer)
    page = client.post("/admin/events/new", data={**NEW_EVENT, "csrf_token": "made.up"}, headers=headers)
    assert page.status_code == 400
    assert "Send again" not in page.text
    assert NEW_EVENT["title"] in page.text


def test_a_stale_version_is_told_with_both_texts(app: Flask, world: World) -> None:
    client = browser(app, world.organizer)
    url = "/admin/events/summit/edit"
    old = client.get(url)
    assert send_page(client, old, url, {"title": "Theirs"}).status_code == 302
    answer = send_page(client, old, url, {"title": "Mine", "once_key": ""})
    assert answer.status_code == 409
    assert re.search(r"Mine.*Theirs", answer.text, re.DOTALL)


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_an_error_page_that_forgets_shows(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_typed", list)
    client = browser(app, world.organizer)
    answer = client.post("/admin/events/new", data={"title": "typed title", "csrf_token": "too.old"})
    assert answer.status_code == 400
    assert "typed title" not in answer.text


def test_control_without_versions_the_newer_text_is_lost(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = events.change

    def blind(event: Any, details: Any, **named: Any) -> Any:
        return real(event, details, **{**named, "version": event.version})

    monkeypatch.setattr(events, "change", blind)
    client = browser(app, world.organizer)
    url = "/admin/events/summit/edit"
    old = client.get(url)
    send_page(client, old, url, {"title": "Theirs"})
    assert send_page(client, old, url, {"title": "Mine", "once_key": ""}).status_code == 302
