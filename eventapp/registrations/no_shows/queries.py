"""Counting who came. An event counts when it is over, was not cancelled, and arrivals were noted at its door."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Subquery, cast, exists, func, select
from sqlalchemy.orm import aliased

from eventapp.core.db import db
from eventapp.events.models import Event, EventStatus
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.no_shows.models import NoShowRule
from eventapp.registrations.no_shows.rules import Rate

_AT_DOOR = aliased(Registration)


def counts(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an event that tells who came."""
    noted = exists().where(_AT_DOOR.event_id == Event.id, _AT_DOOR.checked_in_at.is_not(None))
    return Event.ends_at < at, Event.status != EventStatus.CANCELLED, noted


def _confirmed(at: datetime, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Registration)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Registration.status == RegistrationStatus.CONFIRMED,
            Registration.claim == "",
            Registration.source.not_in((Source.GUEST, Source.WALK_IN)),
            *counts(at),
        )
    )


def by_company(at: datetime, *conditions: ColumnElement[bool]) -> Subquery:
    """For each company: events, people confirmed, come and not come, and the rate in tenths of a per cent."""
    confirmed, came = func.count(), func.count(Registration.checked_in_at)
    return (
        _confirmed(
            at,
            Registration.organisation_id,
            func.count(func.distinct(Registration.event_id)).label("events"),
            confirmed.label("confirmed"),
            came.label("came"),
            (confirmed - came).label("no_shows"),
            cast((confirmed - came) * 1000 / confirmed, Integer).label("rate"),
        )
        .where(*conditions)
        .group_by(Registration.organisation_id)
        .subquery()
    )


def rate(organisation_id: int, *, at: datetime, last: int | None = None, but: int | None = None) -> Rate:
    """How a company's people came to its `last` events (all, if none is given), the event `but` left out."""
    columns = (Event.id, func.count(), func.count(Registration.checked_in_at))
    query = _confirmed(at, *columns).where(Registration.organisation_id == organisation_id, Event.id != (but or 0))
    query = query.group_by(Event.id, Event.ends_at).order_by(Event.ends_at.desc(), Event.id.desc())
    rows = db.session.execute(query if last is None else query.limit(last)).all()
    return Rate(len(rows), sum(row[1] for row in rows), sum(row[2] for row in rows))


def years(at: datetime) -> list[int]:
    """The years of events that tell who came, the latest first."""
    return sorted({moment.year for moment in db.session.scalars(select(Event.ends_at).where(*counts(at)))}, reverse=True)


def rule_of(event_id: int) -> NoShowRule | None:
    """What the event makes of no-shows, if anything."""
    return db.session.get(NoShowRule, event_id)
