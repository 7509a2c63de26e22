"""What plans read: who holds certificates, who is confirmed for events; of their own company, and of nobody else."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select, update

from eventapp.accounts.models import Grant, Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.events import service as events
from eventapp.events.models import Event, EventStatus
from eventapp.overview import plan_readers
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, Person
from eventapp.plans import hooks
from eventapp.plans.actuals import jobs, reading, service
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.content import editing
from eventapp.plans.hooks import Attending, Certified
from eventapp.plans.models import (
    Actual,
    ActualSource,
    EnablementLine,
    Initiative,
    InitiativeKind,
    Objective,
    ObjectiveUnit,
    Plan,
    PlanEdit,
    PlanKind,
    PlanMember,
    PlanStatus,
    Rag,
    Review,
    RollUp,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.portfolio.standings import standings
from eventapp.plans.reviews import freezing
from eventapp.plans.signing import service as signing
from eventapp.registrations.models import RegistrationStatus
from eventapp.training.models import VersionStatus
from tests.groups.test_races import at_once
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews, training, workshops
from tests.support.factories import TESTS
from tests.support.limits import MOST, most_queries
from tests.support.pages import PageClient, fields
from tests.support.plans import Made
from tests.support.reviews import NOW

TODAY = NOW.date()
NEXT_QUARTER = datetime(2027, 5, 3, 9, 0, tzinfo=UTC)
COUNT: dict[str, Any] = {"unit": ObjectiveUnit.COUNT, "roll_up": RollUp.LEVEL}


@pytest.fixture(autouse=True)
def _now(clock: Any) -> None:
    clock.move_to(NOW)


def to_read(made: Made, key: str, source: ActualSource = ActualSource.TRAINING, **values: Any) -> Objective:
    """The plan in force with an objective that reads, 100 in each quarter."""
    row = plans.objective(made, "Certified people", source=source, source_key=key, **{**COUNT, **values})
    reviews.sign(made)
    return row


def hold(company: Organisation | None, of: Any, given: str = "", **values: Any) -> Person:
    """Somebody of a company with a certificate."""
    person = factories.person(company, given, "Berg" if given else "")
    training.certificate(person, of, **values)
    return person


def read(*made: Made, at: datetime = NOW) -> int:
    changed = reading.read([one.plan.id for one in made], by=TESTS, at=at)
    factories.commit()
    return changed


def found(made: Made) -> dict[int, str]:
    """The values of the plan's only objective, by quarter."""
    db.session.expire_all()
    return {quarter: str(one.value) for (_objective, quarter), one in actuals.actuals(made.plan).items()}


