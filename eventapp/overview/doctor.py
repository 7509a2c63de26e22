"""Whether the database still keeps its promises: recounts what is counted, and looks for what must never be.

Reads only. Work is grouped in the database or done in portions, so memory does not grow with the rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, or_, select, text
from sqlalchemy.exc import DBAPIError

from eventapp.agenda.own.counting import differing
from eventapp.audit import chain
from eventapp.core.db import db, reading, rollback
from eventapp.events.models import CompanyQuota, Event, Mode
from eventapp.events.queries import astray_pools
from eventapp.groups import counting as groups
from eventapp.mail.models import OutboxMail
from eventapp.mail.queries import is_stuck
from eventapp.overview import migrations
from eventapp.partners.models import (
    IN_PROGRAMME,
    Alias,
    EmailDomain,
    Identifier,
    Organisation,
    OrganisationWord,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.partners.rules import company_words, person_words
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.places.queries import astray, idle, miscounts, torn
from eventapp.plans.signing.verifying import changed_versions
from eventapp.registrations.blocks import counting as blocks
from eventapp.registrations.blocks.models import BlockClaim
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus, Source
from eventapp.registrations.tallies import miscounted
from eventapp.training.enrolling import counting as enrolments

PORTION = 1000
DETAILS = 10
# What a booking's state must be for each status of its registration.
STATES = (
    (RegistrationStatus.CONFIRMED, BookingState.HELD),
    (RegistrationStatus.OFFERED, BookingState.OFFERED),
    (RegistrationStatus.WAITING, BookingState.WAITING),
    (RegistrationStatus.CANCELLED, BookingState.RELEASED),
    (RegistrationStatus.PENDING, BookingState.RELEASED),
    (RegistrationStatus.DECLINED, BookingState.RELEASED),
)


class Remark(str):
    """A line about what was checked that is no fault."""


@dataclass(frozen=True)
class Check:
    """A promise, and the function that finds what breaks it, one line each. `warns`: broken, it is no damage yet.

    `find_all` is what a strict examination runs instead, where `find` does not look at everything.
    """

    name: str
    title: str
    find: Callable[[datetime], Iterable[str]]
    warns: bool = False
    find_all: Callable[[datetime], Iterable[str]] | None = None


@dataclass(frozen=True)
class Result:
    """What a check found: how many, and the first of them."""

    check: Check
    found: int
    details: list[str]

    @property
    def level(self) -> str:
        """ok, warning or error."""
        if not self.found:
            return "ok"
        return "warning" if self.check.warns else "error"


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything inside sees the database at one moment, and cannot change it. On SQLite each read transaction is such.

    Without it a registration that commits between two counts would look like damage.
    """
    rollback()
    with reading():
        try:
            if db.engine.dialect.name == "postgresql":
                db.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
            yield
        finally:
            rollback()


def examine(at: datetime, progress: Callable[[int, int], None] | None = None, *, strict: bool = False) -> list[Result]:
    """Runs every check as of `at`. If the tables are not those of this version, only that is reported.

    `strict` follows the whole log, not only its latest entries.
    """
    results = []
    for number, check in enumerate(CHECKS):
        if progress:
            progress(number, len(CHECKS))
        results.append(_run(check, at, strict))
        if check.find is not_migrated and results[-1].found:
            break
    if progress:
        progress(len(CHECKS), len(CHECKS))
    return results


def _run(check: Check, at: datetime, strict: bool) -> Result:
    details, found = [], 0
    try:
        for line in (check.find_all if strict and check.find_all else check.find)(at):
            found += not isinstance(line, Remark)
            if found <= DETAILS:
                details.append(line)
    except DBAPIError as error:
        rollback()
        return Result(check, found + 1, [*details, f"could not be checked: {error.orig}"])
    return Result(check, found, details)


def not_migrated(_at: datetime) -> Iterator[str]:
    """The revision, if it is not the newest."""
    if not migrations.at_head():
        yield f"at revision {migrations.revision() or 'none'}; run: eventapp migrate"


def broken_file(_at: datetime) -> Iterator[str]:
    """What SQLite says of its own file; Postgres looks after itself."""
    if db.engine.dialect.name == "sqlite":
        yield from (row[0] for row in db.session.execute(text("PRAGMA integrity_check(100)")) if row[0] != "ok")


