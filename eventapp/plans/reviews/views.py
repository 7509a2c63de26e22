"""The pages of reviews."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.times import LocalTimeError, to_local, to_utc
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.core.web.templates import viewer_zone
from eventapp.events.moments import moment_values
from eventapp.partners.audiences import viewer
from eventapp.plans import queries, steps
from eventapp.plans.actions.forms import NewActionForm
from eventapp.plans.actions.rules import action_rag, may_change
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.content.objectives import amount
from eventapp.plans.following.queries import may_follow, neighbours
from eventapp.plans.following.service import may_be_followed
from eventapp.plans.models import (
    ACTION_STATUS_LABELS,
    RAG_LABELS,
    REVIEW_STATE_LABELS,
    Plan,
    PlanMember,
    PlanStatus,
    Review,
    ReviewAttendee,
    Side,
)
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen
from eventapp.plans.reaching import HOME
from eventapp.plans.reviews import calendars, freezing, holding, jobs, planning, printing, rules  # noqa: F401 - a job is there once it is imported
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.forms import AcceptForm, HeldForm, ReviewForm
from eventapp.plans.reviews.numbers import kept
from eventapp.plans.rules import fiscal_name, quarter_days

blueprint = Blueprint("plan_reviews", __name__)
# Where nobody has said anything else, a review is two weeks after its quarter, in the morning.
AFTER, HOUR = timedelta(days=14), 10


def quarter_name(plan: Plan, quarter: int) -> str:
    """What a quarter is called in the fiscal year."""
    return fiscal_name(plan.period_start, quarter, plan.fiscal_start)


@blueprint.get("/plans/<reference:plan_code>/reviews/")
@plan_reader
def index(plan_code: str) -> str:
    """Each quarter with its review, and the scores so far."""
    seen = queries.plan(viewer(), plan_code)
    plan = seen.plan
    there = {one.quarter: one for one in reviews.reviews(plan)}
    quarters = [
        (n, quarter_name(plan, n), quarter_days(plan.period_start, n), there.get(n))
        for n in range(1, rules.last_quarter(plan) + 1)
    ]
    return page(
        "plans/reviews/index.html",
        seen,
        "reviews",
        quarters=quarters,
        scores=[(quarter_name(plan, n), float(one.score), None, None) for n, one in there.items() if one.score is not None],
        shown_number=format_decimal,
        missing=steps.missing(plan, PlanStatus.COMPLETED) if plan.status is PlanStatus.ACTIVE else [],
        may_complete=rules.may_lead(seen.standing) and rules.is_reviewed(plan),
        years=neighbours(viewer(), plan),
        may_follow=may_be_followed(plan) and may_follow(viewer(), seen),
        may_plan=rules.may_lead(seen.standing) and rules.is_reviewed(plan),
        free=any(one is None for _n, _name, _days, one in quarters),
        **_labels(),
    )


def _labels() -> dict[str, Any]:
    return {"review_labels": REVIEW_STATE_LABELS, "rag_labels": RAG_LABELS, "zone": viewer_zone()}


@blueprint.get("/plans/<reference:plan_code>/reviews.ics")
@plan_reader
def calendar(plan_code: str) -> Response:
    """All reviews of the plan as a calendar file."""
    seen = queries.plan(viewer(), plan_code)
    text = calendars.of_plan(seen.plan, reviews.reviews(seen.plan, withdrawn=True), at=now())
    return _file(text.encode(), "text/calendar; charset=utf-8", f"{seen.plan.code}_reviews.ics")


def _file(body: bytes, content_type: str, name: str) -> Response:
    answer = Response(body, content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/plans/<reference:plan_code>/reviews/<id:review_id>")
@plan_reader
def show(plan_code: str, review_id: int) -> str:
    """A review: last time's commitments, the numbers, the minutes, the new commitments, who has accepted."""
    seen = queries.plan(viewer(), plan_code)
    plan, context = seen.plan, lines.context(seen)
    together = reviews.together(plan)
    review, team = together.one(review_id), [one for one in context.people.values() if one.left_at is None]
    numbers = kept(review.numbers) if review.numbers else freezing.numbers_now(plan, review.quarter)
    promised, today = reviews.commitments(plan, review, together.reviews), now().date()
    leads = rules.may_lead(seen.standing) and rules.is_reviewed(plan)
    return page(
        "plans/reviews/show.html",
        seen,
        "reviews",
        review=review,
        quarter=quarter_name(plan, review.quarter),
        ends_at=review.planned_at + timedelta(minutes=review.minutes_long),
        attendance=_attendance(together.people[review_id], context.people),
        numbers=numbers,
        shown=amount,
        context=context._replace(currency=numbers.currency),
        commitments=[(one, action_rag(one, today), may_change(seen.standing, one)) for one in promised.now],
        by_side={side: sum(context.people[one.accountable_id].side is side for one in promised.now) for side in Side},
        usual=(rules.FEWEST_COMMITMENTS, rules.MOST_COMMITMENTS),
        before=[(one, action_rag(one, today), may_change(seen.standing, one)) for one in promised.before],
        before_quarter=quarter_name(plan, promised.before_review.quarter) if promised.before_review else "",
        waits_for=rules.waits_for(review),
        acceptors={side: rules.acceptor(review, team, side) for side in rules.waits_for(review)},
        accepted_at=rules.accepted_at,
        accepted_by=rules.accepted_by,
        may_accept=rules.may_accept(seen.standing, review, team) and rules.is_reviewed(plan),
        leads=leads,
        commits=leads and review.state in holding.COMMITS,
        action_words=ACTION_STATUS_LABELS,
        **_labels(),
    )


