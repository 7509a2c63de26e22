"""Who may join a team: logins of the vendor with a role there, people of the other organisation."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from eventapp.accounts.models import Grant, Role, User
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners.models import CALLED_SORT, Membership, MembershipState, Person
from eventapp.plans.models import Plan, PlanMember, Side
from eventapp.plans.teams.service import Candidate

# Reads everything and changes nothing, so belongs to no team.
NOT_IN_TEAMS = (Role.AUDITOR,)


def candidates(plan: Plan, side: Side, at: datetime) -> Sequence[tuple[int, Candidate]]:
    """Who may join that side and is not in it, by name, each with the id of their login or person."""
    inside = select(PlanMember).where(PlanMember.plan_id == plan.id, PlanMember.left_at.is_(None), PlanMember.side == side)
    there = {one.user_id if side is Side.A else one.person_id for one in db.session.scalars(inside)}
    found = vendor_people(at) if side is Side.A else company_people(plan.side_b_id)
    return [(key, one) for key, one in found if key not in there]


def candidate(plan: Plan, side: Side, key: int, at: datetime) -> Candidate:
    """Somebody who may join, by that id. Raises NotFoundError."""
    found = dict(candidates(plan, side, at)).get(key)
    if found is None:
        raise NotFoundError(key)
    return found


def vendor_people(at: datetime) -> list[tuple[int, Candidate]]:
    """Everybody who works for the vendor now, by name."""
    holds = select(Grant.user_id).where(or_(Grant.ends_at.is_(None), Grant.ends_at > at), Grant.role.not_in(NOT_IN_TEAMS))
    query = select(User.id, User.name, User.email).where(User.active, User.id.in_(holds)).order_by(User.name, User.email)
    return [(id_, Candidate(name or email, user_id=id_)) for id_, name, email in db.session.execute(query)]


def company_people(organisation_id: int) -> list[tuple[int, Candidate]]:
    """Everybody who belongs to the company now, by name, as the company calls them."""
    query = select(Membership, Person).join(Person, Person.id == Membership.person_id)
    query = query.where(Membership.organisation_id == organisation_id, Membership.state == MembershipState.ACTIVE)
    query = query.where(Person.merged_into_id.is_(None), Person.erased_at.is_(None)).order_by(CALLED_SORT, Person.id)
    return [(who.id, Candidate(one.name_of(who), person_id=who.id)) for one, who in db.session.execute(query)]
