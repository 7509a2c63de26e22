"""Who is registered for the flagship event, to the figures, and for the two smaller events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from eventapp.events.models import Mode
from eventapp.overview.demo.companies import ACCRA, ALPEN, DONAU, Company
from eventapp.overview.demo.people import Colleague
from eventapp.partners.models import OrganisationStatus
from eventapp.registrations.models import RegistrationStatus, Source

QUOTAS: dict[str | None, int] = {"ready": 2, "advanced": 3, "premier": 5, None: 10}

# Tier → people who came → companies that sent so many: 550 companies, 900 people.
ATTENDED: dict[str | None, dict[int, int]] = {
    "premier": {5: 4, 4: 14, 3: 32, 2: 31, 1: 50},
    "advanced": {3: 20, 2: 61, 1: 159},
    "ready": {2: 30, 1: 109},
    None: {5: 6, 4: 6, 3: 8, 2: 8, 1: 12},
}
# 48 more companies whose one person did not come; 92 more people of the others did not come either.
ABSENT: dict[str | None, int] = {"premier": 4, "advanced": 20, "ready": 20, None: 4}
ABSENT_COLLEAGUES = 92
# People who wait for a place of their company, in companies that use all of theirs: 35.
WAITING: dict[str | None, tuple[int, ...]] = {"premier": (1,) * 4, "advanced": (2,) * 4 + (1,) * 14, "ready": (1,) * 9}
# Cancellations: of companies that take part, and of others.
CANCELLED = (30, 32)

_REASONS = ("Customer project", "Illness", "On leave after all", "A colleague comes instead", "")
_NOTES = ("Arrives on the evening before.", "Needs an invoice address for the hotel.", "First time at the conference.")


@dataclass
class Share:
    """How a company takes part in the flagship event, in people."""

    attended: int = 0
    absent: int = 0
    waiting: int = 0
    cancelled: int = 0

    @property
    def people(self) -> int:
        """How many different people that takes."""
        return self.attended + self.absent + self.waiting + self.cancelled


@dataclass
class Seat:
    """One registration before it is written. `waits_for` is "company", "mode" or "event" for who waits."""

    company: Company
    person: Colleague
    registered_at: datetime
    mode: Mode = Mode.IN_PERSON
    status: RegistrationStatus = RegistrationStatus.CONFIRMED
    waits_for: str = ""
    source: Source = Source.COMPANY
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    checked_in_at: datetime | None = None
    note: str = ""


@dataclass
class Shares:
    """The companies of the flagship event, in no order."""

    of: dict[str, Share] = field(default_factory=dict)

    def __getitem__(self, company: Company) -> Share:
        return self.of.setdefault(company.domain, Share())


def share_out(companies: Sequence[Company], random: Random) -> Shares:
    """Which company takes part in the flagship event with how many people."""
    shares = Shares()
    outside: list[Company] = []
    for tier, sizes in ATTENDED.items():
        line = [c for c in companies if c.tier == tier and c.status is OrganisationStatus.ACTIVE and c.domain != DONAU]
        known = [c for c in line if c.domain in (ALPEN, ACCRA, "nordlicht.example")]
        line = known + random.sample([c for c in line if c not in known], len(line) - len(known))
        coming = iter(line)
        for size in sorted(sizes, reverse=True):
            for _n in range(sizes[size]):
                shares[next(coming)].attended = size
        for _n in range(ABSENT[tier]):
            shares[next(coming)].absent = 1
        for company, waiting in zip(line, WAITING.get(tier, ()), strict=False):
            shares[company].waiting = waiting
        outside += coming
    inside = [c for c in companies if c.domain in shares.of and not shares[c].waiting]
    with_room = [c for c in inside if shares[c].attended and shares[c].attended < QUOTAS[c.tier]]
    for company in random.sample(with_room, ABSENT_COLLEAGUES):
        shares[company].absent += 1
    for group, n in zip((inside, outside), CANCELLED, strict=True):
        for company in random.sample(group, n):
            shares[company].cancelled += 1
    return shares


def flagship(companies: Iterable[Company], shares: Shares, random: Random, until: datetime, doors: datetime) -> list[Seat]:
    """The registrations of the flagship event, made in the 60 days before `until`; `doors` is when checking in begins."""
    seats = []
    for company in companies:
        share = shares.of.get(company.domain)
        if share is None:
            continue
        start = until - timedelta(days=60) * random.betavariate(1.5, 1.3)
        people = iter(random.sample(company.people, share.people))
        for _n in range(share.attended):
            seats.append(_seat(company, next(people), start, random))
            seats[-1].checked_in_at = _arrival(doors, random)
        for _n in range(share.absent):
            seats.append(_seat(company, next(people), start, random))
        for _n in range(share.waiting):
            seat = _seat(company, next(people), _between(start, until, random), random)
            seat.status, seat.waits_for = RegistrationStatus.WAITING, "company"
            seats.append(seat)
        for _n in range(share.cancelled):
            seats.append(_cancelled(_seat(company, next(people), start, random), until, random))
    return _in_office_hours(seats, until)


def virtual(companies: Iterable[Company], random: Random, until: datetime, *, confirmed: int, cancelled: int) -> list[Seat]:
    """Registrations of a virtual event, made in the 20 days before `until`."""
    seats: list[Seat] = []
    for company in companies:
        start = until - timedelta(days=20) * random.betavariate(1.2, 1.5)
        size = min(len(company.people), random.choice((1, 1, 2, 3)), confirmed + cancelled - len(seats))
        seats += [_seat(company, person, start, random, Mode.VIRTUAL) for person in random.sample(company.people, size)]
    for seat in random.sample(seats, cancelled):
        _cancelled(seat, until, random)
    return _in_office_hours(seats, until)


def hybrid(companies: Iterable[Company], random: Random, until: datetime, *, rooms: int, waiting: int, online: int) -> list[Seat]:
    """Registrations of a hybrid event: every place in the room taken, some waiting for one, others on video."""
    seats: list[Seat] = []
    full = until - timedelta(days=4)
    for company in companies:
        for person in random.sample(company.people, min(2, len(company.people))):
            if len(seats) < rooms:
                seats.append(_seat(company, person, _between(until - timedelta(days=20), full, random), random))
            elif len(seats) < rooms + waiting:
                seat = _seat(company, person, _between(full, until, random), random)
                seat.status, seat.waits_for = RegistrationStatus.WAITING, "mode"
                seats.append(seat)
            elif len(seats) < rooms + waiting + online:
                seats.append(_seat(company, person, _between(until - timedelta(days=20), until, random), random, Mode.VIRTUAL))
    return _in_office_hours(seats, until)


def _seat(company: Company, person: Colleague, at: datetime, random: Random, mode: Mode = Mode.IN_PERSON) -> Seat:
    seat = Seat(company, person, at, mode)
    seat.source = random.choices((Source.COMPANY, Source.PERSON, Source.ORGANIZER), (89, 8, 3))[0]
    if random.random() < 0.03:
        seat.note = random.choice(_NOTES)
    return seat


def _cancelled(seat: Seat, until: datetime, random: Random) -> Seat:
    seat.status = RegistrationStatus.CANCELLED
    seat.cancelled_at = _between(seat.registered_at, until, random)
    seat.cancel_reason = random.choice(_REASONS)
    return seat


def _between(start: datetime, end: datetime, random: Random) -> datetime:
    return start + (end - start) * random.uniform(0.02, 0.98)


def _arrival(doors: datetime, random: Random) -> datetime:
    """Most come before the opening, some on the second day."""
    late = timedelta(days=1) if random.random() < 0.07 else timedelta()
    return doors + late + timedelta(seconds=int(random.triangular(0, 4 * 3600, 5000)))


def _in_office_hours(seats: list[Seat], until: datetime) -> list[Seat]:
    """Squeezes each day into the hours from 6 to 17 UTC; what came earlier stays earlier, and nothing is after `until`."""
    for seat in seats:
        seat.registered_at = _office(seat.registered_at, until)
        if seat.cancelled_at is not None:
            seat.cancelled_at = _office(seat.cancelled_at, until)
    return seats


def _office(moment: datetime, until: datetime) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return min((day + timedelta(hours=6) + (moment - day) * 11 / 24).replace(microsecond=0), until.replace(microsecond=0))
