"""Whom a batch reaches: the people and companies that its source names, and who of them gets no invitation, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, String, and_, cast, exists, literal, or_, select, type_coerce
from werkzeug.datastructures import MultiDict

from eventapp.core.db import MAX_ID, db
from eventapp.core.email import domain_of
from eventapp.events.models import Event
from eventapp.events.queries import event_by_id
from eventapp.partners import listing as companies
from eventapp.partners.models import (
    IN_PROGRAMME,
    Country,
    EmailDomain,
    FreeMailDomain,
    Membership,
    MembershipState,
    Organisation,
    Person,
    PersonEmail,
    Tier,
)
from eventapp.partners.territory.queries import within
from eventapp.places.models import Booking
from eventapp.registrations import hooks
from eventapp.registrations import listing as registrations
from eventapp.registrations.invitations import queries
from eventapp.registrations.invitations.models import OPEN, Invitation, InvitationBatch, InvitationState
from eventapp.registrations.invitations.rules import Counts, Exclusion
from eventapp.registrations.models import ENDED, Registration

# Ids in one statement; SQLite takes 32,766 values.
CHUNK = 5000
# More than any programme has: a list that is longer was not meant.
MOST = 50_000
# What `_known` calls whoever is registered.
REGISTERED = "registered"
# The preview shows so many of them by name.
SHOWN = 50
Line = TypeVar("Line")


@dataclass(frozen=True)
class Recipient:
    """A person (with an address) or a company (without one) on the list."""

    address: str = ""
    given_name: str = ""
    family_name: str = ""
    person_id: int | None = None
    organisation_id: int | None = None
    time_zone: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What makes two lines the same recipient."""
        return (self.address, 0) if self.address else ("", self.organisation_id or 0)


def of_batch(batch: InvitationBatch, now: datetime) -> tuple[list[Recipient], int]:
    """Everybody whom the batch names, each once, and how many stood there twice."""
    found: dict[tuple[str, int], Recipient] = {}
    twice = 0
    for one in islice(_named(batch, now), MOST):
        if one.key in found:
            twice += 1
        else:
            found[one.key] = one
    return list(found.values()), twice


def _named(batch: InvitationBatch, now: datetime) -> Iterator[Recipient]:
    source = batch.source
    yield from _typed(batch.people)
    ids = source.get("company_ids") or []
    if ids:
        yield from _companies(Organisation.id.in_(ids))
    if source.get("companies") is not None:
        mine = [within(source["manager_id"])] if source.get("manager_id") else []
        yield from _companies(*companies.table("").condition(_args(source["companies"])), *mine)
    if source.get("event_id"):
        yield from _at_event(event_by_id(source["event_id"]), _args(source.get("registrations") or ""), now)


def _args(query: str) -> "MultiDict[str, str]":
    return MultiDict(parse_qsl(query))


def _typed(lines: Sequence[Sequence[str]]) -> Iterator[Recipient]:
    """Typed and pasted people. Whoever we know by any address is invited by name and at the primary one."""
    for portion in portions(lines):
        addresses = [line[2] for line in portion]
        known = _people_by_address(addresses)
        hints = _companies_of([r.person_id for r in known.values() if r.person_id], addresses, {line[3] for line in portion})
        for given, family, address, programme_id in portion:
            person = known.get(address)
            hint = hints.get(person.person_id or 0) if person else hints.get(address)
            found = person or Recipient(address=address, given_name=given, family_name=family)
            yield replace(found, organisation_id=hints.get((programme_id, "id"), hint))


def _people_by_address(addresses: Iterable[str]) -> dict[str, Recipient]:
    primary = PersonEmail.__table__.alias("primary_address")
    query = (
        select(PersonEmail.address, Person.id, Person.given_name, Person.family_name, primary.c.address, Person.time_zone)
        .join(Person, Person.id == PersonEmail.person_id)
        .join(primary, and_(primary.c.person_id == Person.id, primary.c.is_primary))
        .where(PersonEmail.address.in_(list(addresses)))
    )
    return {
        asked: Recipient(address, given, family, id_, time_zone=zone)
        for asked, id_, given, family, address, zone in db.session.execute(query)
    }


