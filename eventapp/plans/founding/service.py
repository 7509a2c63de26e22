"""Making a plan from a template, with one owner on each side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation, OrganisationStatus
from eventapp.partners.service import companies
from eventapp.plans.log import about
from eventapp.plans.models import (
    Initiative,
    InitiativeKind,
    MemberFunction,
    Plan,
    PlanKind,
    PlanSection,
    PlanTemplate,
    PlanTemplateSection,
    SectionState,
)
from eventapp.plans.rules import code_of, period_problem
from eventapp.plans.teams import service as teams
from eventapp.plans.teams.service import Candidate


@dataclass(frozen=True)
class PlanDetails:
    """What a plan begins with."""

    title: str
    period_start: date
    period_end: date
    fiscal_start: int
    currency: str


def create(
    template: PlanTemplate,
    company: Organisation,
    details: PlanDetails,
    *,
    owner_a: Candidate,
    owner_b: Candidate,
    follows: Plan | None = None,
    by: Actor,
    at: datetime,
) -> Plan:
    """Makes a draft with the sections of the template. Raises RuleError for a period that cannot be."""
    if problem := period_problem(details.period_start, details.period_end):
        raise RuleError(problem.text, problem.field, 422)
    vendor = companies.vendor(at=at)
    if company.stands_aside or company.merged_into_id is not None or company.status is OrganisationStatus.ENDED:
        raise RuleError(_("Choose a company of the partner list."), "company", 422)
    # The lock on the vendor's row puts new plans in a row, so no two get one number.
    db.session.execute(select(Organisation.id).where(Organisation.id == vendor.id).with_for_update())
    plan = Plan(
        code=_next_code(details.period_start.year),
        kind=template.kind,
        title=details.title,
        side_a_id=vendor.id,
        side_b_id=company.id,
        template_id=template.id,
        follows_id=follows.id if follows is not None else None,
        period_start=details.period_start,
        period_end=details.period_end,
        fiscal_start=details.fiscal_start,
        currency=details.currency,
        created_at=at,
    )
    db.session.add(plan)
    db.session.flush()
    given = select(PlanTemplateSection).where(PlanTemplateSection.template_id == template.id)
    for one in db.session.scalars(given.order_by(PlanTemplateSection.position, PlanTemplateSection.id)):
        values = {name: getattr(one, name) for name in ("position", "key", "kind", "title", "help", "required")}
        section = PlanSection(plan_id=plan.id, changed_at=at, **values)
        db.session.add(section)
        if one.starts_with:
            _begin(plan, section, one.starts_with.splitlines())
    record("plans.create", by=by, at=at, **about(plan), changes={"kind": plan.kind})
    for owner in (owner_a, owner_b):
        teams.join(plan, owner, MemberFunction.OWNER, by=by, at=at)
    return plan


def _begin(plan: Plan, section: PlanSection, names: Sequence[str]) -> None:
    """Puts initiatives into a section that are there from the beginning: in an alliance its workstreams."""
    db.session.flush()
    kind = InitiativeKind.WORKSTREAM if plan.kind is PlanKind.ALLIANCE else InitiativeKind.SOLUTION
    for position, name in enumerate(names, start=1):
        values = {"plan_id": plan.id, "section_id": section.id, "position": position}
        db.session.add(Initiative(name=name[:150], kind=kind, **values))
    section.state = SectionState.DRAFTED


def _next_code(year: int) -> str:
    prefix = code_of(year, 0)[:-4]
    # As text the numbers sort as numbers while they have four digits; longer ones are longer.
    last = select(Plan.code).where(Plan.code.startswith(prefix, autoescape=True))
    highest = db.session.scalar(last.order_by(func.length(Plan.code).desc(), Plan.code.desc()).limit(1))
    return code_of(year, int(highest.rsplit("-", 1)[1]) + 1 if highest else 1)
