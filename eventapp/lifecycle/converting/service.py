"""Moving an event with everybody who is registered: one act, one transaction. What it does in numbers is what it returns.

Nobody has to register again: rows, codes, secret links and calendar entries stay, seat blocks and company places keep what
they hold. All of it happens under the lock of the event's pool, so whoever registers or cancels at this moment is in
before, or finds the event moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, _l
from eventapp.core.times import place_of, shifted, span
from eventapp.events.models import FORMAT_LABELS, CompanyQuota, Event, EventFormat, EventKind, EventPart, Moved
from eventapp.lifecycle.converting import mails, queries, timetable
from eventapp.lifecycle.converting.models import Conversion, ConversionKind
from eventapp.lifecycle.converting.rules import (
    FORMATS,
    MESSAGES,
    MODES,
    UNDO_LASTS,
    Plan,
    TooMany,
    blocker,
    with_dependent,
)
from eventapp.lifecycle.journal import Journal
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingPool, Pool
from eventapp.places.orders import TURN
from eventapp.privacy import purging
from eventapp.questions import service as questions
from eventapp.registrations import queries as registered
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.messages.placeholders import venue_of
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus

Status = RegistrationStatus
# What the release of the agenda is called that comes with a move.
RELEASES = {
    ConversionKind.VIRTUAL: _l("On video"),
    ConversionKind.IN_PERSON: _l("In person"),
    ConversionKind.DATE: _l("New date"),
}


@dataclass
class Work:
    """A move while it is carried out: what the journal has, and what is told and counted."""

    event: Event
    by: Actor
    at: datetime
    found: Journal = field(default_factory=Journal)
    before: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    told: list[list[str]] = field(default_factory=list)
    moved_up: list[int] = field(default_factory=list)
    sent_back: list[int] = field(default_factory=list)


def convert(event: Event, plan: Plan, *, by: Actor, at: datetime) -> tuple[Conversion, list[list[str]]]:
    """Moves the event. `counts` of the result says in numbers what that did; with it what people are told, as [what, old, new].

    Raises RuleError where it cannot be moved that way (any more).
    """
    lock(event)
    if message := blocker(event, plan.kind, at):
        raise RuleError(message)
    work = Work(event, by, at)
    work.counts = standing(event)
    work.before["capacities"] = capacities_of(event)
    work.before["needs_until"] = event.needs_until.isoformat() if event.needs_until else None
    words = words_of(event)
    if plan.kind is ConversionKind.DATE:
        _change_date(work, plan)
    else:
        _change_format(work, plan)
    db.session.flush()
    registrations.renew_entries(event)
    db.session.expire_all()
    event.moved, event.moved_at, event.moved_note = Moved(plan.kind.value), at, plan.note
    event.updated_at = at
    db.session.flush()
    work.told = [*differing(words, words_of(event)), *work.told]
    work.counts["released"] = int(timetable.release(event, str(RELEASES[plan.kind]), by=by, at=at))
    return finish(work, plan.kind, plan.note), work.told


def take_banner_down(event: Event, *, by: Actor, at: datetime) -> None:
    """Takes the banner off the event's pages; nothing else changes."""
    if event.moved is None:
        return
    event.moved = event.moved_at = None
    event.moved_note, event.updated_at = "", at
    db.session.flush()
    record("lifecycle.banner", by=by, at=at, object_type="event", object_id=event.id, object_name=event.title, event_id=event.id)


def lock(event: Event) -> None:
    """Puts the move in a row with all registrations of the event, and reads the event as it is now."""
    places.lock([event.pool_id])
    db.session.refresh(event)


def standing(event: Event) -> dict[str, int]:
    """How many people stand where before the move."""
    people = queries.by_status(event)
    return {
        "active": sum(n for status, n in people.items() if status not in ENDED),
        "confirmed": people.get(Status.CONFIRMED, 0),
        "cancelled": sum(n for status, n in people.items() if status in ENDED),
    }


def capacities_of(event: Event) -> list[int | None]:
    """The capacities of the event's pools: all places, in person, on video."""
    pools = {pool.id: pool.capacity for pool in db.session.scalars(select(Pool).where(Pool.id.in_(pool_ids(event))))}
    return [pools[pool_id] for pool_id in pool_ids(event)]


def pool_ids(event: Event) -> tuple[int, int, int]:
    """The event's pools: all places, in person, on video."""
    return event.pool_id, event.in_person_pool_id, event.virtual_pool_id


def words_of(event: Event) -> dict[str, str]:
    """How, when and where it takes place, in words: what people are told when it differs."""
    there = place_of(event.starts_at, event.ends_at, event.time_zone)
    return {
        str(_("It takes place")): str(FORMAT_LABELS[event.format]),
        str(_("When")): f"{span(event.starts_at, event.ends_at, event.time_zone)} {there}",
        str(_("Where")): str(_("On video")) if event.format is EventFormat.VIRTUAL else venue_of(event),
    }


def differing(old: dict[str, str], new: dict[str, str]) -> list[list[str]]:
    """What differs, as [what, old, new]."""
    return [[label, old[label], new[label]] for label in old if old[label] != new[label]]


