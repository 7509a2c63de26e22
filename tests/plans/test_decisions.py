"""Decisions of a plan: both teams and nobody else, in step with who belongs to them; premortems that become actions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.decisions import queries as log
from eventapp.decisions import service as decisions
from eventapp.decisions.models import Decision, DecisionContext, DecisionRisk, DecisionState, Openness, Part
from eventapp.decisions.references import name_of
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MembershipRole, Organisation, PartnerType, Person
from eventapp.partners.service import hooks
from eventapp.plans.actions import service as actions
from eventapp.plans.content import editing
from eventapp.plans.decisions import queries, service
from eventapp.plans.models import (
    ActionOrigin,
    ActionStatus,
    Confidentiality,
    Plan,
    PlanAction,
    PlanKind,
    PlanMember,
    PlanStatus,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.teams import service as teams
from eventapp.plans.teams.service import Candidate
from tests.conftest import NOW
from tests.decisions.test_openness import strip
from tests.groups.test_races import at_once
from tests.guarantees.world import browser, csrf
from tests.support import decisions as make
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.pages import fields
from tests.support.plans import Made

S = DecisionState
WORD = "zzcanary"
BY: dict[str, Any] = {"by": TESTS, "at": NOW}


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    return plans.plan()


def begun(made: Made, by: User | None = None, **values: Any) -> Decision:
    """A decision of the plan in its first phase, committed."""
    owner = by or made.owner_a
    title, problem = values.pop("title", "Direct or through distribution"), values.pop("problem", "We lose deals.")
    found = service.begin(made.plan, title, problem, viewer=make.viewer(owner), at=NOW, **values)
    factories.commit()
    return found


def opened(found: Decision, openness: Openness, *companies: Organisation) -> None:
    decisions.set_openness(found, openness, "Prices", list(companies), version=found.version, **BY)
    factories.commit()


def shared(made: Made, confidentiality: Confidentiality = Confidentiality.BOTH) -> None:
    """Says whether everybody of both organisations may read the summary."""
    typed = {"confidentiality": confidentiality}
    editing.change(made.plan, None, made.plan, typed, base=made.plan.version, standing=plans.standing(made), **BY)
    factories.commit()


def reads(user: User, found: Decision) -> bool:
    """Whether somebody reads a decision at this moment."""
    db.session.expire_all()
    try:
        return log.decision(make.viewer(user), found.id) is found
    except NotFoundError:
        return False


def parts(found: Decision) -> set[tuple[int | None, Part]]:
    return {(role.user_id, role.part) for role in log.roles_of(found)}


class TestWhoReads:
    """Eight kinds of visitors, every page that might tell; at each level that a plan allows."""

    READERS: dict[str, set[str]] = {  # noqa: RUF012
        "team": {"owner_a", "owner_b", "member", "auditor"},
        "both": {"owner_a", "owner_b", "member", "auditor", "colleague", "manager", "trainer", "finance"},
    }

    @staticmethod
    def visitors(made: Made) -> dict[str, User | None]:
        distributor = factories.organisation("Rhein Distribution GmbH", primary_type=PartnerType.DISTRIBUTOR)
        return {
            "owner_a": made.owner_a,
            "owner_b": made.owner_b,
            "member": made.logins[Side.B, F.SALES],
            "colleague": factories.seat(made.company, MembershipRole.ADMIN),
            "partner": factories.company_admin(factories.organisation("Isar AG")),
            "distributor": factories.company_admin(distributor),
            "organizer": factories.organizer(),
            "manager": factories.user(None, Role.PARTNER_MANAGER),
            "trainer": factories.user(None, Role.TRAINER),
            "finance": factories.user(None, Role.FINANCE),
            "caterer": factories.user(None, Role.CATERING),
            "system_admin": factories.user(None, Role.SYSTEM_ADMIN),
            "auditor": factories.user(None, Role.AUDITOR),
            "anonymous": None,
        }

    @staticmethod
    def marked(made: Made, level: str) -> Decision:
        """A decision with the word in all that people type."""
        found = begun(made, made.owner_b, title=f"{WORD}1 title", problem=f"{WORD}2 problem.")
        make.weighed(found, made.owner_b)
        make.answer(found, make.feedback(found, made.owner_a, f"{WORD}3"), made.owner_b, text=f"{WORD}4")
        decisions.post_update(found, f"{WORD}5", viewer=make.viewer(made.owner_b), at=NOW)
        decisions.set_risk(found, None, decisions.RiskDetails(f"{WORD}6", action=f"{WORD}7"), version=0, **BY)
        factories.commit()
        if level == "both":
            shared(made)
            opened(found, Openness.ORGANISATIONS, made.company)
        risk = db.session.scalars(select(DecisionRisk)).one()
        turn(made, risk, f"{WORD}8")
        return found

    @staticmethod
    def crawl(client: FlaskClient, made: Made, found: Decision, token: str) -> dict[str, str]:
        plan, one = f"/plans/{made.plan.code}", f"/decisions/{found.id}"
        paths = [f"{one}{page}" for page in ("", "/summary", "/feedback", "/facts", "/people", "/premortem/1", "/step/research")]
        paths += [f"{plan}/decisions/", f"{plan}/decisions/new", f"{plan}/decisions/{found.id}/premortem/1/action"]
        paths += [f"{plan}/actions/", "/plans/", "/decisions/", f"/decisions/archive?q={WORD}", "/decisions/archive", "/"]
        paths += ["/admin/mail/", "/admin/log/", f"/admin/log/?q={WORD}", *(f"/admin/mail/{n}" for n in range(1, 12))]
        seen = {}
        for path in paths:
            answer = client.get(path)
            seen[path] = str(answer.headers) + answer.get_data(as_text=True)
        for path in ("/decisions/export", f"{one}/export", f"{one}/follow"):
            answer = client.post(path, data={"csrf_token": token, "format": "json"})
            seen[path] = str(answer.headers) + answer.get_data(as_text=True)
        return seen

    @pytest.mark.parametrize("level", ["team", "both"])
    def test_a_word_is_heard_by_these_and_by_nobody_else(self, app: Flask, made: Made, level: str) -> None:
        found = self.marked(made, level)
        for role, user in self.visitors(made).items():
            client = browser(app, user)
            heard = {
                path: text
                for path, text in self.crawl(client, made, found, csrf(client, user)).items()
                if any(f"{WORD}{n}" in text for n in range(1, 9))
            }
            assert bool(heard) == (role in self.READERS[level]), (role, list(heard))
            in_team = role in self.READERS["team"]
            assert (f"/plans/{made.plan.code}/decisions/" in heard) == in_team, role
            # The action stands in the plan: its words are the team's, whoever else reads the decision.
            assert in_team or not any(f"{WORD}8" in text for text in heard.values()), role
            if not in_team:
                told = [path for path, text in heard.items() if made.plan.code in text and "/admin/log" not in path]
                assert told == [], (role, "not even what the plan is called, but for the log, which names all plans by code")

    def test_a_part_is_enough_whatever_somebody_does_at_the_vendor(self, app: Flask, made: Made) -> None:
        found = self.marked(made, "both")
        caterer = factories.user(None, Role.CATERING)
        assert not reads(caterer, found)
        make.part(found, caterer, Part.CONTRIBUTOR, made.owner_a)
        assert reads(caterer, found)

    @pytest.mark.parametrize("context", [None, DecisionContext.WORKSHOP])
    def test_mails_of_it_reach_those_who_read_it_and_say_its_code(self, made: Made, context: DecisionContext | None) -> None:
        shared(made)
        found = begun(made, title=f"{WORD}1", context=context)
        opened(found, Openness.ORGANISATIONS, made.company)
        staff, caterer = factories.user(None, Role.TRAINER), factories.user(None, Role.CATERING)
        for user in (staff, caterer):
            decisions.follow(found, make.viewer(user), at=NOW)
        decisions.post_update(found, f"{WORD}5", viewer=make.viewer(made.owner_a), at=NOW)
        factories.commit()
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "decision.note")).all()
        told = {one.to_address for one in mails}
        assert staff.email in told
        assert caterer.email not in told
        assert all(found.code in one.subject for one in mails)
        assert not any(WORD in f"{one.subject}{one.text}{one.html}" for one in mails)
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "decision")).all()
        assert {one.object_name for one in entries} == {found.code}
        assert not any(WORD in str(one.changes) for one in entries)

    def test_control_without_discretion_the_log_and_the_mails_sing(self, app: Flask, made: Made, monkeypatch: Any) -> None:
        monkeypatch.setattr("eventapp.decisions.mails.discreet", lambda _decision: False)
        monkeypatch.setattr("eventapp.decisions.service.log.discreet", lambda _decision: False)
        found = self.marked(made, "team")
        organizer = factories.organizer()
        client = browser(app, organizer)
        heard = self.crawl(client, made, found, csrf(client, organizer))
        assert WORD in heard["/admin/log/"]
        assert WORD in heard["/admin/mail/"]

    def test_what_is_not_theirs_answers_like_what_is_not_there(self, app: Flask, made: Made) -> None:
        found = self.marked(made, "team")
        for role in ("colleague", "partner", "distributor", "organizer", "manager"):
            client = browser(app, self.visitors(made)[role])
            for page in ("/", "/new", f"/{found.id}/premortem/1/action"):
                one, other = (client.get(f"/plans/{code}/decisions{page}") for code in (made.plan.code, "JBP-2027-9999"))
                assert one.status_code == other.status_code == 404, (role, page)
                assert strip(one.text) == strip(other.text)

    def test_an_auditor_reads_and_begins_nothing(self, app: Flask, made: Made) -> None:
        found = self.marked(made, "team")
        client = browser(app, factories.user(None, Role.AUDITOR))
        path = f"/plans/{made.plan.code}/decisions"
        page = client.get(f"{path}/").text
        assert f"{WORD}1" in page
        assert "Begin a decision" not in page
        assert "/premortem/1/action" not in client.get(f"/decisions/{found.id}").text
        assert client.get(f"{path}/new").status_code == 403
        assert client.get(f"{path}/{found.id}/premortem/1/action").status_code == 403


class TestBeginning:
    """Anybody of the teams begins one, in the first phase, about this plan."""

    def test_from_the_tab(self, app: Flask, made: Made) -> None:
        client = browser(app, made.logins[Side.B, F.SALES])
        path = f"/plans/{made.plan.code}/decisions/"
        page = client.get(path)
        assert "No decision is open" in page.text
        data = fields(client.get(f"{path}new").text)
        refused = client.post(f"{path}new", data={**data, "title": "", "problem": "One. Two. Three."})
        assert refused.status_code == 422
        assert "Two sentences at most." in refused.text
        answer = client.post(f"{path}new", data={**data, "title": "Direct", "problem": "We lose deals."})
        found = db.session.scalars(select(Decision)).one()
        assert answer.location == f"/decisions/{found.id}"
        assert (found.state, found.context, found.context_id, found.openness) == (
            S.IDEATE,
            DecisionContext.PLAN,
            made.plan.id,
            None,
        )
        assert found.context_label == "", "what the plan is called is told to those who read it"
        shown = client.get(answer.location).text
        assert made.plan.code in shown
        assert f'href="{path}"' in shown
        assert "Direct" in client.get(path).text
        everybody = {user.id for user in made.logins.values()}
        assert {user for user, _part in parts(found)} == everybody
        assert (made.logins[Side.B, F.SALES].id, Part.OWNER) in parts(found)

    @pytest.mark.parametrize("title", ["", "x" * 201, "\x00", "<script>alert(1)</script>", "=1+1", "\u202eabc"])
    def test_hostile_titles(self, app: Flask, made: Made, title: str) -> None:
        client = browser(app, made.owner_b)
        path = f"/plans/{made.plan.code}/decisions/"
        data = fields(client.get(f"{path}new").text)
        answer = client.post(f"{path}new", data={**data, "title": title, "problem": "P."})
        assert answer.status_code in (302, 422, 400)
        assert "<script>alert" not in client.get(path).text

    def test_in_the_workshop_and_of_an_alliance(self, app: Flask, made: Made) -> None:
        client = browser(app, made.owner_a)
        path = f"/plans/{made.plan.code}/decisions/new?at=workshop"
        data = {**fields(client.get(path).text), "title": "T", "problem": "P."}
        assert client.post(path, data=data).status_code == 302
        ally = plans.plan(kind=PlanKind.ALLIANCE)
        begun(ally)
        contexts = list(db.session.scalars(select(Decision.context).order_by(Decision.id)))
        assert contexts == [DecisionContext.WORKSHOP, DecisionContext.ALLIANCE]
        mine = queries.cards(make.viewer(made.owner_a), made.plan)
        assert [card.decision.context for card in mine] == [DecisionContext.WORKSHOP], "not that of the other plan"

    def test_not_of_a_plan_that_is_over(self, app: Flask, made: Made) -> None:
        made.plan.status, made.plan.completed_at = PlanStatus.COMPLETED, NOW
        factories.commit()
        with pytest.raises(RuleError, match="over"):
            begun(made)
        db.session.rollback()
        assert "Begin a decision" not in browser(app, made.owner_a).get(f"/plans/{made.plan.code}/decisions/").text

    def test_the_archive_is_on_the_same_page(self, app: Flask, made: Made) -> None:
        found = begun(made, title="Given up")
        make.step(found, made.owner_a, S.WITHDRAWN)
        page = browser(app, made.owner_b).get(f"/plans/{made.plan.code}/decisions/").text
        assert "No decision is open" in page
        assert "Given up" in page

    def test_as_many_queries_for_three_as_for_one(self, app: Flask, made: Made, count_queries: Any) -> None:
        client = browser(app, made.owner_b)
        counts = []
        for number in (1, 2):
            for _n in range(number):
                found = begun(made)
                risks = [decisions.RiskDetails("x", action="y") for _n in range(2 * number)]
                rows = [decisions.set_risk(found, None, one, version=0, **BY) for one in risks]
                turn(made, rows[0])
            for path in (f"/plans/{made.plan.code}/decisions/", f"/decisions/{found.id}"):
                with count_queries() as found_queries:
                    assert client.get(path).status_code == 200
                counts.append(len(found_queries))
        assert counts[:2] == counts[2:]
        assert max(counts) <= 12


class TestLimits:
    """What an owner types lets nobody in who has nothing to do with the plan."""

    def test_openness_goes_no_further_than_the_plan(self, app: Flask, made: Made) -> None:
        found = begun(made)
        for level in (Openness.PUBLIC, Openness.PARTNERS, Openness.ORGANISATIONS):
            with pytest.raises(RuleError, match="confidential"):
                opened(found, level, made.company)
            db.session.rollback()
        page = browser(app, made.owner_a).get(f"/decisions/{found.id}/openness").text
        assert [f'value="{one.value}"' in page for one in Openness] == [False, False, False, True]
        shared(made)
        page = browser(app, made.owner_a).get(f"/decisions/{found.id}/openness").text
        assert [f'value="{one.value}"' in page for one in Openness] == [False, False, True, True]
        assert made.company.programme_id in page, "the company is there already"
        with pytest.raises(RuleError, match="other companies"):
            opened(found, Openness.ORGANISATIONS, made.company, factories.organisation("Isar AG"))
        db.session.rollback()
        opened(found, Openness.ORGANISATIONS, made.company)
        assert found.openness is Openness.ORGANISATIONS

    def test_a_plan_that_becomes_confidential_takes_its_decisions_along(self, made: Made) -> None:
        found, colleague = begun(made), factories.seat(made.company, MembershipRole.ADMIN)
        shared(made)
        opened(found, Openness.ORGANISATIONS, made.company)
        make.part(found, colleague, Part.CONTRIBUTOR, made.owner_a)
        manager = factories.user(None, Role.PARTNER_MANAGER)
        assert reads(colleague, found)
        assert reads(manager, found)
        shared(made, Confidentiality.TEAM)
        assert (found.openness, found.openness_reason) == (Openness.TEAM, "The plan is for its two teams alone.")
        assert not reads(colleague, found), "not even with a part that was given before"
        assert not reads(manager, found)
        assert reads(made.owner_b, found)

    def test_only_those_whom_it_concerns_get_a_part(self, made: Made) -> None:
        found = begun(made)
        other = factories.company_admin(factories.organisation("Isar AG"))
        colleague = factories.seat(made.company, MembershipRole.ADMIN)
        vendor = factories.user(None, Role.PARTNER_MANAGER)
        for user in (other, colleague, vendor):
            with pytest.raises(RuleError, match="Only those take part"):
                make.part(found, user, Part.CONTRIBUTOR, made.owner_a)
            db.session.rollback()
        make.part(found, made.logins[Side.B, F.SALES], Part.DECIDER, made.owner_a)
        shared(made)
        for level in (None, Openness.TEAM):
            if level is not None:
                opened(found, level)
            with pytest.raises(RuleError, match="Only those take part"):
                make.part(found, colleague, Part.CONTRIBUTOR, made.owner_a)
            db.session.rollback()
        opened(found, Openness.ORGANISATIONS, made.company)
        for user in (colleague, vendor):
            make.part(found, user, Part.CONTRIBUTOR, made.owner_a)
        with pytest.raises(RuleError, match="Only those take part"):
            make.part(found, other, Part.CONTRIBUTOR, made.owner_a)
        db.session.rollback()
        opened(found, Openness.TEAM)
        assert not reads(colleague, found), "what becomes the team's alone lets go of all others"
        assert not reads(vendor, found)

    def test_who_belongs_to_two_companies_takes_part_for_that_of_the_plan(self, made: Made) -> None:
        shared(made)
        both = factories.company_admin(factories.organisation("Aare AG"))
        factories.second_seat(both, made.company)
        found = begun(made)
        opened(found, Openness.ORGANISATIONS, made.company)
        role = make.part(found, both, Part.CONTRIBUTOR, made.owner_a)
        assert role.organisation_id == made.company.id


class TestInStep:
    """Who comes and goes in the teams comes and goes in the decisions."""

    def test_joining_and_leaving(self, made: Made) -> None:
        found, user = begun(made), factories.seat(made.company, MembershipRole.MEMBER)
        assert not reads(user, found)
        member = teams.join(made.plan, plans.as_candidate(user), F.MARKETING, **BY)
        factories.commit()
        assert reads(user, found)
        member = teams.change(made.plan, member, F.FINANCE, signatory=False, **BY)
        factories.commit()
        assert reads(user, found)
        assert len([role for role in log.roles_of(found) if role.user_id == user.id]) == 1
        teams.leave(made.plan, member, **BY)
        factories.commit()
        assert not reads(user, found)

    def test_a_successor_owns_and_decides_what_the_former_did(self, made: Made) -> None:
        seller = made.logins[Side.B, F.SALES]
        found = begun(made, seller)
        make.part(found, seller, Part.DECIDER, made.owner_a)
        successor = factories.seat(made.company, MembershipRole.MEMBER)
        teams.hand_over(made.plan, made.team[Side.B, F.SALES], plans.as_candidate(successor), **BY)
        factories.commit()
        assert not reads(seller, found)
        assert {part for user, part in parts(found) if user == successor.id} == {Part.OWNER, Part.DECIDER}
        assert log.owned_decision(make.viewer(successor), found.id) is found

    def test_the_owner_of_the_plan_looks_after_what_somebody_leaves_behind(self, made: Made) -> None:
        seller = made.logins[Side.B, F.SALES]
        found = begun(made, seller)
        teams.leave(made.plan, made.team[Side.B, F.SALES], **BY)
        factories.commit()
        assert not reads(seller, found)
        assert [user for user, part in parts(found) if part is Part.OWNER] == [made.owner_b.id]

    @pytest.mark.parametrize("level", [None, Openness.TEAM])
    def test_also_on_a_plan_for_both_organisations_what_is_the_team_s_leaves_with_the_team(
        self, made: Made, level: Openness | None
    ) -> None:
        shared(made)
        seller = made.logins[Side.B, F.SALES]
        found = begun(made, seller)
        make.part(found, seller, Part.DECIDER, made.owner_a)
        if level is not None:
            opened(found, level)
        teams.leave(made.plan, made.team[Side.B, F.SALES], **BY)
        factories.commit()
        assert not reads(seller, found)
        assert [user for user, part in parts(found) if part is Part.OWNER] == [made.owner_b.id]

    def test_what_both_organisations_read_they_go_on_with_until_it_is_the_team_s(self, made: Made) -> None:
        shared(made)
        seller = made.logins[Side.B, F.SALES]
        found = begun(made, seller)
        opened(found, Openness.ORGANISATIONS, made.company)
        teams.leave(made.plan, made.team[Side.B, F.SALES], **BY)
        factories.commit()
        assert log.owned_decision(make.viewer(seller), found.id) is found
        opened(found, Openness.TEAM)
        assert not reads(seller, found)
        assert [user for user, part in parts(found) if part is Part.OWNER] == [made.owner_b.id]

    def test_leaving_while_it_becomes_the_team_s(self, app: Flask, made: Made) -> None:
        shared(made)
        seller = made.logins[Side.B, F.SALES]
        found = begun(made, seller)
        opened(found, Openness.ORGANISATIONS, made.company)
        plan_id, member_id, decision_id = made.plan.id, made.team[Side.B, F.SALES].id, found.id

        def leave() -> None:
            teams.leave(db.session.get_one(Plan, plan_id), db.session.get_one(PlanMember, member_id), **BY)

        def narrow() -> None:
            one = db.session.get_one(Decision, decision_id)
            decisions.set_openness(one, Openness.TEAM, "Prices", [], version=one.version, **BY)

        db.session.rollback()
        assert at_once(app, leave, narrow) == ["done", "done"]
        assert not reads(seller, found)
        assert [user for user, part in parts(found) if part is Part.OWNER] == [made.owner_b.id]

    def test_whoever_gets_a_login_later(self, made: Made) -> None:
        found = begun(made)
        person = factories.person(made.company, "Ola", "Später")
        teams.join(made.plan, Candidate("Ola Später", person_id=person.id), F.OTHER, **BY)
        factories.commit()
        user = factories.user()
        db.session.get_one(Person, person.id).user_id = user.id
        db.session.flush()
        hooks.logged_in(person, **BY)
        factories.commit()
        assert reads(user, found)

    def test_two_plans_of_one_company_do_not_mix(self, made: Made) -> None:
        found = begun(made)
        other = plans.plan(made.company, owner_b=factories.seat(made.company, MembershipRole.MEMBER))
        theirs = begun(other)
        assert not reads(other.owner_b, found)
        assert not reads(made.owner_b, theirs)
        assert name_of(make.viewer(other.owner_b), found) == ""


def turn(made: Made, risk: DecisionRisk, text: str = "Call them", **values: Any) -> PlanAction:
    """Makes it an action of the plan, committed."""
    people: dict[str, Any] = {"accountable_id": made.team[Side.B, F.SALES].id, "helper_id": None, "due_on": date(2027, 4, 1)}
    found = service.turn_into_action(made.plan, risk, text, **{**people, **values}, standing=plans.standing(made), **BY)
    factories.commit()
    return found


class TestPremortem:
    """What prevents a failure becomes an action of the plan, once."""

    @staticmethod
    def risk(found: Decision, **values: Any) -> DecisionRisk:
        details = decisions.RiskDetails("Nobody sells it", **{"action": "Train the sellers", "due": date(2027, 3, 1), **values})
        made = decisions.set_risk(found, None, details, version=0, **BY)
        factories.commit()
        return made

    def test_by_the_page(self, app: Flask, made: Made) -> None:
        found = begun(made)
        risk = self.risk(found)
        client = browser(app, made.logins[Side.B, F.SALES])
        path = f"/plans/{made.plan.code}/decisions/{found.id}/premortem/{risk.id}/action"
        assert f'href="{path}"' in client.get(f"/decisions/{found.id}").text, "anybody of the teams, not only the owner"
        data = fields(client.get(path).text)
        assert (data["text"], data["due_on"]) == ("Train the sellers", "2027-03-01")
        assert client.post(path, data=data).status_code == 422, "somebody must be accountable"
        data["accountable_id"] = str(made.team[Side.B, F.SALES].id)
        assert client.post(path, data=data).status_code == 302
        action = db.session.scalars(select(PlanAction)).one()
        assert (action.origin, action.text, action.number) == (ActionOrigin.DECISION, "Train the sellers", 1)
        page = client.get(f"/decisions/{found.id}").text
        assert f"Action 1 of {made.plan.code}: Open" in page
        assert path not in page
        again = client.post(path, data={**fields(client.get(path).text), "accountable_id": data["accountable_id"]})
        assert again.status_code == 409
        assert "an action of the plan already" in again.text

    def test_done_there_is_done_here(self, app: Flask, made: Made) -> None:
        found = begun(made)
        action = turn(made, self.risk(found))
        typed = {
            name: getattr(action, name) for name in ("text", "accountable_id", "helper_id", "due_on", "blocked_by", "evidence")
        }
        values = {**typed, "status": ActionStatus.DONE}
        actions.change(made.plan, action, values, base=action.version, standing=plans.standing(made), **BY)
        factories.commit()
        assert action.status is ActionStatus.DONE
        assert db.session.scalars(select(DecisionRisk.done_at)).one() == NOW
        assert f"Action 1 of {made.plan.code}: Done" in browser(app, made.owner_a).get(f"/decisions/{found.id}").text

    def test_an_item_that_goes_leaves_the_action(self, made: Made) -> None:
        found = begun(made)
        risk = self.risk(found)
        action = turn(made, risk)
        decisions.remove_risk(found, risk, **BY)
        factories.commit()
        db.session.expire_all()
        assert action.decision_risk_id is None
        assert action.text == "Call them"

    def test_not_of_another_decision_nor_of_another_plan(self, app: Flask, made: Made) -> None:
        found, other = begun(made), plans.plan(owner_a=made.owner_a)
        risk, theirs = self.risk(found), self.risk(begun(other))
        loose = self.risk(make.decision(made.owner_a))
        client = browser(app, made.owner_a)
        path = f"/plans/{made.plan.code}/decisions"
        for decision_id, risk_id in (
            (theirs.decision_id, theirs.id),
            (found.id, theirs.id),
            (theirs.decision_id, risk.id),
            (loose.decision_id, loose.id),
            (found.id, 987_654),
            (2**31, 1),
            (2**63, 2**63),
        ):
            assert client.get(f"{path}/{decision_id}/premortem/{risk_id}/action").status_code == 404
        assert f"/decisions/{loose.decision_id}/premortem" not in client.get(f"/decisions/{found.id}").text

    def test_two_who_do_it_at_once(self, app: Flask, made: Made) -> None:
        risk_id, code = self.risk(begun(made)).id, made.plan.code
        member_id = made.team[Side.B, F.SALES].id

        def act() -> None:
            viewer = make.viewer(db.session.get_one(User, owner_id))
            seen = service.queries.plan(viewer, code)
            people: dict[str, Any] = {"accountable_id": member_id, "helper_id": None, "due_on": date(2027, 4, 1)}
            risk = db.session.get_one(DecisionRisk, risk_id)
            service.turn_into_action(seen.plan, risk, "Once", **people, standing=seen.standing, **BY)

        owner_id = made.owner_a.id
        assert sorted(at_once(app, *[act] * 3)) == ["done", "refused", "refused"]
        assert len(db.session.scalars(select(PlanAction)).all()) == 1


def test_somebody_who_joins_while_a_decision_begins_takes_part(app: Flask, made: Made) -> None:
    user = factories.seat(made.company, MembershipRole.MEMBER)
    who, code, owner_id, user_id = plans.as_candidate(user), made.plan.code, made.owner_a.id, user.id

    def with_plan(act: Callable[[Any, Any], object]) -> Callable[[], object]:
        def go() -> object:
            viewer = make.viewer(db.session.get_one(User, owner_id))
            return act(service.queries.plan(viewer, code).plan, viewer)

        return go

    outcomes = at_once(
        app,
        with_plan(lambda plan, viewer: service.begin(plan, "T", "P.", viewer=viewer, at=NOW)),
        with_plan(lambda plan, _viewer: teams.join(plan, who, F.MARKETING, **BY)),
    )
    assert outcomes == ["done", "done"]
    found = db.session.scalars(select(Decision)).one()
    assert user_id in {role.user_id for role in log.roles_of(found)}
