"""G16: limits hold without extra services. Bodies, fields, rows and tries, in one process on SQLite as well."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.middleware.proxy_fix import ProxyFix

from eventapp.accounts import throttling
from eventapp.accounts.service import attempts
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from tests.guarantees.world import World, browser, csrf, path_of, routes
from tests.support import factories
from tests.support.arriving import Arriving
from tests.support.browsing import send

MEGABYTE = 1024 * 1024
# Their files may be larger, of organizers; what is too large for them is shown below.
UPLOADS = {"imports_admin.new", "registration_imports.new", "agenda_imports_admin.new", "attendance_reports.new"}
# Pictures of speakers, of organizers and of who has the speaker's link.
UPLOADS |= {"speakers_admin.new", "speakers_admin.edit", "speaking.show"}
# Recordings, of who has the link of a registration for a course that asks for one.
UPLOADS |= {"exercise.show"}


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_no_form_takes_more_than_a_megabyte(app: Flask, world: World, kind: str) -> None:
    big = b"title=" + b"x" * (2 * MEGABYTE)
    if kind.startswith("multipart"):
        big = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n' + b"x" * (2 * MEGABYTE) + b"\r\n--x--\r\n"
    for user in (None, world.mine.admin, world.organizer):
        client = browser(app, user)
        for rule in routes(app, "POST"):
            if rule.endpoint in UPLOADS:
                continue
            answer = client.post(path_of(world, rule, world.mine), data=big, content_type=kind)
            assert answer.status_code == 413, (rule.endpoint, answer.status_code)


@pytest.mark.parametrize(
    "url", ["/admin/imports/new", "/admin/events/summit/registrations/import", "/admin/events/summit/agenda/import"]
)
def test_a_file_may_be_larger_for_organizers_only(app: Flask, world: World, url: str) -> None:
    body = b"x" * (2 * MEGABYTE)
    data = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + body + b"\r\n--x--\r\n"
    for user, status in ((world.organizer, 400), (world.mine.admin, 413), (None, 413)):
        answer = browser(app, user).post(url, data=data, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == status


def test_nobody_waits_for_a_lock_while_a_file_arrives(app: Flask, world: World) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + b"x" * MEGABYTE + b"\r\n--x--\r\n"
    client = browser(app, world.organizer)
    for rule in routes(app, "POST"):
        if rule.endpoint in UPLOADS:
            Arriving.seen.clear()
            where, kind = path_of(world, rule, world.mine), "multipart/form-data; boundary=x"
            client.post(where, input_stream=Arriving(body), content_length=len(body), content_type=kind)
            assert Arriving.seen, rule.endpoint
            assert not any(Arriving.seen), rule.endpoint


def test_tries_to_sign_in_are_counted_for_known_and_unknown_accounts(app: Flask, world: World) -> None:
    for address in (world.organizer.email, "unknown@karmin.example"):
        client = browser(app)
        token = csrf(client, None)
        statuses = [
            client.post("/login", data={"csrf_token": token, "email": address, "password": f"wrong password {n}"}).status_code
            for n in range(12)
        ]
        assert statuses == [422] * 10 + [429] * 2
    answer = client.post("/login", data={"csrf_token": token, "email": address, "password": "x" * 20})
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("address", ["orga@karmin.example", "unknown@karmin.example"])
@pytest.mark.parametrize("url", ["/reset", "/login/link", "/register-account"])
def test_mails_to_an_address_are_counted_whoever_it_is(
    app: Flask, world: World, url: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    values = {"email": address, "name": "Somebody", "password": "correct horse battery"}
    statuses = []
    for n in range(5):
        client = browser(app)
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
        statuses.append(send(client, url, values).status_code)
    assert statuses == [302] * 3 + [429] * 2


@pytest.mark.parametrize(("proxies", "statuses"), [(0, [302] * 20 + [429] * 2), (1, [302] * 22)])
def test_behind_a_proxy_each_visitor_is_counted_alone(
    app: Flask, world: World, proxies: int, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the address that the trusted proxy says; without one, what a visitor says of the own address does not count."""
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    inner = app.wsgi_app
    if proxies:
        monkeypatch.setattr(app, "wsgi_app", ProxyFix(inner, x_for=proxies, x_proto=proxies, x_host=proxies))
    client = browser(app)
    data = {"csrf_token": csrf(client, None)}
    found = []
    for n in range(22):
        # What the visitor writes stands in front of what the proxy adds, and is not believed.
        forwarded = {"X-Forwarded-For": f"198.51.100.77, 203.0.{n}.1"}
        found.append(client.post("/reset", data={**data, "email": f"n{n}@karmin.example"}, headers=forwarded).status_code)
    assert found == statuses