Hint = int | str | tuple[str, str]


def _companies_of(person_ids: Sequence[int], addresses: Sequence[str], programme_ids: Iterable[str] = ()) -> dict[Hint, int]:
    """The company of each person by id, of each address by its domain, where there is exactly one, and of (ID, "id")."""
    members = select(literal("person"), cast(Membership.person_id, String), Membership.organisation_id).where(
        Membership.person_id.in_(list(person_ids)), Membership.state == MembershipState.ACTIVE
    )
    domains = (
        select(literal("domain"), EmailDomain.domain, EmailDomain.organisation_id)
        .join(Organisation, Organisation.id == EmailDomain.organisation_id)
        .where(
            EmailDomain.domain.in_({domain_of(address) for address in addresses}),
            Organisation.merged_into_id.is_(None),
            ~exists().where(FreeMailDomain.domain == EmailDomain.domain),
        )
    )
    named = select(literal("id"), Organisation.programme_id, Organisation.id).where(
        Organisation.programme_id.in_({id_ for id_ in programme_ids if id_}), Organisation.merged_into_id.is_(None)
    )
    found: dict[Hint, set[int]] = {}
    by_domain: dict[str, set[int]] = {}
    for what, key, organisation_id in db.session.execute(members.union_all(domains, named)):
        if what == "domain":
            by_domain.setdefault(key, set()).add(organisation_id)
        else:
            found.setdefault(int(key) if what == "person" else (key, "id"), set()).add(organisation_id)
    for address in addresses:
        found.setdefault(address, by_domain.get(domain_of(address), set()))
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}


def _companies(*conditions: ColumnElement[bool]) -> Iterator[Recipient]:
    query = (
        select(Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Organisation.merged_into_id.is_(None), IN_PROGRAMME, *conditions)
        .order_by(Organisation.sort_key, Organisation.id)
    )
    for organisation_id in db.session.scalars(query.limit(MOST)).all():
        yield Recipient(organisation_id=organisation_id)


def _at_event(event: Event, args: "MultiDict[str, str]", now: datetime) -> Iterator[Recipient]:
    """The people behind a list of another event's registrations: at the company that they belong to now."""
    conditions = registrations.table(event, "", args, now).condition(args)
    query = (
        select(
            Person.id,
            Person.given_name,
            Person.family_name,
            PersonEmail.address,
            Registration.organisation_id,
            Person.time_zone,
        )
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(Registration.event_id == event.id, Person.erased_at.is_(None), *conditions)
        .order_by(Person.sort_key, Person.id)
    )
    for portion in portions(db.session.execute(query.limit(MOST)).all()):
        now_at = _companies_of([row[0] for row in portion], [])
        for person_id, given, family, address, organisation_id, zone in portion:
            yield Recipient(address, given, family, person_id, now_at.get(person_id, organisation_id), zone)


def portions(lines: Sequence[Line], size: int = CHUNK) -> Iterator[Sequence[Line]]:
    """`lines` some at a time."""
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


@dataclass(frozen=True)
class Portion:
    """Some of the recipients: who of them gets no invitation, by key, and why; and their companies by id."""

    found: Sequence[Recipient]
    out: dict[tuple[str, int], Exclusion]
    companies: dict[int, queries.Reached]

    @property
    def going(self) -> list[Recipient]:
        """Those who get an invitation."""
        return [one for one in self.found if one.key not in self.out]

    def company(self, one: Recipient) -> str:
        """The name of the company that somebody is of, or that is invited; empty for none."""
        found = self.companies.get(one.organisation_id or 0)
        return found.name if found is not None else ""


