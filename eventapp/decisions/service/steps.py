"""The steps of a decision from phase to phase, what is decided, what was learned, and the notes in between."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.decisions import mails, queries, rules
from eventapp.decisions.models import (
    REOPENABLE,
    STATE_LABELS,
    UNDECIDED,
    Decision,
    DecisionEntry,
    DecisionOption,
    DecisionState,
    Maturity,
    Reopening,
)
from eventapp.decisions.service.log import about, lock, lock_version, name_of, touch


@dataclass(frozen=True)
class Outcome:
    """What is decided, as typed. `option_id` is the option chosen, none for something else."""

    option_id: int | None
    result: str
    rationale: str
    trade_offs: str
    success_measures: str
    revisit_on: date | None
    revisit_when: str


@dataclass(frozen=True)
class Lessons:
    """What was learned, and how far the ways of working are."""

    lessons: str
    communication: Maturity | None = None
    transparency: Maturity | None = None
    release_early: Maturity | None = None
    collaboration: Maturity | None = None


def take_step(
    decision: Decision, to: DecisionState, note: str = "", *, viewer: Viewer, at: datetime, superseded_by: str = ""
) -> None:
    """Takes a decision to another state. Launching tells everybody who gave feedback what changed through them.

    Raises RuleError for a step that is not theirs to take from here, and with what it still asks for.
    """
    assert viewer.user is not None
    decision = lock(decision)
    if to not in rules.steps(queries.standing(viewer, decision), decision.state, decision.paused_from):
        raise RuleError(_("This step cannot be taken from here any more, or not by you."))
    missing = rules.missing(queries.facts_of(decision, at.date()), decision.state, to)
    if missing:
        raise RuleError(" ".join(one.text for one in missing))
    if to is DecisionState.SUPERSEDED:
        decision.superseded_by_id = _successor(decision, viewer, superseded_by).id
    before = decision.state
    decision.paused_from = before if to is DecisionState.PAUSED else None
    decision.state = to
    entry = DecisionEntry(decision_id=decision.id, at=at, written_by=name_of(viewer.user), state=to, text=note)
    db.session.add(entry)
    touch(decision, at)
    changes = {"state": [str(STATE_LABELS[before]), str(STATE_LABELS[to])], "note": note}
    record("decisions.step", by=viewer.user, **about(decision, at, changes))
    if to is DecisionState.LAUNCHED:
        mails.send_launched(decision, at=at)
    else:
        mails.send_news(decision, note, at=at, moved=str(STATE_LABELS[to]), but=viewer.user.id)


def _successor(decision: Decision, viewer: Viewer, code: str) -> Decision:
    found = queries.by_code(viewer, code)
    if found is None or found.id == decision.id or found.practice != decision.practice:
        raise RuleError(_("Enter the code of another decision, like DEC-2027-017."), "superseded_by", 422)
    return found


def note_outcome(decision: Decision, outcome: Outcome, *, version: int, by: Actor, at: datetime) -> None:
    """Writes down what is to be decided, before the step is taken. Raises RuleError once it is."""
    decision = lock_version(decision, version)
    if decision.state not in UNDECIDED:
        raise RuleError(_("It is decided. To change it, somebody who takes part asks to reopen it."))
    chosen = {one.id for one in queries.options_of(decision)}
    if outcome.option_id is not None and outcome.option_id not in chosen:
        raise RuleError(_("This option is gone. Choose again."), "option")
    mark = DecisionOption.id == outcome.option_id if outcome.option_id is not None else DecisionOption.id == 0
    db.session.execute(update(DecisionOption).where(DecisionOption.decision_id == decision.id).values(chosen=mark))
    db.session.expire_all()
    decision = lock(decision)
    changes = {}
    for name, value in vars(outcome).items():
        if name != "option_id" and getattr(decision, name) != value:
            changes[name] = [getattr(decision, name), value]
            setattr(decision, name, value)
    decision.revisit_told_at = None
    touch(decision, at)
    record("decisions.outcome", by=by, **about(decision, at, changes))


def note_lessons(decision: Decision, lessons: Lessons, *, version: int, by: Actor, at: datetime) -> None:
    """Writes down what was learned. Raises StaleError if somebody saved since `version`."""
    decision = lock_version(decision, version)
    changes = {name: value for name, value in vars(lessons).items() if getattr(decision, name) != value}
    for name, value in vars(lessons).items():
        setattr(decision, name, value)
    touch(decision, at)
    record("decisions.lessons", by=by, **about(decision, at, changes))


def post_update(decision: Decision, text: str, *, viewer: Viewer, at: datetime) -> DecisionEntry:
    """A dated note to everybody who takes part or follows."""
    assert viewer.user is not None
    decision = lock(decision)
    made = DecisionEntry(decision_id=decision.id, at=at, written_by=name_of(viewer.user), text=text)
    db.session.add(made)
    touch(decision, at)
    record("decisions.update", by=viewer.user, **about(decision, at, {"text": text}))
    mails.send_news(decision, text, at=at, but=viewer.user.id)
    return made


def remind(*, at: datetime, at_once: int = 50) -> int:
    """Tells owners, once each, that a decision is to be looked at again or that a request is due. Returns how many mails."""
    due = select(Decision).where(Decision.revisit_on <= at.date(), Decision.revisit_told_at.is_(None), ~Decision.practice)
    due = due.where(Decision.state.in_(REOPENABLE)).order_by(Decision.id).limit(at_once)
    sent = 0
    for decision in db.session.scalars(due.with_for_update(skip_locked=True)):
        decision.revisit_told_at = at
        sent += mails.send_revisit(decision, at=at)
    db.session.flush()
    return sent + _remind_of_requests(at, at_once)


def _remind_of_requests(at: datetime, at_once: int) -> int:
    query = select(Reopening).where(queries.due_reopenings(at + mails.AHEAD)).order_by(Reopening.id)
    sent = 0
    for request in db.session.scalars(query.limit(at_once).with_for_update(skip_locked=True)):
        request.reminded_at = at
        sent += mails.send_reopening_due(db.session.get_one(Decision, request.decision_id), request, at=at)
    db.session.flush()
    return sent
