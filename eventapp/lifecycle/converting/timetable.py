"""What becomes of the agenda when its event is moved: links, what is postponed, and times that move along.

Every change goes through the journal, so that it can be taken back.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from eventapp.agenda.models import AgendaSession, Room, RoomHours, SessionSlot, SessionStatus
from eventapp.agenda.releases import queries as releases_of
from eventapp.agenda.releases import service as releases
from eventapp.agenda.releases.telling import Group
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.times import shifted
from eventapp.events.models import Event, EventFormat
from eventapp.lifecycle.converting import queries
from eventapp.lifecycle.converting.rules import Plan
from eventapp.lifecycle.journal import Journal


def go_on_video(found: Journal, event: Event, plan: Plan) -> list[str]:
    """Gives rooms and sessions their links and postpones what is to be; returns the titles of what was postponed.

    A room with a link is a virtual one from now on; sessions are followed as the event is, on video.
    """
    for room_id, link in plan.room_links.items():
        if link:
            found.put(Room.join_url, room_id, link)
            found.put(Room.is_virtual, room_id, True)
    for own in (EventFormat.IN_PERSON, EventFormat.HYBRID):
        found.change(AgendaSession.delivery, own, None, AgendaSession.event_id == event.id)
    postponed = []
    for session in queries.sessions(event):
        choice = plan.sessions.get(session.id)
        if choice is None:
            continue  # made since the page was opened: it stays as it is
        if choice.postponed:
            _take_out(found, session.id)
            postponed.append(session.title)
        else:
            found.put(AgendaSession.join_url, session.id, choice.link)
    _renew(event)
    return postponed


def _take_out(found: Journal, session_id: int) -> None:
    for slot in db.session.scalars(select(SessionSlot).where(SessionSlot.session_id == session_id)).all():
        found.put(SessionSlot.starts_at, slot.id, None)
        found.put(SessionSlot.room_id, slot.id, None)


def come_back(found: Journal, event: Event, steps: list[dict[str, object]]) -> int:
    """Takes back what a move on video did to the agenda; returns how many rows stay, since somebody has changed them."""
    ours = {model.__tablename__ for model in (AgendaSession, Room, SessionSlot)}
    left = found.reverse(step for step in steps if step["table"] in ours)
    _renew(event)
    return left


def move_along(found: Journal, event: Event, old_start: datetime, new_start: datetime) -> int:
    """Moves sessions, rooms' hours and deadlines of sign-ups with the event; returns how many parts of sessions moved."""

    def later(moment: datetime) -> datetime:
        return shifted(moment, old_start, new_start, event.time_zone)

    slots = db.session.execute(
        select(SessionSlot.id, SessionSlot.starts_at).where(SessionSlot.event_id == event.id, SessionSlot.starts_at.is_not(None))
    )
    moving: Mapping[int, datetime] = {id_: starts_at for id_, starts_at in slots.all() if starts_at is not None}
    for id_, starts_at in moving.items():
        found.put(SessionSlot.starts_at, id_, later(starts_at))
    until = select(AgendaSession.id, AgendaSession.signs_up_until)
    until = until.where(AgendaSession.event_id == event.id, AgendaSession.signs_up_until.is_not(None))
    for id_, moment in db.session.execute(until).all():
        if moment is not None:
            found.put(AgendaSession.signs_up_until, id_, later(moment))
    hours = select(RoomHours.id, RoomHours.starts_at, RoomHours.ends_at).join(Room, Room.id == RoomHours.room_id)
    for id_, starts_at, ends_at in db.session.execute(hours.where(Room.event_id == event.id)).all():
        # The later end first, or the earlier start: the row is in order at each step.
        ends = (RoomHours.ends_at, later(ends_at))
        starts = (RoomHours.starts_at, later(starts_at))
        for column, moment in (ends, starts) if new_start > old_start else (starts, ends):
            found.put(column, id_, moment)
    _renew(event)
    return len(moving)


def without_link(event: Event) -> int:
    """How many sessions in the timetable nobody could follow on video: no link of their own, of their room or the event."""
    if event.join_url:
        return 0
    links = {room.id: room.join_url for room in queries.rooms(event)}
    return sum(s.starts_at is not None and not s.link and not links.get(s.room_id or 0) for s in queries.sessions(event))


def postponed_words(titles: list[str], *, most: int = 10) -> list[list[str]]:
    """What people are told of postponed sessions, as [what, old, new]; of many only the first by name."""
    told = [[str(_("Session")), title, str(_("postponed, a new time follows"))] for title in titles[:most]]
    if len(titles) > most:
        more = _("%(n)s more", n=len(titles) - most)
        told.append([str(_("Sessions")), str(more), str(_("postponed, a new time follows"))])
    return told


def release(event: Event, name: str, *, by: Actor, at: datetime) -> bool:
    """Makes the agenda public as it stands now, if the public has one and anything of it differs; whether it did.

    Speakers and people with places in sessions get the entries of these in their calendars moved, as with any release.
    """
    last, plan = releases_of.next_plan(event.id)
    if last is None or not plan.lines or not plan.changes:
        return False
    taken = {one.name for one in releases_of.releases(event.id)}
    wanted, number = name[:50], 1
    while (own := wanted if number == 1 else f"{wanted} {number}") in taken:
        number += 1
    releases.release(event, own, "", tell=(Group.SPEAKERS, Group.PLACES), by=by, at=at)
    return True


def _renew(event: Event) -> None:
    """Tells whoever edits a session or a room at this moment that it was read before."""
    for model in (AgendaSession, Room):
        changed = update(model).where(model.event_id == event.id)
        if model is AgendaSession:
            changed = changed.where(AgendaSession.status != SessionStatus.CANCELLED)
        db.session.execute(changed.values(version=model.version + 1), execution_options={"synchronize_session": False})
