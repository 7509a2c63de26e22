"""What both sides prepare: the standard set, writing with conflicts, done, let off, the numbers, reminders, the pack."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.lifecycle import erasing
from eventapp.mail.models import OutboxMail
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import (
    PlanEdit,
    PrepKind,
    PrepState,
    PrepTask,
    Quadrant,
    Side,
    SwotItem,
    Workshop,
    WorkshopFormat,
    WorkshopState,
)
from eventapp.plans.workshop import jobs
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates import service as dating
from eventapp.plans.workshop.pack import service as pack
from eventapp.plans.workshop.preparing import service
from eventapp.plans.workshop.preparing.rules import due_day, pack_due, reminders_due
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made
from tests.support.workshops import DAY_OF_WORKSHOP, planned, proposed, with_date

SECRET = "Sell the castle"


def signed_in(app: Flask, user: User) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return signed_in(app, made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan(factories.organisation("Donau GmbH", domain="donau.example"))


def task(made: Made, kind: PrepKind = PrepKind.STRATEGY, side: Side = Side.B) -> PrepTask:
    query = select(PrepTask).where(PrepTask.plan_id == made.plan.id, PrepTask.kind == kind, PrepTask.side == side)
    return db.session.scalars(query).one()


def done(made: Made, kind: PrepKind, side: Side, text: str = "100 deals", at: datetime = AT) -> PrepTask:
    one = task(made, kind, side)
    service.write(made.plan, one, text, base=one.version, standing=plans.standing(made, side), by=TESTS, at=at)
    service.finish(made.plan, one, version=one.version, by=TESTS, at=at)
    factories.commit()
    return one


def mails(kind: str) -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.kind == f"plans.workshop_{kind}").order_by(OutboxMail.id)
    return list(db.session.scalars(query))


class TestTheStandardSet:
    """Six things for each side, due by the date."""

    def test_comes_with_the_date(self, made: Made) -> None:
        workshop = with_date(made)
        tasks = workshops.tasks(workshop)
        for side in Side:
            found = {one.kind: (DAY_OF_WORKSHOP - one.due_on).days for one in tasks if one.side is side}
            assert found == {
                PrepKind.STRATEGY: 14,
                PrepKind.NUMBERS: 14,
                PrepKind.SWOT: 10,
                PrepKind.ACCOUNTS: 10,
                PrepKind.OBJECTIVES: 7,
                PrepKind.LIMITS: 7,
            }

    def test_a_date_that_is_close(self) -> None:
        day = date(2027, 3, 9)
        assert due_day(day, 14, date(2027, 1, 1)) == date(2027, 2, 23)
        assert due_day(day, 14, date(2027, 3, 1)) == date(2027, 3, 1)
        assert due_day(day, 14, date(2027, 3, 12)) == day

    def test_moves_along_but_for_what_has_a_day_of_its_own(self, made: Made) -> None:
        workshop = with_date(made)
        own = service.add(made.plan, Side.A, "Rooms", due_on=date(2027, 2, 1), assignee_id=None, by=TESTS, at=AT)
        assert own.days_before == 36
        finished = done(made, PrepKind.SWOT, Side.A)
        was = finished.due_on
        slot = workshops.confirmed_slot(workshop)
        assert slot is not None
        dating.cancel(made.plan, version=slot.version, by=TESTS, at=AT)
        fixed = service.add(made.plan, Side.B, "Maps", due_on=date(2027, 2, 2), assignee_id=None, by=TESTS, at=AT)
        (other,) = proposed(made, DAY_OF_WORKSHOP + timedelta(days=14))
        dating.confirm(made.plan, other, by=TESTS, at=AT)
        factories.commit()
        assert own.due_on == date(2027, 2, 15)
        assert fixed.due_on == date(2027, 2, 2)
        assert finished.due_on == was, "what is done stays as it was"
        assert task(made).due_on == DAY_OF_WORKSHOP


class TestWriting:
    """By everybody of the own side; the other side reads what is done."""

    def test_the_whole_way(self, app: Flask, made: Made, clock: Any) -> None:
        with_date(made)
        one = task(made)
        path = f"{made.path}workshop/preparation/{one.id}"
        seller, owner = client_of(app, made, Side.B, F.SALES), client_of(app, made, Side.B)
        edit = owner.get(f"{path}/edit").text
        assert "Last year" not in edit
        who = {"assignee_id": str(made.team[Side.B, F.SALES].id), "due_on": "2027-02-20"}
        assert owner.post(f"{path}/edit", data=fields(edit) | who).status_code == 302
        assert "Who and until when" not in seller.get(path).text
        page = seller.get(f"{path}/write").text
        assert seller.post(f"{path}/write", data=fields(page) | {"text": f"**{SECRET}**"}).status_code == 302
        assert f"<strong>{SECRET}</strong>" in owner.get(path).text
        vendor = client_of(app, made, Side.A)
        assert "still writing" in vendor.get(path).text
        assert SECRET not in vendor.get(path).text + vendor.get(f"{made.path}workshop/preparation").text
        assert vendor.get(f"{path}/write").status_code == 403
        assert seller.post(f"{path}/done", data=fields(seller.get(path).text, "/done")).status_code == 302
        assert SECRET in vendor.get(path).text
        # Taken back, it is the side's own again.
        assert seller.post(f"{path}/reopen", data=fields(seller.get(path).text, "/reopen")).status_code == 302
        assert SECRET not in vendor.get(path).text
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
            assert SECRET not in str((entry.changes, entry.object_name))

    def test_two_at_once(self, app: Flask, made: Made) -> None:
        with_date(made)
        path = f"{made.path}workshop/preparation/{task(made).id}/write"
        one, two = client_of(app, made, Side.B), client_of(app, made, Side.B, F.SALES)
        first, second = fields(one.get(path).text), fields(two.get(path).text)
        assert one.post(path, data=first | {"text": "What the owner writes"}).status_code == 302
        answer = two.post(path, data=second | {"text": "What the seller writes"})
        assert answer.status_code == 409
        assert "Petra Huber has written: What the owner writes" in answer.text
        assert fields(answer.text)["text"] == "What the seller writes"
        assert two.post(path, data=fields(answer.text)).status_code == 302
        db.session.expire_all()
        assert task(made).text == "What the seller writes"
        edits = db.session.scalars(select(PlanEdit).where(PlanEdit.kind == "prep_task").order_by(PlanEdit.id)).all()
        assert [one.changes["text"][1] for one in edits] == ["What the owner writes", "What the seller writes"]

    @pytest.mark.parametrize(
        "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "a" * 8001, "\x00\x1f", "\u202eevil"]
    )
    def test_hostile_texts(self, app: Flask, made: Made, text: str) -> None:
        with_date(made)
        one = task(made)
        client = client_of(app, made, Side.B)
        path = f"{made.path}workshop/preparation/{one.id}"
        answer = client.post(f"{path}/write", data=fields(client.get(f"{path}/write").text) | {"text": text})
        assert answer.status_code == (422 if len(text) > 8000 else 302)
        page = client.get(path).text
        assert "<script>alert" not in page
        assert 'href="javascript' not in page

    def test_a_form_without_its_version(self, app: Flask, made: Made) -> None:
        with_date(made)
        path = f"{made.path}workshop/preparation/{task(made).id}/write"
        client = client_of(app, made, Side.B)
        page = fields(client.get(path).text)
        assert client.post(path, data=page | {"text": "One"}).status_code == 302
        for version in ({}, {"version": "x"}, {"version": "-1"}, {"version": "9" * 40}):
            sent = {name: value for name, value in page.items() if name not in ("version", "once_key")} | version
            assert client.post(path, data=sent | {"text": "Two"}).status_code == 409
        assert task(made).text == "One"

    def test_done_needs_something(self, made: Made) -> None:
        with_date(made)
        one = task(made)
        with pytest.raises(RuleError, match="nothing written"):
            service.finish(made.plan, one, version=one.version, by=TESTS, at=AT)
        finished = done(made, PrepKind.SWOT, Side.B)
        with pytest.raises(RuleError, match="has to stand"):
            service.write(made.plan, finished, "", base=finished.version, standing=plans.standing(made, Side.B), by=TESTS, at=AT)

    def test_let_off_with_a_reason(self, app: Flask, made: Made, clock: Any) -> None:
        with_date(made)
        path = f"{made.path}workshop/preparation/{task(made).id}"
        owner = client_of(app, made, Side.B)
        page = owner.get(f"{path}/waive").text
        assert owner.post(f"{path}/waive", data=fields(page)).status_code == 422
        assert owner.post(f"{path}/waive", data=fields(page) | {"reason": "Same as last year"}).status_code == 302
        assert "Same as last year" in client_of(app, made, Side.A).get(f"{made.path}workshop/preparation").text
        for client in (client_of(app, made, Side.A), client_of(app, made, Side.B, F.SALES)):
            assert client.get(f"{path}/waive").status_code == 403

    def test_adding_and_removing(self, app: Flask, made: Made, clock: Any) -> None:
        with_date(made)
        path = f"{made.path}workshop/preparation"
        owner = client_of(app, made, Side.A)
        page = owner.get(f"{path}/add").text
        assert made.team[Side.B, F.SALES].name not in page
        typed = {"title": "Book the room", "due_on": "2027-03-01", "help": "For twelve"}
        late = owner.post(f"{path}/add", data=fields(page) | typed | {"due_on": "2027-03-10"})
        assert late.status_code == 422
        assert "after the workshop" in late.text
        assert owner.post(f"{path}/add", data=fields(page) | typed).status_code == 302
        own = task(made, PrepKind.OWN, Side.A)
        shown = owner.get(f"{path}/{own.id}").text
        assert owner.post(f"{path}/{own.id}/remove", data=fields(shown, "/remove")).status_code == 302
        one = task(made, PrepKind.STRATEGY, Side.A)
        with pytest.raises(RuleError, match="standard set"):
            service.remove(made.plan, one, version=one.version, by=TESTS, at=AT)
        values = {"title": "", "due_on": one.due_on, "assignee_id": made.team[Side.B, F.SALES].id}
        with pytest.raises(RuleError, match="this side"):
            service.change(made.plan, one, version=one.version, by=TESTS, at=AT, **values)
        with pytest.raises(StaleError):
            service.waive(made.plan, one, "No", version=99, by=TESTS, at=AT)
        assert client_of(app, made, Side.A, F.SALES).get(f"{path}/add").status_code == 403
        assert owner.get(f"{path}/999").status_code == 404

    def test_not_of_another_plan(self, app: Flask, made: Made) -> None:
        with_date(made)
        other = plans.plan()
        with_date(other)
        foreign = task(other)
        assert client_of(app, made, Side.B).get(f"{made.path}workshop/preparation/{foreign.id}").status_code == 404

    def test_over_when_it_has_begun(self, made: Made) -> None:
        workshop = with_date(made)
        workshop.state, workshop.started_at = WorkshopState.RUNNING, AT
        db.session.flush()
        one = task(made)
        with pytest.raises(RuleError, match="has begun"):
            service.write(made.plan, one, "x", base=one.version, standing=plans.standing(made, Side.B), by=TESTS, at=AT)


class TestNumbers:
    """The same data on both sides: both owners stand by them."""

    def test_confirmed_and_undone_by_a_change(self, app: Flask, made: Made, clock: Any) -> None:
        workshop = with_date(made)
        path = f"{made.path}workshop/preparation"
        owner = client_of(app, made, Side.A)
        assert "Confirm the numbers" not in owner.get(path).text
        assert "The numbers of both sides have to be done first." in owner.get(path).text
        done(made, PrepKind.NUMBERS, Side.A, "Vendor: 100")
        done(made, PrepKind.NUMBERS, Side.B, "Partner: 100")
        for side in Side:
            client = client_of(app, made, side)
            page = client.get(path).text
            assert "Vendor: 100" in page
            assert "Partner: 100" in page
            client.post(f"{path}/numbers/confirm", data=fields(page, "/numbers/confirm"))
        db.session.refresh(workshop)
        assert workshop.facts_a_at is not None
        assert workshop.facts_b_at is not None
        workshop.state, workshop.started_at = WorkshopState.RUNNING, NOW
        factories.commit()
        assert "have to be" not in owner.get(path).text.split("<main")[1], "nothing is missing once it is under way"
        workshop.state, workshop.started_at = WorkshopState.DATED, None
        factories.commit()
        seller = client_of(app, made, Side.B, F.SALES)
        assert (
            seller.post(f"{path}/numbers/confirm", data=fields(seller.get(f"{made.path}workshop/dates").text)).status_code == 403
        )
        one = task(made, PrepKind.NUMBERS, Side.B)
        service.write(made.plan, one, "Partner: 90", base=one.version, standing=plans.standing(made, Side.B), by=TESTS, at=AT)
        factories.commit()
        db.session.refresh(workshop)
        assert (workshop.facts_a_at, workshop.facts_b_at) == (None, None)

    def test_what_was_not_read_is_not_confirmed(self, app: Flask, made: Made, clock: Any) -> None:
        workshop = with_date(made)
        for side in Side:
            done(made, PrepKind.NUMBERS, side)
        path = f"{made.path}workshop/preparation"
        owner = client_of(app, made, Side.A)
        page = owner.get(path).text
        one = task(made, PrepKind.NUMBERS, Side.B)
        service.write(made.plan, one, "Quietly 1", base=one.version, standing=plans.standing(made, Side.B), by=TESTS, at=AT)
        factories.commit()
        answer = owner.post(f"{path}/numbers/confirm", data=fields(page, "/numbers/confirm"), follow_redirects=True)
        assert "The numbers have changed" in answer.text
        db.session.refresh(workshop)
        assert workshop.facts_a_at is None


class TestReminders:
    """By the clock, each once."""

    def run(self, at: datetime) -> None:
        with time_machine.travel(at, tick=False):
            jobs.workshops_ahead()
        db.session.expire_all()

    def test_days(self) -> None:
        due = date(2027, 2, 23)
        days = {
            date(2027, 2, 15): 0,
            date(2027, 2, 16): 1,
            date(2027, 2, 21): 1,
            date(2027, 2, 22): 2,
            due: 2,
            date(2027, 2, 24): 3,
        }
        assert {day: reminders_due(due, day) for day in days} == days

    def test_one_mail_about_all_of_them_once(self, made: Made) -> None:
        with_date(made)
        swot = task(made, PrepKind.SWOT, Side.A)
        swot.assignee_id = made.team[Side.A, F.SALES].id
        factories.commit()
        self.run(datetime(2027, 2, 10, 9, tzinfo=UTC))
        assert mails("tasks") == []
        for _again in range(2):
            self.run(datetime(2027, 2, 16, 9, tzinfo=UTC))
        told = mails("tasks")
        assert {one.to_address for one in told} == {made.owner_a.email, made.owner_b.email}
        assert "you have 2 things to prepare" in told[0].text
        assert "Company strategy" not in told[0].text
        self.run(datetime(2027, 2, 20, 9, tzinfo=UTC))
        assert made.logins[Side.A, F.SALES].email in {one.to_address for one in mails("tasks")}
        done(made, PrepKind.STRATEGY, Side.A)
        done(made, PrepKind.NUMBERS, Side.A)
        self.run(datetime(2027, 2, 24, 9, tzinfo=UTC))
        assert {one.to_address for one in mails("overdue")} == {made.owner_b.email}

    def test_the_owners_are_asked_for_the_numbers(self, made: Made) -> None:
        workshop = with_date(made)
        for side in Side:
            done(made, PrepKind.NUMBERS, side)
        seen = service.numbers_seen(list(workshops.tasks(workshop)))
        service.confirm_numbers(made.plan, seen=seen, standing=plans.standing(made, Side.A), by=TESTS, at=AT)
        factories.commit()
        self.run(datetime(2027, 2, 26, 9, tzinfo=UTC))
        assert mails("numbers") == []
        for _again in range(2):
            self.run(datetime(2027, 2, 27, 9, tzinfo=UTC))
        assert [one.to_address for one in mails("numbers")] == [made.owner_b.email]

    def test_answers_that_are_missing(self, made: Made) -> None:
        planned(made)
        proposed(made, DAY_OF_WORKSHOP)
        self.run(AT + timedelta(days=2))
        assert mails("unanswered") == []
        for _again in range(2):
            self.run(AT + timedelta(days=3, hours=1))
        assert len(mails("unanswered")) == 6
        proposed(made, DAY_OF_WORKSHOP + timedelta(days=1), at=AT + timedelta(days=5))
        self.run(AT + timedelta(days=9))
        assert len(mails("unanswered")) == 12, "new dates, one more reminder"

    def test_the_clock_looks_at_nothing_without_need(self, made: Made) -> None:
        workshop = with_date(made)
        for day in (datetime(2027, 2, 10, 9, tzinfo=UTC), datetime(2027, 4, 1, 9, tzinfo=UTC)):
            if day.month == 4:
                for one in workshops.tasks(workshop):
                    one.reminded = 3
                factories.commit()
            assert list(db.session.scalars(jobs._due(day))) == []
        assert list(db.session.scalars(jobs._due(datetime(2027, 3, 6, 9, tzinfo=UTC)))) == [workshop.id]

    def test_at_night_they_wait_for_the_morning(self, made: Made) -> None:
        with_date(made)
        self.run(datetime(2027, 2, 16, 2, tzinfo=UTC))
        assert {one.run_after for one in mails("tasks")} == {datetime(2027, 2, 16, 7, tzinfo=UTC)}

    def test_nothing_of_suspended_or_cancelled_plans(self, made: Made) -> None:
        with_date(made)
        made.plan.suspended_at = AT
        factories.commit()
        self.run(datetime(2027, 2, 27, 9, tzinfo=UTC))
        assert not [one for one in db.session.scalars(select(OutboxMail)) if one.kind.endswith(("tasks", "numbers", "overdue"))]


class TestPack:
    """Frozen three days before, or by an owner: what is done, as a PDF for both sides."""

    def texts(self, pdf: bytes) -> str:
        return pdf.decode("latin-1")

    def test_by_the_clock(self, made: Made) -> None:
        workshop = with_date(made)
        done(made, PrepKind.STRATEGY, Side.B, f"# Where we go\n\n- {SECRET}\n\n| a | b |\n| - | - |\n| 1 | 2 |")
        for day, there in ((5, False), (6, True)):
            with time_machine.travel(datetime(2027, 3, day, 9, tzinfo=UTC), tick=False):
                jobs.workshops_ahead()
                jobs.workshops_ahead()
            db.session.expire_all()
            assert (workshop.pack_at is not None) is there
        assert workshop.pack is not None
        assert workshop.pack.startswith(b"%PDF-")
        assert len(mails("missing")) == 2, "both owners have something left"
        assert len(mails("pack")) == 4
        assert (
            "and 5 things that you prepare are not in it"
            in {one.to_address: one.text for one in mails("missing")}[made.owner_b.email]
        )

    def test_when(self, made: Made) -> None:
        workshop = with_date(made)
        slot = workshops.confirmed_slot(workshop)
        assert slot is not None
        start = slot.starts_at
        assert pack_due(slot, AT, "Europe/Vienna") == start - timedelta(days=3)
        late = start - timedelta(days=2)
        assert pack_due(slot, late, "Europe/Vienna") == late + timedelta(days=1)
        assert pack_due(slot, start - timedelta(hours=2), "Europe/Vienna") == start

    def test_what_it_says(self, app: Flask, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
        found: list[dict[str, Any]] = []
        real = pack.typeset

        def typeset(name: str, data: dict[str, Any]) -> bytes:
            found.append(data)
            return real(name, data)

        monkeypatch.setattr(pack, "typeset", typeset)
        workshop = with_date(made, format=WorkshopFormat.VIRTUAL, place="Zoom \u4e2d")
        done(made, PrepKind.STRATEGY, Side.B, SECRET)
        one = task(made, PrepKind.STRATEGY, Side.A)
        service.write(made.plan, one, "Not yet told", base=one.version, standing=plans.standing(made), by=TESTS, at=AT)
        limits = task(made, PrepKind.LIMITS, Side.B)
        service.waive(made.plan, limits, "As ever", version=limits.version, by=TESTS, at=AT)
        plans.objective(made, "Sell twice as much", weight=50)
        section = plans.section(made, "swot")
        typed = {"quadrant": Quadrant.THREAT, "text": "A storm", "side": Side.A}
        editing.add(made.plan, section, SwotItem, typed, standing=plans.standing(made), by=TESTS, at=AT)
        pack.freeze(made.plan, by=TESTS, at=AT)
        factories.commit()
        text = str(found[-1])
        for word in (SECRET, "As ever", "Sell twice as much", "A storm", "Half 2", "Petra Huber", "Donau GmbH", "Not done when"):
            assert word in text, word
        assert "Not yet told" not in text
        assert workshop.pack is not None
        drawn = pack.draw(made.plan, workshop, at=AT)
        assert drawn is not None
        count = len(found)
        pack.freeze(made.plan, drawn=drawn, by=TESTS, at=AT)
        assert len(found) == count, "what was drawn before holds"
        pack.freeze(made.plan, drawn=pack.Drawn({}, b"old"), by=TESTS, at=AT)
        assert workshop.pack != b"old"

    def test_who_gets_it(self, app: Flask, made: Made, clock: Any) -> None:
        with_date(made)
        path = f"{made.path}workshop/pack"
        owner = client_of(app, made, Side.B)
        assert owner.get(path).status_code == 404
        page = owner.get(f"{made.path}workshop/").text
        assert owner.post(f"{path}/freeze", data=fields(page, "/pack/freeze")).status_code == 302
        answer = client_of(app, made, Side.A, F.SALES).get(path)
        assert answer.mimetype == "application/pdf"
        assert io.BytesIO(answer.data).read(5) == b"%PDF-"
        assert made.plan.code in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert signed_in(app, factories.user(None, Role.AUDITOR)).get(path).status_code == 200
        others = (factories.organizer(), factories.user(None, Role.PARTNER_MANAGER), factories.company_admin(made.company))
        assert [signed_in(app, user).get(path).status_code for user in others] == [404, 404, 404]
        seller = client_of(app, made, Side.A, F.SALES)
        token = fields(seller.get(f"{made.path}workshop/dates").text)
        assert seller.post(f"{path}/freeze", data=token).status_code == 403

    def test_refused_without_a_date_and_once_begun(self, made: Made) -> None:
        workshop = with_date(made)
        workshop.state, workshop.started_at = WorkshopState.RUNNING, AT
        db.session.flush()
        with pytest.raises(RuleError, match="before the workshop begins"):
            pack.freeze(made.plan, by=TESTS, at=AT)

    def test_an_erased_person_stands_in_no_pack(self, made: Made) -> None:
        workshop = with_date(made)
        pack.freeze(made.plan, by=TESTS, at=AT)
        seller = made.team[Side.B, F.SALES]
        factories.commit()
        assert seller.person_id is not None
        erasing.erase(seller.person_id, by=made.owner_a, now=NOW)
        factories.commit()
        db.session.expire_all()
        assert workshop.pack_at is None
        assert db.session.scalars(select(Workshop.pack)).one() is None
        assert "Bea sales" not in str([one.name for one in queries.team(made.plan, former=True)])
        assert [one.state for one in workshops.tasks(workshop)] == [PrepState.TO_DO] * 12
