"""Reading calls and proposals. A company reads its own; organizers all of an event that the view has loaded."""

from collections.abc import Mapping, Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.calls import rules
from eventapp.agenda.calls.models import (
    CallCriterion,
    ProposalReview,
    ProposalSpeaker,
    ProposalState,
    SessionCall,
    SessionProposal,
)
from eventapp.agenda.models import SessionSpeaker, Speaker
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event

MOST_LISTED = 1000


def call_of(event: Event) -> SessionCall | None:
    """The event's call, if there is one."""
    return db.session.get(SessionCall, event.id)


def criteria(event: Event) -> Sequence[CallCriterion]:
    """What reviewers score."""
    return db.session.scalars(select(CallCriterion).where(CallCriterion.event_id == event.id).order_by(CallCriterion.id)).all()


def proposals(event: Event, state: ProposalState | None) -> list[tuple[SessionProposal, float | None, int]]:
    """Proposals with their score and how many have reviewed them: the best first, those without a score last."""
    query = select(SessionProposal).where(SessionProposal.event_id == event.id).options(joinedload(SessionProposal.organisation))
    if state is not None:
        query = query.where(SessionProposal.state == state)
    rows = db.session.scalars(query.order_by(SessionProposal.proposed_at, SessionProposal.id).limit(MOST_LISTED)).all()
    weights = {c.id: c.weight for c in criteria(event)}
    given: dict[int, list[Mapping[str, int]]] = {}
    reviews = select(ProposalReview.proposal_id, ProposalReview.scores).join(
        SessionProposal, SessionProposal.id == ProposalReview.proposal_id
    )
    for proposal_id, scores in db.session.execute(reviews.where(SessionProposal.event_id == event.id)):
        given.setdefault(proposal_id, []).append(scores)
    found = [(row, rules.score(weights, given.get(row.id, [])), len(given.get(row.id, []))) for row in rows]
    return sorted(found, key=lambda one: (one[1] is None, -(one[1] or 0)))


def proposal(event: Event, code: str) -> SessionProposal:
    """A proposal for that event, for organizers. Raises NotFoundError."""
    query = select(SessionProposal).where(SessionProposal.event_id == event.id, SessionProposal.code == code)
    found = db.session.scalar(query.options(joinedload(SessionProposal.organisation)))
    if found is None:
        raise NotFoundError(code)
    return found


def own(viewer: Viewer, event: Event | None = None) -> Sequence[SessionProposal]:
    """What the viewer's company has proposed, the latest first."""
    query = select(SessionProposal).where(SessionProposal.organisation_id.in_(viewer.company_ids))
    if event is not None:
        query = query.where(SessionProposal.event_id == event.id)
    query = query.options(joinedload(SessionProposal.event)).order_by(
        SessionProposal.proposed_at.desc(), SessionProposal.id.desc()
    )
    return db.session.scalars(query.limit(MOST_LISTED)).all()


def own_proposal(viewer: Viewer, event: Event, code: str) -> SessionProposal:
    """One of the viewer's company. Raises NotFoundError, alike for unknown and foreign ones."""
    found = next((one for one in own(viewer, event) if one.code == code), None)
    if found is None:
        raise NotFoundError(code)
    return found


def speakers_of(proposal: SessionProposal) -> Sequence[ProposalSpeaker]:
    """Who would speak."""
    query = select(ProposalSpeaker).where(ProposalSpeaker.proposal_id == proposal.id)
    return db.session.scalars(query.order_by(ProposalSpeaker.position, ProposalSpeaker.id)).all()


def reviews_of(proposal: SessionProposal) -> Sequence[ProposalReview]:
    """What reviewers think, in the order in which they said it."""
    query = select(ProposalReview).where(ProposalReview.proposal_id == proposal.id)
    return db.session.scalars(query.order_by(ProposalReview.reviewed_at, ProposalReview.id)).all()


def speaker_by_token(token: str) -> tuple[Speaker, Event]:
    """Whose link this is. Raises NotFoundError."""
    found = db.session.scalar(select(Speaker).where(Speaker.token == token)) if token.isascii() else None
    if found is None:
        raise NotFoundError(token)
    return found, db.session.get_one(Event, found.event_id)


def has_link(token: str) -> bool:
    """Whether a speaker has that link."""
    return token.isascii() and bool(db.session.scalar(select(exists().where(Speaker.token == token))))


def parts_of(speaker: Speaker) -> Sequence[SessionSpeaker]:
    """In which sessions somebody speaks, or was asked to."""
    query = select(SessionSpeaker).where(SessionSpeaker.speaker_id == speaker.id).options(joinedload(SessionSpeaker.session))
    return db.session.scalars(query.order_by(SessionSpeaker.session_id)).all()
