"""Two at once: owners who confirm two dates, an answer beside a confirmation, a worker beside a worker."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.mail.models import OutboxMail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Plan, PlanMember, Side, SlotAnswer, SlotState, WorkshopAnswer, WorkshopSlot
from eventapp.plans.permissions import Standing
from eventapp.plans.workshop import jobs
from eventapp.plans.workshop.dates import service
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.plans import Made
from tests.support.workshops import DAY_OF_WORKSHOP, planned, proposed, with_date

Act = Callable[[], object]


def at_once(app: Flask, *acts: Act, committing: bool = True) -> list[str]:
    """Each act in a thread of its own, all beginning together; what became of each."""
    barrier = Barrier(len(acts))
    db.session.rollback()

    def one(act: Act) -> str:
        with app.app_context():
            barrier.wait(30)
            try:
                if committing:
                    with transaction():
                        act()
                else:
                    act()
                return "done"
            except RuleError:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def confirm(plan_id: int, slot_id: int) -> Act:
    def act() -> None:
        plan, slot = db.session.get_one(Plan, plan_id), db.session.get_one(WorkshopSlot, slot_id)
        service.confirm(plan, slot, by=TESTS, at=AT)

    return act


def test_of_two_owners_who_confirm_two_dates_one_does(app: Flask, made: Made) -> None:
    planned(made)
    slots = proposed(made, *(DAY_OF_WORKSHOP + timedelta(days=n) for n in range(4)))
    acts = [confirm(made.plan.id, slot.id) for slot in slots]
    assert at_once(app, *acts) == ["done", "refused", "refused", "refused"]
    db.session.expire_all()
    states = [one.state for one in db.session.scalars(select(WorkshopSlot))]
    assert sorted(states) == [SlotState.CONFIRMED, *[SlotState.WITHDRAWN] * 3]
    told = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "plans.workshop_dated")).all()
    assert len(told) == 6


def test_an_answer_beside_a_confirmation(app: Flask, made: Made) -> None:
    planned(made)
    one, two = proposed(made, DAY_OF_WORKSHOP, DAY_OF_WORKSHOP + timedelta(days=1))
    plan_id, one_id, two_id, member_id = made.plan.id, one.id, two.id, made.team[Side.B, F.SALES].id

    def answer() -> None:
        plan, standing = db.session.get_one(Plan, plan_id), Standing(db.session.get_one(PlanMember, member_id))
        said = {one_id: SlotAnswer.YES, two_id: SlotAnswer.YES}
        service.answer(plan, said, shown={one_id, two_id}, standing=standing, by=TESTS, at=AT)

    found = at_once(app, answer, confirm(plan_id, two_id))
    db.session.expire_all()
    rows = len(db.session.scalars(select(WorkshopAnswer)).all())
    assert (found, rows) in ((["done", "done"], 2), (["done", "refused"], 0)), "all of it or nothing"


def test_two_workers_remind_and_freeze_once(app: Flask, made: Made) -> None:
    with_date(made)
    factories.commit()
    with time_machine.travel(datetime(2027, 3, 7, 9, tzinfo=UTC), tick=False):
        assert at_once(app, *[jobs.workshops_ahead] * 3, committing=False) == ["done"] * 3
    kinds = [one.kind for one in db.session.scalars(select(OutboxMail))]
    found = {kind: kinds.count(f"plans.workshop_{kind}") for kind in ("overdue", "numbers", "missing", "pack")}
    assert found == {"overdue": 2, "numbers": 2, "missing": 2, "pack": 4}
