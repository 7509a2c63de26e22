"""The room of the workshop: beginning and ending it, who is here, the agenda with its timer."""

from datetime import date, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content.lines import Context
from eventapp.plans.models import (
    PARKING_STATE_LABELS,
    QUADRANT_LABELS,
    Plan,
    PlanMember,
    PlanSection,
    Quadrant,
    SectionKind,
    Side,
    Workshop,
    WorkshopState,
)
from eventapp.plans.permissions import Standing, may_comment
from eventapp.plans.queries import Seen
from eventapp.plans.room import checking, following, said  # noqa: F401 - they are asked and told once they are imported
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.forms import AttendForm, MoveOnForm, ParkForm, RoomActionForm, StartForm, number_in
from eventapp.plans.room.permissions import keeps_time, leads, marks, may_reopen
from eventapp.plans.room.rules import left_of
from eventapp.plans.room.service import agenda, attending, running
from eventapp.plans.room.showing import room_page
from eventapp.plans.workshop import queries as planned

blueprint = Blueprint("plan_room", __name__)
# Rows of each quadrant on the screen, those with most votes.
SHOWN_ON_SCREEN = 4
# Until when an action is due that is agreed on in the room, if nobody says anything else.
ACTION_LASTS = timedelta(days=14)
# How it is begun, by the word in the address of the page that asks back.
BEGINS = {"now": "plan_room.start", "informally": "plan_room.start_informally"}
ROOM = "/plans/<reference:plan_code>/workshop/room"


@blueprint.get(ROOM)
@plan_reader
def show(plan_code: str) -> str:
    """The room: what is on, who is here, how the sections stand. Before it opens, the facilitator stands at its door."""
    return show_room(plan_code)


def show_room(plan_code: str, *, parking: ParkForm | None = None, agreeing: RoomActionForm | None = None) -> str:
    """The page of the room, with a form as it was typed if it was refused."""
    try:
        seen = queries.plan(viewer(), plan_code)
    except NotFoundError:
        lobby = rooms.lobby(viewer(), plan_code)
        return render_template("plans/room/lobby.html", lobby=lobby, asked=_asked(lobby.plan, lobby.state))
    workshop, parts, state = rooms.workshop_with_agenda(seen.plan)
    sections = rooms.sections(seen.plan)

    def _section_url(one: PlanSection) -> str:
        if one.kind is SectionKind.SWOT:
            return url_for("plan_swot.index", plan_code=plan_code)
        return url_for("plan_sections.show", plan_code=plan_code, section_key=one.key)

    asked = _asked(seen.plan, workshop.state if workshop is not None else None)
    people = rooms.people(seen.plan, workshop, now()) if workshop is not None else []
    current = rooms.under_way(parts)
    refused = [form for form in (parking, agreeing) if form is not None and form.refused]
    agreeing = agreeing or RoomActionForm(formdata=None, data={"due_on": now().date() + ACTION_LASTS})
    members = {one.member.id: one.member for one in people}
    agreeing.offer(Context(seen.plan, members, seen.names, seen.standing))
    return room_page(
        "plans/room/show.html",
        seen,
        workshop,
        "room",
        state=state,
        parts=parts,
        current=current,
        upcoming=rooms.upcoming(parts),
        left=left_of(current, now()) if current is not None else None,
        people=people,
        lacks=rooms.quorum_lacks(seen.plan, people),
        reached={Side.A: bool(workshop and workshop.quorum_a), Side.B: bool(workshop and workshop.quorum_b)},
        me=next((one for one in people if seen.standing.member and one.member.id == seen.standing.member.id), None),
        sections=sections,
        section_urls={one.id: _section_url(one) for one, _sides in sections},
        parked=said.parked(workshop) if workshop is not None else [],
        actions=said.agreed_actions(seen.plan),
        parking_form=parking or ParkForm(formdata=None),
        action_form=agreeing,
        refused=refused,
        has_errors=bool(refused),
        asked=asked,
        # The question stays while the page looks for news.
        own_url=url_for(".show", plan_code=plan_code, begin=request.args["begin"]) if asked else "",
        may_decide=may_comment(seen.standing),
        parking_labels=PARKING_STATE_LABELS,
    )


