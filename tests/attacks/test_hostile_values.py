"""Hostile values in every field of every form and in every parameter: refused or taken, never a breakdown."""

import base64
import json

import pytest
from flask import Flask

from eventapp.core.db import db
from eventapp.partners.models import MembershipRole
from tests.attacks.conftest import Firm
from tests.support import factories
from tests.support.pages import PageClient, fields

HOSTILE = [
    "\x00", "a\x00b", "\ufffe", "\u202e\u200b", "2147483648", "9223372036854775808", "-1", "1e9", "²", "٣", "NaN", "9" * 5000,
    "x" * 40_000, "{{7*7}}{% raw %}%(x)s%s", "<script>alert(1)</script>", "a\r\nBcc: x@evil.example", "' OR 1=1 --", "=1+1", "[]",
    "../../etc/passwd",
    "2027-02-30T25:00", "0001-01-01T00:00", "Europe/Nowhere", "😀" * 50, "\u0301" * 300, "a@" + "ü" * 200 + ".de",
]  # fmt: skip
SMALL = HOSTILE[::5]


def cursors() -> list[str]:
    keys = [
        ["\x00", 1],
        ["\ud800", 1],
        [2**63, 1],
        ["a", 2**63],
        [[], {}],
        [None, None],
        [True, 1],
        ["2027-01-01T00:00:00+00:00", 1],
    ]
    texts = [json.dumps(k) for k in keys] + ["[" * 700, "1e999", "[1e999, 1]", "[NaN, 1]", '["9999-12-31T23:59:59-12:00", 1]']
    return [base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=") for text in texts]


@pytest.fixture(autouse=True)
def _any_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that shows a control character again is no good HTML; here only breakdowns count."""
    monkeypatch.setattr("tests.support.pages.check_page", lambda _html, _name: None)


@pytest.fixture
def both(client: PageClient, firm: Firm) -> PageClient:
    """Somebody who organizes and registers a company's people: every page is open."""
    organizer = factories.organizer()
    factories.person(firm.company, "Olga", "Both", organizer.email, role=MembershipRole.ADMIN, user=organizer)
    return client.sign_in(organizer)


@pytest.fixture
def pages(firm: Firm) -> list[str]:
    event = factories.event(format=factories.EventFormat.HYBRID, join_url="https://meet.example/x")
    registration = factories.registration(event, firm.company)
    admin, own = f"/admin/events/{event.slug}", f"/events/{event.slug}"
    return [
        "/account/password", "/admin/companies/add", f"/admin/companies/{firm.company.id}/edit",
        f"/admin/companies/{firm.company.id}/people/add", f"/admin/companies/{firm.company.id}/people/1",
        f"{admin}/edit", "/admin/events/new", f"{admin}/quotas", f"{admin}/registrations/add",
        f"{admin}/registrations/{registration.id}", f"{own}/register", f"{own}/registrations/{registration.id}/substitute",
        f"/r/{registration.token}/edit", f"/r/{registration.token}/substitute", "/admin/imports/new",
    ]  # fmt: skip


def test_no_field_of_a_form_breaks(app: Flask, both: PageClient, pages: list[str]) -> None:
    for path in pages:
        form = fields(both.get(path).text)
        for value in SMALL:
            sent = {name: value for name in form if name != "csrf_token"}
            answer = both.post(path, data={**sent, "csrf_token": form["csrf_token"]})
            assert answer.status_code < 500, (path, value[:20])
        for name in form:
            answer = both.post(path, data={**form, name: SMALL[len(name) % len(SMALL)], "once_key": ""})
            assert answer.status_code < 500, (path, name)


def test_no_parameter_breaks_a_page(app: Flask, both: PageClient, firm: Firm) -> None:
    slug = factories.event().slug
    lists = ["/admin/companies/", "/admin/mail/", "/admin/log/", f"/admin/events/{slug}/registrations/"]
    others = [
        "/",
        f"/events/{slug}/register",
        f"/events/{slug}/registrations",
        "/admin/imports/new",
        f"/events/{slug}/",
        "/login",
    ]
    names = ["q", "sort", "status", "company", "tier", "waiting", "state", "action", "kind", "next", "new"]
    for path in lists + others:
        for value in HOSTILE[::3]:
            assert both.get(path, query_string={**dict.fromkeys(names, value[:2000]), "after": value[:900]}).status_code in (
                200,
                302,
            )
    for path in lists:
        for cursor in cursors():
            for name in ("after", "before"):
                for sort in ("name", "-registered_at"):
                    assert both.get(path, query_string={name: cursor, "sort": sort}).status_code == 200


def test_no_address_breaks(app: Flask, both: PageClient, firm: Firm) -> None:
    """Ids beyond every database, and texts in place of everything."""
    for rule in app.url_map.iter_rules():
        for value in (
            "0",
            "2147483647",
            "2147483648",
            "9223372036854775808",
            "-1",
            "%00",
            "a%00b",
            "%ff",
            "%ed%a0%80",
            "x" * 3000,
        ):
            path = rule.rule
            for part in rule.arguments:
                path = path.replace(next(p for p in path.split("/") if p.endswith(f"{part}>") or f"{part}>" in p), value, 1)
            if not rule.arguments or "<" in path:
                continue
            assert both.get(path).status_code in (302, 308, 400, 403, 404, 405, 410), path
    assert db.session.is_active
