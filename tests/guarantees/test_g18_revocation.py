"""G18: revocation is immediate. Whoever is signed in and loses a right is refused at the very next request."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import audiences as accounts_audiences
from eventapp.accounts import service as accounts
from eventapp.accounts import session_cookie
from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import Seat
from eventapp.accounts.queries import SignedIn
from eventapp.core.db import db
from eventapp.core.web.audiences import audience_of
from eventapp.partners import audiences as partners_audiences
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Person
from tests.conftest import NOW
from tests.guarantees.world import QuickClient, World, browser, csrf
from tests.support import factories

ADMIN, COMPANY = "/admin/", "/events/summit/registrations"
Revoke = Callable[[World], None]


def membership(world: World) -> Membership:
    query = select(Membership).join(Person, Person.id == Membership.person_id).where(Person.user_id == world.mine.admin.id)
    return db.session.scalars(query).one()


def change(**values: object) -> Revoke:
    def revoke(world: World) -> None:
        for name, value in values.items():
            setattr(membership(world), name, value)

    return revoke


def organizer_of(world: World) -> User:
    return db.session.get_one(User, world.organizer.id)


def grant_ends(world: World) -> None:
    accounts.grant(organizer_of(world), Role.ORGANIZER, by=factories.TESTS, at=NOW, ends_at=NOW - timedelta(seconds=1))


WAYS: dict[str, tuple[str, Revoke]] = {
    "the login is disabled": (ADMIN, lambda world: accounts.disable(organizer_of(world), by=factories.TESTS, at=NOW)),
    "the role is taken away": (ADMIN, lambda world: organizer_of(world).grants.clear()),
    "the role has run out": (ADMIN, grant_ends),
    "the password was changed": (ADMIN, lambda world: accounts.end_sessions(organizer_of(world), at=NOW)),
    "the company's login is disabled": (
        COMPANY,
        lambda world: accounts.disable(db.session.get_one(User, world.mine.admin.id), by=factories.TESTS, at=NOW),
    ),
    "the membership has ended": (COMPANY, change(state=MembershipState.ENDED)),
    "the membership is not in force": (COMPANY, change(state=MembershipState.REQUESTED)),
    "the membership's last day is over": (COMPANY, change(valid_to=date(2027, 1, 19))),
    "no admin any more": (COMPANY, change(role=MembershipRole.MEMBER)),
    "moved to another company": (COMPANY, lambda world: setattr(membership(world), "organisation_id", world.theirs.company.id)),
}


def client_for(app: Flask, world: World, page: str) -> QuickClient:
    return browser(app, world.organizer if page == ADMIN else world.mine.admin)


@pytest.mark.parametrize("way", WAYS)
def test_the_next_request_is_refused(app: Flask, world: World, way: str) -> None:
    page, revoke = WAYS[way]
    client = client_for(app, world, page)
    before = client.get(page)
    assert before.status_code == 200
    assert page == ADMIN or "Donau" in before.text
    token = csrf(client, world.organizer)
    revoke(world)
    factories.commit()
    after = client.get(page)
    assert "Donau" not in after.text
    if way != "moved to another company":
        assert after.status_code in (302, 403)
        assert after.status_code == 403 or after.location.startswith("/login?next=")
    for url in ("/admin/events/summit/status/closed", f"{COMPANY}/{world.mine.names['registration_id']}/cancel"):
        assert client.post(url, data={"csrf_token": token}).status_code in (400, 401, 403, 404)


def copied(app: Flask, client: QuickClient) -> QuickClient:
    """Another browser with a copy of the cookie."""
    copy = browser(app)
    with client.session_transaction() as session:
        kept = dict(session)
    with copy.session_transaction() as session:
        session.update(kept)
    return copy


def test_signing_out_ends_the_session_in_every_copy_of_its_cookie(app: Flask, world: World) -> None:
    client = browser(app, world.organizer)
    copy = copied(app, client)
    assert copy.get(ADMIN).status_code == 200
    token = csrf(client, world.organizer)
    assert client.post("/logout", data={"csrf_token": token}).status_code == 302
    assert client.get(ADMIN).status_code == 302
    assert copy.get(ADMIN).status_code == 302


def test_a_device_that_is_logged_out_from_elsewhere_is_out(app: Flask, world: World) -> None:
    lost, here = browser(app, world.organizer), browser(app, world.organizer)
    copy = copied(app, lost)
    token = csrf(here, world.organizer)
    assert here.post("/account/sessions/end-others", data={"csrf_token": token}).status_code == 302
    assert [one.get(ADMIN).status_code for one in (here, lost, copy)] == [200, 302, 302]


def test_control_a_cookie_that_needs_no_row_lives_on(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(app, world.organizer)
    copy = copied(app, client)
    token = csrf(client, world.organizer)
    client.post("/logout", data={"csrf_token": token})
    kept = db.session.get_one(User, world.organizer.id)
    assert copy.get(ADMIN).status_code == 302
    monkeypatch.setattr(
        session_cookie.queries,
        "signed_in_user",
        lambda *_arguments, at: SignedIn(db.session.merge(kept), 1, "password", at, False),
    )
    assert copy.get(ADMIN).status_code == 200


@pytest.mark.parametrize(
    ("way", "target", "name"),
    [("the role has run out", accounts_audiences, "is_organizer"), ("the membership has ended", partners_audiences, "viewer")],
)
def test_control_a_right_that_is_remembered_shows(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, way: str, target: object, name: str
) -> None:
    page, revoke = WAYS[way]
    client = client_for(app, world, page)
    with app.test_request_context():
        kept = (Seat(world.mine.names["organisation_id"], "Donau Systemhaus GmbH", "admin"),)
    revoke(world)
    factories.commit()
    if name == "is_organizer":
        page_audience = partners_audiences.Audience.registry[audience_of(app, "overview_admin.index") or ""]
        monkeypatch.setattr(page_audience, "admits", lambda: True)
    else:
        monkeypatch.setattr(partners_audiences.queries, "seats_of", lambda *_arguments: kept)
    assert client.get(page).status_code == 200