def dangling_references(_at: datetime) -> Iterator[str]:
    """Rows that refer to rows that are gone. Only SQLite can be written to with foreign keys off."""
    if db.engine.dialect.name == "sqlite":
        for table, row, parent, _key in db.session.execute(text("PRAGMA foreign_key_check")):
            yield f"{table} {row}: refers to a {parent} that does not exist"


def miscounted_pools(_at: datetime) -> Iterator[str]:
    """Pools whose counters differ from their bookings."""
    for wrong in miscounts():
        if wrong.taken != wrong.counted:
            yield f"pool {wrong.pool_id}: {wrong.taken} taken, its bookings hold {wrong.counted}"
        if wrong.waiting != wrong.counted_waiting:
            yield f"pool {wrong.pool_id}: {wrong.waiting} waiting, {wrong.counted_waiting} bookings wait for it"


def overfull_pools(_at: datetime) -> Iterator[str]:
    """Pools above their capacity by more or less than an organizer has allowed."""
    above = case((Pool.taken > Pool.capacity, Pool.taken - Pool.capacity), else_=0)
    query = select(Pool.id, Pool.taken, Pool.capacity, Pool.overbooked).where(Pool.overbooked != above).order_by(Pool.id)
    for pool_id, taken, capacity, overbooked in db.session.execute(query):
        yield f"pool {pool_id}: {taken} taken of {'any number' if capacity is None else capacity}, overbooked by {overbooked}"


def idle_places(_at: datetime) -> Iterator[str]:
    """Pools with room for whoever is first in their queue. A group that does not fit yet rightly holds up the others."""
    for pool, booking, size in idle():
        limit = "any number" if pool.capacity is None else pool.capacity
        yield f"pool {pool.id}: {pool.taken} of {limit} places taken, yet booking {booking.id} waits for {size}"


def wrong_tallies(_at: datetime) -> Iterator[str]:
    """Totals of an event that differ from its registrations."""
    for (event_id, organisation_id, mode, status), kept, counted in miscounted():
        yield f"event {event_id}, company {organisation_id}, {mode}, {status}: {kept} in the tally, {counted} registrations"


def wrong_states(_at: datetime) -> Iterator[str]:
    """Registrations that say something else than their booking."""
    right = or_(*((Registration.status == status) & (Booking.state == state) for status, state in STATES))
    query = select(Registration.id, Registration.status, Booking.state).join(Booking, Booking.id == Registration.booking_id)
    for registration_id, status, state in db.session.execute(query.where(~right).order_by(Registration.id)):
        yield f"registration {registration_id}: {status}, but its places are {state}"


def wrong_pools(_at: datetime) -> Iterator[str]:
    """Active registrations that do not count against exactly their event, mode and company; and queues for other pools."""
    mode_pool = case((Registration.mode == Mode.IN_PERSON, Event.in_person_pool_id), else_=Event.virtual_pool_id)
    fits = or_(
        BookingPool.pool_id == Event.pool_id, BookingPool.pool_id == mode_pool, BookingPool.pool_id == CompanyQuota.pool_id
    )
    pools, fitting = func.count(BookingPool.pool_id), func.coalesce(func.sum(case((fits, 1), else_=0)), 0).cast(Integer)
    query = (
        select(Registration.id, pools, fitting)
        .join(Event, Event.id == Registration.event_id)
        .outerjoin(
            CompanyQuota,
            (CompanyQuota.event_id == Registration.event_id) & (CompanyQuota.organisation_id == Registration.organisation_id),
        )
        .outerjoin(BookingPool, BookingPool.booking_id == Registration.booking_id)
        .where(Registration.status.not_in(ENDED), ~exists().where(BlockClaim.registration_id == Registration.id))
        .group_by(Registration.id)
        .having(or_(pools != 3, fitting != 3))
        .order_by(Registration.id)
    )
    for registration_id, n, right in db.session.execute(query):
        yield f"registration {registration_id}: counts against {n} pools, {right} of them of its event, mode and company"
    for booking_id, pool_id in astray():
        yield f"booking {booking_id}: waits for pool {pool_id}, which neither it nor its group needs"


