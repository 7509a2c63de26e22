"""The demo's ideas and needs, with votes, contributions and answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.decisions import service as decisions
from eventapp.decisions.ideas import service
from eventapp.decisions.ideas.models import IdeaKind, IdeaState
from eventapp.decisions.ideas.rules import Answer
from eventapp.decisions.ideas.service import IdeaDetails
from eventapp.decisions.models import Openness
from eventapp.overview.demo.decisions import AKOSUA, ANTON, MANAGER, PETRA, viewer_of

_IDEA, _NEED, _S = IdeaKind.IDEA, IdeaKind.NEED, IdeaState


@dataclass(frozen=True)
class Wish:
    """An idea or a need: who posted it how many days ago, who wants it too, what was brought in, the answers in their order."""

    kind: IdeaKind
    title: str
    text: str
    by: str
    age: int
    votes: tuple[str, ...] = ()
    brought: tuple[tuple[str, str], ...] = ()
    answers: tuple[Answer, ...] = ()
    shared: bool = True
    problem: str = ""


WISHES = (
    Wish(
        _NEED,
        "Price lists as a file that our system reads",
        "We type four hundred prices by hand, twice a year. One wrong comma cost us a customer.",
        PETRA,
        48,
        votes=(PETRA, ANTON, AKOSUA),
        brought=((ANTON, "We can share the layout that three of our resellers read already."),),
        answers=(
            Answer(_S.SHAPED, "Understood: a CSV on the day of the change. Mona Keller looks after it."),
            Answer(
                _S.ADOPTED,
                "From the next list on there is a CSV beside the PDF, in the layout that Alpen brought in.",
                outcome="Alpen and Donau read the February list without typing anything.",
            ),
        ),
    ),
    Wish(
        _IDEA,
        "A test system for an afternoon",
        "To try an upgrade we wait three weeks for a system. An afternoon would be enough.",
        AKOSUA,
        31,
        votes=(AKOSUA, PETRA),
        brought=((PETRA, "We would try it with two customers in March."),),
        answers=(
            Answer(_S.SHAPED, "We like it. What we do not know is what it costs."),
            Answer(
                _S.EXPERIMENT,
                "Ten systems, first come, first served. We tell you what we learned.",
                experiment="Ten systems for ten weeks, each for four hours",
            ),
        ),
    ),
    Wish(
        _NEED,
        "Who may speak for us at a tender",
        "Authorities ask for a letter that names our people. It takes ten days.",
        PETRA,
        12,
        votes=(PETRA,),
        answers=(Answer(_S.SHAPED, "Ten days are too many. Legal looks at a letter that you can print yourselves."),),
        problem="A letter that names people for a tender takes ten days.",
    ),
    Wish(
        _IDEA,
        "One logo for all levels",
        "Customers do not know what Ready and Advanced mean.",
        ANTON,
        60,
        votes=(ANTON,),
        answers=(
            Answer(_S.DECLINED, "Partners who became Advanced asked us to keep the difference visible. We explain it better."),
        ),
    ),
    Wish(_NEED, "Courses that begin after school hours", "Half of my team has children. Nine in the morning is hard.", AKOSUA, 5),
    Wish(
        _NEED,
        "Our margin on renewals in the public sector",
        "It does not cover what the tender costs us.",
        PETRA,
        9,
        answers=(Answer(_S.PARKED, "Not before the budget is set in spring. Then we talk about it."),),
        shared=False,
    ),
)


def fill(*, at: datetime) -> None:
    """Posts the wishes, lets people vote and contribute, and answers them."""
    users = {user.email: user for user in db.session.scalars(select(User))}
    manager = users[MANAGER]
    for wish in sorted(WISHES, key=lambda one: -one.age):
        when = at - timedelta(days=wish.age)
        details = IdeaDetails(wish.kind, wish.title, wish.text, wish.shared)
        made = service.post(details, viewer=viewer_of(users[wish.by], at), at=when)
        for address in wish.votes:
            service.vote(made, viewer=viewer_of(users[address], at), at=when + timedelta(days=1))
        for address, text in wish.brought:
            service.contribute(made, text, viewer=viewer_of(users[address], at), at=when + timedelta(days=2))
        for n, said in enumerate(wish.answers, 1):
            service.answer(made, said, version=made.version, by=manager, at=when + timedelta(days=1 + 2 * n))
        if wish.problem:
            opened = when + timedelta(days=4)
            about = service.open_decision(made, wish.title, wish.problem, viewer=viewer_of(manager, at), at=opened)
            reason = "It is about how partners bid."
            decisions.set_openness(about, Openness.PARTNERS, reason, (), version=about.version, by=manager, at=opened)