def _asked(plan: Plan, state: WorkshopState | None) -> tuple[str, date] | None:
    """Whether to ask back before the workshop begins on another day than its date: at which button, and that date."""
    how = request.args.get("begin", "")
    if how not in BEGINS or state is not WorkshopState.DATED:
        return None
    dated = rooms.other_day(plan, now())
    return (BEGINS[how], dated) if dated is not None else None


@blueprint.get(f"{ROOM}/screen")
@plan_reader
def screen(plan_code: str) -> str:
    """What everybody in the room sees on the wall: what is on, who is here, what has most votes. Nothing to press."""
    seen = queries.plan(viewer(), plan_code)
    workshop, parts, state = rooms.workshop_with_agenda(seen.plan)
    if workshop is None:
        raise NotFoundError(plan_code)
    people = rooms.people(seen.plan, workshop)
    current = rooms.under_way(parts)
    # The wall shows what is being talked about: the SWOT while its part of the agenda is on.
    section = said.swot_section_or_none(seen.plan) if current is not None and current.section_id is not None else None
    shows_swot = section is not None and current is not None and current.section_id == section.id
    rows = said.swot(seen.plan) if shows_swot else {}
    slot = planned.confirmed_slot(workshop) if workshop.started_at is None else None
    return room_page(
        "plans/room/screen.html",
        seen,
        workshop,
        "room",
        state=state,
        own_url=url_for(".screen", plan_code=plan_code),
        current=current,
        upcoming=rooms.upcoming(parts),
        left=left_of(current, now()) if current is not None else None,
        people=people,
        lacks=rooms.quorum_lacks(seen.plan, people),
        reached={Side.A: workshop.quorum_a, Side.B: workshop.quorum_b},
        begins_at=slot.starts_at if slot is not None else None,
        quadrants=[(one, QUADRANT_LABELS[one], rows.get(one, [])[:SHOWN_ON_SCREEN]) for one in Quadrant],
        shows_swot=shows_swot,
        voted=said.confidence(workshop).number,
    )


def _seen(plan_code: str) -> tuple[Seen, Workshop]:
    seen = queries.plan(viewer(), plan_code)
    return seen, planned.workshop(seen.plan)


def _back(plan_code: str) -> str:
    return url_for("plan_room.show", plan_code=plan_code)


def _to_start(plan_code: str) -> tuple[Plan, Standing]:
    """The plan for whoever may begin its workshop: owners, and the facilitator at the door. Raises NotFoundError."""
    try:
        seen = queries.plan(viewer(), plan_code)
    except NotFoundError:
        return rooms.lobby(viewer(), plan_code).plan, Standing(facilitates=True)
    return seen.plan, seen.standing


@blueprint.post(f"{ROOM}/start")
@plan_writer
def start(plan_code: str) -> ResponseReturnValue:
    """Begins the workshop, as soon as both sides have a quorum."""
    return _start(plan_code, informal=False)


@blueprint.post(f"{ROOM}/start-informally")
@plan_writer
def start_informally(plan_code: str) -> ResponseReturnValue:
    """Begins it without a quorum."""
    return _start(plan_code, informal=True)


def _start(plan_code: str, *, informal: bool) -> ResponseReturnValue:
    plan, standing = _to_start(plan_code)
    if not leads(standing):
        abort(403)

    if not StartForm().meant.data and rooms.other_day(plan, now()) is not None:
        # Whoever has mistaken the day, or the plan, is asked back before everybody is told that it has begun.
        return redirect(url_for("plan_room.show", plan_code=plan_code, begin="informally" if informal else "now"))

    def act() -> None:
        running.start(plan, informal=informal, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, _back(plan_code), _("The workshop has begun."))


