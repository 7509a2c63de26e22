"""Reading decisions, each scoped to who asks: what they may not read is not there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.text import fold
from eventapp.decisions import permissions
from eventapp.decisions.models import (
    OPEN,
    PART_LABELS,
    Decision,
    DecisionContext,
    DecisionCriterion,
    DecisionEntry,
    DecisionFeedback,
    DecisionFollower,
    DecisionOption,
    DecisionReader,
    DecisionRisk,
    DecisionRole,
    DecisionScore,
    FeedbackState,
    Openness,
    Part,
    Reopening,
)
from eventapp.decisions.rules import Facts, Standing
from eventapp.partners.models import Organisation

MOST_ON_BOARD = 60
MOST_LISTED = 200


def decision(viewer: Viewer, decision_id: int) -> Decision:
    """A decision that the viewer may read. Raises NotFoundError, alike for unknown and closed ones."""
    found = db.session.scalar(select(Decision).where(Decision.id == decision_id, permissions.readable(viewer)))
    if found is None:
        raise NotFoundError(decision_id)
    return found


def followed_decision(viewer: Viewer, decision_id: int) -> tuple[Decision, bool]:
    """The same, with whether the viewer wants to hear what becomes of it: one question, for the page that shows both."""
    user_id = viewer.user.id if viewer.user is not None else 0
    follows = select(DecisionFollower.id).where(DecisionFollower.decision_id == Decision.id, DecisionFollower.user_id == user_id)
    query = select(Decision, exists(follows.correlate(Decision)))
    row = db.session.execute(query.where(Decision.id == decision_id, permissions.readable(viewer))).one_or_none()
    if row is None:
        raise NotFoundError(decision_id)
    return row[0], row[1]


def owned_decision(viewer: Viewer, decision_id: int) -> Decision:
    """A decision that the viewer looks after. Raises NotFoundError for all others."""
    found = decision(viewer, decision_id)
    if not standing(viewer, found).owns:
        raise NotFoundError(decision_id)
    return found


def standing(
    viewer: Viewer,
    found: Decision,
    roles: Sequence[DecisionRole] | None = None,
    feedback: Sequence[DecisionFeedback] | None = None,
) -> Standing:
    """What the viewer is in a decision that they may read; a page hands over what it has read already."""
    if viewer.user is None:
        return Standing()
    mine = frozenset(role.part for role in (roles_of(found) if roles is None else roles) if is_mine(viewer, role))
    if feedback is None:
        own = DecisionFeedback.decision_id == found.id, DecisionFeedback.user_id == viewer.user.id
        feedback = db.session.scalars(select(DecisionFeedback).where(*own)).all()
    gave = any(is_mine(viewer, one) for one in feedback)
    return Standing(mine, permissions.speaks(viewer), gave, bool(found.decider_body))


def seat_of(viewer: Viewer) -> int | None:
    """For whom the viewer takes part: the company acted for, none for the vendor."""
    return None if viewer.roles else viewer.acting_for


def is_mine(viewer: Viewer, row: DecisionRole | DecisionFeedback | Reopening) -> bool:
    """Whether the row is the viewer's, as who they are now: for the vendor, or for the company that they act for."""
    if viewer.user is None or row.user_id != viewer.user.id:
        return False
    return bool(viewer.roles) if row.organisation_id is None else row.organisation_id == viewer.acting_for


def roles_of(found: Decision) -> Sequence[DecisionRole]:
    """Who takes part, in the order of the parts, then by name."""
    order = list(PART_LABELS)
    rows = db.session.scalars(select(DecisionRole).where(DecisionRole.decision_id == found.id)).all()
    return sorted(rows, key=lambda role: (order.index(role.part), role.name.casefold(), role.id))


def decider_of(found: Decision, roles: Sequence[DecisionRole]) -> str:
    """Who decides: a named body or a person; empty while nobody does."""
    return found.decider_body or next((role.name for role in roles if role.part is Part.DECIDER), "")


def companies_of(found: Decision) -> Sequence[Organisation]:
    """The companies whose people read a decision between organisations; the viewer has been asked about before."""
    query = select(Organisation).join(DecisionReader, DecisionReader.organisation_id == Organisation.id)
    where = DecisionReader.decision_id == found.id, DecisionReader.everybody
    return db.session.scalars(query.where(*where).order_by(Organisation.sort_key)).all()


