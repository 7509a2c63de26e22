"""The recount that proves enrolments right, for the doctor."""

from collections.abc import Iterator

from sqlalchemy import and_, case, or_, select

from eventapp.agenda.models import SessionSignUp, SignUpStatus
from eventapp.core.db import db
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.training.models import Enrolment, EnrolmentState, Run
from eventapp.training.rules import ENROLMENT_STATES

_STATES = [(status.value, state.value) for status, state in ENROLMENT_STATES.items()]
_ENDED = (EnrolmentState.CANCELLED, EnrolmentState.LATE_CANCELLED)


def differing() -> Iterator[str]:
    """Enrolments that do not stand where their registration, or the place in the session, stands; one line each."""
    yield from _alone()
    yield from _inside()
    yield from _handed_on()


def _alone() -> Iterator[str]:
    should = case(*[(Registration.status == status, state) for status, state in _STATES], else_=EnrolmentState.CANCELLED.value)
    late = and_(Registration.status == RegistrationStatus.CANCELLED, Enrolment.state == EnrolmentState.LATE_CANCELLED)
    query = (
        select(Registration.id, Run.id, Registration.status, Enrolment.state)
        .join(Run, and_(Run.event_id == Registration.event_id, Run.session_id.is_(None)))
        .outerjoin(
            Enrolment,
            and_(
                Enrolment.run_id == Run.id,
                Enrolment.registration_id == Registration.id,
                Enrolment.person_id == Registration.person_id,
            ),
        )
        .where(
            or_(
                Enrolment.id.is_(None),
                and_(Enrolment.state != should, ~late),
                Enrolment.organisation_id != Registration.organisation_id,
            )
        )
        .order_by(Registration.id)
    )
    for registration_id, run_id, status, state in db.session.execute(query):
        stands = state.value if state else "missing"
        yield f"registration {registration_id} of run {run_id} is {status.value}, its enrolment {stands}"


def _inside() -> Iterator[str]:
    wanted = {SignUpStatus.CONFIRMED: EnrolmentState.ENROLLED, SignUpStatus.WAITING: EnrolmentState.WAITLISTED}
    query = (
        select(SessionSignUp.id, Run.id, SessionSignUp.status, Enrolment.state)
        .join(Run, Run.session_id == SessionSignUp.session_id)
        .join(Registration, Registration.id == SessionSignUp.registration_id)
        .outerjoin(
            Enrolment,
            and_(
                Enrolment.run_id == Run.id,
                Enrolment.registration_id == Registration.id,
                Enrolment.person_id == Registration.person_id,
            ),
        )
        .where(SessionSignUp.status != SignUpStatus.CANCELLED)
        .order_by(SessionSignUp.id)
    )
    for sign_up_id, run_id, status, state in db.session.execute(query):
        if state is not wanted[status]:
            yield f"place {sign_up_id} in run {run_id} is {status.value}, its enrolment {state.value if state else 'missing'}"


def _handed_on() -> Iterator[str]:
    query = (
        select(Enrolment.id, Enrolment.registration_id)
        .join(Registration, Registration.id == Enrolment.registration_id)
        .where(Enrolment.person_id != Registration.person_id, Enrolment.state.not_in(_ENDED))
        .order_by(Enrolment.id)
    )
    for enrolment_id, registration_id in db.session.execute(query):
        yield f"enrolment {enrolment_id} holds a seat of registration {registration_id}, which is somebody else's"
