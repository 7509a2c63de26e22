"""The pages of a workshop's agenda."""

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.models import Workshop, WorkshopFormat, WorkshopState
from eventapp.plans.queries import Seen
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda import service
from eventapp.plans.workshop.agenda.forms import PartForm
from eventapp.plans.workshop.agenda.rules import timetable
from eventapp.plans.workshop.pages import workshop_page
from eventapp.plans.workshop.permissions import is_plannable, may_set_agenda

blueprint = Blueprint("plan_agenda", __name__)


@blueprint.get("/plans/<reference:plan_code>/workshop/agenda")
@plan_reader
def index(plan_code: str) -> str:
    """The agenda with when each part begins, and what it comes to."""
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    items = workshops.items(workshop)
    return workshop_page(
        "plans/workshop/agenda/index.html",
        seen,
        workshop,
        "agenda",
        parts=timetable(items, workshops.confirmed_slot(workshop), workshop),
        sections={one.id: one for one in queries.sections(seen.plan)},
        may_change=may_set_agenda(seen.standing, workshop)
        and is_plannable(seen.plan)
        and workshop.state is not WorkshopState.HELD,
        begun=any(one.started_at is not None for one in items),
    )


def _to_change(plan_code: str) -> tuple[Seen, Workshop]:
    """The workshop for whoever may set its agenda; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    if not may_set_agenda(seen.standing, workshop):
        abort(403)
    return seen, workshop


def _page(plan_code: str, form: PartForm, title: str) -> str:
    seen, workshop = _to_change(plan_code)
    values = {"form": form, "heading": title, "has_errors": form.refused}
    return workshop_page("plans/workshop/agenda/edit.html", seen, workshop, "agenda", **values)


@blueprint.route("/plans/<reference:plan_code>/workshop/agenda/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Adds a part."""
    seen, workshop = _to_change(plan_code)
    form = PartForm()
    form.offer(queries.sections(seen.plan), halves=workshop.format is WorkshopFormat.VIRTUAL)

    def act() -> str:
        service.add(seen.plan, form.details(), by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    return carry_out(form, act, lambda _stale: _page(plan_code, form, _("Add a part")))


@blueprint.route("/plans/<reference:plan_code>/workshop/agenda/<id:workshop_item_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, workshop_item_id: int) -> ResponseReturnValue:
    """Changes a part."""
    seen, workshop = _to_change(plan_code)
    item = workshops.item(workshop, workshop_item_id)
    form = PartForm(obj=item)
    form.offer(queries.sections(seen.plan), halves=workshop.format is WorkshopFormat.VIRTUAL)

    def act() -> str:
        service.change(seen.plan, item, form.details(), version=version_in(form), by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(stale: bool) -> str:
        if stale:
            there = workshops.item(workshops.workshop(queries.plan(viewer(), plan_code).plan), workshop_item_id)
            form.version.data, form.version.raw_data = str(there.version), None
        return _page(plan_code, form, _("Change a part"))

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/workshop/agenda/<id:workshop_item_id>/<any(up, down, remove):agenda_act>")
@plan_writer
def shift(plan_code: str, workshop_item_id: int, agenda_act: str) -> ResponseReturnValue:
    """Moves a part up or down, or takes it out."""
    seen, workshop = _to_change(plan_code)
    item = workshops.item(workshop, workshop_item_id)

    def act() -> None:
        if agenda_act == "remove":
            service.remove(seen.plan, item, by=current_user, at=now())
        else:
            service.shift(seen.plan, item, -1 if agenda_act == "up" else 1, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code))


@blueprint.post("/plans/<reference:plan_code>/workshop/agenda/standard")
@plan_writer
def standard(plan_code: str) -> ResponseReturnValue:
    """Puts the standard agenda in place of this one."""
    seen, _workshop = _to_change(plan_code)
    back = url_for(".index", plan_code=plan_code)
    said = _("This is the standard agenda.")
    return carry_out_at_once(ActionForm(), lambda: service.restore(seen.plan, by=current_user, at=now()), back, said)
