"""The neutral facilitator: sees the plan and writes in it while the workshop is under way; nothing before and after."""

from typing import Any

import pytest
from flask import Flask

from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanNote, PlanStatus, PlanVersion, Side, SwotItem, TargetAccount, Workshop, WorkshopState
from eventapp.plans.permissions import Standing, reads_confidential
from eventapp.plans.room.service import outcomes
from eventapp.plans.workshop import queries as planned
from tests.conftest import NOW
from tests.plans.room.helpers import client_of, post, room, signed_in, workshop
from tests.support import factories, plans, workshops
from tests.support.browsing import press, send
from tests.support.factories import TESTS
from tests.support.pages import PageClient, token_of
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


@pytest.fixture
def fred(app: Flask) -> User:
    return factories.user("fred@karmin.example", Role.TRAINER, name="Fred Fassl")


def led(made: Made, fred: User, state: str = "running") -> Workshop:
    """The workshop that Fred leads, with a plan full of words."""
    begin = workshops.dated if state == "dated" else workshops.running
    found = begin(made, facilitator_id=fred.id)
    a, b = (made.team[side, F.OWNER].id for side in Side)
    accounts = plans.section(made, "accounts")
    values = {"customer": "Secret Bank", "confidential": True, "owner_a_id": a, "owner_b_id": b}
    editing.add(made.plan, accounts, TargetAccount, values, standing=plans.standing(made), by=TESTS, at=NOW)
    db.session.add(PlanNote(plan_id=made.plan.id, side=Side.A, text="Our own note", member_id=a, written_at=NOW))
    plans.objective(made, "Sell more")
    return found


PAGES = ("", "team", "sections/objectives", "sections/strategy", "versions/", "actions/", "workshop/room", "workshop/pulse")


class TestBefore:
    def test_stands_at_the_door_and_begins_it(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred, "dated")
        client = signed_in(app, fred)
        for path in PAGES:
            expected = 200 if path == "workshop/room" else 404
            assert client.get(made.path + path).status_code == expected, path
        page = client.get(room(made)).text
        assert made.plan.code in page
        for word in (made.plan.title, made.company.name, made.team[Side.B, F.OWNER].name, "Sell more"):
            assert word not in page
        assert made.plan.code not in client.get("/plans/").text
        asked = press(client, room(made), f"{room(made)}/start").location
        refused = send(client, asked, {"meant": "yes"}, action=f"{room(made)}/start")
        assert "There is no quorum yet" in client.get(refused.location).text
        asked = press(client, room(made), f"{room(made)}/start-informally").location
        assert send(client, asked, {"meant": "yes"}, action=f"{room(made)}/start-informally").status_code == 302
        assert workshop(made).state is WorkshopState.RUNNING
        assert "Sell more" in client.get(f"{made.path}sections/objectives").text

    def test_in_a_draft_there_is_no_door(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred, "dated")
        made.plan.status = PlanStatus.DRAFT
        factories.commit()
        assert signed_in(app, fred).get(room(made)).status_code == 404

    def test_nobody_else_stands_there(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred, "dated")
        for other in (factories.user(None, Role.TRAINER), factories.user(None, Role.ORGANIZER)):
            client = signed_in(app, other)
            assert client.get(room(made)).status_code == 404
            assert post(client, made, "start-informally").status_code == 404
        assert workshop(made).state is WorkshopState.DATED


