"""Making and changing runs. Everything happens in the caller's transaction.

A run by itself is an event of the kind RUN: places, forms, mails and calendars are the event's. A seat that becomes free
24 hours before the start or earlier goes to the next person at once, later it is offered for two hours.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from eventapp.accounts.models import Grant, Role, User
from eventapp.agenda.models import AgendaSession, SessionStatus
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.times import shifted, to_local
from eventapp.events import hooks as event_hooks
from eventapp.events import parts
from eventapp.events import queries as events
from eventapp.events import service as event_service
from eventapp.events.models import Event, EventFormat, EventKind, EventStatus
from eventapp.events.parts import PartDetails
from eventapp.events.service import EventDetails
from eventapp.places import service as places
from eventapp.registrations import service as registrations
from eventapp.registrations.messages import service as messages
from eventapp.training import hooks, queries
from eventapp.training.enrolling import following
from eventapp.training.models import CourseVersion, Run, RunTrainer, VersionStatus
from eventapp.training.runs.details import InsideDetails, RunDetails

OFFERED_WITHIN_HOURS, OFFERED_FOR_HOURS = 24, 2
# How often one act copies a run.
MOST_COPIES = 26


def create(version: CourseVersion, details: RunDetails, *, by: Actor, now: datetime) -> Run:
    """A new run of the course as an event of its own, at first a draft. Raises RuleError if the version is not current."""
    if version.status is not VersionStatus.CURRENT:
        raise RuleError(_("Only the current version of a course can have new runs."), None, 409)
    parts.check_order(details.slots)
    event = event_service.create(_event_details(version, details, _free_slug(version, details)), by=by, now=now)
    event.kind = EventKind.RUN
    event.offer_within_hours, event.short_offer_hours = OFFERED_WITHIN_HOURS, OFFERED_FOR_HOURS
    event.waits, event.cancel_until = details.waits, details.cancel_until
    parts.set_parts(event, details.slots)
    made = Run(
        version_id=version.id,
        event_id=event.id,
        seats_min=details.seats_min,
        late_hours=details.late_hours,
        language=details.language,
        created_at=now,
    )
    made.course_version, made.event, made.session = version, event, None
    db.session.add(made)
    db.session.flush()
    set_trainers(made, details.trainer_ids)
    _record("runs.create", made, by, now, {"course": version.course.code})
    return made


def attach(version: CourseVersion, session: AgendaSession, details: InsideDetails, *, by: Actor, now: datetime) -> Run:
    """Makes a session that one signs up to a run of the course; who has a place there is enrolled.

    Raises RuleError if nobody signs up to it, if it is a run already, or if the version is not current.
    """
    if version.status is not VersionStatus.CURRENT:
        raise RuleError(_("Only the current version of a course can have new runs."), None, 409)
    event = events.event_by_id(session.event_id)
    places.lock([event.pool_id])
    db.session.refresh(session)
    if not session.signs_up or session.status is SessionStatus.CANCELLED:
        raise RuleError(_("People sign up to a run. Let them sign up to this session first."), "session", 409)
    if db.session.scalar(select(Run.id).where(Run.session_id == session.id)) is not None:
        raise RuleError(_("This session is the run of a course already."), "session", 409)
    made = Run(version_id=version.id, event_id=event.id, session_id=session.id, created_at=now)
    made.course_version, made.event, made.session = version, event, session
    _set_own(made, details)
    db.session.add(made)
    db.session.flush()
    set_trainers(made, details.trainer_ids)
    following.begin(made)
    _record("runs.attach", made, by, now, {"course": version.course.code, "session": session.title})
    return made


def change(run: Run, details: RunDetails, *, version: int, by: Actor, now: datetime) -> int:
    """Changes a run that is an event of its own; `version` is that of its event. Returns how many people moved up.

    Everybody enrolled is told of another name, time or place. Raises StaleError if somebody else saved meanwhile, RuleError
    as changing an event does.
    """
    event = run.event
    places.lock([event.pool_id])
    db.session.refresh(event)
    if event.version != version:
        raise StaleError(_("Somebody else has changed this run since you opened it. Compare, then save again."))
    parts.check_order(details.slots)
    before = messages.told_of(event)
    parts.set_parts(event, details.slots)
    values = _event_details(run.course_version, details, event.slug, event)
    moved = event_service.change(event, values, version=version, by=by, now=now)
    event.waits, event.cancel_until = details.waits, details.cancel_until
    db.session.flush()
    messages.tell_of_change(event, before, at=now)
    _change_own(run, details, by=by, now=now)
    return len(registrations.confirm_moved(moved, at=now))


def change_inside(run: Run, details: InsideDetails, *, version: int, by: Actor, now: datetime) -> None:
    """Changes what a run inside an agenda has of its own. Raises StaleError if somebody else saved since `version`."""
    if run.version != version:
        raise StaleError(_("Somebody else has changed this run since you opened it. Compare, then save again."))
    _change_own(run, details, by=by, now=now)


def copy(
    run: Run, first: datetime, *, every_days: int = 0, times: int = 1, by: Actor, now: datetime, publish: bool = False
) -> list[Run]:
    """Copies a run `times` times: the first one begins at `first`, each further one `every_days` later by the local clock.

    Everything else moves along. With `publish` the copies are open at once, else drafts.
    """
    if not 1 <= times <= MOST_COPIES:
        raise RuleError(_("Copy it 1 to %(n)d times.", n=MOST_COPIES), "times", 422)
    details = details_of(run)
    version = db.session.scalar(
        select(CourseVersion).filter_by(course_id=run.course_version.course_id, status=VersionStatus.CURRENT)
    )
    if version is None:
        raise RuleError(_("The course has no current version, so it can have no new runs."), None, 409)
    version.course = run.course_version.course
    made = []
    for n in range(times):
        start = _days_later(first, every_days * n, details.time_zone)
        one = create(version, moved_to(details, run.event.starts_at, start), by=by, now=now)
        if publish:
            open_up(one, by=by, now=now)
        made.append(one)
    return made


def open_up(run: Run, *, by: Actor, now: datetime) -> None:
    """Publishes a run. Raises RuleError as publishing an event does."""
    event_service.change_status(run.event, EventStatus.PUBLISHED, by=by, now=now)
    db.session.flush()


def details_of(run: Run) -> RunDetails:
    """A run that is an event of its own, as it would be filled in."""
    event = run.event
    own = parts.parts_of([event.id])[event.id]
    slots = tuple(PartDetails(part.starts_at, part.ends_at, part.label, part.number) for part in own)
    names = ("time_zone", "format", "venue", "address", "city", "country_code", "join_url", "contact_email", "sender_name")
    return RunDetails(
        slots=slots or (PartDetails(event.starts_at, event.ends_at),),
        **{name: getattr(event, name) for name in (*names, "waits", "cancel_until")},
        title="" if event.title == run.course_version.title else event.title,
        capacity=event.pool.capacity,
        capacity_in_person=event.in_person_pool.capacity,
        capacity_virtual=event.virtual_pool.capacity,
        opens_at=event.registration_opens_at,
        closes_at=event.registration_closes_at,
        **{name: getattr(run, name) for name in ("seats_min", "late_hours", "language")},
        trainer_ids=tuple(trainer_ids(run)),
    )


def moved_to(details: RunDetails, old_start: datetime, start: datetime) -> RunDetails:
    """The same run so that it begins at `start`, by the clocks of its zone."""

    def later(moment: datetime | None) -> datetime | None:
        return None if moment is None else shifted(moment, old_start, start, details.time_zone)

    slots = tuple(
        PartDetails(
            shifted(slot.starts_at, old_start, start, details.time_zone),
            shifted(slot.ends_at, old_start, start, details.time_zone),
            slot.label,
        )
        for slot in details.slots
    )
    moments = {name: later(getattr(details, name)) for name in ("opens_at", "closes_at", "cancel_until")}
    return RunDetails(**{**vars(details), **moments, "slots": slots})


def trainer_ids(run: Run) -> Sequence[int]:
    """The logins of whoever gives the run, in their order."""
    query = select(RunTrainer.user_id).where(RunTrainer.run_id == run.id)
    return db.session.scalars(query.order_by(RunTrainer.position, RunTrainer.user_id)).all()


def set_trainers(run: Run, user_ids: Sequence[int]) -> None:
    """Says who gives a run. Raises RuleError for anybody who may not."""
    if set(user_ids) - {user.id for user in possible_trainers()}:
        raise RuleError(_("Only trainers and organizers give runs."), "trainers", 422)
    db.session.execute(delete(RunTrainer).where(RunTrainer.run_id == run.id))
    db.session.add_all(RunTrainer(run_id=run.id, user_id=user_id, position=n) for n, user_id in enumerate(user_ids))
    db.session.flush()


def possible_trainers() -> Sequence[User]:
    """Who may give runs: the vendor's trainers and organizers, by name."""
    roles = (Role.TRAINER, Role.ORGANIZER, Role.SYSTEM_ADMIN)
    granted = select(Grant.user_id).where(Grant.role.in_(roles))
    return db.session.scalars(select(User).where(User.id.in_(granted), User.active).order_by(User.name, User.id)).all()


