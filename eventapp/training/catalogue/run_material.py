"""The tab of a run for its material, for whoever gives it: what the course has, and what only this run has."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.audiences import viewer
from eventapp.training import queries
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.catalogue import materials
from eventapp.training.catalogue.files import download
from eventapp.training.catalogue.forms import MaterialForm
from eventapp.training.models import SHOWN_LABELS, CourseVersion, Run, ShownFrom
from eventapp.training.runs.pages import page

blueprint = Blueprint("run_material", __name__)
BASE = "/teach/<id:run_id>/material"


@blueprint.get(BASE)
@run_reader
def index(run_id: int) -> str:
    """The material of the course's version, and of this run."""
    run = queries.run_to_teach(viewer(), run_id)
    return page(
        "training/catalogue/run_material/index.html",
        run,
        "material",
        of_course=materials.of_version(run.version_id),
        own=materials.own_of_run(run),
        shown=SHOWN_LABELS,
        may_change=may_open("run_material.new"),
    )


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@trainer
def new(run_id: int) -> ResponseReturnValue:
    """A link or a file for this run."""
    run = queries.run_to_give(viewer(), run_id)
    form, back = MaterialForm(), url_for(".index", run_id=run_id)
    del form.is_public

    def act() -> str:
        upload = form.file.data if form.file.data and form.file.data.filename else None
        materials.add(
            run,
            form.title.data,
            shown_from=ShownFrom(form.shown_from.data),
            is_public=False,
            url=form.url.data or "",
            file=materials.read(upload.filename, upload.stream) if upload else None,
            by=current_user,
            at=now(),
        )
        return back

    def show_again(_stale: bool) -> str:
        shown = queries.run_to_give(viewer(), run_id)
        return page("training/catalogue/run_material/new.html", shown, "material", form=form, back=back, has_errors=form.refused)

    return carry_out(form, act, show_again)


@blueprint.get(f"{BASE}/<id:run_material_id>")
@run_reader
def file(run_id: int, run_material_id: int) -> Response:
    """A file of the run or of its course, to be saved."""
    run = queries.run_to_teach(viewer(), run_id)
    return download(materials.one_of(_owner(run, run_material_id), run_material_id))


def _owner(run: Run, material_id: int) -> Run | CourseVersion:
    return run if any(one.id == material_id for one in materials.own_of_run(run)) else run.course_version


@blueprint.post(f"{BASE}/<id:run_material_id>/<any(up, down, delete):run_material_act>")
@trainer
def change(run_id: int, run_material_id: int, run_material_act: str) -> ResponseReturnValue:
    """Moves a piece of this run in the order, or deletes it."""
    run = queries.run_to_give(viewer(), run_id)
    piece = materials.one_of(run, run_material_id)
    back = url_for(".index", run_id=run_id)
    if run_material_act == "delete":
        said = _("The material is deleted.")
        return carry_out_at_once(ActionForm(), lambda: materials.remove(run, piece, by=current_user, at=now()), back, said)
    return carry_out_at_once(ActionForm(), lambda: materials.move(run, piece, run_material_act == "up"), back)