def companies_by_ids(ids: Iterable[int]) -> list[Organisation]:
    """Companies by id, each once, by name."""
    query = select(Organisation).where(Organisation.id.in_(set(ids)))
    return list(db.session.scalars(query.order_by(Organisation.sort_key, Organisation.id)))


def options_of(found: Decision) -> Sequence[DecisionOption]:
    """The options, in the order in which they were added."""
    query = select(DecisionOption).where(DecisionOption.decision_id == found.id)
    return db.session.scalars(query.order_by(DecisionOption.id)).all()


def criteria_of(found: Decision) -> Sequence[DecisionCriterion]:
    """The criteria, the weightiest first."""
    query = select(DecisionCriterion).where(DecisionCriterion.decision_id == found.id)
    return db.session.scalars(query.order_by(DecisionCriterion.weight.desc(), DecisionCriterion.id)).all()


def criteria_and_scores(found: Decision) -> tuple[list[DecisionCriterion], dict[int, dict[int, int]]]:
    """The criteria, the weightiest first, and the scores: option → criterion → 0 to 5."""
    query = select(DecisionCriterion, DecisionScore).outerjoin(DecisionScore, DecisionScore.criterion_id == DecisionCriterion.id)
    query = query.where(DecisionCriterion.decision_id == found.id)
    criteria: dict[int, DecisionCriterion] = {}
    scores: dict[int, dict[int, int]] = {}
    for criterion, given in db.session.execute(query.order_by(DecisionCriterion.weight.desc(), DecisionCriterion.id)):
        criteria[criterion.id] = criterion
        if given is not None:
            scores.setdefault(given.option_id, {})[criterion.id] = given.score
    return list(criteria.values()), scores


def feedback_of(found: Decision) -> Sequence[DecisionFeedback]:
    """What people said, in the order in which they said it."""
    query = select(DecisionFeedback).where(DecisionFeedback.decision_id == found.id)
    return db.session.scalars(query.order_by(DecisionFeedback.given_at, DecisionFeedback.id)).all()


def risks_of(found: Decision) -> Sequence[DecisionRisk]:
    """The premortem."""
    return db.session.scalars(select(DecisionRisk).where(DecisionRisk.decision_id == found.id).order_by(DecisionRisk.id)).all()


def entries_of(found: Decision) -> Sequence[DecisionEntry]:
    """The timeline, the latest first."""
    query = select(DecisionEntry).where(DecisionEntry.decision_id == found.id)
    return db.session.scalars(query.order_by(DecisionEntry.at.desc(), DecisionEntry.id.desc())).all()


def reopenings_of(found: Decision) -> Sequence[Reopening]:
    """Requests to open it again, the latest first."""
    query = select(Reopening).where(Reopening.decision_id == found.id)
    return db.session.scalars(query.order_by(Reopening.id.desc())).all()


def part_of_decision(model: Any, found: Decision, row_id: int) -> Any:
    """An option, a criterion or the like of that decision. Raises NotFoundError."""
    row = db.session.scalar(select(model).where(model.id == row_id, model.decision_id == found.id))
    if row is None:
        raise NotFoundError(row_id)
    return row


def following(viewer: Viewer, found: Decision) -> DecisionFollower | None:
    """The row that says that the viewer wants to hear what becomes of it, if they do."""
    user_id = viewer.user.id if viewer.user is not None else 0
    query = select(DecisionFollower).where(DecisionFollower.decision_id == found.id, DecisionFollower.user_id == user_id)
    return db.session.scalar(query)


def facts_of(found: Decision, today: date) -> Facts:
    """What the guards look at."""
    return facts_from(
        found,
        roles_of(found),
        len(options_of(found)),
        [one.weight for one in criteria_of(found)],
        feedback_counts(found),
        len(risks_of(found)),
        reopenings_of(found),
        today,
    )


