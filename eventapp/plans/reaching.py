"""Where the people of a plan are reached by mail now, and whether it is day where they are.

Whoever has lost the login, the role or the company is written to no more: organizers read mails, so they say little, and
still they are nobody else's.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select

from eventapp.accounts.models import Grant, User
from eventapp.core.db import db
from eventapp.core.times import zone_or_none
from eventapp.partners.models import Membership, MembershipState, Organisation, Person, PersonEmail
from eventapp.plans.models import Plan, PlanMember
from eventapp.registrations.messages.rules import awake_at

# The vendor's logins have no zone of their own.
HOME = "Europe/Vienna"


class Reached(NamedTuple):
    """Somebody of a team with their address and their zone."""

    member: PlanMember
    address: str
    zone: str

    def awake(self, at: datetime) -> datetime:
        """That moment, or the morning after the night in which it falls where they are."""
        return awake_at(at, self.zone)


def reached(plan: Plan, members: Iterable[PlanMember], at: datetime) -> list[Reached]:
    """Those of them who can be written to, each person once."""
    members = list(members)
    holds = select(Grant.user_id).where(or_(Grant.ends_at.is_(None), Grant.ends_at > at))
    users = select(User.id, User.email).where(
        User.id.in_([one.user_id for one in members if one.user_id is not None]), User.active, User.id.in_(holds)
    )
    logins = {id_: (address, HOME) for id_, address in db.session.execute(users)}
    persons = (
        select(
            Person.id,
            PersonEmail.address,
            func.coalesce(func.nullif(Person.time_zone, ""), func.nullif(Organisation.time_zone, ""), HOME),
        )
        .join(PersonEmail, (PersonEmail.person_id == Person.id) & PersonEmail.is_primary)
        .join(Membership, (Membership.person_id == Person.id) & (Membership.state == MembershipState.ACTIVE))
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Person.id.in_([one.person_id for one in members if one.person_id is not None]),
            Membership.organisation_id == plan.side_b_id,
        )
    )
    people = {id_: (address, zone) for id_, address, zone in db.session.execute(persons)}
    found: dict[tuple[int | None, int | None], Reached] = {}
    for one in members:
        where = logins.get(one.user_id or 0) or people.get(one.person_id or 0)
        if where is not None:
            zone = where[1] if zone_or_none(where[1]) else HOME
            found.setdefault((one.user_id, one.person_id), Reached(one, where[0], zone))
    return list(found.values())
