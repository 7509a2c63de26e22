"""Writing comments and tags. What they say stays out of the log: the company and the person may read parts of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.registrations.desk import queries
from eventapp.registrations.desk.models import Comment, RegistrationTag, Tag, TagColour
from eventapp.registrations.models import Registration

MOST_TAGS = 100


def comment(registration: Registration, text: str, *, by: Actor, at: datetime) -> Comment:
    """Notes something about a registration, for staff only."""
    made = Comment(registration_id=registration.id, text=text, written_at=at, written_by=by.actor_name, written_by_id=by.actor_id)
    db.session.add(made)
    db.session.flush()
    _record("registrations.comment", registration, by, at, {})
    return made


def remove_comment(registration: Registration, comment: Comment, *, by: Actor, at: datetime) -> None:
    """Takes a comment away."""
    db.session.delete(comment)
    db.session.flush()
    _record("registrations.uncomment", registration, by, at, {"written_by": comment.written_by})


def make_tag(event: Event, word: str, colour: TagColour, *, by: Actor, at: datetime) -> Tag:
    """A new tag for an event. Raises RuleError if it has one with that word, in whatever case, or too many."""
    _refuse_same(event, word, None)
    if (db.session.scalar(select(func.count()).select_from(Tag).where(Tag.event_id == event.id)) or 0) >= MOST_TAGS:
        raise RuleError(_("An event can have %(number)d tags. Delete one that nobody needs.", number=MOST_TAGS), "word", 409)
    made = Tag(event_id=event.id, word=word, folded=fold(word)[:120], colour=colour)
    db.session.add(made)
    db.session.flush()
    _record_tag("registrations.make_tag", event, made, by, at, {"word": word, "colour": colour})
    return made


def change_tag(event: Event, tag: Tag, word: str, colour: TagColour, *, by: Actor, at: datetime) -> None:
    """Gives a tag another word or colour, on all registrations that carry it."""
    _refuse_same(event, word, tag.id)
    changes: dict[str, list[str]] = {"word": [tag.word, word], "colour": [tag.colour, colour]}
    tag.word, tag.folded, tag.colour = word, fold(word)[:120], colour
    db.session.flush()
    _record_tag("registrations.change_tag", event, tag, by, at, {k: v for k, v in changes.items() if v[0] != v[1]})


def delete_tag(event: Event, tag: Tag, *, by: Actor, at: datetime) -> None:
    """Takes a tag off all registrations, and away."""
    counted = select(func.count()).select_from(RegistrationTag).where(RegistrationTag.tag_id == tag.id)
    people = db.session.scalar(counted) or 0
    db.session.delete(tag)
    db.session.flush()
    _record_tag("registrations.delete_tag", event, tag, by, at, {"word": [tag.word, ""], "people": people})


def set_tags(registration: Registration, tag_ids: set[int], *, by: Actor, at: datetime) -> None:
    """Lets a registration carry exactly these tags of its event; others are ignored."""
    known = {tag.id: tag.word for tag in queries.tags(registration.event)}
    before, after = queries.ids_on(registration), tag_ids & known.keys()
    if before == after:
        return
    gone = delete(RegistrationTag).where(RegistrationTag.registration_id == registration.id)
    db.session.execute(gone.where(RegistrationTag.tag_id.in_(before - after)))
    put_on([registration.id], sorted(after - before))
    words = [sorted(known[id_] for id_ in ids) for ids in (before & known.keys(), after)]
    _record("registrations.tags", registration, by, at, {"tags": words})


def put_on(registration_ids: Sequence[int], tag_ids: Sequence[int]) -> int:
    """Puts tags on registrations, which may carry some of them already. Returns how many are new, over all tags."""
    # Whoever else does so at this moment waits, and then finds what is there.
    db.session.execute(select(Tag.id).where(Tag.id.in_(tag_ids)).order_by(Tag.id).with_for_update()).all()
    carried = select(RegistrationTag.registration_id, RegistrationTag.tag_id).where(
        RegistrationTag.registration_id.in_(registration_ids), RegistrationTag.tag_id.in_(tag_ids)
    )
    known = {(row[0], row[1]) for row in db.session.execute(carried)}
    rows = [
        {"registration_id": registration_id, "tag_id": tag_id}
        for tag_id in tag_ids
        for registration_id in registration_ids
        if (registration_id, tag_id) not in known
    ]
    if rows:
        write(table(RegistrationTag).insert(), rows)
    return len(rows)


def _refuse_same(event: Event, word: str, but: int | None) -> None:
    query = select(Tag.word).where(Tag.event_id == event.id, Tag.folded == fold(word)[:120], Tag.id != (but or 0))
    if (same := db.session.scalar(query)) is not None:
        raise RuleError(_("There is a tag “%(word)s” already.", word=same), "word", 409)


def _record(action: str, registration: Registration, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    """Without company and person, who may read entries about themselves: this is the staff's alone."""
    record(
        action,
        by=by,
        at=at,
        object_type="registration",
        object_id=registration.id,
        object_name=registration.name,
        event_id=registration.event_id,
        changes=changes,
    )


def _record_tag(action: str, event: Event, tag: Tag, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="tag",
        object_id=tag.id,
        object_name=tag.word,
        event_id=event.id,
        changes=changes,
    )
