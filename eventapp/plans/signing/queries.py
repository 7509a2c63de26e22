"""Reading versions and signatures."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanDelegation, PlanMember, PlanSignature, PlanVersion, Side, VersionState
from eventapp.plans.signing.rules import Signer, frozen_signers, signers


def versions(plan: Plan) -> Sequence[PlanVersion]:
    """All versions of a plan, the latest first."""
    query = select(PlanVersion).options(defer(PlanVersion.content, raiseload=True)).where(PlanVersion.plan_id == plan.id)
    return db.session.scalars(query.order_by(PlanVersion.major.desc(), PlanVersion.minor.desc())).all()


def with_content(plan: Plan) -> Sequence[PlanVersion]:
    """The same with what they say."""
    query = select(PlanVersion).where(PlanVersion.plan_id == plan.id)
    return db.session.scalars(query.order_by(PlanVersion.major.desc(), PlanVersion.minor.desc())).all()


def version(plan: Plan, version_id: int) -> PlanVersion:
    """A version of that plan. Raises NotFoundError."""
    found = db.session.scalar(select(PlanVersion).where(PlanVersion.id == version_id, PlanVersion.plan_id == plan.id))
    if found is None:
        raise NotFoundError(version_id)
    return found


def with_state(plan: Plan, state: VersionState) -> PlanVersion | None:
    """The version in signature, or in force; there is one at most of each."""
    return db.session.scalar(select(PlanVersion).where(PlanVersion.plan_id == plan.id, PlanVersion.state == state))


def signatures(plan: Plan) -> Sequence[PlanSignature]:
    """All signatures of all versions of a plan, in the order in which they were given."""
    query = select(PlanSignature).where(PlanSignature.plan_id == plan.id)
    return db.session.scalars(query.order_by(PlanSignature.signed_at, PlanSignature.id)).all()


class People(NamedTuple):
    """Everybody who is or was in the teams, by id, and whose signatures the plan needs, of both sides."""

    by_id: dict[int, PlanMember]
    required: list[Signer]


def people(plan: Plan, version: PlanVersion | None = None) -> People:
    """The people of a plan and who of them has to sign, in one query: by what a version froze, else by the teams as they are."""
    delegation = (PlanDelegation.sponsor_id == PlanMember.id) & PlanDelegation.ended_at.is_(None)
    query = select(PlanMember, PlanDelegation).outerjoin(PlanDelegation, delegation).where(PlanMember.plan_id == plan.id)
    rows = db.session.execute(query.order_by(PlanMember.id)).all()
    everybody = {member.id: member for member, _delegation in rows}
    if version is not None:
        return People(everybody, frozen_signers(json.loads(version.content), everybody))
    team = queries.in_order(one for one in everybody.values() if one.left_at is None)
    delegated = [one for _member, one in rows if one is not None]
    return People(everybody, [one for side in Side for one in signers(team, delegated, side)])


def required(plan: Plan, version: PlanVersion | None = None) -> list[Signer]:
    """Whose signatures a version needs, of both sides; without one the plan, if it were frozen now."""
    return people(plan, version).required


def next_number(plan: Plan) -> tuple[int, int]:
    """The number of the next version to be signed: a new first number for an amendment, else a new second one."""
    in_force = with_state(plan, VersionState.IN_FORCE)
    major = in_force.major + 1 if in_force is not None else 1
    last = select(func.max(PlanVersion.minor)).where(PlanVersion.plan_id == plan.id, PlanVersion.major == major)
    minor = db.session.scalar(last)
    return major, 0 if minor is None else minor + 1


def next_kept(plan: Plan) -> tuple[int, int]:
    """The number of the next version that is only kept: 0.9 after the workshop, then 0.10 and so on."""
    last = db.session.scalar(select(func.max(PlanVersion.minor)).where(PlanVersion.plan_id == plan.id, PlanVersion.major == 0))
    return 0, 9 if last is None else last + 1
