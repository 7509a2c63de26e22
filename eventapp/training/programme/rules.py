"""Whether a company meets a rule, until when, and because of whom: pure functions over days and certificates."""

import calendar
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from eventapp.training.models import StandingState

# Not compliant, within the days of grace or after them.
FALLEN = frozenset({StandingState.GRACE, StandingState.NON_COMPLIANT})


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later (negative: earlier), the month's last day where it has no such day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class Demand:
    """What a rule asks for: people with one of its credentials, points, and how fresh certificates must be."""

    people_min: int
    score_min: int
    window_months: int | None
    risk_days: int
    grace_days: int


@dataclass(frozen=True)
class Holding:
    """A certificate of a credential that counts for a rule, held by a person who counts for the company.

    It counts from `completed_on` to the end of `expires_on` (none: for good).
    """

    certificate_id: int
    person_id: int
    credential_id: int
    points: int
    completed_on: date
    expires_on: date | None

    def last_day(self, window_months: int | None) -> date | None:
        """The last day on which it counts: of its validity, or of the rule's window, whichever is first."""
        ends = [] if self.expires_on is None else [self.expires_on]
        if window_months is not None:
            ends.append(months_later(self.completed_on, window_months))
        return min(ends, default=None)

    def counts_on(self, day: date, window_months: int | None) -> bool:
        """Whether it counts on that day."""
        last = self.last_day(window_months)
        return self.completed_on <= day and (last is None or day <= last)


@dataclass(frozen=True)
class Verdict:
    """How a company meets a rule on a day.

    `falls_on` is the first day on which it will not meet it as things stand, within the days of risk; `falls_by` the ids of
    the certificates that end with the day before.
    """

    state: StandingState
    people: int
    score: int
    falls_on: date | None = None
    falls_by: tuple[int, ...] = ()
    grace_until: date | None = None


def _pairs(holdings: Iterable[Holding], day: date, window_months: int | None) -> dict[tuple[int, int], int]:
    """The points of each person's credentials that count on that day, however many certificates there are of one."""
    valid = [holding for holding in holdings if holding.counts_on(day, window_months)]
    return {(holding.person_id, holding.credential_id): holding.points for holding in valid}


def count(holdings: Iterable[Holding], day: date, window_months: int | None) -> tuple[int, int]:
    """How many people count on that day, and how many points they have: each credential of a person once."""
    points = _pairs(holdings, day, window_months)
    return len({person_id for person_id, _credential in points}), sum(points.values())


def meets(demand: Demand, people: int, score: int) -> bool:
    """Whether so many people and points are enough."""
    return people >= demand.people_min and score >= demand.score_min


def to_renew(demand: Demand, holdings: Sequence[Holding], today: date, day: date) -> set[tuple[int, int]]:
    """Which credentials of whom, as (person, credential), count now or to the day before, and not on that day, so that it
    is not enough then.

    Where people are too few, these are of those who do not count at all then; where points are, all that are gone. Who has
    renewed is not among them.
    """
    now, eve, after = (_pairs(holdings, when, demand.window_months) for when in (today, day - timedelta(days=1), day))
    staying = {person_id for person_id, _credential in after}
    people_gone = len(staying) < demand.people_min
    points_gone = sum(after.values()) < demand.score_min
    gone = (now.keys() | eve.keys()) - after.keys()
    return {pair for pair in gone if points_gone or (people_gone and pair[0] not in staying)}


def judge(demand: Demand, holdings: Sequence[Holding], today: date, grace_until: date | None = None) -> Verdict:
    """Where a company stands today. `grace_until` is the last day of grace of an earlier verdict, if it had fallen already."""
    people, score = count(holdings, today, demand.window_months)
    if not meets(demand, people, score):
        until = grace_until or today + timedelta(days=demand.grace_days)
        return Verdict(StandingState.GRACE if today <= until else StandingState.NON_COMPLIANT, people, score, grace_until=until)
    horizon = today + timedelta(days=demand.risk_days)
    ends = {last for one in holdings if (last := one.last_day(demand.window_months)) is not None and today <= last < horizon}
    for last in sorted(ends):
        day = last + timedelta(days=1)
        if not meets(demand, *count(holdings, day, demand.window_months)):
            gone = to_renew(demand, holdings, today, day)
            ending = [one for one in holdings if one.last_day(demand.window_months) == last]
            by = tuple(sorted(one.certificate_id for one in ending if (one.person_id, one.credential_id) in gone))
            return Verdict(StandingState.AT_RISK, people, score, day, by)
    return Verdict(StandingState.COMPLIANT, people, score)


@dataclass(frozen=True)
class Place:
    """That a person belongs to a company, and since when; `chosen`: the person counts for it by choice."""

    membership_id: int
    person_id: int
    organisation_id: int
    since: date | None
    chosen: bool = False


def counting(places: Iterable[Place]) -> dict[int, int]:
    """For which company each person counts: the chosen one, else the one that they joined first."""
    found: dict[int, Place] = {}
    for place in places:
        before = found.get(place.person_id)
        if before is None or _rank(place) < _rank(before):
            found[place.person_id] = place
    return {person_id: place.organisation_id for person_id, place in found.items()}


def _rank(place: Place) -> tuple[bool, date, int]:
    return not place.chosen, place.since or date.min, place.membership_id


def in_scope(tier: str | None, country: str, rule_tier: str, countries: Collection[str]) -> bool:
    """Whether a rule is about companies of that tier and country."""
    return tier == rule_tier and (not countries or country in countries)