def _attendance(there: Mapping[int, ReviewAttendee], people: Mapping[int, PlanMember]) -> list[tuple[PlanMember, bool]]:
    found = queries.in_order(people[id_] for id_ in there)
    return [(one, there[one.id].attended) for one in found]


def _again(seen: Seen) -> Seen:
    """The plan as it is after what was sent; a form that is only shown needs no second look."""
    return queries.plan(viewer(), seen.plan.code) if request.method == "POST" else seen


def _for_leader(plan_code: str) -> Seen:
    seen = queries.plan(viewer(), plan_code)
    if not rules.may_lead(seen.standing):
        abort(403)
    return seen


def _first_moment(plan: Plan, quarter: int, zone: str, today: date) -> datetime:
    day = max(quarter_days(plan.period_start, quarter)[1] + AFTER, today + timedelta(days=7))
    while day.weekday() > 4:
        day += timedelta(days=1)
    local = datetime(day.year, day.month, day.day, HOUR)  # noqa: DTZ001 - local, made UTC here
    try:
        return to_utc(local, zone)
    except LocalTimeError as error:  # pragma: no cover - clocks change at night
        return error.choices[0]


@blueprint.route("/plans/<reference:plan_code>/reviews/new", methods=["GET", "POST"])
@plan_writer
def new(plan_code: str) -> ResponseReturnValue:
    """Plans the review of a quarter."""
    seen = _for_leader(plan_code)
    plan = seen.plan
    taken = {one.quarter for one in reviews.reviews(plan)}
    free = [n for n in range(1, rules.last_quarter(plan) + 1) if n not in taken]
    team = queries.team(plan)
    wanted = request.args.get("quarter", "")
    first = int(wanted) if wanted in {str(n) for n in free} else free[0] if free else 1
    zone = viewer_zone() or HOME
    values = moment_values("planned_at", _first_moment(plan, first, zone, now().date()), zone)
    usual = rules.usual(team)
    form = ReviewForm(data={**values, "quarter": first, "time_zone": zone, "attendees_a": usual, "attendees_b": usual})
    form.offer([(n, quarter_name(plan, n)) for n in free], team, seen.names)

    def act() -> str:
        made = planning.plan_review(plan, form.quarter.data, form.details(), by=current_user, at=now())
        return url_for(".show", plan_code=plan_code, review_id=made.id)

    def show_again(_stale: bool) -> str:
        again = _again(seen)
        return page("plans/reviews/form.html", again, "reviews", form=form, review=None, free=free, has_errors=form.refused)

    return carry_out(form, act, show_again, said=lambda: _("The review is planned; everybody expected gets a mail."))


@blueprint.route("/plans/<reference:plan_code>/reviews/<id:review_id>/edit", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, review_id: int) -> ResponseReturnValue:
    """Moves a review, or asks other people to it."""
    seen = _for_leader(plan_code)
    plan = seen.plan
    review = reviews.review(plan, review_id)
    team, expected = queries.team(plan), [one.id for one in reviews.expected(plan, review)]
    values = {name: getattr(review, name) for name in ("quarter", "time_zone", "minutes_long", "place")}
    values |= moment_values("planned_at", review.planned_at, review.time_zone)
    values |= {"version": str(review.version), "attendees_a": expected, "attendees_b": expected}
    form = ReviewForm(data=values)
    form.offer([(review.quarter, quarter_name(plan, review.quarter))], team, seen.names)

    def act() -> str:
        planning.change(plan, review, form.details(), version=version_in(form), by=current_user, at=now())
        return url_for(".show", plan_code=plan_code, review_id=review_id)

    def show_again(stale: bool) -> str:
        again = _again(seen)
        there = reviews.review(again.plan, review_id)
        _renew(form, there, stale)
        return page("plans/reviews/form.html", again, "reviews", form=form, review=there, free=[1], has_errors=form.refused)

    return carry_out(form, act, show_again)


def _renew(form: Any, review: Review, stale: bool) -> None:
    """A form that was refused as stale is sent again over what stands there now."""
    if stale:
        form.version.data, form.version.raw_data = str(review.version), None


def _button(plan_code: str, review_id: int, act: Any, back: str = "", said: str = "") -> ResponseReturnValue:
    seen = _for_leader(plan_code)
    review = reviews.review(seen.plan, review_id)
    where = back or url_for(".show", plan_code=plan_code, review_id=review_id)
    return carry_out_at_once(ActionForm(), lambda: act(seen.plan, review, by=current_user, at=now()), where, said)