@blueprint.post(f"{ROOM}/end")
@plan_writer
def end(plan_code: str) -> ResponseReturnValue:
    """Ends the workshop and keeps the plan as it is by then."""
    seen, _workshop = _seen(plan_code)
    if not leads(seen.standing):
        abort(403)

    def act() -> None:
        running.end(seen.plan, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, _back(plan_code), _("The workshop is over. The plan is kept as it is now."))


@blueprint.post(f"{ROOM}/reopen")
@plan_writer
def reopen(plan_code: str) -> ResponseReturnValue:
    """Takes a workshop up again."""
    seen, _workshop = _seen(plan_code)
    if not may_reopen(seen.standing):
        abort(403)
    said = _("The workshop is under way again. Everybody says anew that they are here.")
    return carry_out_at_once(ActionForm(), lambda: running.reopen(seen.plan, by=current_user, at=now()), _back(plan_code), said)


def _who(plan_code: str) -> tuple[Seen, PlanMember]:
    """Whose attendance is meant: the own one, or that of somebody else, which not everybody may say. 403 for others."""
    seen, workshop = _seen(plan_code)
    member_id = number_in(AttendForm().member)
    mine = seen.standing.member
    if mine is not None and member_id in (None, mine.id):
        return seen, mine
    if not any(marks(seen.standing, workshop, side) for side in Side):
        abort(403)
    member = queries.member(seen.plan, member_id or 0)
    if not marks(seen.standing, workshop, member.side):
        abort(403)
    return seen, member


@blueprint.post(f"{ROOM}/arrive")
@plan_writer
def arrive(plan_code: str) -> ResponseReturnValue:
    """Somebody is here."""
    seen, member = _who(plan_code)
    return carry_out_at_once(AttendForm(), lambda: attending.arrive(seen.plan, member, at=now()), _back(plan_code))


@blueprint.post(f"{ROOM}/leave")
@plan_writer
def leave(plan_code: str) -> ResponseReturnValue:
    """Somebody has gone."""
    seen, member = _who(plan_code)
    return carry_out_at_once(AttendForm(), lambda: attending.leave(seen.plan, member, at=now()), _back(plan_code))


def _for_time(plan_code: str) -> tuple[Seen, Workshop]:
    """The room for whoever moves the agenda on; 403 for others."""
    seen, workshop = _seen(plan_code)
    if not keeps_time(seen.standing, workshop):
        abort(403)
    return seen, workshop


@blueprint.post(f"{ROOM}/agenda/<id:item_id>/begin")
@plan_writer
def begin(plan_code: str, item_id: int) -> ResponseReturnValue:
    """Takes up a part of the agenda; the one under way ends."""
    seen, workshop = _for_time(plan_code)
    item, running_id = planned.item(workshop, item_id), number_in(MoveOnForm().version)
    return carry_out_at_once(MoveOnForm(), lambda: agenda.begin(seen.plan, item, seen=running_id, at=now()), _back(plan_code))


@blueprint.post(f"{ROOM}/agenda/<id:item_id>/finish")
@plan_writer
def finish(plan_code: str, item_id: int) -> ResponseReturnValue:
    """Ends a part of the agenda."""
    seen, workshop = _for_time(plan_code)
    item = planned.item(workshop, item_id)
    return carry_out_at_once(ActionForm(), lambda: agenda.finish(seen.plan, item, at=now()), _back(plan_code))


@blueprint.post(f"{ROOM}/agenda/<id:item_id>/extend")
@plan_writer
def extend(plan_code: str, item_id: int) -> ResponseReturnValue:
    """Gives a part of the agenda five minutes more."""
    seen, workshop = _for_time(plan_code)
    item, version = planned.item(workshop, item_id), version_in(MoveOnForm())
    return carry_out_at_once(MoveOnForm(), lambda: agenda.extend(seen.plan, item, version=version), _back(plan_code))
