"""Organizer pages: credentials, and the curricula that lead to them."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _, _l
from eventapp.core.saving import CONSTRAINT_MESSAGES
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.training.catalogue import credentials, queries
from eventapp.training.catalogue.forms import AddCourseForm, CredentialForm, CurriculumForm, credential_values
from eventapp.training.models import CREDENTIAL_KIND_LABELS, Course, Curriculum, CurriculumCourse
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("credentials_admin", __name__)
BASE = "/admin/training/credentials"
ONE = f"{BASE}/<id:credential_id>"
WAY = f"{ONE}/curricula/<id:curriculum_id>"
# Who is later by a moment than somebody else with the same wish.
CONSTRAINT_MESSAGES["uq_credential_code"] = CONSTRAINT_MESSAGES["credential.code"] = (
    "code",
    _l("There is a credential of that code already."),
)
CONSTRAINT_MESSAGES["uq_curriculum_credential_id"] = CONSTRAINT_MESSAGES["curriculum.credential_id"] = (
    "name",
    _l("There is a curriculum of that name already."),
)
CONSTRAINT_MESSAGES["pk_curriculum_course"] = CONSTRAINT_MESSAGES["curriculum_course.curriculum_id"] = (
    "course",
    _l("This course is in it already."),
)


def _page(template: str, **values: object) -> str:
    return render_template(template, subnav=training_tabs("credentials"), kinds=CREDENTIAL_KIND_LABELS, **values)


@blueprint.get(f"{BASE}/")
@reader
def index() -> str:
    """What people can hold, and how many do."""
    found = queries.credentials()
    ids = [one.id for one in found]
    return _page("training/catalogue/admin/credentials.html", found=found, held=queries.held_by(ids), ways=queries.curricula(ids))


@blueprint.get(ONE)
@reader
def show(credential_id: int) -> str:
    """A credential with the ways to it."""
    found = queries.credential(credential_id)
    ways = queries.curricula([found.id])
    courses = queries.courses_in([way.id for way in ways])
    titles = queries.titles()
    forms = {}
    for way in ways:
        inside = {row.course_id for row in courses[way.id]}
        offered = [(id_, f"{code} {title}") for id_, code, title, archived in titles if not archived and id_ not in inside]
        forms[way.id] = AddCourseForm().offer(offered)
    return _page(
        "training/catalogue/admin/credential.html",
        found=found,
        ways=ways,
        courses=courses,
        titles={id_: title for id_, _code, title, _archived in titles},
        held=queries.held_by([found.id]).get(found.id, 0),
        forms=forms,
    )


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """A new credential."""
    form = CredentialForm()

    def act() -> str:
        made = credentials.save_credential(None, form.details(), by=current_user, at=now())
        return url_for(".show", credential_id=made.id)

    return carry_out(form, act, lambda _stale: _form(form, _("Add a credential"), url_for(".index"), _("Credentials")))


@blueprint.route(f"{ONE}/edit", methods=["GET", "POST"])
@organizer
def edit(credential_id: int) -> ResponseReturnValue:
    """Changes a credential; what people hold already stays as it was issued."""
    found = queries.credential(credential_id)
    form = CredentialForm(data=credential_values(found))
    back = url_for(".show", credential_id=credential_id)

    def act() -> str:
        credentials.save_credential(found, form.details(), version=version_in(form), by=current_user, at=now())
        return back

    def show_again(stale: bool) -> str:
        saved = queries.credential(credential_id)
        conflict = []
        if stale:
            theirs = credential_values(saved)
            form.version.data = str(saved.version)
            conflict = [
                (str(form[n].label.text), str(form[n].data or ""), str(other or ""))
                for n, other in theirs.items()
                if n != "version" and str(form[n].data or "") != str(other or "")
            ]
        return _form(form, saved.name, back, saved.code, conflict=conflict)

    return carry_out(form, act, show_again)


def _form(form: Form, heading: str, back: str, crumb: str, **values: object) -> str:
    return _page(
        "training/catalogue/admin/credential_form.html",
        form=form,
        heading=heading,
        back=back,
        crumb=crumb,
        has_errors=form.refused,
        **values,
    )


@blueprint.post(f"{ONE}/<any(archive, restore, delete):credential_act>")
@organizer
def change(credential_id: int, credential_act: str) -> ResponseReturnValue:
    """Stops giving a credential out, gives it out again, or deletes one that nothing stands on."""
    found = queries.credential(credential_id)
    here = url_for(".show", credential_id=credential_id)
    if credential_act == "delete":
        used = bool(queries.curricula([found.id])) or bool(queries.held_by([found.id]))
        back = here if used else url_for(".index")
        return carry_out_at_once(
            ActionForm(), lambda: credentials.delete_credential(found, by=current_user, at=now()), back, _("It is deleted.")
        )
    gone = credential_act == "archive"
    said = _("It is not given out any more. Whoever holds it keeps it.") if gone else _("It is given out again.")
    return carry_out_at_once(
        ActionForm(), lambda: credentials.archive_credential(found, gone, by=current_user, at=now()), here, said
    )


@blueprint.route(f"{ONE}/curricula/new", methods=["GET", "POST"])
@organizer
def new_curriculum(credential_id: int) -> ResponseReturnValue:
    """A new way to a credential; its courses come next."""
    found = queries.credential(credential_id)
    form = CurriculumForm()
    del form.electives
    back = url_for(".show", credential_id=credential_id)

    def act() -> str:
        made = credentials.save_curriculum(found, None, form.name.data or "", 0, by=current_user, at=now())
        return f"{back}#way-{made.id}"

    def show_again(_stale: bool) -> str:
        return _curriculum_form(form, _("Add a curriculum"), back, found.name)

    return carry_out(form, act, show_again, said=lambda: _("Now add its courses."))


@blueprint.route(f"{WAY}/edit", methods=["GET", "POST"])
@organizer
def edit_curriculum(credential_id: int, curriculum_id: int) -> ResponseReturnValue:
    """Changes the name of a curriculum, and how many electives it asks for."""
    found, way = queries.credential(credential_id), queries.curriculum(credential_id, curriculum_id)
    form = CurriculumForm(data={"name": way.name, "electives": way.electives, "version": str(way.version)})
    back = url_for(".show", credential_id=credential_id, _anchor=f"way-{way.id}")

    def act() -> str:
        name, electives = form.name.data or "", form.electives.data or 0
        credentials.save_curriculum(found, way, name, electives, version=version_in(form), by=current_user, at=now())
        return back

    def show_again(stale: bool) -> str:
        if stale:
            form.version.data = str(queries.curriculum(credential_id, curriculum_id).version)
        return _curriculum_form(form, way.name, back, found.name)

    return carry_out(form, act, show_again)


def _curriculum_form(form: Form, heading: str, back: str, crumb: str) -> str:
    return _page(
        "training/catalogue/admin/curriculum_form.html",
        form=form,
        heading=heading,
        back=back,
        crumb=crumb,
        has_errors=form.refused,
    )


@blueprint.post(f"{WAY}/<any(archive, restore):way_act>")
@organizer
def change_curriculum(credential_id: int, curriculum_id: int, way_act: str) -> ResponseReturnValue:
    """Closes a way to a credential, or opens it again."""
    found, way = queries.credential(credential_id), queries.curriculum(credential_id, curriculum_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: credentials.archive_curriculum(found, way, way_act == "archive", by=current_user, at=now()),
        url_for(".show", credential_id=credential_id, _anchor=f"way-{way.id}"),
    )


@blueprint.post(f"{WAY}/courses")
@organizer
def add_course(credential_id: int, curriculum_id: int) -> ResponseReturnValue:
    """Puts a course at the end of a curriculum."""
    found, way = queries.credential(credential_id), queries.curriculum(credential_id, curriculum_id)
    form = AddCourseForm().offer([(id_, code) for id_, code, _title, _archived in queries.titles()])
    back = url_for(".show", credential_id=credential_id, _anchor=f"way-{way.id}")

    def act() -> None:
        if not form.validate():
            raise RuleError(_("Choose a course."), "course", 422)
        course = db.session.get_one(Course, int(form.course.data))
        credentials.add_course(found, way, course, form.required.data == "yes", by=current_user, at=now())

    return carry_out_at_once(form, act, back, _("Added."))


@blueprint.post(f"{WAY}/courses/<id:course_id>/<any(up, down, require, elect, remove):step_act>")
@organizer
def change_course(credential_id: int, curriculum_id: int, course_id: int, step_act: str) -> ResponseReturnValue:
    """Moves a course in the order, makes it required or elective, or takes it out."""
    found, way = queries.credential(credential_id), queries.curriculum(credential_id, curriculum_id)
    row = _row(way, course_id)

    def carry() -> None:
        if step_act in ("up", "down"):
            credentials.move(way, row, step_act == "up")
        elif step_act == "remove":
            credentials.remove_course(found, way, row, by=current_user, at=now())
        else:
            credentials.require(found, way, row, step_act == "require", by=current_user, at=now())

    back = url_for(".show", credential_id=credential_id, _anchor=f"way-{way.id}")
    return carry_out_at_once(ActionForm(), carry, back)


def _row(way: Curriculum, course_id: int) -> CurriculumCourse:
    found = db.session.get(CurriculumCourse, (way.id, course_id))
    if found is None:
        raise NotFoundError(course_id)
    return found