class TestWhoHolds:
    """The answers of the reader of certificates."""

    def ask(self, *asked: tuple[Organisation | None, str]) -> list[list[str] | None]:
        questions = [Certified(company.id if company else None, code) for company, code in asked]
        answers = plan_readers.holdings(set(questions), NOW)
        return [[one.name for one in answers[each]] if each in answers else None for each in questions]

    def test_by_course_and_by_credential(self, app: Flask) -> None:
        company, course, credential = factories.organisation(), training.course("KC-101"), training.credential("KCE")
        hold(company, course, "Ada")
        hold(company, credential, "Bea")
        assert self.ask((company, "KC-101"), (company, "KCE")) == [["Ada Berg"], ["Bea Berg"]]

    def test_canary_never_another_company(self, app: Flask) -> None:
        course = training.course("KC-101")
        ours, theirs = factories.organisation(), factories.organisation()
        hold(ours, course, "Ada")
        hold(theirs, course, "Canary")
        hold(None, course, "Stray")
        assert self.ask((ours, "KC-101"), (None, "KC-101")) == [["Ada Berg"], []]
        assert self.ask((ours, "KC-101")) == [["Ada Berg"]], "alone as well"
        assert self.ask((ours, "KC-101"), (theirs, "KC-101")) == [["Ada Berg"], ["Canary Berg"]], "each its own in one go"

    @pytest.mark.parametrize(
        "values",
        [
            {"state": MembershipState.ENDED},
            {"state": MembershipState.REQUESTED},
            {"state": MembershipState.DECLINED},
            {"valid_to": TODAY - timedelta(days=1)},
            {"valid_from": TODAY + timedelta(days=1)},
        ],
    )
    def test_nobody_who_does_not_belong_to_it_today(self, app: Flask, values: dict[str, Any]) -> None:
        company, course = factories.organisation(), training.course("KC-101")
        person = hold(company, course)
        db.session.execute(update(table(Membership)).where(table(Membership).c.person_id == person.id).values(values))
        factories.commit()
        assert self.ask((company, "KC-101")) == [[]]

    def test_the_last_day_counts(self, app: Flask) -> None:
        company, course = factories.organisation(), training.course("KC-101")
        person = hold(company, course, "Ada")
        mine = table(Membership).c.person_id == person.id
        db.session.execute(update(table(Membership)).where(mine).values(valid_from=TODAY, valid_to=TODAY))
        factories.commit()
        assert self.ask((company, "KC-101")) == [["Ada Berg"]]

    def test_nothing_revoked_or_replaced(self, app: Flask) -> None:
        company, course = factories.organisation(), training.course("KC-101")
        hold(company, course, "Rita", revoked_at=NOW, revoked_reason="Wrong person")
        person = hold(company, course, "Old")
        new = training.certificate(person, course)
        old = person.id
        first = table(training.Certificate)
        db.session.execute(update(first).where(first.c.person_id == old, first.c.id != new.id).values(replaced_by_id=new.id))
        factories.commit()
        assert self.ask((company, "KC-101")) == [["Old Berg"]], "the one that replaces it, once"

    def test_under_the_name_that_the_company_gave(self, app: Flask) -> None:
        company, course = factories.organisation(), training.course("KC-101")
        person = hold(company, course, "Ada")
        names = {"given_name": "Adelheid", "family_name": "B."}
        db.session.execute(update(table(Membership)).where(table(Membership).c.person_id == person.id).values(names))
        factories.commit()
        assert self.ask((company, "KC-101")) == [["Adelheid B."]]

    def test_what_is_not_there_has_no_answer(self, app: Flask) -> None:
        company = factories.organisation()
        training.course("DRAFT-1", status=VersionStatus.DRAFT)
        training.course("KC-101")
        assert self.ask((company, "KC-101"), (company, "DRAFT-1"), (company, "NO-1"), (company, "")) == [[], None, None, None]
        assert plan_readers.holdings(set(), NOW) == {}

    def test_of_the_vendor_those_with_a_role(self, app: Flask) -> None:
        course = training.course("KC-101")
        for name, role, ends in (("Ann", Role.TRAINER, None), ("Gone", Role.TRAINER, NOW), ("Plain", None, None)):
            user = factories.user(None, *([role] if role else []))
            person = factories.person(None, name, "Berg", user=user)
            training.certificate(person, course)
            if ends is not None:
                db.session.execute(update(table(Grant)).where(table(Grant).c.user_id == user.id).values(ends_at=ends))
        double = factories.user(None, Role.TRAINER, Role.ORGANIZER)
        training.certificate(factories.person(None, "Two", "Roles", user=double), course)
        factories.commit()
        assert self.ask((None, "KC-101")) == [["Ann Berg", "Two Roles"]]


class TestWhoIsConfirmed:
    """The answers of the reader of registrations."""

    def test_of_each_company_its_own(self, app: Flask) -> None:
        event, other = factories.event(slug="summit", starts_at=datetime(2027, 5, 18, 22, 30, tzinfo=UTC)), factories.event()
        ours, theirs = factories.organisation(), factories.organisation()
        people = factories.register(event, ours, *[factories.attendee() for _n in range(3)])
        factories.register(event, theirs, factories.attendee())
        factories.register(other, ours, factories.attendee())
        people[0].status, people[0].cancelled_at = RegistrationStatus.CANCELLED, NOW
        people[1].status = RegistrationStatus.PENDING
        factories.commit()
        asked = {Attending(ours.id, "summit"), Attending(theirs.id, "summit"), Attending(ours.id, "nothing")}
        answers = plan_readers.confirmed(asked, NOW)
        assert {each.company_id: len(one.registered_on) for each, one in answers.items()} == {ours.id: 1, theirs.id: 1}
        assert {one.begins_on for one in answers.values()} == {date(2027, 5, 19)}, "where the event is"

    @pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED])
    def test_not_of_an_event_that_is_not_on(self, app: Flask, status: EventStatus) -> None:
        event, company = factories.event(slug="summit"), factories.organisation()
        factories.register(event, company, factories.attendee())
        event.status = status
        factories.commit()
        assert plan_readers.confirmed({Attending(company.id, "summit")}, NOW) == {}

    def test_also_by_an_address_that_the_event_had_before(self, app: Flask) -> None:
        event, company = factories.event(slug="summit"), factories.organisation()
        factories.register(event, company, factories.attendee())
        events.change(event, factories.details(slug="summit-2027"), version=event.version, by=factories.TESTS, now=NOW)
        factories.commit()
        for slug in ("summit", "summit-2027"):
            [(_asked, found)] = plan_readers.confirmed({Attending(company.id, slug)}, NOW).items()
            assert len(found.registered_on) == 1

    def test_who_has_left_counts_no_more_and_guests_do(self, app: Flask) -> None:
        event, company = factories.event(slug="summit"), factories.organisation()
        registrations = factories.register(event, company, factories.attendee(), factories.attendee(), factories.attendee())
        left, outsider, _stays = (one.person_id for one in registrations)
        memberships = table(Membership)
        gone = {"state": MembershipState.ENDED, "valid_to": TODAY}
        db.session.execute(update(memberships).where(memberships.c.person_id == left).values(gone))
        db.session.execute(memberships.delete().where(memberships.c.person_id == outsider))
        factories.commit()
        answers = plan_readers.confirmed({Attending(company.id, "summit")}, NOW)
        assert len(answers[Attending(company.id, "summit")].registered_on) == 2


