"""The vendor's people and the open invitations, to read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, or_, select

from eventapp.accounts.models import AccountLink, Grant, LinkKind, Passkey, Role, User, UserSession
from eventapp.accounts.staff.rules import INVITATIONS_LISTED
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError

# People without a name stand under their address.
NAME = func.lower(case((User.name == "", User.email), else_=User.name))
LAST_SEEN = select(func.max(UserSession.seen_at)).where(UserSession.user_id == User.id).correlate(User).scalar_subquery()
HAS_PASSKEY = exists().where(Passkey.user_id == User.id).correlate(User)


def is_staff() -> ColumnElement[bool]:
    """The condition of a login that holds or has held a role at the vendor."""
    return exists().where(Grant.user_id == User.id).correlate(User)


def holds(roles: Iterable[Role], at: datetime) -> ColumnElement[bool]:
    """The condition of a login that holds one of the roles at that moment."""
    lasting = or_(Grant.ends_at.is_(None), Grant.ends_at > at)
    return exists().where(Grant.user_id == User.id, Grant.role.in_(list(roles)), lasting).correlate(User)


def people() -> Select[*tuple[Any, ...]]:
    """Everybody with a role, now or once, as columns of the list."""
    return select(
        User.id,
        User.name,
        User.email,
        User.active,
        or_(User.totp_since.is_not(None), HAS_PASSKEY).label("second_factor"),
        LAST_SEEN.label("seen_at"),
    ).where(is_staff())


def grants_of(user_ids: Iterable[int]) -> dict[int, list[Grant]]:
    """The roles of these people, in the order of the roles."""
    found: dict[int, list[Grant]] = {user_id: [] for user_id in user_ids}
    for grant in db.session.scalars(select(Grant).where(Grant.user_id.in_(list(found))).order_by(Grant.id)):
        found[grant.user_id].append(grant)
    order = list(Role)
    return {user_id: sorted(grants, key=lambda grant: order.index(grant.role)) for user_id, grants in found.items()}


def person(user_id: int) -> User:
    """Somebody with a role, now or once. Raises `NotFoundError`, for other logins as well."""
    found = db.session.scalar(select(User).where(User.id == user_id, is_staff()))
    if found is None:
        raise NotFoundError
    return found


def facts_of(user_id: int) -> Row[bool, datetime | None]:
    """Whether the user has a second factor, and when they were last here."""
    factor = or_(User.totp_since.is_not(None), HAS_PASSKEY)
    return db.session.execute(select(factor, LAST_SEEN).where(User.id == user_id)).one()


@dataclass(frozen=True)
class Invitation:
    """An invitation that nobody has taken up yet. `purpose` says for what: `roles` or `event`."""

    id: int
    address: str
    purpose: str
    details: dict[str, Any]
    created_at: datetime
    created_by: str
    expires_at: datetime


def invitations(purpose: str, at: datetime) -> list[Invitation]:
    """The invitations of that purpose that are open, or have just expired, the newest first."""
    query = _open().where(AccountLink.expires_at > at - INVITATIONS_LISTED).order_by(AccountLink.id.desc())
    found = [_invitation(link) for link in db.session.scalars(query)]
    return [invitation for invitation in found if invitation.purpose == purpose]


def invitation(invitation_id: int, purpose: str) -> AccountLink:
    """The link of an invitation that was neither taken up nor taken back. Raises `NotFoundError`."""
    link = db.session.scalar(_open().where(AccountLink.id == invitation_id))
    if link is None or link.details.get("for") != purpose:
        raise NotFoundError
    return link


def open_invitations_to(address: str, at: datetime) -> Sequence[AccountLink]:
    """Invitations to that address that can still be taken up."""
    return db.session.scalars(_open().where(AccountLink.address == address, AccountLink.expires_at > at)).all()


def _open() -> Select[AccountLink]:
    return select(AccountLink).where(
        AccountLink.kind == LinkKind.STAFF_INVITATION, AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None)
    )


def _invitation(link: AccountLink) -> Invitation:
    return Invitation(
        link.id,
        link.address,
        str(link.details.get("for", "")),
        link.details,
        link.created_at,
        link.created_by,
        link.expires_at,
    )
