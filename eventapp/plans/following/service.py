"""Making next year's plan, and taking over what is still to be done."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.actions import service as actions
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.content import editing
from eventapp.plans.content.merging import plain
from eventapp.plans.following import queries as years
from eventapp.plans.founding import service as founding
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.log import about
from eventapp.plans.models import (
    ActionStatus,
    ActualSource,
    GovernanceLine,
    MemberFunction,
    Objective,
    Plan,
    PlanLine,
    PlanMember,
    PlanRisk,
    PlanSection,
    PlanStatus,
    PlanTemplate,
    SectionKind,
    SectionState,
    Side,
    TargetAccount,
    ValueLine,
)
from eventapp.plans.permissions import Standing, is_lived_by
from eventapp.plans.teams import queries as people
from eventapp.plans.teams import service as teams
from eventapp.plans.teams.service import Candidate

# What holds for more than a year. Initiatives, enablement, funds and resources belong to theirs.
LASTING: dict[SectionKind, type[PlanLine]] = {
    SectionKind.RISKS: PlanRisk,
    SectionKind.VALUE: ValueLine,
    SectionKind.GOVERNANCE: GovernanceLine,
}
_NAMES_MEMBERS = ("owner_a_id", "owner_b_id", "owner_id")
_OF_A_YEAR = ("baseline", "annual", "q1", "q2", "q3", "q4")


def may_be_followed(plan: Plan) -> bool:
    """Whether next year's plan can be made from it: once it is in force, and after it."""
    return plan.status in (PlanStatus.ACTIVE, PlanStatus.COMPLETED) and plan.suspended_at is None


def comes_along(plan: Plan, at: datetime) -> list[tuple[PlanMember, Candidate]]:
    """Who of both teams can be in the next one: still works for the vendor, still belongs to the company."""
    there: dict[tuple[int | None, int | None], Candidate] = {
        **{(one.user_id, None): one for _key, one in people.vendor_people(at)},
        **{(None, one.person_id): one for _key, one in people.company_people(plan.side_b_id)},
    }
    return [(one, who) for one in queries.team(plan) if (who := there.get((one.user_id, one.person_id))) is not None]


def follow(plan: Plan, details: PlanDetails, *, founder: Candidate, by: Actor, at: datetime) -> Plan:
    """Makes the draft of the year after: teams, texts, objectives with this year's targets as baselines, open accounts.

    `founder` owns it for the vendor if this year's owner does not work there any more. Raises RuleError if it is made
    already, if the years overlap, or if the company's owner has left.
    """
    plan = queries.lock(plan)
    if not may_be_followed(plan):
        raise RuleError(_("Next year's plan is made from a plan that is in force, or completed."))
    if (there := years.follower(plan)) is not None:
        raise RuleError(_("Next year's plan is there already: %(code)s.", code=there.code))
    if details.period_start <= plan.period_end:
        raise RuleError(_("It begins after this plan ends."), "period_start", 422)
    come = comes_along(plan, at)
    owners = {one.side: who for one, who in come if one.function is MemberFunction.OWNER}
    if Side.B not in owners:
        raise RuleError(_("The company's owner of this plan has left. Hand it over to somebody first."))
    made = founding.create(
        db.session.get_one(PlanTemplate, plan.template_id),
        db.session.get_one(Organisation, plan.side_b_id),
        details,
        owner_a=owners.get(Side.A, founder),
        owner_b=owners[Side.B],
        follows=plan,
        by=by,
        at=at,
    )
    now_in = {(one.user_id, one.person_id) for one in queries.team(made)}
    for one, who in come:
        if (who.user_id, who.person_id) not in now_in and not teams.is_across(who, queries.team(made)):
            teams.join(made, who, one.function, signatory=one.signatory, by=by, at=at)
    counts = _copy(plan, made, at)
    record("plans.follow", by=by, at=at, **about(made), changes={"number": sum(counts)})
    return made


def _members(before: Plan, made: Plan) -> dict[int, int]:
    """Who is who in the new team, by their rows in the old one, earlier functions too."""
    now_in = {(one.user_id, one.person_id): one.id for one in queries.team(made)}
    everybody = queries.team(before, former=True)
    return {one.id: now_in[one.user_id, one.person_id] for one in everybody if (one.user_id, one.person_id) in now_in}


