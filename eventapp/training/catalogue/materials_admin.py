"""Organizer pages: the material of a version of a course."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.training.catalogue import materials, queries
from eventapp.training.catalogue.admin import VERSION, page
from eventapp.training.catalogue.files import download
from eventapp.training.catalogue.forms import MaterialForm
from eventapp.training.models import CourseVersion, ShownFrom

blueprint = Blueprint("course_material_admin", __name__)


def _back(found: CourseVersion) -> str:
    return url_for("courses_admin.show", course_code=found.course.code, version=found.number, _anchor="material")


@blueprint.route(f"{VERSION}/material/new", methods=["GET", "POST"])
@organizer
def new(course_code: str, version_number: int) -> ResponseReturnValue:
    """A link or a file for those enrolled, or for everybody."""
    found = queries.version_of(course_code, version_number)
    form, back = MaterialForm(), _back(found)

    def act() -> str:
        upload = form.file.data if form.file.data and form.file.data.filename else None
        materials.add(
            found,
            form.title.data,
            shown_from=ShownFrom(form.shown_from.data),
            is_public=form.is_public.data,
            url=form.url.data or "",
            file=materials.read(upload.filename, upload.stream) if upload else None,
            by=current_user,
            at=now(),
        )
        return back

    def show_again(_stale: bool) -> str:
        return page("training/catalogue/admin/material.html", form=form, found=found, back=back, has_errors=form.refused)

    return carry_out(form, act, show_again)


@blueprint.post(f"{VERSION}/material/<id:course_material_id>/<any(up, down, delete):material_act>")
@organizer
def change(course_code: str, version_number: int, course_material_id: int, material_act: str) -> ResponseReturnValue:
    """Moves a piece in the order, or deletes it."""
    found = queries.version_of(course_code, version_number)
    piece = materials.one_of(found, course_material_id)
    if material_act == "delete":
        said = _("The material is deleted.")
        return carry_out_at_once(
            ActionForm(), lambda: materials.remove(found, piece, by=current_user, at=now()), _back(found), said
        )
    return carry_out_at_once(ActionForm(), lambda: materials.move(found, piece, material_act == "up"), _back(found))


@blueprint.get(f"{VERSION}/material/<id:course_material_id>")
@reader
def show(course_code: str, version_number: int, course_material_id: int) -> Response:
    """A file, to be saved."""
    return download(materials.one_of(queries.version_of(course_code, version_number), course_material_id))
