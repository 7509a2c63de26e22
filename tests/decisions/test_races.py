"""Acts that cross each other: one code for each decision, one step, one decider, one vote, and no feedback left unanswered."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.decisions import queries, service
from eventapp.decisions.ideas import queries as idea_queries
from eventapp.decisions.ideas import service as ideas
from eventapp.decisions.ideas.models import Idea, IdeaKind
from eventapp.decisions.models import Decision, DecisionContext, DecisionEntry, DecisionState, FeedbackState, Part
from tests.conftest import NOW
from tests.groups.test_races import at_once
from tests.support import decisions as make
from tests.support import factories

S = DecisionState


@pytest.fixture
def owner(app: Flask) -> User:
    return factories.user("olivia@karmin.example", Role.ORGANIZER)


def as_user(user: User) -> Callable[[], Viewer]:
    """Who the user is, read afresh in the thread that asks."""
    user_id = user.id
    return lambda: make.viewer(db.session.get_one(User, user_id))


def only() -> Decision:
    return db.session.scalars(select(Decision)).one()


def test_decisions_opened_at_once_get_codes_of_their_own(app: Flask, owner: User) -> None:
    who = as_user(owner)

    def act() -> None:
        service.open_decision("T", "P.", DecisionContext.ALLIANCE, owner=who(), at=NOW)

    assert at_once(app, *[act] * 6) == ["done"] * 6
    codes = db.session.scalars(select(Decision.code).order_by(Decision.code)).all()
    assert codes == [f"DEC-2027-{n:03d}" for n in range(1, 7)]


def test_a_step_is_taken_once(app: Flask, owner: User) -> None:
    make.decision(owner)
    who = as_user(owner)
    outcomes = at_once(app, *[lambda: service.take_step(only(), S.RESEARCH, viewer=who(), at=NOW)] * 4)
    assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
    taken = db.session.scalars(select(DecisionEntry.state).where(DecisionEntry.state == S.RESEARCH)).all()
    assert len(taken) == 1


def test_nobody_decides_past_feedback_that_comes_at_the_same_moment(app: Flask, owner: User) -> None:
    """Either it was there first, and the step waits for its answer, or the window was closed by the step."""
    partner = factories.company_admin(factories.organisation("Donau GmbH"))
    made = make.ready(make.weighed(make.decision(owner), owner), owner)
    make.step(made, owner, S.RESEARCH, S.DEVELOP)
    made.feedback_until = None
    factories.commit()
    speaker, who = as_user(partner), as_user(owner)

    def speak() -> None:
        service.give_feedback(only(), "Wait!", None, anonymous=False, viewer=speaker(), at=NOW)

    outcomes = at_once(app, speak, lambda: service.take_step(only(), S.DECIDED, viewer=who(), at=NOW))
    db.session.rollback()
    new = queries.feedback_counts(only()).get(FeedbackState.NEW, 0)
    assert (only().state, new) in ((S.DEVELOP, 1), (S.DECIDED, 0))
    assert sorted(outcomes) == ["done", "refused"]


def test_two_deciders_named_at_once_are_one(app: Flask, owner: User) -> None:
    made = make.decision(owner)
    service.name_body(made, "", by=owner, at=NOW)
    addresses = [factories.user(None, Role.TRAINER).email for _n in range(3)]

    def naming(address: str) -> Callable[[], object]:
        return lambda: service.name_part(only(), address, Part.DECIDER, within=None, by=factories.TESTS, at=NOW)

    outcomes = at_once(app, *(naming(address) for address in addresses))
    assert sorted(outcomes) == ["done", "refused", "refused"]


def test_a_person_votes_once_however_often(app: Flask, owner: User) -> None:
    partner = factories.company_admin(factories.organisation("Donau GmbH"))
    ideas.post(ideas.IdeaDetails(IdeaKind.NEED, "A file", "By hand."), viewer=make.viewer(owner), at=NOW)
    factories.commit()
    who = as_user(partner)

    def vote() -> None:
        ideas.vote(db.session.scalars(select(Idea)).one(), viewer=who(), at=NOW)

    assert at_once(app, *[vote] * 5) == ["done"] * 5
    assert idea_queries.votes(db.session.scalars(select(Idea)).one()) == (1, 1)


def test_the_decisions_of_an_event_are_those_that_the_viewer_may_read(owner: User) -> None:
    event = factories.event()
    about = {"context": DecisionContext.EVENT, "context_id": event.id}
    shown, hidden = make.decision(owner, **about), make.decision(owner, openness=None, **about)
    partner = make.viewer(factories.company_admin(factories.organisation("Donau GmbH")))
    assert list(queries.of_context(partner, DecisionContext.EVENT, event.id)) == [shown]
    assert list(queries.of_context(make.viewer(owner), DecisionContext.EVENT, event.id)) == [hidden, shown]
