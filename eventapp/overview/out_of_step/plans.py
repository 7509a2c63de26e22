"""What is late in the joint plans that the viewer reads: actions, signatures, reviews, targets."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import current_app, url_for
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.overview.out_of_step.findings import SHOWN, Act, Finding, Group
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.actuals.rules import score
from eventapp.plans.models import (
    ENDED_ACTIONS,
    QUARTERS,
    RAG_LABELS,
    Actual,
    Objective,
    Plan,
    PlanAction,
    PlanMember,
    PlanSignature,
    PlanStatus,
    PlanVersion,
    Rag,
    Review,
    ReviewState,
    SignatureState,
    VersionState,
)
from eventapp.plans.rules import fiscal_name, quarter_days


class Row(NamedTuple):
    """A plan as its line names it."""

    plan_id: int
    code: str
    company: str


def groups(viewer: Viewer, at: datetime) -> list[Group]:
    """Everything late in plans, in seven queries whatever their number."""
    return [_actions(viewer, at.date()), _signatures(viewer), _reviews(viewer, at), _targets(viewer, at.date())]


def _named(*columns: Any) -> Select[Any]:
    """Plans by code and by what side b is called, with further columns."""
    return select(Plan.code, Organisation.name.label("company"), *columns).join(Organisation, Organisation.id == Plan.side_b_id)


def _called(row: Any) -> str:
    return f"{row.company} · {row.code}"


def _actions(viewer: Viewer, today: date) -> Group:
    query = (
        _named(PlanAction.id, PlanAction.number, PlanAction.text, PlanAction.due_on, PlanMember.name.label("who"))
        .add_columns(func.count().over().label("total"))
        .join(PlanAction, PlanAction.plan_id == Plan.id)
        .join(PlanMember, PlanMember.id == PlanAction.accountable_id)
        .where(queries.visible(viewer), PlanAction.status.not_in(ENDED_ACTIONS), PlanAction.due_on < today)
        .where(Plan.status != PlanStatus.CANCELLED)
        .order_by(PlanAction.due_on, PlanAction.id)
        .limit(SHOWN)
    )
    rows = db.session.execute(query).all()
    findings = [
        Finding(
            _called(row),
            url_for("plans.show", plan_code=row.code),
            _("“%(text)s” was to be done by %(who)s.", text=row.text, who=row.who),
            Act(_("Say how far it is"), url_for("plan_actions.edit", plan_code=row.code, action_id=row.id)),
            row.due_on,
        )
        for row in rows
    ]
    total = rows[0].total if rows else 0
    return Group("actions", _("Actions overdue"), findings, total, _("No action of your plans is late."))


def _signatures(viewer: Viewer) -> Group:
    """Versions in signature: who is still to sign them. The content says whom it needs; here whoever signs by the team."""
    signed = (
        select(PlanSignature.id)
        .where(
            PlanSignature.version_id == PlanVersion.id,
            PlanSignature.state == SignatureState.VALID,
            or_(PlanSignature.member_id == PlanMember.id, PlanSignature.for_sponsor_id == PlanMember.id),
        )
        .exists()
    )
    query = (
        _named(PlanVersion.id, PlanVersion.due_at, PlanMember.name.label("who"))
        .join(PlanVersion, and_(PlanVersion.plan_id == Plan.id, PlanVersion.state == VersionState.IN_SIGNATURE))
        .join(PlanMember, and_(PlanMember.plan_id == Plan.id, PlanMember.signatory, PlanMember.left_at.is_(None)))
        .where(queries.visible(viewer), ~signed)
        .order_by(PlanVersion.due_at, PlanVersion.id, PlanMember.id)
    )
    waiting: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(query):
        waiting[row.id].append(row)
    findings = []
    for version_id, rows in list(waiting.items())[:SHOWN]:
        names = ", ".join(row.who for row in rows)
        page = url_for("plan_versions.show", plan_code=rows[0].code, plan_version_id=version_id)
        text = _("Not signed yet: %(names)s.", names=names)
        findings.append(Finding(_called(rows[0]), page, text, Act(_("Read and sign"), page), rows[0].due_at.date()))
    return Group("signatures", _("Signatures missing"), findings, len(waiting), _("No signature is missing."))


def _reviews(viewer: Viewer, at: datetime) -> Group:
    """Reviews whose day is over and that were not held, those held that somebody has not accepted, and quarters without any."""
    late = or_(
        and_(Review.state.in_([ReviewState.PLANNED, ReviewState.FROZEN]), Review.planned_at < at),
        Review.state.in_([ReviewState.HELD, ReviewState.ESCALATED]),
    )
    query = (
        _named(Plan.period_start, Plan.fiscal_start, Review.quarter, Review.state, Review.planned_at)
        .join(Review, Review.plan_id == Plan.id)
        .where(queries.visible(viewer), Plan.status == PlanStatus.ACTIVE, late)
        .order_by(Review.planned_at, Review.id)
    )
    findings = [_of_review(row) for row in db.session.execute(query)]
    of_plan = aliased(Review)
    quarters = select(func.max(of_plan.quarter)).where(of_plan.plan_id == Plan.id).correlate(Plan).scalar_subquery()
    there = _named(Plan.period_start, Plan.fiscal_start, quarters.label("last")).where(
        queries.visible(viewer), Plan.status == PlanStatus.ACTIVE, Plan.suspended_at.is_(None)
    )
    for row in db.session.execute(there.order_by(Plan.id)):
        over = last_quarter(row.period_start, at.date())
        if over is not None and over > (row.last or 0):
            name = fiscal_name(row.period_start, over, row.fiscal_start)
            text = _("%(quarter)s is over and has no review.", quarter=name)
            ended = quarter_days(row.period_start, over)[1]
            findings.append(Finding(_called(row), _plan(row.code), text, _review_act(row.code, _("Plan the review")), ended))
    findings.sort(key=lambda one: one.day or date.max)
    return Group("reviews", _("Reviews missing"), findings[:SHOWN], len(findings), _("Every quarter has its review."))


def _of_review(row: Any) -> Finding:
    name = fiscal_name(row.period_start, row.quarter, row.fiscal_start)
    if row.state in (ReviewState.HELD, ReviewState.ESCALATED):
        text, label = _("The review of %(quarter)s is not accepted by both sides.", quarter=name), _("Accept it")
    else:
        text, label = _("The review of %(quarter)s was not held on its day.", quarter=name), _("Hold or move it")
    return Finding(_called(row), _plan(row.code), text, _review_act(row.code, label), row.planned_at.date())


def _review_act(code: str, label: str) -> Act | None:
    there = "plan_reviews.index" in current_app.view_functions
    return Act(label, url_for("plan_reviews.index", plan_code=code)) if there else None


def _plan(code: str) -> str:
    return url_for("plans.show", plan_code=code)


def last_quarter(start: date, today: date) -> int | None:
    """The last quarter (1 to 4) of a plan that is over; none before the first one is."""
    over = [n for n in QUARTERS if quarter_days(start, n)[1] < today]
    return over[-1] if over else None


def _targets(viewer: Viewer, today: date) -> Group:
    """Plans in force whose last quarter scores amber or red, by what is confirmed."""
    query = _named(Plan.id, Plan.period_start, Plan.fiscal_start).where(
        queries.visible(viewer), Plan.status == PlanStatus.ACTIVE, Plan.period_start < today
    )
    plans = {row.id: row for row in db.session.execute(query.order_by(Plan.id)) if last_quarter(row.period_start, today)}
    objectives = _by_plan(plans)
    values: dict[int, dict[tuple[int, int], Actual]] = defaultdict(dict)
    if plans:
        for one in db.session.scalars(select(Actual).where(Actual.plan_id.in_(plans))):
            values[one.plan_id][one.objective_id, one.quarter] = one
    behind = []
    for plan_id, row in plans.items():
        quarter = last_quarter(row.period_start, today) or 1
        found = score(objectives.get(plan_id, []), quarter, values[plan_id])
        if found.rag in (Rag.RED, Rag.AMBER):
            behind.append((found.score, row, quarter, found))
    behind.sort(key=lambda one: (one[0] or 0, one[1].code))
    findings = [
        Finding(
            _called(row),
            _plan(row.code),
            _(
                "%(quarter)s: %(score)s percent (%(colour)s). %(names)s",
                quarter=fiscal_name(row.period_start, quarter, row.fiscal_start),
                score=found.score,
                colour=str(RAG_LABELS[found.rag]).lower(),
                names=_furthest(found),
            ),
            Act(_("Agree on an action"), url_for("plan_actions.add", plan_code=row.code)),
        )
        for _score, row, quarter, found in behind[:SHOWN]
    ]
    return Group("targets", _("Targets behind"), findings, len(behind), _("No plan is behind in its last quarter."))


def _by_plan(ids: Collection[int]) -> Mapping[int, list[Objective]]:
    found: dict[int, list[Objective]] = defaultdict(list)
    if ids:
        query = select(Objective).where(Objective.plan_id.in_(ids)).order_by(Objective.position, Objective.id)
        for one in db.session.scalars(query):
            found[one.plan_id].append(one)
    return found


def _furthest(found: Any) -> str:
    """The objective that is furthest behind, with what it reached."""
    known = [one for one in found.lines if one.attainment is not None]
    worst = min(known, key=lambda one: one.attainment, default=None)
    if worst is None:
        return ""
    return _("Furthest behind: %(name)s.", name=worst.objective.statement)
