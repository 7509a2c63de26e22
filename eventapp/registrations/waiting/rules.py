"""Whether whoever moves up is confirmed or offered the place, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from eventapp.events.models import Event, EventKind


@dataclass(frozen=True)
class OfferTimes:
    """Hours that an offer lasts, hours that it lasts close to the start, and how many hours before the start that is."""

    hours: int
    short_hours: int
    within_hours: int
    # Whether with exactly so many hours left everybody is asked already.
    inclusive: bool = True

    def close(self, starts_at: datetime, at: datetime) -> bool:
        """Whether the start is so near that everybody is asked, and has little time."""
        left, within = starts_at - at, timedelta(hours=self.within_hours)
        return left < within or (self.inclusive and left == within)

    def lasting(self, starts_at: datetime, at: datetime) -> int:
        """The hours that an offer made at `at` lasts."""
        return self.short_hours if self.close(starts_at, at) else self.hours


def times_of(event: Event) -> OfferTimes:
    """What the organizer has set for the event."""
    alone = event.kind is EventKind.EVENT
    return OfferTimes(event.offer_hours, event.short_offer_hours, event.offer_within_hours, inclusive=alone)


def will_be_offered(times: OfferTimes, starts_at: datetime, *, complete: bool, at: datetime) -> bool:
    """Whether whoever moves up at `at` is asked before, and not confirmed at once.

    Confirmed is who has given all answers (`complete`) while the start is far off; and whoever moves up after the start,
    when there is no time left to ask.
    """
    return at < starts_at and (not complete or times.close(starts_at, at))


def offer_until(times: OfferTimes, starts_at: datetime, *, complete: bool, at: datetime) -> datetime | None:
    """Until when whoever moves up at `at` may accept; none: confirmed at once. No offer outlasts the start."""
    if not will_be_offered(times, starts_at, complete=complete, at=at):
        return None
    return min(starts_at, at + timedelta(hours=times.lasting(starts_at, at)))


def may_answer(offered_until: datetime | None, at: datetime) -> bool:
    """Whether an offer can still be accepted."""
    return offered_until is not None and at < offered_until
