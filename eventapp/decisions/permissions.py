"""Who may read which decision, and who may open one."""

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import COMPANY_WRITERS, Viewer
from eventapp.decisions.models import Decision, DecisionReader, Openness

# The vendor's people who only read, whatever else they may see.
ONLY_READS = frozenset({Role.AUDITOR})


def speaks(viewer: Viewer) -> bool:
    """Whether the viewer works for the vendor or for a partner, and so may take part; auditors only read."""
    return viewer.user is not None and (bool(viewer.roles - ONLY_READS) or (not viewer.roles and viewer.seat is not None))


def may_open_decisions(viewer: Viewer) -> bool:
    """Whether the viewer may open a decision that counts. Anybody may open one to practise."""
    return bool(viewer.roles & COMPANY_WRITERS)


def levels(viewer: Viewer) -> list[Openness]:
    """The levels of openness at which the viewer reads without having a part."""
    if viewer.roles:
        return [Openness.PUBLIC, Openness.PARTNERS, Openness.ORGANISATIONS]
    return [Openness.PUBLIC, Openness.PARTNERS] if viewer.seat is not None else [Openness.PUBLIC]


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
    everything = and_(true(), ~Decision.practice) if Role.AUDITOR in viewer.roles else Decision.openness.in_(levels(viewer))
    return or_(everything, taking_part)
