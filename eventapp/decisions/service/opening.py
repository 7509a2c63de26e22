"""Opening a decision, and keeping its base of facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.decisions import references
from eventapp.decisions.models import (
    OPENNESS_LABELS,
    Decision,
    DecisionContext,
    DecisionCounter,
    DecisionEntry,
    DecisionState,
    Openness,
    Part,
)
from eventapp.decisions.queries import seat_of
from eventapp.decisions.service import people
from eventapp.decisions.service.log import about, company_of, lock, lock_version, name_of, touch
from eventapp.partners.models import Organisation


@dataclass(frozen=True)
class DecisionFacts:
    """The base of facts of a decision, as typed."""

    title: str
    problem: str
    not_solving: str = ""
    impacted: str = ""
    requirements: str = ""
    constraints: str = ""
    assumptions: str = ""
    feedback_until: date | None = None
    decide_by: date | None = None
    launch_by: date | None = None


def open_decision(
    title: str,
    problem: str,
    context: DecisionContext,
    context_id: int | None = None,
    context_label: str = "",
    *,
    owner: Viewer,
    at: datetime,
    practice: bool = False,
) -> Decision:
    """Opens a decision in its first phase, with the viewer as its owner and the team of what it belongs to."""
    assert owner.user is not None
    made = Decision(
        code=_next_code("PRA" if practice else "DEC", at.year),
        practice=practice,
        title=title,
        problem=problem,
        context=context,
        context_id=context_id,
        context_label=context_label,
        openness=Openness.TEAM if practice else None,
        openness_reason=_("An exercise.") if practice else "",
        created_at=at,
        created_by=owner.user.actor_name,
        changed_at=at,
    )
    db.session.add(made)
    db.session.flush()
    people.add(made, owner.user, seat_of(owner), company_of(owner), Part.OWNER, at=at)
    people.join_team(made, at=at)
    db.session.add(DecisionEntry(decision_id=made.id, at=at, written_by=name_of(owner.user), state=DecisionState.IDEATE))
    touch(made, at)
    record("decisions.open", by=owner.user, **about(made, at, {"context": context.value, "practice": practice}))
    return made


def _next_code(kind: str, year: int) -> str:
    """The next free code, like DEC-2027-017. Two at once get two: the counter's row is locked by its change."""
    prefix = f"{kind}-{year}"
    dialect = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    db.session.execute(dialect.insert(DecisionCounter).values(prefix=prefix, last=0).on_conflict_do_nothing())
    counting = update(DecisionCounter).where(DecisionCounter.prefix == prefix).values(last=DecisionCounter.last + 1)
    number = db.session.execute(counting.returning(DecisionCounter.last)).scalar_one()
    return f"{prefix}-{number:03d}"


def change_facts(decision: Decision, facts: DecisionFacts, *, version: int, by: Actor, at: datetime) -> None:
    """Changes the base of facts. Raises StaleError if somebody saved since `version`."""
    decision = lock_version(decision, version)
    changes = {}
    for name, value in vars(facts).items():
        before = getattr(decision, name)
        if before != value:
            changes[name] = [before, value]
            setattr(decision, name, value)
    touch(decision, at)
    if changes:
        record("decisions.change", by=by, **about(decision, at, changes))


def set_openness(
    decision: Decision,
    openness: Openness,
    reason: str,
    companies: Sequence[Organisation],
    *,
    version: int,
    by: Actor,
    at: datetime,
) -> None:
    """Says who may read a decision, and why not everybody. From this moment on, for all that was said before as well.

    Raises RuleError where what it belongs to asks for more discretion, for an exercise, and for a level between
    organisations that names none; StaleError if somebody saved since `version`.
    """
    decision = lock_version(decision, version)
    if decision.practice and openness is not Openness.TEAM:
        raise RuleError(_("An exercise is for its team alone."), "openness")
    limit = references.widest(decision.context, decision.context_id)
    if references.too_open(openness, limit):
        raise RuleError(_("What it belongs to is confidential: at most “%(level)s”.", level=OPENNESS_LABELS[limit]), "openness")
    if openness is Openness.ORGANISATIONS and not companies:
        raise RuleError(_("Name at least one company."), "companies")
    named = references.companies_of(decision.context, decision.context_id)
    if openness is Openness.ORGANISATIONS and named is not None and any(one.id not in named for one in companies):
        raise RuleError(_("It belongs to other companies: name those alone."), "companies")
    changes = {"openness": [decision.openness, openness], "reason": [decision.openness_reason, reason]}
    decision.openness, decision.openness_reason = openness, reason
    people.let_go(decision, at)
    people.rewrite_readers(decision, companies if openness is Openness.ORGANISATIONS else ())
    touch(decision, at)
    names = ", ".join(one.name for one in companies) if openness is Openness.ORGANISATIONS else ""
    record("decisions.openness", by=by, **about(decision, at, {**changes, "companies": names}))


def delete_practice(decision: Decision, *, by: Actor, at: datetime) -> None:
    """Throws an exercise away. Raises RuleError for a decision that counts: those are withdrawn, and stay."""
    decision = lock(decision)
    if not decision.practice:
        raise RuleError(_("Only an exercise can be deleted."))
    record("decisions.delete_practice", by=by, **about(decision, at))
    db.session.delete(decision)
    db.session.flush()