def _change_format(work: Work, plan: Plan) -> None:
    event, found = work.event, work.found
    mode, going = MODES[plan.kind], next(m for m in MODES.values() if m is not MODES[plan.kind])
    found.put(Event.format, event.id, FORMATS[plan.kind])
    found.change(Registration.mode, going, mode, Registration.event_id == event.id)
    found.change(SeatBlock.mode, going, mode, SeatBlock.event_id == event.id)
    if plan.kind is ConversionKind.VIRTUAL:
        found.put(Event.join_url, event.id, plan.join_url)
        postponed = timetable.go_on_video(found, event, plan)
        work.told += timetable.postponed_words(postponed)
        work.counts["postponed"] = len(postponed)
    else:
        for column, words in ((Event.venue, plan.venue), (Event.address, plan.address), (Event.city, plan.city)):
            found.put(column, event.id, words)
        if (earlier := queries.last_to_video(event)) is not None:
            work.counts["kept_as_changed"] = timetable.come_back(found, event, earlier.steps)
    db.session.refresh(event)
    registrations.follow_modes(event, {event.pool_id: plan.capacity, event.in_person_pool_id: None, event.virtual_pool_id: None})
    move_up(work, above_company=plan.above_company)
    if plan.too_many is TooMany.WAIT:
        _send_back(work)
    _change_form(work, plan)
    work.counts["needs"] = purging.keep_needs_until(event, plan.needs_until)
    if plan.kind is ConversionKind.VIRTUAL:
        db.session.flush()
        work.counts["without_link"] = timetable.without_link(event)


def _change_form(work: Work, plan: Plan) -> None:
    """Hides what is asked only for a room, or asks it again; answers stay where they are."""
    event, by, at = work.event, work.by, work.at
    if plan.show:
        work.before["shown"] = questions.archive_all(event, plan.show, archived=False, by=by, at=at)
    hide = with_dependent(queries.asked(event), plan.hide) if plan.hide else set()
    work.before["questions"] = questions.archive_all(event, hide, archived=True, by=by, at=at)
    work.counts["hidden"], work.counts["shown"] = len(work.before["questions"]), len(work.before.get("shown", ()))


def _change_date(work: Work, plan: Plan) -> None:
    event, found, at = work.event, work.found, work.at
    assert plan.starts_at is not None
    if event.parts and plan.ends_at is not None:
        raise RuleError(_("It takes place in several parts, which all move along. Leave the end empty."), "ends_at", 409)
    ends_at = plan.ends_at or shifted(event.ends_at, event.starts_at, plan.starts_at, event.time_zone)
    if ends_at <= at:
        raise RuleError(_("The new date lies in the past."), "starts_at", 422)
    if (plan.starts_at, ends_at) == (event.starts_at, event.ends_at):
        raise RuleError(_("This is the date that the event has already."), "starts_at", 409)
    old_start = event.starts_at
    found.put(Event.previous_starts_at, event.id, old_start)
    put_times(found, event, plan.starts_at, ends_at)
    for part in event.all_parts if event.kind is EventKind.RUN else ():
        _put_part(found, part, event, old_start, plan.starts_at)
    for column in (Event.registration_closes_at, Event.edit_until, Event.mode_change_until, Event.cancel_until):
        moment: datetime | None = getattr(event, column.key)
        if moment is not None:
            later = shifted(moment, old_start, plan.starts_at, event.time_zone)
            opens = event.registration_opens_at
            if column is not Event.registration_closes_at or opens is None or later > opens:
                found.put(column, event.id, later)
    if plan.move_sessions:
        work.counts["sessions_moved"] = timetable.move_along(found, event, old_start, plan.starts_at)
    db.session.refresh(event)
    work.counts["needs"] = purging.keep_needs_until(event, event.needs_until)


def _put_part(found: Journal, part: EventPart, event: Event, old_start: datetime, new_start: datetime) -> None:
    """Moves a part with the event, in the order in which the row is right at each step."""
    start, end = (shifted(moment, old_start, new_start, event.time_zone) for moment in (part.starts_at, part.ends_at))
    starts, ends = (EventPart.starts_at, start), (EventPart.ends_at, end)
    for column, moment in (ends, starts) if end > part.starts_at else (starts, ends):
        found.put(column, part.id, moment)


def put_times(found: Journal, event: Event, starts_at: datetime, ends_at: datetime) -> None:
    """Writes a new start and end, in the order in which the row is right at each step."""
    starts, ends = (Event.starts_at, starts_at), (Event.ends_at, ends_at)
    for column, moment in (ends, starts) if ends_at > event.starts_at else (starts, ends):
        found.put(column, event.id, moment)


