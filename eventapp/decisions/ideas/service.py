"""Posting ideas, voting, contributing, answering, and opening a decision about one. Everything in the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.decisions import references
from eventapp.decisions import service as decisions
from eventapp.decisions.ideas import mails, queries, rules
from eventapp.decisions.ideas.models import IDEA_LABELS, Idea, IdeaContributor, IdeaKind, IdeaState, IdeaVote
from eventapp.decisions.models import Decision, DecisionContext, Openness
from eventapp.decisions.queries import seat_of
from eventapp.decisions.references import Member, Reference
from eventapp.decisions.rules import fold_for_search
from eventapp.decisions.service.log import company_of, name_of

MOST_OPEN = 30


@dataclass(frozen=True)
class IdeaDetails:
    """An idea, as typed."""

    kind: IdeaKind
    title: str
    text: str
    shared: bool = True


def post(details: IdeaDetails, *, viewer: Viewer, at: datetime) -> Idea:
    """Posts an idea or a need. Raises RuleError beyond MOST_OPEN of one person that nobody has answered."""
    assert viewer.user is not None
    waiting = select(func.count()).where(Idea.user_id == viewer.user.id, Idea.state == IdeaState.POSTED)
    if (db.session.scalar(waiting) or 0) >= MOST_OPEN:
        raise RuleError(_("%(n)s of yours wait for an answer. Wait for some of them.", n=MOST_OPEN))
    made = Idea(
        user_id=viewer.user.id,
        organisation_id=seat_of(viewer),
        name=viewer.user.display_name,
        company=company_of(viewer),
        posted_at=at,
        changed_at=at,
    )
    _fill(made, details, at)
    _record("ideas.post", made, viewer.user, at, {"kind": details.kind.value, "shared": details.shared})
    return made


def change(idea: Idea, details: IdeaDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes an idea. Who does not read it any more leaves its decision. Raises StaleError if somebody saved since `version`."""
    idea = _lock_version(idea, version)
    changes = {n: [getattr(idea, n), v] for n, v in vars(details).items() if getattr(idea, n) != v}
    _fill(idea, details, at)
    if "shared" in changes:
        decisions.follow_team(DecisionContext.CO_CREATION, idea.id, by=by, at=at)
    _record("ideas.change", idea, by, at, changes)


def _fill(idea: Idea, details: IdeaDetails, at: datetime) -> None:
    for name, value in vars(details).items():
        setattr(idea, name, value)
    idea.changed_at = at
    idea.searched = fold_for_search(idea.title, idea.text, idea.company, idea.answer or "", fold=fold)
    db.session.add(idea)
    db.session.flush()


def vote(idea: Idea, *, viewer: Viewer, at: datetime) -> None:
    """The viewer wants it too, as one of their company. Twice is once. Raises RuleError once it is adopted or declined."""
    assert viewer.user is not None
    company_id = seat_of(viewer)
    idea = _lock(idea)
    if company_id is None:
        raise RuleError(_("Partners vote. What you think of it, you say in the answer."))
    if not rules.may_vote(idea.state):
        raise RuleError(_("It is answered for good: votes are not taken any more."))
    if queries.vote_of(viewer, idea) is None:
        db.session.add(IdeaVote(idea_id=idea.id, user_id=viewer.user.id, organisation_id=company_id, voted_at=at))
        db.session.flush()
        _record("ideas.vote", idea, viewer.user, at)


def take_back(idea: Idea, *, viewer: Viewer, at: datetime) -> None:
    """Takes the viewer's vote back."""
    assert viewer.user is not None
    idea = _lock(idea)
    found = queries.vote_of(viewer, idea)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        _record("ideas.take_back", idea, viewer.user, at)


