"""G3: every route is in the permission matrix.

`permissions.txt` says for each method and route what becomes of each role. It is read by people: a route that is new or
answers somebody else than before fails the test until the file is written anew (PERMISSIONS=write) and looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import current_user

from eventapp.core.web import errors
from eventapp.core.web.audiences import Audience, audience_of
from tests.guarantees.world import World, browser, csrf, logins, missing_values, path_of, routes

FILE = Path(__file__).parent / "permissions.txt"
WRITING = os.environ.get("PERMISSIONS") == "write"
HEAD = """\
# What becomes of each role: yes, login (sent to the sign-in page), 401, 403, 404.
# The company's people belong to the company in the address, event staff help with the event in it, and the partner
# manager looks after that company. Written by PERMISSIONS=write; to be read before it is committed."""
# The role and the head of its column.
ROLES = {
    "anonymous": "anon",
    "nobody": "nobody",
    "member": "member",
    "executive": "exec",
    "company_admin": "coadmin",
    "event_staff": "evstaff",
    "trainer": "trainer",
    "finance": "finance",
    "catering": "cater",
    "partner_manager": "pmanage",
    "auditor": "auditor",
    "organizer": "organi",
    "system_admin": "sysadm",
}
WIDTH = 96

VENDOR = {"event_staff", "trainer", "finance", "catering", "partner_manager", "auditor", "organizer", "system_admin"}
PARTNER = {"member", "executive", "company_admin"}
# Whom each audience admits: read once more by the rules, so that nobody waves a wrong line through.
ADMITTED = {
    "public": set(ROLES),
    "signed_in": set(ROLES) - {"anonymous"},
    "company_member": PARTNER,
    "company_reader": {"executive", "company_admin"},
    "company_admin": {"company_admin"},
    "vendor": VENDOR,
    "system_admin": {"system_admin"},
    "organizer": {"organizer", "system_admin"},
    "reader": {"auditor", "organizer", "system_admin"},
    "partner_reader": {"partner_manager", "auditor", "organizer", "system_admin"},
    "partner_manager": {"partner_manager", "organizer", "system_admin"},
    "event_reader": {"event_staff", "partner_manager", "auditor", "organizer", "system_admin"},
    "door": {"event_staff", "organizer", "system_admin"},
    "catering": {"catering"},
    "trainer": {"trainer", "organizer", "system_admin"},
    "run_reader": {"trainer", "auditor", "organizer", "system_admin"},
    "community_reader": PARTNER | VENDOR - {"event_staff"},
    "plan_reader": PARTNER | VENDOR - {"event_staff"},
    "plan_writer": PARTNER | VENDOR - {"event_staff", "auditor"},
    "plan_founder": {"partner_manager"},
    "plan_vendor": VENDOR - {"event_staff", "auditor"},
    "plan_portfolio": VENDOR - {"event_staff"},
}
# What an auditor sends without changing anything: files, which stand in the log, and answers that are tried out.
READING_POSTS = {
    *("/admin/no-shows/export", "/admin/training/certificates/export", "/teach/<id:run_id>/attendance/export"),
    "/admin/training/runs/export/<any(enrolments,attendance):run_rows>",
    *("/admin/training/runs/export", "/teach/<id:run_id>/participants/export"),
    *("/admin/events/<slug:slug>/registrations/export", "/admin/events/<slug:slug>/invitations/export"),
    "/admin/events/<slug:slug>/groups/<id:set_id>/export",
    "/admin/events/<slug:slug>/agenda/feedback/export/<any(sessions,speakers,texts):report>",
    *(f"/admin/events/<slug:slug>/agenda/video/arrivals{one}/export" for one in ("", "/<id:agenda_session_id>")),
    *("/admin/training/versions/<id:version_id>/questions/export", "/teach/<id:run_id>/feedback/export"),
    "/admin/training/results/export/<any(courses,trainers,runs):shape>",
    *("/admin/training/export", "/admin/training/wanted/<course_code:course_code>/export", "/admin/training/programme/export"),
    "/plans/<reference:plan_code>/export/<any(objectives,actuals,actions):plan_export>",
    "/plans/portfolio/export/<any(plans,sums,objectives,actuals,actions):plan_export>",
    *("/admin/log/export", "/admin/events/<slug:slug>/form/preview", "/admin/events/<slug:slug>/agenda/sign-ups/export"),
}


def verdict(client: FlaskClient, method: str, path: str, token: str) -> str:
    """Whether the visitor is let in. Whatever the answer did to the session is forgotten."""
    cookie = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
    if cookie is not None:
        client.set_cookie(cookie.key, cookie.value)
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    assert "csrf" not in (answer.location or "").lower(), (method, path)
    assert b"Your session has changed" not in answer.data, (method, path)  # bytes: not every answer is text
    assert answer.status_code not in (405, 500), (method, path, answer.status_code)
    if answer.status_code == 302 and answer.location.startswith("/login?next="):
        return "login"
    return "yes"


