"""Setting providers up: adding, changing, switching off, and which groups give which roles."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from eventapp.accounts.models import Grant, IdentityProvider, ProviderGroup, Role, User
from eventapp.accounts.oidc import queries
from eventapp.accounts.oidc.rules import COMPANY_PREFIX, KEY, granted_by, is_usable_issuer
from eventapp.accounts.oidc.service import end_grant
from eventapp.accounts.staff.service import refuse_for_last_admin
from eventapp.audit.service import Actor, record
from eventapp.core.crypto import encrypt
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.core.i18n import _

MOST_GROUPS = 100


@dataclass(frozen=True)
class ProviderDetails:
    """What can be set. An empty `secret` keeps the one that is there."""

    label: str
    issuer: str
    client_id: str
    secret: str
    groups_claim: str = ""


def add(key: str, details: ProviderDetails, *, for_staff: bool, production: bool, by: Actor, at: datetime) -> IdentityProvider:
    """A new provider, at work at once. Raises `RuleError` for a key that is taken or will not do, and like `change`."""
    if not KEY.fullmatch(key) or (for_staff and key.startswith(COMPANY_PREFIX)):
        raise RuleError(_("Use 2 to 40 small letters, digits and hyphens. It may not start with company-."), "key", 422)
    if db.session.scalar(select(IdentityProvider.id).where(IdentityProvider.key == key)) is not None:
        raise RuleError(_("There is a provider with this key already."), "key")
    _check_issuer(details.issuer, production)
    if not details.secret:
        raise RuleError(_("Enter the client secret that the provider gave you."), "secret", 422)
    made = IdentityProvider(
        key=key,
        label=details.label,
        issuer=details.issuer,
        client_id=details.client_id,
        client_secret=encrypt(details.secret, queries.PURPOSE),
        groups_claim=details.groups_claim,
        for_staff=for_staff,
        active=True,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    _record("added", made, by, at, {"label": made.label, "issuer": made.issuer, "client_id": made.client_id})
    return made


def _check_issuer(issuer: str, production: bool) -> None:
    if not is_usable_issuer(issuer, production=production):
        raise RuleError(_("Enter the issuer as the provider writes it, like https://login.example.com/tenant."), "issuer", 422)


def change(
    provider: IdentityProvider, details: ProviderDetails, *, version: int, production: bool, by: Actor, at: datetime
) -> None:
    """Changes a provider. Its key stays: it stands in the address that the provider sends people back to.

    Raises `RuleError` for another issuer once people are connected, since a subject is somebody else there, and for one
    without a new secret, which would be told to a stranger; `StaleError` if somebody else has saved it since `version`.
    """
    if provider.version != version:
        raise StaleError(_("Somebody else has saved this in the meantime."))
    _check_issuer(details.issuer, production)
    if details.issuer != provider.issuer:
        if queries.people_of(provider.id):
            raise RuleError(_("People log in by this provider. For another issuer add another provider."), "issuer")
        if not details.secret:
            raise RuleError(_("Another issuer needs its own client secret."), "secret", 422)
    given = {
        "label": details.label,
        "issuer": details.issuer,
        "client_id": details.client_id,
        "groups_claim": details.groups_claim,
    }
    changes: dict[str, object] = {k: [getattr(provider, k), v] for k, v in given.items() if v != getattr(provider, k)}
    for name, value in given.items():
        setattr(provider, name, value)
    if details.secret:
        provider.client_secret = encrypt(details.secret, queries.PURPOSE)
        # That it is another one, not what it is.
        changes["client_secret"] = True
    db.session.flush()
    if changes:
        _record("changed", provider, by, at, changes)


def switch(provider: IdentityProvider, active: bool, *, by: Actor, at: datetime) -> None:
    """Switches a provider on or off. Off, nobody signs in by it, and the roles that its groups gave end.

    Raises `RuleError` if no system admin would be left.
    """
    if provider.active is active:
        return
    provider.active = active
    db.session.flush()
    _record("switched_on" if active else "switched_off", provider, by, at, {})
    if not active:
        _end_roles(provider, frozenset(), by, at)


def map_group(provider: IdentityProvider, group: str, role: Role, *, by: Actor, at: datetime) -> None:
    """Members of the group have the role from their next sign-in on. Raises `RuleError` if it says so already."""
    if not provider.for_staff:
        raise NotFoundError
    there = queries.groups_of(provider.id)
    if any(row.group_name == group and row.role is role for row in there):
        raise RuleError(_("This group has this role already."), "group")
    if len(there) >= MOST_GROUPS:
        raise RuleError(_("At most %(number)d groups.", number=MOST_GROUPS), "group")
    db.session.add(ProviderGroup(provider_id=provider.id, group_name=group, role=role))
    db.session.flush()
    _record("mapped", provider, by, at, {"group": group, "role": role})


def unmap_group(provider: IdentityProvider, group: str, role: Role, *, by: Actor, at: datetime) -> None:
    """The group does not give the role any more; where no other group does, it ends now.

    Raises `NotFoundError` if it did not, and `RuleError` if no system admin would be left.
    """
    found = db.session.get(ProviderGroup, (provider.id, group, role))
    if found is None:
        raise NotFoundError
    db.session.delete(found)
    db.session.flush()
    _record("unmapped", provider, by, at, {"group": group, "role": role})
    _end_roles(provider, frozenset(row.role for row in queries.groups_of(provider.id)), by, at)


def _end_roles(provider: IdentityProvider, keep: frozenset[Role], by: Actor, at: datetime) -> None:
    """Ends the roles that this provider gave and does not give to anybody any more."""
    query = select(User).join(Grant).where(Grant.granted_by == granted_by(provider.key)).distinct().order_by(User.id)
    for user in db.session.scalars(query).all():
        for grant in list(user.grants):
            over = grant.ends_at is not None and grant.ends_at <= at
            if grant.granted_by != granted_by(provider.key) or grant.role in keep or over:
                continue
            if grant.role is Role.SYSTEM_ADMIN:
                refuse_for_last_admin(user, at)
            end_grant(user, grant, by=by, at=at)


def _record(act: str, provider: IdentityProvider, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    record(
        f"provider.{act}",
        by=by,
        at=at,
        object_type="provider",
        object_id=provider.id,
        object_name=provider.label,
        changes=changes,
    )
