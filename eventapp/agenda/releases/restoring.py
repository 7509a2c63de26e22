"""Taking a release back into the draft: where its sessions were. What came later goes to the tray; itself undoable."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventapp.agenda.models import AgendaRelease, SessionSlot, SessionStatus
from eventapp.agenda.releases import queries
from eventapp.agenda.releases.difference import Line
from eventapp.agenda.timetable import service as timetable
from eventapp.agenda.timetable.models import StepKind
from eventapp.agenda.timetable.service import Placing
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.places import service as places


@dataclass(frozen=True)
class Restoring:
    """What taking a release back does, by titles: parts placed elsewhere, into the tray, and sessions that take place again."""

    moved: list[str]
    to_tray: list[str]
    revived: list[str]

    @property
    def nothing(self) -> bool:
        """Whether the draft is as the release was."""
        return not (self.moved or self.to_tray or self.revived)


def preview(event: Event, release: AgendaRelease) -> Restoring:
    """What taking the release back would do."""
    return _compare(event, release)[0]


def restore(event: Event, release: AgendaRelease, *, by: Actor, at: datetime) -> Restoring:
    """Puts the draft's times and rooms back to those of the release; sessions cancelled since then take place again.

    Words and speakers stay as they are. What the release held as cancelled, or did not hold, goes to the tray. Raises
    RuleError if there is nothing to do.
    """
    places.lock([event.pool_id])
    found, moves = _compare(event, release)
    if found.nothing:
        raise RuleError(_("The draft is as this release already."))
    changes: list[Any] = []
    for part, to in moves:
        if to.starts_at is not None and part.session.status is SessionStatus.CANCELLED:
            assert part.session.cancelled_at is not None
            before = [part.session.cancelled_at.isoformat(), part.session.cancel_reason]
            changes.append({"session": part.session_id, "before": before})
            part.session.status, part.session.cancelled_at, part.session.cancel_reason = SessionStatus.CONFIRMED, None, ""
        now = Placing.of(part)
        if now != to:
            changes.append(timetable.change(part.id, now, to))
            part.starts_at, part.room_id, part.all_rooms, part.minutes = to.starts_at, to.room_id, to.all_rooms, to.minutes
    timetable.step(event, StepKind.RESTORE, release.name, changes, by=by, at=at)
    record(
        "releases.restore",
        by=by,
        at=at,
        object_type="release",
        object_id=release.id,
        object_name=release.name,
        event_id=event.id,
        changes={"moved": len(found.moved), "to_tray": len(found.to_tray), "revived": len(found.revived)},
    )
    return found


def _compare(event: Event, release: AgendaRelease) -> tuple[Restoring, list[tuple[SessionSlot, Placing]]]:
    lines = {line.slot_id: line for line in queries.released(release) if not line.cancelled}
    found = Restoring([], [], [])
    moves: list[tuple[SessionSlot, Placing]] = []
    for part in _parts(event):
        line, now = lines.get(part.id), Placing.of(part)
        to = _placing(line) if line is not None else Placing(None, None, False, part.minutes)
        revived = line is not None and part.session.status is SessionStatus.CANCELLED
        if now == to and not revived:
            continue
        title = part.session.title
        (found.revived if revived else found.moved if line is not None else found.to_tray).append(title)
        moves.append((part, to))
    return found, moves


def _placing(line: Line) -> Placing:
    minutes = int((line.ends_at - line.starts_at).total_seconds() // 60)
    return Placing(line.starts_at, line.room_id, line.all_rooms, minutes)


def _parts(event: Event) -> list[SessionSlot]:
    query = (
        select(SessionSlot)
        .options(joinedload(SessionSlot.session), joinedload(SessionSlot.room))
        .where(SessionSlot.event_id == event.id)
        .order_by(SessionSlot.starts_at, SessionSlot.id)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
