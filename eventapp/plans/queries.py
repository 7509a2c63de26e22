"""Reading plans. The first argument is the viewer: a plan is there for its two teams and for auditors, for nobody else.

But while its workshop is under way, also for the neutral facilitator.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.links import site_name
from eventapp.core.wall import whole
from eventapp.partners.models import Organisation
from eventapp.plans.models import (
    MemberFunction,
    Objective,
    Plan,
    PlanAction,
    PlanAgreement,
    PlanMember,
    PlanSection,
    PlanStatus,
    PlanTemplate,
    Side,
    Workshop,
    WorkshopState,
)
from eventapp.plans.permissions import Standing


class Seen(NamedTuple):
    """A plan as somebody sees it: what they are in it, and what both sides are called."""

    plan: Plan
    standing: Standing
    names: dict[Side, str]


def belongs(viewer: Viewer, member: type[PlanMember]) -> ColumnElement[bool]:
    """The condition of the rows of `member` by which the viewer belongs to the team of the plan beside it now.

    For the vendor by the login, as long as it has a role there; for side b by the person, and for the company acted for.
    """
    found: list[ColumnElement[bool]] = []
    if viewer.roles and viewer.user is not None:
        found.append(and_(member.side == Side.A, member.user_id == viewer.user.id))
    seat = viewer.seat
    if seat is not None and seat.person_id is not None:
        of_company = Plan.side_b_id == seat.company_id
        found.append(and_(member.side == Side.B, member.person_id == seat.person_id, of_company))
    return and_(member.plan_id == Plan.id, member.left_at.is_(None), or_(false(), *found))


def facilitated(viewer: Viewer, *states: WorkshopState) -> ColumnElement[bool]:
    """The condition of plans whose workshop, in one of these states, the viewer leads without belonging to a team."""
    if viewer.user is None or not viewer.roles - {Role.AUDITOR}:
        return false()
    led = (Workshop.plan_id == Plan.id, Workshop.facilitator_id == viewer.user.id, Workshop.state.in_(states))
    ahead = (Plan.status == PlanStatus.WORKSHOP, Plan.suspended_at.is_(None))
    return and_(*ahead, select(Workshop.id).where(*led).correlate(Plan).exists())


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of plans that the viewer reads."""
    if Role.AUDITOR in viewer.roles:
        return true()
    return or_(in_team(viewer), facilitated(viewer, WorkshopState.RUNNING))


def in_team(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of plans whose teams the viewer belongs to; for auditors all of them."""
    if Role.AUDITOR in viewer.roles:
        return true()
    member = aliased(PlanMember)
    return select(member.id).where(belongs(viewer, member)).correlate(Plan).exists()


def plan(viewer: Viewer, code: str) -> Seen:
    """The plan of that code with what the viewer is in it. Raises NotFoundError, for a foreign one as for none."""
    leads = facilitated(viewer, WorkshopState.RUNNING)
    query = select(Plan, PlanMember, leads).outerjoin(PlanMember, belongs(viewer, PlanMember)).options(joinedload(Plan.side_b))
    row = db.session.execute(query.where(Plan.code == code, visible(viewer)).order_by(PlanMember.id).limit(1)).first()
    if row is None:
        raise NotFoundError(code)
    found, member, facilitates = row
    return Seen(found, Standing(member, facilitates=member is None and bool(facilitates)), side_names(found))


def seen_with_actions(
    viewer: Viewer, plan_id: int, risk_ids: Collection[int]
) -> tuple[Plan, Standing, Sequence[PlanAction]] | None:
    """The plan with what the viewer is in it, and its actions that prevent these items of premortems, in one question.

    For pages of decisions, which know its id only; none if the viewer does not read it.
    """
    prevents = and_(PlanAction.plan_id == Plan.id, PlanAction.decision_risk_id.in_(risk_ids))
    query = (
        select(Plan, PlanMember, PlanAction).outerjoin(PlanMember, belongs(viewer, PlanMember)).outerjoin(PlanAction, prevents)
    )
    rows = db.session.execute(query.where(Plan.id == plan_id, visible(viewer)).order_by(PlanMember.id, PlanAction.id)).all()
    if not rows:
        return None
    return rows[0][0], Standing(rows[0][1]), list({one.id: one for _plan, _member, one in rows if one is not None}.values())


def side_names(of: Plan) -> dict[Side, str]:
    """What the two organisations are called now. Who signs with the other side may know its name."""
    with whole():
        query = select(Organisation.id, Organisation.name, Organisation.legal_name)
        rows = {row.id: row for row in db.session.execute(query.where(Organisation.id.in_([of.side_a_id, of.side_b_id])))}
    vendor = rows[of.side_a_id]
    # The row of the vendor is named after its guests at events; its legal name is its own, else it is who runs the site.
    return {Side.A: vendor.legal_name or site_name(), Side.B: rows[of.side_b_id].name}


def lock(of: Plan) -> Plan:
    """Takes the plan's lock until the transaction ends, and reads it anew: all changes of one plan stand in a row."""
    query = select(Plan).where(Plan.id == of.id).with_for_update(of=Plan).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def team(of: Plan, *, former: bool = False) -> Sequence[PlanMember]:
    """Who is in the teams of both sides, in the order of functions; with `former` everybody who ever was."""
    query = select(PlanMember).where(PlanMember.plan_id == of.id)
    if not former:
        query = query.where(PlanMember.left_at.is_(None))
    return in_order(db.session.scalars(query))


def in_order(members: Iterable[PlanMember]) -> list[PlanMember]:
    """People of teams by side and function, then by when they joined."""
    order = {function: n for n, function in enumerate(MemberFunction)}
    return sorted(members, key=lambda one: (one.side, order[one.function], one.joined_at, one.id))


def member(of: Plan, member_id: int) -> PlanMember:
    """Somebody who is in the plan's team now. Raises NotFoundError."""
    query = select(PlanMember).where(PlanMember.id == member_id, PlanMember.plan_id == of.id, PlanMember.left_at.is_(None))
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(member_id)
    return found


def sections(of: Plan) -> Sequence[PlanSection]:
    """The sections of a plan, in their order."""
    return db.session.scalars(
        select(PlanSection).where(PlanSection.plan_id == of.id).order_by(PlanSection.position, PlanSection.id)
    ).all()


def section(of: Plan, key: str) -> PlanSection:
    """A section of that plan. Raises NotFoundError."""
    found = db.session.scalar(select(PlanSection).where(PlanSection.plan_id == of.id, PlanSection.key == key))
    if found is None:
        raise NotFoundError(key)
    return found


def agreements(of: Plan) -> dict[tuple[int, Side], PlanAgreement]:
    """What is agreed now, by section and side."""
    query = select(PlanAgreement).where(PlanAgreement.plan_id == of.id, PlanAgreement.ended_at.is_(None))
    return {(one.section_id, one.side): one for one in db.session.scalars(query)}


def objectives(of: Plan) -> Sequence[Objective]:
    """The objectives of a plan, in their order."""
    return db.session.scalars(
        select(Objective).where(Objective.plan_id == of.id).order_by(Objective.position, Objective.id)
    ).all()


def templates() -> Sequence[PlanTemplate]:
    """The templates that plans are made from now."""
    return db.session.scalars(
        select(PlanTemplate).where(PlanTemplate.active).order_by(PlanTemplate.kind, PlanTemplate.name)
    ).all()
