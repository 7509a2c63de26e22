"""Who comes from a provider: an old acquaintance by issuer and subject, a new login, or nobody.

An address never says who somebody is. It makes a new login, or finds one for the people of a company, only where the
provider has verified it and its domain is that of the provider's company.
"""

from datetime import datetime

from sqlalchemy import select

from eventapp.accounts import mails, queries, service
from eventapp.accounts.models import Grant, Identity, IdentityProvider, Passkey, Role, User
from eventapp.accounts.oidc import queries as providers
from eventapp.accounts.oidc.companies import COMPANIES, Companies
from eventapp.accounts.oidc.rules import Provider, Said, granted_by
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.staff.service import refuse_for_last_admin
from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _


def sign_in(provider: Provider, said: Said, *, at: datetime) -> User:
    """The login that comes in by this provider, made or connected where that is allowed; with the roles of its groups.

    Raises `RuleError` with what to do instead.
    """
    _still(provider)
    by = NamedActor(granted_by(provider.key))
    found = providers.identity(provider.id, said.subject)
    if found is not None:
        user = db.session.get_one(User, found.user_id)
    else:
        user = _staff_login(provider, said, by, at) if provider.for_staff else _company_login(provider, said, by, at)
        found = _connect(user, provider, said, by=user, at=at)
    if not user.active:
        raise RuleError(_("This login was disabled. Ask whoever looks after logins here."))
    found.used_at = at
    if provider.for_staff:
        give_roles(user, provider, said, at=at)
    else:
        _company(provider).check(provider.id, user, at=at)
    db.session.flush()
    return user


def _still(provider: Provider) -> None:
    """It may have been switched off, or pointed elsewhere, while the visitor was there."""
    query = select(IdentityProvider.id).where(
        IdentityProvider.id == provider.id, IdentityProvider.active, IdentityProvider.issuer == provider.issuer
    )
    if db.session.scalar(query) is None:
        raise RuleError(_("Logging in at %(label)s was switched off a moment ago.", label=provider.label))


def _company(provider: Provider) -> Companies:
    if provider.for_staff or not COMPANIES:
        raise NotFoundError
    return COMPANIES[0]


def _address(provider: Provider, said: Said) -> str:
    if not said.address:
        text = _(
            "%(label)s has not confirmed your e-mail, so no login can be made. If you have one, log in as usual, then connect"
            " %(label)s under Your login.",
            label=provider.label,
        )
        raise RuleError(text)
    return said.address


def _staff_login(provider: Provider, said: Said, by: Actor, at: datetime) -> User:
    address = _address(provider, said)
    if queries.user_by_address(address) is not None:
        raise _taken(provider, address)
    return _new_login(address, said, by, at)


def _company_login(provider: Provider, said: Said, by: Actor, at: datetime) -> User:
    company, address = _company(provider), _address(provider, said)
    if not company.owns(provider.id, address):
        text = _(
            "%(address)s is not an address of this company, so %(label)s cannot log it in here. Log in another way.",
            address=address,
            label=provider.label,
        )
        raise RuleError(text)
    user = queries.user_by_address(address)
    if user is None:
        user = _new_login(address, said, by, at)
    elif not user.active or roles_of(user, at):
        # Who works for the vendor is not let in by a company.
        raise _taken(provider, address)
    else:
        user.verified_at = user.verified_at or at
        mails.send_second_factor_changed(user, "provider", at=at)
    company.admit(provider.id, user, by=by, at=at)
    return user


def _taken(provider: Provider, address: str) -> RuleError:
    text = _(
        "There is a login for %(address)s already. Log in as usual, then connect %(label)s under Your login.",
        address=address,
        label=provider.label,
    )
    return RuleError(text)


def _new_login(address: str, said: Said, by: Actor, at: datetime) -> User:
    user = service.add_user(address, name=said.name, by=by, at=at)
    user.verified_at = at
    return user


def connect(user: User, provider: Provider, said: Said, *, at: datetime) -> None:
    """Connects the login of somebody who has just proven who they are, with who they are at the provider.

    Raises `RuleError` if that one has another login here, or the provider may not sign this login in.
    """
    _still(provider)
    found = providers.identity(provider.id, said.subject)
    if found is not None and found.user_id != user.id:
        raise RuleError(_("Your login at %(label)s is connected with another login here.", label=provider.label))
    if not provider.for_staff:
        _company(provider).check(provider.id, user, at=at)
    elif not roles_of(user, at):
        raise RuleError(_("%(label)s is for the people who work here.", label=provider.label))
    if found is None:
        _connect(user, provider, said, by=user, at=at)
        mails.send_second_factor_changed(user, "provider", at=at)
    if provider.for_staff:
        give_roles(user, provider, said, at=at)


def _connect(user: User, provider: Provider, said: Said, *, by: Actor, at: datetime) -> Identity:
    made = Identity(user_id=user.id, provider_id=provider.id, subject=said.subject, created_at=at)
    db.session.add(made)
    db.session.flush()
    changes = {"provider": provider.key}
    record("user.connected", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    return made


def disconnect(user: User, identity_id: int, *, at: datetime) -> None:
    """Ends a connection. Its provider's roles end with it.

    Raises `NotFoundError` for somebody else's, and `RuleError` if no password, passkey or other provider would be left.
    """
    found = db.session.scalar(select(Identity).where(Identity.id == identity_id, Identity.user_id == user.id).with_for_update())
    if found is None:
        raise NotFoundError
    others = select(Identity.id).where(Identity.user_id == user.id, Identity.id != found.id)
    keys = select(Passkey.id).where(Passkey.user_id == user.id)
    if not user.password and db.session.scalar(others.union(keys).limit(1)) is None:
        raise RuleError(_("Set a password or make a passkey first: you could not log in any more."))
    provider = providers.provider(found.provider_id)
    _end(user, _given(user, provider.key, at), NamedActor(granted_by(provider.key)), at)
    db.session.delete(found)
    changes = {"provider": provider.key}
    record("user.disconnected", by=user, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    db.session.flush()


def give_roles(user: User, provider: Provider, said: Said, *, at: datetime) -> None:
    """Gives and ends roles as the provider's groups say. Roles that somebody gave by hand are not touched.

    The last system admin stays one: nobody could mend the mapping otherwise.
    """
    by = NamedActor(granted_by(provider.key))
    wanted = providers.roles_for(provider.id, said.groups)
    for role in sorted(wanted - roles_of(user, at)):
        service.grant(user, role, by=by, at=at)
    _end(user, [grant for grant in _given(user, provider.key, at) if grant.role not in wanted], by, at)


def _given(user: User, key: str, at: datetime) -> list[Grant]:
    mine = [grant for grant in user.grants if grant.granted_by == granted_by(key)]
    return [grant for grant in mine if grant.ends_at is None or grant.ends_at > at]


def _end(user: User, grants: list[Grant], by: Actor, at: datetime) -> None:
    for grant in grants:
        if grant.role is Role.SYSTEM_ADMIN:
            try:
                refuse_for_last_admin(user, at)
            except RuleError:
                continue
        end_grant(user, grant, by=by, at=at)


def end_grant(user: User, grant: Grant, *, by: Actor, at: datetime) -> None:
    """Ends a role that a provider's group gave."""
    changes = {"role": grant.role, "ends_at": [grant.ends_at, at]}
    grant.ends_at = at
    record("user.revoked", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    db.session.flush()
