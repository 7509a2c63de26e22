"""Freezing the numbers of a review before it is held, so that both sides come with the same ones."""

from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.log import about
from eventapp.plans.models import Plan, Review, ReviewState, VersionState
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.numbers import Numbers, taken
from eventapp.plans.reviews.planning import clear_numbers, led
from eventapp.plans.signing import queries as versions


def numbers_now(plan: Plan, quarter: int) -> Numbers:
    """The numbers of a quarter as they are at this moment."""
    objectives, currency = actuals.measured_by(plan)
    return taken(objectives, quarter, actuals.actuals(plan), None, currency)


def freeze(plan: Plan, review: Review, *, by: Actor, at: datetime) -> None:
    """Keeps the numbers as they are; what is entered or confirmed later is not in them. Raises RuleError if they are frozen.

    Under the plan's lock, as entering and confirming are: each value is in them as it was before or after, never between.
    """
    plan = led(plan)
    review = reviews.review(plan, review.id)
    if review.state is not ReviewState.PLANNED:
        raise RuleError(_("The numbers of this review are frozen already."))
    version = versions.with_state(plan, VersionState.IN_FORCE)
    objectives, currency = actuals.measured_by(plan)
    found = taken(objectives, review.quarter, actuals.actuals(plan), version, currency)
    review.state, review.frozen_at = ReviewState.FROZEN, at
    review.version_id = version.id if version is not None else None
    review.numbers, review.score, review.rag = found.plain(), found.score, found.rag
    db.session.flush()
    record("plans.freeze_numbers", by=by, at=at, **about(plan), changes={"quarter": review.quarter})


def thaw(plan: Plan, review: Review, *, by: Actor, at: datetime) -> None:
    """Opens the numbers again, until an owner freezes them. Raises RuleError once the review was held: then they stay."""
    plan = led(plan)
    review = reviews.review(plan, review.id)
    if review.state is not ReviewState.FROZEN:
        raise RuleError(_("Only frozen numbers of a review that is still to be held can be opened."))
    clear_numbers(review)
    # By hand only from here: the worker would freeze them again within the minute.
    review.state, review.freeze_on = ReviewState.PLANNED, None
    db.session.flush()
    record("plans.thaw_numbers", by=by, at=at, **about(plan), changes={"quarter": review.quarter})
