"""What the log calls acts on the catalogue, and where its courses are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.training.models import Course, Credential

declare_acts(
    "training",
    _l("Training"),
    {
        "create_course": _l("Added a course"),
        "change_course": _l("Changed a course"),
        "new_version": _l("Began a new version of a course"),
        "publish_course": _l("Published a version of a course"),
        "delete_draft": _l("Deleted the draft of a course"),
        "copy_course": _l("Copied a course"),
        "archive_course": _l("Took a course out of the catalogue"),
        "restore_course": _l("Put a course back into the catalogue"),
        "material": _l("Changed the material of a course"),
        "create_credential": _l("Added a credential"),
        "change_credential": _l("Changed a credential"),
        "delete_credential": _l("Deleted a credential"),
        "change_curriculum": _l("Changed the way to a credential"),
        "export_catalogue": _l("Downloaded the catalogue of courses"),
    },
)
declare_fields(
    summary=_l("Summary"),
    description=_l("Description"),
    level=_l("Level"),
    languages=_l("Languages"),
    product_tags=_l("Products"),
    modes=_l("How it is given"),
    audience_types=_l("For companies of the type"),
    audience_functions=_l("For people in the function"),
    needs=_l("Prerequisites"),
    attendance_mark=_l("Attended from"),
    partial_from=_l("In part from"),
    pass_mark=_l("Passed from"),
    attempts=_l("Attempts"),
    time_limit=_l("Time limit"),
    drawn=_l("Questions asked"),
    exercise=_l("Practical exercise"),
    exercise_mark=_l("Exercise passed from"),
    validity_months=_l("Valid for"),
    credit_minutes=_l("Minutes of a credit"),
    follow_up_days=_l("Asked again after"),
    curriculum=_l("Curriculum"),
    electives=_l("Electives needed"),
    course=_l("Course"),
    required=_l("Required"),
    archived=_l("Not offered any more"),
    points=_l("Points"),
    of=_l("Copy of"),
)


def _courses(ids: Collection[int]) -> Mapping[int, Thing]:
    may = may_open("courses_admin.show")
    query = select(Course.id, Course.code).where(Course.id.in_(ids))
    return {
        id_: Thing(code, url_for("courses_admin.show", course_code=code) if may else "")
        for id_, code in db.session.execute(query)
    }


def _credentials(ids: Collection[int]) -> Mapping[int, Thing]:
    may = may_open("credentials_admin.show")
    query = select(Credential.id, Credential.name).where(Credential.id.in_(ids))
    return {
        id_: Thing(name, url_for("credentials_admin.show", credential_id=id_) if may else "")
        for id_, name in db.session.execute(query)
    }


declare_kind("course", _l("Course"), _courses)
declare_kind("credential", _l("Credential"), _credentials)
