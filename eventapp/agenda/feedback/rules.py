"""When feedback is asked for, and what may be shown of it: pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from eventapp.agenda.joining.rules import Stream
from eventapp.events.models import EventStatus
from eventapp.registrations.models import Registration, RegistrationStatus

# Fewer answers would tell who said what.
LEAST = 5
DAYS = 7


def closes_at(session: Stream) -> datetime:
    """Until when feedback is taken and may be changed."""
    return session.ends_at + timedelta(days=DAYS)


def may_answer(registration: Registration, session: Stream, at: datetime) -> bool:
    """Whether this person may say something about the session: whoever has a place at the event and could be there."""
    takes_place = registration.event.status is not EventStatus.CANCELLED and not session.cancelled
    has_place = registration.status is RegistrationStatus.CONFIRMED and session.mine
    return takes_place and has_place and session.ends_at <= at < closes_at(session)


@dataclass(frozen=True)
class Sum:
    """How many answered with stars, and how many stars in all."""

    people: int = 0
    stars: int = 0

    @property
    def mean(self) -> float | None:
        """The average to one decimal; none while too few have answered to stay anonymous."""
        return round(self.stars / self.people, 1) if self.people >= LEAST else None


def together(sums: Iterable[Sum]) -> Sum:
    """What several sessions come to. Those that may not be shown by themselves are left out: else they could be reckoned."""
    shown = [one for one in sums if one.people >= LEAST]
    return Sum(sum(one.people for one in shown), sum(one.stars for one in shown))


def spread(counts: Mapping[int, int]) -> Mapping[int, int] | None:
    """How many gave one to five stars; none while too few have."""
    return {n: counts.get(n, 0) for n in range(5, 0, -1)} if sum(counts.values()) >= LEAST else None