def facts_from(
    found: Decision,
    roles: Sequence[DecisionRole],
    options: int,
    weights: Sequence[int],
    feedback: Mapping[FeedbackState, int],
    risks: int,
    reopenings: Sequence[Reopening],
    today: date,
) -> Facts:
    """The same, from what a page has read already."""
    names = ("problem", "impacted", "openness", "openness_reason", "feedback_until", "result", "rationale")
    values = {name: getattr(found, name) for name in (*names, "revisit_on", "revisit_when", "lessons")}
    decider = bool(decider_of(found, roles))
    values |= {"options": options, "weights": weights, "feedback": feedback, "risks": risks, "today": today}
    return Facts(has_decider=decider, asked=sum(one.accepted is None for one in reopenings), **values)


def feedback_counts(found: Decision) -> dict[FeedbackState, int]:
    """How much feedback is in each state."""
    query = select(DecisionFeedback.state, func.count()).where(DecisionFeedback.decision_id == found.id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(DecisionFeedback.state))}


@dataclass(frozen=True)
class Card:
    """A decision on the board, with how much was said and how much of that waits for an answer."""

    decision: Decision
    feedback: int
    unanswered: int
    mine: bool


def board(viewer: Viewer) -> list[Card]:
    """The open decisions that the viewer may read, the latest changed first, at most MOST_ON_BOARD."""
    return cards(viewer, Decision.state.in_(OPEN), most=MOST_ON_BOARD)


def cards(viewer: Viewer, *conditions: ColumnElement[bool], most: int = MOST_LISTED) -> list[Card]:
    """Decisions that the viewer may read and that fit, without exercises, the latest changed first."""
    said = select(func.count()).where(DecisionFeedback.decision_id == Decision.id).correlate(Decision)
    new = said.where(DecisionFeedback.state == FeedbackState.NEW)
    part = select(DecisionReader.id).where(
        DecisionReader.decision_id == Decision.id, ~DecisionReader.everybody, permissions.reads_as_one_of_them(viewer)
    )
    query = select(Decision, said.scalar_subquery(), new.scalar_subquery(), exists(part.correlate(Decision)))
    query = query.where(permissions.readable(viewer), ~Decision.practice, *conditions)
    query = query.order_by(Decision.changed_at.desc(), Decision.id.desc()).limit(most)
    return [Card(*row) for row in db.session.execute(query)]


def public_ones() -> Sequence[Decision]:
    """What everybody may read, the latest changed first."""
    query = select(Decision).where(Decision.openness == Openness.PUBLIC, ~Decision.practice)
    return db.session.scalars(query.order_by(Decision.changed_at.desc(), Decision.id.desc()).limit(MOST_LISTED)).all()


def practices(viewer: Viewer) -> Sequence[Decision]:
    """The viewer's exercises, the latest first."""
    query = select(Decision).where(permissions.readable(viewer), Decision.practice)
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(MOST_LISTED)).all()


def of_context(viewer: Viewer, context: DecisionContext, context_id: int) -> Sequence[Decision]:
    """The decisions of an event, a plan or the like that the viewer may read, for the pages of those."""
    query = select(Decision).where(permissions.readable(viewer), ~Decision.practice)
    query = query.where(Decision.context == context, Decision.context_id == context_id)
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(MOST_LISTED)).all()


def by_code(viewer: Viewer, code: str) -> Decision | None:
    """The decision of that code, if the viewer may read it."""
    return db.session.scalar(select(Decision).where(Decision.code == code.strip().upper(), permissions.readable(viewer)))


def successor(viewer: Viewer, found: Decision) -> Decision | None:
    """The decision that has taken its place, if the viewer may read that one."""
    return linked(viewer, found.superseded_by_id)


def linked(viewer: Viewer, decision_id: int | None) -> Decision | None:
    """A decision that something else names, if the viewer may read it."""
    if decision_id is None:
        return None
    return db.session.scalar(select(Decision).where(Decision.id == decision_id, permissions.readable(viewer)))


def found_by(text: str) -> ColumnElement[bool] | None:
    """The condition that a decision holds every word of `text`; none if there is nothing to look for."""
    words = fold(text).split()
    return and_(*(Decision.searched.contains(word, autoescape=True) for word in words)) if words else None


def due_reopenings(before: datetime) -> ColumnElement[bool]:
    """The condition of requests whose answer is due before that moment and whose owners were not reminded yet."""
    return and_(Reopening.accepted.is_(None), Reopening.reminded_at.is_(None), Reopening.answer_by <= before)
