"""The page of a workshop, planning it, and what its facilitator reads before it begins."""

from typing import Any

from flask import Blueprint, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, version_in
from eventapp.core.web.templates import viewer_zone
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.models import PlanStatus, Side, Workshop, WorkshopFormat
from eventapp.plans.queries import Seen
from eventapp.plans.reaching import HOME
from eventapp.plans.workshop import checking, following  # noqa: F401 - they are asked and told once they are imported
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda.rules import timetable
from eventapp.plans.workshop.calendars import halves
from eventapp.plans.workshop.pages import workshop_page
from eventapp.plans.workshop.permissions import is_ahead, is_plannable, may_plan
from eventapp.plans.workshop.planning import service
from eventapp.plans.workshop.planning.forms import WorkshopForm
from eventapp.plans.workshop.planning.queries import led_by, summary

blueprint = Blueprint("plan_workshop", __name__)


@blueprint.get("/plans/<reference:plan_code>/workshop/")
@plan_reader
def index(plan_code: str) -> str:
    """When, where and with whom; how far the preparation is; the way to everything else."""
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop_of(seen.plan)
    if workshop is None:
        may = may_plan(seen.standing) and is_plannable(seen.plan)
        return workshop_page("plans/workshop/none.html", seen, None, "overview", may_plan=may)
    slot, context = workshops.confirmed_slot(workshop), lines.context(seen)
    session = next(iter(workshops.sessions(only=workshop.session_id)), None) if workshop.session_id is not None else None
    return workshop_page(
        "plans/workshop/index.html",
        seen,
        workshop,
        "overview",
        slot=slot,
        context=context,
        session=session,
        elsewhere=session is not None and slot is not None and not _meet(session, slot),
        facilitator=service.facilitator_name(workshop),
        summary=summary(seen.plan, workshop, slot, {side: seen.names[side] for side in Side}),
        may_change=may_plan(seen.standing) and is_ahead(seen.plan, workshop),
        room=url_for("plan_room.show", plan_code=plan_code) if slot is not None and _room_opens() else None,
    )


def _meet(session: workshops.Session, slot: Any) -> bool:
    """Whether a session and a date have any time in common."""
    return any(start < session.ends_at and session.starts_at < end for _number, start, end in halves(slot))


def _room_opens() -> bool:
    return "plan_room.show" in current_app.view_functions and may_open("plan_room.show")


def _owner(plan_code: str) -> Seen:
    """The plan for one of its owners; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    if not may_plan(seen.standing):
        abort(403)
    return seen


def _form(seen: Seen, workshop: Workshop | None) -> WorkshopForm:
    values = {"format": WorkshopFormat.IN_PERSON, "time_zone": viewer_zone() or HOME}
    form = WorkshopForm(obj=workshop) if workshop is not None else WorkshopForm(data=values)
    at, context = now(), lines.context(seen)
    team = [one for one in context.people.values() if one.left_at is None]
    # Who works for the vendor is not told to the partner: its owner sees who was chosen, and may say no.
    leading = service.facilitators(team, at) if seen.standing.side is Side.A else []
    sessions = workshops.sessions(after=at)
    if workshop is not None:
        name = service.facilitator_name(workshop)
        if name is not None and workshop.facilitator_id not in {id_ for id_, _name in leading}:
            leading = [*leading, (workshop.facilitator_id or 0, name)]
        if workshop.session_id is not None and workshop.session_id not in {one.id for one in sessions}:
            sessions = [*workshops.sessions(only=workshop.session_id), *sessions]
    form.offer(context, leading, sessions)
    return form


@blueprint.route("/plans/<reference:plan_code>/workshop/new", methods=["GET", "POST"])
@plan_writer
def new(plan_code: str) -> ResponseReturnValue:
    """Plans the workshop."""
    seen = _owner(plan_code)
    form = _form(seen, None)

    def act() -> str:
        service.plan_workshop(seen.plan, form.details(), by=current_user, at=now())
        return url_for("plan_dates.index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        values = {"form": form, "has_errors": form.refused}
        return workshop_page("plans/workshop/planning/edit.html", queries.plan(viewer(), plan_code), None, "overview", **values)

    return carry_out(form, act, show, said=lambda: _("The workshop is planned, with the standard agenda. Now propose dates."))


@blueprint.route("/plans/<reference:plan_code>/workshop/edit", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str) -> ResponseReturnValue:
    """Changes how and where it is held, and who has which part."""
    seen = _owner(plan_code)
    form = _form(seen, workshops.workshop(seen.plan))

    def act() -> str:
        service.change(seen.plan, form.details(), version=version_in(form), by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        there = workshops.workshop(again.plan)
        if stale:
            form.version.data, form.version.raw_data = str(there.version), None
        values = {"form": form, "has_errors": form.refused}
        return workshop_page("plans/workshop/planning/edit.html", again, there, "overview", **values)

    return carry_out(form, act, show)


@blueprint.get("/plans/<reference:plan_code>/workshop/facilitator")
@plan_reader
def facilitator(plan_code: str) -> str:
    """What the facilitator needs to come: when, where, the agenda. Nothing of the plan, which opens with the workshop."""
    found = led_by(viewer(), plan_code)
    if found is None:
        raise NotFoundError(plan_code)
    plan, workshop = found
    slot = workshops.confirmed_slot(workshop)
    return render_template(
        "plans/workshop/planning/facilitator.html",
        plan=plan,
        workshop=workshop,
        slot=slot,
        halves=halves,
        zone=viewer_zone(),
        virtual=workshop.format is WorkshopFormat.VIRTUAL,
        parts=timetable(workshops.items(workshop), slot, workshop),
        # The door of the room is there as soon as the plan is in its workshop.
        room=url_for("plan_room.show", plan_code=plan_code) if plan.status is PlanStatus.WORKSHOP and _room_opens() else None,
    )
