"""Providers and who somebody is there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, false, func, or_, select, true

from eventapp.accounts.models import Identity, IdentityProvider, ProviderGroup, Role, User
from eventapp.accounts.oidc.rules import Provider
from eventapp.core.crypto import decrypt
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole

PURPOSE = "client secret"
# More than these stand on no sign-in page.
MOST_BUTTONS = 10


def usable(key: str) -> Provider:
    """The provider with this key, ready to be asked. Raises `NotFoundError` if there is none or it is switched off."""
    # Which providers there are is no secret: their buttons are on the sign-in page, or found by a company's domain.
    with whole():
        row = db.session.scalar(select(IdentityProvider).where(IdentityProvider.key == key, IdentityProvider.active))
        if row is None:
            raise NotFoundError
        return ready(row)


def ready(row: IdentityProvider) -> Provider:
    """The provider apart from its row, with its secret in clear; empty if it was written under another secret key."""
    secret = decrypt(row.client_secret, PURPOSE) or ""
    return Provider(row.id, row.key, row.label, row.issuer, row.client_id, secret, row.groups_claim, row.for_staff)


@dataclass(frozen=True)
class Ways:
    """What the sign-in page offers: the vendor's providers by key and label, and whether companies have some."""

    staff: list[tuple[str, str]]
    companies: bool


def ways() -> Ways:
    """The providers that sign people in at this moment."""
    query = select(IdentityProvider.key, IdentityProvider.label, IdentityProvider.for_staff).where(IdentityProvider.active)
    with whole():
        rows = db.session.execute(
            query.order_by(IdentityProvider.for_staff.desc(), IdentityProvider.label).limit(MOST_BUTTONS + 1)
        ).all()
    staff = [(row.key, row.label) for row in rows if row.for_staff]
    return Ways(staff[:MOST_BUTTONS], any(not row.for_staff for row in rows))


def provider(provider_id: int, *, for_staff: bool | None = None) -> IdentityProvider:
    """The provider's row. Raises `NotFoundError` for an unknown one, and for one of the other kind."""
    found = db.session.get(IdentityProvider, provider_id)
    if found is None or (for_staff is not None and found.for_staff is not for_staff):
        raise NotFoundError
    return found


@dataclass(frozen=True)
class Listed:
    """A provider in the list, with how many people sign in by it."""

    id: int
    key: str
    label: str
    issuer: str
    active: bool
    people: int


def staff_providers() -> list[Listed]:
    """The vendor's own providers, by label."""
    people = select(func.count()).select_from(Identity).where(Identity.provider_id == IdentityProvider.id)
    query = select(
        IdentityProvider.id,
        IdentityProvider.key,
        IdentityProvider.label,
        IdentityProvider.issuer,
        IdentityProvider.active,
        people.scalar_subquery(),
    ).where(IdentityProvider.for_staff)
    return [Listed(*row) for row in db.session.execute(query.order_by(IdentityProvider.label))]


def people_of(provider_id: int) -> int:
    """How many logins are connected with the provider."""
    return db.session.scalar(select(func.count()).select_from(Identity).where(Identity.provider_id == provider_id)) or 0


def groups_of(provider_id: int) -> list[ProviderGroup]:
    """Which groups give which roles, by name."""
    query = select(ProviderGroup).where(ProviderGroup.provider_id == provider_id)
    return list(db.session.scalars(query.order_by(ProviderGroup.group_name, ProviderGroup.role)))


def roles_for(provider_id: int, groups: Collection[str]) -> frozenset[Role]:
    """The roles that members of these groups have."""
    return frozenset(row.role for row in groups_of(provider_id) if row.group_name in groups)


def identity(provider_id: int, subject: str) -> Identity | None:
    """Who has this subject at the provider (OpenID Connect Core 5.7)."""
    return db.session.scalar(select(Identity).where(Identity.provider_id == provider_id, Identity.subject == subject))


@dataclass(frozen=True)
class Connected:
    """A provider that one's login is connected with."""

    id: int
    key: str
    label: str
    created_at: datetime
    used_at: datetime | None


def connected(user: User) -> list[Connected]:
    """The providers that the login is connected with, the first one first."""
    query = (
        select(Identity.id, IdentityProvider.key, IdentityProvider.label, Identity.created_at, Identity.used_at)
        .join(IdentityProvider, IdentityProvider.id == Identity.provider_id)
        .where(Identity.user_id == user.id)
        .order_by(Identity.id)
    )
    # One's own; but a partner's request sees no provider at all.
    with whole():
        return [Connected(*row) for row in db.session.execute(query)]


def offered(ids: Collection[int], *, with_staff: bool) -> list[tuple[str, str]]:
    """Keys and labels of the active providers among `ids`, and of the vendor's own where wanted."""
    wanted = or_(IdentityProvider.id.in_(ids), and_(IdentityProvider.for_staff, true() if with_staff else false()))
    query = select(IdentityProvider.key, IdentityProvider.label).where(IdentityProvider.active, wanted)
    with whole():
        return [(key, label) for key, label in db.session.execute(query.order_by(IdentityProvider.label))]
