"""Decisions as files: the archive as it is shown, and what was said about one decision."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.decisions import listing, queries
from eventapp.decisions.models import REOPENABLE, Decision, DecisionFeedback, FeedbackState


def _value(value: Any) -> str:
    return str(value.value if isinstance(value, StrEnum) else value.isoformat())


ARCHIVE = [
    *(ExportColumn(name) for name in ("code", "title")),
    ExportColumn("context", show=_value),
    *(ExportColumn(name) for name in ("belongs_to", "problem", "impacted", "decider_body")),
    *(ExportColumn(name, show=_value) for name in ("openness", "state", "feedback_until", "decide_by", "launch_by")),
    *(ExportColumn(name) for name in ("result", "rationale", "trade_offs", "success_measures")),
    ExportColumn("revisit_on", show=_value),
    *(ExportColumn(name) for name in ("revisit_when", "lessons")),
    *(ExportColumn(name, "number") for name in ("feedback", "adopted", "adopted_in_part", "not_adopted")),
    ExportColumn("changed_at", "moment"),
]
OUTCOME = ("result", "rationale", "trade_offs", "success_measures", "revisit_on", "revisit_when", "lessons")
FEEDBACK = [
    *(ExportColumn(name) for name in ("code", "option", "text", "name", "company")),
    ExportColumn("given_at", "moment"),
    ExportColumn("state", show=_value),
    ExportColumn("reply"),
    ExportColumn("replied_at", "moment"),
]


def archive(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Iterator[Sequence[Any]]:
    """A line for each decision that the list shows with these filters.

    What is to be decided stands there as on the pages: once it is decided, before that for those with a part.
    """

    def said(*states: FeedbackState) -> Any:
        counted = select(func.count()).where(DecisionFeedback.decision_id == Decision.id).correlate(Decision)
        return (counted.where(DecisionFeedback.state.in_(states)) if states else counted).scalar_subquery()

    names = (
        *("code", "title", "context", "context_label", "problem", "impacted", "decider_body", "openness", "state"),
        *("feedback_until", "decide_by", "launch_by"),
    )
    told = or_(Decision.state.in_(REOPENABLE), listing.has_part(viewer))
    outcome = [case((told, getattr(Decision, name))) for name in OUTCOME]
    counts = said(), said(FeedbackState.ADOPTED), said(FeedbackState.PARTLY), said(FeedbackState.NOT_ADOPTED)
    query = select(*(getattr(Decision, name) for name in names), *outcome, *counts, Decision.changed_at)
    query = query.where(*listing.base(viewer), *listing.table(viewer, path).condition(args)).order_by(Decision.id)
    yield from db.session.execute(query)


def feedback(decision: Decision) -> Iterator[Sequence[Any]]:
    """A line for each thing that was said about a decision that the viewer may read."""
    titles = {one.id: one.title for one in queries.options_of(decision)}
    for one in queries.feedback_of(decision):
        option = titles.get(one.option_id, "") if one.option_id is not None else ""
        said = one.text, one.name, one.company, one.given_at, one.state, one.reply, one.replied_at
        yield decision.code, option, *said
