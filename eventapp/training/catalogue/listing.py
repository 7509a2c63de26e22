"""The organizers' list of courses: columns, filters, search."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import _, language_name
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events.models import FORMAT_LABELS, Event, EventStatus
from eventapp.training.catalogue.queries import NEWEST, holds
from eventapp.training.models import (
    COURSE_LEVEL_LABELS,
    VERSION_LABELS,
    Course,
    CourseInterest,
    CourseVersion,
    Run,
    VersionStatus,
)

ARCHIVED = "archived"
_OF_RUN = aliased(CourseVersion)
_INTERESTED = select(func.count()).where(CourseInterest.course_id == Course.id).correlate(Course).scalar_subquery()


def page(path: str, args: MultiDict[str, str]) -> Listing:
    """A page of the list: each course by its newest version."""
    total = select(func.count()).select_from(Course).join(CourseVersion, CourseVersion.course_id == Course.id)
    total = total.where(CourseVersion.number == NEWEST)
    return table(path).page(rows(), args, lambda found: [(db.session.scalar(total.where(*found)) or 0, _("courses"))])


def rows() -> Select[Any]:
    """All courses, each by its newest version, as columns."""
    coming = (
        select(func.count())
        .select_from(Run)
        .join(_OF_RUN, Run.version_id == _OF_RUN.id)
        .join(Event, Event.id == Run.event_id)
        .where(_OF_RUN.course_id == Course.id, Event.ends_at > now(), Event.status != EventStatus.CANCELLED)
        .correlate(Course)
        .scalar_subquery()
    )
    return (
        select(
            Course.id,
            Course.code,
            Course.archived,
            CourseVersion.title,
            CourseVersion.number,
            CourseVersion.status,
            CourseVersion.level,
            CourseVersion.minutes,
            CourseVersion.languages,
            CourseVersion.modes,
            CourseVersion.product_tags,
            CourseVersion.validity_months,
            CourseVersion.pass_mark,
            CourseVersion.exercise,
            coming.label("coming"),
            _INTERESTED.label("interested"),
        )
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .where(CourseVersion.number == NEWEST)
    )


def table(path: str) -> Table:
    """What the list can do."""
    title = func.lower(CourseVersion.title)
    languages, products = _values()
    return Table(
        path=path,
        columns=[
            Column("course", _("Course"), title),
            Column("code", _("Code"), Course.code),
            Column("level", _("Level")),
            Column("minutes", _("Minutes"), CourseVersion.minutes, numeric=True),
            Column("languages", _("Languages")),
            Column("coming", _("Runs to come"), numeric=True),
            Column("interested", _("Wanted by"), _INTERESTED, numeric=True),
            Column("state", _("State")),
        ],
        key=Course.id,
        default="code",
        filters=[
            Filter("state", _("State"), [*((s.value, str(t), None) for s, t in VERSION_LABELS.items()), _archived()], _in_states),
            Filter(
                "level", _("Level"), [(v.value, str(t), None) for v, t in COURSE_LEVEL_LABELS.items()], CourseVersion.level.in_
            ),
            Filter(
                "mode",
                _("How it is given"),
                [(f.value, str(t), None) for f, t in FORMAT_LABELS.items()],
                lambda chosen: holds(CourseVersion.modes, chosen),
            ),
            Filter(
                "language",
                _("Language"),
                [(tag, language_name(tag), None) for tag in languages],
                lambda chosen: holds(CourseVersion.languages, chosen),
            ),
            Filter(
                "product",
                _("Product"),
                [(tag, tag, None) for tag in products],
                lambda chosen: holds(CourseVersion.product_tags, chosen),
            ),
        ],
        search=lambda text: or_(
            title.contains(text.lower(), autoescape=True), Course.code.contains(text.upper(), autoescape=True)
        ),
        search_label=_("Title or code"),
    )


def _archived() -> tuple[str, str, None]:
    return ARCHIVED, _("Not offered any more"), None


def _in_states(chosen: list[str]) -> ColumnElement[bool]:
    states = [VersionStatus(value) for value in chosen if value != ARCHIVED]
    found = [and_(~Course.archived, CourseVersion.status.in_(states))] if states else []
    return or_(*found, *([Course.archived] if ARCHIVED in chosen else []))


def _values() -> tuple[Sequence[str], Sequence[str]]:
    """The languages and products that any course has."""
    languages, products = set(), set()
    for row in db.session.execute(select(CourseVersion.languages, CourseVersion.product_tags)):
        languages.update(row[0])
        products.update(row[1])
    return sorted(languages, key=language_name), sorted(products, key=str.casefold)
