"""Inviting people to work for the vendor: a link bound to an address, which works once.

What an invitation is for stands in its details under `for`; later features add purposes of their own.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from eventapp.accounts import queries as logins
from eventapp.accounts import service as accounts
from eventapp.accounts.models import AccountLink, LinkKind, Role, User
from eventapp.accounts.permissions import ROLE_LABELS, may_grant, roles_of
from eventapp.accounts.service import links
from eventapp.accounts.service.sessions import hash_of
from eventapp.accounts.staff import mails, queries
from eventapp.accounts.staff.rules import INVITATION_LASTS, last_day, later
from eventapp.audit.service import record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import one_line
from eventapp.core.times import day_text

ROLES = "roles"


@dataclass(frozen=True)
class Purpose:
    """What invitations of one kind do.

    `describe` gives the lines that page and mail show; `may_give` says whether the inviter may still give what the
    details name; `give` gives it to the user, by the inviter.
    """

    describe: Callable[[dict[str, Any]], list[str]]
    may_give: Callable[[User, dict[str, Any], datetime], bool]
    give: Callable[[User, dict[str, Any], User, datetime], None]


PURPOSES: dict[str, Purpose] = {}


def invite(address: str, purpose: str, details: dict[str, Any], *, by: User, at: datetime) -> None:
    """Mails an invitation. `address` is in normal form; `details` are what the purpose wants, as JSON can hold it.

    Raises `RuleError` if `by` may not give what it is for, if the same is open already, or if the login was disabled.
    """
    if not PURPOSES[purpose].may_give(by, details, at):
        raise RuleError(_("You cannot give this. Ask a system admin."), status=403)
    _refuse_disabled(address)
    for link in queries.open_invitations_to(address, at):
        if link.details.get("for") == purpose and link.details.get("event_id") == details.get("event_id"):
            raise RuleError(
                _("%(address)s has an open invitation. Send that one again or take it back.", address=address), "email"
            )
    kept = {**details, "for": purpose, "by_id": by.id}
    token = links.issue(LinkKind.STAFF_INVITATION, address, lasts=INVITATION_LASTS, by=by.actor_name, at=at, details=kept)
    _send(address, purpose, details, token, by=by, at=at)
    changes = {"address": address, "for": PURPOSES[purpose].describe(details)}
    record("staff.invited", by=by, at=at, object_type="invitation", object_id=None, object_name=address, changes=changes)


def send_again(link: AccountLink, *, by: User, at: datetime) -> None:
    """Mails the invitation with a new secret and from now for seven days; the old link is worth nothing any more."""
    purpose = str(link.details["for"])
    if not PURPOSES[purpose].may_give(by, link.details, at):
        raise RuleError(_("You cannot give this. Ask a system admin."), status=403)
    _refuse_disabled(link.address)
    token = secrets.token_urlsafe(32)
    renewed = (
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None))
        .values(
            token_hash=hash_of(token),
            created_at=at,
            created_by=by.actor_name,
            expires_at=at + INVITATION_LASTS,
            details={**link.details, "by_id": by.id},
        )
        .returning(AccountLink.id)
    )
    if db.session.execute(renewed, execution_options={"synchronize_session": False}).first() is None:
        raise RuleError(_("This invitation was taken up or taken back in the meantime."))
    _send(link.address, purpose, link.details, token, by=by, at=at)
    record("staff.invited_again", by=by, at=at, object_type="invitation", object_id=link.id, object_name=link.address)


def revoke(link: AccountLink, *, by: User, at: datetime) -> None:
    """Takes an invitation back. Raises `RuleError` if it was taken up meanwhile, or is for more than `by` may give."""
    if not PURPOSES[str(link.details["for"])].may_give(by, link.details, at):
        raise RuleError(_("You cannot take this back. Ask a system admin."), status=403)
    taken = (
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(AccountLink.id)
    )
    if db.session.execute(taken, execution_options={"synchronize_session": False}).first() is None:
        raise RuleError(_("This invitation was taken up or taken back in the meantime."))
    record("staff.uninvited", by=by, at=at, object_type="invitation", object_id=link.id, object_name=link.address)


def living(token: str, at: datetime) -> AccountLink | None:
    """The invitation with this secret, if it can be taken up: not used, not old, and the inviter may still give it."""
    link = links.living(LinkKind.STAFF_INVITATION, token, at=at)
    if link is None or link.details.get("for") not in PURPOSES:
        return None
    inviter = db.session.get(User, int(link.details.get("by_id", 0)))
    if inviter is None or not inviter.active:
        return None
    return link if PURPOSES[str(link.details["for"])].may_give(inviter, link.details, at) else None


def describe(link: AccountLink) -> list[str]:
    """What the invitation gives, in words."""
    return PURPOSES[str(link.details["for"])].describe(link.details)


def accept(link: AccountLink, *, user: User | None, name: str = "", password: str = "", at: datetime) -> User:
    """Takes the invitation up: for the login `user`, which has its address, or for a new one with name and password.

    Raises `UsedLinkError` if a parallel click was first, and `RuleError` for a login of another address.
    """
    links.use(link, at=at)
    inviter = db.session.get_one(User, int(link.details["by_id"]))
    existing = logins.user_by_address(link.address)
    if existing is None:
        user = accounts.add_user(link.address, name=one_line(name), password=password, by=inviter, at=at)
        user.verified_at = at
    elif user is None or user.id != existing.id or not user.active:
        raise RuleError(_("There is a login for %(address)s. Log in with it, then open the link again.", address=link.address))
    PURPOSES[str(link.details["for"])].give(user, link.details, inviter, at)
    record("staff.accepted", by=user, at=at, object_type="user", object_id=user.id, object_name=user.email)
    return user


def _refuse_disabled(address: str) -> None:
    existing = logins.user_by_address(address)
    if existing is not None and not existing.active:
        raise RuleError(_("The login of %(address)s was disabled. Enable it first.", address=address), "email")


def _send(address: str, purpose: str, details: dict[str, Any], token: str, *, by: User, at: datetime) -> None:
    mails.send_invitation(address, PURPOSES[purpose].describe(details), token, inviter=by.display_name, at=at)


def _until(details: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(details["ends_at"]) if details.get("ends_at") else None


def _describe_roles(details: dict[str, Any]) -> list[str]:
    until = _until(details)
    names = [str(ROLE_LABELS[Role(role)]) for role in details["roles"]]
    if until is None:
        return names
    return [_("%(role)s, until %(day)s", role=name, day=day_text(last_day(until))) for name in names]


def _may_give_roles(by: User, details: dict[str, Any], at: datetime) -> bool:
    until = _until(details)
    mine = roles_of(by, at)
    return (until is None or until > at) and all(may_grant(mine, Role(role)) for role in details["roles"])


def _give_roles(user: User, details: dict[str, Any], by: User, at: datetime) -> None:
    """Gives the roles; one that is held for longer already is not shortened."""
    held = {grant.role: grant.ends_at for grant in user.grants if grant.ends_at is None or grant.ends_at > at}
    for role in map(Role, details["roles"]):
        until = later(held[role], _until(details)) if role in held else _until(details)
        accounts.grant(user, role, by=by, at=at, ends_at=until)


PURPOSES[ROLES] = Purpose(_describe_roles, _may_give_roles, _give_roles)
