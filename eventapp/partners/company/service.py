"""A company's acts on its people and its profile. Each is of one company and tells it nothing about others."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from eventapp.accounts import queries as accounts
from eventapp.accounts.models import User
from eventapp.accounts.service import throttled
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.once import fingerprint
from eventapp.partners import queries, service
from eventapp.partners.company.queries import belongs_elsewhere
from eventapp.partners.models import (
    JobFunction,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
)
from eventapp.partners.service import hooks
from eventapp.partners.service.admins import require_another

# Invitations of one person by one company within an hour: the mail goes to somebody who did not ask for it.
INVITATIONS = 3
# People entered within an hour who get a mail to confirm it: by one login, and mails to one address.
ENTERED = (60, 3)


@dataclass(frozen=True)
class Colleague:
    """What a company's admin enters about somebody. There is an `address` for somebody new only: it says who they are."""

    given_name: str | None
    family_name: str | None
    phone: str | None
    address: str | None
    job_title: str
    function: JobFunction | None
    role: MembershipRole


def add_colleague(company: Organisation, entered: Colleague, *, by: Actor, at: datetime) -> Membership:
    """Adds somebody to the company: at once where the address is of a domain that is the company's alone, or who has asked.

    Everybody else has to confirm it first, known to us or not, so that the company learns nothing of them and nobody is
    taken in by being typed. Raises RuleError for somebody who is in the list already.
    """
    address = entered.address or ""
    known = queries.person_by_address(address)
    current = queries.open_membership(known.id, company.id) if known is not None else None
    if known is not None and current is not None and current.state is MembershipState.ACTIVE:
        raise RuleError(_("%(name)s is in your list already.", name=current.name_of(known)), "email", 409)
    asked = current is not None and current.matched_by not in (None, MatchedBy.COMPANY)
    joins = asked or domain_of(address) in queries.sole_domains(company.id)
    person = service.add_person(
        company,
        entered.given_name or "",
        entered.family_name or "",
        address,
        state=MembershipState.ACTIVE if joins else MembershipState.REQUESTED,
        role=entered.role,
        job_title=entered.job_title,
        function=entered.function,
        phone=entered.phone or "",
        matched_by=None if joins else MatchedBy.COMPANY,
        typed=True,
        by=by,
        at=at,
    )
    made = queries.open_membership(person.id, company.id)
    assert made is not None, "it has just been made"
    if joins:
        hooks.joined(person, company, by=by, at=at)
    return made


def throttle_entering(address: str, *, by: User, at: datetime) -> None:
    """Counts the mails to people who did not ask for one. Raises RuleError (429) for too many."""
    if (
        throttled("colleague-mail", [f"user:{by.id}", f"address:{address}"], ENTERED, at=at, window=timedelta(hours=1))
        is not None
    ):
        raise RuleError(_("Many people were entered just now who get a mail. Try again in an hour."), status=429)


def take_back(entered: Membership, *, by: Actor, at: datetime) -> None:
    """Takes somebody back who was entered and has not confirmed yet. The log keeps it."""
    name = f"{entered.given_name} {entered.family_name}".strip()
    record(
        "membership.take_back",
        by=by,
        at=at,
        object_type="person",
        object_id=entered.person_id,
        object_name=name,
        person_id=entered.person_id,
        organisation_id=entered.organisation_id,
        changes={"state": [entered.state, None]},
    )
    db.session.delete(entered)
    db.session.flush()


def confirm(entered: Membership, person: Person, *, by: Actor, at: datetime) -> None:
    """The person says that they belong to the company: from now on it sees them as they are."""
    service.accept_membership(entered, person, by=by, at=at)


def version_of(membership: Membership, person: Person) -> str:
    """A fingerprint of what the company sees of somebody. What others change does not make its forms old."""
    return fingerprint(list(card_of(membership, person).items()))


def card_of(membership: Membership, person: Person) -> dict[str, str]:
    """What the company has entered about somebody, or else knows of them."""
    typed = membership.given_name is not None
    return {
        "given_name": (membership.given_name if typed else person.given_name) or "",
        "family_name": (membership.family_name if typed else person.family_name) or "",
        "phone": (membership.phone if typed else person.phone) or "",
        "job_title": membership.job_title,
        "function": membership.function.value if membership.function else "",
        "role": membership.role.value,
    }