def torn_groups(_at: datetime) -> Iterator[str]:
    """Groups that come together or not at all, but wait for different pools."""
    for group_id in torn():
        yield f"group {group_id}: its bookings wait for different pools"


def wrong_blocks(_at: datetime) -> Iterator[str]:
    """Seat blocks that hold more or fewer places than they say, and people whose place is counted elsewhere."""
    for wrong in blocks.miscounted():
        state = "released" if wrong.released else f"of {wrong.size} places"
        yield f"block {wrong.block_id}: {state}, its booking holds {wrong.held}, its shares {wrong.shared}"
    for registration_id in blocks.stray_claims():
        yield f"registration {registration_id}: its place is not counted in its block, or in the event after the release"


def wrong_places_in_groups(_at: datetime) -> Iterator[str]:
    """Circles and tables that count other people than sit there, and places that nobody should have."""
    for group_id, taken, sitting in groups.miscounted():
        yield f"group {group_id}: {taken} places taken, {sitting} people sit there"
    for set_id, registration_id in groups.astray():
        yield f"set {set_id}: registration {registration_id} has a place that is not held for it"


def wrong_session_places(_at: datetime) -> Iterator[str]:
    """Places in sessions whose booking says something else, or whose holder has no place at the event."""
    for sign_up_id, session_id in differing():
        yield f"session {session_id}: sign-up {sign_up_id} is not what its booking and registration say"


def wrong_enrolments(_at: datetime) -> Iterator[str]:
    """Enrolments that do not stand where their registration, or the place in the session, does."""
    yield from enrolments.differing()


def registered_twice(_at: datetime) -> Iterator[str]:
    """People with more than one active registration for an event."""
    query = (
        select(Registration.event_id, Registration.person_id, func.count())
        .where(Registration.status.not_in(ENDED))
        .group_by(Registration.event_id, Registration.person_id)
        .having(func.count() > 1)
        .order_by(Registration.event_id, Registration.person_id)
    )
    for event_id, person_id, n in db.session.execute(query):
        yield f"event {event_id}: person {person_id} is registered {n} times"


def without_address(_at: datetime) -> Iterator[str]:
    """Active registrations of people whom no mail can reach; who stood at the door or comes along needs no address."""
    has_address = exists().where(PersonEmail.person_id == Registration.person_id, PersonEmail.is_primary)
    query = select(Registration.id, Registration.person_id).where(
        Registration.status.not_in(ENDED), Registration.source != Source.WALK_IN, Registration.guest_of_id.is_(None), ~has_address
    )
    for registration_id, person_id in db.session.execute(query.order_by(Registration.id)):
        yield f"registration {registration_id}: person {person_id} has no primary address"


def companies_not_found(_at: datetime) -> Iterator[str]:
    """Companies that a search for one of their own words would miss. Merged ones are not to be found any more."""
    columns = (Organisation.id, Organisation.name, Organisation.legal_name, Organisation.programme_id)
    for rows in _portions(*columns, where=and_(Organisation.merged_into_id.is_(None), IN_PROGRAMME)):
        names = _grouped(Alias.organisation_id, Alias.name, rows)
        domains = _grouped(EmailDomain.organisation_id, EmailDomain.domain, rows)
        numbers = _grouped(Identifier.organisation_id, Identifier.value, rows)
        there = _grouped(OrganisationWord.organisation_id, OrganisationWord.word, rows)
        for id_, name, legal_name, programme_id in rows:
            wanted = company_words([name, legal_name, *names[id_]], domains[id_], [programme_id, *numbers[id_]])
            yield from _missing(f"company {id_}", wanted, there[id_])


def people_not_found(_at: datetime) -> Iterator[str]:
    """People whom a search for one of their own words would miss. Merged ones are not to be found any more."""
    columns = (Person.id, Person.given_name, Person.family_name, Person.badge_name)
    for rows in _portions(*columns, where=Person.merged_into_id.is_(None)):
        addresses = _grouped(PersonEmail.person_id, PersonEmail.address, rows)
        there = _grouped(PersonWord.person_id, PersonWord.word, rows)
        for id_, given, family, badge in rows:
            yield from _missing(f"person {id_}", person_words(given, family, badge, addresses[id_]), there[id_])


