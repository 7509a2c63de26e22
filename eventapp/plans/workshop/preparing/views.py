"""The pages of what both sides prepare."""

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
from eventapp.plans.content import queries as lines
from eventapp.plans.content.lines import LineForm
from eventapp.plans.content.showing import show_conflict, watching
from eventapp.plans.models import PrepKind, PrepState, PrepTask, Side, Workshop, WorkshopState
from eventapp.plans.queries import Seen
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.pages import workshop_page
from eventapp.plans.workshop.permissions import is_ahead, may_assign, may_prepare, reads_text
from eventapp.plans.workshop.preparing import service
from eventapp.plans.workshop.preparing.forms import FactsForm, NewForm, NumbersForm, OwnForm, WaiveForm, WriteForm
from eventapp.plans.workshop.preparing.rules import numbers_of, stands

blueprint = Blueprint("plan_preparing", __name__)


@blueprint.get("/plans/<reference:plan_code>/workshop/preparation")
@plan_reader
def index(plan_code: str) -> str:
    """What each side prepares, how far it is, and whether both owners stand by the numbers."""
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    tasks = list(workshops.tasks(workshop))
    ahead, standing = is_ahead(seen.plan, workshop), seen.standing
    done = all(stands(numbers_of(tasks, side)) for side in Side)
    return workshop_page(
        "plans/workshop/preparing/index.html",
        seen,
        workshop,
        "preparing",
        tasks=tasks,
        people=lines.context(seen).people,
        readable={one.id for one in tasks if reads_text(standing, one)},
        numbers={side: numbers_of(tasks, side) for side in Side},
        today=now().date(),
        slot=workshops.confirmed_slot(workshop),
        numbers_seen=service.numbers_seen(tasks),
        numbers_ready=done and workshop.state is WorkshopState.DATED,
        numbers_lack=_numbers_lack(workshop.state, done=done),
        facts={Side.A: workshop.facts_a_at, Side.B: workshop.facts_b_at},
        may_confirm=ahead and standing.is_owner,
        may_add=ahead and standing.is_owner,
    )


def _numbers_lack(state: WorkshopState, *, done: bool) -> str:
    """What has to come before both owners confirm the numbers, in words; nothing once the workshop has begun."""
    if state not in (WorkshopState.PLANNING, WorkshopState.DATED):
        return ""
    if not done:
        lacks = _("The numbers of both sides have to be done first.")
        return (
            lacks if state is WorkshopState.DATED else _("The numbers of both sides have to be done first, and a date confirmed.")
        )
    return "" if state is WorkshopState.DATED else _("A date has to be confirmed first.")


def _task(plan_code: str, prep_task_id: int) -> tuple[Seen, Workshop, PrepTask]:
    seen = queries.plan(viewer(), plan_code)
    workshop = workshops.workshop(seen.plan)
    return seen, workshop, workshops.task(workshop, prep_task_id)


def _own(plan_code: str, prep_task_id: int) -> tuple[Seen, PrepTask]:
    """A preparation for somebody of that side; 403 for everybody else who reads it."""
    seen, _workshop, task = _task(plan_code, prep_task_id)
    if not may_prepare(seen.standing, task.side):
        abort(403)
    return seen, task


def _to_assign(plan_code: str, prep_task_id: int) -> tuple[Seen, PrepTask]:
    """A preparation for the owner of that side; 403 for everybody else who reads it."""
    seen, _workshop, task = _task(plan_code, prep_task_id)
    if not may_assign(seen.standing, task.side):
        abort(403)
    return seen, task


@blueprint.get("/plans/<reference:plan_code>/workshop/preparation/<id:prep_task_id>")
@plan_reader
def show(plan_code: str, prep_task_id: int) -> str:
    """A preparation: what it is, who does it, and what it has come to, if the reader may read that."""
    seen, workshop, task = _task(plan_code, prep_task_id)
    ahead = is_ahead(seen.plan, workshop)
    return workshop_page(
        "plans/workshop/preparing/show.html",
        seen,
        workshop,
        "preparing",
        task=task,
        people=lines.context(seen).people,
        reads=reads_text(seen.standing, task),
        may_prepare=ahead and may_prepare(seen.standing, task.side),
        may_assign=ahead and may_assign(seen.standing, task.side),
        is_own=task.kind is PrepKind.OWN,
        is_open=task.state is PrepState.TO_DO,
    )


@blueprint.route("/plans/<reference:plan_code>/workshop/preparation/<id:prep_task_id>/write", methods=["GET", "POST"])
@plan_writer
def write(plan_code: str, prep_task_id: int) -> ResponseReturnValue:
    """Writes it; what somebody else of the side wrote meanwhile is shown to decide."""
    seen, task = _own(plan_code, prep_task_id)
    form = WriteForm(obj=task)
    met = watching()

    def act() -> str:
        with met:
            base = version_in(form)
            service.write(seen.plan, task, form.text.data or "", base=base, standing=seen.standing, by=current_user, at=now())
        return url_for(".show", plan_code=plan_code, prep_task_id=prep_task_id)

    def show_again(_stale: bool) -> str:
        again, there = _own(plan_code, prep_task_id)
        show_conflict(form, met, there, lines.context(again).people)
        return _page(again, "plans/workshop/preparing/write.html", form, there)

    return carry_out(form, act, show_again)


