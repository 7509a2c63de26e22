"""When feedback is asked for, what it comes to, and what may be shown of it: pure functions.

What is published is always whole runs: of a run nothing is shown below LEAST answers to a question, and what stands for
several runs together leaves out those that may not be shown by themselves. So no filter makes a difference of one person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from eventapp.core.i18n import _l
from eventapp.core.times import to_local
from eventapp.events.models import EventStatus
from eventapp.registrations.messages.rules import at_hour
from eventapp.training.models import AttendanceState, EnrolmentState

# Fewer answers would tell who said what.
LEAST = 5
# How long after the end, or after the follow-up was due, answers are taken and may be changed.
OPEN_DAYS = 30
# People are asked on the morning of a day, and not any more once it is so long ago.
ASKED_HOUR = 10
GRACE = timedelta(days=4)

# What makes the share of satisfied answers (customer satisfaction, CSAT); intent and use are asked beside it.
SATISFACTION = {
    "relevance": _l("Was it relevant for your work?"),
    "pace": _l("Was the pace right?"),
    "trainer": _l("How was the trainer?"),
    "platform": _l("How was the room or the platform?"),
}
INTENT = {"intent": _l("Will you use what you have learned?")}
NPS = "nps"
USED = "used"
ONE_TO_FIVE = {**SATISFACTION, **INTENT}


class Stage(Enum):
    """What is asked: right after the run, or later what people use of it."""

    AFTER = "after"
    LATER = "later"


def stage(ends_at: datetime | None, follow_up_days: int, now: datetime) -> Stage | None:
    """What may be answered at this moment; none before the end, and in between."""
    if ends_at is None or now < ends_at:
        return None
    if now < ends_at + timedelta(days=min(OPEN_DAYS, follow_up_days)):
        return Stage.AFTER
    later = ends_at + timedelta(days=follow_up_days)
    return Stage.LATER if later <= now < later + timedelta(days=OPEN_DAYS) else None


def may_answer(state: EnrolmentState, attendance: AttendanceState | None, event_status: EventStatus) -> bool:
    """Whether somebody can say anything: whoever had a seat and is not known to have stayed away."""
    away = (AttendanceState.NO_SHOW, AttendanceState.EXCUSED)
    return state is EnrolmentState.ENROLLED and attendance not in away and event_status is not EventStatus.CANCELLED


def asked_at(ends_at: datetime, zone: str, days: int) -> datetime:
    """When people are asked: on the morning so many days after the last slot, where the run takes place."""
    return at_hour(to_local(ends_at, zone).date() + timedelta(days=days), ASKED_HOUR, zone)


@dataclass(frozen=True)
class Sum:
    """How many answered a question, and the sum of what they gave (`points`).

    `good` are answers of 4 and 5, for the NPS of 9 and 10; `bad` are those of 0 to 6 for the NPS, and none else.
    """

    people: int = 0
    good: int = 0
    bad: int = 0
    points: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        """Both together."""
        pairs = zip(self.values, other.values, strict=True)
        return Sum(*(one + another for one, another in pairs))

    @property
    def values(self) -> tuple[int, int, int, int]:
        """All numbers, in their order."""
        return self.people, self.good, self.bad, self.points

    @property
    def shown(self) -> bool:
        """Whether enough people answered to stay anonymous."""
        return self.people >= LEAST

    @property
    def mean(self) -> float | None:
        """The average to one decimal; none while too few have answered."""
        return round(self.points / self.people, 1) if self.shown else None

    @property
    def share(self) -> int | None:
        """How many percent answered well, rounded; none while too few have answered."""
        return percent(self.good, self.people) if self.shown else None

    @property
    def net(self) -> int | None:
        """Percent of promoters less percent of detractors, from -100 to 100; none while too few have answered."""
        if not self.shown:
            return None
        difference = self.good - self.bad
        return percent(difference, self.people) if difference >= 0 else -percent(-difference, self.people)


def percent(part: int, all_: int) -> int:
    """A share in percent, a half rounded up."""
    return (200 * part + all_) // (2 * all_)


Sums = Mapping[str, Sum]


def together(runs: Iterable[Sums]) -> dict[str, Sum]:
    """What several runs come to, by question: only those whose answers to it may be shown by themselves."""
    found: dict[str, Sum] = {}
    for sums in runs:
        for name, one in sums.items():
            if one.shown:
                found[name] = found.get(name, Sum()) + one
    return found


def csat(sums: Sums) -> int | None:
    """The share of 4 and 5 over all questions about satisfaction that may be shown; none if there is none."""
    asked = [sums[name] for name in SATISFACTION if name in sums and sums[name].shown]
    return sum(asked, Sum()).share if asked else None


def nps(sums: Sums) -> int | None:
    """The net promoter score, if it may be shown."""
    return sums.get(NPS, Sum()).net
