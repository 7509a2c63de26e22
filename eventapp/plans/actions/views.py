"""The pages of actions."""

from collections.abc import Iterable

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm as ActionButton
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.actions import jobs, listing, service  # noqa: F401 - a job is there once it is imported
from eventapp.plans.actions import queries as actions
from eventapp.plans.actions.forms import ActionForm, MoveForm, NewActionForm
from eventapp.plans.actions.rules import action_rag, is_of, is_overdue, may_change, rag_of
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.content import queries as lines
from eventapp.plans.content.showing import show_conflict, watching
from eventapp.plans.exports.downloading import FORMATS, files_of
from eventapp.plans.files import queries as files
from eventapp.plans.files import service as keeping
from eventapp.plans.files.forms import FileForm
from eventapp.plans.models import (
    ACTION_ORIGIN_LABELS,
    ACTION_STATUS_LABELS,
    ACTION_TRANSITIONS,
    RAG_LABELS,
    ActionStatus,
    PlanAction,
    Rag,
)
from eventapp.plans.pages import list_tabs, page
from eventapp.plans.permissions import is_lived_by, may_comment
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_actions", __name__)


@blueprint.get("/plans/<reference:plan_code>/actions/")
@plan_reader
def index(plan_code: str) -> str:
    """What is open, as a list or as a board, or what is over; of all, of one's own, or of what is late."""
    seen = queries.plan(viewer(), plan_code)
    shown = request.args.get("show") if request.args.get("show") in ("board", "ended") else "open"
    only = request.args.get("only") if request.args.get("only") in ("mine", "overdue") else ""
    today, standing = now().date(), seen.standing

    def rows(found: Iterable[PlanAction]) -> list[tuple[PlanAction, Rag | None, bool]]:
        wanted = [
            one
            for one in found
            if not only or (is_of(one, standing) if only == "mine" else is_overdue(one, today) or shown == "ended")
        ]
        return [(one, action_rag(one, today), may_change(standing, one)) for one in wanted]

    board = actions.board(seen.plan) if shown == "board" else {}
    return page(
        "plans/actions/index.html",
        seen,
        "actions",
        rows=rows(actions.actions(seen.plan, ended=shown == "ended")) if shown != "board" else [],
        board=[(status, rows(found)) for status, found in board.items()],
        transitions=ACTION_TRANSITIONS,
        most_ended=actions.MOST_ENDED,
        context=lines.context(seen),
        files=files.of_actions(seen.plan),
        shown=shown,
        only=only,
        status_words=ACTION_STATUS_LABELS,
        origin_labels=ACTION_ORIGIN_LABELS,
        rag_labels=RAG_LABELS,
        may_add=may_comment(seen.standing) and is_lived_by(seen.plan),
        lived=is_lived_by(seen.plan),
        exports=files_of(seen.plan, "actions"),
        formats=FORMATS,
    )


@blueprint.route("/plans/<reference:plan_code>/actions/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Agrees on an action."""
    seen = queries.plan(viewer(), plan_code)
    if not may_comment(seen.standing):
        abort(403)
    form = NewActionForm()
    form.offer(lines.context(seen))

    def act() -> str:
        service.add(
            seen.plan,
            form.text.data or "",
            accountable_id=form.accountable_id.data,
            helper_id=form.helper_id.data,
            due_on=form.due(),
            standing=seen.standing,
            by=current_user,
            at=now(),
        )
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        return page("plans/actions/action.html", again, "actions", form=form, action=None, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route("/plans/<reference:plan_code>/actions/<id:action_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, action_id: int) -> ResponseReturnValue:
    """Changes an action and says how far it is."""
    seen, action = _to_change(plan_code, action_id)
    form = ActionForm(obj=action)
    if request.method == "GET" and request.args.get("status") == ActionStatus.BLOCKED.value:
        # From the board, where it cannot be said what blocks it.
        form.status.data = ActionStatus.BLOCKED
    form.offer(lines.context(seen))
    met = watching()

    def act() -> str:
        typed = {name: form[name].data for name in form.NAMES}
        typed |= {name: typed[name] or "" for name in ("blocked_by", "evidence")}
        with met:
            service.change(seen.plan, action, typed, base=version_in(form), standing=seen.standing, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(_stale: bool) -> str:
        again = queries.plan(viewer(), plan_code)
        there = actions.action(again.plan, action_id)
        show_conflict(form, met, there, lines.context(again).people)
        return page(
            "plans/actions/action.html",
            again,
            "actions",
            form=form,
            action=there,
            files=len(files.files(there)),
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/actions/<id:action_id>/move")
@plan_writer
def move(plan_code: str, action_id: int) -> ResponseReturnValue:
    """Says how far an action is, from a button of the board or by dragging its card."""
    seen, action = _to_change(plan_code, action_id)
    form = MoveForm()
    base = version_in(form)

    def act() -> None:
        if not form.validate():
            raise RuleError(_("An action cannot go from there to here."))
        service.move(seen.plan, action, form.status.data, base=base, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(form, act, url_for(".index", plan_code=plan_code, show="board"))


def _to_change(plan_code: str, action_id: int) -> tuple[Seen, PlanAction]:
    """An action for whoever may change it; 403 for everybody else who reads it."""
    seen = queries.plan(viewer(), plan_code)
    action = actions.action(seen.plan, action_id)
    if not may_change(seen.standing, action):
        abort(403)
    return seen, action


@blueprint.route("/plans/<reference:plan_code>/actions/<id:action_id>/evidence", methods=["GET", "POST"])
@plan_writer
def evidence(plan_code: str, action_id: int) -> ResponseReturnValue:
    """The files that show that an action is done: those that are there, and a further one."""
    seen, action = _to_change(plan_code, action_id)
    form = FileForm()
    me = seen.standing.member
    assert me is not None

    def act() -> str:
        found = keeping.read(form.file.data.filename, form.file.data.stream)
        keeping.keep(seen.plan, action, found, member=me, by=current_user, at=now())
        return url_for(".evidence", plan_code=plan_code, action_id=action_id)

    def show(_stale: bool) -> str:
        again, there = _to_change(plan_code, action_id)
        return page(
            "plans/actions/evidence.html",
            again,
            "actions",
            form=form,
            action=there,
            files=files.files(there),
            people=lines.context(again).people,
            lived=is_lived_by(again.plan),
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post("/plans/<reference:plan_code>/actions/<id:action_id>/evidence/<token:plan_file_key>/remove")
@plan_writer
def remove_evidence(plan_code: str, action_id: int, plan_file_key: str) -> ResponseReturnValue:
    """Deletes a file of an action."""
    seen, action = _to_change(plan_code, action_id)
    found = files.file(seen.plan, plan_file_key, seen.standing)
    me = seen.standing.member
    if found.action_id != action.id or me is None:
        raise NotFoundError(plan_file_key)
    back = url_for(".evidence", plan_code=plan_code, action_id=action_id)

    def act() -> None:
        keeping.remove(seen.plan, action, found, member=me, by=current_user, at=now())

    return carry_out_at_once(ActionButton(), act, back, _("Removed."))


@blueprint.get("/plans/actions")
@plan_reader
def mine() -> str:
    """Everything that the visitor has to do, over all plans."""
    today = now().date()
    found = listing.mine(viewer(), url_for(".mine"), request.args, today)
    return render_template(
        "plans/actions/mine.html",
        listing=found,
        rags={row.id: rag_of(row.status, row.due_on, today) for row in found.rows},
        status_words=ACTION_STATUS_LABELS,
        rag_labels=RAG_LABELS,
        **list_tabs(),
    )
