"""Reading comments and tags. Only organizers and readers come here: the audience of each page says so."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, func, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event
from eventapp.registrations.desk.models import UNDER_WAY, BulkAct, Comment, RegistrationTag, Tag, TagColour
from eventapp.registrations.models import Registration


class Label(NamedTuple):
    """A tag as a list shows it."""

    word: str
    colour: TagColour


class TagUse(NamedTuple):
    """A tag, and how many registrations carry it."""

    tag: Tag
    people: int


def comments(registration: Registration) -> Sequence[Comment]:
    """What was noted about a registration, the newest first."""
    query = select(Comment).where(Comment.registration_id == registration.id).order_by(Comment.id.desc())
    return db.session.scalars(query).all()


def comment(registration: Registration, comment_id: int) -> Comment:
    """A comment on that registration. Raises NotFoundError."""
    found = db.session.scalar(select(Comment).where(Comment.id == comment_id, Comment.registration_id == registration.id))
    if found is None:
        raise NotFoundError(comment_id)
    return found


def tags(event: Event) -> Sequence[Tag]:
    """The tags of an event, by word."""
    return db.session.scalars(select(Tag).where(Tag.event_id == event.id).order_by(Tag.folded)).all()


def tag(event: Event, tag_id: int) -> Tag:
    """A tag of that event. Raises NotFoundError."""
    found = db.session.scalar(select(Tag).where(Tag.id == tag_id, Tag.event_id == event.id))
    if found is None:
        raise NotFoundError(tag_id)
    return found


def uses(event: Event) -> list[TagUse]:
    """The tags of an event with the number of registrations that carry each."""
    query = (
        select(Tag, func.count(RegistrationTag.registration_id))
        .outerjoin(RegistrationTag, RegistrationTag.tag_id == Tag.id)
        .where(Tag.event_id == event.id)
        .group_by(Tag.id)
        .order_by(Tag.folded)
    )
    return [TagUse(row[0], row[1]) for row in db.session.execute(query)]


def ids_on(registration: Registration) -> set[int]:
    """The ids of the tags that a registration carries."""
    query = select(RegistrationTag.tag_id).where(RegistrationTag.registration_id == registration.id)
    return set(db.session.scalars(query))


def labels(registration_ids: Iterable[int]) -> dict[int, list[Label]]:
    """The tags of each of these registrations, by word; one query for a page of a list."""
    query = (
        select(RegistrationTag.registration_id, Tag.word, Tag.colour)
        .join(Tag, Tag.id == RegistrationTag.tag_id)
        .where(RegistrationTag.registration_id.in_(list(registration_ids)))
        .order_by(Tag.folded)
    )
    found: dict[int, list[Label]] = {}
    for registration_id, word, colour in db.session.execute(query):
        found.setdefault(registration_id, []).append(Label(word, colour))
    return found


def carries(tag_ids: Iterable[int]) -> ColumnElement[bool]:
    """The condition that a registration carries one of these tags."""
    tagged = select(RegistrationTag.registration_id).where(RegistrationTag.tag_id.in_(list(tag_ids)))
    return Registration.id.in_(tagged)


def words() -> ScalarSelect[Any]:
    """The words of a registration's tags in one text, split by semicolons; a column of the export."""
    return (
        select(func.aggregate_strings(Tag.word, "; "))
        .join(RegistrationTag, RegistrationTag.tag_id == Tag.id)
        .where(RegistrationTag.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )


def has_tags(event: Event) -> bool:
    """Whether anything of the event may carry a tag."""
    return db.session.scalar(select(Tag.id).where(Tag.event_id == event.id).limit(1)) is not None


def tag_ids(registration_ids: Iterable[int]) -> dict[int, set[int]]:
    """The ids of the tags that each of these registrations carries."""
    query = select(RegistrationTag.registration_id, RegistrationTag.tag_id)
    found: dict[int, set[int]] = {}
    for registration_id, tag_id in db.session.execute(query.where(RegistrationTag.registration_id.in_(list(registration_ids)))):
        found.setdefault(registration_id, set()).add(tag_id)
    return found


def act(event: Event, act_id: int, *, lock: bool = False) -> BulkAct:
    """An act in bulk on that event's registrations. Raises NotFoundError."""
    query = select(BulkAct).where(BulkAct.id == act_id, BulkAct.event_id == event.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(act_id)
    return found


def acts(event: Event, limit: int = 50) -> Sequence[Any]:
    """The last acts in bulk of an event, the latest first: without whom they reached."""
    columns = (BulkAct.id, BulkAct.act, BulkAct.state, BulkAct.made_at, BulkAct.made_by, BulkAct.reached)
    query = select(*columns).where(BulkAct.event_id == event.id).order_by(BulkAct.id.desc())
    return db.session.execute(query.limit(limit)).all()


def waiting_acts() -> list[int]:
    """Acts that a job is to carry out."""
    return list(db.session.scalars(select(BulkAct.id).where(BulkAct.state.in_(UNDER_WAY))))
