"""What is next of a plan, by its state: for the box on top of its first page, in as few queries as the state needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.wall import whole
from eventapp.partners.models import Person
from eventapp.plans.content.signed import changes_signed
from eventapp.plans.models import (
    ENDED_ACTIONS,
    Amendment,
    Plan,
    PlanAction,
    PlanEdit,
    PlanMember,
    PlanSignature,
    PlanStatus,
    PlanVersion,
    Review,
    SignatureState,
    VersionState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing import service
from eventapp.plans.signing.rules import Line, lines_of

REFUSALS = (SignatureState.DECLINED, SignatureState.WITHDRAWN)


class Signing(NamedTuple):
    """The version that is being signed, who has to, who of them has not, and whether it is the reader's turn."""

    version: PlanVersion
    lines: list[Line]
    missing: list[Line]
    is_my_turn: bool


class CameBack(NamedTuple):
    """The last version that was not signed by all: which, and who refused it with which words (none: an owner, or time)."""

    version: PlanVersion
    refused: PlanSignature | None


class Begun(NamedTuple):
    """The amendment that is under way: since when and by whom, as far as that is known, and which sections have changed."""

    at: datetime | None
    by: str | None
    titles: list[str]


class Living(NamedTuple):
    """How a plan in force stands: its last review with a colour, the next one, how many actions are late."""

    last: Review | None
    next: Review | None
    late: int


class Now(NamedTuple):
    """What the box says; what does not concern the plan's state is none."""

    signing: Signing | None = None
    came_back: CameBack | None = None
    living: Living | None = None
    begun: Begun | None = None


def now_of(plan: Plan, standing: Standing, team: Sequence[PlanMember], titles: Mapping[int, str], at: datetime) -> Now:
    """What is next. `titles` are those of the sections by id."""
    if plan.suspended_at is not None:
        return Now()
    if plan.status is PlanStatus.IN_SIGNATURE:
        return Now(signing=_signing(plan, standing, at))
    if plan.status is PlanStatus.FINAL_REVIEW:
        return Now(came_back=_came_back(plan))
    if plan.status is not PlanStatus.ACTIVE:
        return Now()
    living = _living(plan, at)
    if plan.amendment is Amendment.IN_SIGNATURE:
        return Now(signing=_signing(plan, standing, at), living=living)
    if plan.amendment is not None:
        came_back = _came_back(plan) if plan.amendment is Amendment.FINAL_REVIEW else None
        return Now(came_back=came_back, living=living, begun=_begun(plan, team, titles))
    return Now(living=living)


def _signing(plan: Plan, standing: Standing, at: datetime) -> Signing | None:
    version = versions.with_state(plan, VersionState.IN_SIGNATURE)
    if version is None:
        return None
    required = versions.required(plan, version)
    lines = lines_of(required, [one for one in versions.signatures(plan) if one.version_id == version.id])
    missing = [one for one in lines if one.signature is None]
    signer = service.signer_of(standing, required)
    mine = signer is not None and any(one.signer == signer for one in missing)
    return Signing(version, lines, missing, mine and service.is_open(plan, version, at))


def _came_back(plan: Plan) -> CameBack | None:
    refused = (PlanSignature.version_id == PlanVersion.id) & PlanSignature.state.in_(REFUSALS)
    query = select(PlanVersion, PlanSignature).outerjoin(PlanSignature, refused).options(defer(PlanVersion.content))
    query = query.where(PlanVersion.plan_id == plan.id, PlanVersion.state != VersionState.KEPT)
    row = db.session.execute(query.order_by(PlanVersion.major.desc(), PlanVersion.minor.desc(), PlanSignature.id.desc())).first()
    if row is None or row[0].state not in (VersionState.DROPPED, VersionState.LAPSED):
        return None
    return CameBack(row[0], row[1])


def _living(plan: Plan, at: datetime) -> Living:
    found = reviews.reviews(plan)
    late = select(func.count()).where(
        PlanAction.plan_id == plan.id, PlanAction.status.not_in(ENDED_ACTIONS), PlanAction.due_on < at.date()
    )
    judged = [one for one in found if one.held_on is not None and one.rag is not None]
    ahead = sorted((one for one in found if one.held_on is None), key=lambda one: one.planned_at)
    return Living(judged[-1] if judged else None, ahead[0] if ahead else None, db.session.scalar(late) or 0)


def _begun(plan: Plan, team: Sequence[PlanMember], titles: Mapping[int, str]) -> Begun:
    """Two queries."""
    began = select(AuditEntry.at, AuditEntry.actor_user_id, Person.id)
    began = began.outerjoin(Person, Person.user_id == AuditEntry.actor_user_id)
    mine = (AuditEntry.object_type == "plan", AuditEntry.object_id == plan.id, AuditEntry.action == "plans.amend")
    # Who of the other side it was is in the team that the reader sees.
    with whole():
        row = db.session.execute(began.where(*mine).order_by(AuditEntry.id.desc()).limit(1)).first()
    at, user_id, person_id = row or (None, None, None)
    by = [one.name for one in team if (user_id and one.user_id == user_id) or (person_id and one.person_id == person_id)]
    # While the version is in force signed words change in an amendment only.
    in_force = select(PlanVersion.closed_at).where(PlanVersion.plan_id == plan.id, PlanVersion.state == VersionState.IN_FORCE)
    edits = select(PlanEdit.section_id, PlanEdit.kind, PlanEdit.changes)
    edits = edits.where(PlanEdit.plan_id == plan.id, PlanEdit.at > in_force.scalar_subquery())
    changed = {section_id for section_id, kind, changes in db.session.execute(edits) if changes_signed(kind, changes)}
    return Begun(at, by[0] if by else None, [title for section_id, title in titles.items() if section_id in changed])
