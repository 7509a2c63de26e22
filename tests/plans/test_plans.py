"""Opening plans, who sees them, their teams and their steps."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Grant, Role, User
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, PartnerType, Territory
from eventapp.plans import queries, steps
from eventapp.plans.models import (
    ActionStatus,
    Plan,
    PlanAction,
    PlanEdit,
    PlanKind,
    PlanMember,
    PlanStatus,
    PlanTemplate,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.teams import queries as candidates
from eventapp.plans.teams import service as teams
from eventapp.plans.teams.service import Candidate
from tests.conftest import NOW
from tests.groups.test_races import at_once
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made


def client_of(app: Flask, user: User | None) -> PageClient:
    client = PageClient(app, app.response_class, use_cookies=True)
    return client.sign_in(user) if user else client


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan(factories.organisation("Donau GmbH", domain="donau.example"))


def manager_of(company: Organisation) -> User:
    user = factories.user(None, Role.PARTNER_MANAGER, name="Mara Manager")
    db.session.add(Territory(user_id=user.id, organisation_id=company.id, granted_at=AT, granted_by="tests"))
    factories.commit()
    return user


class TestOpening:
    """A partner manager, a company of the own territory, a template."""

    def test_from_the_list_to_the_plan(self, app: Flask, clock: Any) -> None:
        company = factories.organisation("Donau GmbH", domain="donau.example")
        admin = factories.company_admin(company)
        client = client_of(app, manager_of(company))
        assert "No plan yet" in client.get("/plans/").text
        assert "Donau GmbH" in client.get("/plans/new?q=don").text
        assert "No company found" in client.get("/plans/new?q=isar").text
        path = f"/plans/new/{company.id}"
        page = client.get(path)
        person = db.session.scalars(select(Membership.person_id).where(Membership.organisation_id == company.id)).one()
        answer = client.post(path, data=fields(page.text) | {"owner_b": str(person), "currency": "CHF"})
        assert answer.status_code == 302, answer.text
        plan = db.session.scalars(select(Plan)).one()
        assert answer.location == f"/plans/{plan.code}/"
        shown = client.get(answer.location).text
        for text in ("Mara Manager", "Petra Huber", "Objectives", "Governance", "CHF", "Still missing for the next step"):
            assert text in shown
        assert plan.code in client.get("/plans/").text
        theirs = client_of(app, admin)
        assert theirs.get(answer.location).status_code == 200
        assert plan.code in theirs.get("/plans/").text

    def test_what_cannot_be_is_refused_and_kept(self, app: Flask, clock: Any) -> None:
        company = factories.organisation()
        factories.company_admin(company)
        client = client_of(app, manager_of(company))
        path = f"/plans/new/{company.id}"
        data = fields(client.get(path).text)
        stranger = factories.person(factories.organisation())
        answer = client.post(path, data=data | {"title": "Kept", "owner_b": str(stranger.id), "currency": "ZZZ"})
        assert answer.status_code == 422
        assert 'value="Kept"' in answer.text
        person = db.session.scalars(select(Membership.person_id).where(Membership.organisation_id == company.id)).one()
        good = fields(client.get(path).text) | {"owner_b": str(person)}
        answer = client.post(path, data=good | {"period_start": "2027-01-01", "period_end": "2028-06-30"})
        assert answer.status_code == 422
        assert "twelve months at most" in answer.text
        assert db.session.scalars(select(Plan)).all() == []

    def test_only_of_the_own_territory(self, app: Flask) -> None:
        manager, other = manager_of(factories.organisation()), factories.organisation()
        client = client_of(app, manager)
        assert client.get(f"/plans/new/{other.id}").status_code == 404
        assert client.get("/plans/new/987654").status_code == 404

    @pytest.mark.parametrize(
        ("primary_type", "kind"),
        [
            (PartnerType.SI, PlanKind.PARTNER),
            (PartnerType.DISTRIBUTOR, PlanKind.DISTRIBUTOR),
            (PartnerType.HYPERSCALER, PlanKind.ALLIANCE),
        ],
    )
    def test_the_template_that_fits_the_company_comes_first(self, app: Flask, primary_type: PartnerType, kind: PlanKind) -> None:
        company = factories.organisation(primary_type=primary_type)
        page = client_of(app, manager_of(company)).get(f"/plans/new/{company.id}").text
        chosen = db.session.get_one(PlanTemplate, int(fields(page)["template"]))
        assert chosen.kind is kind
        assert "(Alliance plan)" not in page, "its name says it already"

    def test_the_list_says_tier_country_and_the_plans_that_one_reads(self, app: Flask, made: Made, count_queries: Any) -> None:
        page = client_of(app, manager_of(made.company)).get("/plans/new").text
        assert "Ready" in page
        assert "Austria" in page
        assert made.plan.code not in page, "nobody outside the team learns of it"
        owner = made.owner_a
        db.session.add(Territory(user_id=owner.id, organisation_id=made.company.id, granted_at=AT, granted_by="tests"))
        factories.commit()
        client = client_of(app, owner)
        assert made.plan.code in client.get("/plans/new?plan=yes").text
        assert made.plan.code not in client.get("/plans/new?plan=no").text
        with count_queries() as one:
            client.get("/plans/new")
        for _n in range(2):
            more = plans.plan(owner_a=owner, whole_teams=False)
            db.session.add(Territory(user_id=owner.id, organisation_id=more.company.id, granted_at=AT, granted_by="tests"))
        factories.commit()
        with count_queries() as three:
            assert more.plan.code in client.get("/plans/new").text
        assert len(three) == len(one) <= 12, three.statements

    def test_a_second_plan_of_a_period_asks_back_and_beside_one_in_force_is_refused(self, app: Flask, made: Made) -> None:
        owner = made.owner_a
        db.session.add(Territory(user_id=owner.id, organisation_id=made.company.id, granted_at=AT, granted_by="tests"))
        factories.commit()
        client, path = client_of(app, owner), f"/plans/new/{made.company.id}"
        person = made.team[Side.B, F.OWNER].person_id
        typed = {"owner_b": str(person), "period_start": "2027-03-01", "period_end": "2027-12-31"}
        data = fields(client.get(path).text) | typed
        assert "beside" not in data
        answer = client.post(path, data=data)
        assert answer.status_code == 422
        assert f'href="{made.path}"' in answer.text
        assert 'name="beside"' in answer.text
        made.plan.status = PlanStatus.ACTIVE
        factories.commit()
        again = fields(answer.text) | typed | {"beside": "y"}
        answer = client.post(path, data=again)
        assert answer.status_code == 409
        assert "could never be signed" in answer.text
        made.plan.status = PlanStatus.DRAFT
        factories.commit()
        assert client.post(path, data=fields(answer.text) | typed | {"beside": "y"}).status_code == 302
        stranger = client_of(app, manager_of(made.company))
        answer = stranger.post(path, data=fields(stranger.get(path).text) | typed)
        assert answer.status_code == 422
        assert made.plan.code not in answer.text
        assert "whose team you do not belong to" in answer.text

    def test_codes_count_within_a_year(self, app: Flask) -> None:
        codes = [plans.plan(whole_teams=False).plan.code for _n in range(2)]
        later = plans.plan(
            whole_teams=False, period_start=AT.date().replace(year=2028), period_end=AT.date().replace(year=2028, month=12)
        )
        assert [*codes, later.plan.code] == ["JBP-2027-0001", "JBP-2027-0002", "JBP-2028-0001"]

    @pytest.mark.parametrize("kind", PlanKind)
    def test_each_kind_has_a_template(self, app: Flask, kind: PlanKind) -> None:
        made = plans.plan(kind=kind, whole_teams=False)
        keys = [one.key for one in queries.sections(made.plan)]
        assert len(keys) == len(set(keys)) >= 10
        assert ("workstreams" in keys, "channel" in keys) == (kind is PlanKind.ALLIANCE, kind is PlanKind.DISTRIBUTOR)


def membership_ends(made: Made) -> None:
    member = made.team[Side.B, F.SALES]
    one = db.session.scalars(select(Membership).where(Membership.person_id == member.person_id)).one()
    one.state, one.valid_to = MembershipState.ENDED, AT.date()


def leaves(made: Made, side: Side = Side.B) -> None:
    teams.leave(made.plan, made.team[side, F.SALES], by=TESTS, at=NOW)


def role_ends(made: Made) -> None:
    made.logins[Side.A, F.SALES].grants.clear()


class TestWhoSees:
    """The two teams and auditors. Everybody else finds nothing, and the same nothing as for no plan."""

    def everybody_else(self, made: Made) -> dict[str, User | None]:
        other = factories.organisation()
        distributor = factories.organisation()
        return {
            "organizer": factories.organizer(),
            "system admin": factories.user(None, Role.SYSTEM_ADMIN),
            "another partner manager, even of this territory": manager_of(made.company),
            "finance": factories.user(None, Role.FINANCE),
            "colleague of the partner": factories.company_admin(made.company, "colleague@donau.example"),
            "another partner": factories.company_admin(other),
            "distributor": factories.company_admin(distributor),
            "nobody": factories.user(),
            "anonymous": None,
        }

    def test_nobody_else(self, app: Flask, made: Made) -> None:
        plans.objective(made, "Zzcanary")
        for who, user in self.everybody_else(made).items():
            client = client_of(app, user)
            for page in ("", "team", "edit", "cancel", "sections/objectives", "sections/objectives/add"):
                real = client.get(f"{made.path}{page}")
                unknown = client.get(f"/plans/JBP-2027-9999/{page}")
                assert real.status_code == unknown.status_code, (who, page)
                assert real.status_code in (302, 403, 404), (who, page)
                assert made.plan.title not in real.text
            if user is not None:
                assert made.plan.code not in client.get("/plans/").text, who

    def test_both_teams_and_auditors(self, app: Flask, made: Made) -> None:
        readers = [*made.logins.values(), factories.user(None, Role.AUDITOR)]
        for user in readers:
            client = client_of(app, user)
            assert client.get(made.path).status_code == 200
            assert made.plan.code in client.get("/plans/").text

    def test_an_auditor_changes_nothing(self, app: Flask, made: Made) -> None:
        auditor = client_of(app, factories.user(None, Role.AUDITOR))
        assert "Add an objective" not in auditor.get(f"{made.path}sections/objectives").text
        for page in ("edit", "cancel", "team/add", "sections/objectives/add"):
            assert auditor.get(f"{made.path}{page}").status_code == 403

    @pytest.mark.parametrize(
        ("side", "revoke"),
        [(Side.B, membership_ends), (Side.B, leaves), (Side.A, lambda made: leaves(made, Side.A)), (Side.A, role_ends)],
        ids=["left the company", "left the team", "left the vendor's team", "lost the role"],
    )
    def test_whoever_is_out_is_out_at_once(self, app: Flask, made: Made, side: Side, revoke: Callable[[Made], None]) -> None:
        client = client_of(app, made.logins[side, F.SALES])
        assert client.get(made.path).status_code == 200
        revoke(made)
        factories.commit()
        assert client.get(made.path).status_code in (403, 404)

    def test_only_for_the_company_acted_for(self, app: Flask, made: Made) -> None:
        second = factories.organisation("Second GmbH")
        factories.second_seat(made.owner_b, second)
        client = client_of(app, made.owner_b)
        with client.session_transaction() as session:
            session["acting_for"] = second.id
        assert client.get(made.path).status_code == 404
        with client.session_transaction() as session:
            session["acting_for"] = made.company.id
        assert client.get(made.path).status_code == 200

    def test_as_many_queries_for_three_plans_as_for_one(self, app: Flask, made: Made, count_queries: Any) -> None:
        client = client_of(app, made.owner_a)
        with count_queries() as one:
            client.get("/plans/")
        for _n in range(2):
            plans.plan(owner_a=made.owner_a, whole_teams=False)
        with count_queries() as three:
            client.get("/plans/")
        assert len(one) == len(three) <= 12
        path = made.path
        with count_queries() as page:
            assert client.get(path).status_code == 200
        assert len(page) <= 12, page.statements


class TestTeams:
    """Roles are history; successors take over what is open."""

    def test_an_owner_adds_to_the_own_side_only(self, app: Flask, made: Made) -> None:
        new = factories.person(made.company, "Nora", "Neu")
        client = client_of(app, made.owner_b)
        data = fields(client.get(f"{made.path}team/add").text) | {"who": str(new.id), "function": "marketing"}
        assert client.post(f"{made.path}team/add", data=data).status_code == 302
        assert "Nora Neu" in client.get(f"{made.path}team").text
        again = client.post(f"{made.path}team/add", data=fields(client.get(f"{made.path}team/add").text) | {"who": str(new.id)})
        assert again.status_code == 422
        for one, status in ((made.team[Side.B, F.SALES], 200), (made.team[Side.A, F.SALES], 403)):
            for page in ("", "/hand-over"):
                assert client.get(f"{made.path}team/{one.id}{page}").status_code == status
        assert client.get(f"{made.path}team/987654").status_code == 404

    def test_who_may_join(self, made: Made) -> None:
        former = factories.person(made.company, "Former", "Colleague")
        ended = db.session.scalars(select(Membership).where(Membership.person_id == former.id)).one()
        ended.state = MembershipState.ENDED
        colleague = factories.person(made.company, "Colleague", "Now")
        stranger = factories.person(factories.organisation(), "Stranger", "Else")
        auditor, trainer = factories.user(None, Role.AUDITOR), factories.user(None, Role.TRAINER)
        found_b = dict(candidates.candidates(made.plan, Side.B, NOW))
        assert colleague.id in found_b
        assert not {former.id, stranger.id, *(one.person_id for one in made.team.values())} & found_b.keys()
        found_a = dict(candidates.candidates(made.plan, Side.A, NOW))
        assert trainer.id in found_a
        assert not {auditor.id, made.owner_b.id, made.owner_a.id} & found_a.keys()

    def test_one_sponsor_and_one_owner_for_each_side(self, made: Made) -> None:
        new = plans.as_candidate(factories.user(None, Role.TRAINER))
        for function in (F.EXEC_SPONSOR, F.OWNER):
            with pytest.raises(RuleError):
                teams.join(made.plan, new, function, by=TESTS, at=NOW)
        teams.join(made.plan, new, F.SALES, by=TESTS, at=NOW)

    @staticmethod
    def grant(user: User) -> None:
        db.session.add(Grant(user_id=user.id, role=Role.TRAINER, granted_by="tests", granted_at=AT))
        factories.commit()

    def test_nobody_stands_on_both_sides(self, app: Flask, made: Made) -> None:
        self.grant(made.owner_b)
        client = client_of(app, made.owner_a)
        form = fields(client.get(f"{made.path}team/add").text)
        answer = client.post(f"{made.path}team/add", data=form | {"who": str(made.owner_b.id), "function": "finance"})
        assert answer.status_code == 422
        assert "Nobody stands on both" in answer.text
        login = factories.seat(made.company, MembershipRole.MEMBER)
        person = plans.as_candidate(login)
        self.grant(login)
        vendor = Candidate("Emil", user_id=login.id)
        member = teams.join(made.plan, vendor, F.FINANCE, by=TESTS, at=AT)
        for act in (
            lambda: teams.join(made.plan, person, F.MARKETING, by=TESTS, at=AT),
            lambda: teams.hand_over(made.plan, made.team[Side.B, F.SALES], person, by=TESTS, at=AT),
        ):
            with db.session.begin_nested(), pytest.raises(RuleError, match="Nobody stands on both") as refused:
                act()
            assert refused.value.field == "who"
        teams.leave(made.plan, member, by=TESTS, at=AT)
        assert teams.join(made.plan, person, F.MARKETING, by=TESTS, at=AT).side is Side.B, "but one may change sides"

    def test_of_two_who_put_somebody_into_both_teams_one_does(self, app: Flask, made: Made) -> None:
        login = factories.seat(made.company, MembershipRole.MEMBER)
        person, plan_id = plans.as_candidate(login), made.plan.id
        self.grant(login)
        vendor = Candidate("Emil", user_id=login.id)

        def joining(who: Candidate) -> Callable[[], object]:
            return lambda: teams.join(db.session.get_one(Plan, plan_id), who, F.MARKETING, by=TESTS, at=AT)

        assert sorted(at_once(app, joining(person), joining(vendor))) == ["done", "refused"]

    def test_another_function_is_another_chapter(self, app: Flask, made: Made, clock: Any) -> None:
        one = made.team[Side.B, F.SALES]
        client = client_of(app, made.owner_b)
        path = f"{made.path}team/{one.id}"
        assert (
            client.post(path, data=fields(client.get(path).text, "") | {"function": "finance", "signatory": "y"}).status_code
            == 302
        )
        rows = db.session.scalars(select(PlanMember).where(PlanMember.person_id == one.person_id).order_by(PlanMember.id)).all()
        assert [(row.function, row.signatory, row.left_at is None) for row in rows] == [
            (F.SALES, False, False),
            (F.FINANCE, True, True),
        ]

    def test_a_successor_takes_over_and_old_records_keep_the_name(self, app: Flask, made: Made, clock: Any) -> None:
        objective = plans.objective(made)
        former, sponsor = made.team[Side.B, F.OWNER], made.team[Side.B, F.EXEC_SPONSOR]
        days = {"due_on": NOW.date(), "created_at": NOW, "plan_id": made.plan.id, "text": "Do it"}
        open_one = PlanAction(number=1, accountable_id=former.id, helper_id=made.team[Side.A, F.OWNER].id, **days)
        helped = PlanAction(number=2, accountable_id=made.team[Side.A, F.OWNER].id, helper_id=former.id, **days)
        done = PlanAction(number=3, accountable_id=former.id, status=ActionStatus.DONE, ended_at=NOW, **days)
        db.session.add_all([open_one, helped, done])
        new = factories.person(made.company, "Nora", "Neu")
        factories.commit()
        client = client_of(app, made.owner_b)
        path = f"{made.path}team/{former.id}/hand-over"
        page = client.get(path).text
        assert "3 things in the plan" in page or "2 things in the plan" in page
        answer = client.post(path, data=fields(page) | {"successor": f"person-{new.id}"})
        assert answer.status_code == 302, answer.text
        assert client.get(made.path).status_code == 404, "who has handed over is out"
        successor = next(one for one in queries.team(made.plan) if (one.side, one.function) == (Side.B, F.OWNER))
        old = db.session.get_one(PlanMember, former.id)
        assert (successor.name, successor.signatory, old.successor_id) == ("Nora Neu", True, successor.id)
        assert (old.left_at is None, old.name) == (False, former.name)
        db.session.refresh(objective)
        for action in (open_one, helped, done):
            db.session.refresh(action)
        assert objective.owner_b_id == open_one.accountable_id == helped.helper_id == successor.id
        assert done.accountable_id == former.id
        assert sponsor.left_at is None
        edit = db.session.scalars(select(PlanEdit).order_by(PlanEdit.id.desc())).first()
        assert edit is not None
        assert edit.changes == {"owner_b_id": [former.id, successor.id]}

    def test_somebody_of_the_team_takes_over_and_gives_up_the_own_function(self, made: Made) -> None:
        sales, sponsor = made.team[Side.A, F.SALES], made.team[Side.A, F.EXEC_SPONSOR]
        new = teams.hand_over(made.plan, sponsor, sales, by=TESTS, at=NOW)
        factories.commit()
        now_in = [one for one in queries.team(made.plan) if one.side is Side.A]
        assert [one.function for one in now_in] == [F.EXEC_SPONSOR, F.OWNER]
        assert (new.user_id, sales.successor_id, sponsor.successor_id) == (sales.user_id, new.id, new.id)

    def test_what_cannot_be_handed_over(self, made: Made) -> None:
        owner, sales = made.team[Side.A, F.OWNER], made.team[Side.A, F.SALES]
        for successor in (made.team[Side.B, F.SALES], sales):
            with pytest.raises(RuleError):
                teams.hand_over(made.plan, sales, successor, by=TESTS, at=NOW)
        with pytest.raises(RuleError):
            teams.hand_over(made.plan, sales, owner, by=TESTS, at=NOW)
        with pytest.raises(RuleError):
            teams.leave(made.plan, owner, by=TESTS, at=NOW)
        plans.objective(made, owner_a_id=sales.id)
        with pytest.raises(RuleError, match="1 things"):
            teams.leave(made.plan, sales, by=TESTS, at=NOW)

    def test_a_plan_that_is_over_has_its_teams_for_good(self, made: Made) -> None:
        made.plan.status = PlanStatus.COMPLETED
        with pytest.raises(RuleError):
            teams.leave(made.plan, made.team[Side.A, F.SALES], by=TESTS, at=NOW)


class TestSteps:
    """Guards are shown as a list and refuse the act alike."""

    def test_the_workshop_needs_both_teams(self, app: Flask) -> None:
        made = plans.plan(whole_teams=False)
        client = client_of(app, made.owner_b)
        page = client.get(made.path).text
        assert page.count("The executive sponsor is missing.") == 2
        assert "Into the workshop" not in page, "the button comes when nothing is missing"
        answer = client.post(f"{made.path}move/workshop", data=fields(page), follow_redirects=True)
        assert "at least 3 are needed" in answer.text
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.DRAFT

    def test_a_small_partner_may_be_two(self, app: Flask) -> None:
        made = plans.plan(whole_teams=False)
        new = factories.person(made.company)
        teams.join(made.plan, teams.Candidate(new.full_name, person_id=new.id), F.SALES, by=TESTS, at=NOW)
        assert [one for one in steps.missing(made.plan, PlanStatus.WORKSHOP) if made.company.name in one.text]
        made.plan.small_reason, made.plan.small_at, made.plan.small_by = "Eight people", NOW, "tests"
        factories.commit()
        assert not [one for one in steps.missing(made.plan, PlanStatus.WORKSHOP) if made.company.name in one.text]

    def test_no_step_is_left_out(self, made: Made) -> None:
        for after in (
            PlanStatus.ACTIVE,
            PlanStatus.COMPLETED,
            PlanStatus.IN_SIGNATURE,
            PlanStatus.FINAL_REVIEW,
            PlanStatus.DRAFT,
        ):
            with pytest.raises(RuleError):
                steps.move(made.plan, after, by=TESTS, at=NOW)

    def test_cancelling_needs_a_reason_and_ends_everything(self, app: Flask, made: Made) -> None:
        client = client_of(app, made.owner_a)
        path = f"{made.path}cancel"
        assert client.post(path, data=fields(client.get(path).text) | {"reason": " "}).status_code == 422
        assert client.post(path, data=fields(client.get(path).text) | {"reason": "Merged"}).status_code == 302
        page = client.get(made.path).text
        assert "This plan was cancelled: Merged" in page
        assert "Change" not in page.split("<main")[1]
        assert client.post(path, data=fields(client.get(path).text) | {"reason": "Again"}).status_code == 409

    def test_a_suspended_plan_waits(self, made: Made) -> None:
        made.plan.suspended_at = NOW
        with pytest.raises(RuleError):
            steps.move(made.plan, PlanStatus.WORKSHOP, by=TESTS, at=NOW)


class TestFacts:
    """The plan's own facts, by both owners at once."""

    def test_both_owners_change_different_ones(self, app: Flask, made: Made) -> None:
        path = f"{made.path}edit"
        a, b = client_of(app, made.owner_a), client_of(app, made.owner_b)
        first, second = (fields(one.get(path).text) for one in (a, b))
        assert a.post(path, data=first | {"title": "New title"}).status_code == 302
        assert b.post(path, data=second | {"summary": "We grow together", "currency": "USD"}).status_code == 302
        plan = db.session.scalars(select(Plan)).one()
        assert (plan.title, plan.summary, plan.currency) == ("New title", "We grow together", "USD")

    def test_the_same_one_is_shown_to_decide(self, app: Flask, made: Made) -> None:
        path = f"{made.path}edit"
        a, b = client_of(app, made.owner_a), client_of(app, made.owner_b)
        first, second = (fields(one.get(path).text) for one in (a, b))
        assert a.post(path, data=first | {"currency": "USD"}).status_code == 302
        answer = b.post(path, data=second | {"currency": "CHF", "summary": "Kept"})
        assert answer.status_code == 409
        assert "has written: USD" in answer.text
        found = fields(answer.text)
        assert (found["currency"], found["summary"].strip()) == ("CHF", "Kept")
        assert b.post(path, data=found).status_code == 302
        assert db.session.scalars(select(Plan.currency)).one() == "CHF"

    def test_a_period_that_cannot_be(self, app: Flask, made: Made) -> None:
        client = client_of(app, made.owner_a)
        path = f"{made.path}edit"
        data = fields(client.get(path).text) | {"period_end": "2026-01-01", "summary": "Kept"}
        answer = client.post(path, data=data)
        assert answer.status_code == 422
        assert "must end after it begins" in answer.text
        assert "Kept" in answer.text

    @pytest.mark.parametrize(
        "period",
        [
            {"period_start": "9999-02-01", "period_end": "9999-12-31"},
            {"period_start": "0001-01-01", "period_end": "0001-12-31"},
            {"period_start": "1989-12-31", "period_end": "1990-06-30"},
        ],
    )
    def test_a_year_that_nobody_means(self, app: Flask, made: Made, period: dict[str, str]) -> None:
        client = client_of(app, made.owner_a)
        path = f"{made.path}edit"
        answer = client.post(path, data=fields(client.get(path).text) | period | {"summary": "Kept"})
        assert answer.status_code == 422
        assert "Enter a year between 1990 and 2200." in answer.text
        assert {**fields(answer.text), **period} == fields(answer.text)
        assert client.get(made.path).status_code == client.get("/plans/").status_code == 200
        client = client_of(app, manager_of(made.company))
        path = f"/plans/new/{made.company.id}"
        answer = client.post(path, data=fields(client.get(path).text) | period)
        assert answer.status_code == 422
        assert "Enter a year between 1990 and 2200." in answer.text

    def test_the_vendor_is_called_by_its_own_name(self, app: Flask, made: Made) -> None:
        client = client_of(app, made.owner_b)
        page = client.get(made.path).text
        assert "Guests of the organizer" not in page
        assert app.config["SETTINGS"].site_name == queries.side_names(made.plan)[Side.A]
        db.session.get_one(Organisation, made.plan.side_a_id).legal_name = "Karmin Software AG"
        factories.commit()
        assert "Karmin Software AG" in client.get(made.path).text

    def test_the_revision_grows_and_nobody_is_ready_any_more(self, made: Made) -> None:
        made.plan.ready_a_at = NOW
        before = made.plan.revision
        factories.commit()
        plans.objective(made)
        db.session.refresh(made.plan)
        assert (made.plan.revision, made.plan.ready_a_at) == (before + 1, None)
