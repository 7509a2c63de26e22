"""Reviews as entries of calendars: the file in mails, which says when and which plan, and that of the plan, which says where."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import current_app

from eventapp.core.i18n import _
from eventapp.core.ical import Entry, calendar
from eventapp.core.links import absolute, site_host
from eventapp.plans.models import Plan, Review
from eventapp.plans.reaching import Reached
from eventapp.plans.rules import fiscal_name


def entry(plan: Plan, review: Review, *, at: datetime, to: Reached | None = None, cancelled: bool = False) -> Entry:
    """The entry of a review. In a mail (`to`) it names the plan by its code, and for the place it leads to the plan."""
    settings = current_app.config["SETTINGS"]
    link = absolute("plan_reviews.show", plan_code=plan.code, review_id=review.id)
    quarter = fiscal_name(plan.period_start, review.quarter, plan.fiscal_start)
    return Entry(
        uid=f"plan-review-{review.id}@{site_host()}",
        sequence=review.sequence,
        start=review.planned_at,
        end=review.planned_at + timedelta(minutes=review.minutes_long),
        summary=_("Review of plan %(code)s, %(quarter)s", code=plan.code, quarter=quarter),
        location="" if to is not None else review.place,
        description=_("Place, numbers and commitments stand on the page of the review."),
        url=link,
        stamp=at,
        organizer=(settings.site_name, settings.mail_from),
        attendee=(to.member.name, to.address) if to is not None else None,
        cancelled=cancelled or review.withdrawn_at is not None,
    )


def of_plan(plan: Plan, reviews: Iterable[Review], *, at: datetime) -> str:
    """All reviews of a plan as one file; those that were withdrawn stay in it as cancelled."""
    return calendar((entry(plan, one, at=at) for one in reviews), name=_("Reviews of plan %(code)s", code=plan.code))
