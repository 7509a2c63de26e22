"""What is due in plans, counted by the database: signatures missing, reviews due, actions overdue. Each by plan."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.plans.models import (
    ENDED_ACTIONS,
    ENDED_PLANS,
    Plan,
    PlanAction,
    PlanDelegation,
    PlanMember,
    PlanSignature,
    PlanVersion,
    Review,
    ReviewState,
    SignatureState,
    VersionState,
)

Counted = Select[int, int]


def signatures(of: ColumnElement[bool]) -> Counted:
    """How many people still have to sign the version that is in signature: `plan_id`, `number`.

    Whom it asks is who was in the team when it was frozen, as `signing.rules.frozen_signers` reads it out of the content.
    """
    then, delegate = PlanVersion.created_at, aliased(PlanMember)
    there = _at(then, PlanMember.joined_at, PlanMember.left_at)
    asked = func.coalesce(delegate.id, PlanMember.id)
    given = and_(
        PlanSignature.version_id == PlanVersion.id,
        PlanSignature.member_id == asked,
        PlanSignature.state == SignatureState.VALID,
    )
    delegated = and_(
        PlanDelegation.sponsor_id == PlanMember.id,
        PlanDelegation.plan_id == PlanMember.plan_id,
        _at(then, PlanDelegation.given_at, PlanDelegation.ended_at),
    )
    missing = func.count(case((PlanSignature.id.is_(None), asked)).distinct())
    return (
        select(PlanVersion.plan_id.label("plan_id"), missing.label("number"))
        .select_from(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(PlanMember, and_(PlanMember.plan_id == PlanVersion.plan_id, PlanMember.signatory, there))
        .outerjoin(PlanDelegation, delegated)
        .outerjoin(delegate, and_(delegate.id == PlanDelegation.delegate_id, _at(then, delegate.joined_at, delegate.left_at)))
        .outerjoin(PlanSignature, given)
        .where(PlanVersion.state == VersionState.IN_SIGNATURE, of)
        .group_by(PlanVersion.plan_id)
        .having(missing > 0)
    )


def _at(moment: Any, begins: Any, ends: Any) -> ColumnElement[bool]:
    return and_(begins <= moment, or_(ends.is_(None), ends > moment))


def reviews(of: ColumnElement[bool], at: datetime) -> Counted:
    """How many reviews of a plan are due: their day has come, and they are not held yet, or not accepted by both sides."""
    return (
        select(Review.plan_id.label("plan_id"), func.count().label("number"))
        .join(Plan, Plan.id == Review.plan_id)
        .where(Review.state != ReviewState.ACCEPTED, Review.withdrawn_at.is_(None), Review.planned_at <= at)
        .where(Plan.status.not_in(ENDED_PLANS), of)
        .group_by(Review.plan_id)
    )


def actions(of: ColumnElement[bool], today: date) -> Counted:
    """How many actions of a plan that are not over had to be done before today."""
    return (
        select(PlanAction.plan_id.label("plan_id"), func.count().label("number"))
        .join(Plan, Plan.id == PlanAction.plan_id)
        .where(PlanAction.status.not_in(ENDED_ACTIONS), PlanAction.due_on < today, Plan.status.not_in(ENDED_PLANS), of)
        .group_by(PlanAction.plan_id)
    )
