"""What parts of training do when others are done; each puts its functions in here when it is imported."""

from collections.abc import Callable, Sequence
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.training.models import Certificate, Enrolment, Run

# enrolments that were completed, or with False are not complete any more
COMPLETED: list[Callable[[Sequence[Enrolment], bool, Actor, datetime], None]] = []
# people whose certificates have changed: issued, revoked, replaced
CERTIFIED: list[Callable[[Sequence[Certificate], Actor, datetime], None]] = []
# a run that people can enrol in from now on
OPENED: list[Callable[[Run, Actor, datetime], None]] = []


def completed(enrolments: Sequence[Enrolment], complete: bool, *, by: Actor, at: datetime) -> None:
    """Lets others act on enrolments that are complete now, or are not any more."""
    if enrolments:
        for act in COMPLETED:
            act(enrolments, complete, by, at)


def certified(certificates: Sequence[Certificate], *, by: Actor, at: datetime) -> None:
    """Lets others look again at what follows from these certificates."""
    if certificates:
        for look in CERTIFIED:
            look(certificates, by, at)


def opened(run: Run, *, by: Actor, at: datetime) -> None:
    """Lets others act on a run that was published."""
    for act in OPENED:
        act(run, by, at)
