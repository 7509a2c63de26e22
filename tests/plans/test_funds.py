"""Funds: asked for by the partner, granted by the vendor, claimed with proof, paid; never more than the vendor's share."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError, StaleError
from eventapp.mail.models import OutboxMail
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.files import service as files
from eventapp.plans.funds import claims, jobs, rules, service
from eventapp.plans.models import (
    ClaimState,
    FundClaim,
    FundRequest,
    FundState,
    Plan,
    PlanFile,
    PlanMember,
    PlanStatus,
    SectionState,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import service as signing
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made

PDF = ("receipt.pdf", b"%PDF-1.7 receipt")
UNTIL = NOW.date() + timedelta(days=100)


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    """A plan in force, with 1,000.01 asked for, of which the vendor pays half."""
    return in_force(plans.plan())


def in_force(made: Made) -> Made:
    section = plans.section(made, "mdf")
    typed = {"activity": "zzcanary-roadshow", "quarter": 1, "amount": Decimal("1000.01"), "vendor_percent": 50}
    editing.add(made.plan, section, FundRequest, typed, standing=plans.standing(made), by=TESTS, at=AT)
    made.plan.status = PlanStatus.ACTIVE
    factories.commit()
    return made


def request_of(made: Made) -> FundRequest:
    found = select(FundRequest).where(FundRequest.plan_id == made.plan.id).execution_options(populate_existing=True)
    return db.session.scalars(found).one()


def who(made: Made, side: Side) -> dict[str, Any]:
    return {"standing": plans.standing(made, side), "by": TESTS, "at": NOW}


def granted(made: Made) -> FundRequest:
    one = request_of(made)
    service.submit(made.plan, one, base=one.version, **who(made, Side.B))
    service.approve(made.plan, one, UNTIL, "", base=one.version, **who(made, Side.A))
    factories.commit()
    return one


def claim(made: Made, amount: str = "100", *, proof: bool = True) -> FundClaim:
    found = claims.add(made.plan, request_of(made), Decimal(amount), "zzcanary-spent", **who(made, Side.B))
    if proof:
        files.keep(made.plan, found, PDF, member=made.team[Side.B, F.OWNER], by=TESTS, at=NOW)
    factories.commit()
    return found


def handed_in(made: Made, amount: str = "100") -> FundClaim:
    found = claim(made, amount)
    claims.submit(made.plan, found, base=found.version, **who(made, Side.B))
    factories.commit()
    return found


class TestTheWholeWay:
    """On the pages, by both owners."""

    def test_from_asking_to_paid(self, app: Flask, made: Made, clock: Any) -> None:
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        assert "Requests and claims" in a.get(f"{made.path}sections/mdf").text
        listing = f"{made.path}funds/"
        path = f"{listing}{request_of(made).id}"
        assert path in b.get(listing).text
        assert "Ask for these funds" not in a.get(path).text
        b.post(f"{path}/submit", data=fields(b.get(path).text, "/submit"))
        assert "Decide" not in b.get(path).text.split("<main")[1]
        form = fields(a.get(f"{path}/decide").text)
        assert form["claim_until"] == "2027-06-29", "sixty days after the first quarter of the plan"
        answer = a.post(f"{path}/decide", data=form | {"decision": "approve", "note": "Good idea"})
        assert (answer.status_code, answer.location) == (302, path)
        page = b.get(path).text
        for text in ("Approved", "Good idea", "€500.00", "29 Jun 2027"):
            assert text in page
        answer = b.post(f"{path}/claim", data=fields(b.get(f"{path}/claim").text) | {"amount": "300,50", "description": "Rooms"})
        one = db.session.scalars(select(FundClaim)).one()
        proof = f"{listing}claims/{one.id}/proof"
        assert (answer.status_code, answer.location) == (302, proof)
        assert "Hand it in" not in b.get(path).text, "first the proof"
        data = fields(b.get(proof).text) | {"file": (io.BytesIO(PDF[1]), PDF[0])}
        assert b.post(proof, data=data, content_type="multipart/form-data").status_code == 302
        b.post(f"{listing}claims/{one.id}/submit", data=fields(b.get(path).text, f"{one.id}/submit"))
        page = a.get(path).text
        assert "receipt.pdf" in page
        decide = f"{listing}claims/{one.id}/decide"
        assert a.post(decide, data=fields(a.get(decide).text) | {"decision": "approve"}).status_code == 302
        pay = f"{listing}claims/{one.id}/pay"
        assert a.post(pay, data=fields(a.get(pay).text)).status_code == 302
        for client in (a, b):
            shown = client.get(listing).text
            assert shown.count("€300.50") == 4, "claimed and paid, in the row and in the sums"
            assert shown.count("€199.50") == 2
            assert "Paid on" in client.get(path).text
        db.session.refresh(one)
        assert (one.state, one.paid_on) == (ClaimState.PAID, NOW.date())

    @pytest.mark.parametrize(
        ("day", "until"), [(date(2027, 7, 1), "2028-01-31"), (date(2028, 1, 1), "2028-03-31")], ids=["end of plan", "90 days"]
    )
    def test_a_day_that_is_over_is_not_offered(self, app: Flask, made: Made, clock: Any, day: date, until: str) -> None:
        path = f"{made.path}funds/{request_of(made).id}"
        clock.move_to(datetime.combine(day, time(9), UTC))
        b = client_of(app, made, Side.B)
        b.post(f"{path}/submit", data=fields(b.get(path).text, "/submit"))
        assert fields(client_of(app, made, Side.A).get(f"{path}/decide").text)["claim_until"] == until

    def test_what_is_refused_says_why_and_goes_on(self, app: Flask, made: Made, clock: Any) -> None:
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        path = f"{made.path}funds/{request_of(made).id}"
        b.post(f"{path}/submit", data=fields(b.get(path).text, "/submit"))
        decide = f"{path}/decide"
        form = fields(a.get(decide).text)
        for wrong in ({}, {"decision": "else"}, {"decision": "reject"}, {"decision": "approve", "claim_until": "2020-01-01"}):
            answer = a.post(
                decide, data=fields(a.get(decide).text) | wrong | {"note": "" if wrong.get("decision") == "reject" else "Kept"}
            )
            assert answer.status_code == 422, wrong
            if not wrong.get("decision"):
                assert "Choose whether to approve or to reject it." in answer.text
                assert "Not a valid choice" not in answer.text
        assert "Kept" in answer.text
        assert a.post(decide, data=form | {"decision": "reject", "note": "Too dear"}).status_code == 302
        page = b.get(path).text
        assert "Too dear" in page
        assert "Rejected" in page
        b.post(f"{path}/back", data=fields(page, "/back"))
        assert request_of(made).state is FundState.DRAFT
        b.post(f"{path}/submit", data=fields(b.get(path).text, "/submit"))
        assert (request_of(made).state, request_of(made).decision_note) == (FundState.SUBMITTED, "")

    def test_an_empty_list_says_what_to_do(self, app: Flask) -> None:
        made = plans.plan()
        assert "is written in its section first" in client_of(app, made, Side.A).get(f"{made.path}funds/").text

    def test_the_same_queries_for_three_as_for_one(self, app: Flask, made: Made, count_queries: Any, clock: Any) -> None:
        granted(made)
        client, counts = client_of(app, made, Side.A), []
        for number in (1, 2):
            for _ in range(number):
                handed_in(made, "1")
            paths = [f"{made.path}funds/", f"{made.path}funds/{request_of(made).id}"]
            for path in paths:
                client.get(path)
            with count_queries() as found:
                for path in paths:
                    client.get(path)
            counts.append(len(found))
        assert counts[0] == counts[1] <= 24


class TestHowMuch:
    """Exact to the hundredth, counted under the lock."""

    def test_never_more_than_the_share_of_what_was_granted(self, made: Made) -> None:
        one = granted(made)
        assert rules.share(one) == Decimal("500.00"), "half a hundredth is nobody's"
        handed_in(made, "499.99")
        with pytest.raises(RuleError, match="more than is left"):
            claim(made, "0.02")
        last = handed_in(made, "0.01")
        with pytest.raises(RuleError, match="more than is left"):
            claim(made, "0.01")
        claims.reject(made.plan, last, "No receipt", base=last.version, **who(made, Side.A))
        claim(made, "0.01")

    def test_drafts_take_nothing_and_are_counted_when_handed_in(self, made: Made) -> None:
        granted(made)
        first, second = claim(made, "300"), claim(made, "300")
        claims.submit(made.plan, first, base=first.version, **who(made, Side.B))
        with pytest.raises(RuleError, match="more than is left"):
            claims.submit(made.plan, second, base=second.version, **who(made, Side.B))
        claims.change(made.plan, second, Decimal(200), "Less", base=second.version, **who(made, Side.B))
        claims.submit(made.plan, second, base=second.version, **who(made, Side.B))
        assert rules.left(request_of(made), [first, second]) == 0

    @pytest.mark.parametrize("share", [0, 100])
    def test_none_or_all_of_it(self, made: Made, share: int) -> None:
        request_of(made).vendor_percent = share
        factories.commit()
        granted(made)
        if share:
            handed_in(made, "1000.01")
        else:
            with pytest.raises(RuleError):
                claim(made, "0.01")

    @pytest.mark.parametrize("amount", ["", "0", "-1", "1e9", "12x", "9" * 30, "12.3456"])
    def test_hostile_amounts(self, app: Flask, made: Made, amount: str) -> None:
        granted(made)
        client, path = client_of(app, made, Side.B), f"{made.path}funds/{request_of(made).id}/claim"
        answer = client.post(path, data=fields(client.get(path).text) | {"amount": amount, "description": "Kept"})
        assert answer.status_code == 422
        assert "Kept" in answer.text
        assert db.session.scalars(select(FundClaim.id)).all() == []

    def test_of_many_who_hand_in_at_once_no_more_than_fit(self, app: Flask, made: Made) -> None:
        granted(made)
        found = [(one.id, one.version) for one in (claim(made, "200") for _ in range(5))]
        plan_id, member_id = made.plan.id, made.team[Side.B, F.OWNER].id
        barrier = Barrier(len(found))
        db.session.rollback()

        def hand_in(claim_id: int, version: int) -> str:
            with app.app_context():
                barrier.wait(30)
                try:
                    with transaction():
                        standing = Standing(db.session.get_one(PlanMember, member_id))
                        plan, one = db.session.get_one(Plan, plan_id), db.session.get_one(FundClaim, claim_id)
                        claims.submit(plan, one, base=version, standing=standing, by=TESTS, at=NOW)
                    return "done"
                except RuleError:
                    return "refused"
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(len(found)) as pool:
            results = sorted(pool.map(lambda one: hand_in(*one), found))
        assert results == ["done", "done", "refused", "refused", "refused"]
        handed = db.session.scalars(select(FundClaim).where(FundClaim.state == ClaimState.SUBMITTED)).all()
        assert sum(one.amount for one in handed) == 400

    def test_control_without_the_count_too_much_fits(self, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
        granted(made)
        monkeypatch.setattr(rules, "left", lambda _request, _claims: Decimal(10**6))
        assert handed_in(made, "900").amount > rules.share(request_of(made))


class TestWhen:
    """While the plan is in force; claims until the day that was set."""

    def test_only_while_the_plan_is_in_force(self, app: Flask) -> None:
        made = in_force(plans.plan())
        one = request_of(made)
        for status, suspended in ((PlanStatus.DRAFT, None), (PlanStatus.COMPLETED, None), (PlanStatus.ACTIVE, NOW)):
            made.plan.status, made.plan.suspended_at = status, suspended
            factories.commit()
            with pytest.raises(RuleError, match="in force"):
                service.submit(made.plan, one, base=one.version, **who(made, Side.B))
            db.session.rollback()
            page = client_of(app, made, Side.B).get(f"{made.path}funds/{one.id}").text
            assert "Ask for these funds" not in page

    def test_claims_go_on_after_the_plan_s_year(self, made: Made) -> None:
        granted(made)
        made.plan.status = PlanStatus.COMPLETED
        factories.commit()
        one = handed_in(made)
        claims.approve(made.plan, one, "", base=one.version, **who(made, Side.A))
        with pytest.raises(RuleError):
            files.keep(made.plan, one, PDF, member=made.team[Side.B, F.OWNER], by=TESTS, at=NOW)
        for day in (NOW.date() + timedelta(days=1), NOW.date() - timedelta(days=1)):
            with pytest.raises(RuleError, match="between the decision and today"):
                claims.pay(made.plan, one, day, base=one.version, **who(made, Side.A))
        claims.pay(made.plan, one, NOW.date(), base=one.version, **who(made, Side.A))
        assert one.state is ClaimState.PAID

    def test_not_after_the_day(self, app: Flask, made: Made, clock: Any) -> None:
        one = granted(made)
        draft = claim(made)
        request_of(made).claim_until = NOW.date() - timedelta(days=1)
        factories.commit()
        with pytest.raises(RuleError, match="day to claim these funds is over"):
            claims.submit(made.plan, draft, base=draft.version, **who(made, Side.B))
        with pytest.raises(RuleError):
            claim(made)
        client = client_of(app, made, Side.B)
        page = client.get(f"{made.path}funds/{one.id}").text
        assert "The day to claim these funds is over." in page
        assert "Hand it in" not in page

    def test_what_nobody_claimed_expires(self, made: Made) -> None:
        one = granted(made)
        claim(made)
        after = NOW.replace(year=2028)
        jobs.look_after(one.id, NOW + timedelta(days=100))
        assert request_of(made).state is FundState.APPROVED, "the last day counts"
        jobs.look_after(one.id, after)
        factories.commit()
        assert request_of(made).state is FundState.EXPIRED
        jobs.look_after(one.id, after)
        with pytest.raises(RuleError, match="not granted"):
            claim(made)

    def test_what_was_claimed_does_not_expire(self, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
        one = granted(made)
        handed_in(made)
        jobs.look_after(one.id, NOW.replace(year=2028))
        assert request_of(made).state is FundState.APPROVED

    def test_the_job_finds_what_is_due(self, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
        granted(made)
        monkeypatch.setattr(jobs, "now", lambda: NOW.replace(year=2028))
        db.session.rollback()
        jobs.funds()
        assert request_of(made).state is FundState.EXPIRED


class TestSigned:
    """What the version in force does not say is neither asked for nor granted, claimed or paid."""

    @pytest.fixture
    def amended(self, app: Flask) -> Made:
        """A plan that both sides signed with 1,000.01 for a roadshow, and that is being amended since."""
        made = plans.plan()
        typed = {"activity": "zzcanary-roadshow", "quarter": 1, "amount": Decimal("1000.01"), "vendor_percent": 50}
        editing.add(made.plan, plans.section(made, "mdf"), FundRequest, typed, standing=plans.standing(made), by=TESTS, at=AT)
        plans.sign_all(made, plans.in_signature(plans.to_sign(made)))
        signing.amend(made.plan, by=TESTS, at=AT)
        factories.commit()
        return made

    def rewrite(self, made: Made, what: Any = None, **typed: Any) -> None:
        row = what or request_of(made)
        section = None if what else plans.section(made, "mdf")
        editing.change(made.plan, section, row, typed, base=row.version, standing=plans.standing(made), by=TESTS, at=AT)
        factories.commit()

    def test_what_is_signed_goes_its_way_during_an_amendment(self, amended: Made) -> None:
        granted(amended)
        one = handed_in(amended)
        claims.approve(amended.plan, one, "", base=one.version, **who(amended, Side.A))
        claims.pay(amended.plan, one, NOW.date(), base=one.version, **who(amended, Side.A))
        assert one.state is ClaimState.PAID

    @pytest.mark.parametrize(
        "typed", [{"amount": Decimal(900000)}, {"vendor_percent": 100}, {"activity": "A villa"}, {"quarter": 4}]
    )
    def test_an_owner_alone_asks_for_nothing_else(self, app: Flask, amended: Made, typed: dict[str, Any]) -> None:
        self.rewrite(amended, **typed)
        one = request_of(amended)
        b, path = client_of(app, amended, Side.B), f"{amended.path}funds/{one.id}"
        page = b.get(path).text
        assert "not signed like this" in page
        assert "Ask for these funds" not in page
        b.post(f"{path}/submit", data=fields(page, "/logout") | {"version": str(one.version)})
        assert request_of(amended).state is FundState.DRAFT
        with pytest.raises(RuleError, match="not signed like this"):
            service.submit(amended.plan, one, base=one.version, **who(amended, Side.B))

    def test_a_row_that_the_amendment_adds_waits_for_it(self, amended: Made) -> None:
        typed = {"activity": "New", "quarter": 1, "amount": Decimal(5), "vendor_percent": 50}
        section, standing = plans.section(amended, "mdf"), plans.standing(amended)
        one = editing.add(amended.plan, section, FundRequest, typed, standing=standing, by=TESTS, at=AT)
        with pytest.raises(RuleError, match="not signed like this"):
            service.submit(amended.plan, one, base=one.version, **who(amended, Side.B))

    def test_another_currency_grants_claims_and_pays_nothing(self, amended: Made) -> None:
        one = granted(amended)
        draft, waiting, approved = claim(amended, "1"), handed_in(amended, "1"), handed_in(amended, "1")
        claims.approve(amended.plan, approved, "", base=approved.version, **who(amended, Side.A))
        self.rewrite(amended, amended.plan, currency="KWD")
        for act in (
            lambda: claim(amended, "1"),
            lambda: claims.submit(amended.plan, draft, base=draft.version, **who(amended, Side.B)),
            lambda: claims.approve(amended.plan, waiting, "", base=waiting.version, **who(amended, Side.A)),
            lambda: claims.pay(amended.plan, approved, NOW.date(), base=approved.version, **who(amended, Side.A)),
        ):
            with pytest.raises(RuleError, match="not signed like this"):
                act()
        assert one.state is FundState.APPROVED

    def test_what_was_asked_for_before_is_not_granted_in_another_currency(self, amended: Made) -> None:
        one = request_of(amended)
        service.submit(amended.plan, one, base=one.version, **who(amended, Side.B))
        factories.commit()
        self.rewrite(amended, amended.plan, currency="KWD")
        with pytest.raises(RuleError, match="not signed like this"):
            service.approve(amended.plan, one, UNTIL, "", base=one.version, **who(amended, Side.A))
        service.reject(amended.plan, one, "Wait", base=one.version, **who(amended, Side.A))

    def test_signed_anew_it_holds(self, amended: Made) -> None:
        self.rewrite(amended, amount=Decimal(2000))
        for section in queries.sections(amended.plan):
            section.state = SectionState.AGREED
        factories.commit()
        plans.sign_all(amended, plans.in_signature(amended))
        assert rules.share(granted(amended)) == 1000


class TestFixed:
    """From the moment it is handed in, a request and the proof of a claim stay as they are."""

    def test_a_request_is_not_changed_by_an_amendment(self, app: Flask, made: Made) -> None:
        one = request_of(made)
        made.plan.status = PlanStatus.WORKSHOP
        factories.commit()
        client, path = client_of(app, made, Side.A), f"{made.path}sections/mdf/{one.id}"
        assert client.post(path, data=fields(client.get(path).text) | {"amount": "2000"}).status_code == 302
        one = request_of(made)
        one.state = FundState.SUBMITTED
        factories.commit()
        answer = client.post(path, data=fields(client.get(path).text) | {"amount": "3000"})
        assert answer.status_code == 409
        assert "were asked for already" in answer.text
        page = client.get(f"{made.path}sections/mdf").text
        answer = client.post(f"{path}/remove", data=fields(page, "/remove"), follow_redirects=True)
        assert "were asked for already" in answer.text
        assert request_of(made).amount == 2000

    def test_a_claim_and_its_proof_once_handed_in(self, app: Flask, made: Made) -> None:
        granted(made)
        one = handed_in(made)
        with pytest.raises(RuleError):
            claims.change(made.plan, one, Decimal(1), "", base=one.version, **who(made, Side.B))
        with pytest.raises(RuleError):
            claims.remove(made.plan, one, base=one.version, **who(made, Side.B))
        kept = db.session.scalars(select(PlanFile)).one()
        with pytest.raises(RuleError):
            files.remove(made.plan, one, kept, member=made.team[Side.B, F.OWNER], by=TESTS, at=NOW)
        claims.take_back(made.plan, one, base=one.version, **who(made, Side.B))
        claims.remove(made.plan, one, base=one.version, **who(made, Side.B))
        factories.commit()
        assert db.session.scalars(select(PlanFile.id)).all() == []

    def test_no_proof_no_claim(self, made: Made) -> None:
        granted(made)
        one = claim(made, proof=False)
        with pytest.raises(RuleError, match="Add a file"):
            claims.submit(made.plan, one, base=one.version, **who(made, Side.B))

    def test_who_is_late_reads_again(self, app: Flask, made: Made) -> None:
        granted(made)
        one = handed_in(made)
        a = client_of(app, made, Side.A)
        path = f"{made.path}funds/claims/{one.id}/decide"
        form = fields(a.get(path).text)
        claims.reject(made.plan, one, "First", base=one.version, **who(made, Side.A))
        factories.commit()
        answer = a.post(path, data=form | {"decision": "approve", "note": "Second"})
        assert answer.status_code == 409
        assert "Second" in answer.text
        with pytest.raises(StaleError):
            claims.take_back(made.plan, one, base=1, **who(made, Side.B))
        with pytest.raises(RuleError):
            claims.pay(made.plan, one, NOW.date(), base=one.version, **who(made, Side.A))

    def test_two_change_the_same_draft(self, app: Flask, made: Made) -> None:
        granted(made)
        one = claim(made, "10")
        b = client_of(app, made, Side.B)
        path = f"{made.path}funds/claims/{one.id}"
        form = fields(b.get(path).text)
        claims.change(made.plan, one, Decimal(20), "Theirs", base=one.version, **who(made, Side.B))
        factories.commit()
        answer = b.post(path, data=form | {"amount": "30", "description": "Mine"})
        assert answer.status_code == 409
        for text in ("Theirs", "€20.00", "Mine"):
            assert text in answer.text
        assert b.post(path, data=fields(answer.text)).status_code == 302
        db.session.refresh(one)
        assert (one.amount, one.description) == (30, "Mine")


class TestWho:
    """The partner asks, the vendor decides; nobody else of the teams, and nobody outside."""

    def test_each_for_the_own_part(self, app: Flask, made: Made) -> None:
        one = granted(made)
        draft = handed_in(made)
        asks = [f"{one.id}/claim", f"claims/{draft.id}", f"claims/{draft.id}/proof"]
        decides = [f"{one.id}/decide", f"claims/{draft.id}/decide", f"claims/{draft.id}/pay"]
        expected = {(Side.A, F.OWNER): (403, 200), (Side.B, F.OWNER): (200, 403)}
        for key in made.logins:
            client = client_of(app, made, *key)
            may_ask, may_decide = expected.get(key, (403, 403))
            assert {client.get(f"{made.path}funds/{path}").status_code for path in asks} == {may_ask}
            assert {client.get(f"{made.path}funds/{path}").status_code for path in decides} == {may_decide}
            assert client.get(f"{made.path}funds/").status_code == 200

    def test_nobody_outside(self, app: Flask, made: Made) -> None:
        one, other = granted(made), in_force(plans.plan())
        kept = handed_in(made)
        proof = db.session.scalars(select(PlanFile.key)).one()
        for user, status in ((factories.user(None, Role.AUDITOR), 200), (factories.organizer(), 404), (other.owner_b, 404)):
            client = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            for path in ("funds/", f"funds/{one.id}", f"files/{proof}"):
                assert client.get(f"{made.path}{path}").status_code == status
        client = client_of(app, other, Side.B)
        for path in (f"funds/{one.id}", f"funds/claims/{kept.id}", f"funds/claims/{kept.id}/proof", f"files/{proof}"):
            assert client.get(f"{other.path}{path}").status_code == 404, "by its number in another plan"

    def test_finance_of_the_vendor_and_marketing_of_the_partner(self, made: Made) -> None:
        finance, sales = (Standing(made.team[side, F.SALES]) for side in Side)
        assert not rules.may_decide(finance)
        made.team[Side.A, F.SALES].function = F.FINANCE
        made.team[Side.B, F.SALES].function = F.MARKETING
        assert rules.may_decide(finance)
        assert not rules.may_ask(finance)
        assert rules.may_ask(sales)

    def test_mails_and_log_say_no_more_than_the_code(self, made: Made) -> None:
        granted(made)
        one = handed_in(made, "77.77")
        claims.reject(made.plan, one, "zzcanary-reason", base=one.version, **who(made, Side.A))
        factories.commit()
        mails = db.session.scalars(
            select(OutboxMail).where(OutboxMail.kind.startswith("plans.funds")).order_by(OutboxMail.id)
        ).all()
        assert [one.kind for one in mails] == [
            "plans.funds_to_decide",
            "plans.funds_decided",
            "plans.funds_to_decide",
            "plans.funds_decided",
        ]
        said = " ".join(f"{one.subject} {one.text} {one.html}" for one in mails)
        for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "plan").order_by(AuditEntry.id)):
            said += f"{entry.object_name} {entry.changes}"
        assert made.plan.code in said
        for word in ("zzcanary", "77.77", "1000.01", "receipt", made.company.name):
            assert word not in said


def test_the_last_day_is_in_the_quarter_s_time(made: Made) -> None:
    assert rules.last_day(made.plan, request_of(made), NOW.date()) == date(2027, 6, 29)
    # Never a day that is over.
    assert rules.last_day(made.plan, request_of(made), date(2027, 6, 30)) == made.plan.period_end
    assert rules.last_day(made.plan, request_of(made), made.plan.period_end) == made.plan.period_end + rules.LATE_CLAIM_WITHIN
