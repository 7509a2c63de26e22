"""The vendor's people: who may give and end what, invitations, and the last system admin."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import AccountLink, Grant, Role, User
from eventapp.accounts.permissions import GRANTS, grantable, may_grant, may_manage, roles_of
from eventapp.accounts.queries import user_by_address
from eventapp.accounts.staff import service
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails, press, send, summary
from tests.support.pages import PageClient, fields, hidden

Sign = Callable[[User], PageClient]


@pytest.fixture(autouse=True)
def _clock(clock: time_machine.Traveller) -> None:
    """Invitations and ends are days from now."""


@pytest.fixture
def sign(app: Flask) -> Sign:
    """A browser of its own for somebody."""

    def signed(user: User) -> PageClient:
        client = app.test_client()
        assert isinstance(client, PageClient)
        return client.sign_in(user)

    return signed


def admin(email: str = "sam@karmin.example") -> User:
    return factories.user(email, Role.SYSTEM_ADMIN)


def roles(address: str) -> set[Role]:
    db.session.rollback()
    user = user_by_address(address)
    return set(roles_of(user, NOW + timedelta(minutes=10))) if user is not None and user.active else set()


def link_to(address: str) -> str:
    found = re.search(r"http://events\.test(/invitation/[\w-]+)", mails(to=address)[-1].text)
    assert found
    return found[1]


def invite(client: PageClient, address: str, *wanted: str, until: str = "") -> Any:
    return send(client, "/admin/staff/invite", {"email": address, "roles": list(wanted), "until": until})


def button(client: PageClient, page: str, end: str) -> Any:
    """Presses the page's button whose address ends so."""
    found = re.search(rf'action="([^"]+{end})"', client.get(page).text)
    assert found, end
    return press(client, page, found[1])


# Rules


def test_nobody_grants_what_they_do_not_have_or_what_stands_above() -> None:
    assert set(GRANTS) == set(Role), "each role says what it may give"
    assert grantable([Role.SYSTEM_ADMIN]) == set(Role)
    assert grantable([Role.ORGANIZER]) == {Role.ORGANIZER, Role.PARTNER_MANAGER, Role.TRAINER, Role.CATERING}
    for role in (Role.PARTNER_MANAGER, Role.TRAINER, Role.FINANCE, Role.AUDITOR, Role.CATERING):
        assert grantable([role]) == set(), role
    for role in Role:
        above = [giver for giver in Role if role in GRANTS[giver]]
        assert all(GRANTS[role] <= GRANTS[giver] for giver in above), f"{role} passes on more than those who give it"
    assert not may_grant([Role.ORGANIZER], Role.SYSTEM_ADMIN)
    assert not may_grant([], Role.TRAINER)


def test_nobody_manages_somebody_above() -> None:
    assert may_manage([Role.ORGANIZER], [Role.ORGANIZER, Role.TRAINER])
    assert may_manage([Role.ORGANIZER], [])
    assert not may_manage([Role.ORGANIZER], [Role.TRAINER, Role.AUDITOR])
    assert not may_manage([Role.AUDITOR], [])
    assert may_manage([Role.SYSTEM_ADMIN], list(Role))


# Invitations


def test_somebody_new_is_invited_and_accepts(sign: Sign, client: PageClient) -> None:
    organizer = sign(factories.organizer("olga@karmin.example"))
    assert invite(organizer, "new@karmin.example", "trainer", "catering", until="2027-03-31").status_code == 302
    page = organizer.get("/admin/staff/").text
    assert "new@karmin.example" in page
    assert "Trainer, until Mar 31, 2027" in page or "Trainer, until 31 Mar 2027" in page
    mail = mails(to="new@karmin.example")[0]
    assert mail.kind == "accounts.staff_invitation"
    assert "- Trainer" in mail.text
    shown = client.get(link_to("new@karmin.example"))
    assert "new@karmin.example" in shown.text
    assert roles("new@karmin.example") == set(), "looking accepts nothing"
    done = client.post(
        link_to("new@karmin.example"), data={**hidden(shown.text), "name": "Nora Neu", "password": "a long enough one"}
    )
    assert done.status_code == 302
    assert roles("new@karmin.example") == {Role.TRAINER, Role.CATERING}
    user = user_by_address("new@karmin.example")
    assert user is not None
    assert (user.name, bool(user.verified_at)) == ("Nora Neu", True)
    assert {(g.granted_by, g.ends_at) for g in user.grants} == {
        ("olga@karmin.example", datetime.fromisoformat("2027-04-01T00:00Z"))
    }
    assert sign(user).get("/admin/").status_code == 200


