"""The SWOT in the room: four quadrants, votes, mixed groups."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.models import QUADRANT_LABELS, PlanMember, PlanSection, Quadrant
from eventapp.plans.permissions import is_writable, may_write
from eventapp.plans.queries import Seen
from eventapp.plans.room import queries as rooms
from eventapp.plans.room import said
from eventapp.plans.room.forms import SwotLineForm
from eventapp.plans.room.permissions import leads
from eventapp.plans.room.rules import SWOT_VOTES
from eventapp.plans.room.service import attending, voting
from eventapp.plans.room.showing import room_page
from eventapp.plans.room.views import ROOM
from eventapp.plans.workshop import queries as planned

blueprint = Blueprint("plan_swot", __name__)


@blueprint.get(f"{ROOM}/swot")
@plan_reader
def index(plan_code: str) -> str:
    """What speaks for and against the plan, with the votes of everybody, and who sits together."""
    return _show(plan_code, None)


def _show(plan_code: str, form: SwotLineForm | None) -> str:
    seen = queries.plan(viewer(), plan_code)
    workshop, state = rooms.workshop_and_state(seen.plan)
    section = said.swot_section_or_none(seen.plan)
    people = rooms.people(seen.plan, workshop, now())
    me = next((one for one in people if seen.standing.member and one.member.id == seen.standing.member.id), None)
    rows = said.swot(seen.plan, seen.standing.member)
    given = sum(row.mine for found in rows.values() for row in found)
    return room_page(
        "plans/room/swot.html",
        seen,
        workshop,
        "swot",
        state=state,
        section=section,
        people=people,
        me=me,
        groups=rooms.in_groups(people),
        quadrants=[(one, QUADRANT_LABELS[one], rows[one]) for one in Quadrant],
        most=SWOT_VOTES,
        votes_left=SWOT_VOTES - given,
        may_say=section is not None and may_write(seen.standing, section) and is_writable(seen.plan),
        form=form,
        has_errors=form is not None and form.refused,
    )


def _back(plan_code: str) -> str:
    return url_for("plan_swot.index", plan_code=plan_code)


def _to_write(plan_code: str) -> tuple[Seen, PlanSection]:
    seen = queries.plan(viewer(), plan_code)
    section = said.swot_section(seen.plan)
    if not may_write(seen.standing, section):
        abort(403)
    return seen, section


@blueprint.post(f"{ROOM}/swot/add")
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Adds a row, in one line."""
    seen, section = _to_write(plan_code)
    planned.workshop(seen.plan)
    form = SwotLineForm()

    def act() -> str:
        values: dict[str, Any] = {"standing": seen.standing, "by": current_user, "at": now()}
        voting.say(seen.plan, section, Quadrant(form.quadrant.data), form.text.data or "", **values)
        return _back(plan_code)

    return carry_out(form, act, lambda _stale: _show(plan_code, form), said=lambda: _("Added."))


def _me(plan_code: str) -> tuple[Seen, PlanMember]:
    """The plan for somebody of its teams, who have votes; 403 for whoever reads it otherwise."""
    seen = queries.plan(viewer(), plan_code)
    if seen.standing.member is None:
        abort(403)
    planned.workshop(seen.plan)
    return seen, seen.standing.member


@blueprint.post(f"{ROOM}/swot/<id:swot_id>/vote")
@plan_writer
def vote(plan_code: str, swot_id: int) -> ResponseReturnValue:
    """Gives a vote to a row."""
    seen, me = _me(plan_code)
    return carry_out_at_once(ActionForm(), lambda: voting.vote(seen.plan, swot_id, me, at=now()), _back(plan_code))


@blueprint.post(f"{ROOM}/swot/<id:swot_id>/take-back")
@plan_writer
def take_back(plan_code: str, swot_id: int) -> ResponseReturnValue:
    """Takes a vote back."""
    seen, me = _me(plan_code)
    return carry_out_at_once(ActionForm(), lambda: voting.take_back(seen.plan, swot_id, me), _back(plan_code))


@blueprint.post(f"{ROOM}/swot/groups")
@plan_writer
def deal(plan_code: str) -> ResponseReturnValue:
    """Deals who is here into mixed groups."""
    seen = queries.plan(viewer(), plan_code)
    if not leads(seen.standing):
        abort(403)

    def act() -> None:
        attending.deal_groups(seen.plan, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, _back(plan_code))
