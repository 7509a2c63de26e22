"""What open pages ask for each second: whether anything has happened, and who is where. Two queries."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans import queries
from eventapp.plans.models import Plan
from eventapp.plans.presence import Present, present
from eventapp.plans.ticking import as_text, state_of


class Pulse(NamedTuple):
    """The state as pages know it, and who has the plan open."""

    state: str
    people: list[Present]


def pulse(viewer: Viewer, code: str, at: datetime) -> Pulse:
    """The pulse of a plan that the viewer reads. Raises NotFoundError."""
    query = select(Plan.id, *state_of(Plan.id)).where(Plan.code == code, queries.visible(viewer))
    row = db.session.execute(query).first()
    if row is None:
        raise NotFoundError(code)
    return Pulse(as_text(row[1], row[2]), list(present(row[0], at)))
