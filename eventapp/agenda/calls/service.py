"""Calling for sessions, proposing, reviewing, deciding, confirming. Everything in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select

from eventapp.accounts.models import User
from eventapp.agenda.calls import mails, queries, rules
from eventapp.agenda.calls.models import (
    DECISIONS,
    PROPOSAL_LABELS,
    CallCriterion,
    ProposalReview,
    ProposalSpeaker,
    ProposalState,
    SessionCall,
    SessionProposal,
)
from eventapp.agenda.content import sessions, speakers
from eventapp.agenda.content.sessions import SessionDetails, new_code
from eventapp.agenda.content.speakers import SpeakerDetails
from eventapp.agenda.models import SessionSpeaker, SessionStatus, SessionType, Speaker, SpeakerAnswer
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, PersonEmail
from eventapp.places import service as places

MOST_PROPOSALS = 20
MOST_SPEAKERS = 4
MOST_CRITERIA = 8


@dataclass(frozen=True)
class CallDetails:
    """A call. Times in UTC."""

    text: str
    opens_at: datetime
    closes_at: datetime
    blind: bool


@dataclass(frozen=True)
class Speaking:
    """Somebody who would speak, as a company enters them."""

    name: str
    address: str
    biography: str = ""


@dataclass(frozen=True)
class ProposalDetails:
    """A session as a company proposes it."""

    title: str
    abstract: str
    language: str
    type_id: int | None
    track_id: int | None
    notes: str
    speakers: Sequence[Speaking]


def set_call(event: Event, details: CallDetails, *, version: int, by: Actor, at: datetime) -> SessionCall:
    """Opens a call or changes it. Raises StaleError if somebody saved since `version`."""
    call = queries.call_of(event)
    if (call.version if call else 0) != version:
        raise StaleError(_("Somebody else has changed the call since you opened it. Compare, then save again."))
    new = call is None
    call = call or SessionCall(event_id=event.id)
    for name, value in vars(details).items():
        setattr(call, name, value)
    call.text_html = to_html(details.text)
    db.session.add(call)
    db.session.flush()
    _record("calls.open" if new else "calls.change", event, event.id, event.title, by, at, kind="event")
    return call


def add_criterion(event: Event, name: str, weight: int, *, by: Actor, at: datetime) -> CallCriterion:
    """Something more to score. Raises RuleError for a name that is there, and beyond MOST_CRITERIA."""
    there = queries.criteria(event)
    if len(there) >= MOST_CRITERIA:
        raise RuleError(_("%(n)s criteria are enough.", n=MOST_CRITERIA), "name")
    if any(one.name.casefold() == name.casefold() for one in there):
        raise RuleError(_("There is one of that name already."), "name")
    made = CallCriterion(event_id=event.id, name=name, weight=weight)
    db.session.add(made)
    db.session.flush()
    _record("calls.criterion", event, event.id, event.title, by, at, kind="event", changes={"criterion": name, "weight": weight})
    return made


def remove_criterion(event: Event, criterion: CallCriterion, *, by: Actor, at: datetime) -> None:
    """Scores that name it do not count any more."""
    _record("calls.criterion", event, event.id, event.title, by, at, kind="event", changes={"criterion": [criterion.name, ""]})
    db.session.delete(criterion)
    db.session.flush()


def propose(event: Event, company: Organisation, details: ProposalDetails, *, by: User, at: datetime) -> SessionProposal:
    """A company proposes a session. Raises RuleError while the call is closed, and beyond MOST_PROPOSALS of a company."""
    places.lock([event.pool_id])
    _check_open(event, at)
    count = db.session.scalar(
        select(func.count()).where(SessionProposal.event_id == event.id, SessionProposal.organisation_id == company.id)
    )
    if (count or 0) >= MOST_PROPOSALS:
        raise RuleError(_("A company can propose %(n)s sessions for an event.", n=MOST_PROPOSALS))
    made = SessionProposal(
        event_id=event.id,
        organisation_id=company.id,
        code=new_code(),
        proposed_at=at,
        proposed_by=by.actor_name,
        proposed_by_id=by.id,
    )
    _fill(made, details)
    _record_proposal("calls.propose", made, by, at)
    return made


def change(proposal: SessionProposal, details: ProposalDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a proposal while the call is open. Raises RuleError otherwise, StaleError if somebody saved since."""
    _check_open(db.session.get_one(Event, proposal.event_id), at)
    if proposal.version != version:
        raise StaleError(_("Somebody else has changed this proposal since you opened it. Compare, then save again."))
    if proposal.state is not ProposalState.SUBMITTED:
        raise RuleError(_("This proposal is decided already."))
    _fill(proposal, details)
    _record_proposal("calls.change_proposal", proposal, by, at)


