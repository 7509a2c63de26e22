"""Who looks after a company: appointing admins, stepping down, handing over. A company keeps one who can sign in."""

from datetime import datetime

from sqlalchemy import or_, select

from eventapp.accounts.models import User
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners import mails
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, Person


def appoint(membership: Membership, person: Person, *, by: Actor, at: datetime) -> None:
    """Makes somebody of the company an admin, and tells them if they can sign in.

    Raises RuleError for who does not belong to the company.
    """
    _lock(membership)
    if membership.state is not MembershipState.ACTIVE:
        raise RuleError(_("Only who belongs to the company can be its admin."))
    is_new = membership.role is not MembershipRole.ADMIN
    _change(membership, person, MembershipRole.ADMIN, "membership.appoint", by, at)
    login = db.session.get(User, person.user_id) if is_new and person.user_id is not None else None
    if login is not None and login.active and login.id != by.actor_id:
        company = db.session.get_one(Organisation, membership.organisation_id)
        mails.send_appointed(login, person.full_name, company.name, by=by.actor_name, at=at)


def step_down(membership: Membership, person: Person, *, by: Actor, at: datetime) -> None:
    """Makes an admin a member. Raises RuleError for the last one."""
    require_another(membership, at=at)
    _change(membership, person, MembershipRole.MEMBER, "membership.step_down", by, at)


def hand_over(membership: Membership, person: Person, successor: Membership, heir: Person, *, by: Actor, at: datetime) -> None:
    """Makes the successor (with `heir`, the person) an admin and the admin a member, both or neither.

    Raises RuleError for a successor of another company or without a login in force.
    """
    _lock(membership)
    login = db.session.get(User, heir.user_id) if heir.user_id is not None else None
    if login is None or not login.active:
        raise RuleError(
            _("Invite %(name)s first: whoever takes over must be able to sign in.", name=successor.name_of(heir)), "person"
        )
    if successor.organisation_id != membership.organisation_id or successor.id == membership.id:
        raise RuleError(_("Choose a colleague."), "person", 422)
    appoint(successor, heir, by=by, at=at)
    step_down(membership, person, by=by, at=at)


def require_another(membership: Membership, *, at: datetime) -> None:
    """Raises RuleError if the member is the only admin of the company who can sign in: the last one cannot leave.

    Waits for others who change the company's admins, so that of two who leave at once one finds themselves the last.
    """
    if membership.role is not MembershipRole.ADMIN:
        return
    _lock(membership)
    today = at.date()
    others = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .join(User, User.id == Person.user_id)
        .where(
            Membership.organisation_id == membership.organisation_id,
            Membership.id != membership.id,
            Membership.role == MembershipRole.ADMIN,
            Membership.state == MembershipState.ACTIVE,
            or_(Membership.valid_from.is_(None), Membership.valid_from <= today),
            or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
            User.active,
        )
    )
    if db.session.scalar(others.limit(1)) is None:
        raise RuleError(_("The last admin who can sign in cannot leave. Appoint another one first."))


def _lock(membership: Membership) -> None:
    """One after the other for each company; what was read before may be old by now."""
    db.session.execute(select(Organisation.id).where(Organisation.id == membership.organisation_id).with_for_update())
    db.session.refresh(membership, ["role", "state"])


def _change(membership: Membership, person: Person, role: MembershipRole, action: str, by: Actor, at: datetime) -> None:
    if membership.role is role:
        return
    changes = {"role": [membership.role, role]}
    membership.role, person.updated_at = role, at
    db.session.flush()
    record(
        action,
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=membership.name_of(person),
        person_id=person.id,
        organisation_id=membership.organisation_id,
        changes=changes,
    )
