"""The archive: every decision that the viewer may read, searched, filtered and sorted."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.decisions.models import CONTEXT_LABELS, OPENNESS_LABELS, STATE_LABELS, Decision, DecisionReader
from eventapp.decisions.permissions import readable, reads_as_one_of_them
from eventapp.decisions.queries import found_by

MINE = "mine"


def base(viewer: Viewer) -> list[ColumnElement[bool]]:
    """What the list holds before anybody narrows it."""
    return [readable(viewer), ~Decision.practice]


def rows() -> Select[Any]:
    """The decisions, as columns."""
    columns = ("id", "code", "title", "context", "context_id", "context_label", "openness", "state", "decide_by", "changed_at")
    return select(*(getattr(Decision, name) for name in columns))


def has_part(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of decisions in which the viewer has a part."""
    return Decision.id.in_(select(DecisionReader.decision_id).where(reads_as_one_of_them(viewer), ~DecisionReader.everybody))


def table(viewer: Viewer, path: str) -> Table:
    """What the list can do."""
    mine = has_part(viewer)
    return Table(
        path=path,
        columns=[
            Column("title", _("Decision"), Decision.title),
            Column("code", _("Code"), Decision.code),
            Column("context", _("Belongs to"), Decision.context_label),
            Column("state", _("Status")),
            Column("openness", _("Who may read it")),
            Column("changed", _("Changed"), Decision.changed_at),
        ],
        key=Decision.id,
        default="-changed",
        filters=[
            Filter(
                "state", _("Status"), [(key.value, str(label), None) for key, label in STATE_LABELS.items()], Decision.state.in_
            ),
            Filter(
                "context", _("Belongs to"), [(key.value, str(v), None) for key, v in CONTEXT_LABELS.items()], Decision.context.in_
            ),
            Filter(
                "openness", _("Openness"), [(k.value, str(v), None) for k, v in OPENNESS_LABELS.items()], Decision.openness.in_
            ),
            Filter("part", _("My part"), [(MINE, _("I take part"), None)], lambda _chosen: mine),
        ],
        search=found_by,
        search_label=_("Words of the problem, the result, the lessons"),
    )


def page(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Listing:
    """A page of the archive."""
    scope = base(viewer)

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        count = db.session.scalar(select(func.count()).select_from(Decision).where(*scope, *conditions)) or 0
        return [(count, ngettext("decision", "decisions", count))]

    return table(viewer, path).page(rows().where(*scope), args, totals)
