"""Logins for the people who look after a company's registrations."""

from datetime import datetime

from sqlalchemy import select

from eventapp.accounts import service as accounts
from eventapp.accounts.permissions import roles_of
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Membership, MembershipState, Person, PersonEmail
from eventapp.partners.service import hooks


def give_login(membership: Membership, person: Person, *, by: Actor, at: datetime) -> None:
    """Gives somebody of a company a login under the own primary address, and a mail that says how to set the password.

    Raises RuleError for somebody who does not belong to the company, and for an address whose login is somebody else's
    or works for the vendor: nobody of the vendor's becomes somebody of a company by having their address typed there.
    """
    if membership.state is not MembershipState.ACTIVE:
        raise RuleError(_("Only who belongs to the company can be invited."))
    address = db.session.scalars(
        select(PersonEmail.address).where(PersonEmail.person_id == person.id, PersonEmail.is_primary)
    ).one()
    user = accounts.invite(address, person.full_name, by=by, at=at)
    other = db.session.scalar(select(Person.id).where(Person.user_id == user.id, Person.id != person.id))
    if other is not None:
        raise RuleError(_("The login of %(address)s belongs to somebody else.", address=address))
    if person.user_id != user.id and roles_of(user, at):
        raise RuleError(_("The login of %(address)s works for the vendor. Enter another address.", address=address))
    person.user_id = user.id
    db.session.flush()
    record(
        "person.invite",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=membership.name_of(person),
        person_id=person.id,
        organisation_id=membership.organisation_id,
        changes={"address": address},
    )
    hooks.logged_in(person, by=by, at=at)
