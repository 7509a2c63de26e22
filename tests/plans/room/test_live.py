"""What keeps pages live: the pulse, who is where, pages without their frame."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans import presence
from eventapp.plans.content import agreeing
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanPresence, PlanStatus, Quadrant, Side, Workshop, WorkshopState
from eventapp.plans.room import queries as rooms
from eventapp.plans.room import said
from eventapp.plans.room.service import agenda, attending, minutes, outcomes, running, voting
from eventapp.plans.workshop import queries as planned
from tests.conftest import NOW
from tests.plans.room.helpers import client_of, room, signed_in, workshop
from tests.plans.room.test_running import WHO, login
from tests.support import factories, plans, workshops
from tests.support.factories import TESTS
from tests.support.pages import PageClient, token_of
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def pulse(made: Made) -> str:
    return f"{made.path}workshop/pulse"


def say_here(client: PageClient, made: Made, section: str) -> Any:
    token = token_of(client.get("/plans/").text)
    return client.post(f"{made.path}presence", data={"csrf_token": token, "section": section})


class TestPulse:
    def test_nothing_new_is_a_304(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        client = client_of(app, made, Side.A)
        first = client.get(pulse(made))
        assert first.headers["Cache-Control"] == "no-store"
        known = {"If-None-Match": first.headers["ETag"]}
        assert client.get(pulse(made), headers=known).status_code == 304
        assert client.get(pulse(made), headers=known).data == b""
        plans.objective(made)
        again = client.get(pulse(made), headers=known)
        assert again.status_code == 200
        assert again.json is not None
        assert first.json is not None
        assert again.json["state"] != first.json["state"]

    def test_every_act_in_the_room_is_something_new(self, made: Made) -> None:
        workshops.running(made, here=[made.team[side, F.OWNER] for side in Side])
        plans.objective(made)
        owner, other = made.team[Side.A, F.OWNER], made.team[Side.B, F.OWNER]
        standing = plans.standing(made)
        section = said.swot_section(made.plan)
        values = {"standing": standing, "by": TESTS, "at": NOW}
        item = voting.say(made.plan, section, Quadrant.THREAT, "A row", **values)
        voting.vote(made.plan, item.id, other, at=NOW)
        parked = outcomes.park(made.plan, "Aside", standing=standing, at=NOW)
        parts = planned.items(workshop(made))
        late = made.team[Side.A, F.EXEC_SPONSOR]
        due = {"accountable_id": owner.id, "helper_id": None, "due_on": NOW.date()}
        acts = [
            lambda: attending.arrive(made.plan, late, at=NOW),
            lambda: attending.leave(made.plan, late, at=NOW),
            lambda: attending.deal_groups(made.plan, by=TESTS, at=NOW),
            lambda: agenda.begin(made.plan, parts[0], seen=None, at=NOW),
            lambda: agenda.extend(made.plan, parts[0], version=parts[0].version),
            lambda: agenda.finish(made.plan, parts[0], at=NOW),
            lambda: voting.say(made.plan, section, Quadrant.THREAT, "Another", **values),
            lambda: voting.vote(made.plan, item.id, owner, at=NOW),
            lambda: voting.take_back(made.plan, item.id, owner),
            lambda: voting.trust(made.plan, owner, 3, "", at=NOW),
            lambda: outcomes.park(made.plan, "More", standing=standing, at=NOW),
            lambda: outcomes.drop(made.plan, parked, at=NOW),
            lambda: outcomes.agree_on_action(made.plan, "Do it", **due, **values),
            lambda: minutes.write(made.plan, "Written", base=workshop(made).version, **values),
            lambda: running.end(made.plan, standing=standing, by=TESTS, at=NOW),
            lambda: running.reopen(made.plan, by=TESTS, at=NOW),
        ]
        seen = {rooms.workshop_and_state(made.plan)[1]}
        for number, act in enumerate(acts):
            act()
            state = rooms.workshop_and_state(made.plan)[1]
            assert state not in seen, f"act {number} is not seen by anybody"
            seen.add(state)

    def test_agreeing_is_something_new(self, made: Made) -> None:
        workshops.running(made)
        plans.objective(made)
        section = plans.section(made, "objectives")
        before = rooms.workshop_and_state(made.plan)[1]
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        agreeing.agree(made.plan, section, version=section.version, **values)
        after = rooms.workshop_and_state(made.plan)[1]
        agreeing.disagree(made.plan, section, **values)
        assert len({before, after, rooms.workshop_and_state(made.plan)[1]}) == 3

    def test_it_disturbs_nobody_who_edits_the_workshop(self, made: Made) -> None:
        workshops.running(made)
        before = workshop(made).version
        outcomes.park(made.plan, "Aside", standing=plans.standing(made), at=NOW)
        assert workshop(made).version == before

    def test_a_plan_without_a_workshop_has_one_too(self, app: Flask, made: Made) -> None:
        answer = client_of(app, made, Side.B).get(pulse(made))
        assert answer.json is not None
        before = answer.json["state"]
        plans.objective(made)
        answer = client_of(app, made, Side.B).get(pulse(made))
        assert answer.json is not None
        assert answer.json["state"] != before

    @pytest.mark.parametrize("who", WHO)
    def test_only_for_who_reads_the_plan(self, app: Flask, made: Made, who: str) -> None:
        workshops.running(made)
        client = signed_in(app, login(made, who))
        reads = who in WHO[:4] or who == "auditor"
        assert client.get(pulse(made)).status_code == (200 if reads else 404)
        expected = 204 if who in WHO[:4] else (403 if who == "auditor" else 404)
        assert say_here(client, made, "objectives").status_code == expected

    def test_it_is_cheap(self, app: Flask, made: Made, count_queries: Any) -> None:
        """Two questions of its own: the rest is who asks, which every page takes."""
        workshops.running(made)
        client = client_of(app, made, Side.A, F.SALES)
        address = pulse(made)
        with count_queries() as found:
            client.get(address)
        assert len([one for one in found.statements if "plan" in one]) == 2
        assert len(found) <= 5


class TestPresence:
    def test_said_shown_and_forgotten(self, app: Flask, made: Made, clock: Any) -> None:
        workshops.running(made)
        seller = client_of(app, made, Side.B, F.SALES)
        assert say_here(seller, made, "objectives").status_code == 204
        client = client_of(app, made, Side.A)
        name = made.team[Side.B, F.SALES].name
        told = client.get(pulse(made)).json
        assert told is not None
        assert told["people"] == [{"id": made.team[Side.B, F.SALES].id, "name": name, "section": "objectives"}]
        assert f"Here now: {name}" in client.get(f"{made.path}sections/objectives").text
        assert "Here now" not in seller.get(f"{made.path}sections/objectives").text.split("data-live=")[0].replace(
            "Here now: {names}", ""
        )
        assert name in client.get(room(made)).text.split('id="sections"')[1]
        say_here(seller, made, "swot")
        assert [one.section_key for one in db.session.scalars(select(PlanPresence))] == ["swot"], "one place for each person"
        clock.shift(presence.COUNTS_FOR.total_seconds() + 1)
        told = client.get(pulse(made)).json
        assert told is not None
        assert told["people"] == []

    @pytest.mark.parametrize("section", ["nothing", "x" * 100, "\x00", "../team", "' OR 1=1"])
    def test_a_section_that_is_none(self, app: Flask, made: Made, section: str) -> None:
        assert say_here(client_of(app, made, Side.A), made, section).status_code == 404
        assert db.session.scalars(select(PlanPresence)).all() == []

    def test_whoever_has_left_the_team_is_nowhere(self, made: Made) -> None:
        member = made.team[Side.B, F.SALES]
        presence.note(made.plan, member, "", at=NOW)
        factories.commit()
        assert len(presence.present(made.plan.id, NOW)) == 1
        member.left_at = NOW + timedelta(days=1)
        factories.commit()
        assert presence.present(made.plan.id, NOW) == []

    def test_reading_a_page_says_nothing(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        client = client_of(app, made, Side.B)
        for path in (room(made), pulse(made), f"{made.path}sections/objectives"):
            client.get(path)
        assert db.session.scalars(select(PlanPresence)).all() == []


class TestWithoutTheFrame:
    def test_a_page_asks_for_itself(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        client = client_of(app, made, Side.A)
        whole, bare = client.get(room(made)).text, client.get(room(made), headers={"X-Live": "look"}).text
        assert "site-header" in whole
        assert "site-header" not in bare
        for part in ("now", "people", "agenda", "sections", "parking", "actions"):
            assert f'data-live="{part}"' in whole
            assert f'data-live="{part}"' in bare

    def test_messages_of_another_tab_stay(self, app: Flask, made: Made) -> None:
        """A page that looks whether anything is new takes no message away; one that acts gets its own."""
        workshops.running(made)
        client = client_of(app, made, Side.A)
        token = token_of(client.get(room(made)).text)
        client.post(f"{room(made)}/parking/add", data={"csrf_token": token, "parked": "Aside"})
        assert "Put aside." not in client.get(room(made), headers={"X-Live": "look"}).text
        assert "Put aside." in client.get(room(made), headers={"X-Live": "act"}).text
        assert "Put aside." not in client.get(room(made)).text

    def test_sections_and_their_forms_are_live(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        assert 'data-live-root="parts"' in client.get(f"{made.path}sections/objectives").text
        assert 'data-live-root="form"' in client.get(f"{made.path}sections/objectives/add").text
        assert 'data-live-root="form"' in client.get(f"{made.path}sections/strategy/text").text
        made.plan.status = PlanStatus.ACTIVE
        factories.commit()
        assert "data-slow" in client.get(f"{made.path}sections/objectives").text, "what is in force changes rarely"


def test_the_screen_on_the_wall(app: Flask, made: Made, count_queries: Any) -> None:
    workshops.running(made)
    values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
    voting.say(made.plan, said.swot_section(made.plan), Quadrant.THREAT, "Prices fall", **values)
    agenda.begin(made.plan, planned.items(workshop(made))[0], seen=None, at=NOW)
    voting.trust(made.plan, made.team[Side.B, F.OWNER], 1, "Nobody shall know", at=NOW)
    factories.commit()
    client = client_of(app, made, Side.B)
    address = f"{room(made)}/screen"
    with count_queries() as found:
        page = client.get(address).text
    assert len(found) <= 12
    assert "Prices fall" not in page, "another part of the agenda is on"
    assert "Aims, roles, ground rules" in page
    assert "1 person has voted." in page
    assert "Nobody shall know" not in page
    assert 'method="post"' not in page.split("<main")[1]


def test_the_screen_shows_the_swot_in_its_part_and_before_it_begins_what_it_is(
    app: Flask, made: Made, count_queries: Any
) -> None:
    begun = workshops.dated(made)
    client, address = client_of(app, made, Side.B), f"{room(made)}/screen"
    page = client.get(address).text
    for words in (made.plan.title, made.company.name, "10 Jan 2027, 09:00 Vienna (UTC+1)"):
        assert words in page.split("<main")[1]
    section = said.swot_section(made.plan)
    begun.state, begun.started_at = WorkshopState.RUNNING, NOW
    factories.commit()
    voting.say(made.plan, section, Quadrant.THREAT, "Prices fall", standing=plans.standing(made), by=TESTS, at=NOW)
    part = next(one for one in planned.items(begun) if one.section_id == section.id)
    agenda.begin(made.plan, part, seen=None, at=NOW)
    factories.commit()
    with count_queries() as found:
        assert "Prices fall" in client.get(address).text
    assert len(found) <= 12, found.statements
    page = client.get(room(made)).text
    assert f'href="{room(made)}/swot"><bdi>{part.title}' in page
    assert 'href="#parking"' in page
    assert "<h1>Strengths and weaknesses" in client.get(f"{room(made)}/swot").text


def test_without_a_workshop_there_is_no_screen(app: Flask, made: Made) -> None:
    assert client_of(app, made, Side.B).get(f"{room(made)}/screen").status_code == 404
    assert db.session.scalars(select(Workshop)).all() == []
