"""People join, leave and hand over while a workshop is ahead: calendars, answers, preparations, parts."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.mail.models import OutboxMail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PrepKind, PrepTask, Side, SlotAnswer, WorkshopAnswer, WorkshopState
from eventapp.plans.teams import service as teams
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates import service as dating
from eventapp.plans.workshop.preparing import service as preparing
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.plans import Made
from tests.support.workshops import DAY_OF_WORKSHOP, planned, proposed, with_date


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def told() -> list[tuple[str, str, str | None]]:
    """Kind, address and method of the calendar file of all mails since the date was told."""
    rows = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
    return [
        (one.kind.removeprefix("plans.workshop_"), one.to_address, one.calendar_method)
        for one in rows
        if one.kind.startswith("plans.workshop_") and one.kind not in ("plans.workshop_dated", "plans.workshop_asked")
    ]


def sequence_in(mail: OutboxMail) -> int:
    return int(next(line for line in (mail.calendar or "").splitlines() if line.startswith("SEQUENCE:"))[9:])


def answer(made: Made, slot_id: int, function: F, side: Side = Side.B) -> None:
    values: dict[str, Any] = {"standing": plans.standing(made, side, function), "by": TESTS, "at": AT}
    dating.answer(made.plan, {slot_id: SlotAnswer.YES}, shown={slot_id}, **values)
    factories.commit()


def test_whoever_joins_gets_the_date(made: Made) -> None:
    with_date(made)
    user = factories.user(None, Role.TRAINER)
    teams.join(made.plan, plans.as_candidate(user), F.MARKETING, by=TESTS, at=AT)
    factories.commit()
    assert told() == [("joined", user.email, "REQUEST")]


def test_whoever_joins_while_it_is_looked_for_is_asked(made: Made) -> None:
    planned(made)
    user = factories.user(None, Role.TRAINER)
    teams.join(made.plan, plans.as_candidate(user), F.MARKETING, by=TESTS, at=AT)
    assert not db.session.scalars(select(OutboxMail).where(OutboxMail.kind.like("plans.workshop%"))).all()
    proposed(made, DAY_OF_WORKSHOP)
    later = factories.user(None, Role.TRAINER)
    teams.join(made.plan, plans.as_candidate(later), F.FINANCE, by=TESTS, at=AT)
    factories.commit()
    last = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
    assert (last.kind, last.to_address, last.calendar) == ("plans.workshop_asked", later.email, None)


def test_whoever_leaves_has_it_cancelled(made: Made) -> None:
    workshop = with_date(made, scribe_id=made.team[Side.B, F.SALES].id)
    seller = made.logins[Side.B, F.SALES]
    teams.leave(made.plan, made.team[Side.B, F.SALES], by=TESTS, at=AT)
    factories.commit()
    assert told() == [("left", seller.email, "CANCEL")]
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
    assert "/plans/" not in mail.text, "they read it no more"
    assert workshop.scribe_id is None
    # Back again: the newer file wins.
    teams.join(made.plan, plans.as_candidate(seller), F.SALES, by=TESTS, at=AT)
    factories.commit()
    again = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
    assert again.calendar_method == "REQUEST"
    assert sequence_in(again) >= sequence_in(mail)


def test_open_preparations_keep_somebody_in_the_team(made: Made) -> None:
    with_date(made)
    task = db.session.scalars(select(PrepTask).where(PrepTask.side == Side.B, PrepTask.kind == PrepKind.SWOT)).one()
    task.assignee_id = made.team[Side.B, F.SALES].id
    factories.commit()
    with pytest.raises(RuleError, match="Hand them over"):
        teams.leave(made.plan, made.team[Side.B, F.SALES], by=TESTS, at=AT)


def test_a_successor_takes_over(made: Made) -> None:
    seller = made.team[Side.B, F.SALES]
    workshop = with_date(made, scribe_id=seller.id, timekeeper_id=seller.id)
    tasks = [one for one in workshops.tasks(workshop) if one.side is Side.B]
    tasks[0].assignee_id = tasks[1].assignee_id = seller.id
    tasks[1].text = "x"
    db.session.flush()
    preparing.finish(made.plan, tasks[1], version=tasks[1].version, by=TESTS, at=AT)
    slot = workshops.confirmed_slot(workshop)
    assert slot is not None
    answer(made, slot.id, F.SALES)
    new = factories.user()
    factories.person(made.company, "Nora", "Neu", new.email, user=new)
    successor = teams.hand_over(made.plan, seller, plans.as_candidate(new), by=TESTS, at=AT)
    factories.commit()
    db.session.expire_all()
    assert (workshop.scribe_id, workshop.timekeeper_id) == (successor.id, successor.id)
    assert tasks[0].assignee_id == successor.id
    assert tasks[1].assignee_id == seller.id, "what is done keeps the former's name"
    assert told() == [("left", made.logins[Side.B, F.SALES].email, "CANCEL"), ("joined", new.email, "REQUEST")]
    assert [one.member_id for one in db.session.scalars(select(WorkshopAnswer))] == [seller.id], "the successor is asked anew"


def test_in_another_function_somebody_keeps_their_answers(made: Made) -> None:
    workshop = with_date(made)
    slot = workshops.confirmed_slot(workshop)
    assert slot is not None
    answer(made, slot.id, F.SALES)
    changed = teams.change(made.plan, made.team[Side.B, F.SALES], F.MARKETING, signatory=False, by=TESTS, at=AT)
    factories.commit()
    assert told() == []
    assert (slot.id, changed.id) in workshops.answers([slot.id])


def test_handing_over_within_the_team(made: Made) -> None:
    workshop = with_date(made)
    slot = workshops.confirmed_slot(workshop)
    assert slot is not None
    answer(made, slot.id, F.SALES)
    seller, sponsor = made.team[Side.B, F.SALES], made.team[Side.B, F.EXEC_SPONSOR]
    made_row = teams.hand_over(made.plan, sponsor, seller, by=TESTS, at=AT)
    factories.commit()
    assert told() == [("left", made.logins[Side.B, F.EXEC_SPONSOR].email, "CANCEL")]
    assert (slot.id, made_row.id) in workshops.answers([slot.id]), "the seller has said so as the same person"


def test_a_facilitator_who_joins_is_neutral_no_more(made: Made) -> None:
    leads = factories.user(None, Role.TRAINER)
    workshop = with_date(made, facilitator_id=leads.id)
    teams.join(made.plan, plans.as_candidate(leads), F.MARKETING, by=TESTS, at=AT)
    factories.commit()
    assert workshop.facilitator_id is None


def test_nothing_is_sent_once_it_has_begun(made: Made) -> None:
    workshop = with_date(made)
    workshop.state, workshop.started_at = WorkshopState.RUNNING, AT
    factories.commit()
    teams.join(made.plan, plans.as_candidate(factories.user(None, Role.TRAINER)), F.MARKETING, by=TESTS, at=AT)
    teams.leave(made.plan, made.team[Side.B, F.SALES], by=TESTS, at=AT)
    assert told() == []
