"""Who is enrolled in a run, with everything by which a line can be found to be theirs; and who works for the vendor."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from eventapp.accounts.models import Grant, User
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.partners.models import EmailDomain, FreeMailDomain, Organisation, Person, PersonEmail
from eventapp.registrations.join_links import join_token
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training.attendance.matching import Enrolled, Roster, key_of
from eventapp.training.models import AttendanceInterval, Enrolment, EnrolmentState, MatchedRow, Run


def roster(run: Run) -> Roster:
    """Those who hold a seat in the run, and what was decided by hand about lines before."""
    query = (
        select(Enrolment.id, Registration, Person.given_name, Person.family_name, SHOWN_COMPANY.label("company"))
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED)
        .order_by(Registration.name, Enrolment.id)
    )
    rows = db.session.execute(query).all()
    addresses: dict[int, set[str]] = defaultdict(set)
    owned = select(Enrolment.id, PersonEmail.address).join(PersonEmail, PersonEmail.person_id == Enrolment.person_id)
    for enrolment_id, address in db.session.execute(owned.where(Enrolment.run_id == run.id)):
        addresses[enrolment_id].add(address.lower())
    session = run.session.code if run.session is not None else ""
    people = [
        Enrolled(
            enrolment_id,
            registration.name,
            company,
            names=(f"{given} {family}".strip(), registration.badge_name),
            addresses=frozenset(addresses[enrolment_id]),
            tokens=frozenset({join_token(registration), join_token(registration, session), registration.code}),
        )
        for enrolment_id, registration, given, family, company in rows
    ]
    return Roster(people, _decided(run.id))


def _decided(run_id: int) -> dict[tuple[str, str], int]:
    """What somebody has said by hand about lines of this run: name and address → enrolment."""
    query = select(AttendanceInterval.name, AttendanceInterval.address, AttendanceInterval.enrolment_id).where(
        AttendanceInterval.run_id == run_id,
        AttendanceInterval.matched == MatchedRow.HAND,
        AttendanceInterval.name != "",
    )
    found = db.session.execute(query)
    return {(key_of(name), address): enrolment_id for name, address, enrolment_id in found if enrolment_id is not None}


@dataclass(frozen=True)
class Staff:
    """The vendor's own people by address, and the domains that are the vendor's alone."""

    addresses: frozenset[str]
    domains: frozenset[str]

    def has(self, address: str) -> bool:
        """Whether this is an address of the vendor's."""
        return bool(address) and (address in self.addresses or domain_of(address) in self.domains)


def staff() -> Staff:
    """Everybody with a role at the vendor; their domains, where no company and no mail provider has them."""
    query = select(User.email).where(select(Grant.user_id).where(Grant.user_id == User.id).exists())
    addresses = frozenset(address.lower() for address in db.session.scalars(query))
    domains = {domain_of(address) for address in addresses}
    if domains:
        domains -= set(db.session.scalars(select(EmailDomain.domain).where(EmailDomain.domain.in_(domains))))
        domains -= set(db.session.scalars(select(FreeMailDomain.domain).where(FreeMailDomain.domain.in_(domains))))
    return Staff(addresses, frozenset(domains))
