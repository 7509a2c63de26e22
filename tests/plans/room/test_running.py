"""The workshop begins, people come and go, quorum, the agenda, the end: by role, and when two do it at once."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans import queries, steps
from eventapp.plans.content import agreeing
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import (
    PlanDelegation,
    PlanSection,
    PlanStatus,
    PlanVersion,
    SectionState,
    Side,
    VersionState,
    WorkshopState,
)
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.service import agenda, attending, running
from eventapp.plans.signing import queries as versions
from eventapp.plans.workshop import queries as planned
from tests.conftest import NOW
from tests.plans.room.helpers import at_once, client_of, post, room, signed_in, workshop
from tests.support import factories, plans, workshops
from tests.support.browsing import press, send
from tests.support.factories import AT, TESTS
from tests.support.pages import fields
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


class TestBeginning:
    def test_both_sides_come_and_an_owner_begins_it(self, app: Flask, made: Made, clock: Any) -> None:
        workshops.dated(made)
        for key in made.logins:
            client = client_of(app, made, *key)
            assert post(client, made, "arrive").status_code == 302
        owner = client_of(app, made, Side.B)
        page = owner.get(room(made)).text
        assert page.count("Quorum</span>") == 2
        assert "Begin informally" not in page
        asked = press(owner, room(made), f"{room(made)}/start").location
        assert "The workshop is dated 10 Jan 2027. Begin it now?" in owner.get(asked).text
        assert workshop(made).state is WorkshopState.DATED
        answer = send(owner, asked, {"meant": "yes"}, action=f"{room(made)}/start")
        assert "The workshop has begun." in owner.get(answer.location).text
        found = workshop(made)
        assert (found.state, found.quorum_a, found.quorum_b) == (WorkshopState.RUNNING, True, True)
        assert found.started_at == found.quorum_at >= NOW
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.object_name, entry.changes) == ("plans.start_workshop", made.plan.code, {"informal": False})

    def test_without_a_quorum_it_begins_informally(self, app: Flask, made: Made) -> None:
        workshops.dated(made)
        client = client_of(app, made, Side.A)
        assert post(client, made, "arrive").status_code == 302
        page = client.get(room(made)).text
        assert "1 here; at least 3 are needed." in page
        assert "The executive sponsor is missing." in page
        assert "no quorum yet" in client.get(post(client, made, "start", meant="yes").location).text
        assert workshop(made).state is WorkshopState.DATED
        asked = press(client, room(made), f"{room(made)}/start-informally").location
        assert send(client, asked, {"meant": "yes"}, action=f"{room(made)}/start-informally").status_code == 302
        found = workshop(made)
        assert (found.state, found.quorum_a, found.quorum_at) == (WorkshopState.RUNNING, False, None)

    def test_quorum_comes_live_and_stays(self, made: Made, clock: Any) -> None:
        workshops.running(made, here=[made.team[Side.A, F.OWNER]])
        clock.shift(600)
        for member in made.team.values():
            attending.arrive(made.plan, member, at=NOW + timedelta(minutes=10))
        assert workshop(made).quorum_at == NOW + timedelta(minutes=10)
        attending.leave(made.plan, made.team[Side.A, F.EXEC_SPONSOR], at=NOW + timedelta(hours=1))
        found = workshop(made)
        assert found.quorum_a, "what was reached is not lost"
        assert rooms.quorum_lacks(made.plan, rooms.people(made.plan, found))[Side.A] == [
            "2 here; at least 3 are needed.",
            "The executive sponsor is missing.",
        ]

    def test_who_stands_for_the_sponsor_counts(self, made: Made) -> None:
        delegate = factories.user(None, Role.PARTNER_MANAGER)
        plans.teams.join(made.plan, plans.as_candidate(delegate), F.MARKETING, by=TESTS, at=NOW)
        found = workshops.running(made, here=[one for key, one in made.team.items() if key[1] is not F.EXEC_SPONSOR])
        extra = next(one for one in queries.team(made.plan) if one.function is F.MARKETING)
        attending.arrive(made.plan, extra, at=NOW)
        assert rooms.quorum_lacks(made.plan, rooms.people(made.plan, found))[Side.A] == ["The executive sponsor is missing."]
        sponsor = made.team[Side.A, F.EXEC_SPONSOR]
        given = {"sponsor_id": sponsor.id, "delegate_id": extra.id, "text": "For me", "given_at": NOW}
        db.session.add(PlanDelegation(plan_id=made.plan.id, **given))
        db.session.flush()
        assert rooms.quorum_lacks(made.plan, rooms.people(made.plan, found))[Side.A] == []

    def test_a_small_partner_needs_two(self, made: Made) -> None:
        made.plan.small_reason, made.plan.small_at, made.plan.small_by = "Seven people", NOW, "tests"
        here = [made.team[Side.B, F.OWNER], made.team[Side.B, F.SALES], *(made.team[Side.A, one] for one in (F.OWNER, F.SALES))]
        found = workshops.running(made, here=here)
        assert (found.quorum_a, found.quorum_b) == (False, True)

    def test_two_who_begin_it_at_once_begin_it_once(self, app: Flask, made: Made) -> None:
        workshops.dated(made)
        for member in made.team.values():
            attending.arrive(made.plan, member, at=NOW)
        factories.commit()
        acts = [lambda plan: running.start(plan, informal=False, by=TESTS, at=NOW)] * 2
        assert at_once(app, made, *acts) == ["The workshop is under way already.", "done"]

    def test_not_without_a_date_and_not_in_a_draft(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        assert "has no date yet" in client.get(room(made)).text
        found = workshops.dated(made)
        made.plan.status = PlanStatus.DRAFT
        factories.commit()
        with pytest.raises(RuleError, match="Take the plan into the workshop first"):
            running.start(made.plan, informal=True, by=TESTS, at=NOW)
        found.state = WorkshopState.PLANNING
        factories.commit()
        with pytest.raises(RuleError, match="no date"):
            running.start(made.plan, informal=True, by=TESTS, at=NOW)
        assert post(client, made, "arrive").status_code == 302
        assert "has no date yet" in client.get(room(made)).text


class TestAttendance:
    def test_people_say_it_of_themselves_and_the_scribe_of_others(self, app: Flask, made: Made) -> None:
        found = workshops.running(made, here=[])
        other = made.team[Side.A, F.SALES]
        scribe = client_of(app, made, Side.B, F.SALES)
        assert post(scribe, made, "arrive", member=str(other.id)).status_code == 403
        found.scribe_id = made.team[Side.B, F.SALES].id
        factories.commit()
        assert post(scribe, made, "arrive", member=str(other.id)).status_code == 302
        assert {one.member.id for one in rooms.people(made.plan, found) if one.present} == {other.id}
        seller = client_of(app, made, Side.A, F.SALES)
        assert press(seller, room(made), f"{room(made)}/leave").status_code == 302
        assert not any(one.present for one in rooms.people(made.plan, found))
        again = press(seller, room(made), f"{room(made)}/arrive")
        assert "You are here." in seller.get(again.location).text

    def test_an_owner_speaks_for_the_own_side_alone(self, app: Flask, made: Made) -> None:
        found = workshops.running(made, here=[])
        client = client_of(app, made, Side.A)
        theirs, ours = made.team[Side.B, F.SALES], made.team[Side.A, F.SALES]
        assert post(client, made, "arrive", member=str(theirs.id)).status_code == 403
        assert post(client, made, "arrive", member=str(ours.id)).status_code == 302
        assert {one.member.id for one in rooms.people(made.plan, found) if one.present} == {ours.id}
        page = client.get(room(made)).text
        assert f'name="member" value="{ours.id}"' in page
        assert f'name="member" value="{theirs.id}"' not in page

    def test_on_its_day_nobody_is_asked_back(self, app: Flask, made: Made, clock: Any) -> None:
        workshops.dated(made)
        clock.move_to(AT)
        client = client_of(app, made, Side.A)
        assert press(client, room(made), f"{room(made)}/start-informally").status_code == 302
        assert workshop(made).state is WorkshopState.RUNNING

    @pytest.mark.parametrize("member", ["0", "999999", "2147483648", "-1", "x", "\x00", "1 OR 1", "9" * 300])
    def test_nobody_else_is_ticked(self, app: Flask, made: Made, member: str) -> None:
        workshops.running(made, here=[])
        assert post(client_of(app, made, Side.A), made, "arrive", member=member).status_code in (302, 404)
        assert not any(one.present for one in rooms.people(made.plan, workshop(made)) if one.member.function is not F.OWNER)

    def test_of_another_plan_nobody_is(self, app: Flask, made: Made) -> None:
        workshops.running(made, here=[])
        stranger = plans.plan(factories.organisation("Isar Netze AG")).team[Side.A, F.SALES]
        assert post(client_of(app, made, Side.A), made, "arrive", member=str(stranger.id)).status_code == 404


class TestAgenda:
    def test_moves_on_and_is_extended(self, app: Flask, made: Made, clock: Any) -> None:
        workshops.running(made, at=NOW)
        client = client_of(app, made, Side.A)
        parts = planned.items(workshop(made))
        assert [one.minutes for one in parts] == [15, 45, 45, 15, 60, 60, 75, 45, 15, 30, 30, 30, 15]
        assert sum(one.minutes for one in parts) == 480
        client.post(f"{room(made)}/agenda/{parts[0].id}/begin", data=fields(client.get(room(made)).text, f"/{parts[0].id}/begin"))
        page = client.get(room(made)).text
        assert "Aims, roles, ground rules" in page
        assert "15 min" in page
        clock.shift(600)
        assert ">5 min<" in client.get(room(made)).text
        press(client, room(made), f"{room(made)}/agenda/{parts[0].id}/extend")
        assert ">10 min<" in client.get(room(made)).text
        clock.shift(900)
        page = client.get(room(made)).text
        assert "over time" in page
        client.post(f"{room(made)}/agenda/{parts[1].id}/begin", data=fields(page, f"/{parts[1].id}/begin"))
        db.session.expire_all()
        first, second = planned.items(workshop(made))[:2]
        assert first.ended_at == second.started_at >= NOW + timedelta(minutes=25)
        press(client, room(made), f"{room(made)}/agenda/{parts[1].id}/finish")
        assert rooms.under_way(planned.items(workshop(made))) is None

    def test_two_presses_move_on_by_one(self, made: Made) -> None:
        workshops.running(made)
        parts = planned.items(workshop(made))
        agenda.begin(made.plan, parts[0], seen=None, at=NOW)
        agenda.begin(made.plan, parts[1], seen=parts[0].id, at=NOW)
        with pytest.raises(StaleError):
            agenda.begin(made.plan, parts[2], seen=parts[0].id, at=NOW)
        version = parts[1].version
        agenda.extend(made.plan, parts[1], version=version)
        with pytest.raises(StaleError):
            agenda.extend(made.plan, parts[1], version=version)

    def test_a_part_does_not_last_for_ever(self, made: Made) -> None:
        workshops.running(made)
        part = planned.items(workshop(made))[0]
        part.minutes = 480
        db.session.flush()
        with pytest.raises(RuleError):
            agenda.extend(made.plan, part, version=part.version)

    def test_the_timekeeper_moves_it_on_and_a_seller_does_not(self, app: Flask, made: Made) -> None:
        found = workshops.running(made)
        part = planned.items(found)[0]
        seller = client_of(app, made, Side.B, F.SALES)
        assert "/begin" not in seller.get(room(made)).text
        assert post(seller, made, f"agenda/{part.id}/begin").status_code == 403
        found.timekeeper_id = made.team[Side.B, F.SALES].id
        factories.commit()
        assert post(seller, made, f"agenda/{part.id}/begin").status_code == 302
        assert rooms.under_way(planned.items(workshop(made))) is not None

    def test_the_part_of_another_plan_is_not_there(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        other = plans.plan(factories.organisation("Isar Netze AG"))
        theirs = planned.items(workshops.running(other))[0]
        assert post(client_of(app, made, Side.A), made, f"agenda/{theirs.id}/begin").status_code == 404


class TestEnding:
    def test_it_ends_and_the_plan_is_kept(self, app: Flask, made: Made, clock: Any) -> None:
        workshops.running(made)
        plans.objective(made, "Sell more")
        client = client_of(app, made, Side.A)
        answer = press(client, room(made), f"{room(made)}/end")
        page = client.get(answer.location).text
        assert "Both sides had a quorum." in page
        kept = db.session.scalars(select(PlanVersion)).one()
        assert (kept.number, kept.state) == ("0.9", VersionState.KEPT)
        assert "Sell more" in kept.content
        assert versions.next_number(made.plan) == (1, 0)
        assert "0.9" in client.get(f"{made.path}versions/").text
        assert "Sell more" in client.get(f"{made.path}versions/{kept.id}").text
        press(client, room(made), f"{room(made)}/reopen")
        assert workshop(made).state is WorkshopState.RUNNING
        assert not any(one.present for one in rooms.people(made.plan, workshop(made))), "everybody arrives anew"
        press(client, room(made), f"{room(made)}/end")
        assert [one.number for one in versions.versions(made.plan)] == ["0.10", "0.9"]

    def test_two_who_end_it_at_once_end_it_once(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        standing = plans.standing(made)
        acts = [lambda plan: running.end(plan, standing=standing, by=TESTS, at=NOW)] * 2
        assert at_once(app, made, *acts) == ["The workshop is over.", "done"]
        assert len(versions.versions(made.plan)) == 1

    def test_what_is_over_takes_nothing_in(self, made: Made) -> None:
        workshops.held(made)
        for act in (
            lambda: attending.arrive(made.plan, made.team[Side.A, F.SALES], at=NOW),
            lambda: agenda.extend(made.plan, planned.items(workshop(made))[0], version=1),
            lambda: attending.deal_groups(made.plan, by=TESTS, at=NOW),
        ):
            with pytest.raises(RuleError, match="over"):
                act()

    def test_a_plan_past_its_workshop_takes_none_up(self, made: Made) -> None:
        workshops.held(made)
        made.plan.status = PlanStatus.FINAL_REVIEW
        factories.commit()
        with pytest.raises(RuleError, match="has left its workshop"):
            running.reopen(made.plan, by=TESTS, at=NOW)


class TestQuorumAndAgreements:
    def test_nothing_is_agreed_without_a_quorum(self, app: Flask, made: Made) -> None:
        plans.objective(made)
        section = plans.section(made, "objectives")
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        made.plan.status = PlanStatus.WORKSHOP
        factories.commit()
        with pytest.raises(RuleError, match="has not begun yet"):
            agreeing.agree(made.plan, section, version=section.version, **values)
        workshops.running(made, here=[made.team[Side.A, F.OWNER]])
        with pytest.raises(RuleError, match="no quorum"):
            agreeing.agree(made.plan, section, version=section.version, **values)
        client = client_of(app, made, Side.A)
        page = client.get(f"{made.path}sections/objectives").text
        assert "as long as the workshop has no quorum" in page
        assert "Agree for" not in page
        for member in made.team.values():
            attending.arrive(made.plan, member, at=NOW)
        factories.commit()
        assert "Agree for" in client.get(f"{made.path}sections/objectives").text
        agreeing.agree(made.plan, section, version=section.version, **values)

    def test_held_informally_nothing_is_agreed_and_the_plan_does_not_go_on(self, made: Made) -> None:
        workshops.running(made, here=[])
        running.end(made.plan, standing=plans.standing(made), by=TESTS, at=NOW)
        for n in range(4):
            plans.objective(made, f"O{n}", weight=25)
        db.session.query(PlanSection).filter_by(plan_id=made.plan.id).update({"state": SectionState.AGREED})
        factories.commit()
        section = plans.section(made, "objectives")
        with pytest.raises(RuleError, match="held without a quorum"):
            agreeing.agree(made.plan, section, version=section.version, standing=plans.standing(made), by=TESTS, at=NOW)
        assert [one.text for one in steps.missing(made.plan, PlanStatus.FINAL_REVIEW)] == ["It has had no quorum of both sides."]

    def test_the_plan_goes_on_when_it_is_over(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        made.plan.status = PlanStatus.WORKSHOP
        factories.commit()
        assert "The workshop has not been held yet." in client.get(made.path).text
        workshops.running(made)
        page = client.get(made.path).text
        assert "It is still under way." in page
        assert f'href="{room(made)}"' in page


WHO = ["owner A", "owner B", "seller", "sponsor", "other partner", "distributor", "organizer", "auditor", "partner manager"]


def login(made: Made, who: str) -> Any:
    """The login of somebody by what they are to the plan."""
    if who in ("owner A", "owner B"):
        return made.owner_a if who == "owner A" else made.owner_b
    if who in ("seller", "sponsor"):
        return made.logins[Side.B, F.SALES if who == "seller" else F.EXEC_SPONSOR]
    if who in ("other partner", "distributor"):
        return factories.company_admin(factories.organisation("Rhein Handel GmbH"))
    return factories.user(None, {"organizer": Role.ORGANIZER, "auditor": Role.AUDITOR}.get(who, Role.PARTNER_MANAGER))


@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what(app: Flask, made: Made, who: str) -> None:
    """Owners of both sides alike; teams take part; an auditor reads; for everybody else there is no such room."""
    workshops.dated(made)
    client = signed_in(app, login(made, who))
    inside, leads = who in WHO[:4], who in WHO[:2]
    reads = inside or who == "auditor"
    refused = 404 if not reads else 403
    assert client.get(room(made)).status_code == (200 if reads else 404)
    assert post(client, made, "arrive").status_code == (302 if inside else refused)
    assert post(client, made, "start", meant="yes").status_code == (302 if leads else refused)
    assert post(client, made, "start-informally", meant="yes").status_code == (302 if leads else refused)
    if not leads:
        running.start(made.plan, informal=True, by=TESTS, at=NOW)
        factories.commit()
    assert workshop(made).state is WorkshopState.RUNNING
    part = planned.items(workshop(made))[0]
    assert post(client, made, f"agenda/{part.id}/begin").status_code == (302 if leads else refused)
    assert post(client, made, "end").status_code == (302 if leads else refused)
    assert post(client, made, "reopen").status_code == (302 if leads else refused)
    assert workshop(made).state is WorkshopState.RUNNING


def test_the_room_takes_few_queries(app: Flask, made: Made, count_queries: Any) -> None:
    workshops.running(made)
    for key in ((Side.A, F.OWNER), (Side.B, F.SALES)):
        client = client_of(app, made, *key)
        address = room(made)
        with count_queries() as found:
            assert client.get(address).status_code == 200
        assert len(found) <= 12, found.statements
