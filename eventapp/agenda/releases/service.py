"""Making the draft public. Everything in the caller's transaction, under the lock of the event's pool."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update

from eventapp.agenda.models import AgendaRelease, ChangeKind, ReleaseChange, ReleasedSlot, ReleasedSpeaker, SessionSlot
from eventapp.agenda.own import service as own
from eventapp.agenda.releases import queries
from eventapp.agenda.releases.difference import Change, Line, Plan
from eventapp.agenda.releases.jobs import tell_after_commit
from eventapp.agenda.releases.models import ReleaseNotice
from eventapp.agenda.releases.telling import Group, Recipient, fingerprint, to_tell
from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.places import service as places

_SLOTS = table(SessionSlot)
_RAISE = update(_SLOTS).where(_SLOTS.c.id == bindparam("slot")).values(sequence=bindparam("to"))


def release(
    event: Event,
    name: str,
    note: str = "",
    *,
    tell: Collection[Group] = (),
    words: bool = False,
    seen: str | None = None,
    by: Actor,
    at: datetime,
) -> AgendaRelease:
    """Freezes the draft under a name; from the commit on it is what people see.

    `tell` are the groups that get a mail about what changed for them, with `words` also about changed words; `seen` is
    the `telling.fingerprint` of the difference that was reviewed. Raises RuleError when there is nothing in the timetable,
    when nothing differs from the release before, or when the name is taken; StaleError when the draft has changed since
    it was reviewed.
    """
    places.lock([event.pool_id])
    before = queries.releases(event.id)
    last = before[0] if before else None
    plan = queries.plan_after(event.id, last)
    _refuse(name, before, plan)
    if seen is not None and seen != fingerprint(plan):
        raise StaleError(_("The draft has changed since you looked at it. Look at the difference below, then release."))
    made = AgendaRelease(
        event_id=event.id,
        number=last.number + 1 if last else 1,
        name=name,
        note=note,
        released_at=at,
        released_by=by.actor_name,
        **{kind.value: plan.count(kind) for kind in ChangeKind},
    )
    db.session.add(made)
    # The event's public page, which leads to the agenda, is kept by the version of the event.
    event.updated_at = at
    db.session.flush()
    _write(made, plan)
    # The event's own page names its sessions; what was rendered of it is of the version before.
    event.updated_at = at
    people = to_tell(event.id, plan, tell, words=words) if tell else []
    # Whom a cancelled session concerns is told of the release, or by the organizer's wish not at all.
    own.free_sessions(_not_held(plan), reason=_("The session was cancelled."), by=by, at=at, tell=False)
    if people:
        write(insert(table(ReleaseNotice)), [_notice(made.id, one, words=words) for one in people])
        tell_after_commit(made.id)
    record(
        "releases.release",
        by=by,
        at=at,
        object_type="release",
        object_id=made.id,
        object_name=made.name,
        event_id=event.id,
        changes={"number": made.number, **{kind.value: plan.count(kind) for kind in ChangeKind}, "mails": len(people)},
    )
    return made


def _not_held(plan: Plan) -> set[int]:
    """The sessions no part of which takes place."""
    return {line.session_id for line in plan.lines} - {line.session_id for line in plan.lines if not line.cancelled}


def _notice(release_id: int, one: Recipient, *, words: bool) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "registration_id": one.registration_id,
        "speaker_id": one.speaker_id,
        "words": words,
    }


def free_name(releases: Sequence[AgendaRelease]) -> str:
    """A name for the next release that none of these has: "Version 3"."""
    taken = {release.name for release in releases}
    number = len(taken) + 1
    while (name := _("Version %(number)s", number=number)) in taken:
        number += 1
    return name


def _refuse(name: str, before: Sequence[AgendaRelease], plan: Plan) -> None:
    if not plan.lines:
        raise RuleError(_("There is nothing to release: no confirmed session is in the timetable yet."))
    if not plan.changes:
        text = _("Nothing has changed since the release “%(name)s”, so there is nothing to release.", name=before[0].name)
        raise RuleError(text)
    if any(name == release.name for release in before):
        raise RuleError(_("A release of this name exists already. Choose another name."), "name")


def _write(made: AgendaRelease, plan: Plan) -> None:
    """The rows of a release. Each table gets one statement, whatever the size."""
    write(insert(table(ReleasedSlot)), [_slot(made.id, line) for line in plan.lines])
    # Where one part of a session is cancelled and another goes on, those of the one that goes on speak.
    by_session = {line.session_id: line.speakers for line in sorted(plan.lines, key=lambda line: not line.cancelled)}
    speakers = [
        {"release_id": made.id, "session_id": session_id, "speaker_id": speaker_id, "position": position}
        for session_id, ids in by_session.items()
        for position, speaker_id in enumerate(ids)
    ]
    if speakers:
        write(insert(table(ReleasedSpeaker)), speakers)
    write(insert(table(ReleaseChange)), [_row(made.id, change) for change in plan.changes])
    raised = [{"slot": change.new.slot_id, "to": change.new.sequence} for change in plan.changes if change.raises]
    if raised:
        write(_RAISE, raised)


def _slot(release_id: int, line: Line) -> dict[str, Any]:
    return {"release_id": release_id, **{name: getattr(line, name) for name in Line.__slots__ if name != "speakers"}}


def _row(release_id: int, change: Change) -> dict[str, Any]:
    """A line of the changelog. What is new has no old place, what is cancelled no new one."""
    gone, fresh = change.kind is ChangeKind.CANCELLED, change.kind is ChangeKind.NEW
    old = change.old
    return {
        "release_id": release_id,
        "slot_id": change.new.slot_id,
        "kind": change.kind,
        "title": change.new.title,
        "listed": change.new.listed,
        "old_starts_at": None if fresh or old is None else old.starts_at,
        "old_room_id": None if fresh or old is None else old.room_id,
        "starts_at": None if gone else change.new.starts_at,
        "room_id": None if gone else change.new.room_id,
    }
