"""Taking a move back, while nobody has joined and for a week: formats, places, modes, sessions and questions as they were."""

from datetime import date, datetime

from sqlalchemy import exists, func, or_, select, update

from eventapp.agenda.joining.models import Arrival
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event, EventStatus, Moved
from eventapp.lifecycle.converting import mails, timetable
from eventapp.lifecycle.converting.models import Conversion, ConversionKind
from eventapp.lifecycle.converting.rules import FORMATS
from eventapp.lifecycle.converting.service import (
    Work,
    count_after,
    differing,
    lock,
    pool_ids,
    record_act,
    standing,
    words_of,
)
from eventapp.places import service as places
from eventapp.privacy import purging
from eventapp.questions import service as questions
from eventapp.registrations import queries as registered
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.models import Registration, RegistrationStatus


def blocker(made: Conversion, event: Event, at: datetime) -> str:
    """Why a move cannot be taken back (any more); empty if it can."""
    if made.undone_at is not None:
        return _("This was taken back already.")
    if event.status is EventStatus.CANCELLED:
        return _("This event was cancelled.")
    if at > made.undo_until:
        return _("A move can be taken back for 7 days. That time is over; move the event again instead.")
    later = select(Conversion.id).where(Conversion.event_id == event.id, Conversion.id > made.id, Conversion.undone_at.is_(None))
    if db.session.scalar(later.limit(1)) is not None:
        return _("The event was moved again since. Take that back first.")
    here = Registration.event_id == event.id
    came = exists().where(here, Registration.checked_in_at.between(made.made_at, at))
    joined = exists().where(here, Arrival.registration_id == Registration.id, Arrival.first_at.between(made.made_at, at))
    if db.session.scalar(select(or_(came, joined))):
        return _("Somebody has joined already, so this cannot be taken back. Move the event again instead.")
    wanted = FORMATS.get(made.kind)
    if wanted is not None and event.format is not wanted:
        return _("The event's format was changed by hand since, so this cannot be taken back.")
    return ""


def undo(made: Conversion, event: Event, *, by: Actor, at: datetime) -> dict[str, int]:
    """Takes a move back and tells everybody again; returns in numbers what that did.

    Who registered since stays and comes as the event takes place now; who cancelled stays cancelled; who moved up by the
    move waits again at the old turn, unless there is room. Rows that somebody has changed since stay as they are
    (`kept_as_changed`). Raises RuleError where `blocker` says so.
    """
    lock(event)
    db.session.refresh(made)
    if message := blocker(made, event, at):
        raise RuleError(message)
    work = Work(event, by, at)
    work.counts = standing(event)
    words = words_of(event)
    work.counts["kept_as_changed"] = work.found.reverse(made.steps)
    db.session.expire_all()
    if made.kind is not ConversionKind.DATE:
        _turn_newcomers(work)
        capacities = dict(zip(pool_ids(event), made.before["capacities"], strict=True))
        registrations.follow_modes(event, capacities)
        moved = registrations.confirm_moved(places.promote(pool_ids(event)), at=at, outright=True, tell=False)
        work.moved_up = [registration.id for registration in moved]
        _send_back(work, made)
        _change_form(work, made)
    until = made.before["needs_until"]
    work.counts["needs"] = purging.keep_needs_until(event, date.fromisoformat(until) if until else None)
    db.session.flush()
    registrations.renew_entries(event)
    db.session.expire_all()
    event.moved, event.moved_at, event.moved_note, event.updated_at = Moved.BACK, at, "", at
    made.undone_at, made.undone_by = at, by.actor_name[:254]
    db.session.flush()
    work.told = differing(words, words_of(event))
    work.counts["released"] = int(timetable.release(event, _("As first planned"), by=by, at=at))
    return _tell(work, made)


def _turn_newcomers(work: Work) -> None:
    """Who registered since the move takes part as everybody does now, where the event has only that one way."""
    event = work.event
    if len(event.modes) == 1:
        here = (Registration.event_id == event.id, Registration.mode != event.modes[0])
        work.counts["newcomers"] = db.session.scalar(select(func.count()).select_from(Registration).where(*here)) or 0
        for model in (Registration, SeatBlock):
            others = update(model).where(model.event_id == event.id, model.mode != event.modes[0])
            db.session.execute(others.values(mode=event.modes[0]), execution_options={"synchronize_session": False})


def _send_back(work: Work, made: Conversion) -> None:
    """Who has a place only through the move waits again at the old turn, where there is none without it."""
    here = (Registration.id.in_(made.before.get("moved_up", ())), Registration.status == RegistrationStatus.CONFIRMED)
    people = db.session.scalars(select(Registration).options(*registered.LOADED).where(*here)).all()
    waiting, promoted = registrations.to_waiting_list(people, reason="", by=work.by, at=work.at, keep_turn=True, tell=False)
    work.sent_back = [registration.id for registration in waiting]
    work.moved_up += [registration.id for registration in promoted]
    work.counts["sent_back"], work.counts["moved_up"] = len(work.sent_back), len(work.moved_up)


def _change_form(work: Work, made: Conversion) -> None:
    event, by, at = work.event, work.by, work.at
    hidden, shown = made.before.get("questions", ()), made.before.get("shown", ())
    again = questions.archive_all(event, hidden, archived=False, by=by, at=at)
    gone = questions.archive_all(event, shown, archived=True, by=by, at=at)
    work.counts["shown"], work.counts["hidden"] = len(again), len(gone)


def _tell(work: Work, made: Conversion) -> dict[str, int]:
    event, counts = work.event, work.counts
    counts["mails"] = registrations.tell_all(
        event,
        "moved_back",
        changes=work.told,
        reason="",
        moved_up=set(work.moved_up),
        sent_back=set(work.sent_back),
        at=work.at,
    )
    counts["others_told"] = mails.tell_others(event, work.told, at=work.at)
    count_after(event, counts)
    record_act("convert_back", event, made, work.told, work.by, work.at)
    return counts
