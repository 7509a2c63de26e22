"""Made-up companies, people and registrations in any number, written in bulk and counted right."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench.databases import Database
from eventapp.accounts.models import Grant, Role, User, UserSession
from eventapp.accounts.service.sessions import hash_of
from eventapp.core.db import Base
from eventapp.core.text import fold
from eventapp.events.models import CompanyQuota, Event, EventFormat, EventStatus, Mode, TierQuota
from eventapp.partners.models import (
    EmailDomain,
    Membership,
    Organisation,
    OrganisationWord,
    PartnerType,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.partners.rules import company_words, person_words
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.registrations.models import Registration, RegistrationStatus, Source, Tally

START = datetime(2027, 1, 10, 8, 0, tzinfo=UTC)
SLUG, EMPTY_SLUG, RUSH_SLUG, OPENING_SLUG = "partner-summit", "empty-day", "last-places", "opening-day"
OPENING_ID = 4
RUSH_PLACES = 100
ORGANIZER = "benchmark-organizer"
COMPANY_ADMIN = "benchmark-company-admin"
# The first person of so many companies signs in for it.
ADMINS = 600
# Carried by so many people however many there are, and by so many of a hundred.
RARE_NAME, RARE_COUNT = "Quendler", 60
FREQUENT_NAME, FREQUENT_PERCENT = "Ziegelmayer", 6

GIVEN = (
    "Anna Björn Chloé Dario Élise Farid Greta Hélène Igor Jana Kofi Lena Miloš Noor Oskar Petra Quirin Rosa Søren Tereza Uwe Vera"
)
FAMILY = (
    "Abele Bergström Černý Dupont Eberl Fischer García Huber Ivanov Jansen Köhler Larsen Müller Novák O'Neill Papadakis"
    " Rossi Schäfer Tanaka Urban Vogel Weiß Ximenes Yılmaz Zeman"
)
FIRST = (
    "Alpen Baltic Cedar Delta Elbe Falcon Granit Harbour Iris Jura Kestrel Lumen Meridian Nordic Onyx Pilot Quarz Ridge Sierra"
)
SECOND = "Cloud Data Systems Netz Digital Security Software Consulting Networks Services"
LEGAL = "GmbH AG Ltd SAS BV Oy AB SpA"
TIERS = ("ready", "advanced", "premier", None)
COUNTRIES = ("AT", "DE", "FR", "GB", "NL", "SE", "IT", "ES")


@dataclass
class Seats:
    """What the registrations add up to."""

    pools: dict[int, list[int]] = field(default_factory=dict)  # id → taken, waiting
    tallies: Counter[tuple[int, str]] = field(default_factory=Counter)  # company, status → people

    def take(self, pool_id: int) -> None:
        self.pools.setdefault(pool_id, [0, 0])[0] += 1

    def wait(self, pool_id: int) -> None:
        self.pools.setdefault(pool_id, [0, 0])[1] += 1


def address_of(number: int, companies: int) -> str:
    """The address of a person; each belongs to the company of its number modulo the companies."""
    return f"person{number}@company{(number - 1) % companies + 1}.example"


def admin_of(company: int) -> str:
    """The key of the login that registers a company's people."""
    return COMPANY_ADMIN if company == 1 else f"{COMPANY_ADMIN}-{company}"


def generate(database: Database, *, companies: int, people: int, registrations: int) -> None:
    """Fills a fresh database: companies, people, and the first people registered for one event.

    Of the registrations 6 in 100 are cancelled; each 25th company is full, and 3 of its people wait. Three more events
    are empty: one for an empty export, one with a hundred places, one that opens.
    """
    made = _Generator(database, companies, people, registrations)
    with database.raw() as connection:
        for model, rows in made.tables():
            database.fill(connection, model.__table__, rows)  # type: ignore[arg-type] # a mapped class has a Table
    database.settle(list(Base.metadata.tables.values()))


