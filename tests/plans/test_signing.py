"""Both sides sign the same hash: ready, freeze, sign, decline, take back, lapse, amend."""

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import html5lib
import pytest
from flask import Flask, session
from sqlalchemy import select

from eventapp.accounts import fresh_proof
from eventapp.accounts.service import set_password
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.saving import saving
from eventapp.mail.models import OutboxMail
from eventapp.overview import doctor
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.models import (
    Amendment,
    Plan,
    PlanDelegation,
    PlanSignature,
    PlanStatus,
    PlanVersion,
    Side,
    SignatureState,
    TargetAccount,
    VersionState,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import jobs, service
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing.canonical import canonical, content_of, digest
from eventapp.plans.signing.rules import difference
from eventapp.plans.signing.verifying import changed_versions
from eventapp.plans.teams import service as teams
from tests.accounts.support import PASSWORD, at_once
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plan_rows import fill_sections
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.to_sign(plans.plan())


def states(version: PlanVersion) -> list[SignatureState]:
    query = select(PlanSignature.state).where(PlanSignature.version_id == version.id).order_by(PlanSignature.id)
    return list(db.session.scalars(query))


class TestTheWholeWay:
    """On the pages, by six people."""

    def test_from_ready_to_in_force(self, app: Flask, made: Made, clock: Any) -> None:
        listing = f"{made.path}versions/"
        for side in Side:
            client = client_of(app, made, side)
            page = client.get(listing).text
            assert "We are ready" in page
            assert client.post(f"{made.path}ready", data=fields(page, "/ready")).status_code == 302
        version = db.session.scalars(select(PlanVersion)).one()
        assert (version.number, version.state) == ("1.0", VersionState.IN_SIGNATURE)
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.IN_SIGNATURE
        path = f"{listing}{version.id}"
        for n, ((side, function), login) in enumerate(made.logins.items()):
            client = PageClient(app, app.response_class, use_cookies=True).sign_in(login).prove(f"{path}/sign")
            shown = client.get(path).text
            assert version.content_hash in shown
            assert "Objective 3" in shown
            name = made.team[side, function].name
            wrong = client.post(f"{path}/sign", data=fields(client.get(f"{path}/sign").text) | {"typed_name": name})
            assert wrong.status_code == 422, "the tick is missing"
            assert "Tick this to sign" in wrong.text
            other = fields(client.get(f"{path}/sign").text) | {"typed_name": "Somebody Else", "read": "y"}
            assert client.post(f"{path}/sign", data=other).status_code == 422
            good = fields(client.get(f"{path}/sign").text) | {"typed_name": f" {name.upper()} ", "read": "y"}
            assert client.post(f"{path}/sign", data=good).status_code == 302
            assert client.post(f"{path}/sign", data=good).status_code == 302, "clicking twice is clicking once"
            assert client.get(f"{path}/sign").status_code == 302, "the proof is used up"
            client.prove(f"{path}/sign")
            again = client.post(f"{path}/sign", data=fields(client.get(f"{path}/sign").text) | {"typed_name": name, "read": "y"})
            assert again.status_code == 409
            plan = db.session.scalars(select(Plan)).one()
            assert (plan.status is PlanStatus.ACTIVE) == (n == 5)
        version = db.session.scalars(select(PlanVersion)).one()
        assert version.state is VersionState.IN_FORCE
        assert states(version) == [SignatureState.VALID] * 6
        signature = db.session.scalars(select(PlanSignature)).first()
        assert signature is not None
        assert (signature.content_hash, signature.network) == (version.content_hash, "127.0.0.1")
        assert signature.proven_at is not None

    def test_who_may_do_what(self, app: Flask, made: Made, clock: Any) -> None:
        marketing = factories.person(made.company, "Max", "Markt", user=factories.user())
        teams.join(made.plan, teams.Candidate(marketing.full_name, person_id=marketing.id), F.MARKETING, by=TESTS, at=AT)
        factories.commit()
        version = plans.in_signature(made)
        path = f"{made.path}versions/{version.id}"
        login = db.session.scalars(select(type(made.owner_a)).where(type(made.owner_a).id == marketing.user_id)).one()
        not_asked = PageClient(app, app.response_class, use_cookies=True).sign_in(login)
        assert not_asked.get(path).status_code == 200
        for page in ("sign", "decline"):
            assert not_asked.get(f"{path}/{page}").status_code == 403
        sponsor = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        token = fields(sponsor.get(f"{path}/decline").text)
        for act in ("ready", "reopen", "amend"):
            assert sponsor.post(f"{made.path}{act}", data=token).status_code == 403
        stranger = plans.plan(whole_teams=False)
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(stranger.owner_b)
        for page in ("", "/sign", "/json"):
            assert client.get(f"{path}{page}").status_code == 404
        assert client.get(f"{stranger.path}versions/{version.id}").status_code == 404, "another plan's version"


class TestTheProof:
    """Each signature asks anew who it is; having logged in a moment ago is no answer."""

    def test_each_signature_asks_for_the_password(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        same = plans.to_sign(plans.plan(made.company, owner_b=made.owner_b))
        other = plans.in_signature(same)
        set_password(made.owner_b, PASSWORD, by=TESTS, at=AT)
        factories.commit()
        client = client_of(app, made, Side.B)
        path = f"{made.path}versions/{version.id}"
        asks = client.get(f"{path}/sign")
        assert asks.location == f"/account/confirm?next={path}/sign"
        page = client.get(asks.location).text
        assert "Before you sign" in page
        assert "your login changes" not in page
        assert f'href="{path}"' in page, "the way back leads to the version"
        token = fields(page, "/account/confirm")
        assert client.post(asks.location, data=token | {"current_password": "wrong"}).status_code == 422
        assert client.get(f"{path}/sign").status_code == 302
        assert client.post(asks.location, data=token | {"current_password": PASSWORD}).location == f"{path}/sign"
        second = f"{same.path}versions/{other.id}/sign"
        assert client.get(second).status_code == 302, "it counts for one version only"
        shown = client.get(f"{path}/sign")
        assert shown.status_code == 200
        good = fields(shown.text) | {"typed_name": made.team[Side.B, F.OWNER].name, "read": "y"}
        assert client.post(f"{path}/sign", data=good).status_code == 302
        assert client.get(f"{path}/sign").status_code == 302, "and once"
        signature = db.session.scalars(select(PlanSignature)).one()
        assert signature.proven_at is not None
        assert signature.proven_at <= signature.signed_at

    def test_what_was_typed_is_still_there(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        path = f"{made.path}versions/{version.id}/sign"
        client = client_of(app, made, Side.B).prove(path)
        typed = fields(client.get(path).text) | {"typed_name": "Somebody I know", "read": "y"}
        clock.shift(21 * 60)
        assert client.post(path, data=typed).location == f"/account/confirm?next={path}"
        page = client.prove(path).get(path).text
        assert fields(page)["typed_name"] == "Somebody I know"
        assert fields(page)["read"] == "y"
        assert db.session.scalars(select(PlanSignature)).all() == []

    def test_a_copied_cookie_does_not_sign_again(self, app: Flask, made: Made, clock: Any) -> None:
        """The same proof, put back into the browser after it was used."""
        version = plans.in_signature(made)
        path = f"{made.path}versions/{version.id}/sign"
        client = client_of(app, made, Side.B).prove(path)
        with client.session_transaction() as session:
            kept = dict(session["proof_for"])
        good = fields(client.get(path).text) | {"typed_name": made.team[Side.B, F.OWNER].name, "read": "y"}
        assert client.post(path, data=good).status_code == 302
        with client.session_transaction() as session:
            session["proof_for"] = kept
        assert client.get(path).location.startswith("/account/confirm")
        assert client.post(path, data=good | {"once_key": "A" * 43}).location.startswith("/account/confirm")

    def test_two_signatures_cannot_use_one_proof(self, app: Flask, made: Made, clock: Any) -> None:
        """At the same moment, each in a transaction of its own: one gets through."""
        kept = {"path": "/sign", "key": "K" * 43, "at": int(NOW.timestamp())}

        def one(_n: int) -> str:
            with app.test_request_context("/sign", method="POST"):
                session["proof_for"] = kept
                with saving() as saved:
                    fresh_proof.use_up(NOW)
                db.session.remove()
                return "done" if saved.ok else "refused"

        factories.commit()
        assert sorted(at_once(app, 4, one)) == ["done", "refused", "refused", "refused"]


class TestTheHash:
    """What is hashed, and that anybody can hash it again."""

    def test_the_download_is_what_was_hashed(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        answer = client_of(app, made, Side.B).get(f"{made.path}versions/{version.id}/json")
        assert hashlib.sha256(answer.data).hexdigest() == version.content_hash
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{made.plan.code}_1.0.json"'
        content = json.loads(answer.data)
        assert canonical(content) == answer.text, "the rule is one that others can follow"
        names = [one.name for one in queries.team(made.plan)]
        assert not [name for name in (*names, made.company.name, made.plan.title) if name in answer.text]
        assert content["sections"][3]["rows"][0]["annual"] == "400"

    def test_a_confidential_account_is_read_by_those_who_sign(self, app: Flask, made: Made, clock: Any) -> None:
        section = queries.section(made.plan, "accounts")
        values = {"plan_id": made.plan.id, "section_id": section.id, "confidential": True}
        db.session.add(TargetAccount(customer="Secret Bank", **values))
        person = factories.person(made.company, "Max", "Markt", user=factories.user())
        teams.join(made.plan, teams.Candidate(person.full_name, person_id=person.id), F.MARKETING, by=TESTS, at=AT)
        factories.commit()
        version = plans.in_signature(made)
        path = f"{made.path}versions/{version.id}"
        signer = client_of(app, made, Side.B, F.SALES)
        assert "Secret Bank" in signer.get(path).text
        assert signer.get(f"{path}/json").status_code == 200
        login = db.session.get_one(type(made.owner_a), person.user_id)
        other = PageClient(app, app.response_class, use_cookies=True).sign_in(login)
        page = other.get(path).text
        assert "Secret Bank" not in page
        assert "Confidential account" in page
        assert "Download the content (JSON)" not in page
        assert other.get(f"{path}/json").status_code == 403

    def test_what_changes_it_and_what_does_not(self, made: Made) -> None:
        def now() -> str:
            db.session.expire_all()
            return digest(canonical(content_of(made.plan)))

        before = now()
        db.session.get_one(Organisation, made.company.id).name = "Renamed GmbH"
        made.plan.title = "Another title"
        db.session.flush()
        assert now() == before
        section, values = plans.section(made, "objectives"), {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        seen = {before}
        row = queries.objectives(made.plan)[0]
        for typed in ({"weight": 26}, {"q1": Decimal("100.01")}, {"owner_a_id": made.team[Side.A, F.SALES].id}):
            assert editing.change(made.plan, section, row, typed, base=row.version, **values)
            seen.add(now())
        editing.change(made.plan, None, made.plan, {"summary": "More"}, base=made.plan.version, **values)
        seen.add(now())
        made.team[Side.B, F.SALES].signatory = False
        db.session.flush()
        seen.add(now())
        assert len(seen) == 6

    def test_the_doctor_sees_what_was_changed(self, made: Made) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=5)
        assert list(changed_versions(NOW)) == []
        signature = db.session.scalars(select(PlanSignature)).one()
        signature.content_hash = "0" * 64
        version.content = version.content.replace("EUR", "USD")
        factories.commit()
        assert [line.split(": ")[0] for line in changed_versions(NOW)] == [made.plan.code] * 2
        assert "plan_versions" in {check.name for check in doctor.CHECKS}

    def test_a_content_that_was_tampered_with_is_not_signed(self, made: Made) -> None:
        version = plans.in_signature(made)
        version.content = version.content.replace('"annual":"400"', '"annual":"4"', 1)
        factories.commit()
        with pytest.raises(StaleError):
            plans.sign_all(made, version)


class TestWhatEndsIt:
    """Declining, taking back, editing, time: signatures are superseded and everybody signs the next version."""

    def test_a_late_change_supersedes_signatures(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=1)
        client = client_of(app, made, Side.A)
        page = client.get(f"{made.path}versions/{version.id}").text
        assert client.post(f"{made.path}reopen", data=fields(page, "/reopen")).status_code == 302
        assert states(version) == [SignatureState.SUPERSEDED] * 5
        row = queries.objectives(made.plan)[0]
        values = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": NOW}
        plan = db.session.scalars(select(Plan)).one()
        section = queries.section(plan, "objectives")
        editing.change(plan, section, row, {"q1": Decimal(150), "annual": Decimal(450)}, base=row.version, **values)
        with pytest.raises(RuleError):
            plans.in_signature(made)
        factories.commit()
        section = queries.section(plan, "objectives")
        section.state = plans.SectionState.AGREED
        factories.commit()
        second = plans.in_signature(made)
        assert second.number == "1.1"
        assert second.content_hash != version.content_hash
        shown = client.get(f"{made.path}versions/{second.id}").text
        assert "What differs from version 1.0" in shown
        assert "<del>€400.00</del>" in shown
        assert "<ins>€450.00</ins>" in shown
        plans.sign_all(made, second)
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.ACTIVE

    def test_declining_needs_a_reason(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=3)
        client = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        path = f"{made.path}versions/{version.id}/decline"
        assert client.post(path, data=fields(client.get(path).text) | {"reason": ""}).status_code == 422
        assert client.post(path, data=fields(client.get(path).text) | {"reason": "Too bold"}).status_code == 302
        assert states(version) == [*[SignatureState.SUPERSEDED] * 3, SignatureState.DECLINED]
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.FINAL_REVIEW
        assert "Too bold" in client.get(f"{made.path}versions/{version.id}").text
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "plans.back")).all()
        assert len(mails) == 6
        log = [str(one.changes) for one in db.session.scalars(select(AuditEntry).where(AuditEntry.action == "plans.decline"))]
        assert "Too bold" not in str(log) + "".join(one.text for one in mails)

    def test_a_signature_is_taken_back(self, made: Made) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=4)
        owner = next(one for one in versions.required(made.plan) if one.member.id == versions.signatures(made.plan)[0].member_id)
        service.withdraw(made.plan, version, standing=Standing(owner.member), by=TESTS, at=NOW)
        assert sorted(states(version)) == [SignatureState.SUPERSEDED, SignatureState.WITHDRAWN]
        with pytest.raises(RuleError):
            service.withdraw(made.plan, version, standing=Standing(owner.member), by=TESTS, at=NOW)

    def test_reminders_and_the_end(self, made: Made) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=2)
        for days, mails in ((1, 0), (3, 2), (4, 2), (7, 4), (12, 6), (13, 6)):
            jobs.look_after(version.id, AT + timedelta(days=days))
            factories.commit()
            sent = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "plans.reminder")).all()
            assert len(sent) == mails, days
        jobs.look_after(version.id, AT + timedelta(days=14, seconds=1))
        factories.commit()
        version = db.session.get_one(PlanVersion, version.id)
        assert version.state is VersionState.LAPSED
        assert set(states(version)) == {SignatureState.SUPERSEDED}
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.FINAL_REVIEW
        with pytest.raises(RuleError):
            plans.sign_all(made, version)

    def test_too_late_is_too_late_before_the_worker_has_looked(self, made: Made) -> None:
        version = plans.in_signature(made)
        with pytest.raises(RuleError):
            plans.sign_all(made, version, AT + timedelta(days=15))

    def test_nobody_is_ready_for_what_they_have_not_read(self, made: Made) -> None:
        with pytest.raises(StaleError):
            service.ready(made.plan, revision=made.plan.revision - 1, standing=plans.standing(made), by=TESTS, at=AT)
        service.ready(made.plan, revision=made.plan.revision, standing=plans.standing(made), by=TESTS, at=AT)
        row, values = queries.objectives(made.plan)[0], {"standing": plans.standing(made, Side.B), "by": TESTS, "at": NOW}
        editing.change(made.plan, plans.section(made, "objectives"), row, {"weight": 30}, base=row.version, **values)
        assert made.plan.ready_a_at is None


