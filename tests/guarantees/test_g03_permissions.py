"""G3: every route is in the permission matrix.

`permissions.txt` says for each method and route what becomes of each role. It is read by people: a route that is new or
answers somebody else than before fails the test until the file is written anew (PERMISSIONS=write) and looked at.
"""

import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import current_user

from eventapp.accounts.models import User
from eventapp.core.web.audiences import Audience, audience_of
from tests.guarantees.world import World, browser, csrf, path_of, routes

FILE = Path(__file__).parent / "permissions.txt"
HEAD = "# What becomes of each role: yes, sign-in (sent to the sign-in page), 401, 403, 404."


def verdict(client: FlaskClient, method: str, path: str, token: str) -> str:
    """Whether the visitor is let in."""
    answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    assert answer.status_code not in (405, 500), (method, path, answer.status_code)
    if answer.status_code == 302 and answer.location.startswith("/login?next="):
        return "sign-in"
    return "yes"


def matrix(app: Flask, world: World, part: str = "") -> list[str]:
    """The permission matrix as it is, of the routes that begin with `part`."""
    users: dict[str, User | None] = {
        "anonymous": None,
        "nobody": world.nobody,
        "company": world.mine.admin,
        "organizer": world.organizer,
    }
    clients = {role: browser(app, user) for role, user in users.items()}
    tokens = {role: csrf(client, users[role]) for role, client in clients.items()}
    lines = []
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            if rule.endpoint == "security.logout" or not rule.rule.startswith(part):
                continue
            path = path_of(world, rule, world.mine)
            found = [f"{role}={verdict(client, method, path, tokens[role])}" for role, client in clients.items()]
            lines.append(f"{method:4} {rule.rule.replace(', ', ','):76} {audience_of(app, rule.endpoint):14} {' '.join(found)}")
    return lines


@pytest.mark.usefixtures("nothing_is_kept")
def test_who_may_do_what(app: Flask, world: World) -> None:
    found = matrix(app, world)
    if os.environ.get("PERMISSIONS") == "write":
        FILE.write_text("\n".join([HEAD, *found]) + "\n")
    assert found == FILE.read_text().splitlines()[1:]


def test_the_matrix_says_what_the_audiences_mean() -> None:
    """Read once more by the rules, so that nobody waves a wrong line through."""
    refused = {
        "public": set(),
        "signed_in": {"anonymous"},
        "organizer": {"anonymous", "nobody", "company"},
        "company_admin": {"anonymous", "nobody", "organizer"},
    }
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 50
    for line in lines:
        _method, _rule, audience, *found = line.split()
        assert {role for role, answer in (pair.split("=") for pair in found) if answer != "yes"} == refused[audience], line


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_an_audience_that_admits_everybody_shows(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Audience.registry["organizer"], "admits", lambda: bool(current_user.is_authenticated))
    found = matrix(app, world, "/admin/events/")
    assert found
    assert not set(found) & set(FILE.read_text().splitlines())
