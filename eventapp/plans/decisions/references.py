"""What the log of decisions knows of plans: what one is called, who its teams are, how open its decisions may be.

A decision of a plan, of its workshop or of an alliance names the plan by its id. What the plan is called is told to those who
read the plan; a reader of the decision alone learns that it belongs to one. What is open to both organisations is read at the
vendor by the same staff as the summaries of plans, and by nobody else there.
"""

from collections.abc import Collection, Mapping, Sequence

from flask import url_for
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.decisions.models import DecisionContext, Openness
from eventapp.decisions.references import REFERENCES, Member, Place, Reference, Turned
from eventapp.partners.models import Person
from eventapp.plans import queries
from eventapp.plans.models import (
    ACTION_STATUS_LABELS,
    ENDED_ACTIONS,
    ActionStatus,
    Confidentiality,
    MemberFunction,
    Plan,
    PlanKind,
    PlanMember,
    Side,
)
from eventapp.plans.permissions import is_lived_by, may_comment
from eventapp.plans.sharing.queries import STAFF

CONTEXTS = (DecisionContext.PLAN, DecisionContext.WORKSHOP, DecisionContext.ALLIANCE)


def context_of(plan: Plan) -> DecisionContext:
    """To what a decision that is begun on the plan's pages belongs."""
    return DecisionContext.ALLIANCE if plan.kind is PlanKind.ALLIANCE else DecisionContext.PLAN


def login_of(member: PlanMember) -> Member | None:
    """Somebody of a team as decisions know them; none without a login."""
    if member.side is Side.A:
        return Member(member.user_id, None) if member.user_id is not None else None
    query = select(Person.user_id, Plan.side_b_id).join(PlanMember, PlanMember.person_id == Person.id)
    row = db.session.execute(query.join(Plan, Plan.id == PlanMember.plan_id).where(PlanMember.id == member.id)).one_or_none()
    return Member(row.user_id, row.side_b_id) if row is not None and row.user_id is not None else None


def _names(viewer: Viewer, ids: Collection[int]) -> Mapping[int, str]:
    query = select(Plan.id, Plan.code).where(Plan.id.in_(ids), queries.visible(viewer))
    return {row.id: row.code for row in db.session.execute(query)}


def _team(plan_id: int) -> Collection[Member]:
    """The logins of both teams now, each once: whoever works for both sides takes part for the vendor."""
    return [member for _function, member in _with_functions(plan_id)]


def _with_functions(plan_id: int) -> list[tuple[MemberFunction, Member]]:
    query = select(PlanMember.side, PlanMember.function, PlanMember.user_id, Person.user_id, Plan.side_b_id)
    query = query.join(Plan, Plan.id == PlanMember.plan_id).outerjoin(Person, Person.id == PlanMember.person_id)
    query = query.where(PlanMember.plan_id == plan_id, PlanMember.left_at.is_(None)).order_by(PlanMember.side, PlanMember.id)
    rows = db.session.execute(query).all()
    ids = {own or behind for _side, _function, own, behind, _company in rows} - {None}
    active = set(db.session.scalars(select(User.id).where(User.id.in_(ids), User.active)))
    found: dict[int, tuple[MemberFunction, Member]] = {}
    for side, function, own, behind, company in rows:
        user_id = own if side is Side.A else behind
        if user_id is not None and user_id in active:
            found.setdefault(user_id, (function, Member(user_id, None if side is Side.A else company)))
    return list(found.values())


def _widest(plan_id: int) -> Openness:
    # Read anew each time: somebody may be making the plan confidential at this moment.
    confidentiality = db.session.scalars(select(Plan.confidentiality).where(Plan.id == plan_id)).one()
    return Openness.TEAM if confidentiality is Confidentiality.TEAM else Openness.ORGANISATIONS


def _companies(plan_id: int) -> Collection[int]:
    return [db.session.scalars(select(Plan.side_b_id).where(Plan.id == plan_id)).one()]


def _keeper(plan_id: int, former: Member) -> Member | None:
    """The owner of the plan on the same side, else that of the other one."""
    owners = [member for function, member in _with_functions(plan_id) if function is MemberFunction.OWNER]
    same = [one for one in owners if (one.organisation_id is None) == (former.organisation_id is None)]
    return next(iter([*same, *owners]), None)


def _place(viewer: Viewer, plan_id: int, decision_id: int, risk_ids: Sequence[int]) -> Place:
    seen = queries.seen_with_actions(viewer, plan_id, risk_ids)
    if seen is None:
        return Place()
    plan, standing, actions = seen
    here, listing = (url_for(f"{name}.index", plan_code=plan.code) for name in ("plan_decisions", "plan_actions"))
    turned: dict[int, Turned] = {}
    for one in actions:
        words = ACTION_STATUS_LABELS[one.status]
        label = _("Action %(number)s of %(plan)s: %(status)s", number=one.number, plan=plan.code, status=words)
        page = f"{listing}?show=ended" if one.status in ENDED_ACTIONS else listing
        turned[one.decision_risk_id or 0] = Turned(label, page, one.status is ActionStatus.DONE)
    if not may_comment(standing) or not is_lived_by(plan):
        return Place(plan.code, here, turned)

    def url(risk_id: int) -> str:
        return url_for("plan_decisions.act", plan_code=plan.code, plan_decision_id=decision_id, plan_risk_id=risk_id)

    return Place(plan.code, here, turned, {one: url(one) for one in risk_ids if one not in turned})


for _context in CONTEXTS:
    REFERENCES[_context] = Reference(
        names=_names, team=_team, widest=_widest, companies=_companies, keeper=_keeper, staff=STAFF, place=_place
    )
