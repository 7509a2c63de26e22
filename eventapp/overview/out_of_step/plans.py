"""What is late in the joint plans that the viewer reads: actions, signatures, reviews, targets."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from flask import current_app, url_for
from flask_babel import format_decimal
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.overview.out_of_step.findings import SHOWN, Act, Finding, Group
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.actuals.rules import HUNDRED, NOUGHT, Score, score
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
from eventapp.plans.portfolio import due
from eventapp.plans.rules import fiscal_name, quarter_days
from eventapp.plans.signing.rules import Signer, frozen_signers

# So many objectives that are not confirmed are named.
NAMED = 3


class Row(NamedTuple):
    """A plan as its line names it."""

    plan_id: int
    code: str
    company: str


def groups(viewer: Viewer, at: datetime) -> list[Group]:
    """Everything late in plans, in eight queries whatever their number."""
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
    """Versions in signature: who is still to sign them, by what each has frozen, with the delegates of sponsors."""
    missing = due.signatures(queries.visible(viewer)).subquery()
    query = (
        _named(Plan.id.label("plan_id"), PlanVersion.id, PlanVersion.due_at, PlanVersion.content, PlanVersion.content_hash)
        .add_columns(func.count().over().label("total"))
        .join(PlanVersion, and_(PlanVersion.plan_id == Plan.id, PlanVersion.state == VersionState.IN_SIGNATURE))
        .join(missing, missing.c.plan_id == Plan.id)
        .order_by(PlanVersion.due_at, PlanVersion.id)
        .limit(SHOWN)
    )
    rows = db.session.execute(query).all()
    people, signed = _people_and_signed(rows)
    findings = []
    for row in rows:
        required = frozen_signers(json.loads(row.content), people[row.plan_id])
        left = [one for one in required if (row.id, one.member.id, row.content_hash) not in signed]
        names = ", ".join(_signer(one, people[row.plan_id]) for one in left)
        page = url_for("plan_versions.show", plan_code=row.code, plan_version_id=row.id)
        text = ngettext(
            "%(num)s signature is missing: %(names)s.", "%(num)s signatures are missing: %(names)s.", len(left), names=names
        )
        findings.append(Finding(_called(row), page, text, Act(_("Read and sign"), page), row.due_at.date()))
    total = rows[0].total if rows else 0
    return Group("signatures", _("Plans with signatures missing"), findings, total, _("No signature is missing."))


def _people_and_signed(rows: Sequence[Any]) -> tuple[dict[int, dict[int, PlanMember]], set[tuple[int, int, str]]]:
    """By plan everybody who is or was in its teams, by id; and who has signed which version, with the hash. One query."""
    people: dict[int, dict[int, PlanMember]] = defaultdict(dict)
    signed = set()
    if rows:
        given = and_(
            PlanSignature.member_id == PlanMember.id,
            PlanSignature.version_id.in_([row.id for row in rows]),
            PlanSignature.state == SignatureState.VALID,
        )
        query = select(PlanMember, PlanSignature.version_id, PlanSignature.content_hash).outerjoin(PlanSignature, given)
        for member, version_id, content_hash in db.session.execute(
            query.where(PlanMember.plan_id.in_([row.plan_id for row in rows]))
        ):
            people[member.plan_id][member.id] = member
            signed.add((version_id, member.id, content_hash))
    return people, signed


def _signer(one: Signer, people: Mapping[int, PlanMember]) -> str:
    """Who has to sign, and for which sponsor, if by delegation."""
    if one.for_sponsor is None:
        return one.member.name
    return _("%(delegate)s for %(sponsor)s", delegate=one.member.name, sponsor=people[one.for_sponsor].name)


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
                "%(quarter)s: %(score)s (%(colour)s). %(names)s",
                quarter=fiscal_name(row.period_start, quarter, row.fiscal_start),
                score=_percent(found.score),
                colour=str(RAG_LABELS[found.rag]).lower(),
                names=_causes(found),
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


def _causes(found: Score) -> str:
    """What drags the score down most: what is not confirmed, where that costs more than any objective that is behind."""
    lost = [(one, one.objective.weight * (HUNDRED - one.attainment)) for one in found.lines if one.attainment is not None]
    worst, most = max(lost, key=lambda pair: pair[1], default=(None, NOUGHT))
    grey = sorted((one for one in found.lines if one.attainment is None), key=lambda one: -one.objective.weight)
    if sum((one.objective.weight for one in grey), 0) * HUNDRED > most:
        return _("Not confirmed: %(names)s.", names=", ".join(one.objective.statement for one in grey[:NAMED]))
    if worst is None or most <= 0:
        return ""
    reached = _percent(worst.attainment)
    return _("Furthest behind: %(name)s (%(reached)s).", name=worst.objective.statement, reached=reached)


def _percent(value: Decimal | None) -> str:
    return _("%(number)s %%", number=format_decimal(value))