def test_a_login_accepts_only_as_that_very_address(sign: Sign, client: PageClient) -> None:
    organizer = sign(factories.organizer())
    invited, other = factories.user("known@karmin.example"), factories.user("other@karmin.example")
    invite(organizer, "known@karmin.example", "organizer")
    link = link_to("known@karmin.example")
    anonymous = client.get(link).text
    assert f"/login?next={link}" in anonymous
    assert "password" not in anonymous.lower()
    assert client.post(link, data=hidden(client.get("/login").text)).status_code == 409
    stranger = sign(other)
    assert "Log out, then log in as known@karmin.example" in stranger.get(link).text
    assert stranger.post(link, data=hidden(stranger.get("/account/").text)).status_code == 409
    assert roles("known@karmin.example") == roles("other@karmin.example") == set()
    assert send(sign(invited), link).status_code == 302
    assert roles("known@karmin.example") == {Role.ORGANIZER}


def test_refusals_of_the_invitation_form(sign: Sign) -> None:
    organizer = sign(factories.organizer())
    factories.user("gone@karmin.example").active = False
    factories.commit()
    for address, wanted, until, said in (
        ("nobody", ["trainer"], "", "Enter an e-mail"),
        ("a@karmin.example", [], "", "Choose at least one role"),
        ("a@karmin.example", ["trainer"], "2026-12-31", "from today on"),
        ("a@karmin.example", ["trainer"], "2057-12-31", "ten years"),
        ("gone@karmin.example", ["trainer"], "", "was disabled"),
    ):
        answer = invite(organizer, address, *wanted, until=until)
        assert answer.status_code in (409, 422)
        assert said in summary(answer), said
    assert invite(organizer, "a@karmin.example", "system_admin").status_code == 422, "not among the choices"
    invite(organizer, "a@karmin.example", "trainer")
    assert "has an open invitation" in summary(invite(organizer, "a@karmin.example", "trainer"))
    assert len(mails()) == 1


@pytest.mark.parametrize(
    "way", ["too old", "revoked", "sent again", "used", "inviter lost the right", "inviter disabled", "login disabled"]
)
def test_links_that_are_over(sign: Sign, client: PageClient, clock: time_machine.Traveller, way: str) -> None:
    me = factories.organizer("olga@karmin.example")
    organizer = sign(me)
    invite(organizer, "new@karmin.example", "trainer")
    link = link_to("new@karmin.example")
    assert client.get(link).status_code == 200
    if way == "too old":
        clock.shift(timedelta(days=7, seconds=1))
    elif way == "revoked":
        button(organizer, "/admin/staff/", "/revoke")
    elif way == "sent again":
        button(organizer, "/admin/staff/", "/send")
        assert client.get(link_to("new@karmin.example")).status_code == 200
    elif way == "used":
        send(client, link, {"name": "N", "password": "a long enough one"})
    elif way == "inviter lost the right":
        db.session.get_one(User, me.id).grants.clear()
    elif way == "inviter disabled":
        db.session.get_one(User, me.id).active = False
    else:
        factories.user("new@karmin.example").active = False
    factories.commit()
    before = roles("new@karmin.example")
    assert client.get(link).status_code == 410
    assert (
        client.post(link, data={**hidden(client.get("/login").text), "name": "N", "password": "a long enough one"}).status_code
        == 410
    )
    assert roles("new@karmin.example") == before
    unknown = client.get("/invitation/" + "A" * 43)
    assert unknown.status_code == 410


def test_a_longer_role_is_not_shortened_by_an_invitation(sign: Sign) -> None:
    known = factories.user("known@karmin.example", Role.TRAINER)
    invite(sign(factories.organizer()), "known@karmin.example", "trainer", until="2027-02-01")
    send(sign(known), link_to("known@karmin.example"))
    db.session.rollback()
    assert [g.ends_at for g in db.session.scalars(select(Grant).where(Grant.user_id == known.id))] == [None]


