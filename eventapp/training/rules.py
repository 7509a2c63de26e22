"""What is true of courses and runs whoever asks: pure functions over facts."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from eventapp.events.models import EventStatus
from eventapp.registrations.models import RegistrationStatus
from eventapp.training.models import EnrolmentState, RunStatus


@dataclass(frozen=True)
class Slot:
    """A time in which a run takes place, in UTC."""

    starts_at: datetime
    ends_at: datetime
    label: str = ""

    @property
    def seconds(self) -> int:
        """How long it is."""
        return int((self.ends_at - self.starts_at).total_seconds())


def run_status(
    event_status: EventStatus,
    slots: Sequence[Slot],
    now: datetime,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    full: bool = False,
    done: bool = False,
) -> RunStatus:
    """Where a run stands, by its event's status, its slots, its window of enrolment and whether seats are left."""
    if event_status is EventStatus.CANCELLED:
        return RunStatus.CANCELLED
    if event_status is EventStatus.DRAFT:
        return RunStatus.DRAFT
    if done:
        return RunStatus.DONE
    if slots and now >= slots[-1].ends_at:
        return RunStatus.ENDED
    if slots and now >= slots[0].starts_at:
        return RunStatus.RUNNING
    waits = opens_at is not None and now < opens_at
    if event_status is EventStatus.CLOSED or waits or (closes_at is not None and now >= closes_at):
        return RunStatus.CLOSED
    return RunStatus.FULL if full else RunStatus.OPEN


ENROLMENT_STATES = {
    RegistrationStatus.PENDING: EnrolmentState.REQUESTED,
    RegistrationStatus.WAITING: EnrolmentState.WAITLISTED,
    RegistrationStatus.OFFERED: EnrolmentState.OFFERED,
    RegistrationStatus.CONFIRMED: EnrolmentState.ENROLLED,
    RegistrationStatus.DECLINED: EnrolmentState.CANCELLED,
}


def enrolment_state(
    status: RegistrationStatus, held: bool, cancelled_at: datetime | None, starts_at: datetime, late_hours: int
) -> EnrolmentState:
    """The state of an enrolment whose registration stands there.

    Cancelled late is who `held` a seat and gave it back less than `late_hours` before the start; with exactly so many hours
    left it is not late.
    """
    if status is not RegistrationStatus.CANCELLED:
        return ENROLMENT_STATES[status]
    late = held and cancelled_at is not None and cancelled_at > starts_at - timedelta(hours=late_hours)
    return EnrolmentState.LATE_CANCELLED if late else EnrolmentState.CANCELLED


def half_credits(minutes: int, credit_minutes: int) -> int:
    """How many half credits so many minutes are worth, rounded down (NASBA counts 50 minutes as one credit)."""
    return minutes * 2 // credit_minutes


def new_salt() -> str:
    """What an address is hashed with in a badge, 128 random bits."""
    return secrets.token_urlsafe(16)
