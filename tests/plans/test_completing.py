"""The end of a plan: what it asks for, lessons, and next year's plan."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Grant, Role
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipState, Territory
from eventapp.plans import queries
from eventapp.plans.actions import service as actions
from eventapp.plans.completing import service
from eventapp.plans.completing.checking import missing
from eventapp.plans.content.editing import add
from eventapp.plans.following import queries as years
from eventapp.plans.following import service as following
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import (
    AccountStage,
    ActionStatus,
    Initiative,
    InitiativeKind,
    LessonKind,
    Objective,
    Plan,
    PlanAction,
    PlanRisk,
    PlanStatus,
    Review,
    Side,
    TargetAccount,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.rules import add_months, default_end, quarter_days
from eventapp.plans.signing import service as signing
from eventapp.plans.teams.service import Candidate
from tests.groups.test_races import at_once
from tests.plans.reviews.test_roles import PEOPLE, TEAM, client_as
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews
from tests.support.factories import AT, TESTS
from tests.support.pages import fields
from tests.support.plans import END, START, Made
from tests.support.reviews import NOW

OVER = datetime(2028, 3, 20, 9, 0, tzinfo=NOW.tzinfo)


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    clock.move_to(NOW)
    return reviews.in_force()[0]


def last_review(made: Made, *, accepted: bool = True) -> Review:
    """That of the fourth quarter, held after the year."""
    one = reviews.planned(made, 4, planned_at=OVER - timedelta(days=20))
    reviews.held(made, reviews.frozen(made, one))
    return reviews.accepted(made, one, *(() if accepted else (Side.A,)))


def texts(made: Made) -> list[str]:
    return [one.text for one in missing(made.plan)]


class TestCompleting:
    """Period over, last review accepted by both, nothing being amended."""

    def test_what_it_asks_for(self, made: Made, clock: Any) -> None:
        assert texts(made) == [
            "The plan lasts until 31 Jan 2028.",
            "The review of Q4 FY2027 is not accepted by both sides.",
        ]
        one = last_review(made, accepted=False)
        clock.move_to(OVER)
        assert len(texts(made)) == 1
        with pytest.raises(RuleError, match="not accepted by both sides"):
            service.complete(made.plan, by=TESTS, at=OVER)
        reviews.accepted(made, one, Side.B, at=OVER)
        signing.amend(made.plan, by=TESTS, at=OVER)
        assert texts(made) == ["The plan is being amended."]
        made.plan.amendment = None
        factories.commit()
        clock.move_to(datetime(2028, 1, 31, 23, 0, tzinfo=NOW.tzinfo))
        with pytest.raises(RuleError, match="lasts until"):
            service.complete(made.plan, by=TESTS, at=OVER)
        clock.move_to(datetime(2028, 2, 1, 0, 0, tzinfo=NOW.tzinfo))
        service.complete(made.plan, by=TESTS, at=OVER)
        factories.commit()
        assert (made.plan.status, made.plan.completed_at) == (PlanStatus.COMPLETED, OVER)
        with pytest.raises(RuleError):
            service.complete(made.plan, by=TESTS, at=OVER)

    def test_by_the_button_and_both_teams_are_told(self, app: Flask, made: Made, clock: Any) -> None:
        last_review(made)
        owner, member = client_of(app, made, Side.B), client_of(app, made, Side.B, F.SALES)
        listing = f"{made.path}reviews/"
        assert "The plan lasts until" in owner.get(listing).text
        clock.move_to(OVER)
        owner, member = client_of(app, made, Side.B), client_of(app, made, Side.B, F.SALES)
        page = owner.get(listing).text
        assert "Nothing is missing." in page
        assert "/complete" not in member.get(listing).text
        data = fields(page, "/complete")
        theirs = {"csrf_token": fields(member.get("/account/").text)["csrf_token"]}
        assert member.post(f"{made.path}complete", data=theirs).status_code == 403
        assert owner.post(f"{made.path}complete", data=data).status_code == 302
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.COMPLETED
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "plans.completed")).all()
        assert {mail.to_address for mail in mails} == {user.email for user in made.logins.values()}
        assert all(made.plan.code in mail.text and made.plan.title not in mail.text for mail in mails)
        assert "Plan it" not in owner.get(listing).text

    def test_a_plan_that_is_suspended_waits_for_its_owners(self, made: Made, clock: Any) -> None:
        last_review(made)
        clock.move_to(OVER)
        made.plan.suspended_at = OVER
        factories.commit()
        with pytest.raises(RuleError, match="suspended"):
            service.complete(made.plan, by=TESTS, at=OVER)

    def test_a_short_plan_ends_with_the_review_of_its_last_quarter(self, app: Flask, clock: Any) -> None:
        clock.move_to(NOW)
        made, _rows = reviews.in_force(plans.plan(period_end=add_months(START, 3) - timedelta(days=1)))
        reviews.accepted(made, reviews.held(made, reviews.frozen(made, reviews.planned(made))))
        clock.move_to(NOW + timedelta(days=60))
        assert texts(made) == []


class TestLessons:
    """Everybody of both teams writes, both sides read; only whoever wrote takes out."""

    def test_on_the_pages(self, app: Flask, made: Made) -> None:
        member, other = client_of(app, made, Side.B, F.SALES), client_of(app, made, Side.A, F.SALES)
        listing = f"{made.path}lessons/"
        assert "No lesson yet" in member.get(listing).text
        form = fields(member.get(f"{listing}add").text)
        assert member.post(f"{listing}add", data=form | {"text": " "}).status_code == 422
        data = fields(member.get(f"{listing}add").text) | {"kind": "change", "text": "Begin <b>earlier</b>"}
        assert member.post(f"{listing}add", data=data).status_code == 302
        page = other.get(listing).text
        assert "Do it differently" in page
        assert "Begin &lt;b&gt;earlier&lt;/b&gt;" in page
        assert "/remove" not in page
        data = fields(member.get(listing).text, "/remove")
        path = f"{listing}1/remove"
        answer = other.post(path, data=fields(other.get(f"{listing}add").text))
        assert answer.status_code == 302
        assert "Begin" in other.get(listing).text, "not one's own"
        assert member.post(path, data=data).status_code == 302
        assert "No lesson yet" in other.get(listing).text

    @pytest.mark.parametrize("status", PlanStatus)
    def test_when(self, made: Made, status: PlanStatus) -> None:
        made.plan.status = status
        made.plan.cancelled_at = NOW if status is PlanStatus.CANCELLED else None
        factories.commit()
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        if status in (PlanStatus.ACTIVE, PlanStatus.COMPLETED):
            assert service.add_lesson(made.plan, LessonKind.KEEP, "Talk", **how).side is Side.A
        else:
            with pytest.raises(RuleError):
                service.add_lesson(made.plan, LessonKind.KEEP, "Talk", **how)

    @pytest.mark.parametrize("who", PEOPLE)
    def test_who_may(self, app: Flask, made: Made, who: str) -> None:
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        lesson = service.add_lesson(made.plan, LessonKind.KEEP, "Talk", **how)
        factories.commit()
        client = client_as(app, PEOPLE[who](made))
        reads = who in TEAM or who == "auditor"
        assert client.get(f"{made.path}lessons/").status_code == (200 if reads else 404)
        assert client.get(f"{made.path}lessons/add").status_code == (200 if who in TEAM else 403 if reads else 404)
        data = {"csrf_token": fields(client.get("/account/").text)["csrf_token"]}
        other = reviews.in_force()[0]
        answer = client.post(f"{other.path}lessons/{lesson.id}/remove", data=data)
        assert answer.status_code == (403 if who == "auditor" else 404)
        expected = 302 if who in ("owner_a", "owner_b") else 403 if reads else 404
        assert client.post(f"{made.path}complete", data=data).status_code == expected
        # Next year's plan is made by the vendor's people: for all others there is no such page.
        expected = 422 if who == "owner_a" else 404 if who in ("organizer", "manager") else 403
        assert client.post(f"{made.path}next", data=data).status_code == expected


def next_details(**values: Any) -> PlanDetails:
    start = END + timedelta(days=1)
    given = {"title": "Next", "period_start": start, "period_end": default_end(start), "fiscal_start": 1, "currency": "EUR"}
    return PlanDetails(**{**given, **values})


def follow(made: Made, at: datetime = NOW, **values: Any) -> Plan:
    me = Candidate(made.owner_a.name, user_id=made.owner_a.id)
    found = following.follow(made.plan, next_details(**values), founder=me, by=TESTS, at=at)
    factories.commit()
    return found


def rows_of(plan: Plan, model: Any) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.plan_id == plan.id).order_by(model.id)))


class TestFollowing:
    """Next year's plan takes along what lasts, and nothing else."""

    def test_whoever_stood_on_both_sides_comes_along_on_one(self, app: Flask) -> None:
        made = plans.plan()
        made.plan.status = PlanStatus.ACTIVE
        seller = made.logins[Side.B, F.SALES]
        db.session.add(Grant(user_id=seller.id, role=Role.TRAINER, granted_by="tests", granted_at=AT))
        made.team[Side.A, F.SALES].user_id = seller.id  # as it was possible before
        factories.commit()
        team = queries.team(follow(made))
        assert [one.side for one in team if one.function is F.SALES] == [Side.A]
        assert len(team) == 5

    def fill(self, made: Made) -> None:
        """Something in sections that come along, and in one that does not."""
        made.plan.status = PlanStatus.DRAFT
        factories.commit()
        a, b = made.team[Side.A, F.OWNER].id, made.team[Side.B, F.SALES].id
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        for stage in (AccountStage.CONTACTED, AccountStage.WON, AccountStage.LOST):
            typed = {"customer": f"{stage} Ltd", "stage": stage, "owner_a_id": a, "owner_b_id": b, "due_on": date(2027, 6, 1)}
            add(made.plan, plans.section(made, "accounts"), TargetAccount, typed, **how)
        risk = {"text": "Nobody buys", "probability": 2, "impact": 3, "owner_id": b}
        add(made.plan, plans.section(made, "risks"), PlanRisk, risk, **how)
        campaign = {"name": "Spring", "kind": InitiativeKind.CAMPAIGN}
        add(made.plan, plans.section(made, "initiatives"), Initiative, campaign, **how)
        text = plans.section(made, "strategy")
        text.text, text.text_html = "Grow", "<p>Grow</p>"
        factories.commit()
        reviews.sign(made)

    def test_what_comes_along(self, app: Flask, clock: Any) -> None:
        clock.move_to(NOW)
        made = plans.plan()
        plans.objective(made, "Sell", weight=60, share_a=None)
        self.fill(made)
        new = follow(made)
        assert (new.status, new.follows_id, new.side_b_id, new.period_start) == (
            PlanStatus.DRAFT,
            made.plan.id,
            made.company.id,
            END + timedelta(days=1),
        )
        team = queries.team(new)
        assert {(one.side, one.function, one.name) for one in team} == {
            (one.side, one.function, one.name) for one in queries.team(made.plan)
        }
        ids = {one.id for one in team}
        [objective] = rows_of(new, Objective)
        assert (objective.baseline, objective.annual, objective.q1, objective.weight) == (Decimal(400), None, None, 60)
        assert {objective.owner_a_id, objective.owner_b_id} <= ids
        [account] = rows_of(new, TargetAccount)
        assert (account.customer, account.due_on) == ("contacted Ltd", None)
        assert {account.owner_a_id, account.owner_b_id} <= ids
        assert [one.text for one in rows_of(new, PlanRisk)] == ["Nobody buys"]
        assert rows_of(new, Initiative) == []
        sections = {one.key: one for one in queries.sections(new)}
        assert (sections["strategy"].text, sections["strategy"].state) == ("Grow", "drafted")
        assert (sections["objectives"].state, sections["initiatives"].state) == ("drafted", "empty")
        assert [one.statement for one in queries.objectives(made.plan)] == ["Sell"], "the old one stays as it is"
        assert made.plan.status is PlanStatus.ACTIVE

    def test_both_ways(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        page = client.get(f"{made.path}next").text
        assert "6 of 6 people" in page
        assert fields(page)["period_start"] == "2028-02-01"
        answer = client.post(f"{made.path}next", data=fields(page) | {"title": "The next one"})
        assert answer.status_code == 302
        new = years.follower(made.plan)
        assert new is not None
        there = client.get(f"/plans/{new.code}/").text
        assert "Last year: what was reached, learnt and left open" in there
        assert f'href="/plans/{new.code}/"' in client.get(made.path).text
        assert f'href="/plans/{new.code}/"' in client.get(f"{made.path}reviews/").text
        assert "is there already" in client.get(f"{made.path}next").text
        again = client.post(f"{made.path}next", data=fields(page) | {"once_key": ""})
        assert again.status_code == 409

    def test_targets_are_those_in_force(self, made: Made) -> None:
        signing.amend(made.plan, by=TESTS, at=NOW)
        row = queries.objectives(made.plan)[0]
        row.annual = Decimal(9999)
        factories.commit()
        assert [one.baseline for one in rows_of(follow(made), Objective)] == [Decimal(400)] * 2

    def test_who_has_left_does_not_come_along(self, made: Made) -> None:
        gone = made.team[Side.B, F.SALES]
        db.session.scalars(select(Membership).where(Membership.person_id == gone.person_id)).one().state = MembershipState.ENDED
        made.logins[Side.A, F.EXEC_SPONSOR].active = False
        factories.commit()
        assert {(one.side, one.function) for one in queries.team(follow(made))} == {
            (Side.A, F.OWNER),
            (Side.A, F.SALES),
            (Side.B, F.OWNER),
            (Side.B, F.EXEC_SPONSOR),
        }

    def test_without_the_owners(self, made: Made) -> None:
        made.owner_a.active = False
        factories.commit()
        founder = made.logins[Side.A, F.SALES]
        me = Candidate(founder.name, user_id=founder.id)
        new = following.follow(made.plan, next_details(), founder=me, by=TESTS, at=NOW)
        owners = {one.side: one for one in queries.team(new) if one.function is F.OWNER}
        assert owners[Side.A].user_id == founder.id
        db.session.rollback()
        person = made.team[Side.B, F.OWNER].person_id
        db.session.scalars(select(Membership).where(Membership.person_id == person)).one().state = MembershipState.ENDED
        factories.commit()
        with pytest.raises(RuleError, match="owner of this plan has left"):
            follow(made)

    def test_what_is_refused(self, made: Made) -> None:
        with pytest.raises(RuleError) as refused:
            follow(made, period_start=END, period_end=END + timedelta(days=90))
        assert refused.value.field == "period_start"
        with pytest.raises(RuleError):
            follow(made, period_end=END + timedelta(days=500))
        first = follow(made)
        with pytest.raises(RuleError, match="there already"):
            follow(made)
        first.status, first.cancelled_at = PlanStatus.CANCELLED, NOW
        factories.commit()
        assert follow(made).follows_id == made.plan.id
        draft = plans.plan()
        with pytest.raises(RuleError):
            follow(draft)

    def test_two_at_once_make_one(self, app: Flask, made: Made) -> None:
        plan_id, me = made.plan.id, Candidate(made.owner_a.name, user_id=made.owner_a.id)

        def act() -> None:
            following.follow(db.session.get_one(Plan, plan_id), next_details(), founder=me, by=TESTS, at=NOW)

        assert sorted(at_once(app, act, act, act)) == ["done", "refused", "refused"]

    def test_who_may(self, app: Flask, made: Made) -> None:
        member = made.logins[Side.A, F.SALES]
        assert client_as(app, member).get(f"{made.path}next").status_code == 403, "not of the own territory"
        db.session.add(Territory(user_id=member.id, organisation_id=made.company.id, granted_at=NOW, granted_by="tests"))
        factories.commit()
        assert client_as(app, member).get(f"{made.path}next").status_code == 200
        for user, status in ((made.owner_b, 403), (factories.user(None, Role.PARTNER_MANAGER), 404)):
            assert client_as(app, user).get(f"{made.path}next").status_code == status


class TestLastYear:
    """What was reached and learnt stands beside the new plan, and open actions go on."""

    def an_action(self, made: Made, due_on: date, side: Side = Side.B, function: F = F.SALES) -> PlanAction:
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        who = made.team[side, function].id
        found = actions.add(made.plan, f"Until {due_on}", accountable_id=who, helper_id=None, due_on=due_on, **how)
        factories.commit()
        return found

    def test_on_the_page(self, app: Flask, made: Made) -> None:
        row = queries.objectives(made.plan)[0]
        for quarter in (1, 2, 3, 4):
            reviews.reached(made, row, "90", quarter)
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        service.add_lesson(made.plan, LessonKind.TRY, "Ask customers first", **how)
        self.an_action(made, date(2027, 12, 1))
        new = follow(made)
        page = client_of(app, made, Side.B, F.SALES).get(f"/plans/{new.code}/last-year").text
        for text in ("€400.00", "€360.00", "90 %", "At risk", "Ask customers first", "Try this next"):
            assert text in page
        assert "Take over" not in page, "the owners do"
        assert "Until 2027-12-01" in client_of(app, made, Side.B).get(f"/plans/{new.code}/last-year").text
        assert client_of(app, made, Side.A).get(f"{made.path}last-year").status_code == 404, "it follows none"

    def test_taking_over(self, app: Flask, made: Made) -> None:
        late, later = self.an_action(made, date(2027, 1, 1)), self.an_action(made, date(2027, 12, 1))
        new = follow(made)
        client, path = client_of(app, made, Side.B), f"/plans/{new.code}/last-year"
        form = fields(client.get(path).text, "last-year")
        assert client.post(path, data=form).status_code == 422
        refused = client.post(path, data=form | {"actions": [str(late.id), str(later.id)]})
        assert refused.status_code == 422
        assert "Choose a day" in refused.text
        data = fields(refused.text, "last-year") | {"actions": [str(late.id), str(later.id)], "due_on": "2028-03-01"}
        assert client.post(path, data=data).status_code == 302
        taken = rows_of(new, PlanAction)
        sales = next(one.id for one in queries.team(new) if (one.side, one.function) == (Side.B, F.SALES))
        assert [(one.due_on, one.accountable_id, one.taken_from_id) for one in taken] == [
            (date(2028, 3, 1), sales, late.id),
            (date(2027, 12, 1), sales, later.id),
        ]
        old = rows_of(made.plan, PlanAction)
        assert {one.status for one in old} == {ActionStatus.DROPPED}
        assert f"Taken over into the plan {new.code} as no. 1." in old[0].evidence
        assert "None is left" in client.get(path).text

    def test_of_a_plan_that_is_over_nothing_changes_and_nobody_has_it_twice(self, made: Made) -> None:
        one = self.an_action(made, date(2027, 12, 1))
        made.plan.status = PlanStatus.COMPLETED
        factories.commit()
        new = follow(made)
        how: dict[str, Any] = {"due_on": None, "standing": Standing(queries.team(new)[0]), "by": TESTS, "at": NOW}
        assert following.take_over(new, [one.id, 987_654], **how) == 1
        factories.commit()
        assert following.take_over(new, [one.id], **how) == 0
        assert rows_of(made.plan, PlanAction)[0].status is ActionStatus.OPEN

    def test_somebody_who_is_not_in_the_team_is_followed_by_the_owner(self, made: Made) -> None:
        one = self.an_action(made, date(2027, 12, 1))
        gone = made.team[Side.B, F.SALES]
        db.session.scalars(select(Membership).where(Membership.person_id == gone.person_id)).one().state = MembershipState.ENDED
        factories.commit()
        new = follow(made)
        how: dict[str, Any] = {"due_on": None, "standing": Standing(queries.team(new)[0]), "by": TESTS, "at": NOW}
        following.take_over(new, [one.id], **how)
        owner = next(who.id for who in queries.team(new) if (who.side, who.function) == (Side.B, F.OWNER))
        assert [row.accountable_id for row in rows_of(new, PlanAction)] == [owner]

    def test_nothing_of_another_partner(self, made: Made) -> None:
        """However a plan came to follow that of another company: it says nothing of it."""
        other = plans.plan()
        other.plan.follows_id = made.plan.id
        factories.commit()
        with pytest.raises(NotFoundError):
            years.last_year(other.plan)

    def test_a_new_member_reads_it_and_not_the_plan(self, app: Flask, made: Made) -> None:
        new = follow(made)
        gone = made.team[Side.B, F.SALES]
        gone.left_at = NOW
        factories.commit()
        client = client_of(app, made, Side.B, F.SALES)
        assert client.get(made.path).status_code == 404
        page = client.get(f"/plans/{new.code}/last-year")
        assert page.status_code == 200
        assert f'href="{made.path}"' not in page.text
        assert quarter_days(START, 1)[0] == START
