"""Organizer pages of the catalogue of courses."""

from flask import Blueprint, render_template

from eventapp.accounts.audiences import reader
from eventapp.training.catalogue import queries
from eventapp.training.enrolling import following  # noqa: F401 - enrolments follow registrations from here on
from eventapp.training.models import COURSE_LEVEL_LABELS, VERSION_LABELS

blueprint = Blueprint("courses_admin", __name__)


@blueprint.get("/admin/training/")
@reader
def index() -> str:
    """All courses, each by its newest version."""
    return render_template(
        "training/catalogue/admin/index.html",
        versions=queries.newest_versions(),
        levels=COURSE_LEVEL_LABELS,
        states=VERSION_LABELS,
    )
