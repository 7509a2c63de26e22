"""SWOT in the room: rows in one line, votes, mixed groups."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans import queries
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Plan, PlanEdit, PlanMember, PlanStatus, Quadrant, SectionState, Side, SwotItem, SwotVote
from eventapp.plans.permissions import Standing
from eventapp.plans.room import queries as rooms
from eventapp.plans.room import said
from eventapp.plans.room.rules import LARGEST_GROUP, SWOT_VOTES, deal, smallest_group
from eventapp.plans.room.service import attending, voting
from eventapp.plans.signing.canonical import canonical, content_of
from tests.conftest import NOW
from tests.plans.room.helpers import at_once, client_of, post, room, signed_in, workshop
from tests.plans.room.test_running import WHO, login
from tests.support import factories, plans, workshops
from tests.support.browsing import press, send
from tests.support.factories import TESTS
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def row(made: Made, text: str = "We know the market", quadrant: Quadrant = Quadrant.STRENGTH, side: Side = Side.A) -> SwotItem:
    """A row, committed."""
    values = {"standing": plans.standing(made, side), "by": TESTS, "at": NOW}
    found = voting.say(made.plan, said.swot_section(made.plan), quadrant, text, **values)
    factories.commit()
    return found


class TestRows:
    def test_added_in_one_line_by_both_sides(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        for side in Side:
            client = client_of(app, made, side, F.SALES)
            answer = post(client, made, "swot/add", quadrant="threat", text=f"Prices fall ({side})")
            assert answer.status_code == 302
            page = client.get(answer.location).text
            assert f"Prices fall ({side})" in page
        items = db.session.scalars(select(SwotItem).order_by(SwotItem.id)).all()
        assert [(one.side, one.group_number, one.quadrant) for one in items] == [
            (Side.A, None, Quadrant.THREAT),
            (Side.B, None, Quadrant.THREAT),
        ]
        assert said.swot_section(made.plan).state is SectionState.DRAFTED
        assert "Prices fall (b)" in client.get(f"{made.path}sections/swot").text
        assert db.session.scalar(select(func.count()).select_from(PlanEdit)) == 2

    def test_a_plan_without_the_section_says_so(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        db.session.delete(said.swot_section(made.plan))
        factories.commit()
        client = client_of(app, made, Side.B, F.SALES)
        page = client.get(f"{made.path}workshop/room/swot")
        assert page.status_code == 200
        assert "This plan has no section for them" in page.text
        assert "swot/add" not in page.text
        assert post(client, made, "swot/add", quadrant="threat", text="Prices fall").status_code == 404

    def test_all_who_write_at_once_are_heard(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        people = [made.team[side, function].id for side in Side for function in (F.OWNER, F.SALES)]
        barrier = threading.Barrier(len(people))

        def speaker(member_id: int) -> Callable[[Plan], None]:
            def act(plan: Plan) -> None:
                section, standing = said.swot_section(plan), Standing(db.session.get_one(PlanMember, member_id))
                if db.engine.dialect.name != "sqlite":  # there one begins when the other has ended
                    barrier.wait()
                voting.say(plan, section, Quadrant.THREAT, f"Said by {member_id}", standing=standing, by=TESTS, at=NOW)

            return act

        assert at_once(app, made, *map(speaker, people)) == ["done"] * len(people)
        assert db.session.scalar(select(func.count()).select_from(SwotItem)) == len(people)

    def test_it_is_signed_and_its_votes_are_not(self, made: Made) -> None:
        workshops.running(made)
        found = row(made)
        before = canonical(content_of(made.plan))
        assert '"quadrant":"strength","side":"a","text":"We know the market"' in before
        voting.vote(made.plan, found.id, made.team[Side.B, F.SALES], at=NOW)
        assert canonical(content_of(made.plan)) == before
        found.group_number = 3
        assert canonical(content_of(made.plan)) == before

    def test_what_is_nothing_stays_in_its_quadrant(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        client = client_of(app, made, Side.A)
        answer = post(client, made, "swot/add", quadrant="threat", text="   ")
        assert answer.status_code == 422
        assert "Say it in a few words." in answer.text
        answer = post(client, made, "swot/add", quadrant="threat", text="x" * 301)
        assert answer.status_code == 422
        assert "x" * 301 in answer.text

    @pytest.mark.parametrize("quadrant", ["", "x", "STRENGTH", "strength\x00", "' OR 1=1", "9" * 400])
    def test_a_quadrant_that_is_none(self, app: Flask, made: Made, quadrant: str) -> None:
        workshops.running(made)
        answer = post(client_of(app, made, Side.A), made, "swot/add", quadrant=quadrant, text="Kept")
        assert answer.status_code == 422
        assert db.session.scalars(select(SwotItem)).all() == []

    def test_user_text_is_text(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        row(made, "<script>alert(1)</script> {{ 7 * 7 }}")
        page = client_of(app, made, Side.B).get(f"{room(made)}/swot").text
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in page

    def test_only_while_it_is_under_way(self, made: Made) -> None:
        workshops.held(made)
        with pytest.raises(RuleError, match="over"):
            row(made)


class TestVotes:
    def test_most_votes_first_and_none_left(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        items = [row(made, f"Row {n}") for n in range(SWOT_VOTES + 1)]
        client = client_of(app, made, Side.B)
        for one in items[1:]:
            assert post(client, made, f"swot/{one.id}/vote").status_code == 302
        page = client.get(f"{room(made)}/swot").text
        assert "You have given all your votes." in page
        assert page.index("Row 1") < page.index("Row 0")
        assert f"/swot/{items[0].id}/vote" not in page
        refused = post(client, made, f"swot/{items[0].id}/vote")
        assert "Take one back first" in client.get(refused.location).text
        press(client, f"{room(made)}/swot", f"{room(made)}/swot/{items[1].id}/take-back")
        assert "You have 1 vote left." in client.get(f"{room(made)}/swot").text
        rows = said.swot(made.plan, made.team[Side.B, F.OWNER])[Quadrant.STRENGTH]
        assert [(one.votes, one.mine) for one in rows] == [(1, True)] * (SWOT_VOTES - 1) + [(0, False)] * 2

    def test_twice_is_once(self, made: Made) -> None:
        workshops.running(made)
        one = row(made)
        for _time in range(2):
            voting.vote(made.plan, one.id, made.team[Side.B, F.SALES], at=NOW)
        assert said.swot(made.plan)[Quadrant.STRENGTH][0].votes == 1

    def test_all_at_once_are_no_more_than_there_are(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        items = [row(made, f"Row {n}").id for n in range(8)]
        me = made.team[Side.B, F.SALES]

        def voter(item_id: int) -> Any:
            return lambda plan: voting.vote(plan, item_id, me, at=NOW)

        results = at_once(app, made, *map(voter, items))
        assert results.count("done") == SWOT_VOTES
        assert db.session.scalar(select(func.count()).select_from(SwotVote)) == SWOT_VOTES

    def test_who_is_not_in_the_room_has_none(self, app: Flask, made: Made) -> None:
        workshops.running(made, here=[made.team[Side.A, F.OWNER]])
        one = row(made)
        with pytest.raises(RuleError, match="Say first that you are here"):
            voting.vote(made.plan, one.id, made.team[Side.B, F.SALES], at=NOW)

    def test_a_row_that_is_gone_or_another_plan_s(self, made: Made) -> None:
        workshops.running(made)
        other = plans.plan(factories.organisation("Isar Netze AG"))
        workshops.running(other)
        for item_id in (row(other).id, 99_999):
            with pytest.raises(StaleError):
                voting.vote(made.plan, item_id, made.team[Side.A, F.OWNER], at=NOW)

    def test_another_function_gives_no_new_votes(self, app: Flask, made: Made) -> None:
        """What somebody said stays theirs when they go on in another function; whoever takes over inherits no vote."""
        workshops.running(made)
        seller = made.team[Side.B, F.SALES]
        for n in range(SWOT_VOTES):
            voting.vote(made.plan, row(made, f"Row {n}").id, seller, at=NOW)
        one = row(made, "One more")
        now_is = plans.teams.change(made.plan, seller, F.MARKETING, signatory=False, by=TESTS, at=NOW)
        factories.commit()
        with pytest.raises(RuleError, match="all your votes"):
            voting.vote(made.plan, one.id, now_is, at=NOW)
        assert rooms.is_here(workshop(made), now_is)
        person = factories.person(made.company, "Nora", "Neu", user=factories.user())
        next_one = plans.teams.Candidate(person.full_name, person_id=person.id)
        successor = plans.teams.hand_over(made.plan, now_is, next_one, by=TESTS, at=NOW)
        assert not rooms.is_here(workshop(made), successor)
        attending.arrive(made.plan, successor, at=NOW)
        voting.vote(made.plan, one.id, successor, at=NOW)
        assert db.session.scalar(select(func.count()).select_from(SwotVote)) == SWOT_VOTES + 1

    def test_votes_go_with_their_row(self, app: Flask, made: Made) -> None:
        workshops.running(made)
        one = row(made)
        voting.vote(made.plan, one.id, made.team[Side.B, F.OWNER], at=NOW)
        factories.commit()
        section = f"{made.path}sections/swot"
        assert press(client_of(app, made, Side.A), section, f"{section}/{one.id}/remove").status_code == 302
        assert db.session.scalars(select(SwotVote)).all() == []


@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what(app: Flask, made: Made, who: str) -> None:
    workshops.running(made)
    one = row(made)
    client = signed_in(app, login(made, who))
    inside, leads = who in WHO[:4], who in WHO[:2]
    refused = 403 if inside or who == "auditor" else 404
    assert client.get(f"{room(made)}/swot").status_code == (200 if refused == 403 else 404)
    writes = who in WHO[:3]
    assert post(client, made, "swot/add", quadrant="threat", text="New").status_code == (302 if writes else refused)
    for act in ("vote", "take-back"):
        assert post(client, made, f"swot/{one.id}/{act}").status_code == (302 if inside else refused)
    assert post(client, made, "swot/groups").status_code == (302 if leads else refused)


class TestGroups:
    @pytest.mark.parametrize(("a", "b"), [*itertools.product(range(1, 14), repeat=2), (30, 4), (3, 25)])
    def test_never_one_company_alone_at_a_table(self, a: int, b: int) -> None:
        people = {n: n < a for n in range(a + b)}
        dealt = deal(range(a), range(a, a + b), seed=a * 100 + b)
        assert dealt.keys() == people.keys()
        groups = [[people[one] for one in dealt if dealt[one] == number] for number in set(dealt.values())]
        sizes = [len(one) for one in groups]
        assert max(sizes) - min(sizes) <= 1
        for of_a in ([sum(one) for one in groups], [len(one) - sum(one) for one in groups]):
            assert max(of_a) - min(of_a) <= 1
            assert min(of_a) >= 1
        assert max(sizes) <= LARGEST_GROUP or len(groups) == min(a, b)

    def test_the_same_seed_deals_the_same_and_another_one_differently(self) -> None:
        deals = [deal(range(6), range(6, 12), seed) for seed in (1, 1, 2)]
        assert deals[0] == deals[1] != deals[2]

    def test_with_one_side_there_is_nobody_to_mix(self, made: Made) -> None:
        assert deal(range(5), [], 1) == deal([], [], 1) == {}
        workshops.running(made, here=[made.team[Side.A, F.OWNER]])
        with pytest.raises(RuleError, match="both sides"):
            attending.deal_groups(made.plan, by=TESTS, at=NOW)

    def test_late_comers_join_the_smallest(self) -> None:
        assert smallest_group({1: [True, True, False], 2: [True, False, False]}) == 2
        assert smallest_group({1: [True, False], 2: [True, False, False]}) == 1

    def test_dealt_shown_and_joined_late(self, app: Flask, made: Made) -> None:
        late = made.team[Side.B, F.SALES]
        workshops.running(made, here=[one for one in made.team.values() if one.id != late.id])
        client = client_of(app, made, Side.A)
        answer = post(client, made, "swot/groups")
        page = client.get(answer.location).text
        assert "Mixed groups" in page
        assert "yours" in page
        attending.arrive(made.plan, late, at=NOW)
        groups = rooms.in_groups(rooms.people(made.plan, workshop(made)))
        assert sum(len(inside) for inside in groups.values()) == 6
        found = row(made, side=Side.B)
        assert (found.side, found.group_number) == (None, 1), "a mixed group says it together"


def test_the_page_takes_few_queries(app: Flask, made: Made, count_queries: Any) -> None:
    workshops.running(made)
    client = client_of(app, made, Side.B, F.SALES)
    counts = []
    for rows in (1, 6):
        for n in range(rows):
            row(made, f"Row {rows}.{n}", list(Quadrant)[n % 4])
        address = f"{room(made)}/swot"
        with count_queries() as found:
            assert client.get(address).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1] <= 12


def test_the_form_of_the_section_says_who_said_it(app: Flask, made: Made) -> None:
    client = client_of(app, made, Side.A)
    path = f"{made.path}sections/swot/add"
    answer = send(client, path, {"text": "Wide reach", "quadrant": "opportunity", "side": ""})
    assert answer.status_code == 302
    assert "Both together" in client.get(answer.location).text
    assert db.session.scalars(select(Plan.status)).one() is PlanStatus.DRAFT
    assert queries.section(made.plan, "swot").state is SectionState.DRAFTED
