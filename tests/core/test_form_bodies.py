"""Forms take form fields only: a body in JSON is a form with nothing filled in."""

import pytest
from flask import Flask

from tests.guarantees.world import browser, csrf
from tests.support import factories
from tests.support.pages import PageClient

BODIES = [
    b"[" * 100_000,
    b'"\\ud800"',
    b"[1]",
    b"1",
    b"{",
    b"\xff",
    b'{"email":{"a":1},"password":[1]}',
    b'{"given_name":{"a":1},"name":{"a":1},"email":5}',
]
KINDS = ["application/json", "application/x+json", "application/json; charset=utf-16"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_json_is_an_empty_form(app: Flask, client: PageClient, body: bytes, kind: str) -> None:
    token = {"X-CSRFToken": csrf(client, None)}
    for url in ("/login", "/register-account"):
        assert client.post(url, data=body, content_type=kind, headers=token).status_code == 422, url
    organizer = factories.organizer()
    inside = browser(app, organizer)
    token = {"X-CSRFToken": csrf(inside, organizer)}
    for url in ("/account/address", "/admin/events/new"):
        assert inside.post(url, data=body, content_type=kind, headers=token).status_code == 422, url


def test_json_logs_nobody_in(client: PageClient) -> None:
    factories.user("known@karmin.example", password="correct horse battery")
    token = {"X-CSRFToken": csrf(client, None)}
    values = {"email": "known@karmin.example", "password": "correct horse battery"}
    assert client.post("/login", json=values, headers=token).status_code == 422