class TestWhileItIsUnderWay:
    def test_sees_the_plan_but_nothing_confidential(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred)
        client = signed_in(app, fred)
        for path in PAGES:
            assert client.get(made.path + path).status_code == 200, path
        assert made.plan.code in client.get("/plans/").text
        assert "Secret Bank" not in client.get(f"{made.path}sections/accounts").text
        for path in ("actuals/", "notes/", "sections/objectives/add", "edit", "team/add", "actions/add"):
            status = client.get(made.path + path).status_code
            assert status == (200 if path == "sections/objectives/add" else 403 if path != "notes/" else status), path
            assert path != "notes/" or status in (403, 404)
        page = client.get(made.path).text
        assert "Our notes" not in page
        assert "Actual values" not in page
        assert "Our own note" not in page

    def test_reads_nothing_of_what_was_reached_the_year_before(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred)
        plans.with_last_year(made)
        client, owner = signed_in(app, fred), client_of(app, made, Side.B)
        for path in ("last-year", "lessons/"):
            assert owner.get(made.path + path).status_code == 200, path
            assert client.get(made.path + path).status_code == 403, path
        assert "last-year" in owner.get(made.path).text
        assert "last-year" not in client.get(made.path).text

    def test_writes_in_sections_and_agrees_to_nothing(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred)
        client = signed_in(app, fred)
        assert send(client, f"{made.path}sections/strategy/text", {"text": "Written by Fred"}).status_code == 302
        page = client_of(app, made, Side.B).get(f"{made.path}sections/strategy").text
        assert "Written by Fred" in page
        assert "Last changed " in page
        assert post(client, made, "swot/add", quadrant="threat", text="Noted").status_code == 302
        (row,) = db.session.query(SwotItem).all()
        assert (row.side, row.group_number) == (None, None)
        assert post(client, made, f"swot/{row.id}/vote").status_code == 403
        assert post(client, made, "closing/confidence", vote="5").status_code == 403
        token = {"csrf_token": token_of(client.get(room(made)).text)}
        for path in ("sections/strategy/agree", "sections/strategy/disagree", "ready", "presence"):
            assert client.post(made.path + path, data=token).status_code == 403, path
        assert "Agree for" not in client.get(f"{made.path}sections/strategy").text

    def test_leads_the_room(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred)
        client = signed_in(app, fred)
        part = planned.items(workshop(made))[0]
        assert post(client, made, f"agenda/{part.id}/begin").status_code == 302
        assert post(client, made, "leave", member=str(made.team[Side.B, F.SALES].id)).status_code == 302
        assert post(client, made, "arrive").status_code == 404, "a facilitator is in no team"
        assert post(client, made, "swot/groups").status_code == 302
        assert post(client, made, "parking/add", parked="Aside").status_code == 302
        assert send(client, f"{room(made)}/closing/minutes", {"minutes": "Fred's minutes"}).status_code == 302
        answer = post(client, made, "end")
        assert answer.status_code == 302
        page = client.get(answer.location).text
        assert "is over" in page
        assert made.company.name not in page
        version = db.session.query(PlanVersion).one()
        assert version.created_by_id is None

    def test_opens_no_decision_to_own_it_afterwards(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred)
        item = outcomes.park(made.plan, "Aside", standing=plans.standing(made), at=NOW)
        factories.commit()
        client = signed_in(app, fred)
        assert post(client, made, f"parking/{item.id}/decision", title="T", problem="P").status_code == 403
        assert "Decide it openly" not in client.get(room(made)).text

    def test_never_signs(self, app: Flask, made: Made, fred: User) -> None:
        led(made, fred)
        version = post(signed_in(app, made.owner_a), made, "end") and db.session.query(PlanVersion).one()
        client = signed_in(app, fred)
        for act in ("sign", "decline", "withdraw"):
            token = {"csrf_token": token_of(client.get("/plans/").text)}
            assert client.post(f"{made.path}versions/{version.id}/{act}", data=token).status_code == 404


class TestAfter:
    @pytest.mark.parametrize("how", ["ended", "cancelled", "suspended", "replaced", "left the vendor"])
    def test_nothing_is_there_any_more(self, app: Flask, made: Made, fred: User, how: str) -> None:
        """From the very next request on."""
        found = led(made, fred)
        client = signed_in(app, fred)
        assert client.get(made.path).status_code == 200
        if how == "ended":
            post(client_of(app, made, Side.A), made, "end")
        elif how == "cancelled":
            made.plan.status, made.plan.cancelled_at = PlanStatus.CANCELLED, NOW
        elif how == "suspended":
            made.plan.suspended_at, made.plan.suspended_reason = NOW, "merged"
        elif how == "replaced":
            found.facilitator_id = None
        else:
            db.session.delete(fred.grants[0])
        factories.commit()
        for path in PAGES:
            if (how, path) == ("ended", "workshop/room"):
                continue
            # Whoever has no role any more is refused before plans are looked for.
            assert client.get(made.path + path).status_code == (403 if how == "left the vendor" else 404), path
        if how != "left the vendor":
            assert made.plan.code not in client.get("/plans/").text
        assert post_raw(client, made, "parking/add").status_code in (403, 404)


def post_raw(client: PageClient, made: Made, path: str) -> Any:
    """A POST with a token of the page of the own account, which everybody has."""
    token = token_of(client.get("/account/").text)
    return client.post(f"{room(made)}/{path}", data={"csrf_token": token, "parked": "Aside"})


def test_a_member_is_no_facilitator(made: Made) -> None:
    """Somebody of a team who is noted as facilitator stays what they are in the team."""
    workshops.running(made, facilitator_id=made.owner_a.id)
    seen = queries.plan(Viewer(made.owner_a, frozenset({Role.PARTNER_MANAGER})), made.plan.code)
    assert seen.standing == Standing(made.team[Side.A, F.OWNER])


def test_an_auditor_leads_nothing(made: Made) -> None:
    auditor = factories.user(None, Role.AUDITOR)
    workshops.running(made, facilitator_id=auditor.id)
    seen = queries.plan(Viewer(auditor, frozenset({Role.AUDITOR})), made.plan.code)
    assert seen.standing == Standing(None)


def test_a_partner_s_login_leads_nothing(made: Made) -> None:
    other = factories.company_admin(factories.organisation("Isar Netze AG"))
    workshops.running(made, facilitator_id=other.id)
    with pytest.raises(NotFoundError):
        queries.plan(Viewer(other), made.plan.code)


def test_confidential_accounts_are_none_of_theirs() -> None:
    assert not reads_confidential(Standing(facilitates=True), (1, 2))
    assert reads_confidential(Standing())