def looked_at(event: Event, found: Sequence[Recipient]) -> Portion:
    """These recipients as they stand at this moment. A few statements for a portion of any size."""
    person_ids = [r.person_id for r in found if r.address and r.person_id is not None]
    company_ids = {r.organisation_id for r in found if r.organisation_id is not None}
    reached = queries.reached(company_ids, {r.organisation_id for r in found if not r.address and r.organisation_id})
    known = _known(event, found)
    barred = hooks.barred(person_ids)
    out: dict[tuple[str, int], Exclusion] = {}
    for one in found:
        company = reached.get(one.organisation_id or 0)
        of_person = known.get(("person", one.person_id)) if one.person_id else None
        why = of_person if of_person is Exclusion.REGISTERED else known.get(one.key) or of_person
        if why is not Exclusion.REGISTERED and one.person_id in barred:
            why = Exclusion.OBJECTED
        elif not one.address and (company is None or not company.admins):
            why = Exclusion.NO_ADDRESS
        if company is not None and company.closed:
            why = Exclusion.SUSPENDED
        if why is not None:
            out[one.key] = why
    return Portion(found, out, reached)


def _known(event: Event, found: Sequence[Recipient]) -> dict[tuple[str, int], Exclusion]:
    """Who is invited already, has said no, or is registered: by recipient, and by ("person", id)."""
    addresses = [r.address for r in found if r.address]
    ids = [r.person_id for r in found if r.person_id is not None]
    company_ids = [r.organisation_id for r in found if not r.address]
    state = type_coerce(Invitation.state, String)
    invited = select(
        Invitation.id, Invitation.address, Invitation.person_id, Invitation.organisation_id, state.label("state")
    ).where(
        Invitation.event_id == event.id,
        Invitation.state.in_((*OPEN, InvitationState.DONE, InvitationState.DECLINED)),
        or_(
            Invitation.address.in_(addresses),
            Invitation.person_id.in_(ids),
            and_(Invitation.address == "", Invitation.organisation_id.in_(company_ids)),
        ),
    )
    registered = select(literal(MAX_ID), literal(""), Registration.person_id, literal(0), literal(REGISTERED)).where(
        Registration.event_id == event.id, Registration.person_id.in_(ids), Registration.status.not_in(ENDED)
    )
    out: dict[tuple[str, int], Exclusion] = {}
    # Later ones count: who declined and was invited again is invited; who is registered, is that.
    for _id, address, person_id, organisation_id, stands in db.session.execute(invited.union_all(registered).order_by("id")):
        if stands == REGISTERED and person_id is not None:
            out["person", person_id] = Exclusion.REGISTERED
            continue
        if stands == InvitationState.DONE and address:
            continue  # the registration says whether that still holds
        why = Exclusion.DECLINED if stands == InvitationState.DECLINED else Exclusion.INVITED
        out[(address, 0) if address else ("", organisation_id or 0)] = why
        if person_id is not None:
            out["person", person_id] = why
    return out


def count(event: Event, batch: InvitationBatch, now: datetime) -> tuple[Counts, list[tuple[Recipient, Exclusion | None, str]]]:
    """The batch in numbers, as sending it at this moment would find it, and the first of its recipients with their company."""
    found, twice = of_batch(batch, now)
    excluded: Counter[str] = Counter({Exclusion.TWICE.value: twice} if twice else {})
    people = companies_ = mails = no_company = 0
    first: list[tuple[Recipient, Exclusion | None, str]] = []
    for lines in portions(found):
        portion = looked_at(event, lines)
        excluded.update(portion.out[r.key].value for r in lines if r.key in portion.out)
        persons = [r for r in portion.going if r.address]
        whole = [r.organisation_id for r in portion.going if not r.address and r.organisation_id]
        people += len(persons)
        no_company += sum(r.organisation_id is None for r in persons)
        companies_ += len(whole)
        mails += len(persons) + sum(len(portion.companies[id_].admins) for id_ in whole)
        first += [(r, portion.out.get(r.key), portion.company(r)) for r in lines[: max(0, SHOWN - len(first))]]
    return Counts(people, companies_, mails, no_company, dict(excluded)), first
