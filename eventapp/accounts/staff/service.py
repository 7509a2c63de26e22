"""Giving and ending roles, and disabling logins of the vendor's people.

Acts on staff come one after the other: each locks whoever acts, whom it concerns and every system admin, and reads them
again before it decides. Two who end each other's role at the same moment are thus never both right, and the last system
admin stays.
"""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from eventapp.accounts import service as accounts
from eventapp.accounts.models import Grant, Role, User
from eventapp.accounts.permissions import may_grant, may_manage, roles_of
from eventapp.accounts.staff.rules import holds_for_good
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _


def give(user: User, role: Role, *, by: User, at: datetime, ends_at: datetime | None = None) -> None:
    """Gives the role until `ends_at`, or moves its end.

    Raises `RuleError` if `by` may not give it, if the end has passed, or if no system admin without an end would be left.
    """
    _hold(user, by)
    if not may_grant(_rights(by, at), role):
        raise RuleError(_("You cannot give this role. Ask a system admin."), "role", 403)
    if ends_at is not None and ends_at <= at:
        raise RuleError(_("Choose a day from today on."), "until", 422)
    if role is Role.SYSTEM_ADMIN and ends_at is not None and holds_for_good(user, role):
        keep_a_system_admin(user)
    accounts.grant(user, role, by=by, at=at, ends_at=ends_at)


def end(user: User, role: Role, *, by: User, at: datetime) -> None:
    """Ends the role now. Raises `RuleError` if `by` may not, if it has ended, or if it is the last system admin's."""
    _hold(user, by)
    if not may_grant(_rights(by, at), role):
        raise RuleError(_("You cannot end this role. Ask a system admin."), status=403)
    grant = next((grant for grant in user.grants if grant.role is role), None)
    if grant is None or (grant.ends_at is not None and grant.ends_at <= at):
        raise RuleError(_("This role has ended already."))
    if role is Role.SYSTEM_ADMIN:
        keep_a_system_admin(user)
    changes = {"role": role, "ends_at": [grant.ends_at, at]}
    grant.ends_at = at
    record("user.revoked", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email, changes=changes)
    db.session.flush()


def disable(user: User, *, by: User, at: datetime) -> None:
    """Ends the login at its next request. Raises `RuleError` for oneself, for somebody above, and for the last admin."""
    _hold(user, by)
    if user.id == by.id:
        raise RuleError(_("Ask somebody else to disable your own login."))
    if not may_manage(_rights(by, at), roles_of(user, at)):
        raise RuleError(_("You cannot disable somebody who may do more than you."), status=403)
    if user.active:
        refuse_for_last_admin(user, at)
        accounts.disable(user, by=by, at=at)


def disable_from_outside(user: User, *, by: Actor, at: datetime) -> None:
    """Disables a login at the command line, where there is nobody whose rights could be asked for.

    Raises `RuleError` for the last system admin.
    """
    _hold(user)
    refuse_for_last_admin(user, at)
    accounts.disable(user, by=by, at=at)


def enable(user: User, *, by: User, at: datetime) -> None:
    """Lets a disabled login in again. Raises `RuleError` for somebody who would be above."""
    _hold(user, by)
    if not may_manage(_rights(by, at), roles_of(user, at)):
        raise RuleError(_("You cannot enable somebody who may do more than you."), status=403)
    if user.active:
        return
    user.active = True
    record("user.enabled", by=by, at=at, object_type="user", object_id=user.id, object_name=user.email)
    db.session.flush()


def refuse_for_last_admin(user: User, at: datetime) -> None:
    """Raises `RuleError` if the user is a system admin and no other one would be left: for whatever takes a login away.

    Locks the system admins until the end of the transaction.
    """
    if Role.SYSTEM_ADMIN in roles_of(user, at):
        _hold(user)
        keep_a_system_admin(user)


def keep_a_system_admin(without: User) -> None:
    """Raises `RuleError` unless somebody else is a system admin without an end. Whoever calls holds the locks."""
    others = (
        select(User.id)
        .join(Grant)
        .where(Grant.role == Role.SYSTEM_ADMIN, Grant.ends_at.is_(None), User.active, User.id != without.id)
    )
    if db.session.scalar(others.limit(1)) is None:
        raise RuleError(_("There must be a system admin. Name another one first, without an end."))


def _hold(*concerned: User) -> None:
    """Locks these logins and all system admins, and reads the former again."""
    ids = [user.id for user in concerned]
    admins = select(Grant.user_id).where(Grant.role == Role.SYSTEM_ADMIN)
    locked = select(User.id).where(or_(User.id.in_(ids), User.id.in_(admins))).order_by(User.id)
    db.session.execute(locked.with_for_update())
    fresh = select(User).where(User.id.in_(ids)).options(selectinload(User.grants))
    db.session.scalars(fresh, execution_options={"populate_existing": True}).all()


def _rights(by: User, at: datetime) -> frozenset[Role]:
    return roles_of(by, at) if by.active else frozenset()