def _copy(before: Plan, made: Plan, at: datetime) -> list[int]:
    """Copies what comes along; returns how many rows, section by section."""
    who, sections = _members(before, made), {one.key: one for one in queries.sections(made)}
    counts = []
    for old in queries.sections(before):
        new = sections.get(old.key) or _section_like(old, made, at)
        if old.kind is SectionKind.TEXT and old.text:
            new.text, new.text_html, new.state = old.text, old.text_html, SectionState.DRAFTED
        rows = _rows(before, old)
        for position, row in enumerate(rows, start=1):
            _add(new, row, position, who, at)
        if rows:
            new.state = SectionState.DRAFTED
        counts.append(len(rows))
    db.session.flush()
    return counts


def _section_like(old: PlanSection, made: Plan, at: datetime) -> PlanSection:
    """A section that the template has no more, or never had."""
    values = {name: getattr(old, name) for name in ("position", "key", "kind", "title", "help", "required")}
    new = PlanSection(plan_id=made.id, changed_at=at, **values)
    db.session.add(new)
    db.session.flush()
    return new


def _rows(before: Plan, section: PlanSection) -> list[Any]:
    if section.kind is SectionKind.OBJECTIVES:
        return list(actuals.in_force(before))
    if section.kind is SectionKind.ACCOUNTS:
        return [one for one in years.open_accounts(before) if one.section_id == section.id]
    model: Any = LASTING.get(section.kind)
    if model is None:
        return []
    return list(db.session.scalars(select(model).where(model.section_id == section.id).order_by(model.position, model.id)))


def _add(section: PlanSection, row: Any, position: int, who: Mapping[int, int], at: datetime) -> None:
    model: Any = type(row)
    values = {name: getattr(row, name) for name in model.fields}
    values |= {name: who.get(values[name]) if values[name] is not None else None for name in _NAMES_MEMBERS if name in values}
    if model is Objective:
        # What was wanted is what the next year is compared with; what is wanted next is for both sides to say.
        values |= {**dict.fromkeys(_OF_A_YEAR), "baseline": row.annual}
        if row.source is ActualSource.REGISTRATION:
            values["source_key"] = ""
    if model is TargetAccount:
        values["due_on"] = None
    made = model(plan_id=section.plan_id, section_id=section.id, position=position, **values)
    db.session.add(made)
    db.session.flush()
    plan = db.session.get_one(Plan, section.plan_id)
    changes = {name: [None, plain(value)] for name, value in values.items() if value not in (None, "")}
    editing.note(plan, section.id, made, changes, member_id=None, at=at)


def take_over(
    plan: Plan, action_ids: Collection[int], *, due_on: date | None, standing: Standing, by: Actor, at: datetime
) -> int:
    """Takes open actions of last year's plan over; returns how many. Those that are late get the day `due_on`.

    They go on with the same people, or with the owner of their side where somebody is not in the team any more. In a plan
    that is still in force the old action ends there, so that nobody has it twice.
    """
    before = queries.lock(years.last_year(plan))
    plan = queries.lock(plan)
    chosen = [one for one in years.to_take_over(before, plan) if one.id in action_ids]
    late = [one for one in chosen if one.due_on < at.date()]
    if late and due_on is None:
        raise RuleError(_("Choose a day for the actions that are late."), "due_on", 422)
    who = _members(before, plan)
    sides = {one.id: one.side for one in queries.team(before, former=True)}
    owners = {one.side: one.id for one in queries.team(plan) if one.function is MemberFunction.OWNER}
    for one in chosen:
        accountable = who.get(one.accountable_id, owners[sides[one.accountable_id]])
        made = actions.add(
            plan,
            one.text,
            accountable_id=accountable,
            helper_id=who.get(one.helper_id) if one.helper_id is not None else None,
            due_on=due_on if one in late and due_on is not None else one.due_on,
            standing=standing,
            by=by,
            at=at,
        )
        made.taken_from_id = one.id
        if is_lived_by(before):
            evidence = _("Taken over into the plan %(code)s as no. %(number)s.", code=plan.code, number=made.number)
            values = {"status": ActionStatus.DROPPED, "ended_at": at, "evidence": f"{one.evidence}\n{evidence}".strip()[:1000]}
            editing.change(before, None, one, values, base=one.version, standing=Standing(), by=by, at=at)
    db.session.flush()
    return len(chosen)
