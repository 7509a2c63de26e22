"""Feedback, and the answer that each gets; requests to open a decision again."""

from datetime import datetime

from sqlalchemy import func, select

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.decisions import mails, rules
from eventapp.decisions.models import (
    FEEDBACK_LABELS,
    REOPENABLE,
    REPLY_NEEDED,
    Decision,
    DecisionEntry,
    DecisionFeedback,
    DecisionOption,
    DecisionState,
    FeedbackState,
    Reopening,
)
from eventapp.decisions.queries import seat_of, standing
from eventapp.decisions.service.log import about, company_of, lock, name_of, touch

MOST_FEEDBACK = 50
MOST_ANONYMOUS = 500
ANONYMOUS = NamedActor("anonymous")


def give_feedback(
    decision: Decision, text: str, option: DecisionOption | None, *, anonymous: bool, viewer: Viewer, at: datetime
) -> DecisionFeedback:
    """Says something about a decision. Raises RuleError where feedback is not taken, and beyond MOST_FEEDBACK of a person.

    Of anonymous feedback nothing is kept that says who it was: what nobody knows, nobody can tell.
    """
    assert viewer.user is not None
    decision = lock(decision)
    if not rules.may_give_feedback(standing(viewer, decision), decision.state, decision.feedback_until, at.date()):
        raise RuleError(_("Feedback is not taken any more."))
    whose = DecisionFeedback.anonymous if anonymous else DecisionFeedback.user_id == viewer.user.id
    count = select(func.count()).where(DecisionFeedback.decision_id == decision.id, whose)
    if (db.session.scalar(count) or 0) >= (MOST_ANONYMOUS if anonymous else MOST_FEEDBACK):
        raise RuleError(_("So much has been said about it already. Write to the owner."), "text")
    made = DecisionFeedback(
        decision_id=decision.id,
        option_id=option.id if option is not None else None,
        user_id=None if anonymous else viewer.user.id,
        organisation_id=None if anonymous else seat_of(viewer),
        anonymous=anonymous,
        name="" if anonymous else viewer.user.display_name,
        company="" if anonymous else company_of(viewer),
        text=text,
        given_at=at,
    )
    db.session.add(made)
    touch(decision, at)
    # The log is read by others too, so it does not say who either.
    record("decisions.feedback", by=ANONYMOUS if anonymous else viewer.user, **about(decision, at))
    return made


def reply(
    decision: Decision, feedback: DecisionFeedback, state: FeedbackState, text: str, *, version: int, by: Actor, at: datetime
) -> None:
    """Says what came of feedback. Whoever gave it gets the answer by mail.

    Raises RuleError where a reply is missing, and StaleError if somebody answered since `version`.
    """
    decision = lock(decision)
    db.session.refresh(feedback)
    if feedback.version != version:
        raise StaleError(_("Somebody else has answered this since you opened it. Compare, then save again."))
    if state in REPLY_NEEDED and not text:
        raise RuleError(_("Say why: whoever gave this feedback is told."), "reply", 422)
    if state is FeedbackState.NEW:
        raise RuleError(_("Choose what came of it."), "state", 422)
    changes = {"state": [feedback.state, state], "reply": [feedback.reply, text]}
    told = (feedback.state, feedback.reply) != (state, text)
    feedback.state, feedback.reply = state, text
    feedback.replied_at, feedback.replied_by = at, name_of(by)
    touch(decision, at)
    record("decisions.reply", by=by, **about(decision, at, changes))
    if told:
        mails.send_reply(decision, feedback, FEEDBACK_LABELS[state], at=at)


def ask_to_reopen(decision: Decision, facts: str, *, viewer: Viewer, at: datetime) -> Reopening:
    """Asks to open a decision again, because of new facts. The owners are told, and have ten days.

    Raises RuleError for whoever does not take part, where nothing is decided, and while a request of theirs is open.
    """
    assert viewer.user is not None
    decision = lock(decision)
    if not rules.may_ask_to_reopen(standing(viewer, decision), decision.state):
        raise RuleError(_("Whoever has taken part can ask to reopen a decision that was taken."))
    mine = select(func.count()).where(
        Reopening.decision_id == decision.id, Reopening.user_id == viewer.user.id, Reopening.accepted.is_(None)
    )
    if db.session.scalar(mine):
        raise RuleError(_("You have asked already. The owner answers within ten days."), "facts")
    made = Reopening(
        decision_id=decision.id,
        user_id=viewer.user.id,
        organisation_id=seat_of(viewer),
        name=viewer.user.display_name,
        company=company_of(viewer),
        facts=facts,
        asked_at=at,
        answer_by=rules.answer_by(at),
    )
    db.session.add(made)
    touch(decision, at)
    record("decisions.ask_reopen", by=viewer.user, **about(decision, at, {"facts": facts}))
    mails.send_reopening_asked(decision, made, at=at)
    return made


def answer_reopening(decision: Decision, request: Reopening, accepted: bool, answer: str, *, by: Actor, at: datetime) -> None:
    """Opens the decision again, or says why not. Raises RuleError for a request that was answered before.

    Several who ask the same may each get their yes: the first opens it.
    """
    decision = lock(decision)
    db.session.refresh(request)
    if request.accepted is not None:
        raise RuleError(_("This was answered already."))
    request.accepted, request.answer, request.answered_at, request.answered_by = accepted, answer, at, name_of(by)
    if accepted and decision.state in REOPENABLE:
        decision.state = DecisionState.REOPENED
        decision.feedback_until = None
        entry = DecisionEntry(decision_id=decision.id, at=at, written_by=name_of(by), state=decision.state, text=answer)
        db.session.add(entry)
    touch(decision, at)
    record("decisions.answer_reopen", by=by, **about(decision, at, {"accepted": accepted, "reply": answer}))
    mails.send_reopening_answered(decision, request, at=at)