class TestWhoSigns:
    """Three of each side with the sponsor; a delegate instead of a sponsor; a small partner two."""

    def test_too_few(self, made: Made) -> None:
        made.team[Side.B, F.SALES].signatory = False
        factories.commit()
        with pytest.raises(RuleError, match="2 people sign"):
            plans.in_signature(made)

    def test_a_small_partner(self, made: Made) -> None:
        made.team[Side.B, F.SALES].signatory = False
        made.plan.small_reason, made.plan.small_at, made.plan.small_by = "Eight people", NOW, "x"
        factories.commit()
        version = plans.in_signature(made)
        assert len(versions.required(made.plan)) == 5
        assert "Eight people" in version.content

    def test_a_delegate_signs_for_the_sponsor(self, made: Made) -> None:
        person = factories.person(made.company, "Dora", "Delegate")
        delegate = teams.join(made.plan, teams.Candidate("Dora Delegate", person_id=person.id), F.SERVICES, by=TESTS, at=AT)
        sponsor = made.team[Side.B, F.EXEC_SPONSOR]
        ids = {"sponsor_id": sponsor.id, "delegate_id": delegate.id}
        db.session.add(PlanDelegation(plan_id=made.plan.id, text="Dora signs for me.", given_at=AT, **ids))
        factories.commit()
        version = plans.in_signature(made)
        required = {one.member.id: one.for_sponsor for one in versions.required(made.plan)}
        assert required[delegate.id] == sponsor.id
        assert sponsor.id not in required
        plans.sign_all(made, version)
        by_delegate = db.session.scalars(select(PlanSignature).where(PlanSignature.member_id == delegate.id)).one()
        assert by_delegate.for_sponsor_id == sponsor.id
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.ACTIVE

    def test_the_team_stays_while_it_is_being_signed(self, made: Made) -> None:
        plans.in_signature(made)
        with pytest.raises(RuleError):
            teams.leave(made.plan, made.team[Side.B, F.SALES], by=TESTS, at=NOW)

    def test_one_plan_in_force_for_a_period(self, made: Made) -> None:
        plans.sign_all(made, plans.in_signature(made))
        second = plans.to_sign(plans.plan(made.company, owner_a=made.owner_a, owner_b=made.owner_b))
        with pytest.raises(RuleError, match=made.plan.code):
            plans.in_signature(second)


