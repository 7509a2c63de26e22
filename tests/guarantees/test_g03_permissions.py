"""G3: every route is in the permission matrix.

`permissions.txt` says for each method and route what becomes of each role. It is read by people: a route that is new or
answers somebody else than before fails the test until the file is written anew (PERMISSIONS=write) and looked at.
"""

import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eventapp.accounts import audiences
from eventapp.accounts.models import User
from eventapp.core.web.audiences import Audience, audience_of
from tests.guarantees.world import World, browser, csrf, path_of, routes

FILE = Path(__file__).parent / "permissions.txt"
HEAD = "# What becomes of each role: yes, sign-in (sent to the sign-in page), 401, 403.\n"
ROLES = ("anonymous", "nobody", "company", "organizer")


def verdict(client: FlaskClient, method: str, path: str, token: str) -> str:
    """Whether the visitor is let in."""
    answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
    if answer.status_code in (401, 403):
        return str(answer.status_code)
    assert answer.status_code not in (404, 405, 500), (method, path, answer.status_code)
    if answer.status_code == 302 and answer.location.startswith("/login?next="):
        return "sign-in"
    return "yes"


def matrix(app: Flask, world: World) -> str:
    """The permission matrix as it is."""
    users: dict[str, User | None] = {
        "anonymous": None,
        "nobody": world.nobody,
        "company": world.mine.admin,
        "organizer": world.organizer,
    }
    lines = []
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            if rule.endpoint == "security.logout":
                continue
            found = []
            for role in ROLES:
                client = browser(app, users[role])
                token = csrf(client, users[role]) if method == "POST" else ""
                found.append(f"{role}={verdict(client, method, path_of(world, rule, world.mine), token)}")
            lines.append(f"{method:4} {rule.rule:68} {audience_of(app, rule.endpoint):14} {' '.join(found)}")
    return HEAD + "\n".join(lines) + "\n"


@pytest.mark.usefixtures("nothing_is_kept")
def test_who_may_do_what(app: Flask, world: World) -> None:
    found = matrix(app, world)
    if os.environ.get("PERMISSIONS") == "write":
        FILE.write_text(found)
    assert found.splitlines() == FILE.read_text().splitlines()


def test_the_matrix_says_what_the_audiences_mean() -> None:
    """Read once more by the rules, so that nobody waves a wrong line through."""
    meaning = {
        "public": {"yes"},
        "signed_in": {"anonymous": "no"},
        "organizer": {"anonymous": "no", "nobody": "no", "company": "no"},
        "company_admin": {"anonymous": "no", "nobody": "no", "organizer": "no"},
    }
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 50
    for line in lines:
        _method, _rule, audience, *found = line.split()
        refused = meaning[audience] if isinstance(meaning[audience], dict) else {}
        for role, verdict in (pair.split("=") for pair in found):
            assert (verdict != "yes") == (role in refused), line


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_an_audience_that_admits_everybody_shows(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Audience.registry, "organizer", Audience("organizer", lambda: True))
    monkeypatch.setattr(audiences, "is_organizer", lambda: True)
    assert matrix(app, world).splitlines() != FILE.read_text().splitlines()