def withdraw(proposal: SessionProposal, *, by: Actor, at: datetime) -> None:
    """Takes a proposal back. Raises RuleError for one that is accepted or gone."""
    if proposal.state not in (ProposalState.SUBMITTED, ProposalState.RESERVE):
        raise RuleError(_("This proposal cannot be withdrawn any more. Write to the organizers."))
    proposal.state, proposal.decided_at = ProposalState.WITHDRAWN, at
    _record_proposal("calls.withdraw", proposal, by, at)


def review(proposal: SessionProposal, scores: Mapping[int, int], remark: str, *, by: User, at: datetime) -> ProposalReview:
    """Keeps what somebody thinks of a proposal, instead of what they thought before."""
    query = select(ProposalReview).where(ProposalReview.proposal_id == proposal.id, ProposalReview.user_id == by.id)
    found = db.session.scalar(query) or ProposalReview(proposal_id=proposal.id, user_id=by.id)
    found.scores = {str(key): value for key, value in scores.items()}
    found.remark, found.reviewed_at = remark, at
    db.session.add(found)
    db.session.flush()
    _record_proposal("calls.review", proposal, by, at)
    return found


def decide(
    event: Event, codes: Sequence[str], state: ProposalState, note: str, *, by: Actor, at: datetime
) -> tuple[list[SessionProposal], list[SessionProposal]]:
    """Decides on several proposals at once. Returns those decided, and those for which that is no way to go.

    An accepted one becomes a tentative session; its speakers get a link to confirm, and the session is confirmed when all
    of them have. Whoever proposed gets a mail with the decision.
    """
    places.lock([event.pool_id])
    query = select(SessionProposal).where(SessionProposal.event_id == event.id, SessionProposal.code.in_(codes))
    done: list[SessionProposal] = []
    refused: list[SessionProposal] = []
    for proposal in db.session.scalars(query.order_by(SessionProposal.id).execution_options(populate_existing=True)):
        if state not in DECISIONS[proposal.state]:
            refused.append(proposal)
            continue
        before = proposal.state
        session_id = _make_session(event, proposal, by, at) if state is ProposalState.ACCEPTED else None
        proposal.state, proposal.session_id = state, session_id
        proposal.decided_at, proposal.decision_note = at, note
        db.session.flush()
        changes = {"state": [str(PROPOSAL_LABELS[before]), str(PROPOSAL_LABELS[state])], "reason": note}
        _record_proposal("calls.decide", proposal, by, at, changes)
        mails.send_decided(event, proposal, at=at)
        done.append(proposal)
    return done, refused


def answer(speaker: Speaker, part: SessionSpeaker, confirmed: bool, *, by: Actor, at: datetime) -> None:
    """A speaker confirms a session or declines it. One that became of a proposal is confirmed when all have confirmed.

    Whether any other tentative session is agreed is for organizers to say. Raises RuleError for one that is cancelled.
    """
    session = part.session
    event = db.session.get_one(Event, session.event_id)
    places.lock([event.pool_id])
    if session.status is SessionStatus.CANCELLED:
        raise RuleError(_("This session is cancelled."))
    said = SpeakerAnswer.CONFIRMED if confirmed else SpeakerAnswer.DECLINED
    if part.answer is said:
        return
    part.answer = said
    part.answered_at = at
    db.session.flush()
    query = select(SessionSpeaker.answer).where(SessionSpeaker.session_id == session.id)
    answers = set(db.session.scalars(query))
    proposed = db.session.scalar(select(exists().where(SessionProposal.session_id == session.id)))
    if proposed and session.status is SessionStatus.TENTATIVE and answers == {SpeakerAnswer.CONFIRMED}:
        session.status, session.updated_at = SessionStatus.CONFIRMED, at
    elif not confirmed and session.status is SessionStatus.CONFIRMED:
        session.status, session.updated_at = SessionStatus.TENTATIVE, at
    changes = {"answer": part.answer.value}
    _record("calls.answer", event, speaker.id, speaker.name, by, at, kind="speaker", changes=changes, person_id=speaker.person_id)