def _page(seen: Seen, template: str, form: ActionForm | WriteForm | WaiveForm | FactsForm, task: PrepTask) -> str:
    workshop = workshops.workshop(seen.plan)
    values = {"form": form, "task": task, "has_errors": form.refused}
    return workshop_page(template, seen, workshop, "preparing", **values)


def _renewed(form: FactsForm | WaiveForm, task: PrepTask) -> None:
    """Sent again after somebody else has saved, it holds."""
    form.version.data, form.version.raw_data = str(task.version), None


@blueprint.route("/plans/<reference:plan_code>/workshop/preparation/<id:prep_task_id>/edit", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, prep_task_id: int) -> ResponseReturnValue:
    """Says who prepares it and until when."""
    seen, task = _to_assign(plan_code, prep_task_id)
    form = OwnForm(obj=task) if task.kind is PrepKind.OWN else FactsForm(obj=task)
    form.offer([one for one in queries.team(seen.plan) if one.side is task.side])

    def act() -> str:
        service.change(
            seen.plan,
            task,
            title=form.title.data or "" if isinstance(form, OwnForm) else task.title,
            due_on=form.due_on.data,
            assignee_id=form.assignee_id.data,
            version=version_in(form),
            by=current_user,
            at=now(),
        )
        return url_for(".show", plan_code=plan_code, prep_task_id=prep_task_id)

    def show_again(stale: bool) -> str:
        again, there = _to_assign(plan_code, prep_task_id)
        if stale:
            _renewed(form, there)
        return _page(again, "plans/workshop/preparing/edit.html", form, there)

    return carry_out(form, act, show_again)


@blueprint.route("/plans/<reference:plan_code>/workshop/preparation/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Adds something that the own side prepares."""
    seen = queries.plan(viewer(), plan_code)
    side = seen.standing.side
    if side is None or not may_assign(seen.standing, side):
        abort(403)
    form = NewForm()
    form.offer([one for one in queries.team(seen.plan) if one.side is side])

    def act() -> str:
        made = service.add(
            seen.plan,
            side,
            form.title.data or "",
            help=form.help.data or "",
            due_on=form.due_on.data,
            assignee_id=form.assignee_id.data,
            by=current_user,
            at=now(),
        )
        return url_for(".show", plan_code=plan_code, prep_task_id=made.id)

    def show_again(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        workshop = workshops.workshop(again.plan)
        values = {"form": form, "has_errors": form.refused}
        return workshop_page("plans/workshop/preparing/add.html", again, workshop, "preparing", **values)

    workshops.workshop(seen.plan)
    return carry_out(form, act, show_again)


@blueprint.route("/plans/<reference:plan_code>/workshop/preparation/<id:prep_task_id>/waive", methods=["GET", "POST"])
@plan_writer
def waive(plan_code: str, prep_task_id: int) -> ResponseReturnValue:
    """Waives it, with a reason."""
    seen, task = _to_assign(plan_code, prep_task_id)
    form = WaiveForm(data={"version": str(task.version)})

    def act() -> str:
        service.waive(seen.plan, task, form.reason.data or "", version=version_in(form), by=current_user, at=now())
        return url_for(".show", plan_code=plan_code, prep_task_id=prep_task_id)

    def show_again(stale: bool) -> str:
        again, there = _to_assign(plan_code, prep_task_id)
        if stale:
            _renewed(form, there)
        return _page(again, "plans/workshop/preparing/waive.html", form, there)

    return carry_out(form, act, show_again)


@blueprint.post("/plans/<reference:plan_code>/workshop/preparation/<id:prep_task_id>/<any(done, reopen):prep_act>")
@plan_writer
def end(plan_code: str, prep_task_id: int, prep_act: str) -> ResponseReturnValue:
    """Says that it is done, or takes that back."""
    seen, task = _own(plan_code, prep_task_id)
    version = version_in(LineForm())
    change = service.finish if prep_act == "done" else service.reopen
    back = url_for(".show", plan_code=plan_code, prep_task_id=prep_task_id)
    return carry_out_at_once(ActionForm(), lambda: change(seen.plan, task, version=version, by=current_user, at=now()), back)


@blueprint.post("/plans/<reference:plan_code>/workshop/preparation/<id:prep_task_id>/remove")
@plan_writer
def remove(plan_code: str, prep_task_id: int) -> ResponseReturnValue:
    """Takes something that the side has added out again."""
    seen, task = _to_assign(plan_code, prep_task_id)
    version = version_in(LineForm())
    back, said = url_for(".index", plan_code=plan_code), _("Removed.")
    return carry_out_at_once(
        ActionForm(), lambda: service.remove(seen.plan, task, version=version, by=current_user, at=now()), back, said
    )


@blueprint.post("/plans/<reference:plan_code>/workshop/preparation/numbers/<any(confirm, withdraw):numbers_act>")
@plan_writer
def numbers(plan_code: str, numbers_act: str) -> ResponseReturnValue:
    """An owner stands by the numbers of both sides, or does so no more."""
    seen = queries.plan(viewer(), plan_code)
    if not seen.standing.is_owner:
        abort(403)
    workshops.workshop(seen.plan)
    read = NumbersForm().seen.data or ""

    def act() -> None:
        if numbers_act == "confirm":
            service.confirm_numbers(seen.plan, seen=read, standing=seen.standing, by=current_user, at=now())
        else:
            service.unconfirm_numbers(seen.plan, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code) + "#numbers")