def move_up(work: Work, *, above_company: bool) -> None:
    """Confirms who waits, as far as places reach, in the order of the queues; with `above_company` also above the places
    that their companies have, as a visible overbooking."""
    event = work.event
    moved = places.promote(pool_ids(event))
    if above_company:
        seated, more = places.seat(_waiting_for_companies(event), above=True)
        moved = [*moved, *seated, *more]
    confirmed = registrations.confirm_moved(moved, at=work.at, outright=True, tell=False)
    work.moved_up = [registration.id for registration in confirmed]
    work.before["moved_up"] = work.moved_up
    work.counts["moved_up"] = len(confirmed)


def _waiting_for_companies(event: Event) -> list[Booking]:
    """Who waits for a place of the company only, oldest turn first, as many as the event itself has places for."""
    own = set(db.session.scalars(select(CompanyQuota.pool_id).where(CompanyQuota.event_id == event.id)))
    waiting = select(Booking).join(CompanyQuota, CompanyQuota.pool_id == Booking.waiting_for_id)
    bookings = db.session.scalars(waiting.where(CompanyQuota.event_id == event.id).order_by(*TURN)).all()
    needs: dict[int, list[int]] = {}
    wanted = select(BookingPool.booking_id, BookingPool.pool_id).where(BookingPool.booking_id.in_([b.id for b in bookings]))
    for booking_id, pool_id in db.session.execute(wanted):
        if pool_id not in own:
            needs.setdefault(booking_id, []).append(pool_id)
    pools = {
        pool.id: pool for pool in db.session.scalars(select(Pool).where(Pool.id.in_({p for n in needs.values() for p in n})))
    }
    free = {id_: pool.free if not pool.waiting else 0 for id_, pool in pools.items()}
    units: dict[int, list[Booking]] = {}
    for booking in bookings:
        units.setdefault(booking.group_id or booking.id, []).append(booking)
    chosen: list[Booking] = []
    for unit in units.values():
        taking: dict[int, int] = {}
        for booking in unit:
            for pool_id in needs.get(booking.id, ()):
                taking[pool_id] = taking.get(pool_id, 0) + booking.size
        if all((left := free[pool_id]) is None or left >= size for pool_id, size in taking.items()):
            chosen += unit
            free |= {p: left - size for p, size in taking.items() if (left := free[p]) is not None}
    return chosen


def _send_back(work: Work) -> None:
    """Lets the last to register wait where more have a place than there are; blocks and who is there already keep theirs."""
    event = work.event
    too_many = db.session.scalar(select(Pool.overbooked).where(Pool.id == event.pool_id)) or 0
    if not too_many:
        return
    last = (
        select(Registration)
        .options(*registered.LOADED)
        .join(BookingPool, BookingPool.booking_id == Registration.booking_id)
        .where(
            Registration.event_id == event.id,
            Registration.status == Status.CONFIRMED,
            Registration.checked_in_at.is_(None),
            Registration.guest_of_id.is_(None),
            BookingPool.pool_id == event.pool_id,
        )
        .order_by(Registration.registered_at.desc(), Registration.id.desc())
        .limit(too_many)
    )
    people = db.session.scalars(last).all()
    waiting, moved = registrations.to_waiting_list(people, reason="", by=work.by, at=work.at, keep_turn=True, tell=False)
    work.sent_back = [registration.id for registration in waiting]
    work.moved_up += [registration.id for registration in moved]
    work.counts["sent_back"], work.counts["moved_up"] = len(waiting), len(work.moved_up)


def finish(work: Work, kind: ConversionKind, note: str) -> Conversion:
    """Tells everybody, counts, and notes what was done."""
    event, counts = work.event, work.counts
    counts["mails"] = registrations.tell_all(
        event,
        MESSAGES[kind],
        changes=work.told,
        reason=note,
        moved_up=set(work.moved_up),
        sent_back=set(work.sent_back),
        at=work.at,
    )
    counts["others_told"] = mails.tell_others(event, work.told, at=work.at)
    count_after(event, counts)
    made = Conversion(
        event_id=event.id,
        kind=kind,
        before=work.before,
        steps=work.found.steps,
        counts=counts,
        made_at=work.at,
        made_by=work.by.actor_name[:254],
        undo_until=work.at + UNDO_LASTS,
    )
    db.session.add(made)
    db.session.flush()
    record_act("convert", event, made, work.told, work.by, work.at)
    return made


def count_after(event: Event, counts: dict[str, int]) -> None:
    """What stands in the numbers once everything is done."""
    people = queries.by_status(event)
    active = sum(n for status, n in people.items() if status not in ENDED)
    counts["lost"], counts["kept"] = max(0, counts["active"] - active), min(counts["active"], active)
    counts["waiting"] = people.get(Status.WAITING, 0)
    counts["without_address"] = queries.without_address(event)
    overbooked = db.session.scalar(select(func.max(Pool.overbooked)).where(Pool.id.in_(pool_ids(event))))
    counts["overbooked"] = overbooked or 0


def record_act(act: str, event: Event, made: Conversion, told: Sequence[Sequence[str]], by: Actor, at: datetime) -> None:
    """The entry in the log: what changed in words, and the numbers."""
    record(
        f"lifecycle.{act}",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"moved": made.kind, "told": "; ".join(f"{label}: {old} → {new}" for label, old, new in told), **made.counts},
    )
