"""Reminders of reviews: each once, to whom it concerns, by day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, transaction
from eventapp.mail.models import OutboxMail
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanStatus, Review, Side
from eventapp.plans.reviews.jobs import look_after, look_after_reviews
from tests.groups.test_races import at_once
from tests.support import factories, reviews
from tests.support.plans import Made
from tests.support.reviews import EXPECTED, NOW, WHEN


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    clock.move_to(NOW)
    return reviews.in_force()[0]


def kinds(clock: Any, at: datetime) -> list[str]:
    """The mails that leave when the worker looks at that moment, twice."""
    before = set(db.session.scalars(select(OutboxMail.id)))
    clock.move_to(at)
    for _twice in range(2):
        look_after_reviews()
    db.session.expire_all()
    found = db.session.execute(select(OutboxMail.id, OutboxMail.kind).order_by(OutboxMail.id))
    return [kind.removeprefix("plans.review_") for id_, kind in found if id_ not in before]


def test_each_once(made: Made, clock: Any) -> None:
    one = reviews.planned(made)
    assert kinds(clock, WHEN - timedelta(days=8)) == []
    assert kinds(clock, WHEN - timedelta(days=7)) == ["soon"] * len(EXPECTED)
    assert kinds(clock, WHEN - timedelta(days=2)) == []
    assert kinds(clock, WHEN - timedelta(hours=1)) == ["soon"] * len(EXPECTED)
    assert kinds(clock, WHEN + timedelta(days=1)) == []
    assert kinds(clock, WHEN + timedelta(days=2)) == ["unwritten"] * 2
    assert kinds(clock, WHEN + timedelta(days=20)) == ["unwritten"] * 2
    assert kinds(clock, WHEN + timedelta(days=300)) == []
    reviews.held(made, db.session.get_one(Review, one.id, populate_existing=True), at=WHEN + timedelta(days=21))
    begins = WHEN + timedelta(days=21)
    assert kinds(clock, begins + timedelta(days=2)) == []
    assert kinds(clock, begins + timedelta(days=3)) == ["to_accept"] * 2
    reviews.accepted(made, db.session.get_one(Review, one.id, populate_existing=True), Side.A, at=begins + timedelta(days=4))
    assert kinds(clock, begins + timedelta(days=6)) == ["to_accept"]
    assert kinds(clock, begins + timedelta(days=8)) == ["escalated"] * 2
    assert kinds(clock, begins + timedelta(days=10)) == ["to_accept"]
    last = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert last is not None
    assert last.to_address == made.logins[Side.B, F.EXEC_SPONSOR].email


def test_a_worker_that_slept_reminds_once(made: Made, clock: Any) -> None:
    reviews.planned(made)
    assert kinds(clock, WHEN - timedelta(hours=2)) == ["soon"] * len(EXPECTED)


def test_planned_at_short_notice_it_is_not_announced_twice(made: Made, clock: Any) -> None:
    reviews.planned(made, planned_at=NOW + timedelta(days=3))
    assert kinds(clock, NOW + timedelta(hours=1)) == []
    assert kinds(clock, NOW + timedelta(days=2)) == ["soon"] * len(EXPECTED)


def test_nights_pass_first(made: Made, clock: Any) -> None:
    at_night = datetime(2027, 6, 1, 21, 30, tzinfo=UTC)
    reviews.planned(made, planned_at=at_night)
    kinds(clock, at_night - timedelta(days=1))
    leaves = db.session.scalars(select(OutboxMail.run_after).where(OutboxMail.kind == "plans.review_soon")).all()
    assert set(leaves) == {datetime(2027, 6, 1, 6, 0, tzinfo=UTC)}, "at eight in the morning in Vienna"


@pytest.mark.parametrize("over", ["completed", "suspended", "withdrawn"])
def test_nothing_of_what_is_over(made: Made, clock: Any, over: str) -> None:
    one = reviews.planned(made)
    if over == "completed":
        made.plan.status = PlanStatus.COMPLETED
    elif over == "suspended":
        made.plan.suspended_at = NOW
    else:
        one.withdrawn_at = NOW
    factories.commit()
    assert kinds(clock, WHEN) == []
    assert db.session.get_one(Review, one.id, populate_existing=True).frozen_at is None


def test_two_workers_at_once(app: Flask, made: Made, clock: Any) -> None:
    one = reviews.planned(made)
    ids, at = (made.plan.id, one.id), WHEN - timedelta(days=1)
    assert at_once(app, *[lambda: look_after(*ids, at)] * 4) == ["done"] * 4
    with transaction():
        count = len(db.session.scalars(select(OutboxMail.id).where(OutboxMail.kind == "plans.review_soon")).all())
    assert count == len(EXPECTED)