def test_behind_a_proxy_nobody_escapes_by_making_up_addresses(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(app, "wsgi_app", ProxyFix(app.wsgi_app, x_for=1))
    client = browser(app)
    data = {"csrf_token": csrf(client, None)}
    found = [
        client.post(
            "/reset",
            data={**data, "email": f"n{n}@karmin.example"},
            headers={"X-Forwarded-For": f"198.51.{n}.77, 203.0.113.1"},
        ).status_code
        for n in range(22)
    ]
    assert found == [302] * 20 + [429] * 2


@pytest.mark.parametrize("url", ["/reset", "/login/link", "/register-account"])
def test_mails_from_a_network_are_counted(app: Flask, world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    client = browser(app)
    data = {"csrf_token": csrf(client, None), "name": "Somebody", "password": "correct horse battery"}
    statuses = [client.post(url, data={**data, "email": f"n{n}@karmin.example"}).status_code for n in range(22)]
    assert statuses == [302] * 20 + [429] * 2


def test_changes_of_address_are_counted(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the one who is written to as well as for the one who asks."""
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    client = browser(app, world.nobody)
    statuses = [send(client, "/account/address", {"email": "p0@isar.example"}).status_code for _n in range(5)]
    assert statuses == [302] * 3 + [429] * 2


def test_passkeys_are_counted_for_the_network(app: Flask, world: World) -> None:
    client = browser(app)
    token = csrf(client, None)
    statuses = [client.post("/login/passkey", data={"csrf_token": token, "answer": "{}"}).status_code for _n in range(52)]
    assert statuses == [422] * 50 + [429] * 2


def test_proofs_of_who_one_is_are_counted(app: Flask, world: World) -> None:
    known = factories.user("known@karmin.example", password="correct horse battery")
    client = browser(app, known)
    token = csrf(client, known)
    for url in ("/account/confirm", "/account/password"):
        data = {"csrf_token": token, "current_password": "wrong", "password": "another battery horse"}
        statuses = [client.post(url, data=data).status_code for _n in range(12)]
        assert statuses == ([422] * 10 + [429] * 2 if url == "/account/confirm" else [429] * 12), url


def ask(app: Flask, times: int) -> list[int]:
    """Asks for the registration link again and again; the statuses."""
    client = browser(app)
    return [send(client, "/events/summit/register", {"email": "p2@donau.example"}).status_code for _n in range(times)]


def test_mails_asked_for_are_counted(app: Flask, world: World) -> None:
    before = db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0
    assert ask(app, 7) == [302] * 5 + [429] * 2
    assert (db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0) - before == 5


def test_control_without_the_count_mails_go_out(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "wait_for", lambda *_arguments: None)
    assert ask(app, 7) == [302] * 7


def test_control_without_the_limit_a_body_is_read(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", None)
    monkeypatch.setitem(app.config, "MAX_FORM_MEMORY_SIZE", None)
    answer = browser(app).post("/login", data=b"title=" + b"x" * (2 * MEGABYTE), content_type="application/x-www-form-urlencoded")
    assert answer.status_code != 413
