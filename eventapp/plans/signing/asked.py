"""Whom versions in signature ask, in SQL: who was in the team when they were frozen, as `rules.frozen_signers` reads it.

Both lists of what is due and people's own first page go by it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.plans.models import Plan, PlanDelegation, PlanMember, PlanSignature, PlanVersion, SignatureState, VersionState


def missing(*conditions: ColumnElement[bool]) -> Select[int, int, int]:
    """Who still has to sign: `plan_id`, `version_id`, `member_id`, each once. `conditions` are about the plan or the version."""
    then, delegate = PlanVersion.created_at, aliased(PlanMember)
    asked = func.coalesce(delegate.id, PlanMember.id)
    delegated = and_(
        PlanDelegation.sponsor_id == PlanMember.id,
        PlanDelegation.plan_id == PlanMember.plan_id,
        _at(then, PlanDelegation.given_at, PlanDelegation.ended_at),
    )
    signed = exists().where(
        PlanSignature.version_id == PlanVersion.id,
        PlanSignature.member_id == asked,
        PlanSignature.state == SignatureState.VALID,
    )
    there = _at(then, PlanMember.joined_at, PlanMember.left_at)
    return (
        select(PlanVersion.plan_id, PlanVersion.id.label("version_id"), asked.label("member_id"))
        .select_from(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(PlanMember, and_(PlanMember.plan_id == PlanVersion.plan_id, PlanMember.signatory, there))
        .outerjoin(PlanDelegation, delegated)
        .outerjoin(delegate, and_(delegate.id == PlanDelegation.delegate_id, _at(then, delegate.joined_at, delegate.left_at)))
        .where(PlanVersion.state == VersionState.IN_SIGNATURE, ~signed, *conditions)
        .distinct()
    )


def _at(moment: Any, begins: Any, ends: Any) -> ColumnElement[bool]:
    return and_(begins <= moment, or_(ends.is_(None), ends > moment))
