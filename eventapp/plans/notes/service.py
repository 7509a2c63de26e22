"""Writing notes. They stand in no version, no history that both sides read, no mail and no log: what a side thinks is its own.

The log says nothing at all of them: that somebody has just written something would tell the other side's people as well.
"""

from datetime import datetime

from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanMember, PlanNote
from eventapp.plans.notes import queries as notes


def write(plan: Plan, text: str, *, member: PlanMember, at: datetime) -> PlanNote:
    """Adds a note for the member's own side."""
    plan = queries.lock(plan)
    made = PlanNote(plan_id=plan.id, side=member.side, text=text, member_id=member.id, written_at=at)
    db.session.add(made)
    db.session.flush()
    return made


def change(plan: Plan, note_id: int, text: str, *, base: int, member: PlanMember, at: datetime) -> None:
    """Writes a note anew; it is then said to be by whoever did. Raises StaleError if it was changed since the version `base`."""
    found = _as_read(plan, note_id, base, member)
    if text != found.text:
        found.text, found.member_id, found.written_at = text, member.id, at
        db.session.flush()


def remove(plan: Plan, note_id: int, *, base: int, member: PlanMember) -> None:
    """Deletes a note for good. Raises StaleError if it was changed since the version `base`."""
    db.session.delete(_as_read(plan, note_id, base, member))
    db.session.flush()


def _as_read(plan: Plan, note_id: int, base: int, member: PlanMember) -> PlanNote:
    plan = queries.lock(plan)
    found = notes.note_or_none(plan, member.side, note_id)
    if found is None:
        raise StaleError(_("Somebody of your team has removed this note since you opened it. Send it again to add it anew."))
    if found.version != base:
        raise StaleError(
            _("Somebody of your team has changed this note since you opened it. Compare both texts, then send what shall hold.")
        )
    return found
