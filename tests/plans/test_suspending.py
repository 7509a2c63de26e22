"""A company is merged or ends: its plans wait until both owners want to go on, or one of them cancels."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.lifecycle.merging import companies
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.imports import service as imports
from eventapp.partners.models import ImportKind, Organisation, OrganisationStatus
from eventapp.partners.service import companies as partners
from eventapp.plans import steps
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Plan, PlanStatus, PlanVersion, Side, VersionState
from eventapp.plans.signing import jobs
from eventapp.plans.signing import service as signing
from eventapp.plans.suspending import service
from eventapp.settings import ROOT
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.databases import Backend
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def end(company: Organisation) -> None:
    details = partners.details_of(company)
    details = type(details)(**{**vars(details), "status": OrganisationStatus.ENDED})
    partners.change_organisation(company, details, version=company.version, by=TESTS, at=NOW)
    factories.commit()


def plan_of(made: Made) -> Plan:
    return db.session.scalars(select(Plan).where(Plan.id == made.plan.id).execution_options(populate_existing=True)).one()


def mails(kind: str) -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id)))


class TestSuspending:
    """In the same transaction as what happened to the company, whichever way it came."""

    def test_a_company_that_ends_on_its_page(self, made: Made) -> None:
        over = plans.plan(made.company, whole_teams=False, owner_b=made.owner_b)
        over.plan.status = PlanStatus.COMPLETED
        other = plans.plan()
        factories.commit()
        end(made.company)
        assert plan_of(made).suspended_at == NOW
        assert plan_of(made).suspended_reason == service.ENDED
        assert (plan_of(over).suspended_at, plan_of(other).suspended_at) == (None, None)
        told = mails("plans.suspended")
        assert {one.to_address for one in told} == {made.owner_a.email, made.owner_b.email}
        said = " ".join(f"{one.subject} {one.text} {one.html}" for one in told)
        assert made.plan.code in said
        assert made.company.name not in said
        assert made.plan.title not in said

    def test_a_company_that_ends_by_an_import(self, made: Made) -> None:
        made.company.programme_id = "KP-000042"
        factories.commit()
        lines = f"Programme ID,Company,Type,Country,Status\nKP-000042,{made.company.name},Reseller,AT,ended\n"
        batch = imports.begin(ImportKind.PARTNERS, "partners.csv", lines.encode(), by=TESTS, at=NOW)
        imports.preview(batch, at=NOW)
        assert plan_of(made).suspended_at is None, "a preview changes nothing"
        imports.queue(batch)
        imports.apply(batch.id, by=TESTS, at=NOW)
        factories.commit()
        assert plan_of(made).suspended_at == NOW

    def test_a_company_that_ends_by_the_command_which_has_no_pages_before(
        self, made: Made, backend: Backend, tmp_path: Path
    ) -> None:
        made.company.programme_id = "KP-000042"
        factories.commit()
        file = tmp_path / "partners.csv"
        file.write_text(f"Programme ID,Company,Type,Country,Status\nKP-000042,{made.company.name},Reseller,AT,ended\n")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("EVENTAPP_")}
        environ |= {"EVENTAPP_DATABASE_URL": backend.url, "EVENTAPP_INSTANCE": str(tmp_path)}
        command = [sys.executable, "-m", "eventapp.cli", "import", "partners", str(file), "--json"]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["updated"] == 1
        assert plan_of(made).suspended_reason == service.ENDED
        assert {f"/plans/{made.plan.code}/" in one.text for one in mails("plans.suspended")} == {True}

    def test_another_change_of_the_company_does_not(self, made: Made) -> None:
        details = partners.details_of(made.company)
        changed = type(details)(**{**vars(details), "city": "Linz"})
        partners.change_organisation(made.company, changed, version=made.company.version, by=TESTS, at=NOW)
        assert plan_of(made).suspended_at is None

    def test_a_merge_asks_the_owners_as_well(self, made: Made) -> None:
        made.plan.resume_a_at = NOW
        factories.commit()
        companies.merge(factories.organisation(), made.company, by=TESTS, at=NOW)
        factories.commit()
        assert plan_of(made).suspended_reason == service.MERGED
        assert plan_of(made).resume_a_at is None, "what was decided another time does not count"
        assert len(mails("plans.suspended")) == 2


class TestDeciding:
    """Both go on, or either cancels; nothing else moves meanwhile."""

    def suspend(self, made: Made) -> Made:
        made.plan.suspended_at, made.plan.suspended_reason = NOW, service.MERGED
        factories.commit()
        return made

    def test_both_owners_go_on(self, app: Flask, made: Made, clock: Any) -> None:
        self.suspend(made)
        for side, said in ((Side.A, "as soon as the other owner"), (Side.B, "The plan goes on.")):
            client = client_of(app, made, side)
            page = client.get(made.path).text
            assert "Going on needs both owners" in page
            answer = client.post(f"{made.path}go-on", data=fields(page, "/go-on"), follow_redirects=True)
            assert said in answer.text
        plan = plan_of(made)
        assert (plan.suspended_at, plan.suspended_reason, plan.resume_a_at, plan.resume_b_at) == (None, "", None, None)
        assert "Suspended" not in client.get(made.path).text
        form = fields(client.get(f"{made.path}edit").text)
        answer = client.post(f"{made.path}go-on", data=form, follow_redirects=True)
        assert "The plan is not suspended any more." in answer.text

    def test_clicking_twice_is_one_side_s_word(self, app: Flask, made: Made) -> None:
        self.suspend(made)
        for _ in range(2):
            assert not service.go_on(made.plan, standing=plans.standing(made), by=TESTS, at=NOW)
        assert plan_of(made).suspended_at is not None

    def test_nobody_else_decides(self, app: Flask, made: Made) -> None:
        self.suspend(made)
        for side in Side:
            client = client_of(app, made, side, F.SALES)
            page = client.get(made.path).text
            assert "Suspended" in page
            assert "/go-on" not in page
            token = fields(client.get(f"{made.path}notes/add").text)
            assert client.post(f"{made.path}go-on", data=token).status_code == 403
        for user, status in ((factories.user(None, Role.AUDITOR), 403), (factories.organizer(), 404)):
            client = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            token = fields(client.get("/account/").text)
            assert client.post(f"{made.path}go-on", data={"csrf_token": token["csrf_token"]}).status_code == status

    def test_a_plan_in_force_is_given_up_by_either_owner(self, app: Flask, made: Made) -> None:
        plans.to_sign(made)
        plans.sign_all(made, plans.in_signature(made))
        with pytest.raises(RuleError):
            steps.cancel(made.plan, "No", by=TESTS, at=NOW)
        signing.amend(made.plan, by=TESTS, at=NOW)
        self.suspend(made)
        client = client_of(app, made, Side.A)
        path = f"{made.path}cancel"
        assert client.post(path, data=fields(client.get(path).text) | {"reason": "They are one now"}).status_code == 302
        plan, version = plan_of(made), db.session.scalars(select(PlanVersion)).one()
        assert (plan.status, plan.amendment, version.state) == (PlanStatus.CANCELLED, None, VersionState.SUPERSEDED)
        page = client.get(made.path).text
        assert "They are one now" in page
        assert "Going on needs both owners" not in page
        with pytest.raises(RuleError):
            service.go_on(made.plan, standing=plans.standing(made), by=TESTS, at=NOW)

    def test_two_of_the_same_period_cannot_both_be_in_force(self, app: Flask, made: Made) -> None:
        other = plans.plan(made.company, whole_teams=False, owner_b=made.owner_b)
        other.plan.status = made.plan.status = PlanStatus.ACTIVE
        self.suspend(made)
        service.go_on(made.plan, standing=plans.standing(made), by=TESTS, at=NOW)
        factories.commit()
        client = client_of(app, made, Side.B)
        page = client.get(made.path).text
        answer = client.post(f"{made.path}go-on", data=fields(page, "/go-on"), follow_redirects=True)
        assert f"{other.plan.code} of the same period is in force already" in answer.text
        plan = plan_of(made)
        assert plan.suspended_at is not None
        assert plan.resume_b_at is None

    def test_nothing_is_signed_meanwhile_and_after_a_merge_not_that_version(self, app: Flask, made: Made) -> None:
        plans.to_sign(made)
        version = plans.in_signature(made)
        merge = companies.merge(factories.organisation(), made.company, by=TESTS, at=NOW)
        factories.commit()
        made.plan = plan_of(made)
        with pytest.raises(RuleError, match="suspended"):
            plans.sign_all(made, version, NOW)
        db.session.rollback()
        db.session.execute(OutboxMail.__table__.update().values(state=MailState.SENT, sent_at=NOW))
        factories.commit()
        jobs.look_after(version.id, version.created_at + timedelta(days=4))
        assert mails("plans.reminder") == []
        for side in Side:
            service.go_on(made.plan, standing=plans.standing(made, side), by=TESTS, at=NOW)
        factories.commit()
        assert plan_of(made).status is PlanStatus.FINAL_REVIEW
        assert db.session.scalars(select(PlanVersion.state)).one() is VersionState.DROPPED
        assert merge.kept_id == plan_of(made).side_b_id

    def test_a_version_that_still_says_the_same_goes_on_being_signed(self, app: Flask, made: Made) -> None:
        plans.to_sign(made)
        version = plans.in_signature(made)
        end(made.company)
        for side in Side:
            service.go_on(made.plan, standing=plans.standing(made, side), by=TESTS, at=NOW)
        factories.commit()
        assert plan_of(made).status is PlanStatus.IN_SIGNATURE
        assert db.session.scalars(select(PlanVersion.state)).one() is VersionState.IN_SIGNATURE
        plans.sign_all(made, version, NOW)
        assert plan_of(made).status is PlanStatus.ACTIVE

    def test_undoing_the_merge_lets_the_plan_go_on(self, made: Made) -> None:
        merge = companies.merge(factories.organisation(), made.company, by=TESTS, at=NOW)
        factories.commit()
        service.go_on(made.plan, standing=plans.standing(made), by=TESTS, at=NOW)
        factories.commit()
        companies.undo(merge, by=TESTS, at=NOW)
        factories.commit()
        plan = plan_of(made)
        assert (plan.suspended_at, plan.side_b_id, plan.ready_a_at) == (None, made.company.id, None)
