"""Results and feedback as files. What may not be shown is empty."""

from collections.abc import Iterator, Sequence
from typing import Any

from eventapp.core.exports import ExportColumn
from eventapp.training.assessing.feedback import queries as feedback
from eventapp.training.assessing.feedback.rules import NPS, ONE_TO_FIVE, USED, Sum
from eventapp.training.assessing.results.queries import Figures, RunFigures, by_course, by_trainer

_NUMBERS = (
    *("runs", "enrolled", "counted", "no_shows", "passed", "failed"),
    *("pass_rate", "average_score", "no_show_rate", "credits", "answers", "csat", "nps"),
)
_WHAT = {
    "courses": ("course_code", "course"),
    "trainers": ("trainer",),
    "runs": ("course_code", "course", "starts_at", "trainers"),
}
KINDS = tuple(_WHAT)


def columns(what: str) -> list[ExportColumn]:
    """The columns of the file by course, by trainer or by run."""
    return [
        *(ExportColumn(name, "moment" if name == "starts_at" else "text") for name in _WHAT[what]),
        *(ExportColumn(name, "number") for name in _NUMBERS),
    ]


def rows(what: str, runs: Sequence[RunFigures]) -> Iterator[Sequence[Any]]:
    """The lines of that file."""
    if what == "courses":
        yield from ((line.sub, line.label, *_numbers(line.figures)) for line in by_course(runs))
    elif what == "trainers":
        yield from ((line.label, *_numbers(line.figures)) for line in by_trainer(runs))
    else:
        for run in runs:
            trainers = "; ".join(name for _id, name in run.trainers)
            yield (run.code, run.title, run.starts_at, trainers, *_numbers(run.figures))


def _numbers(one: Figures) -> tuple[Any, ...]:
    return (
        *(one.runs, one.enrolled, one.counted, one.no_shows, one.passed, one.failed),
        *(one.pass_rate, one.average, one.no_show_rate, one.credits, one.people, one.csat, one.nps),
    )


FEEDBACK_COLUMNS = [
    *(ExportColumn(name) for name in ("course_code", "question", "text")),
    *(ExportColumn(name, "number") for name in ("answers", "average", "percent_4_5", "nps")),
]


def feedback_rows(run: RunFigures) -> Iterator[Sequence[Any]]:
    """What was said of one run: a line for each question that may be shown, then the texts in no order."""
    for name in (*ONE_TO_FIVE, NPS, USED):
        one = run.figures.sums.get(name, Sum())
        if one.shown:
            is_nps = name == NPS
            yield (run.code, name, "", one.people, one.mean, None if is_nps else one.share, one.net if is_nps else None)
    used = run.figures.sums.get(USED, Sum()).people
    for question, texts in zip(("comment", "used_comment"), feedback.texts(run.id, run.figures.people, used), strict=True):
        yield from ((run.code, question, text, None, None, None, None) for text in texts)
