"""Pages of those who give a run: what came of everybody, what waits for marks, what people said."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.partners.audiences import viewer
from eventapp.training import queries as training
from eventapp.training.assessing.feedback import queries as feedback
from eventapp.training.assessing.feedback.rules import LEAST, NPS, ONE_TO_FIVE, USED, Sum, csat
from eventapp.training.assessing.results import exports, queries
from eventapp.training.audiences import run_reader
from eventapp.training.models import ATTENDANCE_LABELS, Run
from eventapp.training.runs.pages import page

blueprint = Blueprint("run_results", __name__)
FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


def _figures(run: Run) -> queries.RunFigures:
    found = queries.run_figures([Run.id == run.id])
    if found:
        return found[0]
    version = run.course_version
    nothing = queries.Figures(runs=1)
    return queries.RunFigures(
        run.id, version.course_id, version.course.code, version.title, run.event.starts_at, run.event.time_zone, (), nothing
    )


@blueprint.get("/teach/<id:run_id>/results")
@run_reader
def show(run_id: int) -> str:
    """Who has passed, attempts, scores, and the recordings that wait for marks."""
    run = training.run_to_teach(viewer(), run_id)
    return page(
        "training/assessing/results/show.html",
        run,
        "results",
        course=run.course_version,
        people=queries.participants(run),
        queue=queries.marking_queue(run),
        figures=_figures(run).figures,
        attendance_labels=ATTENDANCE_LABELS,
    )


@blueprint.get("/teach/<id:run_id>/feedback")
@run_reader
def feedback_of(run_id: int) -> str:
    """What people said of the run, from five answers on."""
    run = training.run_to_teach(viewer(), run_id)
    found = _figures(run)
    used = found.figures.sums.get(USED, Sum())
    after, later = feedback.texts(run.id, found.figures.people, used.people)
    return page(
        "training/assessing/feedback/of_run.html",
        run,
        "feedback",
        course=run.course_version,
        figures=found.figures,
        asked=[(label, found.figures.sums.get(name, Sum()), name) for name, label in ONE_TO_FIVE.items()],
        used=used,
        net=found.figures.sums.get(NPS, Sum()),
        spread=feedback.spread(run.id),
        csat=csat(found.figures.sums),
        after=after,
        later=later,
        least=LEAST,
        formats=FORMATS,
    )


@blueprint.post("/teach/<id:run_id>/feedback/export")
@run_reader
def export(run_id: int) -> ResponseReturnValue:
    """What may be shown of it as a file; the download stands in the log."""
    run, at = training.run_to_teach(viewer(), run_id), now()
    name = asked_format()
    lines, zone, slug = list(exports.feedback_rows(_figures(run))), run.event.time_zone, run.course_version.course.code.lower()
    with saving():
        record(
            "assessing.export_feedback",
            by=current_user,
            at=at,
            object_type="run",
            object_id=run.id,
            object_name=run.course_version.title,
            event_id=run.event_id,
            changes={"format": name},
        )
    return table_file(
        lines, exports.FEEDBACK_COLUMNS, name, of=f"{slug}_{run_id}", content="feedback", title=slug, zone=zone, at=at
    )
