"""Another partner for a plan that is not in force: the old plan stays where it was written, a new one begins empty.

Nothing is moved and nothing is copied: no row, no member, no decision, no link from one to the other, and no title either,
which both owners may have written. What the new plan begins with is typed by the vendor's owner, who sees the old period
and currency in the form.
"""

from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, func, or_, select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation
from eventapp.plans import queries, steps
from eventapp.plans.content.editing import LINES
from eventapp.plans.founding import service as founding
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import (
    PLAN_TRANSITIONS,
    Plan,
    PlanAction,
    PlanComment,
    PlanFile,
    PlanMember,
    PlanNote,
    PlanSection,
    PlanSignature,
    PlanStatus,
    PlanTemplate,
    PlanTemplateSection,
    PlanVersion,
    SectionState,
    Side,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.teams.service import Candidate


class Stays(NamedTuple):
    """What stays with the former partner, in numbers; `sections` are those in which something is written."""

    sections: int
    rows: int
    actions: int
    comments: int
    notes: int
    files: int
    versions: int
    signatures: int
    people: int


def may_change_partner(plan: Plan, standing: Standing) -> bool:
    """Whether the viewer may: the owner for the vendor, before the plan is in force."""
    return standing.is_owner and standing.side is Side.A and PlanStatus.CANCELLED in PLAN_TRANSITIONS[plan.status]


def stays(plan: Plan) -> Stays:
    """Counts what the new partner gets nothing of."""

    def of(model: Any, *conditions: Any) -> ScalarSelect[int]:
        return select(func.count()).select_from(model).where(model.plan_id == plan.id, *conditions).scalar_subquery()

    rows = reduce(add, (of(model) for model in LINES.values()))
    written = or_(PlanSection.state != SectionState.EMPTY, PlanSection.text != "")
    # The other side's notes are not even counted for the vendor.
    counts = (
        *(of(PlanSection, written), rows, of(PlanAction), of(PlanComment), of(PlanNote, PlanNote.side == Side.A)),
        *(of(PlanFile), of(PlanVersion), of(PlanSignature), of(PlanMember)),
    )
    return Stays(*db.session.execute(select(*counts)).one())


def begins_with(template_id: int) -> int:
    """With how many sections, all empty, the new plan begins."""
    found = select(func.count()).select_from(PlanTemplateSection).where(PlanTemplateSection.template_id == template_id)
    return db.session.scalar(found) or 0


def change_partner(
    plan: Plan,
    company: Organisation,
    details: PlanDetails,
    reason: str,
    *,
    owner_a: Candidate,
    owner_b: Candidate,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> Plan:
    """Cancels the plan with the former partner and opens one with the new one, from the same template.

    Raises RuleError for the same company, without a reason, and if the plan is in force or over by now.
    """
    plan = queries.lock(plan)
    if company.id == plan.side_b_id:
        raise RuleError(_("The plan is with this company already."))
    if not may_change_partner(plan, standing):
        raise RuleError(_("A plan that is in force or over cannot be cancelled."))
    steps.cancel(plan, reason, by=by, at=at)
    template = db.session.get_one(PlanTemplate, plan.template_id)
    return founding.create(template, company, details, owner_a=owner_a, owner_b=owner_b, by=by, at=at)
