"""What pages share: behind one's own secret link whose they are and that they stay secret, for organizers where they hang."""

from typing import Any

from flask import Response, url_for

from eventapp.audit.service import NamedActor
from eventapp.core.i18n import _
from eventapp.core.web.templates import viewer_zone
from eventapp.training.models import CourseVersion, Enrolment


def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def holder(enrolment: Enrolment) -> NamedActor:
    """Whoever acts by the link, as the company typed the name."""
    return NamedActor(f"{enrolment.registration.name} (by link)")


def context(enrolment: Enrolment) -> dict[str, Any]:
    """What the templates of these pages need: enrolment, run, version of the course, and the zone to show times in."""
    run = enrolment.run
    return {
        "enrolment": enrolment,
        "run": run,
        "course": run.course_version,
        "token": enrolment.registration.token,
        "zone": viewer_zone() or enrolment.person.time_zone or run.event.time_zone,
    }


def crumbs(version: CourseVersion) -> list[tuple[str, str]]:
    """The way down to the pages of a version of a course."""
    page = url_for("courses_admin.show", course_code=version.course.code, version=version.number)
    return [(_("Courses"), url_for("courses_admin.index")), (version.course.code, page)]
