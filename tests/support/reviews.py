"""Reviews for tests: a plan in force, values that are confirmed, a review that was planned, frozen or held."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from eventapp.core.db import db
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals import service as entering
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Objective, PlanStatus, PlanVersion, Review, Side, VersionState
from eventapp.plans.reviews import freezing, holding, planning
from eventapp.plans.reviews.holding import Held
from eventapp.plans.reviews.planning import Details
from eventapp.plans.rules import quarter_days
from eventapp.plans.signing.canonical import canonical, content_of, digest
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.plans import Made

# A day in the first quarter of plans for tests, which begins in February 2027.
NOW = datetime(2027, 4, 20, 9, 0, tzinfo=UTC)
WHEN = datetime(2027, 5, 11, 8, 0, tzinfo=UTC)
EXPECTED = ((Side.A, F.OWNER), (Side.A, F.EXEC_SPONSOR), (Side.B, F.OWNER), (Side.B, F.EXEC_SPONSOR))


def in_force(made: Made | None = None, *, weights: tuple[int, ...] = (60, 40)) -> tuple[Made, list[Objective]]:
    """A plan in force with objectives of these weights, each 100 in a quarter, and the version that says so; committed."""
    made = made or plans.plan()
    rows = [plans.objective(made, f"Objective {n}", weight=weight) for n, weight in enumerate(weights, start=1)]
    sign(made)
    return made, rows


def sign(made: Made) -> PlanVersion:
    """Puts the plan as it is in force, as version 1.0; committed."""
    made.plan.status = PlanStatus.ACTIVE
    text = canonical(content_of(made.plan))
    version = PlanVersion(plan_id=made.plan.id, major=1, minor=0, content=text, content_hash=digest(text), created_at=NOW)
    version.state = VersionState.IN_FORCE
    db.session.add(version)
    factories.commit()
    return version


def reached(made: Made, one: Objective, value: str, quarter: int = 1, *, confirmed: bool = True, at: datetime = NOW) -> None:
    """Enters a value for side a and has side b confirm it, not before the quarter begins; committed."""
    there = actuals.actual(made.plan, one.id, quarter)
    version = there.version if there is not None else 0
    begun = datetime.combine(quarter_days(made.plan.period_start, quarter)[0], time(9), UTC)
    how: dict[str, Any] = {"by": TESTS, "at": max(at, begun)}
    said = entering.enter(made.plan, one, quarter, Decimal(value), "", version=version, standing=plans.standing(made), **how)
    if confirmed:
        standing = plans.standing(made, Side.B)
        entering.confirm(made.plan, one, quarter, version=said.version, standing=standing, **how)
    factories.commit()


def details(made: Made, **values: Any) -> Details:
    """When a review is planned for: an hour and a half with the owners and sponsors of both sides."""
    ids = frozenset(made.team[one].id for one in EXPECTED if one in made.team)
    given = {"planned_at": WHEN, "time_zone": "Europe/Vienna", "minutes_long": 90, "place": "Room 4", "attendees": ids}
    return Details(**{**given, **values})


def planned(made: Made, quarter: int = 1, *, at: datetime = NOW, **values: Any) -> Review:
    """A review that is planned; committed."""
    found = planning.plan_review(made.plan, quarter, details(made, **values), by=TESTS, at=at)
    factories.commit()
    return found


def frozen(made: Made, review: Review, at: datetime = NOW) -> Review:
    """The same with its numbers frozen; committed."""
    freezing.freeze(made.plan, review, by=TESTS, at=at)
    factories.commit()
    return review


def held(made: Made, review: Review, at: datetime | None = None, **values: Any) -> Review:
    """The same with minutes; committed."""
    at = at or review.planned_at + timedelta(hours=3)
    ids = frozenset(made.team[one].id for one in EXPECTED if one in made.team)
    given = {"held_on": review.planned_at.date(), "present": ids, "minutes": "All **well**.", "next_on": None}
    holding.hold(made.plan, review, Held(**{**given, **values}), version=review.version, by=TESTS, at=at)
    factories.commit()
    return review


def accepted(made: Made, review: Review, *sides: Side, at: datetime | None = None) -> Review:
    """The same, accepted by the owners of both sides, or of these; committed."""
    at = at or review.planned_at + timedelta(days=1)
    for side in sides or tuple(Side):
        standing = plans.standing(made, side)
        holding.accept(made.plan, review, version=review.version, standing=standing, by=TESTS, at=at)
    factories.commit()
    return review
