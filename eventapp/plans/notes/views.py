"""The own side's notes: reading, writing, changing, removing. Auditors have no side, so they get none of these pages."""

from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_writer
from eventapp.plans.models import PlanMember, PlanNote
from eventapp.plans.notes import queries as notes
from eventapp.plans.notes import service
from eventapp.plans.notes.forms import NoteForm
from eventapp.plans.pages import page
from eventapp.plans.queries import Seen

blueprint = Blueprint("plan_notes", __name__)


def _mine(plan_code: str) -> tuple[Seen, PlanMember]:
    """The plan for somebody of its teams; 403 for whoever reads it without belonging to a side."""
    seen = queries.plan(viewer(), plan_code)
    if seen.standing.member is None:
        abort(403)
    return seen, seen.standing.member


@blueprint.get("/plans/<reference:plan_code>/notes/")
@plan_writer
def index(plan_code: str) -> str:
    """What the own side has written for itself."""
    seen, me = _mine(plan_code)
    return page(
        "plans/notes/index.html",
        seen,
        "notes",
        notes=notes.notes(seen.plan, me.side),
        people={one.id: one for one in queries.team(seen.plan, former=True)},
    )


@blueprint.route("/plans/<reference:plan_code>/notes/add", methods=["GET", "POST"])
@plan_writer
def add(plan_code: str) -> ResponseReturnValue:
    """Writes a note."""
    seen, me = _mine(plan_code)
    form = NoteForm()

    def act() -> str:
        service.write(seen.plan, form.text.data or "", member=me, at=now())
        return url_for(".index", plan_code=plan_code)

    return carry_out(form, act, lambda _stale: _form_page(plan_code, form, None, changed=False))


@blueprint.route("/plans/<reference:plan_code>/notes/<id:note_id>", methods=["GET", "POST"])
@plan_writer
def edit(plan_code: str, note_id: int) -> ResponseReturnValue:
    """Changes a note; what somebody else of the team wrote meanwhile is shown beside it to decide.

    Who sends what they wrote into a note that is gone gets it back, with the form to add it anew.
    """
    seen, me = _mine(plan_code)
    there_now = notes.note_or_none(seen.plan, me.side, note_id)
    if there_now is None and request.method != "POST":
        raise NotFoundError(note_id)
    form = NoteForm(obj=there_now)

    def act() -> str:
        service.change(seen.plan, note_id, form.text.data or "", base=version_in(form), member=me, at=now())
        return url_for(".index", plan_code=plan_code)

    def show(stale: bool) -> str:
        again, still_me = _mine(plan_code)
        there = notes.note_or_none(again.plan, still_me.side, note_id)
        return _form_page(plan_code, form, there, changed=stale)

    return carry_out(form, act, show)


def _form_page(plan_code: str, form: NoteForm, note: PlanNote | None, *, changed: bool) -> str:
    """The form of a note; of one that was removed meanwhile it adds it anew."""
    seen, _me = _mine(plan_code)
    if changed and note is not None:
        form.version.data, form.version.raw_data = str(note.version), None
    values: dict[str, Any] = {"plan_code": plan_code}
    return page(
        "plans/notes/note.html",
        seen,
        "notes",
        form=form,
        note=note,
        theirs=note if changed else None,
        people={one.id: one for one in queries.team(seen.plan, former=True)},
        action=url_for(".add", **values) if note is None else url_for(".edit", note_id=note.id, **values),
        has_errors=form.refused,
    )


@blueprint.post("/plans/<reference:plan_code>/notes/<id:note_id>/remove")
@plan_writer
def remove(plan_code: str, note_id: int) -> ResponseReturnValue:
    """Deletes a note."""
    seen, me = _mine(plan_code)
    notes.note(seen.plan, me.side, note_id)
    base = version_in(NoteForm())

    def act() -> None:
        service.remove(seen.plan, note_id, base=base, member=me)

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code), _("Removed."))