@pytest.mark.parametrize("new", [True, False])
def test_twenty_clicks_are_one(app: Flask, sign: Sign, client: PageClient, new: bool) -> None:
    invite(sign(factories.organizer()), "new@karmin.example", "trainer")
    link = link_to("new@karmin.example")
    known = None if new else factories.user("new@karmin.example")
    clients, forms = [], []
    for _n in range(20):
        one = app.test_client() if known is None else sign(known)
        values = {**fields(one.get(link).text, None), "name": "N", "password": "a long enough one"}
        clients.append(one)
        forms.append(values)
    assert len({form["once_key"] for form in forms}) == 20
    barrier, answers = Barrier(20), []

    def click(n: int) -> None:
        barrier.wait(30)
        with app.app_context():
            answers.append(clients[n].post(link, data=forms[n]).status_code)

    db.session.rollback()
    threads = [Thread(target=click, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [302] + [410] * 19
    assert roles("new@karmin.example") == {Role.TRAINER}
    assert db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action == "staff.accepted")) == 1
    assert db.session.scalar(select(func.count(AccountLink.id)).where(AccountLink.used_at.is_not(None))) == 1


# Giving, ending, disabling


def test_a_role_is_given_moved_and_ended(sign: Sign) -> None:
    organizer = sign(factories.organizer())
    other = factories.user("tina@karmin.example", Role.TRAINER)
    here = f"/admin/staff/{other.id}"
    assert send(organizer, here, {"role": "catering", "until": "2027-02-28"}, action=f"{here}/grant").status_code == 302
    page = organizer.get(here).text
    assert "Catering" in page
    assert "28 Feb 2027" in page
    assert press(organizer, here, f"{here}/end/trainer").status_code == 302
    assert roles("tina@karmin.example") == {Role.CATERING}
    assert "Ended" in organizer.get(here).text, "history stays"
    assert "ended already" in organizer.get(organizer.post(f"{here}/end/trainer", data=hidden(page)).location).text
    answer = send(organizer, here, {"role": "catering", "until": "2026-01-01"}, action=f"{here}/grant")
    assert answer.status_code == 422


def test_nobody_touches_somebody_above(sign: Sign) -> None:
    organizer, top, auditor = factories.organizer(), admin(), factories.user("aron@karmin.example", Role.AUDITOR)
    client = sign(organizer)
    for other in (top, auditor):
        here = f"/admin/staff/{other.id}"
        page = client.get(here).text
        assert "Disable the login" not in page
        assert "End now" not in page
        token = hidden(client.get("/admin/staff/invite").text)
        for act in ("disable", "enable", "end/system_admin", "end/auditor"):
            assert client.post(f"{here}/{act}", data={"csrf_token": token["csrf_token"]}).status_code == 302
        assert client.post(f"{here}/grant", data={**token, "role": "system_admin"}).status_code == 422
        assert roles(other.email) == {other.grants[0].role}
    with pytest.raises(RuleError, match="cannot give"):
        service.give(organizer, Role.SYSTEM_ADMIN, by=organizer, at=NOW)


def test_disabling_and_enabling(sign: Sign) -> None:
    organizer, other = factories.organizer(), factories.user("tina@karmin.example", Role.TRAINER)
    client, hers = sign(organizer), sign(other)
    here = f"/admin/staff/{other.id}"
    assert hers.get("/admin/").status_code == 200
    button(client, here, "/disable")
    assert hers.get("/admin/").status_code == 302
    button(client, here, "/enable")
    assert sign(db.session.get_one(User, other.id)).get("/admin/").status_code == 200
    own = client.get(client.post(f"/admin/staff/{organizer.id}/disable", data=hidden(client.get(here).text)).location)
    assert "somebody else" in own.text
    assert client.get("/admin/").status_code == 200


def test_logins_without_a_role_have_no_page(sign: Sign) -> None:
    partner = factories.user("petra@donau.example")
    client = sign(admin())
    for number in (partner.id, 987_654):
        assert client.get(f"/admin/staff/{number}").status_code == 404
        assert (
            client.post(f"/admin/staff/{number}/disable", data=hidden(client.get("/admin/staff/invite").text)).status_code == 404
        )


