"""Organizer pages: which courses people want, where, and who they are."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.audiences import reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.web.audiences import may_open
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.partners.models import Organisation, Person, SubRegion
from eventapp.training.catalogue import courses
from eventapp.training.catalogue import queries as catalogue
from eventapp.training.catalogue.interest import queries
from eventapp.training.models import Course, CourseInterest, CourseVersion
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("interests_admin", __name__)
BASE = "/admin/training/wanted"
ONE = f"{BASE}/<course_code:course_code>"
COLUMNS = [
    *(ExportColumn(name) for name in ("course", "given_name", "family_name", "company", "country", "sub_region", "note")),
    ExportColumn("noted_at", "moment"),
    ExportColumn("told_at", "moment"),
]


def _threshold() -> int:
    """From how many people on a run is suggested."""
    found: int = current_app.config["SETTINGS"].run_demand
    return found


def _opens_runs() -> bool:
    """Whether the visitor may make runs."""
    return "runs_admin.new" in current_app.view_functions and may_open("runs_admin.new")


@blueprint.get(f"{BASE}/")
@reader
def index() -> str:
    """The courses that people wait for, by sub-region, with a suggestion where a run is worth it."""
    found = queries.wanted()
    current = {one.course_id: one.id for one in catalogue.current_versions()}
    return render_template(
        "training/catalogue/interest/index.html",
        found=found,
        current=current,
        threshold=_threshold(),
        opens_runs=_opens_runs(),
        subnav=training_tabs("interests"),
    )


def _table(path: str) -> Table:
    regions = db.session.execute(select(SubRegion.key, SubRegion.label).order_by(SubRegion.position)).all()
    return Table(
        path=path,
        columns=[
            Column("person", _("Person"), Person.sort_key),
            Column("company", _("Company"), Organisation.sort_key),
            Column("region", _("Sub-region"), SubRegion.label),
            Column("note", _("What would fit")),
            Column("since", _("Since"), CourseInterest.noted_at),
            Column("told", _("Told")),
        ],
        key=Person.id,
        default="since",
        filters=[
            Filter("region", _("Sub-region"), [(row.key, row.label, None) for row in regions], SubRegion.key.in_),
            Filter(
                "told",
                _("Told"),
                [("yes", _("Told of a new run"), None), ("no", _("Not told yet"), None)],
                lambda chosen: CourseInterest.told_at.is_not(None).in_([value == "yes" for value in chosen]),
            ),
        ],
        search=_search,
        search_label=_("Name or company"),
    )


def _search(text: str) -> ColumnElement[bool]:
    text = text.lower()
    columns = (Person.given_name, Person.family_name, Organisation.name)
    return func.lower(columns[0] + " " + columns[1]).contains(text, autoescape=True) | func.lower(columns[2]).contains(
        text, autoescape=True
    )


def _listing(path: str, course_id: int, args: MultiDict[str, str]) -> Listing:
    rows = queries.people().where(Course.id == course_id).add_columns(Person.id.label("id"))

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        inner = rows.where(*conditions).subquery()
        query = select(func.count(), func.count(inner.c.organisation_id.distinct())).select_from(inner)
        people, companies = db.session.execute(query).one()
        return [(people, ngettext("person", "people", people)), (companies, ngettext("company", "companies", companies))]

    return _table(path).page(rows, args, totals)


@blueprint.get(ONE)
@reader
def show(course_code: str) -> str:
    """Who waits for a course."""
    version = _version(course_code)
    current = courses.current_version(version.course_id)
    return render_template(
        "training/catalogue/interest/show.html",
        version=version,
        current=current,
        listing=_listing(url_for(".show", course_code=version.course.code), version.course_id, request.args),
        demand=next((one for one in queries.wanted() if one.course_id == version.course_id), None),
        threshold=_threshold(),
        opens_runs=_opens_runs(),
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
        subnav=training_tabs("interests"),
    )


def _version(code: str) -> CourseVersion:
    return catalogue.versions_of(code)[0]


@blueprint.post(f"{ONE}/export")
@reader
def export(course_code: str) -> ResponseReturnValue:
    """Those that the list shows as a file; the download stands in the log."""
    version = _version(course_code)
    code = version.course.code
    name = asked_format()
    at, rows = now(), list(_rows(version.course_id))
    with saving():
        title = f"{code} {version.title}"
        values: dict[str, Any] = {"object_type": "course", "object_id": version.course_id, "object_name": title}
        record("interest.export", by=current_user, at=at, **values, changes={"format": name})
    return table_file(rows, COLUMNS, name, of=code.lower(), content="wanted", title=code, zone="UTC", at=at)


def _rows(course_id: int) -> Iterator[Sequence[Any]]:
    query = queries.people().where(Course.id == course_id, *_table("").condition(request.args))
    for row in db.session.execute(query.order_by(Organisation.sort_key, Person.sort_key)):
        yield (
            row.code,
            row.given_name,
            row.family_name,
            row.company,
            row.country,
            row.region,
            row.note,
            row.noted_at,
            row.told_at,
        )
