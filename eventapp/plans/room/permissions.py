"""Who may do what in the room. Pure."""

from eventapp.plans.models import Side, Workshop
from eventapp.plans.permissions import Standing


def leads(standing: Standing) -> bool:
    """Whether the viewer leads the workshop, starts and ends it: the owners of both sides, and the neutral facilitator."""
    return standing.is_owner or standing.facilitates


def keeps_time(standing: Standing, workshop: Workshop) -> bool:
    """Whether the viewer moves the agenda on: who leads, and the timekeeper."""
    return leads(standing) or (standing.member is not None and standing.member.id == workshop.timekeeper_id)


def writes_down(standing: Standing, workshop: Workshop) -> bool:
    """Whether the viewer writes the minutes: who leads, and the scribe."""
    return leads(standing) or _is_scribe(standing, workshop)


def marks(standing: Standing, workshop: Workshop, side: Side) -> bool:
    """Whether the viewer says who of a side is here: its own owner, the scribe, the facilitator.

    Each side has a quorum of its own, so the owner of the one does not make that of the other.
    """
    own = standing.is_owner and standing.side is side
    return own or standing.facilitates or _is_scribe(standing, workshop)


def _is_scribe(standing: Standing, workshop: Workshop) -> bool:
    return standing.member is not None and standing.member.id == workshop.scribe_id


def takes_part(standing: Standing) -> bool:
    """Whether the viewer puts things aside and agrees on actions in the room: both teams and the facilitator."""
    return standing.member is not None or standing.facilitates


def may_reopen(standing: Standing) -> bool:
    """Whether the viewer takes the workshop up again: the owners alone, since for the facilitator it is over."""
    return standing.is_owner