def contribute(idea: Idea, text: str, *, viewer: Viewer, at: datetime) -> IdeaContributor:
    """Brings something in, and is named for it. Whoever contributed before says it anew."""
    assert viewer.user is not None
    idea = _lock(idea)
    if not rules.may_contribute(idea.state):
        raise RuleError(_("It is answered for good. Post a new idea."))
    user_id = viewer.user.id
    found = next((one for one in queries.contributors(idea) if one.user_id == user_id), None)
    found = found or IdeaContributor(idea_id=idea.id, user_id=user_id, since=at)
    found.organisation_id, found.name, found.company = seat_of(viewer), viewer.user.display_name, company_of(viewer)
    found.text = text
    db.session.add(found)
    idea.changed_at = at
    db.session.flush()
    decisions.follow_team(DecisionContext.CO_CREATION, idea.id, by=viewer.user, at=at)
    _record("ideas.contribute", idea, viewer.user, at)
    return found


def remove_contributor(idea: Idea, found: IdeaContributor, *, by: Actor, at: datetime) -> None:
    """Takes a contribution away, with the name beside it."""
    idea = _lock(idea)
    _record("ideas.remove_contributor", idea, by, at, {"name": [found.name, ""]})
    db.session.delete(found)
    db.session.flush()
    decisions.follow_team(DecisionContext.CO_CREATION, idea.id, by=by, at=at)


def answer(idea: Idea, said: rules.Answer, *, version: int, by: Actor, at: datetime) -> None:
    """Answers an idea, for all who read it; whoever posted it or contributed gets a mail.

    Raises RuleError for a state that it cannot come to from here and for what is missing, StaleError if somebody saved
    since `version`.
    """
    idea = _lock_version(idea, version)
    if said.state not in rules.leads(idea.kind, idea.state):
        raise RuleError(_("From here it cannot become that. Somebody may have answered meanwhile."), "state")
    missing = rules.missing(said)
    if missing is not None:
        raise RuleError(missing[1], missing[0], 422)
    changes = {n: [getattr(idea, n), v] for n, v in vars(said).items() if getattr(idea, n) != v}
    for name, value in vars(said).items():
        setattr(idea, name, value)
    idea.answered_at, idea.answered_by = at, name_of(by)
    _fill(idea, IdeaDetails(idea.kind, idea.title, idea.text, idea.shared), at)
    _record("ideas.answer", idea, by, at, changes)
    mails.send_answer(idea, IDEA_LABELS[idea.state], at=at)


def open_decision(idea: Idea, title: str, problem: str, *, viewer: Viewer, at: datetime) -> Decision:
    """Opens a decision about an idea that needs a choice; who posted it and who contributed take part.

    The title of the idea is no label of it: whoever reads the decision need not read the idea. Raises RuleError if there is
    one already.
    """
    assert viewer.user is not None
    idea = _lock(idea)
    if idea.decision_id is not None:
        raise RuleError(_("There is a decision about it already."))
    made = decisions.open_decision(title, problem, DecisionContext.CO_CREATION, idea.id, owner=viewer, at=at)
    idea.decision_id, idea.changed_at = made.id, at
    db.session.flush()
    _record("ideas.decide", idea, viewer.user, at, {"decision": made.code})
    return made


def _lock(idea: Idea) -> Idea:
    query = select(Idea).where(Idea.id == idea.id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _lock_version(idea: Idea, version: int) -> Idea:
    found = _lock(idea)
    if found.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Compare, then save again."))
    return found


def _record(action: str, idea: Idea, by: Actor, at: datetime, changes: Any = None) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="idea",
        object_id=idea.id,
        object_name=idea.title,
        organisation_id=idea.organisation_id,
        changes=changes,
    )


def _team(idea_id: int) -> Collection[Member]:
    """Who takes part in a decision about an idea: who posted it, and who contributed and reads it; each login once."""
    idea = db.session.get_one(Idea, idea_id)
    people = queries.people(idea)
    active = set(db.session.scalars(select(User.id).where(User.id.in_({user for user, _c in people}), User.active)))
    first: dict[int, Member] = {}
    for user_id, company_id in people:
        if user_id in active:
            first.setdefault(user_id, Member(user_id, company_id))
    return list(first.values())


def _widest(idea_id: int) -> Openness:
    return Openness.PUBLIC if db.session.get_one(Idea, idea_id).shared else Openness.ORGANISATIONS


references.REFERENCES[DecisionContext.CO_CREATION] = Reference(names=queries.titles, team=_team, widest=_widest)
