"""Reading the catalogue."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from eventapp.core.db import db
from eventapp.training.models import Course, CourseVersion


def newest_versions() -> Sequence[CourseVersion]:
    """The newest version of each course, drafts among them, in the order of the codes: for the vendor's own pages."""
    newest = (
        select(func.max(CourseVersion.number)).where(CourseVersion.course_id == Course.id).correlate(Course).scalar_subquery()
    )
    query = select(CourseVersion).join(CourseVersion.course).where(CourseVersion.number == newest)
    return db.session.scalars(query.options(joinedload(CourseVersion.course)).order_by(Course.archived, Course.code)).all()
