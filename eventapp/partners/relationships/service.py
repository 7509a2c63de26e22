"""Adding and ending connections."""

from datetime import date, datetime

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation, Relationship, RelationshipKind

# Between equals: there is no other way round.
MUTUAL = frozenset({RelationshipKind.ALLIANCE})


def add(
    company: Organisation,
    other: Organisation,
    kind: RelationshipKind,
    *,
    valid_from: date | None,
    valid_to: date | None,
    by: Actor,
    at: datetime,
) -> Relationship:
    """Connects `company` with `other` for a time, both days included. One that has ended is taken up again.

    Raises RuleError for a company with itself, a connection that there is already, its opposite, or a merged company.
    """
    if company.id == other.id:
        raise RuleError(_("Choose another company than this one."), "other", 422)
    if company.merged_into_id is not None or other.merged_into_id is not None:
        raise RuleError(_("This company was merged into another one."), "other")
    if valid_from and valid_to and valid_to < valid_from:
        raise RuleError(_("The last day lies before the first one."), "valid_to", 422)
    for end in sorted((company.id, other.id)):
        db.session.execute(select(Organisation.id).where(Organisation.id == end).with_for_update())
    there = _between(company, other, kind)
    back = _between(other, company, kind)
    if back is not None and in_force(back, at.date()):
        if kind in MUTUAL:
            raise RuleError(_("These two are connected like this already."), "other")
        raise RuleError(_("It is entered the other way round already. End that first."), "other")
    if there is not None and in_force(there, at.date()):
        raise RuleError(_("These two are connected like this already."), "other")
    if there is None:
        there = Relationship(from_id=company.id, to_id=other.id, kind=kind)
        db.session.add(there)
    there.valid_from, there.valid_to = valid_from, valid_to
    db.session.flush()
    _record("relationship.add", there, company, other, by, at)
    return there


def end(relationship: Relationship, *, by: Actor, at: datetime) -> None:
    """The connection holds until today; one that has not begun goes altogether. Ended ones stay as history."""
    if not in_force(relationship, at.date()) and (relationship.valid_from is None or relationship.valid_from <= at.date()):
        return
    company = db.session.get_one(Organisation, relationship.from_id)
    other = db.session.get_one(Organisation, relationship.to_id)
    _record("relationship.end", relationship, company, other, by, at)
    if relationship.valid_from is not None and relationship.valid_from > at.date():
        db.session.delete(relationship)
    else:
        relationship.valid_to = at.date()
    db.session.flush()


def in_force(relationship: Relationship, today: date) -> bool:
    """Whether the connection holds on that day. Ending counts from the day after its last one."""
    began = relationship.valid_from is None or relationship.valid_from <= today
    return began and (relationship.valid_to is None or relationship.valid_to > today)


def _between(first: Organisation, second: Organisation, kind: RelationshipKind) -> Relationship | None:
    query = select(Relationship).where(
        Relationship.from_id == first.id, Relationship.to_id == second.id, Relationship.kind == kind
    )
    return db.session.scalar(query)


def _record(action: str, row: Relationship, company: Organisation, other: Organisation, by: Actor, at: datetime) -> None:
    changes = {"kind": row.kind, "with": other.name, "valid_from": row.valid_from, "valid_to": row.valid_to}
    record(
        action,
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        organisation_id=company.id,
        changes=changes,
    )