def _change_own(run: Run, details: RunDetails | InsideDetails, *, by: Actor, now: datetime) -> None:
    before = {name: getattr(run, name) for name in ("seats_min", "late_hours", "language")}
    trainers = list(trainer_ids(run))
    _set_own(run, details)
    if trainers != list(details.trainer_ids):
        set_trainers(run, details.trainer_ids)
    db.session.flush()
    changes: dict[str, Any] = {name: [old, getattr(run, name)] for name, old in before.items() if old != getattr(run, name)}
    if trainers != list(details.trainer_ids):
        changes["trainers"] = [len(trainers), len(details.trainer_ids)]
    _record("runs.change", run, by, now, changes)


def _set_own(run: Run, details: RunDetails | InsideDetails) -> None:
    run.seats_min, run.late_hours, run.language = details.seats_min, details.late_hours, details.language


def _days_later(first: datetime, days: int, zone: str) -> datetime:
    """The moment, so many days later, at which clocks in the zone show the same time."""
    local = to_local(first, zone)
    day = local.replace(tzinfo=None) + timedelta(days=days)
    return shifted(first, local, day.replace(tzinfo=local.tzinfo), zone)


def _event_details(version: CourseVersion, details: RunDetails, slug: str, event: Event | None = None) -> EventDetails:
    starts_at, ends_at = parts.span_of(details.slots)
    hybrid = details.format is EventFormat.HYBRID
    return EventDetails(
        title=details.title or version.title,
        slug=slug,
        summary=version.summary,
        description=version.description if event is None else event.description,
        format=details.format,
        venue=details.venue,
        address=details.address,
        city=details.city,
        country_code=details.country_code,
        join_url=details.join_url,
        time_zone=details.time_zone,
        starts_at=starts_at,
        ends_at=ends_at,
        registration_opens_at=details.opens_at,
        registration_closes_at=details.closes_at,
        contact_email=details.contact_email,
        sender_name=details.sender_name,
        capacity=None if hybrid else details.capacity,
        capacity_in_person=details.capacity_in_person if hybrid else None,
        capacity_virtual=details.capacity_virtual if hybrid else None,
        quotas={} if event is None else events.tier_quotas(event.id),
    )


def _free_slug(version: CourseVersion, details: RunDetails) -> str:
    """An address made of the course's code and the first day; a further run of that day gets a number."""
    day = to_local(parts.span_of(details.slots)[0], details.time_zone).date()
    code = "".join(char if char.isascii() and char.isalnum() else "-" for char in version.course.code.lower()).strip("-")
    stem = f"{code or 'run'}-{day.isoformat()}"
    found = set(db.session.scalars(select(Event.slug).where(Event.slug.startswith(stem, autoescape=True))))
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(found) + 3))) if slug not in found)


def _record(action: str, run: Run, by: Actor, at: datetime, changes: dict[str, Any]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title if run.session is None else run.session.title,
        event_id=run.event_id,
        changes=changes,
    )


def _on_published(event: Event, by: Actor, at: datetime) -> None:
    """Somebody has published the event of a run, on whichever page: what follows from that is done."""
    if event.kind is EventKind.RUN and (run := queries.run_of_event(event.id)) is not None:
        hooks.opened(run, by=by, at=at)


event_hooks.PUBLISHED.append(_on_published)