def matrix(app: Flask, world: World, wanted: Callable[[str], bool] = bool) -> list[str]:
    """The permission matrix as it is, of the routes that are `wanted`."""
    users = logins(world)
    assert list(users) == list(ROLES)
    clients = {role: browser(app, user) for role, user in users.items()}
    tokens = {role: csrf(client, users[role]) for role, client in clients.items()}
    lines = []
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            if rule.endpoint == "security.logout" or not wanted(rule.rule):
                continue
            if WRITING and missing_values(world, rule, world.mine):
                continue  # its test will say what is missing
            path = path_of(world, rule, world.mine)
            try:
                found = [f"{verdict(client, method, path, tokens[role]):7}" for role, client in clients.items()]
            except Exception:
                if WRITING:
                    continue  # a page that is broken gets no line, and shows in the test
                raise
            name = f"{method:4} {rule.rule.replace(', ', ',')}"
            lines.append(f"{name:{WIDTH}} {audience_of(app, rule.endpoint):15} {' '.join(found)}".rstrip())
    return lines


def head() -> str:
    """What stands over the lines of the file."""
    return f"{HEAD}\n{'':{WIDTH}} {'audience':15} {' '.join(f'{name:7}' for name in ROLES.values())}".rstrip()


def written() -> list[str]:
    """The lines of the file."""
    return FILE.read_text().splitlines()[len(head().splitlines()) :]


@pytest.fixture
def bare_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the page of an error only its words: most of thousands of answers are refusals, and their status is what counts."""
    monkeypatch.setattr(errors, "render_template", lambda _name, *, title, text, **_more: f"{title} {text}")


@pytest.mark.usefixtures("nothing_is_kept", "bare_refusals")
def test_who_may_do_what(app: Flask, world: World, record_property: Callable[[str, object], None]) -> None:
    found = matrix(app, world)
    if WRITING:
        FILE.write_text("\n".join([head(), *found]) + "\n")
    record_property("size", f"{len(found)} routes and methods × {len(ROLES)} roles = {len(found) * len(ROLES):,} requests")
    assert found == written()


# A link in a mail that only the login it was made for may carry out: anybody may open it, and is asked to log in.
LOG_IN_FIRST = {"/account/address/confirm/<token:token>"}
# What a person confides behind the own secret link: the vendor's staff may come by the link, and get nothing.
NOT_FOR_STAFF = {f"/r/<token:token>/{page}" for page in ("details", "details/delete", "consents/<slug:kind>")}
# What the executive sponsor of a plan does, or the vendor's side, and not the company's owner, who its admin here is.
NOT_FOR_THAT_OWNER = {
    *(f"/plans/<reference:plan_code>/team/delegate{page}" for page in ("", "/end")),
    *(f"/plans/<reference:plan_code>/funds/{page}" for page in ("<id:fund_id>/decide", "claims/<id:claim_id>/decide")),
    "/plans/<reference:plan_code>/funds/claims/<id:claim_id>/pay",
}
STAFF = ROLES.keys() - {"anonymous", "nobody", "member", "executive", "company_admin", "event_staff"}


def test_the_matrix_says_what_the_audiences_mean() -> None:
    """Nobody whom the audience refuses is let in; whom it admits may still find that the object is not theirs (404)."""
    lines = written()
    assert len(lines) > 80
    for line in lines:
        method, route, audience, *answers = line.split()
        found = dict(zip(ROLES, answers, strict=True))
        admitted = ADMITTED[audience]
        assert {role for role, answer in found.items() if answer == "yes"} <= admitted, line
        for role in admitted:
            if route in NOT_FOR_THAT_OWNER and role == "company_admin":
                assert found[role] == "403", line
                continue
            narrower = "login" if route in LOG_IN_FIRST else "403" if route in NOT_FOR_STAFF and role in STAFF else "yes"
            assert found[role] in ("yes", "404", narrower), line
        refused = {"anonymous": "401" if method == "POST" else "login"}
        assert all(found[role] == refused.get(role, "403") for role in set(ROLES) - admitted), line
        if method == "POST" and audience not in ("public", "signed_in"):
            assert found["auditor"] == ("yes" if route in READING_POSTS else "403"), line


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_an_audience_that_admits_everybody_shows(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Audience.registry["organizer"], "admits", lambda: bool(current_user.is_authenticated))
    found = matrix(app, world, lambda rule: rule.startswith("/admin/imports/") and rule.endswith(("new", "undo")))
    assert found
    assert not set(found) & set(written())
