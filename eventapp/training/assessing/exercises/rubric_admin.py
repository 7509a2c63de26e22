"""Organizer pages about what an exercise is marked by."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.training.assessing import pages, queries
from eventapp.training.assessing.exercises import rubric
from eventapp.training.assessing.exercises.forms import CriterionForm
from eventapp.training.assessing.exercises.rubric import Criterion
from eventapp.training.models import RubricCriterion

blueprint = Blueprint("rubric_admin", __name__)


@blueprint.get("/admin/training/versions/<id:version_id>/rubric/")
@reader
def index(version_id: int) -> str:
    """The criteria in their order."""
    version = queries.version_by_id(version_id)
    return render_template(
        "training/assessing/exercises/rubric.html",
        course=version,
        crumbs=pages.crumbs(version),
        criteria=queries.rubric(version.id),
    )


@blueprint.route("/admin/training/versions/<id:version_id>/rubric/add", methods=["GET", "POST"])
@organizer
def add(version_id: int) -> ResponseReturnValue:
    """A new criterion."""
    return _form(version_id, CriterionForm(), None)


@blueprint.route("/admin/training/versions/<id:version_id>/rubric/<id:rubric_id>", methods=["GET", "POST"])
@organizer
def edit(version_id: int, rubric_id: int) -> ResponseReturnValue:
    """Changes a criterion."""
    found = rubric.criterion(queries.version_by_id(version_id), rubric_id)
    return _form(version_id, CriterionForm(obj=found), found)


def _form(version_id: int, form: CriterionForm, changed: RubricCriterion | None) -> ResponseReturnValue:
    index_url = url_for(".index", version_id=version_id)
    version = queries.version_by_id(version_id)

    def act() -> str:
        wanted = Criterion(form.name.data or "", form.description.data or "", form.most.data or 0, form.least.data or 0)
        rubric.put(version, wanted, changed, by=current_user, at=now())
        return index_url

    def show(_stale: bool) -> str:
        course = queries.version_by_id(version_id)
        return render_template(
            "training/assessing/exercises/criterion.html",
            course=course,
            crumbs=pages.crumbs(course),
            form=form,
            is_new=changed is None,
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post("/admin/training/versions/<id:version_id>/rubric/<id:rubric_id>/<any(up, down, remove):act>")
@organizer
def change(version_id: int, rubric_id: int, act: str) -> ResponseReturnValue:
    """Moves a criterion up or down, or takes it out."""
    version = queries.version_by_id(version_id)
    found = rubric.criterion(version, rubric_id)
    back = url_for(".index", version_id=version_id)
    if act == "remove":
        said = _("Taken out.")
        return carry_out_at_once(ActionForm(), lambda: rubric.remove(version, found, by=current_user, at=now()), back, said)
    up = act == "up"
    return carry_out_at_once(ActionForm(), lambda: rubric.move(version, found, up, by=current_user, at=now()), back)
