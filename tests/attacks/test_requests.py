"""Requests that no browser sends: foreign hosts, huge forms, redirects to elsewhere, forms without their token."""

import re
import time
from urllib.parse import urljoin

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs
from werkzeug.routing import AnyConverter

from eventapp.core.db import db
from eventapp.core.log import logged_path
from eventapp.partners.models import MembershipRole
from eventapp.registrations.pasting import parse_people
from tests.attacks.conftest import Firm
from tests.support import factories
from tests.support.pages import PageClient, fields, hidden

ELSEWHERE = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example\t", "https:evil.example", "http:///evil.example",
    "/\r\nLocation: https://evil.example", "javascript:alert(1)", "https://evil.example/", "///evil.example", "/\t/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("host", ["evil.example", "events.test@evil.example", "events.test:99999", "[::1", "events.test, evil"])
def test_a_foreign_host_gets_a_plain_refusal(client: PageClient, host: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/admin/"), ("POST", "/reset"), ("GET", "/r/12345678")):
        answer = client.open(path, method=method, headers={"Host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Location" not in answer.headers


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_and_out_never_leads_elsewhere(client: PageClient, app: Flask, target: str) -> None:
    factories.user("ola@karmin.example", password="a long password")
    page = client.get("/login", query_string={"next": target})
    form = {**fields(page.text), "email": "ola@karmin.example", "password": "a long password", "next": target}
    done = client.post("/login", data=form)
    assert (done.status_code, done.location) == (302, "/")
    assert client.get("/login", query_string={"next": target}).location == "/"
    key = hidden(client.get("/account/password").text)
    out = client.post("/logout", query_string={"next": target}, data={**key, "next": target})
    assert out.status_code == 302
    # As a browser reads it: a backslash is a slash, blanks in front fall away.
    assert urljoin("http://events.test/", out.location.strip().replace("\\", "/")).startswith("http://events.test/")


def test_a_form_of_a_hundred_thousand_fields_is_refused_quickly(client: PageClient) -> None:
    body = b"&".join([b"a=1"] * 200_000)
    started = time.process_time()
    for path in ("/login", "/events/x/register", "/nowhere"):
        answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (404, 413)
        assert len(answer.data) < 50_000
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "line",
    [
        " " * 20_000 + "b",
        "a" + " " * 20_000 + "b",
        "a <" + " " * 20_000,
        "a < b" + " >" * 10_000,
        "<" * 20_000,
        "\t" * 20_000 + "x",
    ],
)
def test_no_pasted_line_takes_long_to_read(line: str) -> None:
    started = time.process_time()
    parse_people(f"Ada Lang <ada@donau.example>\n{line}")
    assert time.process_time() - started < 1


def test_every_post_needs_its_token(app: Flask, client: PageClient, firm: Firm) -> None:
    """As an organizer who also registers a company's people: only the token is missing."""
    organizer = factories.organizer()
    factories.person(firm.company, "Olga", "Both", organizer.email, role=MembershipRole.ADMIN, user=organizer)
    event = factories.event()
    registration = factories.registration(event, firm.company)
    client.sign_in(organizer)
    values = {"slug": event.slug, "token": registration.token, "status": "closed", "filename": "x"}
    values |= {
        "plan_code": "JBP-2027-0001",
        "course_code": "NET-201",
        "credential_code": "ENG",
        "plan_file_key": registration.token,
    }
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        given = {name: values.get(name, 1) for name in rule.arguments}
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                given[name] = min(converter.items)
        path = rule.build(given)[1]  # type: ignore[index]
        for data in ({}, {"csrf_token": "x"}, {"csrf_token": f"{'a' * 20}.b.c"}):
            answer = client.post(path, data=data, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 400, (path, answer.status_code)
        tried += 1
    assert tried > 25
    db.session.expire_all()
    assert registration.status.value == "confirmed"


SECRETS = ["/r/SECRETSECRET", "/r/SECRETSECRET/cancel", "/reset/SECRETSECRET", "/events/x/register/SECRET.SECRET"]
SECRETS += ["/certificate/SECRET.SECRET", "/certificate/SECRET.SECRET/pdf"]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_in_addresses_do_not_reach_the_log(client: PageClient, secret: str) -> None:
    with capture_logs() as logged:
        client.get(secret)
        client.post(secret)
        client.get(secret + "/nowhere")
    assert [entry["event"] for entry in logged].count("request") == 3
    assert "SECRET" not in repr(logged)


def test_values_of_a_failed_statement_stay_out_of_its_error(app: Flask) -> None:
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT nothing FROM user_account WHERE email = :email"), {"email": "ola@karmin.example"})
    assert "ola@" not in str(caught.value)


def test_no_secret_of_a_link_stands_in_the_log(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if any(one.endswith("token") for one in rule.arguments):
            path = re.sub(r"<[^>]*token>", "seCret.Word-1", rule.rule)
            assert "seCret" not in logged_path(re.sub(r"<[^>]+>", "x", path)), rule.rule


def test_a_logged_path_cannot_forge_lines() -> None:
    assert logged_path("/a\n2027 [info] all is well\x1b[2J") == "/a%0A2027%20[info]%20all%20is%20well%1B[2J"
    assert re.fullmatch(r"/events/x/register/…", logged_path("/events/x/register/WzFd.abc"))
    assert logged_path("/events/x/register") == "/events/x/register"
