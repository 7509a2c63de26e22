"""Enrolments follow the registrations of their run's event: made with them, and always where they stand.

Called in the same transaction, under the lock of the event's places, so an enrolment never says anything else than its
registration does. `doctor` compares them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from eventapp.agenda.models import SessionSignUp, SignUpStatus
from eventapp.agenda.own import hooks as places_in_sessions
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event, EventKind
from eventapp.registrations import hooks
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.training import queries
from eventapp.training.models import Enrolment, EnrolmentState, ResultState, Run
from eventapp.training.rules import enrolment_state

# What a place in a session is, as a registration would say it.
_SIGNED_UP = {
    SignUpStatus.CONFIRMED: RegistrationStatus.CONFIRMED,
    SignUpStatus.WAITING: RegistrationStatus.WAITING,
    SignUpStatus.CANCELLED: RegistrationStatus.CANCELLED,
}


def follow(registrations: Sequence[Registration]) -> None:
    """Brings the enrolments of these registrations to where those stand, where their event is a run."""
    for event_id in {registration.event_id for registration in registrations}:
        # Held by the session already, as whoever changes registrations has locked the event's places.
        if db.session.get_one(Event, event_id).kind is EventKind.RUN and (run := queries.run_of_event(event_id)):
            here = [registration for registration in registrations if registration.event_id == event_id]
            _follow(run, [(r, r.status, r.cancelled_at) for r in here])


def hand_on(registrations: Sequence[Registration], person: bool, _by: Actor, at: datetime) -> None:
    """Somebody else comes instead (`person`): the enrolment of whoever came before ends, and the new one's begins."""
    if person:
        for registration in registrations:
            former = update(Enrolment).where(
                Enrolment.registration_id == registration.id,
                Enrolment.person_id != registration.person_id,
                Enrolment.cancelled_at.is_(None),
            )
            db.session.execute(former.values(state=EnrolmentState.CANCELLED, cancelled_at=at))
        follow(registrations)


def follow_sign_ups(run: Run, sign_ups: Sequence[SessionSignUp]) -> None:
    """Brings the enrolments of these places in the run's session to where those stand. Their registrations are loaded."""
    _follow(run, [(s.registration, _SIGNED_UP[s.status], s.cancelled_at) for s in sign_ups])


def begin(run: Run) -> None:
    """Enrols whoever has a place in a session that becomes a run, or waits for one."""
    query = select(SessionSignUp).where(SessionSignUp.session_id == run.session_id).order_by(SessionSignUp.id)
    here = query.where(SessionSignUp.status != SignUpStatus.CANCELLED)
    follow_sign_ups(run, db.session.scalars(here.options(joinedload(SessionSignUp.registration))).all())


def follow_places(sign_ups: Sequence[SessionSignUp]) -> None:
    """Brings the enrolments of these places in sessions to where those stand, where their session is a run."""
    by_session: dict[int, list[SessionSignUp]] = {}
    for one in sign_ups:
        by_session.setdefault(one.session_id, []).append(one)
    if by_session:
        for run in db.session.scalars(queries.runs().where(Run.session_id.in_(by_session))).all():
            if run.session_id is not None:
                follow_sign_ups(run, by_session[run.session_id])


def _follow(run: Run, found: Sequence[tuple[Registration, RegistrationStatus, datetime | None]]) -> None:
    query = select(Enrolment).where(
        Enrolment.run_id == run.id, Enrolment.registration_id.in_([registration.id for registration, *_ in found])
    )
    known = {(e.registration_id, e.person_id): e for e in db.session.scalars(query)}
    slots = queries.slots_of([run])[run.id]
    starts_at = slots[0].starts_at if slots else run.event.starts_at
    for registration, status, cancelled_at in found:
        enrolment = known.get((registration.id, registration.person_id))
        # An offer is no seat yet: whoever lets it go, or lets it lapse, gives nothing back.
        held = enrolment is not None and enrolment.state is EnrolmentState.ENROLLED
        state = enrolment_state(status, held, cancelled_at, starts_at, run.late_hours)
        ended = state in (EnrolmentState.CANCELLED, EnrolmentState.LATE_CANCELLED)
        if enrolment is None:
            if run.done_at is not None and not ended:
                raise RuleError(_("The results of this run are final. Reopen it before anybody is enrolled."))
            enrolment = Enrolment(
                run_id=run.id,
                registration_id=registration.id,
                person_id=registration.person_id,
                organisation_id=registration.organisation_id,
                enrolled_at=registration.registered_at,
                result=ResultState.PENDING if run.course_version.assessed else ResultState.NOT_REQUIRED,
            )
            db.session.add(enrolment)
        elif enrolment.state is EnrolmentState.LATE_CANCELLED and state is EnrolmentState.CANCELLED:
            continue
        enrolment.state, enrolment.organisation_id = state, registration.organisation_id
        enrolment.cancelled_at = (cancelled_at or registration.registered_at) if ended else None
    db.session.flush()


hooks.COUNTED.append(follow)
hooks.CHANGED.append(hand_on)
places_in_sessions.PLACED.append(follow_places)