def test_the_list_finds_and_filters(sign: Sign) -> None:
    client = sign(admin())
    factories.user("tina@karmin.example", Role.TRAINER, name="Tina Trainer")
    former = factories.user("fred@karmin.example", Role.FINANCE, name="Fred Former")
    former.grants[0].ends_at = NOW - timedelta(days=1)
    factories.commit()
    assert "Tina Trainer" in client.get("/admin/staff/?q=tina").text
    assert "Tina Trainer" not in client.get("/admin/staff/?q=100%25").text
    shown = client.get("/admin/staff/?state=former").text
    assert "Fred Former" in shown
    assert "Tina Trainer" not in shown
    assert "Tina Trainer" in client.get("/admin/staff/?role=trainer").text
    assert "Fred Former" not in client.get("/admin/staff/?role=finance").text
    assert client.get("/admin/staff/?state=none&role=king").status_code == 200


def test_the_list_takes_as_many_queries_for_three_as_for_one(sign: Sign, count_queries: Any) -> None:
    client = sign(admin())
    numbers = []
    for _n in range(2):
        client.get("/admin/staff/")
        with count_queries() as queries:
            assert client.get("/admin/staff/").status_code == 200
        numbers.append(len(queries))
        factories.user(None, Role.TRAINER)
        factories.user(None, Role.TRAINER)
    assert numbers[0] == numbers[1] <= 12


# The last system admin


def test_the_last_system_admin_stays(sign: Sign) -> None:
    top = admin()
    factories.user("temp@karmin.example", Role.SYSTEM_ADMIN).grants[0].ends_at = NOW + timedelta(days=1)
    factories.commit()
    client, here = sign(top), f"/admin/staff/{top.id}"
    answer = client.get(button(client, here, "/end/system_admin").location)
    assert "There must be a system admin" in answer.text
    answer = send(client, here, {"role": "system_admin", "until": "2027-12-31"}, action=f"{here}/grant")
    assert answer.status_code == 409
    with pytest.raises(RuleError, match="There must be a system admin"):
        service.refuse_for_last_admin(top, NOW)
    with pytest.raises(RuleError, match="There must be a system admin"):
        service.disable_from_outside(top, by=factories.TESTS, at=NOW)
    db.session.rollback()
    assert roles(top.email) == {Role.SYSTEM_ADMIN}
    admin("second@karmin.example")
    assert button(client, here, "/end/system_admin").status_code == 302
    assert roles(top.email) == set()


@pytest.mark.parametrize("act", ["each other", "oneself", "disable each other"])
def test_of_two_system_admins_who_go_at_once_one_stays(app: Flask, act: str) -> None:
    one, two = admin("one@karmin.example"), admin("two@karmin.example")
    pairs = [(one.id, one.id), (two.id, two.id)] if act == "oneself" else [(one.id, two.id), (two.id, one.id)]
    barrier, outcomes = Barrier(2), []

    def go(by_id: int, target_id: int) -> None:
        with app.app_context():
            barrier.wait(30)
            by, target = db.session.get_one(User, by_id), db.session.get_one(User, target_id)
            try:
                if act == "disable each other":
                    service.disable(target, by=by, at=NOW)
                else:
                    service.end(target, Role.SYSTEM_ADMIN, by=by, at=NOW)
                factories.commit()
                outcomes.append("done")
            except RuleError:
                db.session.rollback()
                outcomes.append("refused")
            finally:
                db.session.remove()

    db.session.rollback()
    for _round in range(1):
        threads = [Thread(target=go, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(outcomes) == ["done", "refused"]
    left = select(func.count(User.id)).join(Grant).where(Grant.role == Role.SYSTEM_ADMIN, Grant.ends_at.is_(None), User.active)
    assert db.session.scalar(left) == 1


def test_an_auditor_reads_the_pages_and_changes_nothing(sign: Sign) -> None:
    other = factories.user("tina@karmin.example", Role.TRAINER)
    client = sign(factories.user("aron@karmin.example", Role.AUDITOR))
    assert "Invite somebody" not in client.get("/admin/staff/").text
    page = client.get(f"/admin/staff/{other.id}").text
    assert '<form method="post" action="/admin' not in page
    assert client.get("/admin/staff/invite").status_code == 403