@blueprint.post("/plans/<reference:plan_code>/reviews/<id:review_id>/withdraw")
@plan_writer
def withdraw(plan_code: str, review_id: int) -> ResponseReturnValue:
    """The review will not be held."""
    said = _("Withdrawn. Everybody who was expected gets a mail.")
    return _button(plan_code, review_id, planning.withdraw, url_for(".index", plan_code=plan_code), said)


@blueprint.post("/plans/<reference:plan_code>/reviews/<id:review_id>/freeze")
@plan_writer
def freeze(plan_code: str, review_id: int) -> ResponseReturnValue:
    """Freezes the numbers now."""
    return _button(plan_code, review_id, freezing.freeze)


@blueprint.post("/plans/<reference:plan_code>/reviews/<id:review_id>/thaw")
@plan_writer
def thaw(plan_code: str, review_id: int) -> ResponseReturnValue:
    """Opens the numbers again."""
    return _button(plan_code, review_id, freezing.thaw)


@blueprint.route("/plans/<reference:plan_code>/reviews/<id:review_id>/minutes", methods=["GET", "POST"])
@plan_writer
def minutes(plan_code: str, review_id: int) -> ResponseReturnValue:
    """Who was there, and what was said."""
    seen = _for_leader(plan_code)
    plan = seen.plan
    review = reviews.review(plan, review_id)
    everybody, there = queries.team(plan, former=True), reviews.attendees(review)
    expected = reviews.members(everybody, there)
    people = queries.in_order(dict.fromkeys([*(one for one in everybody if one.left_at is None), *expected]))
    came = there if review.held_on is None else [id_ for id_, one in there.items() if one.attended]
    present = [one.id for one in reviews.members(everybody, came)]
    day = review.held_on or min(to_local(review.planned_at, review.time_zone).date(), now().date())
    values = {"version": str(review.version), "held_on": day, "minutes": review.minutes, "next_on": review.next_on}
    form = HeldForm(data={**values, "present_a": present, "present_b": present})
    form.offer(people, seen.names)

    def act() -> str:
        holding.hold(plan, review, form.held(), version=version_in(form), by=current_user, at=now())
        return url_for(".show", plan_code=plan_code, review_id=review_id)

    def show_again(stale: bool) -> str:
        again = _again(seen)
        one = reviews.review(again.plan, review_id) if request.method == "POST" else review
        theirs = one if stale else None
        _renew(form, one, stale)
        return page(
            "plans/reviews/minutes.html",
            again,
            "reviews",
            form=form,
            review=one,
            theirs=theirs,
            accepted=any(rules.accepted_at(one, side) for side in Side),
            has_errors=form.refused,
        )

    return carry_out(form, act, show_again)


@blueprint.route("/plans/<reference:plan_code>/reviews/<id:review_id>/commitments/add", methods=["GET", "POST"])
@plan_writer
def commit(plan_code: str, review_id: int) -> ResponseReturnValue:
    """Promises something until a day."""
    seen = _for_leader(plan_code)
    review = reviews.review(seen.plan, review_id)
    form = NewActionForm()
    form.offer(lines.context(seen))

    def act() -> str:
        holding.promise(
            seen.plan,
            review,
            form.text.data or "",
            accountable_id=form.accountable_id.data,
            helper_id=form.helper_id.data,
            due_on=form.due(),
            standing=seen.standing,
            by=current_user,
            at=now(),
        )
        return url_for(".show", plan_code=plan_code, review_id=review_id) + "#commitments"

    def show_again(_stale: bool) -> str:
        again = _again(seen)
        one = reviews.review(again.plan, review_id)
        return page("plans/reviews/commitment.html", again, "reviews", form=form, review=one, has_errors=form.refused)

    return carry_out(form, act, show_again)


@blueprint.post("/plans/<reference:plan_code>/reviews/<id:review_id>/accept")
@plan_writer
def accept(plan_code: str, review_id: int) -> ResponseReturnValue:
    """Accepts the review for the own side."""
    seen = queries.plan(viewer(), plan_code)
    review = reviews.review(seen.plan, review_id)
    if not (seen.standing.is_owner or seen.standing.is_sponsor):
        abort(403)
    version = version_in(AcceptForm())

    def act() -> None:
        holding.accept(seen.plan, review, version=version, standing=seen.standing, by=current_user, at=now())

    back = url_for(".show", plan_code=plan_code, review_id=review_id)
    return carry_out_at_once(ActionForm(), act, back, _("Accepted for your side."))


@blueprint.get("/plans/<reference:plan_code>/reviews/<id:review_id>/pdf")
@plan_reader
def pdf(plan_code: str, review_id: int) -> Response:
    """The review on one page."""
    seen = queries.plan(viewer(), plan_code)
    review = reviews.review(seen.plan, review_id)
    if not review.numbers:
        raise RuleError(_("The page is made once the numbers are frozen."))
    made = printing.one_pager(seen, review, lines.context(seen), now())
    return _file(made, "application/pdf", f"{seen.plan.code}_review_Q{review.quarter}.pdf")
