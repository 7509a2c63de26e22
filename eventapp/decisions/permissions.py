"""Who may read which decision, and who may open one."""

from collections.abc import Iterable, Set
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import COMPANY_WRITERS, Viewer, roles_of
from eventapp.decisions import references
from eventapp.decisions.models import Decision, DecisionContext, DecisionReader, Openness

# The vendor's people who only read, whatever else they may see.
ONLY_READS = frozenset({Role.AUDITOR})


def speaks(viewer: Viewer) -> bool:
    """Whether the viewer works for the vendor or for a partner, and so may take part; auditors only read."""
    return viewer.user is not None and not only_reads(viewer.roles) and (bool(viewer.roles) or viewer.seat is not None)


def only_reads(roles: Set[Role]) -> bool:
    """Whether whoever has these roles at the vendor takes part in nothing: an auditor and nothing else."""
    return bool(roles) and roles <= ONLY_READS


def may_open_decisions(viewer: Viewer) -> bool:
    """Whether the viewer may open a decision that counts. Anybody may open one to practise."""
    return bool(viewer.roles & COMPANY_WRITERS)


def levels(roles: Set[Role], *, seat: bool) -> list[Openness]:
    """The levels of openness at which whoever has these roles, or a seat in a company, reads without having a part.

    Between organisations that goes for what is not kept from them, see `kept_from`.
    """
    if roles:
        return [Openness.PUBLIC, Openness.PARTNERS, Openness.ORGANISATIONS]
    return [Openness.PUBLIC, Openness.PARTNERS] if seat else [Openness.PUBLIC]


def kept_from(roles: Set[Role]) -> list[DecisionContext]:
    """What decisions belong to that whoever has these roles at the vendor does not read by openness alone: plans and the like."""
    return [context for context, staff in references.reserved().items() if not roles & staff]


def reads_as_one_of_them(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of rows of `decision_reader` that mean the viewer, as who they are at this moment.

    A part that was taken for a company holds while the viewer acts for that company; one for the vendor while they work there.
    """
    if viewer.user is None:
        return false()
    mine = DecisionReader.user_id == viewer.user.id
    found = []
    if viewer.roles:
        found.append(and_(mine, DecisionReader.organisation_id.is_(None)))
    if viewer.acting_for is not None:
        found.append(and_(DecisionReader.organisation_id == viewer.acting_for, or_(mine, DecisionReader.everybody)))
    return or_(*found) if found else false()


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of decisions that the viewer may read: those open to them, those they take part in; an auditor all.

    Exercises are their team's alone.
    """
    if viewer.user is None:
        return Decision.openness == Openness.PUBLIC
    taking_part = Decision.id.in_(select(DecisionReader.decision_id).where(reads_as_one_of_them(viewer)))
    kept = and_(Decision.context.in_(kept_from(viewer.roles)), Decision.context_id.is_not(None))
    as_open = Decision.openness.in_(levels(viewer.roles, seat=viewer.seat is not None))
    open_to_them = and_(as_open, or_(Decision.openness != Openness.ORGANISATIONS, ~kept))
    everything = and_(true(), ~Decision.practice) if Role.AUDITOR in viewer.roles else open_to_them
    return or_(everything, taking_part)


def reads(found: Decision, rows: Iterable[DecisionReader], user: User, company_id: int | None, at: datetime) -> bool:
    """`readable` for somebody who does not ask at this moment: a login, as one of that company, or (none) of the vendor.

    `rows` are those of the decision; that they still belong to that company has been asked before.
    """
    roles = roles_of(user, at)
    if Role.AUDITOR in roles and not found.practice:
        return True
    kept = found.openness is Openness.ORGANISATIONS and found.context_id is not None and found.context in kept_from(roles)
    if found.openness in levels(roles, seat=company_id is not None) and not kept:
        return True
    mine = (row for row in rows if row.organisation_id == company_id and (row.everybody or row.user_id == user.id))
    return (company_id is not None or bool(roles)) and any(mine)
