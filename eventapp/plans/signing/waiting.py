"""Versions that wait for the viewer's signature, over all plans."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.permissions import Viewer
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanDelegation, PlanMember, PlanSignature, PlanVersion, SignatureState, VersionState


def to_sign(viewer: Viewer, at: datetime) -> Select[str, int, int, int, datetime | None]:
    """Those that the viewer can sign now: `code`, `version_id`, `major`, `minor`, `due_at`.

    Whom a version asks is who was in the team when it was frozen, as `rules.frozen_signers` reads it out of the content.
    """
    me, signatory, delegate = aliased(PlanMember), aliased(PlanMember), aliased(PlanMember)
    then = PlanVersion.created_at
    delegated = and_(
        PlanDelegation.sponsor_id == signatory.id,
        PlanDelegation.plan_id == signatory.plan_id,
        _at(then, PlanDelegation.given_at, PlanDelegation.ended_at),
    )
    signed = exists().where(
        PlanSignature.version_id == PlanVersion.id,
        PlanSignature.member_id == me.id,
        PlanSignature.state == SignatureState.VALID,
    )
    query = select(Plan.code, PlanVersion.id.label("version_id"), PlanVersion.major, PlanVersion.minor, PlanVersion.due_at)
    query = query.select_from(PlanVersion).join(Plan, Plan.id == PlanVersion.plan_id).join(me, queries.belongs(viewer, me))
    asked = and_(signatory.plan_id == Plan.id, signatory.signatory, _at(then, signatory.joined_at, signatory.left_at))
    query = query.join(signatory, asked).outerjoin(PlanDelegation, delegated)
    query = query.outerjoin(
        delegate, and_(delegate.id == PlanDelegation.delegate_id, _at(then, delegate.joined_at, delegate.left_at))
    )
    return query.where(
        PlanVersion.state == VersionState.IN_SIGNATURE,
        PlanVersion.due_at >= at,
        Plan.suspended_at.is_(None),
        func.coalesce(delegate.id, signatory.id) == me.id,
        ~signed,
    ).distinct()


def _at(moment: Any, begins: Any, ends: Any) -> ColumnElement[bool]:
    return and_(begins <= moment, or_(ends.is_(None), ends > moment))
