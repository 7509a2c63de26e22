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
from eventapp.accounts.staff import service as roles
from eventapp.core.db import db
from eventapp.core.web.audiences import audience_of
from eventapp.events.models import Event, EventStaff
from eventapp.events.staff import service as event_staff
from eventapp.partners import audiences as partners_audiences
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Person, Territory
from eventapp.partners.territory import service as territory
from tests.conftest import NOW
from tests.guarantees.world import QuickClient, World, browser, csrf, logins
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


def end_role(world: World) -> None:
    roles.end(user("organizer"), Role.ORGANIZER, by=user("system_admin"), at=NOW)


def end_help(world: World) -> None:
    helping = db.session.get_one(EventStaff, (world.event.id, user("event_staff").id))
    event_staff.end(db.session.get_one(Event, world.event.id), helping, by=factories.TESTS, at=NOW)


def help_runs_out(world: World) -> None:
    db.session.get_one(EventStaff, (world.event.id, user("event_staff").id)).ends_at = NOW


def change_territory(_world: World) -> None:
    manager = user("partner_manager")
    part = db.session.scalars(select(Territory).where(Territory.user_id == manager.id)).one()
    territory.remove(manager, part, by=factories.TESTS, at=NOW)


def role_runs_out(role: str) -> Revoke:
    def revoke(_world: World) -> None:
        user(role).grants[0].ends_at = NOW

    return revoke


def user(role: str) -> User:
    address = {"organizer": "orga@karmin.example"}.get(role, f"{role}@karmin.example")
    return db.session.scalars(select(User).where(User.email == address)).one()


# Of the vendor's people: whose right, the page that it opens, how it is lost, and the answer from then on.
VENDOR_WAYS: dict[str, tuple[str, str, Revoke, int]] = {
    "the role is ended on the page": ("organizer", "/admin/events/new", end_role, 403),
    "the helper is sent home": ("event_staff", "/admin/events/summit/registrations/", end_help, 403),
    "the helper's last day is over": ("event_staff", "/admin/events/summit/", help_runs_out, 403),
    "the company leaves the territory": ("partner_manager", "/admin/companies/{company}/edit", change_territory, 404),
    "the partner manager's role runs out": ("partner_manager", "/admin/companies/", role_runs_out("partner_manager"), 403),
    "the auditor's role runs out": ("auditor", "/admin/log/", role_runs_out("auditor"), 403),
    "the system admin's role runs out": ("system_admin", "/admin/staff/invite", role_runs_out("system_admin"), 403),
}


@pytest.mark.parametrize("way", VENDOR_WAYS)
def test_the_vendors_people_are_refused_at_the_next_request(app: Flask, world: World, way: str) -> None:
    role, page, revoke, status = VENDOR_WAYS[way]
    client = browser(app, logins(world)[role])
    page = page.format(company=world.mine.company.id)
    assert client.get(page).status_code == 200
    revoke(world)
    factories.commit()
    assert client.get(page).status_code == status


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