class TestReading:
    """What comes to stand in a plan."""

    def test_a_level_is_who_holds_it_today(self, app: Flask) -> None:
        made, credential = plans.plan(), training.credential("KCE")
        row = to_read(made, " kce ")
        hold(made.company, credential)
        hold(made.company, credential, expires_on=TODAY)
        hold(made.company, credential, expires_on=TODAY - timedelta(days=1))
        twice = hold(made.company, credential)
        training.certificate(twice, credential, completed_on=date(2026, 1, 1))
        hold(factories.organisation(), credential)
        assert read(made) == 1
        assert found(made) == {1: "3.00"}
        one = actuals.actuals(made.plan)[row.id, 1]
        assert (one.source, one.entered_by_id, one.confirmed_at, one.entered_at) == (ActualSource.TRAINING, None, None, NOW)
        assert made.plan.read_at == NOW
        edit = db.session.scalars(select(PlanEdit).where(PlanEdit.kind == "actual")).one()
        assert (edit.changes, edit.member_id, edit.row_id) == ({"value": [None, "3"]}, None, one.id)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "plans.read_actuals")).one()
        assert (entry.object_name, entry.changes) == (made.plan.code, {"values_read": 1})

    def test_quarters_that_add_up_count_what_was_completed_in_them(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101", roll_up=RollUp.ADDITIVE)
        for day in (date(2027, 1, 31), date(2027, 2, 1), date(2027, 4, 30), date(2027, 5, 1), date(2027, 5, 2)):
            hold(made.company, course, completed_on=day)
        read(made, at=NEXT_QUARTER)
        assert found(made) == {1: "2.00", 2: "2.00"}

    def test_a_quarter_that_is_over_says_how_it_ended(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101")
        hold(made.company, course, expires_on=date(2027, 4, 30))
        hold(made.company, course, completed_on=date(2027, 5, 1))
        hold(made.company, course)
        read(made, at=NEXT_QUARTER)
        assert found(made) == {1: "2.00", 2: "2.00"}

    def test_in_an_alliance_people_of_both_sides(self, app: Flask) -> None:
        made, course = plans.plan(kind=PlanKind.ALLIANCE), training.course("KC-101")
        to_read(made, "KC-101", share_a=50)
        hold(made.company, course)
        training.certificate(factories.person(None, user=made.owner_a), course)
        read(made)
        assert found(made) == {1: "2.00"}

    def test_yes_if_there_is_anybody(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101", unit=ObjectiveUnit.YES_NO, annual=Decimal(1), **{f"q{n}": Decimal(1) for n in range(1, 5)})
        read(made)
        assert found(made) == {1: "0.00"}
        hold(made.company, course)
        hold(made.company, course)
        read(made)
        assert found(made) == {1: "1.00"}

    def test_nobody_is_nought_and_nothing_is_no_value(self, app: Flask) -> None:
        none, made, training_course = plans.plan(), plans.plan(), training.course("KC-101")
        to_read(none, "KC-102")
        to_read(made, training_course.course.code)
        assert read(none, made) == 1
        assert (found(none), found(made)) == ({}, {1: "0.00"})
        assert "nothing to read" in client_of(app, none, Side.B).get(f"{none.path}actuals/").text

    @pytest.mark.parametrize("key", ["", "   ", "KC-101'; --", "ß", "<b>KC</b>", "\u202eKC-101", "%", "_" * 80])
    def test_hostile_keys_name_nothing(self, app: Flask, key: str) -> None:
        made = plans.plan()
        hold(made.company, training.course("SS"))
        for source in (ActualSource.TRAINING, ActualSource.REGISTRATION):
            plans.objective(made, source.value, source=source, source_key=key, weight=10, **COUNT)
        made.plan.status = PlanStatus.ACTIVE
        factories.commit()
        assert read(made) == 0
        assert found(made) == {}
        page = client_of(app, made, Side.A).get(f"{made.path}actuals/")
        assert page.status_code == 200
        assert "<b>KC</b>" not in page.text

    def test_an_event_counts_in_its_quarter(self, app: Flask) -> None:
        made, event = plans.plan(), factories.event(slug="summit", starts_at=datetime(2027, 5, 18, 7, 0, tzinfo=UTC))
        to_read(made, "Summit", ActualSource.REGISTRATION, roll_up=RollUp.ADDITIVE)
        factories.register(event, made.company, *[factories.attendee() for _n in range(3)])
        factories.register(event, factories.organisation(), factories.attendee())
        read(made)
        assert found(made) == {1: "0.00"}, "the second quarter has not begun"
        read(made, at=NEXT_QUARTER)
        assert found(made) == {1: "0.00", 2: "3.00"}
        assert {one.source for one in actuals.actuals(made.plan).values()} == {ActualSource.REGISTRATION}

    def test_as_a_level_places_by_the_day_they_were_taken(self, app: Flask) -> None:
        made, event = plans.plan(), factories.event(slug="summit")
        to_read(made, "summit", ActualSource.REGISTRATION)
        factories.register(event, made.company, factories.attendee())
        factories.register(event, made.company, factories.attendee(), at=NEXT_QUARTER - timedelta(days=1))
        read(made, at=NEXT_QUARTER)
        assert found(made) == {1: "1.00", 2: "2.00"}

    def test_nothing_before_the_plan_begins_and_nothing_that_is_not_in_force(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101")
        hold(made.company, course)
        assert read(made, at=datetime(2027, 1, 31, 9, 0, tzinfo=UTC)) == 0
        for status, suspended in ((PlanStatus.COMPLETED, None), (PlanStatus.DRAFT, None), (PlanStatus.ACTIVE, NOW)):
            made.plan.status, made.plan.suspended_at = status, suspended
            factories.commit()
            assert read(made) == 0
            assert jobs.read_due(NOW + timedelta(days=1)) == 0
        assert found(made) == {}

    def test_what_is_true_changes(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        row = to_read(made, "KC-101")
        person = hold(made.company, course)
        read(made)
        version = actuals.actuals(made.plan)[row.id, 1].version
        assert read(made, at=NOW + timedelta(hours=1)) == 0
        one = actuals.actuals(made.plan)[row.id, 1]
        assert (one.version, one.entered_at) == (version, NOW), "what stays the same is not written again"
        mine = table(Membership).c.person_id == person.id
        db.session.execute(update(table(Membership)).where(mine).values(state=MembershipState.ENDED))
        factories.commit()
        assert read(made, at=NOW + timedelta(hours=2)) == 1
        assert found(made) == {1: "0.00"}
        edits = db.session.scalars(select(PlanEdit.changes).where(PlanEdit.kind == "actual").order_by(PlanEdit.id)).all()
        assert [one["value"] for one in edits] == [[None, "1"], ["1", "0"]]


class TestWhatStays:
    """What a side has said, what is frozen, what is long over."""

    def test_what_a_side_entered(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        row = to_read(made, "KC-101", ActualSource.MANUAL)
        reviews.reached(made, row, "7", confirmed=False)
        row.source = ActualSource.TRAINING
        factories.commit()
        hold(made.company, course)
        assert read(made) == 0
        assert found(made) == {1: "7.00"}
        # What was entered before can still be confirmed; entered anew it cannot be.
        b = client_of(app, made, Side.B)
        assert b.get(f"{made.path}actuals/{row.id}/1").status_code == 403
        page = b.get(f"{made.path}actuals/").text
        assert b.post(f"{made.path}actuals/{row.id}/1/confirm", data=fields(page, "/confirm")).status_code == 302
        db.session.expire_all()
        assert actuals.actuals(made.plan)[row.id, 1].confirmed_by_id == made.team[Side.B, F.OWNER].id

    def test_what_was_read_and_is_entered_from_now_on(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        row = to_read(made, "KC-101")
        hold(made.company, course)
        read(made)
        row.source = ActualSource.MANUAL
        factories.commit()
        one = actuals.actuals(made.plan)[row.id, 1]
        how: dict[str, Any] = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": NOW}
        with pytest.raises(RuleError):
            service.confirm(made.plan, row, 1, version=one.version, **how)
        db.session.rollback()
        reviews.reached(made, row, "5")
        one = actuals.actuals(made.plan)[row.id, 1]
        assert (one.value, one.source, one.entered_by_id) == (5, ActualSource.MANUAL, made.team[Side.A, F.OWNER].id)
        assert read(made) == 0

    def test_numbers_of_a_review_that_are_frozen(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        row = to_read(made, "KC-101", weight=100, q1=Decimal(2))
        hold(made.company, course)
        read(made)
        review = reviews.frozen(made, reviews.planned(made))
        kept, line = dict(review.numbers), review.numbers["lines"][0]
        assert (line["actual"], line["entered"], review.score) == ("1", None, Decimal(50))
        hold(made.company, course)
        assert read(made) == 0
        assert found(made) == {1: "1.00"}
        assert db.session.get_one(Review, review.id).numbers == kept
        freezing.thaw(made.plan, review, by=TESTS, at=NOW)
        factories.commit()
        assert read(made) == 1
        assert actuals.actuals(made.plan)[row.id, 1].value == 2

    def test_a_quarter_that_is_over_for_a_month(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101")
        person = hold(made.company, course)
        read(made)
        mine = table(Membership).c.person_id == person.id
        db.session.execute(update(table(Membership)).where(mine).values(state=MembershipState.ENDED))
        factories.commit()
        read(made, at=datetime(2027, 6, 1, 0, 0, tzinfo=UTC))
        assert found(made) == {1: "1.00", 2: "0.00"}, "it stays"
        later, other = plans.plan(), datetime(2027, 6, 1, 0, 0, tzinfo=UTC)
        to_read(later, "KC-101")
        read(later, at=other)
        assert found(later) == {1: "0.00", 2: "0.00"}, "filled in where there was no value"

    def test_until_then_it_follows(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101")
        read(made)
        hold(made.company, course, completed_on=date(2027, 4, 30))
        read(made, at=datetime(2027, 5, 31, 23, 0, tzinfo=UTC))
        assert found(made)[1] == "1.00"

    def test_while_it_is_amended_what_is_signed_is_read(self, app: Flask) -> None:
        made = plans.plan()
        gone = plans.objective(made, "Other", weight=50)
        row = to_read(made, "KC-101", weight=50)
        hold(made.company, training.course("KC-101"))
        for n in range(2):
            hold(made.company, training.course(f"KC-20{n}"))
        signing.amend(made.plan, by=TESTS, at=NOW)
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        section = plans.section(made, "objectives")
        changed = {"source_key": "KC-200", "source": ActualSource.MANUAL, "roll_up": RollUp.ADDITIVE}
        editing.change(made.plan, section, row, changed, base=row.version, **how)
        editing.remove(made.plan, section, gone, base=gone.version, **how)
        factories.commit()
        assert jobs.read_due(NOW) == 1
        assert found(made) == {1: "1.00"}

    def test_a_row_that_an_amendment_took_out(self, app: Flask) -> None:
        made = plans.plan()
        row = to_read(made, "KC-101")
        hold(made.company, training.course("KC-101"))
        signing.amend(made.plan, by=TESTS, at=NOW)
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        editing.remove(made.plan, plans.section(made, "objectives"), row, base=row.version, **how)
        factories.commit()
        assert jobs.read_due(NOW) == 0
        assert found(made) == {}


class TestAtOnce:
    """Two readings, and a reading against somebody who types."""

    def test_two_readings(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101")
        hold(made.company, course)
        plan_id = made.plan.id
        assert at_once(app, *[lambda: reading.read([plan_id], by=TESTS, at=NOW)] * 4) == ["done"] * 4
        assert found(made) == {1: "1.00"}
        assert len(db.session.scalars(select(PlanEdit).where(PlanEdit.kind == "actual")).all()) == 1

    def test_against_an_entry(self, app: Flask) -> None:
        """The objective was just changed to be read: what the side sent counts, or what was read, and never half of each."""
        made, course = plans.plan(), training.course("KC-101")
        row = to_read(made, "KC-101", ActualSource.MANUAL)
        hold(made.company, course)
        plan_id, row_id, member_id = made.plan.id, row.id, made.team[Side.A, F.OWNER].id
        db.session.execute(update(table(Objective)).values(source=ActualSource.TRAINING))
        factories.commit()

        def enters() -> None:
            objective, standing = db.session.get_one(Objective, row_id), Standing(db.session.get_one(PlanMember, member_id))
            # As the page found it a moment ago.
            db.session.expunge(objective)
            objective.source = ActualSource.MANUAL
            plan = db.session.get_one(Plan, plan_id)
            there = actuals.actual(plan, row_id, 1)
            version = there.version if there is not None else 0
            service.enter(plan, objective, 1, Decimal(9), "", version=version, standing=standing, by=TESTS, at=NOW)

        outcomes = at_once(app, enters, lambda: reading.read([plan_id], by=TESTS, at=NOW))
        db.session.expire_all()
        one = actuals.actuals(db.session.get_one(Plan, plan_id))[row_id, 1]
        said = (one.value, one.source, one.entered_by_id)
        entered, was_read = (Decimal(9), ActualSource.MANUAL, member_id), (Decimal(1), ActualSource.TRAINING, None)
        assert (said, outcomes) in ((entered, ["done", "done"]), (was_read, ["refused", "done"]))


class TestTheWorker:
    """Once an hour, some plans at a time."""

    def test_what_was_not_read_for_an_hour(self, app: Flask, clock: Any) -> None:
        jobs._looked.clear()
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101")
        other = plans.plan()
        plans.objective(other)
        reviews.sign(other)
        hold(made.company, course)
        jobs.read_all()
        assert found(made) == {1: "1.00"}
        assert db.session.scalars(select(Plan.read_at).where(Plan.id == other.plan.id)).one() is None, "it reads nothing"
        hold(made.company, course)
        clock.shift(timedelta(minutes=30))
        jobs.read_all()
        assert found(made) == {1: "1.00"}
        clock.shift(timedelta(minutes=31))
        jobs.read_all()
        assert found(made) == {1: "2.00"}

    def test_as_many_queries_for_three_as_for_one(self, app: Flask, count_queries: Any) -> None:
        course, event, made = training.course("KC-101"), factories.event(slug="summit"), []
        for _n in range(4):
            one = plans.plan()
            plans.objective(one, "Places", source=ActualSource.REGISTRATION, source_key="summit", weight=10, **COUNT)
            to_read(one, "KC-101")
            hold(one.company, course)
            factories.register(event, one.company, factories.attendee())
            made.append(one)
        counts = []
        for group in (made[:1], made[1:]):
            with count_queries() as asked:
                read(*group)
            counts.append(len([one for one in asked.statements if not one.startswith("INSERT INTO")]))
        assert counts[0] == counts[1] <= MOST
        assert [len(actuals.actuals(one.plan)) for one in made] == [2] * 4

    def test_in_portions(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "PORTION", 1)
        course, made = training.course("KC-101"), [plans.plan() for _n in range(3)]
        for one in made:
            to_read(one, "KC-101")
            hold(one.company, course)
        assert jobs.read_due(NOW) == 3


class TestOnThePage:
    """Read now, who may, and what the page says."""

    def test_read_now(self, app: Flask) -> None:
        made, course = plans.plan(), training.course("KC-101")
        to_read(made, "KC-101", weight=100, q1=Decimal(2))
        hold(made.company, course)
        b = client_of(app, made, Side.B, F.SALES)
        path = f"{made.path}actuals/"
        page = b.get(path).text
        assert "Last read" not in page
        assert b.post(f"{path}read", data=fields(page, "actuals/read")).status_code == 302
        page = b.get(path).text
        assert "Read; 1 value has changed." in page
        assert "read on 20" in page
        assert "Last read" in page
        assert "Score 50" in page
        assert "Certificates of the training programme" in page
        assert ", not confirmed" not in page
        b.post(f"{path}read", data=fields(page, "actuals/read"))
        assert "Read; 0 values have changed." in b.get(path).text
        rows = db.session.execute(standings([Plan.id == made.plan.id], TODAY)).all()
        assert [(one.score, one.rag) for one in rows] == [(5000, Rag.RED.value)], "the portfolio reads the same"

    def test_who_may_not(self, app: Flask) -> None:
        made = plans.plan()
        to_read(made, "KC-101")
        path = f"{made.path}actuals/"
        sponsor = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        token = fields(client_of(app, made, Side.A).get(path).text, "actuals/read")
        assert "Read now" not in sponsor.get(path).text
        auditor, stranger = factories.user(None, Role.AUDITOR), factories.company_admin(factories.organisation())
        organizer = factories.user(None, Role.ORGANIZER)

        def asks(client: PageClient, page: str) -> int:
            sent = {**token, "csrf_token": fields(client.get(page).text)["csrf_token"]}
            return client.post(f"{path}read", data=sent).status_code

        assert asks(sponsor, path) == 403
        for user, status in ((auditor, 403), (stranger, 404), (organizer, 404)):
            client = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            assert asks(client, "/account/") == status
        assert found(made) == {}

    def test_not_while_it_is_not_in_force(self, app: Flask) -> None:
        made = plans.plan()
        to_read(made, "KC-101")
        a, path = client_of(app, made, Side.A), f"{made.path}actuals/"
        sent = fields(a.get(path).text, "actuals/read")
        made.plan.suspended_at, made.plan.suspended_reason = NOW, "Merged"
        factories.commit()
        a.post(f"{path}read", data=sent)
        page = a.get(path).text
        assert "read while the plan is in force" in page
        assert "Read now" not in page

    def test_nothing_to_read(self, app: Flask) -> None:
        made = plans.plan()
        plans.objective(made)
        reviews.sign(made)
        assert "Read now" not in client_of(app, made, Side.A).get(f"{made.path}actuals/").text
        with pytest.raises(RuleError):
            reading.read_now(made.plan, by=TESTS, at=NOW)

    def test_only_what_can_be_counted_is_read(self, app: Flask) -> None:
        made = plans.plan()
        a, path = client_of(app, made, Side.A), f"{made.path}sections/objectives/add"
        typed = {"statement": "Read", "weight": "5", "source": "training", "source_key": "KC-101"}
        sent = fields(a.get(path).text) | typed
        sent.pop("spread", None)
        answer = a.post(path, data=sent | {"unit": "currency"})
        assert answer.status_code == 422
        assert "What is read is a number of people" in answer.text
        assert a.post(path, data=fields(answer.text) | {"unit": "count"}).status_code == 302


class TestEnablement:
    """Needed, held today, by whom, ending, missing."""

    def line(self, made: Made, code: str = "KCE", **values: Any) -> EnablementLine:
        typed = {"title": "Platform engineers", "course_code": code, "head_count": 4, "due_quarter": 3, "for_side": Side.B}
        section = plans.section(made, "enablement")
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        row = editing.add(made.plan, section, EnablementLine, {**typed, **values}, **how)
        factories.commit()
        return row

    def page(self, app: Flask, made: Made, side: Side, function: F = F.OWNER) -> str:
        text: str = client_of(app, made, side, function).get(f"{made.path}sections/enablement").text
        return text

    def cells(self, page: str) -> list[str]:
        """The text of the first line of the block, by cell."""
        block = page.split('id="progress"', 1)[1].split("</section>", 1)[0]
        row = html5lib.parseFragment(block.split("<tbody>", 1)[1].split("</tr>", 1)[0], "tbody", namespaceHTMLElements=False)
        return [" ".join(" ".join(cell.itertext()).split()) for cell in row.iter() if cell.tag in ("td", "th")]

    def scene(self) -> Made:
        made, credential = plans.plan(), training.credential("KCE")
        self.line(made)
        hold(made.company, credential, "Ada")
        hold(made.company, credential, "Lena", expires_on=date(2028, 1, 31))
        hold(made.company, credential, "Late", expires_on=date(2028, 2, 1))
        hold(made.company, credential, "Ended", expires_on=TODAY - timedelta(days=1))
        hold(made.company, credential, "Revoked", revoked_at=NOW, revoked_reason="Wrong")
        hold(factories.organisation(), credential, "Canary")
        return made

    def test_in_numbers_and_names_for_the_companys_admin(self, app: Flask) -> None:
        made = self.scene()
        page = self.page(app, made, Side.B)
        _title, *cells = self.cells(page)
        assert cells == ["4", "3", "Ada Berg Late Berg Lena Berg , until 31 Jan 2028", "1", "1"]
        assert not [name for name in ("Canary", "Ended", "Revoked") if name in page]

    @pytest.mark.parametrize(("side", "function"), [(Side.A, F.OWNER), (Side.B, F.SALES)])
    def test_numbers_alone_for_who_sees_no_certificates(self, app: Flask, side: Side, function: F) -> None:
        page = self.page(app, self.scene(), side, function)
        assert self.cells(page)[1:] == ["4", "3", "1", "1"]
        assert not [name for name in ("Ada", "Lena", "Late", "Canary") if name in page]

    def test_names_for_executives_and_auditors(self, app: Flask) -> None:
        made = self.scene()
        person_id = made.team[Side.B, F.SALES].person_id
        mine = table(Membership).c.person_id == person_id
        db.session.execute(update(table(Membership)).where(mine).values(role=MembershipRole.EXECUTIVE))
        factories.commit()
        assert "Ada Berg" in self.page(app, made, Side.B, F.SALES)
        auditor = PageClient(app, app.response_class, use_cookies=True).sign_in(factories.user(None, Role.AUDITOR))
        page = auditor.get(f"{made.path}sections/enablement").text
        assert "Ada Berg" in page
        assert "Canary" not in page

    def test_not_of_a_plan_that_is_over_and_not_for_a_facilitator(self, app: Flask) -> None:
        made = self.scene()
        assert 'id="progress"' in self.page(app, made, Side.A)
        made.plan.status = PlanStatus.COMPLETED
        factories.commit()
        assert 'id="progress"' not in self.page(app, made, Side.A)
        assert "Ada" not in self.page(app, made, Side.B)
        facilitator = factories.user(None, Role.ORGANIZER)
        workshops.running(made, facilitator_id=facilitator.id)
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(facilitator)
        page = client.get(f"{made.path}sections/enablement")
        assert page.status_code == 200
        assert 'id="progress"' not in page.text

    def test_in_an_alliance_each_side_its_own(self, app: Flask) -> None:
        made, credential = plans.plan(kind=PlanKind.ALLIANCE), training.credential("KCE")
        self.line(made, for_side=Side.A)
        training.certificate(factories.person(None, "Vera", "Sommer", user=made.owner_a), credential)
        hold(made.company, credential, "Ada")
        for side in Side:
            page = self.page(app, made, side)
            assert self.cells(page)[1:] == ["4", "1", "0", "3"]
            assert "Vera" not in page, "neither side sees certificates of the vendor's people"
            assert "Ada" not in page

    def test_enough_and_more(self, app: Flask) -> None:
        made, credential = plans.plan(), training.credential("KCE")
        self.line(made, head_count=1)
        for _n in range(2):
            hold(made.company, credential)
        assert self.cells(self.page(app, made, Side.A))[1:] == ["1", "2", "0", "None"]

    def test_nothing_named_nothing_known_nobody(self, app: Flask) -> None:
        made = plans.plan()
        self.line(made, code="")
        assert 'id="progress"' not in self.page(app, made, Side.B)
        self.line(made, code="<i>KCE</i>'\"")
        page = self.page(app, made, Side.B)
        assert "No course or credential has the code &lt;i&gt;KCE&lt;/i&gt;" in page
        training.credential("KCX")
        self.line(made, code="kcx")
        rows = self.page(app, made, Side.B).split('id="progress"', 1)[1]
        assert "No course or credential has the code kcx" not in rows

    def test_without_readers(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hooks, "HOLDINGS", [])
        made = plans.plan()
        self.line(made)
        assert "No course or credential has the code KCE" in self.page(app, made, Side.B)

    @pytest.mark.parametrize("kind", [PlanKind.PARTNER, PlanKind.ALLIANCE])
    @pytest.mark.parametrize("side", list(Side))
    def test_few_queries_whatever_the_lines(self, app: Flask, count_queries: Any, kind: PlanKind, side: Side) -> None:
        made, credential = plans.plan(kind=kind), training.credential("KCE")
        # Where an owner may agree the page asks most.
        made.plan.status = PlanStatus.FINAL_REVIEW
        self.line(made, for_side=Side.A if kind is PlanKind.ALLIANCE else Side.B)
        hold(made.company, credential)
        client, counts = client_of(app, made, side), []
        for _n in range(2):
            path = f"{made.path}sections/enablement"
            with count_queries() as asked:
                assert client.get(path).status_code == 200
            counts.append(len(asked))
            for code in ("KCE", "KCX"):
                self.line(made, code=code)
            hold(made.company, credential)
        assert counts[0] == counts[1] <= most_queries()


class TestInitiatives:
    """How many people come to the event that an initiative names."""

    def initiative(self, made: Made, event: Event | None, name: str = "Summit together") -> Initiative:
        section = plans.section(made, "initiatives")
        typed = {"name": name, "kind": InitiativeKind.EVENT, "event_id": event.id if event else None}
        how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        row = editing.add(made.plan, section, Initiative, typed, **how)
        factories.commit()
        return row

    def test_confirmed_people_of_the_partner(self, app: Flask, count_queries: Any) -> None:
        made, event = plans.plan(), factories.event(slug="summit", title="The Summit")
        self.initiative(made, event)
        factories.register(event, made.company, *[factories.attendee() for _n in range(3)])
        factories.register(event, factories.organisation(), *[factories.attendee("Canary") for _n in range(4)])
        for side in Side:
            client, path = client_of(app, made, side), f"{made.path}sections/initiatives"
            with count_queries() as asked:
                page = client.get(path).text
            assert len(asked) <= most_queries()
            block = page.split('id="places"', 1)[1].split("</section>", 1)[0]
            assert "The Summit" in block
            assert re.findall(r'class="num">(\d+)<', block) == ["3"]
            assert "Canary" not in page

    def test_without_an_event_or_one_that_is_not_on(self, app: Flask) -> None:
        made, event = plans.plan(), factories.event(slug="summit", published=False)
        for named in (None, event):
            self.initiative(made, named)
            assert 'id="places"' not in client_of(app, made, Side.B).get(f"{made.path}sections/initiatives").text


def test_the_page_of_values_takes_few_queries(app: Flask, count_queries: Any) -> None:
    made, course = plans.plan(), training.course("KC-101")
    plans.objective(made, "Entered", weight=10)
    to_read(made, "KC-101")
    hold(made.company, course)
    read(made)
    for side in Side:
        client, path = client_of(app, made, side), f"{made.path}actuals/"
        with count_queries() as asked:
            assert client.get(path).status_code == 200
        assert len(asked) <= MOST
    assert db.session.scalars(select(Actual.source)).all() == [ActualSource.TRAINING]