def change_colleague(
    membership: Membership, person: Person, entered: Colleague, *, version: str, by: Actor, at: datetime
) -> None:
    """Changes somebody of the company as the company saw them at `version`.

    Name and phone of somebody whom another company knows too are changed for this company alone, which cannot tell the
    difference. Raises StaleError if somebody of the company saved meanwhile.
    """
    if version != version_of(membership, person):
        raise StaleError(_("Somebody else has saved this in the meantime."))
    given, family, phone = entered.given_name or "", entered.family_name or "", entered.phone or ""
    if belongs_elsewhere(person.id, membership.organisation_id):
        _change_card(membership, person, (given, family, phone), by=by, at=at)
    else:
        service.change_person(person, given_name=given, family_name=family, phone=phone, by=by, at=at)
        service.call(membership, person, given, family, phone)
    service.change_membership(
        membership, person, role=entered.role, job_title=entered.job_title, function=entered.function, by=by, at=at
    )


def _change_card(membership: Membership, person: Person, new: tuple[str, str, str], *, by: Actor, at: datetime) -> None:
    before = card_of(membership, person)
    names = ("given_name", "family_name", "phone")
    changes = {name: [before[name], value] for name, value in zip(names, new, strict=True) if before[name] != value}
    if not any(new[:2]):
        raise RuleError(_("Enter a name."), "family_name", 422)
    if not changes:
        return
    service.call(membership, person, *new)
    # Its version guards the membership too.
    person.updated_at = at
    db.session.flush()
    # Without the company, as `change_person` writes it: else its log would tell the difference.
    record(
        "person.change",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=membership.name_of(person),
        person_id=person.id,
        changes=changes,
    )


def invite(membership: Membership, person: Person, *, by: Actor, at: datetime) -> None:
    """Invites somebody of the company to sign in. Raises RuleError when that was done often just now.

    Nobody of the vendor's becomes somebody of a company by having their address typed there.
    """
    wait = throttled("company_invitation", [str(membership.id)], [INVITATIONS], at=at, window=timedelta(hours=1))
    if wait is not None:
        raise RuleError(
            _("%(name)s was invited several times just now. Try again in an hour.", name=membership.name_of(person)), status=429
        )
    address = queries.address_of(person.id)
    login = accounts.user_by_address(address)
    if login is not None and login.id != person.user_id and login.grants:
        raise RuleError(_("%(address)s cannot be invited here. Ask the vendor.", address=membership.address or address))
    service.give_login(membership, person, by=by, at=at)


def leave(membership: Membership, person: Person, reason: str, *, by: Actor, at: datetime) -> None:
    """Ends a membership of the company. Raises RuleError for its last admin."""
    require_another(membership, at=at)
    service.end_membership(membership, person, reason=reason, by=by, at=at)


@dataclass(frozen=True)
class Profile:
    """What a company says about itself."""

    website: str
    phone: str
    about: str
    city: str
    time_zone: str
    language: str


def profile_of(company: Organisation) -> Profile:
    """The company's own facts as they are saved."""
    return Profile(company.website, company.phone, company.about, company.city, company.time_zone, company.language)


def change_profile(company: Organisation, profile: Profile, *, version: int, by: Actor, at: datetime) -> None:
    """Changes the company's own facts as they stood at `version`. Raises StaleError if somebody else saved meanwhile."""
    if company.version != version:
        raise StaleError(_("Somebody else has saved this company in the meantime."))
    before, after = asdict(profile_of(company)), asdict(profile)
    changes = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    if not changes:
        return
    for name, value in after.items():
        setattr(company, name, value)
    company.updated_at = at
    db.session.flush()
    record(
        "company.profile",
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        organisation_id=company.id,
        changes=changes,
    )


def set_auto_join(company: Organisation, on: bool, *, by: Actor, at: datetime) -> None:
    """Lets people with an address of the company's domains join without being asked, or no longer.

    Raises RuleError for a company without domains.
    """
    if on and not queries.domains_of(company.id):
        raise RuleError(_("Your company has no mail domain in our list. Ask the vendor to add it first."))
    if company.auto_join == on:
        return
    changes = {"auto_join": [company.auto_join, on]}
    company.auto_join, company.updated_at = on, at
    db.session.flush()
    record(
        "company.auto_join",
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        organisation_id=company.id,
        changes=changes,
    )
