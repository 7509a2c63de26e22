"""Decisions for tests, at any phase, made by the service."""

from datetime import date, timedelta
from typing import Any

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer, roles_of
from eventapp.core.db import db
from eventapp.decisions import service
from eventapp.decisions.models import Decision, DecisionContext, DecisionState, FeedbackState, Openness, Part
from eventapp.decisions.service import OptionDetails, Outcome, RiskDetails
from eventapp.partners.models import Organisation
from eventapp.partners.queries import seats_of
from tests.conftest import NOW
from tests.support import factories

OUTCOME = Outcome(None, "We release in autumn.", "Most partners asked for it.", "Later revenue.", "", date(2027, 9, 1), "")


def viewer(user: User) -> Viewer:
    """The user as queries see them, acting for their first company."""
    seats = seats_of(user.id, NOW.date())
    roles = roles_of(user, NOW)
    user.on_behalf = seats[0].company_name if seats and not roles else ""
    return Viewer(user, roles, frozenset(), seats, seats[0].company_id if seats else None)


def company_of(user: User) -> Organisation:
    """The company that somebody belongs to."""
    return db.session.get_one(Organisation, viewer(user).acting_for)


def decision(owner: User, *, openness: Openness | None = Openness.PARTNERS, companies: Any = (), **values: Any) -> Decision:
    """A decision in its first phase, with everything that the next one asks for, committed."""
    title, problem = (
        values.pop("title", "Release in spring or autumn"),
        values.pop("problem", "Two releases a year are too many."),
    )
    context = values.pop("context", DecisionContext.CO_CREATION)
    made = service.open_decision(title, problem, context, owner=viewer(owner), at=NOW, **values)
    service.name_body(made, "Steering committee", by=owner, at=NOW)
    facts = service.DecisionFacts(made.title, made.problem, impacted="All partners", feedback_until=date(2027, 2, 10))
    service.change_facts(made, facts, version=made.version, by=owner, at=NOW)
    if openness is not None and not made.practice:
        list_of: list[Organisation] = list(companies)
        service.set_openness(made, openness, "Numbers of one company", list_of, version=made.version, by=owner, at=NOW)
    factories.commit()
    return made


def weighed(made: Decision, owner: User) -> Decision:
    """Gives it two options and criteria that add up to 100."""
    for title in ("Spring", "Autumn"):
        service.set_option(made, None, OptionDetails(title, "For it", "Against it"), version=0, by=owner, at=NOW)
    for text, weight in (("Effort for partners", 60), ("Revenue", 40)):
        service.add_criterion(made, text, weight, by=owner, at=NOW)
    factories.commit()
    return made


def ready(made: Decision, owner: User) -> Decision:
    """Writes down everything that is needed to decide."""
    service.set_risk(made, None, RiskDetails("Nobody upgrades"), version=0, by=owner, at=NOW)
    service.note_outcome(made, OUTCOME, version=made.version, by=owner, at=NOW)
    factories.commit()
    return made


def step(made: Decision, owner: User, *states: DecisionState) -> Decision:
    """Takes it through these states; feedback has ended the day before it is decided."""
    for state in states:
        if state is DecisionState.DECIDED and made.feedback_until is not None:
            made.feedback_until = NOW.date() - timedelta(days=1)
        service.take_step(made, state, viewer=viewer(owner), at=NOW)
    factories.commit()
    return made


def launched(owner: User, **values: Any) -> Decision:
    """A decision that was launched."""
    made = ready(weighed(decision(owner, **values), owner), owner)
    return step(made, owner, DecisionState.RESEARCH, DecisionState.DEVELOP, DecisionState.DECIDED, DecisionState.LAUNCHED)


def feedback(made: Decision, user: User, text: str = "Autumn suits us.", *, anonymous: bool = False) -> Any:
    """Something that somebody says about it."""
    found = service.give_feedback(made, text, None, anonymous=anonymous, viewer=viewer(user), at=NOW)
    factories.commit()
    return found


def answer(made: Decision, one: Any, owner: User, state: FeedbackState = FeedbackState.ADOPTED, text: str = "Yes.") -> None:
    """The owner's answer."""
    service.reply(made, one, state, text, version=one.version, by=owner, at=NOW)
    factories.commit()


def part(made: Decision, user: User, role: Part, owner: User) -> Any:
    """Gives somebody a part."""
    found = service.name_part(made, user.email, role, within=None, by=owner, at=NOW)
    factories.commit()
    return found
