"""Organizer pages of the catalogue: courses and their versions."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _, _l, language_name
from eventapp.core.saving import CONSTRAINT_MESSAGES, saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events.models import FORMAT_LABELS
from eventapp.training.catalogue import courses, exports, listing, materials, needs, queries
from eventapp.training.catalogue.forms import CodeForm, NewCourseForm, SeenForm, VersionForm, version_values
from eventapp.training.catalogue.showing import audience_of, words_of
from eventapp.training.enrolling import following  # noqa: F401 - enrolments follow registrations from here on
from eventapp.training.models import COURSE_LEVEL_LABELS, SHOWN_LABELS, VERSION_LABELS, CourseVersion, VersionStatus
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("courses_admin", __name__)
ONE = "/admin/training/courses/<course_code:course_code>"
VERSION = f"{ONE}/versions/<id:version_number>"

# Who is later by a moment than somebody else with the same wish.
CONSTRAINT_MESSAGES["uq_course_code"] = CONSTRAINT_MESSAGES["course.code"] = (
    "code",
    _l("There is a course of that code already."),
)


def page(template: str, **values: Any) -> str:
    """A page among those of courses."""
    return render_template(template, subnav=training_tabs("courses"), **values)


@blueprint.get("/admin/training/")
@reader
def index() -> str:
    """All courses, each by its newest version."""
    return page(
        "training/catalogue/admin/index.html",
        listing=listing.page(url_for(".index"), request.args),
        levels=COURSE_LEVEL_LABELS,
        states=VERSION_LABELS,
        language_name=language_name,
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
    )


@blueprint.post("/admin/training/export")
@reader
def export() -> ResponseReturnValue:
    """The courses that the list shows as a file; the download stands in the log."""
    name = asked_format()
    at, rows = now(), list(exports.rows(request.args))
    with saving():
        values: dict[str, Any] = {"object_type": "course", "object_id": None, "object_name": "", "changes": {"format": name}}
        record("training.export_catalogue", by=current_user, at=at, **values)
    return table_file(rows, exports.COLUMNS, name, of="training", content="courses", title=_("Courses"), zone="UTC", at=at)


@blueprint.get(ONE)
@reader
def show(course_code: str) -> str:
    """A course: a version of it, by default the current one, and all the others."""
    versions = queries.versions_of(course_code)
    asked = request.args.get("version", "")
    shown = next((one for one in versions if str(one.number) == asked), None) or _first(versions)
    return page(
        "training/catalogue/admin/show.html",
        shown=shown,
        versions=versions,
        numbers=queries.numbers(shown.course_id),
        draft=next((one for one in versions if one.status is VersionStatus.DRAFT), None),
        prerequisites=queries.prerequisites(shown.id),
        asked_by=queries.asked_by(shown.course_id),
        materials=materials.of_version(shown.id),
        unpassable=queries.unpassable(shown),
        labels={"level": COURSE_LEVEL_LABELS, "state": VERSION_LABELS, "shown": SHOWN_LABELS},
        audience=audience_of(shown),
        modes=words_of(FORMAT_LABELS, shown.modes),
        languages=[language_name(tag) for tag in shown.languages],
    )


def _first(versions: Sequence[CourseVersion]) -> CourseVersion:
    return next((one for one in versions if one.status is VersionStatus.CURRENT), versions[0])


def _things(course_id: int | None = None) -> list[tuple[str, str]]:
    """What a course can ask for: other courses and credentials."""
    found = [
        (f"course:{id_}", f"{code} {title}")
        for id_, code, title, archived in queries.titles()
        if id_ != course_id and not archived
    ]
    return found + [(f"credential:{one.id}", f"{one.code} {one.name}") for one in queries.credentials(archived=False)]


@blueprint.route("/admin/training/courses/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """A new course, as a draft."""
    form = NewCourseForm().offer(_things())

    def act() -> str:
        made = courses.create(form.course_code(), form.details(), by=current_user, at=now())
        return url_for(".show", course_code=made.course.code)

    return carry_out(
        form,
        act,
        lambda _stale: _form_page(form, _("Add a course"), url_for(".index"), _("Courses")),
        said=lambda: _("The course is a draft. Publish it when it says all that partners need."),
    )


def _form_page(form: Form, title: str, back: str, crumb: str, **values: Any) -> str:
    return page(
        "training/catalogue/admin/form.html", form=form, heading=title, back=back, crumb=crumb, has_errors=form.refused, **values
    )


@blueprint.route(f"{VERSION}/edit", methods=["GET", "POST"])
@organizer
def edit(course_code: str, version_number: int) -> ResponseReturnValue:
    """Changes a version: a draft freely, the current one while nobody was judged by it."""
    found = queries.version_of(course_code, version_number)
    form = VersionForm(data=version_values(found, needs.needs_of(found)))
    chosen = needs.needs_of(found).things
    offered = _things(found.course_id)
    known = {value for value, _label in offered}
    # What is asked for stays offered, even if it is not in the catalogue any more.
    lost = [f"{'credential' if thing.credential else 'course'}:{thing.id}" for thing in sorted(chosen)]
    names = {f"course:{id_}": f"{code_} {title}" for id_, code_, title, _archived in queries.titles()}
    names |= {f"credential:{one.id}": f"{one.code} {one.name}" for one in queries.credentials()}
    form.offer([*offered, *((value, names[value]) for value in lost if value not in known)])
    back = url_for(".show", course_code=course_code, version=version_number)

    def act() -> str:
        courses.change(found, form.details(), version=version_in(form), by=current_user, at=now())
        return back

    def show_again(stale: bool) -> str:
        shown = queries.version_of(course_code, version_number)
        conflict = _differences(form, shown) if stale else []
        return _form_page(form, shown.title, back, shown.course.code, found=shown, conflict=conflict)

    return carry_out(form, act, show_again)


def _differences(form: VersionForm, saved: CourseVersion) -> list[tuple[str, str, str]]:
    """Fields in which the typed version differs from the saved one; the next sending is about the saved one."""
    theirs = version_values(saved, needs.needs_of(saved))
    form.version.data = str(saved.version)
    found = []
    for name, other in theirs.items():
        mine = form[name].data
        if name != "version" and _text(mine) != _text(other):
            found.append((str(form[name].label.text), _text(mine), _text(other)))
    return found


def _text(value: Any) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, list) else str(value if value is not None else "")


@blueprint.post(f"{VERSION}/<any(publish, delete, renew):version_act>")
@organizer
def change(course_code: str, version_number: int, version_act: str) -> ResponseReturnValue:
    """Publishes or deletes a draft, or begins the next version as a copy."""
    found = queries.version_of(course_code, version_number)
    here = url_for(".show", course_code=course_code, version=version_number)
    if version_act == "publish":
        form = SeenForm()
        return carry_out_at_once(
            form,
            lambda: courses.publish(found, version=version_in(form), by=current_user, at=now()),
            here,
            _("Version %(n)s is in the catalogue. New runs are of it; those that exist keep theirs.", n=version_number),
        )
    if version_act == "renew":
        drafts = max(one.number for one in queries.versions_of(course_code))
        return carry_out_at_once(
            ActionForm(),
            lambda: courses.new_version(found, by=current_user, at=now()),
            url_for(".show", course_code=course_code, version=drafts + 1),
            _("This is the draft of the next version. The catalogue shows the current one until you publish it."),
        )
    back = url_for(".index") if len(queries.versions_of(course_code)) == 1 else url_for(".show", course_code=course_code)
    return carry_out_at_once(
        ActionForm(), lambda: courses.delete_draft(found, by=current_user, at=now()), back, _("The draft is deleted.")
    )


@blueprint.route(f"{VERSION}/copy", methods=["GET", "POST"])
@organizer
def copy(course_code: str, version_number: int) -> ResponseReturnValue:
    """A new course that begins as a copy of this version."""
    found = queries.version_of(course_code, version_number)
    form = CodeForm()
    back = url_for(".show", course_code=course_code, version=version_number)

    def act() -> str:
        made = courses.copy(found, form.course_code(), by=current_user, at=now())
        return url_for(".show", course_code=made.course.code)

    def show_again(_stale: bool) -> str:
        # A refusal lets go of what was loaded.
        shown = queries.version_of(course_code, version_number)
        return page("training/catalogue/admin/copy.html", form=form, found=shown, back=back, has_errors=form.refused)

    return carry_out(form, act, show_again, said=lambda: _("This is the copy, as a draft."))


@blueprint.post(f"{ONE}/<any(archive, restore):catalogue_act>")
@organizer
def archive(course_code: str, catalogue_act: str) -> ResponseReturnValue:
    """Takes a course out of the catalogue, or puts it back."""
    found = _first(queries.versions_of(course_code))
    gone = catalogue_act == "archive"
    said = (
        _("The course is not in the catalogue any more. Its runs and certificates stay.") if gone else _("It is offered again.")
    )
    return carry_out_at_once(
        ActionForm(),
        lambda: courses.archive(found, gone, by=current_user, at=now()),
        url_for(".show", course_code=course_code),
        said,
    )
