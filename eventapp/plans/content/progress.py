"""How far rows of sections are by what training and registrations say at this moment. Kept nowhere."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.wall import whole
from eventapp.events.models import Event
from eventapp.partners.permissions import may_read_company
from eventapp.plans import hooks
from eventapp.plans.hooks import Attending, Certified, Holding
from eventapp.plans.models import EnablementLine, Initiative, Plan, Side


class Holder(NamedTuple):
    """Somebody who holds it, until the end of that day (none: for good); `lapses` within the plan's period."""

    name: str
    until: date | None
    lapses: bool


class Progress(NamedTuple):
    """A line with how many people hold what it names, for how many that ends within the plan's period, how many are missing.

    Not `known`: no course or credential has its code. `names` are none where the reader learns numbers alone.
    """

    line: EnablementLine
    known: bool
    held: int
    lapsing: int
    missing: int
    names: list[Holder] | None


def reads_names(viewer: Viewer, plan: Plan, side: Side) -> bool:
    """Whether the viewer learns who holds a certificate, as on the pages of certificates themselves.

    There the vendor's readers see everybody's, and a company's admins and executives those of its people.
    """
    own = side is Side.B and viewer.acting_for == plan.side_b_id and may_read_company(viewer)
    return viewer.reads_all or own


def progress(viewer: Viewer, plan: Plan, lines: Sequence[EnablementLine], at: datetime) -> list[Progress]:
    """How far the lines are that name something; one query."""
    asked = {line.id: _asked(plan, line) for line in lines if line.course_code}
    if any(one.company_id is None for one in asked.values()):
        # How many of the vendor's people hold it stands behind the wall, and both sides may know that.
        with whole():
            found = hooks.holdings(set(asked.values()), at)
    else:
        found = hooks.holdings(set(asked.values()), at)
    named = [line for line in lines if line.id in asked]
    return [_of(line, found.get(asked[line.id]), plan, reads_names(viewer, plan, line.for_side), at.date()) for line in named]


def _asked(plan: Plan, line: EnablementLine) -> Certified:
    company_id = plan.side_b_id if line.for_side is Side.B else None
    return Certified(company_id, hooks.code_of(line.course_code))


def _of(line: EnablementLine, holdings: Sequence[Holding] | None, plan: Plan, named: bool, today: date) -> Progress:
    lasting: dict[int, Holding] = {}
    for one in holdings or ():
        if one.valid_on(today) and (one.person_id not in lasting or _end(one) > _end(lasting[one.person_id])):
            lasting[one.person_id] = one
    people = [Holder(one.name, one.expires_on, _end(one) <= plan.period_end) for one in lasting.values()]
    return Progress(
        line,
        holdings is not None,
        len(people),
        sum(one.lapses for one in people),
        max(line.head_count - len(people), 0),
        people if named else None,
    )


def _end(one: Holding) -> date:
    return one.expires_on or date.max


class Places(NamedTuple):
    """An initiative with its event, and how many people of the partner are confirmed for that."""

    line: Initiative
    title: str
    slug: str
    begins_on: date
    people: int


def places(plan: Plan, lines: Sequence[Initiative], at: datetime) -> list[Places]:
    """Who comes to the events of these initiatives, as far as they are on; two queries."""
    events = {line.event_id for line in lines if line.event_id is not None}
    if not events:
        return []
    rows = db.session.execute(select(Event.id, Event.slug, Event.title).where(Event.id.in_(events)))
    there = {row.id: (row.title, Attending(plan.side_b_id, row.slug)) for row in rows}
    found = hooks.confirmed({asked for _title, asked in there.values()}, at)
    shown = [(line, *there[line.event_id]) for line in lines if line.event_id in there]
    return [
        Places(line, title, asked.slug, found[asked].begins_on, len(found[asked].registered_on))
        for line, title, asked in shown
        if asked in found
    ]