def _check_open(event: Event, at: datetime) -> None:
    call = queries.call_of(event)
    if call is None or not rules.is_open(call.opens_at, call.closes_at, at):
        raise RuleError(_("The call for sessions is not open."))


def _fill(proposal: SessionProposal, details: ProposalDetails) -> None:
    for name, value in vars(details).items():
        if name != "speakers":
            setattr(proposal, name, value)
    db.session.add(proposal)
    db.session.flush()
    db.session.execute(delete(ProposalSpeaker).where(ProposalSpeaker.proposal_id == proposal.id))
    db.session.add_all(
        ProposalSpeaker(proposal_id=proposal.id, position=n, **vars(one)) for n, one in enumerate(details.speakers, 1)
    )
    db.session.flush()


def _make_session(event: Event, proposal: SessionProposal, by: Actor, at: datetime) -> int:
    """The id of the tentative session that the proposal has become; its speakers are asked."""
    type_id = proposal.type_id or db.session.scalar(
        select(SessionType.id)
        .where(SessionType.event_id == event.id)
        .order_by(SessionType.is_break, SessionType.position)
        .limit(1)
    )
    if type_id is None:
        raise RuleError(_("Add a session type first: an accepted proposal becomes a session."))
    details = SessionDetails(
        title=proposal.title,
        type_id=type_id,
        track_id=proposal.track_id,
        abstract=proposal.abstract,
        language=proposal.language,
        status=SessionStatus.TENTATIVE,
    )
    minutes = db.session.get_one(SessionType, type_id).minutes
    session = sessions.create_session(event, details, minutes, by=by, at=at)
    company = db.session.get_one(Organisation, proposal.organisation_id)
    asked = [_speaker(event, one, company, by, at) for one in queries.speakers_of(proposal)]
    ids = list(dict.fromkeys(speaker.id for speaker, _address in asked))
    sessions.set_speakers(session, ids, by=by, at=at, answer=SpeakerAnswer.OPEN)
    for speaker, address in {s.id: (s, a) for s, a in asked}.values():
        mails.send_asked(event, session, speaker, address, at=at)
    return session.id


def _speaker(event: Event, one: ProposalSpeaker, company: Organisation, by: Actor, at: datetime) -> tuple[Speaker, str]:
    """The event's speaker whose address that is, or a new one. A name proves nothing: the link is a secret of theirs."""
    person_id = db.session.scalar(select(PersonEmail.person_id).where(PersonEmail.address == one.address))
    found = None
    if person_id is not None:
        found = db.session.scalar(select(Speaker).where(Speaker.event_id == event.id, Speaker.person_id == person_id))
    if found is None:
        details = SpeakerDetails(one.name, company.name, biography=one.biography, person_id=person_id)
        found = speakers.create_speaker(event, details, by=by, at=at)
    return found, one.address


def _record_proposal(
    action: str, proposal: SessionProposal, by: Actor, at: datetime, changes: Mapping[str, Any] | None = None
) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="proposal",
        object_id=proposal.id,
        object_name=proposal.title,
        event_id=proposal.event_id,
        organisation_id=proposal.organisation_id,
        changes=changes,
    )


def _record(
    action: str,
    event: Event,
    object_id: int,
    name: str,
    by: Actor,
    at: datetime,
    *,
    kind: str,
    changes: Mapping[str, Any] | None = None,
    person_id: int | None = None,
) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type=kind,
        object_id=object_id,
        object_name=name,
        event_id=event.id,
        person_id=person_id,
        changes=changes,
    )