class _Generator:
    """The rows, table by table. Pools: three for each event, then one for each company of the main event."""

    def __init__(self, database: Database, companies: int, people: int, registrations: int) -> None:
        self.database = database
        self.companies, self.people, self.registrations = companies, people, registrations
        self.random = Random(7)
        self.seats = Seats()
        self.at = database.moment(START)
        self.names = [self._name(n) for n in range(1, people + 1)]
        self.places = [self._place(n) for n in range(1, registrations + 1)]

    def _name(self, n: int) -> tuple[str, str]:
        given = self.random.choice(GIVEN.split())
        if n % max(1, min(self.registrations or self.people, self.people) // RARE_COUNT) == 0:
            return given, RARE_NAME
        return given, FREQUENT_NAME if self.random.random() * 100 < FREQUENT_PERCENT else self.random.choice(FAMILY.split())

    def _company(self, person: int) -> int:
        return (person - 1) % self.companies + 1

    def _company_pool(self, company: int) -> int:
        return 12 + company

    def _place(self, n: int) -> tuple[str, str, int | None]:
        """Status of the registration, state of its booking and the pool it waits for; counts the places."""
        company = self._company(n)
        pool = self._company_pool(company)
        full = company % 25 == 0 and n > self.registrations - 3 * self.companies
        if full:
            status, state, waits_for = RegistrationStatus.WAITING, BookingState.WAITING, pool
            self.seats.wait(pool)
        elif self.random.random() < 0.06:
            status, state, waits_for = RegistrationStatus.CANCELLED, BookingState.RELEASED, None
        else:
            status, state, waits_for = RegistrationStatus.CONFIRMED, BookingState.HELD, None
            for taken in (1, 2, pool):
                self.seats.take(taken)
        self.seats.tallies[company, status.value] += 1
        return status.value, state.value, waits_for

    def tables(self) -> list[tuple[type[Base], Iterator[dict[str, Any]]]]:
        """Every table, those that others point to first."""
        return [
            (User, self._users()),
            (UserSession, self._sessions()),
            (Grant, self._grants()),
            (Organisation, self._organisations()),
            (EmailDomain, ({"domain": f"company{n}.example", "organisation_id": n} for n in self._company_ids())),
            (OrganisationWord, self._company_words()),
            (Person, self._persons()),
            (
                PersonEmail,
                ({"person_id": n, "address": address_of(n, self.companies), "is_primary": True} for n in self._person_ids()),
            ),
            (PersonWord, self._person_words()),
            (Membership, self._memberships()),
            (Pool, self._pools()),
            (Event, self._events()),
            (TierQuota, ({"event_id": 1, "tier": t or "none", "places": 100_000} for t in TIERS)),
            (CompanyQuota, self._quotas()),
            (Booking, self._bookings()),
            (BookingPool, self._booking_pools()),
            (Registration, self._registered()),
            (Tally, self._tallies()),
        ]

    def _company_ids(self) -> range:
        return range(1, self.companies + 1)

    def _person_ids(self) -> range:
        return range(1, self.people + 1)

    def _users(self) -> Iterator[dict[str, Any]]:
        for number, key in enumerate(self._logins(), 1):
            yield {"id": number, "email": f"{key}@events.example", "fs_uniquifier": key, "created_at": self.at}

    def _logins(self) -> list[str]:
        """The organizer's, then that of each company's admin: user n + 1 is the admin of company n."""
        return [ORGANIZER, *(admin_of(company) for company in range(1, min(self.companies, ADMINS) + 1))]

    def _sessions(self) -> Iterator[dict[str, Any]]:
        # The key of the session is the user's own text, so that whoever measures need not sign in.
        for number, key in enumerate(self._logins(), 1):
            yield {
                "user_id": number,
                "key_hash": hash_of(key),
                "methods": "password",
                "created_at": self.at,
                "seen_at": self.database.moment(datetime.now(UTC)),
            }

    def _grants(self) -> Iterator[dict[str, Any]]:
        yield {"user_id": 1, "role": Role.ORGANIZER.value, "granted_by": "bench", "granted_at": self.at}

    def _company_name(self, n: int) -> str:
        first, second, legal = FIRST.split(), SECOND.split(), LEGAL.split()
        return f"{first[n % len(first)]} {second[n // len(first) % len(second)]} {n} {legal[n % len(legal)]}"

    def _organisations(self) -> Iterator[dict[str, Any]]:
        types = [t.value for t in PartnerType]
        for n in self._company_ids():
            yield {
                "id": n,
                "name": self._company_name(n),
                "sort_key": fold(self._company_name(n)),
                "kind": "partner",
                "programme_id": f"KP-{100_000 + n}",
                "primary_type": types[n % len(types)],
                "tier_key": TIERS[n % len(TIERS)],
                "country_code": COUNTRIES[n % len(COUNTRIES)],
                "city": "Wien",
                "status": "active",
                "created_at": self.at,
                "updated_at": self.at,
            }

    def _company_words(self) -> Iterator[dict[str, Any]]:
        for n in self._company_ids():
            for word in company_words([self._company_name(n)], [f"company{n}.example"], [f"KP-{100_000 + n}"]):
                yield {"word": word, "organisation_id": n}

    def _persons(self) -> Iterator[dict[str, Any]]:
        for n, (given, family) in enumerate(self.names, 1):
            yield {
                "id": n,
                "given_name": given,
                "family_name": family,
                "sort_key": fold(f"{family} {given}"),
                "phone": f"+43 660 {n:07}" if n % 3 else "",
                "user_id": n + 1 if n <= min(self.companies, ADMINS) else None,
                "created_at": self.at,
                "updated_at": self.at,
            }

    def _person_words(self) -> Iterator[dict[str, Any]]:
        for n, (given, family) in enumerate(self.names, 1):
            for word in person_words(given, family, "", [address_of(n, self.companies)]):
                yield {"word": word, "person_id": n}

    def _memberships(self) -> Iterator[dict[str, Any]]:
        for n in self._person_ids():
            role = "admin" if n <= min(self.companies, ADMINS) else "member"
            yield {"person_id": n, "organisation_id": self._company(n), "role": role, "state": "active"}

    def _pools(self) -> Iterator[dict[str, Any]]:
        capacities: dict[int, int | None] = {1: 1_000_000, 7: RUSH_PLACES}
        quotas = {self._company_pool(c) for c in range(1, min(self.companies, self.registrations) + 1)}
        for n in [*range(1, 13), *sorted(quotas)]:
            taken, waiting = self.seats.pools.get(n, [0, 0])
            capacity = capacities.get(n) if n < 13 else taken if waiting else 100_000
            yield {"id": n, "capacity": capacity, "taken": taken, "waiting": waiting}

    def _events(self) -> Iterator[dict[str, Any]]:
        for n, slug in enumerate((SLUG, EMPTY_SLUG, RUSH_SLUG, OPENING_SLUG), 1):
            yield {
                "id": n,
                "slug": slug,
                "title": f"Partner {slug.replace('-', ' ')} 2099",
                "summary": "Two days with the people who build and sell it.",
                "description": PARAGRAPH * 12,
                "description_html": f"<p>{PARAGRAPH}</p>" * 12,
                "status": EventStatus.PUBLISHED.value,
                "format": EventFormat.IN_PERSON.value,
                "venue": "Austria Center",
                "address": "Bruno-Kreisky-Platz 1",
                "city": "Wien",
                "country_code": "AT",
                "time_zone": "Europe/Vienna",
                "starts_at": self.database.moment(START.replace(year=2099)),
                "ends_at": self.database.moment(START.replace(year=2099) + timedelta(days=2)),
                "contact_email": "events@events.example",
                "sender_name": "Partner events",
                "pool_id": 3 * n - 2,
                "in_person_pool_id": 3 * n - 1,
                "virtual_pool_id": 3 * n,
                "created_at": self.at,
                "updated_at": self.at,
            }

    def _quotas(self) -> Iterator[dict[str, Any]]:
        for company in range(1, min(self.companies, self.registrations) + 1):
            yield {"event_id": 1, "organisation_id": company, "pool_id": self._company_pool(company)}

    def _moment(self, n: int) -> datetime | str:
        return self.database.moment(START + timedelta(seconds=20 * n))

    def _bookings(self) -> Iterator[dict[str, Any]]:
        for n, (_status, state, waits_for) in enumerate(self.places, 1):
            yield {"id": n, "size": 1, "state": state, "queued_at": self._moment(n), "waiting_for_id": waits_for}

    def _booking_pools(self) -> Iterator[dict[str, Any]]:
        for n in range(1, self.registrations + 1):
            for pool in (1, 2, self._company_pool(self._company(n))):
                yield {"booking_id": n, "pool_id": pool}

    def _registered(self) -> Iterator[dict[str, Any]]:
        for n, (status, _state, _waits_for) in enumerate(self.places, 1):
            cancelled = status == RegistrationStatus.CANCELLED.value
            yield {
                "id": n,
                "event_id": 1,
                "organisation_id": self._company(n),
                "person_id": n,
                "booking_id": n,
                "name": " ".join(self.names[n - 1]),
                "mode": Mode.IN_PERSON.value,
                "status": status,
                "code": f"C{n:08}",
                "token": f"{self.random.getrandbits(240):060x}"[:43],
                "uid": f"{n:08}-0000-4000-8000-000000000000",
                "note": "Arrives on the evening before." if n % 30 == 0 else "",
                "source": Source.COMPANY.value,
                "registered_at": self._moment(n),
                "registered_by": "petra.huber@company1.example",
                "cancelled_at": self._moment(n + 1000) if cancelled else None,
                "cancel_reason": "Illness" if cancelled else "",
                "checked_in_at": None,
            }

    def _tallies(self) -> Iterator[dict[str, Any]]:
        for (company, status), people in self.seats.tallies.items():
            yield {"event_id": 1, "organisation_id": company, "mode": Mode.IN_PERSON.value, "status": status, "people": people}


PARAGRAPH = (
    "Sessions on products and plans, certification on site, and time to talk with the people behind them. Rooms are"
    " close to the station; travel and hotel are booked by each company. Bring the colleagues who will do the work."
)