def stuck_mails(at: datetime) -> Iterator[str]:
    """Mails that failed lately, or wait for too long."""
    query = select(OutboxMail.id, OutboxMail.state, OutboxMail.created_at, OutboxMail.error).where(is_stuck(at))
    for mail_id, state, created_at, error in db.session.execute(query.order_by(OutboxMail.id)):
        yield f"mail {mail_id}: {state}, written {created_at:%Y-%m-%d %H:%M} UTC" + (f", {error}" if error else "")


def pools_astray(at: datetime) -> Iterator[str]:
    """Companies whose places for a coming event are not those of their tier, and no exception either."""
    for pool in astray_pools(at):
        has, wants = (("any number of" if n is None else n) for n in (pool.capacity, pool.places))
        yield f"event {pool.event_id}, company {pool.organisation_id}: {has} places, its tier has {wants}"


def broken_log(_at: datetime) -> Iterator[str]:
    """What is wrong with the latest thousand entries of the log, and with its head."""
    return _log(chain.verify(everything=False))


def broken_chain(_at: datetime) -> Iterator[str]:
    """What is wrong with the log from its first entry on."""
    return _log(chain.verify(everything=True))


def _log(found: chain.Found) -> Iterator[str]:
    yield from found.broken
    if found.entries:
        yield Remark(f"{found.entries:,} entries followed up to the head {(found.head or 'none')[:12]}")
    if found.unsealed:
        yield Remark(f"{found.unsealed:,} entries from before the chain")
    if found.erased:
        yield Remark(f"{found.erased:,} of them with erased names")


def _portions(id_column: Any, *columns: Any, where: ColumnElement[bool]) -> Iterator[list[Any]]:
    """The rows of a table that fit, in portions, by id."""
    last = 0
    query = select(id_column, *columns).where(where).order_by(id_column).limit(PORTION)
    while rows := list(db.session.execute(query.where(id_column > last))):
        yield rows
        last = rows[-1][0]


def _grouped(owner: Any, value: Any, rows: list[Any]) -> dict[int, list[str]]:
    """The values that belong to a portion of rows, by the id of their owner."""
    found: dict[int, list[str]] = defaultdict(list)
    for id_, text_ in db.session.execute(select(owner, value).where(owner.between(rows[0][0], rows[-1][0]))):
        found[id_].append(text_)
    return found


def _missing(who: str, wanted: set[str], there: list[str]) -> Iterator[str]:
    missing = sorted(wanted.difference(there))
    if missing:
        yield f"{who}: is not found by {', '.join(missing[:5])}"


CHECKS = (
    Check("migrations", "The tables are those of this version", not_migrated),
    Check("file", "The database file is whole", broken_file),
    Check("references", "Everything that is referred to exists", dangling_references),
    Check("pools", "Pools agree with their bookings", miscounted_pools),
    Check("capacity", "No pool holds more than allowed", overfull_pools),
    Check("tallies", "Totals agree with the registrations", wrong_tallies),
    Check("states", "Registrations and their places agree", wrong_states),
    Check("booked_pools", "Registrations count against their event, mode and company", wrong_pools),
    Check("groups", "Groups wait together", torn_groups),
    Check("blocks", "Seat blocks hold the places that they say", wrong_blocks),
    Check("places_in_groups", "Circles and tables hold the people who sit there", wrong_places_in_groups),
    Check("session_places", "Places in sessions agree with who has them", wrong_session_places),
    Check("enrolments", "Enrolments stand where their registrations stand", wrong_enrolments),
    Check("registered_once", "Nobody is registered twice for an event", registered_twice),
    Check("addresses", "Everybody registered has an address", without_address),
    Check("log", "The log is whole and unchanged", broken_log, find_all=broken_chain),
    Check("plan_versions", "Versions of joint plans have the hash that was signed", changed_versions),
    Check("company_words", "Companies are found by all their words", companies_not_found),
    Check("people_words", "People are found by all their words", people_not_found),
    Check("tier_places", "Companies have the places of their tier", pools_astray, warns=True),
    Check("idle_places", "Nobody waits for a place that is free", idle_places, warns=True),
    Check("mail", "No mail is stuck", stuck_mails, warns=True),
)
