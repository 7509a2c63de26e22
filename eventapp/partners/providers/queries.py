"""Which provider is whose."""

from dataclasses import dataclass

from sqlalchemy import select

from eventapp.accounts.models import IdentityProvider
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.partners.joining.queries import by_domain
from eventapp.partners.models import CompanyProvider, Organisation


def company_of(provider_id: int) -> Organisation:
    """The company that the provider belongs to. Raises `NotFoundError` if it is none's."""
    query = select(Organisation).join(CompanyProvider, CompanyProvider.organisation_id == Organisation.id)
    found = db.session.scalar(query.where(CompanyProvider.provider_id == provider_id))
    if found is None:
        raise NotFoundError(provider_id)
    return found


def provider_of(organisation_id: int) -> IdentityProvider | None:
    """The provider of a company, also one that is switched off."""
    query = select(IdentityProvider).join(CompanyProvider, CompanyProvider.provider_id == IdentityProvider.id)
    return db.session.scalar(query.where(CompanyProvider.organisation_id == organisation_id, ~IdentityProvider.for_staff))


def key_for(address: str) -> str | None:
    """The key of the active provider of the one company that owns the domain of an address and has one."""
    ids = [candidate.organisation_id for candidate in by_domain(address)]
    query = (
        select(IdentityProvider.key)
        .join(CompanyProvider, CompanyProvider.provider_id == IdentityProvider.id)
        .where(CompanyProvider.organisation_id.in_(ids), IdentityProvider.active, ~IdentityProvider.for_staff)
    )
    # Asked before anybody is signed in: it tells no more than the provider itself.
    with whole():
        keys = db.session.scalars(query.limit(2)).all()
    return keys[0] if len(keys) == 1 else None


@dataclass(frozen=True)
class Listed:
    """A company with its own provider."""

    organisation_id: int
    company: str
    label: str
    issuer: str
    active: bool


def listed(most: int = 101) -> list[Listed]:
    """The companies with their own provider, by name, `most` of them. For system admins."""
    query = (
        select(Organisation.id, Organisation.name, IdentityProvider.label, IdentityProvider.issuer, IdentityProvider.active)
        .join(CompanyProvider, CompanyProvider.organisation_id == Organisation.id)
        .join(IdentityProvider, IdentityProvider.id == CompanyProvider.provider_id)
        .order_by(Organisation.sort_key, Organisation.id)
        .limit(most)
    )
    return [Listed(*row) for row in db.session.execute(query)]