class TestAmending:
    """The signed version holds until everybody has signed the next one."""

    def test_an_amendment(self, app: Flask, made: Made, clock: Any) -> None:
        first = plans.in_signature(made)
        plans.sign_all(made, first)
        client = client_of(app, made, Side.B)
        page = client.get(f"{made.path}versions/").text
        assert client.post(f"{made.path}amend", data=fields(page, "/amend")).status_code == 302
        plan = db.session.scalars(select(Plan)).one()
        assert (plan.status, plan.amendment) == (PlanStatus.ACTIVE, Amendment.EDITING)
        row, values = queries.objectives(plan)[0], {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        editing.change(plan, queries.section(plan, "objectives"), row, {"product": "Cloud"}, base=row.version, **values)
        queries.section(plan, "objectives").state = plans.SectionState.AGREED
        factories.commit()
        made.plan = plan
        second = plans.in_signature(made)
        assert second.number == "2.0"
        assert plan.amendment is Amendment.IN_SIGNATURE
        assert db.session.get_one(PlanVersion, first.id).state is VersionState.IN_FORCE
        plans.sign_all(made, second)
        plan = db.session.scalars(select(Plan)).one()
        assert (plan.status, plan.amendment) == (PlanStatus.ACTIVE, None)
        assert [one.state for one in versions.versions(plan)] == [VersionState.IN_FORCE, VersionState.SUPERSEDED]
        assert states(first) == [SignatureState.VALID] * 6, "old evidence is kept"

    def amended(self, made: Made) -> Plan:
        plans.sign_all(made, plans.in_signature(made))
        plan = made.plan = db.session.scalars(select(Plan)).one()
        service.amend(plan, by=TESTS, at=NOW)
        factories.commit()
        return plan

    def test_the_team_stays_while_an_amendment_is_being_signed(self, made: Made) -> None:
        plan = self.amended(made)
        plans.in_signature(made)
        assert plan.status is PlanStatus.ACTIVE
        seller = made.team[Side.B, F.SALES]
        with pytest.raises(RuleError, match="is being signed"):
            teams.change(plan, seller, F.SALES, signatory=False, by=TESTS, at=NOW)
        with pytest.raises(RuleError, match="is being signed"):
            teams.leave(plan, seller, by=TESTS, at=NOW)

    def test_whoever_was_to_sign_what_was_frozen_has_to(self, made: Made) -> None:
        plan = self.amended(made)
        second = plans.in_signature(made)
        missing = made.team[Side.B, F.SALES]
        missing.signatory, missing.left_at = False, NOW
        factories.commit()
        assert missing.id in [one.member.id for one in versions.required(plan, second)]
        assert missing.id not in [one.member.id for one in versions.required(plan)]
        plans.sign_all(made, second)
        assert (len(states(second)), second.state, plan.amendment) == (5, VersionState.IN_SIGNATURE, Amendment.IN_SIGNATURE)

    def test_whoever_came_after_it_was_frozen_does_not_sign_it(self, app: Flask, made: Made, clock: Any) -> None:
        made.team[Side.B, F.SALES].signatory = False
        made.plan.small_reason, made.plan.small_at, made.plan.small_by = "Eight people", NOW, "x"
        factories.commit()
        version = plans.in_signature(made)
        made.team[Side.B, F.SALES].signatory = True
        factories.commit()
        client = client_of(app, made, Side.B, F.SALES)
        assert client.get(f"{made.path}versions/{version.id}/sign").status_code == 403
        assert "/sign" not in client.get(f"{made.path}versions/{version.id}").text

    def test_both_owners_are_asked_anew(self, made: Made) -> None:
        plan = self.amended(made)
        for _time in range(2):
            found = service.ready(plan, revision=plan.revision, standing=plans.standing(made), by=TESTS, at=NOW)
            assert found is None, "one owner alone freezes nothing"
        assert (plan.ready_a_at is None, plan.ready_b_at, plan.amendment) == (False, None, Amendment.EDITING)

    def test_who_was_ready_before_it_was_in_force_is_not_ready_for_the_amendment(self, made: Made) -> None:
        plans.sign_all(made, plans.in_signature(made))
        plan = db.session.scalars(select(Plan)).one()
        assert (plan.ready_a_at, plan.ready_b_at) == (None, None)
        plan.ready_a_at = plan.ready_b_at = NOW
        factories.commit()
        service.amend(plan, by=TESTS, at=NOW)
        assert (plan.ready_a_at, plan.ready_b_at) == (None, None)

    def test_only_what_is_in_force_is_amended(self, made: Made) -> None:
        with pytest.raises(RuleError):
            service.amend(made.plan, by=TESTS, at=NOW)


def test_differences_to_the_cell() -> None:
    def content(**more: Any) -> dict[str, Any]:
        rows = more.pop("rows", [{"id": 1, "weight": 50, "q1": "1"}])
        team = more.pop("team", [{"member": 7, "side": "a", "function": "owner", "signatory": True}])
        return {"currency": "EUR", "team": team, "sections": [{"key": "o", "rows": rows, "text": ""}], **more}

    found = difference(content(), content(currency="USD", rows=[{"id": 1, "weight": 60, "q1": "1"}, {"id": 2, "weight": 40}]))
    cells = [(one.section, one.row_id, one.field, one.old, one.new) for one in found]
    assert cells == [("", None, "currency", "EUR", "USD"), ("o", 1, "weight", 50, 60), ("o", 2, "weight", None, 40)]
    gone = difference(content(), content(rows=[], team=[]))
    assert [(one.field, one.new) for one in gone] == [("7", None), ("weight", None), ("q1", None)]
    assert difference(content(), content()) == []


def test_as_many_queries_for_three_versions_as_for_one(app: Flask, made: Made, count_queries: Any, clock: Any) -> None:
    version = plans.in_signature(made)
    client = client_of(app, made, Side.B)
    counts = []
    for _n in range(2):
        with count_queries() as found:
            assert client.get(f"{made.path}versions/").status_code == 200
        with count_queries() as shown:
            assert client.get(f"{made.path}versions/{version.id}").status_code == 200
        counts.append((len(found), len(shown)))
        service.reopen(made.plan, by=TESTS, at=NOW)
        version = plans.in_signature(made)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12, (counts, [s[:80] for s in shown.statements])


class TestTheList:
    """One list on both pages: who has signed and when, and who has not; delegates with whom they stand for."""

    def test_who_has_signed_and_who_has_not(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=2)
        client = client_of(app, made, Side.A)
        for path in (f"{made.path}versions/", f"{made.path}versions/{version.id}"):
            lines = rows_of(client.get(path).text)
            assert len(lines) == 6
            signed = [line for line in lines if line.endswith("Signed")]
            assert len(signed) == 4
            assert all("10 Jan 2027" in line for line in signed)
            assert sum(line.endswith("Not yet") for line in lines) == 2

    def test_who_declined_and_who_never_came_to_sign(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made)
        plans.sign_all(made, version, but=5)
        service.decline(made.plan, version, "Too much", standing=plans.standing(made, Side.B), by=TESTS, at=NOW)
        factories.commit()
        lines = rows_of(client_of(app, made, Side.A).get(f"{made.path}versions/{version.id}").text)
        assert [line.rpartition(" ")[2] for line in lines].count("Superseded") == 1
        assert [line for line in lines if "Too much" in line and line.endswith("Declined")]
        assert sum(line.endswith("Not signed") for line in lines) == 4

    def test_a_delegate_signs_instead_of_the_sponsor(self, app: Flask, made: Made, clock: Any) -> None:
        sponsor, seller = made.team[Side.B, F.EXEC_SPONSOR], made.team[Side.B, F.SALES]
        nora = factories.person(made.company, "Nora", "Neu", user=factories.user())
        teams.join(made.plan, teams.Candidate("Nora Neu", person_id=nora.id), F.MARKETING, by=TESTS, at=AT)
        factories.commit()
        delegate = next(one for one in queries.team(made.plan) if one.name == "Nora Neu")
        db.session.add(
            PlanDelegation(plan_id=made.plan.id, sponsor_id=sponsor.id, delegate_id=delegate.id, text="Go", given_at=AT)
        )
        factories.commit()
        version = plans.in_signature(made)
        path = f"{made.path}versions/{version.id}"
        login = db.session.get_one(type(made.owner_a), nora.user_id)
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(login).prove(f"{path}/sign")
        page = client.get(f"{path}/sign").text
        assert f"instead of {sponsor.name}, executive sponsor" in page
        assert "as Marketing" not in page
        for where in (f"{made.path}versions/", path):
            assert [
                line for line in rows_of(client.get(where).text) if "Nora Neu" in line and f"instead of {sponsor.name}" in line
            ]
        owner = client_of(app, made, Side.B).prove(f"{path}/sign")
        assert "as Plan owner" in owner.get(f"{path}/sign").text
        assert seller.signatory


def rows_of(page: str) -> list[str]:
    """The lines of who signs, each as one line of text."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    section = next(one for one in document.iter("section") if one.get("id") in ("signers", "signatures"))
    return [" ".join(" ".join(one.itertext()).split()) for one in section.iter("li")]


class TestReading:
    """What one signs is read in the same tables as on paper, with units, and differences as well."""

    def test_tables_with_currency_and_days(self, app: Flask, made: Made, clock: Any) -> None:
        fill_sections(made, objectives=0, rows=8, word="Told")
        version = plans.in_signature(made)
        page = client_of(app, made, Side.B).get(f"{made.path}versions/{version.id}").text
        rows = table_of(page, "section-objectives")
        assert rows[0][2:] == ["Weight", "Last year", "Year", "Q1", "Q2", "Q3", "Q4"]
        assert rows[1][2:] == ["25", "–", "€400.00", "€100.00", "€100.00", "€100.00", "€100.00"]
        assert rows[1][0].startswith("Objective 0 Revenue · ")
        assert rows[1][1].endswith(made.team[Side.B, F.OWNER].name)
        assert "€1,234,567.89" in " ".join(table_of(page, "section-initiatives")[1])
        assert "1234567" not in page
        assert "1 Feb 2027 to 31 Jan 2028" in page
        assert "2027-02-01" not in page
        assert "Nothing stands in: " in page

    def test_differences_have_their_units(self, app: Flask, made: Made, clock: Any) -> None:
        plans.in_signature(made)
        service.reopen(made.plan, by=TESTS, at=NOW)
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        row = queries.objectives(made.plan)[0]
        section = plans.section(made, "objectives")
        editing.change(made.plan, section, row, {"q1": Decimal(150), "annual": Decimal(450)}, base=row.version, **values)
        editing.change(made.plan, None, made.plan, {"period_end": date(2028, 3, 31)}, base=made.plan.version, **values)
        section.state = plans.SectionState.AGREED
        factories.commit()
        version = plans.in_signature(made)
        rows = table_of(client_of(app, made, Side.B).get(f"{made.path}versions/{version.id}").text, "changes")
        assert ["Objectives · Objective 0 · Quarter 1", "€100.00", "€150.00"] in rows
        assert ["Plan · Last day", "31 Jan 2028", "31 Mar 2028"] in rows


def table_of(page: str, section_id: str) -> list[list[str]]:
    """The rows of the table in a section, each as the texts of its cells."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    section = next(one for one in document.iter("section") if one.get("id") == section_id)
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in section.iter("tr")]
