"""A company's acts on its people and its profile. Each is of one company and tells it nothing about others."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from eventapp.accounts import queries as accounts
from eventapp.accounts.service import throttled
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.partners import queries, service
from eventapp.partners.company.queries import belongs_elsewhere, was_ours
from eventapp.partners.models import (
    JobFunction,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
)
from eventapp.partners.service.admins import require_another

# Invitations of one person by one company within an hour: the mail goes to somebody who did not ask for it.
INVITATIONS = 3


@dataclass(frozen=True)
class Colleague:
    """What a company's admin enters about somebody. `given_name` to `address` are none where they may not be changed."""

    given_name: str | None
    family_name: str | None
    phone: str | None
    address: str | None
    job_title: str
    function: JobFunction | None
    role: MembershipRole


def add_colleague(company: Organisation, entered: Colleague, *, by: Actor, at: datetime) -> bool:
    """Adds somebody to the company; whether they belong to it now.

    An address that somebody outside the company has makes nobody a colleague: the membership waits, and the company
    learns nothing of that person. Raises RuleError for somebody who is in the list already.
    """
    address, given, family = entered.address or "", entered.given_name or "", entered.family_name or ""
    known = queries.person_by_address(address)
    membership = queries.open_membership(known.id, company.id) if known is not None else None
    if known is not None and membership is not None and membership.state is MembershipState.ACTIVE:
        raise RuleError(_("%(name)s is in your list already.", name=known.full_name), "email", 409)
    asked = membership is not None and membership.matched_by not in (None, MatchedBy.COMPANY)
    joins = known is None or asked or (was_ours(known.id, company.id) and not belongs_elsewhere(known.id, company.id))
    service.add_person(
        company,
        given,
        family,
        address,
        state=MembershipState.ACTIVE if joins else MembershipState.REQUESTED,
        role=entered.role,
        job_title=entered.job_title,
        function=entered.function,
        phone=entered.phone or "",
        matched_by=None if joins else MatchedBy.COMPANY,
        by=by,
        at=at,
    )
    return joins


def change_colleague(
    membership: Membership, person: Person, entered: Colleague, *, version: int, by: Actor, at: datetime
) -> None:
    """Changes somebody of the company as they stood at `version`.

    Raises StaleError if somebody else saved meanwhile, and RuleError for an address that cannot be used: whose it is
    stays unsaid.
    """
    if entered.address:
        owner = queries.person_by_address(entered.address)
        if owner is not None and owner.id != person.id:
            raise RuleError(_("This address cannot be used here. Check it, or ask the vendor."), "email", 409)
    service.change_person(
        person,
        version=version,
        given_name=entered.given_name,
        family_name=entered.family_name,
        phone=entered.phone,
        address=entered.address,
        by=by,
        at=at,
    )
    service.change_membership(
        membership, person, role=entered.role, job_title=entered.job_title, function=entered.function, by=by, at=at
    )


def invite(membership: Membership, person: Person, *, by: Actor, at: datetime) -> None:
    """Invites somebody of the company to sign in. Raises RuleError when that was done often just now.

    Nobody of the vendor's becomes somebody of a company by having their address typed there.
    """
    wait = throttled("company_invitation", [str(membership.id)], [INVITATIONS], at=at, window=timedelta(hours=1))
    if wait is not None:
        raise RuleError(
            _("%(name)s was invited several times just now. Try again in an hour.", name=person.full_name), status=429
        )
    address = queries.address_of(person.id)
    login = accounts.user_by_address(address)
    if login is not None and login.id != person.user_id and login.grants:
        raise RuleError(_("%(address)s cannot be invited here. Ask the vendor.", address=address))
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
