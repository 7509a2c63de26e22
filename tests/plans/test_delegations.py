"""The sponsor's written word that somebody else signs, and the exception for small partners: both are signed themselves."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.mail.models import OutboxMail
from eventapp.plans import queries, steps
from eventapp.plans.delegations import queries as delegations
from eventapp.plans.delegations import service
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Plan, PlanDelegation, PlanKind, PlanSignature, PlanStatus, PlanVersion, Side
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing import service as signing
from eventapp.plans.signing.canonical import canonical, content_of
from eventapp.plans.signing.reading import Words
from eventapp.plans.teams import service as teams
from eventapp.plans.teams import small
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made

WORDS = "Lena signs for me while I am abroad."


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def give(made: Made, side: Side = Side.B, to: F = F.SALES, text: str = WORDS) -> PlanDelegation:
    found = service.give(
        made.plan,
        made.team[side, to].id,
        text,
        standing=plans.standing(made, side, F.EXEC_SPONSOR),
        by=TESTS,
        at=NOW,
    )
    factories.commit()
    return found


class TestGiving:
    """By the sponsor alone, in words, to somebody of the own team."""

    def test_on_the_page_of_the_teams(self, app: Flask, made: Made, clock: Any) -> None:
        made.plan.ready_a_at = NOW
        before = made.plan.revision
        factories.commit()
        client = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        assert "Let somebody sign instead of me" in client.get(f"{made.path}team").text
        path = f"{made.path}team/delegate"
        form = client.get(path).text
        assert made.team[Side.A, F.SALES].name not in form
        delegate = made.team[Side.B, F.SALES]
        answer = client.post(path, data=fields(form) | {"delegate_id": str(delegate.id), "text": WORDS})
        assert (answer.status_code, answer.location) == (302, f"{made.path}team")
        for side in Side:
            page = client_of(app, made, side).get(f"{made.path}team").text
            assert WORDS in page
            assert f"{delegate.name} signs for" in page
            assert "Sign it myself again" not in page
            assert WORDS in client_of(app, made, side).get(f"{made.path}versions/").text
        plan = db.session.scalars(select(Plan)).one()
        assert (plan.revision, plan.ready_a_at) == (before + 1, None), "who signs is signed, so nobody is ready any more"
        assert "Sign it myself again" in client.get(f"{made.path}team").text
        client.post(f"{path}/end", data=fields(client.get(f"{made.path}team").text, "/delegate/end"))
        assert delegations.held(plan) == []
        assert WORDS not in client.get(f"{made.path}team").text

    def test_mails_and_log_say_no_more_than_the_code(self, made: Made) -> None:
        give(made)
        service.end(made.plan, standing=plans.standing(made, Side.B, F.EXEC_SPONSOR), by=TESTS, at=NOW)
        factories.commit()
        mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        assert [one.kind for one in mails] == ["plans.delegation_given", "plans.delegation_ended"]
        assert {one.to_name for one in mails} == {made.team[Side.B, F.SALES].name}
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "plan").order_by(AuditEntry.id)).all()
        assert [one.action for one in entries][-2:] == ["plans.delegate", "plans.end_delegation"]
        said = " ".join(f"{one.subject} {one.text} {one.html}" for one in mails)
        said += " ".join(f"{one.object_name} {json.dumps(one.changes)}" for one in entries)
        assert made.plan.code in said
        for secret in (WORDS, made.team[Side.B, F.EXEC_SPONSOR].name, made.plan.title, made.company.name):
            assert secret not in said

    def test_by_nobody_else(self, app: Flask, made: Made) -> None:
        path = f"{made.path}team/delegate"
        for side, function, status in ((Side.A, F.OWNER, 403), (Side.B, F.OWNER, 403), (Side.B, F.SALES, 403)):
            client = client_of(app, made, side, function)
            assert client.get(path).status_code == status
            assert "Let somebody sign" not in client.get(f"{made.path}team").text
            with pytest.raises(RuleError):
                service.give(
                    made.plan,
                    made.team[side, F.SALES].id,
                    WORDS,
                    standing=plans.standing(made, side, function),
                    by=TESTS,
                    at=NOW,
                )
        for user, status in ((factories.user(None, Role.AUDITOR), 403), (factories.organizer(), 404)):
            other = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            assert other.get(path).status_code == status
        former = Standing(made.team[Side.B, F.EXEC_SPONSOR])
        new = factories.person(made.company, "Nora", "Neu")
        teams.hand_over(made.plan, former.member, teams.Candidate("Nora Neu", person_id=new.id), by=TESTS, at=NOW)  # type: ignore[arg-type]
        with pytest.raises(RuleError, match="Only the executive sponsor"):
            service.give(made.plan, made.team[Side.B, F.SALES].id, WORDS, standing=former, by=TESTS, at=NOW)

    def test_what_cannot_be_is_refused_and_kept(self, app: Flask, made: Made) -> None:
        client, path = client_of(app, made, Side.B, F.EXEC_SPONSOR), f"{made.path}team/delegate"
        for who in ("", "x", "987654", *(str(made.team[one].id) for one in ((Side.A, F.SALES), (Side.B, F.EXEC_SPONSOR)))):
            answer = client.post(path, data=fields(client.get(path).text) | {"delegate_id": who, "text": "Kept"})
            assert answer.status_code == 422
            assert "Kept" in answer.text
        delegate = {"delegate_id": str(made.team[Side.B, F.SALES].id)}
        for text in ("", "x" * 501):
            assert client.post(path, data=fields(client.get(path).text) | delegate | {"text": text}).status_code == 422
        for one in (made.team[Side.A, F.SALES], made.team[Side.B, F.EXEC_SPONSOR]):
            with pytest.raises(RuleError, match="own team"):
                service.give(made.plan, one.id, WORDS, standing=plans.standing(made, Side.B, F.EXEC_SPONSOR), by=TESTS, at=NOW)

    def test_one_at_a_time_from_two_windows(self, app: Flask, made: Made) -> None:
        client, path = client_of(app, made, Side.B, F.EXEC_SPONSOR), f"{made.path}team/delegate"
        forms = [fields(client.get(path).text) for _ in range(2)]
        typed = {"delegate_id": str(made.team[Side.B, F.SALES].id), "text": WORDS}
        assert client.post(path, data=forms[0] | typed).status_code == 302
        answer = client.post(path, data=forms[1] | typed | {"text": "Another word"})
        assert answer.status_code == 409
        assert "Another word" in answer.text
        assert len(delegations.held(made.plan)) == 1
        ids = {"sponsor_id": made.team[Side.B, F.EXEC_SPONSOR].id, "delegate_id": made.team[Side.B, F.OWNER].id}
        db.session.add(PlanDelegation(plan_id=made.plan.id, text="x", given_at=AT, **ids))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()

    def test_ending_what_is_not_there(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        token = fields(client.get(f"{made.path}team/delegate").text)
        answer = client.post(f"{made.path}team/delegate/end", data=token, follow_redirects=True)
        assert "You have not delegated your signature." in answer.text


class TestSigning:
    """What was frozen stands, and the delegate signs for the sponsor."""

    def test_the_delegate_signs_for_the_sponsor(self, app: Flask, made: Made) -> None:
        plans.to_sign(made)
        new = factories.person(made.company, "Nora", "Neu")
        teams.join(made.plan, teams.Candidate("Nora Neu", person_id=new.id), F.MARKETING, by=TESTS, at=AT)
        made.team = {(one.side, one.function): one for one in queries.team(made.plan)}
        give(made, to=F.MARKETING)
        version = plans.in_signature(made)
        assert WORDS in version.content
        assert "Nora Neu" not in version.content
        page = client_of(app, made, Side.A).get(f"{made.path}versions/{version.id}").text
        assert WORDS in page
        sponsor = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        assert sponsor.get(f"{made.path}versions/{version.id}/sign").status_code == 403
        with pytest.raises(RuleError, match="being signed"):
            give(made)
        with pytest.raises(RuleError, match="being signed"):
            service.end(made.plan, standing=plans.standing(made, Side.B, F.EXEC_SPONSOR), by=TESTS, at=NOW)
        assert "Sign it myself again" not in sponsor.get(f"{made.path}team").text
        plans.sign_all(made, version)
        rows = db.session.scalars(select(PlanSignature).order_by(PlanSignature.id)).all()
        by_delegate = [one for one in rows if one.for_sponsor_id is not None]
        assert [one.member_id for one in by_delegate] == [made.team[Side.B, F.MARKETING].id]
        assert by_delegate[0].for_sponsor_id == made.team[Side.B, F.EXEC_SPONSOR].id
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.ACTIVE

    def test_somebody_who_signs_anyway_counts_once(self, made: Made) -> None:
        plans.to_sign(made)
        give(made, to=F.OWNER)
        assert any(
            "2 people sign" in one.text for one in steps.asked(made.plan, PlanStatus.FINAL_REVIEW, PlanStatus.IN_SIGNATURE)
        )

    def test_a_difference_between_versions_says_who_signs_for_whom(self, made: Made) -> None:
        old = json.loads(canonical(content_of(made.plan)))
        give(made)
        new = json.loads(canonical(content_of(made.plan)))
        words = Words({one.id: one for one in queries.team(made.plan)}, queries.side_names(made.plan))
        sponsor, delegate = made.team[Side.B, F.EXEC_SPONSOR].name, made.team[Side.B, F.SALES].name
        assert words.changes(old, new) == [(f"Signs for {sponsor}", "", f"{delegate}: {WORDS}")]
        service.end(made.plan, standing=plans.standing(made, Side.B, F.EXEC_SPONSOR), by=TESTS, at=NOW)
        teams.change(made.plan, made.team[Side.B, F.SALES], F.SALES, signatory=True, by=TESTS, at=NOW)
        found = words.changes(old, json.loads(canonical(content_of(made.plan))))
        assert found == [(f"Team: {delegate}", f"{made.company.name}, Sales", f"{made.company.name}, Sales, signs")]

    def test_another_function_of_the_delegate_or_of_the_sponsor(self, made: Made) -> None:
        give(made)
        delegate = teams.change(made.plan, made.team[Side.B, F.SALES], F.FINANCE, signatory=False, by=TESTS, at=NOW)
        assert [one.delegate_id for one in delegations.held(made.plan)] == [delegate.id]
        teams.hand_over(made.plan, made.team[Side.B, F.EXEC_SPONSOR], delegate, by=TESTS, at=NOW)
        assert delegations.held(made.plan) == []

    def test_a_sponsor_who_becomes_something_else_delegates_no_more(self, made: Made) -> None:
        give(made, Side.A)
        teams.change(made.plan, made.team[Side.A, F.EXEC_SPONSOR], F.OTHER, signatory=False, by=TESTS, at=NOW)
        assert delegations.held(made.plan) == []
        assert [one for one in versions.required(made.plan) if one.for_sponsor] == []

    def test_what_holds_of_people_who_are_gone_is_not_signed(self, made: Made) -> None:
        give(made)
        made.team[Side.B, F.SALES].left_at = NOW  # as an erasure or a merge of people leaves it
        factories.commit()
        assert content_of(made.plan)["delegations"] == []


class TestSmallPartner:
    """Recorded by the owner at the partner, signed by both."""

    def small(self, app: Flask) -> Made:
        made = plans.plan(whole_teams=False)
        new = factories.person(made.company)
        teams.join(made.plan, teams.Candidate(new.full_name, person_id=new.id), F.SALES, signatory=True, by=TESTS, at=AT)
        factories.commit()
        return made

    def test_two_people_are_enough_once_it_is_recorded(self, app: Flask, clock: Any) -> None:
        made = self.small(app)
        client = client_of(app, made, Side.B)
        page = client.get(f"{made.path}team").text
        assert "We are fewer than ten people" in page
        assert "at least 3 are needed" in page
        path, before = f"{made.path}team/small", made.plan.revision
        assert client.post(path, data=fields(client.get(path).text) | {"reason": " "}).status_code == 422
        assert client.post(path, data=fields(client.get(path).text) | {"reason": "Eight people"}).status_code == 302
        for side in Side:
            page = client_of(app, made, side).get(f"{made.path}team").text
            assert "Eight people" in page
            assert "Small company: two people are enough." in page
        plan = db.session.scalars(select(Plan)).one()
        assert plan.revision == before + 1
        assert content_of(plan)["small_partner"] == "Eight people"
        assert not [one for one in steps.missing(plan, PlanStatus.WORKSHOP) if made.company.name in one.text]
        problems = [one.text for one in steps.asked(plan, PlanStatus.FINAL_REVIEW, PlanStatus.IN_SIGNATURE)]
        assert not [one for one in problems if one.startswith(made.company.name)]
        client.post(f"{path}/end", data=fields(client.get(f"{made.path}team").text, "/small/end"))
        plan = db.session.scalars(select(Plan).execution_options(populate_existing=True)).one()
        assert (plan.small_reason, plan.small_at, plan.small_by, plan.revision) == ("", None, "", before + 2)
        again = client.post(f"{path}/end", data=fields(client.get(path).text), follow_redirects=True)
        assert "There is no exception to take back." in again.text

    def test_by_nobody_else(self, app: Flask) -> None:
        made = self.small(app)
        assert client_of(app, made, Side.A).get(f"{made.path}team/small").status_code == 403
        assert "fewer than ten people" not in client_of(app, made, Side.A).get(f"{made.path}team").text
        alliance = plans.plan(kind=PlanKind.ALLIANCE)
        assert client_of(app, alliance, Side.B).get(f"{alliance.path}team/small").status_code == 403
        assert client_of(app, alliance, Side.B, F.SALES).get(f"{alliance.path}team/small").status_code == 403

    def test_not_for_a_company_of_ten(self, app: Flask) -> None:
        made = self.small(app)
        client, path = client_of(app, made, Side.B), f"{made.path}team/small"
        opened = fields(client.get(path).text) | {"reason": "We are few"}
        for _ in range(8):
            factories.person(made.company)
        factories.commit()
        with pytest.raises(RuleError, match=r"Yours has 10\."):
            small.make_exception(made.plan, "Few", standing=plans.standing(made, Side.B), by=TESTS, at=NOW)
        assert "Yours has 10." in client.post(path, data=opened, follow_redirects=True).text
        assert "We are fewer than ten people" not in client.get(f"{made.path}team").text

    def test_the_size_of_the_company_counts_where_it_is_known(self, app: Flask) -> None:
        made = self.small(app)
        made.company.employees = 455
        factories.commit()
        client, path = client_of(app, made, Side.B), f"{made.path}team/small"
        assert "We are fewer than ten people" not in client.get(f"{made.path}team").text
        answer = client.get(path, follow_redirects=True)
        assert "This is for companies with fewer than 10 people. Yours has 455." in answer.text
        made.company.employees = 9
        made.plan.small_reason, made.plan.small_at, made.plan.small_by = "Few", NOW, made.owner_b.email
        factories.commit()
        assert f"by the plan owner, {made.team[Side.B, F.OWNER].name};" in client.get(f"{made.path}team").text

    def test_not_while_it_is_being_signed(self, made: Made) -> None:
        plans.to_sign(made)
        plans.in_signature(made)
        standing = plans.standing(made, Side.B)
        with pytest.raises(RuleError, match="being signed"):
            small.make_exception(made.plan, "Few", standing=standing, by=TESTS, at=NOW)
        with pytest.raises(RuleError, match="being signed"):
            small.end_exception(made.plan, standing=standing, by=TESTS, at=NOW)
        signing.reopen(made.plan, by=TESTS, at=NOW)
        small.make_exception(made.plan, "Few", standing=standing, by=TESTS, at=NOW)
        assert '"small_partner":"Few"' in canonical(content_of(made.plan))
        assert '"small_partner":""' in db.session.scalars(select(PlanVersion.content)).one(), "what was frozen stays"
