"""Results of all runs that have begun, for organizers: by course, by trainer, by run, with filters and files."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, and_, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.audiences import reader
from eventapp.accounts.models import User
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.tables import Filter, Listing
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events.models import Event, EventFormat
from eventapp.training.assessing.feedback.rules import LEAST
from eventapp.training.assessing.results import exports, queries
from eventapp.training.models import Course, CourseVersion, Run, RunTrainer
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("results_admin", __name__)
FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/training/results")
@reader
def index() -> str:
    """The results as the address narrows them, in the shape that it asks for."""
    by = request.args.get("by", "")
    by = by if by in exports.KINDS else exports.KINDS[0]
    filters = _filters()
    runs = queries.run_figures(_conditions(filters, request.args))
    return render_template(
        "training/assessing/results/index.html",
        subnav=training_tabs("results"),
        by=by,
        tabs=[(key, label, _url(by=key)) for key, label in _tabs()],
        lines=queries.by_course(runs) if by == "courses" else queries.by_trainer(runs),
        runs=runs,
        total=queries.added_up(runs),
        listing=_listing(filters, by),
        least=LEAST,
        formats=FORMATS,
    )


@blueprint.post("/admin/training/results/export/<any(courses, trainers, runs):shape>")
@reader
def export(shape: str) -> ResponseReturnValue:
    """What the list shows as a file; the download stands in the log."""
    name, at = asked_format(), now()
    lines = list(exports.rows(shape, queries.run_figures(_conditions(_filters(), request.args))))
    with saving():
        record(
            "assessing.export_results",
            by=current_user,
            at=at,
            object_type="run",
            object_id=None,
            changes={"format": name, "kind": shape, "rows": len(lines)},
        )
    return table_file(
        lines, exports.columns(shape), name, of="training", content=f"results_{shape}", title="Results", zone="UTC", at=at
    )


def _tabs() -> list[tuple[str, str]]:
    return [("courses", _("By course")), ("trainers", _("By trainer")), ("runs", _("By run"))]


def _filters() -> list[Filter]:
    """Only what is true of a whole run narrows the list: whose answers count must not hang on people. Three queries."""
    courses = db.session.execute(select(Course.id, Course.code).order_by(Course.code)).all()
    trainers = db.session.execute(
        select(User.id, User.name).where(User.id.in_(select(RunTrainer.user_id))).order_by(func.lower(User.name), User.id)
    ).all()
    first, last = db.session.execute(
        select(func.min(Event.starts_at), func.max(Event.starts_at)).join(Run, Run.event_id == Event.id)
    ).one()
    years = range(last.year, first.year - 1, -1) if first is not None else ()
    formats = [(EventFormat.IN_PERSON, _("In person")), (EventFormat.VIRTUAL, _("On video")), (EventFormat.HYBRID, _("Both"))]
    return [
        Filter("course", _("Course"), [(str(id_), code, None) for id_, code in courses], _of_courses),
        Filter("trainer", _("Trainer"), [(str(id_), name, None) for id_, name in trainers], _of_trainers),
        Filter("year", _("Year"), [(str(year), str(year), None) for year in years], _of_years),
        Filter("mode", _("Takes place"), [(mode.value, label, None) for mode, label in formats], _of_modes),
    ]


def _of_courses(values: list[str]) -> ColumnElement[bool]:
    return CourseVersion.course_id.in_([int(value) for value in values])


def _of_trainers(values: list[str]) -> ColumnElement[bool]:
    return Run.id.in_(select(RunTrainer.run_id).where(RunTrainer.user_id.in_([int(value) for value in values])))


def _of_years(values: list[str]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(Event.starts_at >= datetime(int(y), 1, 1, tzinfo=UTC), Event.starts_at < datetime(int(y) + 1, 1, 1, tzinfo=UTC))
            for y in values
        )
    )


def _of_modes(values: list[str]) -> ColumnElement[bool]:
    return Event.format.in_([EventFormat(value) for value in values])


def _conditions(filters: list[Filter], args: MultiDict[str, str]) -> list[ColumnElement[bool]]:
    return [Event.starts_at <= now(), *(one.clause(values) for one in filters if (values := one.chosen(args)))]


def _url(**changed: Any) -> str:
    """The address of this list with something changed."""
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n in ("by", "course", "trainer", "year", "mode")]
    pairs = [(n, v) for n, v in pairs if n not in changed] + [(n, v) for n, v in changed.items() if v]
    return f"{url_for('results_admin.index')}?{urlencode(pairs)}"


def _without(name: str, value: str) -> str:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n in ("by", "course", "trainer", "year", "mode")]
    return f"{url_for('results_admin.index')}?{urlencode([pair for pair in pairs if pair != (name, value)])}"


def _listing(filters: list[Filter], by: str) -> Listing:
    """The filters as the macros of lists show them; the rows are no page of a table, but sums."""
    chosen = [(one, one.chosen(request.args)) for one in filters]
    pills = [
        (str(one.label), str({v: label for v, label, _n in one.choices}[value]), _without(one.name, value))
        for one, values in chosen
        for value in values
    ]
    return Listing(
        rows=[],
        search="",
        search_label="",
        filters=[(one.name, str(one.label), one.choices, values) for one, values in chosen],
        pills=pills,
        clear_url=f"{url_for('results_admin.index')}?by={by}",
        columns=[],
        next_url=None,
        previous_url=None,
        first=None,
        totals=[],
        query=urlencode([(one.name, value) for one, values in chosen for value in values]),
        hidden=[("by", by)],
    )
