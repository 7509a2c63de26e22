"""Reminders of actions: a week before, on the day, then weekly while late; each once, by day, and by number alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.plans.actions import jobs
from eventapp.plans.actions import service as actions
from eventapp.plans.actions.jobs import send_due
from eventapp.plans.actions.rules import LAST_REMINDER, reminders_behind
from eventapp.plans.models import ActionStatus, PlanAction, PlanStatus, Side
from eventapp.plans.models import MemberFunction as F
from tests.groups.test_races import at_once
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.plans import Made

DUE = date(2027, 3, 15)
MADE = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)


def morning(day: date) -> datetime:
    """Nine o'clock in Vienna, or ten in summer."""
    return datetime(day.year, day.month, day.day, 8, 0, tzinfo=UTC)


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def an_action(made: Made, *, at: datetime = MADE, side: Side = Side.B, function: F = F.SALES, due_on: date = DUE) -> PlanAction:
    how = {"helper_id": None, "standing": plans.standing(made), "by": TESTS, "at": at}
    found = actions.add(made.plan, "Buy the rival", accountable_id=made.team[side, function].id, due_on=due_on, **how)
    factories.commit()
    return found


def mails() -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.kind == "plans.action_reminder").order_by(OutboxMail.id)
    return list(db.session.scalars(query))


@pytest.mark.parametrize(
    ("days", "behind"), [(-30, 0), (-8, 0), (-7, 1), (-1, 1), (0, 2), (6, 2), (7, 3), (13, 3), (14, 4), (900, LAST_REMINDER)]
)
def test_when(days: int, behind: int) -> None:
    assert reminders_behind(DUE, DUE + timedelta(days=days)) == behind


def test_each_once(made: Made) -> None:
    an_action(made)
    sent = {}
    for days in range(-10, 31):
        for _twice in range(2):
            if send_due(morning(DUE + timedelta(days=days))):
                sent[days] = sent.get(days, 0) + 1
    assert sent == {-7: 1, 0: 1, 7: 1, 14: 1, 21: 1, 28: 1}
    assert {mail.to_address for mail in mails()} == {made.logins[Side.B, F.SALES].email}


def test_it_says_the_number_and_nothing_else(made: Made) -> None:
    an_action(made)
    an_action(made, due_on=DUE + timedelta(days=7))
    an_action(made, due_on=DUE - timedelta(days=7))
    send_due(morning(DUE))
    [mail] = mails()
    for line in ("No. 1: due today", "No. 2: due within a week", "No. 3: late", made.plan.code):
        assert line in mail.text
    everything = f"{mail.subject}{mail.text}{mail.html}"
    assert "rival" not in everything
    assert made.plan.title not in everything
    assert made.company.name not in everything


def test_what_is_agreed_late_is_not_reminded_of_at_once(made: Made) -> None:
    an_action(made, at=morning(DUE - timedelta(days=2)))
    assert send_due(morning(DUE - timedelta(days=1))) == 0
    assert send_due(morning(DUE)) == 1


def test_another_day_and_done(made: Made) -> None:
    action = an_action(made)
    send_due(morning(DUE))

    def change(at: datetime, **values: Any) -> None:
        names = ("text", "accountable_id", "helper_id", "due_on", "status", "blocked_by", "evidence")
        typed = {**{name: getattr(action, name) for name in names}, **values}
        actions.change(made.plan, action, typed, base=action.version, standing=plans.standing(made), by=TESTS, at=at)
        factories.commit()

    later = DUE + timedelta(days=30)
    change(morning(DUE), due_on=later)
    assert send_due(morning(DUE + timedelta(days=7))) == 0
    assert send_due(morning(later - timedelta(days=7))) == 1
    change(morning(later), status=ActionStatus.DONE)
    assert send_due(morning(later)) == 0
    change(morning(later + timedelta(days=3)), status=ActionStatus.OPEN)
    assert send_due(morning(later + timedelta(days=4))) == 0, "told by whoever opened it"
    assert send_due(morning(later + timedelta(days=7))) == 1
    assert db.session.get_one(PlanAction, action.id, populate_existing=True).version == action.version


def test_by_day_where_people_are(made: Made) -> None:
    an_action(made)
    an_action(made, side=Side.A)
    made.company.time_zone = "Asia/Tokyo"
    factories.commit()
    the_day_begins = datetime(2027, 3, 7, 15, 0, tzinfo=UTC)  # midnight in Tokyo, a week before the day
    for hours, who in ((0, None), (7, None), (8, Side.B), (9, None), (15, None), (16, Side.A)):
        before = len(mails())
        send_due(the_day_begins + timedelta(hours=hours))
        new = [mail.to_address for mail in mails()[before:]]
        assert new == ([made.logins[who, F.SALES].email] if who else []), hours


@pytest.mark.parametrize("over", ["completed", "cancelled", "suspended", "blocked"])
def test_only_of_plans_that_live(made: Made, over: str) -> None:
    action = an_action(made)
    if over == "completed":
        made.plan.status = PlanStatus.COMPLETED
    elif over == "cancelled":
        made.plan.status, made.plan.cancelled_at = PlanStatus.CANCELLED, MADE
    elif over == "suspended":
        made.plan.suspended_at = MADE
    else:
        action.status, action.blocked_by = ActionStatus.BLOCKED, "Legal"
    factories.commit()
    assert send_due(morning(DUE)) == (1 if over == "blocked" else 0)


def test_nobody_is_written_to_who_has_left_the_company(made: Made) -> None:
    an_action(made)
    made.logins[Side.A, F.SALES].active = False
    an_action(made, side=Side.A)
    factories.commit()
    assert send_due(morning(DUE)) == 1
    assert [mail.to_address for mail in mails()] == [made.logins[Side.B, F.SALES].email]


def test_two_workers_at_once(app: Flask, made: Made) -> None:
    an_action(made)
    plan_id, at = made.plan.id, morning(DUE)
    assert at_once(app, *[lambda: jobs._send(plan_id, at)] * 4) == ["done"] * 4
    assert len(mails()) == 1


def test_it_looks_every_ten_minutes(made: Made, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_looked", [])
    clock.move_to(morning(DUE) - timedelta(minutes=5))
    jobs.remind_all()
    an_action(made, at=MADE)
    clock.move_to(morning(DUE))
    jobs.remind_all()
    assert mails() == []
    clock.move_to(morning(DUE) + timedelta(minutes=5))
    jobs.remind_all()
    assert len(mails()) == 1
