"""What a company's provider may do: sign in the company's own people, and nobody else."""

from datetime import datetime

from sqlalchemy import select

from eventapp.accounts.models import IdentityProvider, User
from eventapp.accounts.oidc import providers
from eventapp.accounts.oidc.providers import ProviderDetails
from eventapp.accounts.oidc.rules import COMPANY_PREFIX
from eventapp.accounts.permissions import roles_of
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.wall import whole
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.joining import queries as joining
from eventapp.partners.joining.service import hold, link
from eventapp.partners.models import CompanyProvider, MatchedBy, Membership, MembershipState, Organisation
from eventapp.partners.providers import queries


def set_up(company: Organisation, details: ProviderDetails, *, production: bool, by: Actor, at: datetime) -> IdentityProvider:
    """Gives the company a provider of its own. Raises `RuleError` for details that will not do."""
    made = providers.add(f"{COMPANY_PREFIX}{company.id}", details, for_staff=False, production=production, by=by, at=at)
    db.session.add(CompanyProvider(organisation_id=company.id, provider_id=made.id))
    db.session.flush()
    return made


class OwnPeople:
    """The answers that signing in by a company's provider asks for: see `accounts.oidc.companies.Companies`."""

    def owns(self, provider_id: int, address: str) -> bool:
        """Whether the domain of the address is that of the provider's company, which still takes part."""
        return joining.owns_domain(queries.company_of(provider_id).id, address)

    def admit(self, provider_id: int, user: User, *, by: Actor, at: datetime) -> None:
        """Makes the login a member of the company, if it is not.

        Raises `RuleError` for somebody whose membership has ended or was declined: the company's admins decide that
        anew; and for an address of somebody who has another login.
        """
        company = queries.company_of(provider_id)
        person = link(user, by=by, at=at)
        if person is None:
            raise RuleError(_("%(address)s belongs to another login. Log in with that one.", address=user.email))
        hold(person)
        current = partners.open_membership(person.id, company.id)
        if current is None and _was_member(person.id, company.id):
            raise _not_a_member(company)
        if current is not None and current.state is MembershipState.REQUESTED:
            current.matched_by = MatchedBy.PROVIDER
        address = partners.address_of(person.id)
        people.add_person(company, "", "", address, matched_by=MatchedBy.PROVIDER, by=by, at=at)

    def check(self, provider_id: int, user: User, *, at: datetime) -> None:
        """Raises `RuleError` for somebody who is no member, is a member elsewhere too, or works for the vendor.

        Whoever runs a company's provider could come in as any of its people; so it opens what is that company's alone.
        """
        company = queries.company_of(provider_id)
        seats = {seat.company_id for seat in partners.seats_of(user.id, at.date())}
        if company.id not in seats:
            raise _not_a_member(company)
        if seats != {company.id} or roles_of(user, at):
            text = _("You do not only work for %(company)s here. Log in with a password or a passkey.", company=company.name)
            raise RuleError(text)

    def providers_of(self, user: User, *, at: datetime) -> list[int]:
        """The provider of the only company that the login belongs to."""
        seats = {seat.company_id for seat in partners.seats_of(user.id, at.date())}
        if len(seats) != 1 or roles_of(user, at):
            return []
        with whole():
            return list(db.session.scalars(select(CompanyProvider.provider_id).where(CompanyProvider.organisation_id.in_(seats))))


def _was_member(person_id: int, organisation_id: int) -> bool:
    query = select(Membership.id).where(Membership.person_id == person_id, Membership.organisation_id == organisation_id)
    return db.session.scalar(query.limit(1)) is not None


def _not_a_member(company: Organisation) -> RuleError:
    return RuleError(_("You do not belong to %(company)s here any more. Ask its admins.", company=company.name))
