"""G17: links come only from EVENTAPP_BASE_URL; redirects stay on site; every response has the strict CSP."""

import re
from urllib.parse import urljoin

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.web import audiences, headers
from eventapp.mail.models import OutboxMail
from eventapp.registrations.models import Registration
from tests.guarantees.world import World, browser, csrf, path_of, routes
from tests.support.browsing import send

FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example;proto=gopher",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "Referer": "http://evil.example/",
    "Origin": "http://evil.example",
}
ELSEWHERE = [
    *("//e.example", "/\\e.example", "/%09/e.example", "https:e.example", "https://e.example", "\\e", "///e", "/\t/e"),
    " //e.example",
]
HOSTS = ("evil.example", "events.test.evil.example")


def refused(app: Flask, world: World) -> set[int]:
    """How pages answer to another Host."""
    client = browser(app, world.organizer)
    paths = ["/", "/login", "/events/summit/", "/events/summit/register", "/admin/", f"/r/{world.mine.names['token']}"]
    return {client.get(path, headers={"Host": host}).status_code for path in paths for host in HOSTS}


def test_another_host_is_refused(app: Flask, world: World) -> None:
    assert refused(app, world) == {400}


def test_mails_and_pages_name_our_own_address_whatever_the_headers_say(app: Flask, world: World) -> None:
    client = browser(app)
    for name, value in FORWARDED.items():
        client.environ_base[f"HTTP_{name.upper().replace('-', '_')}"] = value
    assert send(client, "/events/summit/register", {"email": "p2@donau.example"}).status_code == 302
    pages = [client.get("/events/summit/").text, client.get(f"/r/{world.mine.names['token']}").text, client.get("/login").text]
    for text in pages:
        assert "evil.example" not in text
        assert "gopher" not in text
    client.sign_in(world.organizer)
    values = {
        "company": world.mine.company.programme_id or "",
        "given_name": "A",
        "family_name": "B",
        "address": "a@donau.example",
    }
    send(client, "/admin/events/summit/registrations/add", {**values, "mode": "virtual"})
    assert db.session.scalars(select(Registration).where(Registration.name == "A B")).one()
    for mail in db.session.scalars(select(OutboxMail)).all():
        for link in re.findall(r"https?://[^\s\"<>\\]+", f"{mail.text} {mail.html} {mail.calendar or ''}".replace("\r\n ", "")):
            assert link.startswith("http://events.test/"), link


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_way_back_stays_here(app: Flask, world: World, target: str) -> None:
    client = browser(app, world.organizer)
    answer = client.get("/login", query_string={"next": target})
    assert answer.status_code == 302
    assert urljoin("http://events.test/login", answer.location.strip().replace("\\", "/")).startswith("http://events.test/")


@pytest.mark.usefixtures("nothing_is_kept")
def test_every_response_has_the_headers(app: Flask, world: World) -> None:
    paths = {path_of(world, rule, world.mine): rule.endpoint for method in ("GET", "POST") for rule in routes(app, method)}
    seen = set()
    for user in (None, world.organizer):
        client = browser(app, user)
        token = csrf(client, user)
        for method in ("GET", "POST", "OPTIONS", "DELETE"):
            for path, endpoint in paths.items():
                data = {"csrf_token": token} if method == "POST" else None
                answer = client.open(path, method=method, data=data)
                seen.add(answer.status_code)
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "*" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["X-Frame-Options"] == "DENY"
                if user is not None and method == "GET" and answer.mimetype == "text/html":
                    assert "no-store" in answer.headers["Cache-Control"], endpoint
        assert client.get("/nowhere").headers["Content-Security-Policy"]
        assert client.get("/static/css/base.css").headers["Content-Security-Policy"]
    assert {200, 302, 401, 405} <= seen


def test_cookies(app: Flask, world: World) -> None:
    answer = browser(app).get("/login")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_control_without_trusted_hosts_any_host_is_answered(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", None)
    assert refused(app, world) != {400}


def test_control_without_the_check_of_targets_one_lands_elsewhere(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audiences.safe_target("//e.example") is None
    monkeypatch.setattr("eventapp.accounts.session_cookie.safe_target", lambda target: target)
    answer = browser(app, world.organizer).get("/login", query_string={"next": "//e.example"})
    assert not urljoin("http://events.test/login", answer.location).startswith("http://events.test/")


def test_control_a_weaker_policy_shows(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "ALWAYS", (("Content-Security-Policy", "script-src 'unsafe-inline'"),))
    assert "default-src 'none'" not in browser(app).get("/").headers["Content-Security-Policy"]
