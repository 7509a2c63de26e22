"""The teams of a plan: reading them, and for the owner of a side changing the own one."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.delegations import queries as delegations
from eventapp.plans.models import MemberFunction, PlanMember, Side
from eventapp.plans.pages import page
from eventapp.plans.permissions import may_change_team
from eventapp.plans.queries import Seen
from eventapp.plans.teams import queries as people
from eventapp.plans.teams import service, small
from eventapp.plans.teams.checking import lead_problems, team_problems
from eventapp.plans.teams.forms import FunctionForm, HandOverForm, JoinForm, SmallForm

blueprint = Blueprint("plan_teams", __name__)


@blueprint.get("/plans/<reference:plan_code>/team")
@plan_reader
def index(plan_code: str) -> str:
    """Both teams, now and before."""
    seen = queries.plan(viewer(), plan_code)
    everybody = queries.team(seen.plan, former=True)
    now_in = [one for one in everybody if one.left_at is None]
    there = {one.id for one in now_in}
    lacks = {}
    for side in Side:
        of_side = [one for one in now_in if one.side is side]
        problems = team_problems(of_side, small=side is Side.B and seen.plan.small_at is not None)
        lacks[side] = problems + lead_problems(seen.plan, of_side)
    return page(
        "plans/teams/index.html",
        seen,
        "team",
        now_in=now_in,
        former=[one for one in everybody if one.left_at is not None],
        people={one.id: one for one in everybody},
        lacks=lacks,
        own_side=seen.standing.side if seen.standing.is_owner else None,
        delegated=[one for one in delegations.held(seen.plan) if one.delegate_id in there],
        may_except=small.may_except(seen.plan, seen.standing) and small.is_small(seen.plan),
        small_by=_owner_at(everybody, seen.plan.small_at),
        changes=service.may_change_now(seen.plan),
    )


def _owner_at(everybody: Sequence[PlanMember], at: datetime | None) -> str:
    """Who owned the plan at the partner at that moment, who alone records the exception for small partners."""
    owners = [one for one in everybody if one.side is Side.B and one.function is MemberFunction.OWNER]
    there = [one for one in owners if at is not None and one.joined_at <= at and (one.left_at is None or one.left_at > at)]
    return there[0].name if there else ""


def _own(plan_code: str) -> tuple[Seen, Side]:
    """The plan and the own side for its owner; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    side = seen.standing.side
    if side is None or not may_change_team(seen.standing, side):
        abort(403)
    return seen, side


def _member(plan_code: str, member_id: int) -> tuple[Seen, PlanMember]:
    """Somebody of the own team. Raises NotFoundError; 403 for somebody of the other side's."""
    seen, side = _own(plan_code)
    found = queries.member(seen.plan, member_id)
    if found.side is not side:
        abort(403)
    return seen, found


@blueprint.route("/plans/<reference:plan_code>/team/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Puts somebody into the own team."""
    seen, side = _own(plan_code)
    form = JoinForm(data={"function": MemberFunction.SALES})
    form.offer(people.candidates(seen.plan, side, now()))

    def act() -> str:
        who = people.candidate(seen.plan, side, int(form.who.data), now())
        service.join(seen.plan, who, form.function.data, signatory=form.signatory.data, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        return page("plans/teams/add.html", queries.plan(viewer(), plan_code), "team", form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route("/plans/<reference:plan_code>/team/<id:member_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, member_id: int) -> ResponseReturnValue:
    """Changes what somebody of the own team does."""
    seen, one = _member(plan_code, member_id)
    form = FunctionForm(obj=one)

    def act() -> str:
        service.change(seen.plan, one, form.function.data, signatory=form.signatory.data, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again, there = _member(plan_code, member_id)
        return page("plans/teams/edit.html", again, "team", form=form, member=there, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/team/<id:member_id>/leave")
@plan_writer
def leave(plan_code: str, member_id: int) -> ResponseReturnValue:
    """Takes somebody out of the own team."""
    seen, one = _member(plan_code, member_id)
    back = url_for(".index", plan_code=plan_code)
    said = _("%(name)s has left the team.", name=one.name)
    return carry_out_at_once(ActionForm(), lambda: service.leave(seen.plan, one, by=current_user, at=now()), back, said)


@blueprint.route("/plans/<reference:plan_code>/team/<id:member_id>/hand-over", methods=["GET", "POST"])
@plan_writer
def hand_over(plan_code: str, member_id: int) -> ResponseReturnValue:
    """Somebody of the own side takes over from somebody: function, open actions, rows of the plan, signatures that are due."""
    seen, one = _member(plan_code, member_id)
    form = HandOverForm()
    team = [other for other in queries.team(seen.plan) if other.side is one.side and other.id != one.id]
    form.offer(team, people.candidates(seen.plan, one.side, now()))

    def act() -> str:
        kind, key = form.successor.data.split("-")
        successor = (
            queries.member(seen.plan, int(key)) if kind == "member" else people.candidate(seen.plan, one.side, int(key), now())
        )
        service.hand_over(seen.plan, one, successor, by=current_user, at=now())
        # Who has handed the plan itself over may not change the team any more, but still read it only if still in it.
        return url_for("plans.index") if one.id == _me(seen) else url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again, there = _member(plan_code, member_id)
        return page(
            "plans/teams/hand_over.html",
            again,
            "team",
            form=form,
            member=there,
            held=service.open_work(there),
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("Handed over."))


def _small(plan_code: str) -> Seen:
    """The plan for whoever may say that side b is small; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    if not small.may_except(seen.plan, seen.standing):
        abort(403)
    return seen


@blueprint.route("/plans/<reference:plan_code>/team/small", methods=["GET", "POST"])
@plan_writer
def make_exception(plan_code: str) -> ResponseReturnValue:
    """Records the exception for a small partner."""
    seen = _small(plan_code)
    if not small.is_small(seen.plan):
        flash(small.too_large(seen.plan), "danger")
        return redirect(url_for(".index", plan_code=plan_code))
    form = SmallForm(data={"reason": seen.plan.small_reason})

    def act() -> str:
        small.make_exception(seen.plan, form.reason.data or "", standing=seen.standing, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        return page("plans/teams/small.html", _small(plan_code), "team", form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/team/small/end")
@plan_writer
def end_exception(plan_code: str) -> ResponseReturnValue:
    """Takes the exception back."""
    seen = _small(plan_code)
    back = url_for(".index", plan_code=plan_code)
    return carry_out_at_once(
        ActionForm(), lambda: small.end_exception(seen.plan, standing=seen.standing, by=current_user, at=now()), back
    )


def _me(seen: Seen) -> int | None:
    return seen.standing.member.id if seen.standing.member is not None else None
