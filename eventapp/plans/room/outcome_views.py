"""What comes out of the workshop: putting things aside, making actions and decisions of them, agreeing on actions."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.decisions.forms import ProblemForm
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.actions.forms import NewActionForm
from eventapp.plans.audiences import plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.content.lines import Context
from eventapp.plans.models import ParkingItem, Workshop
from eventapp.plans.permissions import may_comment
from eventapp.plans.queries import Seen
from eventapp.plans.room import said
from eventapp.plans.room.forms import ParkForm, RoomActionForm
from eventapp.plans.room.permissions import takes_part
from eventapp.plans.room.service import outcomes
from eventapp.plans.room.showing import room_page
from eventapp.plans.room.views import ROOM, show_room
from eventapp.plans.workshop import queries as planned

blueprint = Blueprint("plan_outcomes", __name__)
PARKED = f"{ROOM}/parking/<id:parking_id>"
LONGEST_TITLE = 200


def _back(plan_code: str) -> str:
    return url_for("plan_room.show", plan_code=plan_code)


def _seen(plan_code: str) -> tuple[Seen, Workshop]:
    """The room for somebody who takes part; 403 for whoever only reads."""
    seen = queries.plan(viewer(), plan_code)
    if not takes_part(seen.standing):
        abort(403)
    return seen, planned.workshop(seen.plan)


def _parked(plan_code: str, parking_id: int) -> tuple[Seen, Workshop, ParkingItem]:
    seen, workshop = _seen(plan_code)
    return seen, workshop, said.parked_item(workshop, parking_id)


@blueprint.post(f"{ROOM}/parking/add")
@plan_writer
def park(plan_code: str) -> ResponseReturnValue:
    """Puts something aside."""
    seen, _workshop = _seen(plan_code)
    form = ParkForm()

    def act() -> str:
        outcomes.park(seen.plan, form.parked.data or "", standing=seen.standing, at=now())
        return _back(plan_code)

    return carry_out(form, act, lambda _stale: show_room(plan_code, parking=form), said=lambda: _("Put aside."))


@blueprint.post(f"{PARKED}/drop")
@plan_writer
def drop(plan_code: str, parking_id: int) -> ResponseReturnValue:
    """Lets go of something that was put aside."""
    seen, _workshop, item = _parked(plan_code, parking_id)
    return carry_out_at_once(ActionForm(), lambda: outcomes.drop(seen.plan, item, at=now()), _back(plan_code))


@blueprint.post(f"{ROOM}/actions/add")
@plan_writer
def agree(plan_code: str) -> ResponseReturnValue:
    """Agrees on an action, in one line."""
    seen, _workshop = _seen(plan_code)
    form = RoomActionForm()
    people = {one.id: one for one in queries.team(seen.plan)}
    form.offer(Context(seen.plan, people, seen.names, seen.standing))

    def act() -> str:
        outcomes.agree_on_action(
            seen.plan,
            form.text.data or "",
            accountable_id=form.accountable_id.data,
            helper_id=None,
            due_on=form.due_on.data,
            standing=seen.standing,
            by=current_user,
            at=now(),
        )
        return _back(plan_code)

    return carry_out(form, act, lambda _stale: show_room(plan_code, agreeing=form), said=lambda: _("Agreed."))


@blueprint.route(f"{PARKED}/action", methods=["GET", "POST"])
@plan_writer
def act_on(plan_code: str, parking_id: int) -> ResponseReturnValue:
    """Makes an action of something that was put aside."""
    seen, _workshop, item = _parked(plan_code, parking_id)
    form = NewActionForm(data={"text": item.text})
    form.offer(lines.context(seen))

    def act() -> str:
        outcomes.agree_on_action(
            seen.plan,
            form.text.data or "",
            accountable_id=form.accountable_id.data,
            helper_id=form.helper_id.data,
            due_on=form.due(),
            parked=item,
            standing=seen.standing,
            by=current_user,
            at=now(),
        )
        return _back(plan_code)

    def show(_stale: bool) -> str:
        again, workshop, there = _parked(plan_code, parking_id)
        values: dict[str, Any] = {"form": form, "item": there, "has_errors": form.refused}
        return room_page("plans/room/action.html", again, workshop, "room", **values)

    return carry_out(form, act, show, said=lambda: _("Agreed."))


@blueprint.route(f"{PARKED}/decision", methods=["GET", "POST"])
@plan_writer
def decide(plan_code: str, parking_id: int) -> ResponseReturnValue:
    """Makes an open decision of something that was put aside. Not for a facilitator, who would go on owning it."""
    seen, _workshop, item = _parked(plan_code, parking_id)
    if not may_comment(seen.standing):
        abort(403)
    form = ProblemForm(data={"title": item.text[:LONGEST_TITLE]})

    def act() -> str:
        title, problem = form.title.data or "", form.problem.data or ""
        outcomes.open_decision(seen.plan, item, title, problem, viewer=viewer(), at=now())
        return _back(plan_code)

    def show(_stale: bool) -> str:
        again, workshop, there = _parked(plan_code, parking_id)
        values: dict[str, Any] = {"form": form, "item": there, "has_errors": form.refused}
        return room_page("plans/room/decision.html", again, workshop, "room", **values)

    return carry_out(form, act, show, said=lambda: _("The decision is open. Both teams take part in it."))
