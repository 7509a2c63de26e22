"""Organizer pages of the pool of questions."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.audit.service import record
from eventapp.core import exports
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.training.assessing import pages, queries
from eventapp.training.assessing.questions import files, forms, service
from eventapp.training.assessing.rules import KEYS
from eventapp.training.models import QUESTION_LABELS, AssessmentQuestion, QuestionKind

blueprint = Blueprint("question_pool", __name__)
FORMATS = [*((p.name, p.label) for p in exports.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/training/versions/<id:version_id>/questions/")
@reader
def index(version_id: int) -> str:
    """The questions in their order, with those that are not drawn any more."""
    version = queries.version_by_id(version_id)
    pool = queries.pool(version.id, archived=True)
    return render_template(
        "training/assessing/questions/index.html",
        course=version,
        crumbs=pages.crumbs(version),
        pool=[one for one in pool if not one.archived],
        archived=[one for one in pool if one.archived],
        labels=QUESTION_LABELS,
        formats=FORMATS,
    )


@blueprint.get("/admin/training/versions/<id:version_id>/questions/preview")
@reader
def preview(version_id: int) -> str:
    """All questions as participants would see them."""
    version = queries.version_by_id(version_id)
    return render_template(
        "training/assessing/questions/preview.html",
        course=version,
        crumbs=pages.crumbs(version),
        pool=queries.pool(version.id),
        multiple=QuestionKind.MULTIPLE,
    )


@blueprint.route("/admin/training/versions/<id:version_id>/questions/add", methods=["GET", "POST"])
@organizer
def add(version_id: int) -> ResponseReturnValue:
    """A new question."""
    return _form(version_id, forms.question_form(None), None)


@blueprint.route("/admin/training/versions/<id:version_id>/questions/<id:pool_question_id>", methods=["GET", "POST"])
@organizer
def edit(version_id: int, pool_question_id: int) -> ResponseReturnValue:
    """Changes a question; attempts that were begun keep the words that they were begun with."""
    found = service.question(queries.version_by_id(version_id), pool_question_id)
    return _form(version_id, forms.question_form(found), found)


def _form(version_id: int, form: Form, changed: AssessmentQuestion | None) -> ResponseReturnValue:
    version = queries.version_by_id(version_id)

    def act() -> str:
        service.put(version, forms.asked_in(form), changed, by=current_user, at=now())
        another = "another" in request.form
        return url_for(".add" if another else ".index", version_id=version_id)

    def show(_stale: bool) -> str:
        version = queries.version_by_id(version_id)
        return render_template(
            "training/assessing/questions/edit.html",
            course=version,
            crumbs=pages.crumbs(version),
            form=form,
            options=[(form[f"option_{key}"], form[f"right_{key}"]) for key in KEYS],
            is_new=changed is None,
            has_errors=form.refused,
        )

    return carry_out(form, act, show)


@blueprint.post("/admin/training/versions/<id:version_id>/questions/<id:pool_question_id>/<any(up, down, archive, restore):act>")
@organizer
def turn(version_id: int, pool_question_id: int, act: str) -> ResponseReturnValue:
    """Moves a question up or down, draws it no more, or again."""
    version = queries.version_by_id(version_id)
    found, back, form = service.question(version, pool_question_id), url_for(".index", version_id=version_id), ActionForm()
    if act in ("up", "down"):
        return carry_out_at_once(form, lambda: service.move(version, found, act == "up", by=current_user, at=now()), back)
    away = act == "archive"
    said = _("Drawn no more.") if away else _("Drawn again.")
    return carry_out_at_once(form, lambda: service.archive(version, found, away, by=current_user, at=now()), back, said)


@blueprint.route("/admin/training/versions/<id:version_id>/questions/import", methods=["GET", "POST"])
@organizer
def take_in(version_id: int) -> ResponseReturnValue:
    """Takes questions in from a file: all of them, or none if a line cannot be taken."""
    form, said = forms.FileForm(), ""

    def act() -> str:
        nonlocal said
        file = request.files.get("file")
        if file is None or not file.filename:
            raise RuleError(_("Choose a file."), "file", 422)
        found = files.parse(file.stream.read(files.MOST_BYTES + 1))
        version = queries.version_by_id(version_id)
        added, changed, same = service.take_in(version, found, by=current_user, at=now())
        said = _("%(added)s added, %(changed)s changed, %(same)s as before.", added=added, changed=changed, same=same)
        return url_for(".index", version_id=version_id)

    def show(_stale: bool) -> str:
        version = queries.version_by_id(version_id)
        return render_template(
            "training/assessing/questions/import.html",
            course=version,
            crumbs=pages.crumbs(version),
            form=form,
            headers=files.HEADERS,
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: said)


@blueprint.post("/admin/training/versions/<id:version_id>/questions/export")
@reader
def export(version_id: int) -> ResponseReturnValue:
    """The pool as a file, with what is right; the download stands in the log."""
    version, at = queries.version_by_id(version_id), now()
    name = asked_format()
    lines, code = list(files.rows(queries.pool(version.id))), version.course.code.lower()
    with saving():
        record(
            "assessing.export_questions",
            by=current_user,
            at=at,
            object_type="course",
            object_id=version.course_id,
            object_name=version.title,
            changes={"format": name},
        )
    return table_file(lines, files.COLUMNS, name, of=code, content="questions", title=code, zone="UTC", at=at)
