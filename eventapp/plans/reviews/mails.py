"""Mails about reviews. Organizers read the page of mails, so they name the plan by its code and say nothing of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from eventapp.core.ical import calendar_file
from eventapp.core.links import absolute
from eventapp.core.times import place_of, span
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue_all
from eventapp.plans.models import Plan, PlanMember, Review, ReviewState
from eventapp.plans.reaching import Reached, reached
from eventapp.plans.reviews.calendars import entry
from eventapp.plans.rules import fiscal_name


def send(
    what: str,
    plan: Plan,
    review: Review,
    members: Iterable[PlanMember],
    *,
    at: datetime,
    with_entry: bool = False,
    cancelled: bool = False,
    by_day: bool = False,
) -> int:
    """Tells them: `planned`, `changed`, `withdrawn`, `soon`, `unwritten`, `held`, `to_accept`, `escalated`, `accepted`.

    `with_entry` sends the calendar entry along, or with `cancelled` its end. `by_day` lets nights pass first. Returns to how
    many it goes.
    """
    letters = [
        _letter(what, plan, review, one, with_entry, cancelled, one.awake(at) if by_day else at)
        for one in reached(plan, members, at)
    ]
    queue_all(letters)
    return len(letters)


def _letter(what: str, plan: Plan, review: Review, to: Reached, with_entry: bool, cancelled: bool, at: datetime) -> Letter:
    ends = review.planned_at + timedelta(minutes=review.minutes_long)
    zone = review.time_zone
    subject, text, html = render(
        "plans/review",
        what=what,
        name=to.member.name,
        code=plan.code,
        quarter=fiscal_name(plan.period_start, review.quarter, plan.fiscal_start),
        when=f"{span(review.planned_at, ends, zone)} {place_of(review.planned_at, ends, zone)}",
        freeze_on=review.freeze_on if review.state is ReviewState.PLANNED else None,
        accept_by=review.accept_by,
        zone=to.zone,
        link=absolute("plan_reviews.index" if what == "withdrawn" else "plan_reviews.show", **_where(what, plan, review)),
    )
    made = entry(plan, review, at=at, to=to, cancelled=cancelled) if with_entry else None
    return letter(
        kind=f"plans.review_{what}",
        about=f"plan:{plan.id}",
        to_name=to.member.name,
        to_address=to.address,
        subject=subject,
        text=text,
        html=html,
        calendar=calendar_file(made) if made is not None else None,
        calendar_method=made.method if made is not None else None,
        at=at,
    )


def _where(what: str, plan: Plan, review: Review) -> dict[str, object]:
    return {"plan_code": plan.code} if what == "withdrawn" else {"plan_code": plan.code, "review_id": review.id}
