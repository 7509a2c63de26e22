"""The demo's decisions: with the one about an idea (ideas.py) eight are open, in all phases, and three are over."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer, roles_of
from eventapp.core.db import db
from eventapp.decisions import service
from eventapp.decisions.models import (
    PHASES,
    Decision,
    DecisionContext,
    DecisionState,
    FeedbackState,
    Maturity,
    Openness,
    Part,
)
from eventapp.decisions.queries import options_of
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.partners.queries import seats_of

_S = DecisionState
ORGANIZER, MANAGER = "olivia.organizer@karmin.example", "mona.manager@karmin.example"
PETRA, ANTON = "petra.huber@donau-systemhaus.example", "anton.gruber@alpen-distribution.example"
AKOSUA = "akosua.mensah@accra-cloud.example"
DONAU = "Donau Systemhaus"
EVENT = "epc-2027"


@dataclass(frozen=True)
class Story:
    """A decision of the demo. `age` is how many days ago it was opened; `said`: who, what, what came of it, the answer."""

    title: str
    problem: str
    state: DecisionState
    age: int
    owner: str = ORGANIZER
    context: DecisionContext = DecisionContext.CO_CREATION
    label: str = ""
    impacted: str = "Partners who sell and support the platform"
    not_solving: str = ""
    requirements: str = ""
    openness: Openness | None = Openness.PARTNERS
    reason: str = "Prices and dates are for partners, not for the press."
    body: str = "Partner steering committee"
    options: tuple[tuple[str, str, str], ...] = ()
    criteria: tuple[tuple[str, int], ...] = ()
    scores: tuple[tuple[int, ...], ...] = ()
    said: tuple[tuple[str, str, FeedbackState, str], ...] = ()
    risks: tuple[tuple[str, str, str, str], ...] = ()
    result: str = ""
    rationale: str = ""
    trade_offs: str = ""
    lessons: str = ""
    people: tuple[tuple[str, Part], ...] = field(default=())


_NEW, _YES, _PARTLY, _NO = FeedbackState.NEW, FeedbackState.ADOPTED, FeedbackState.PARTLY, FeedbackState.NOT_ADOPTED
STORIES = (
    Story(
        "Deal registration: how long a deal stays protected",
        "Ninety days are too short for public tenders. Partners lose deals that they have worked on for half a year.",
        _S.DEVELOP,
        34,
        owner=MANAGER,
        not_solving="The discount for registered deals\nWho may register a deal",
        requirements="The same rule in every country\nAnybody can see how many days are left\nNo deal is protected for ever",
        options=(
            ("180 days for everybody", "Simple to explain", "Blocks small deals for half a year"),
            ("90 days, renewed twice with proof", "Fits tenders and small deals", "Somebody has to look at the proof"),
            ("Until the tender closes, one year at most", "Exactly what tenders need", "Only for tenders"),
        ),
        criteria=(("Fair among partners", 40), ("Effort for partner managers", 25), ("Fits public tenders", 35)),
        scores=((2, 5, 3), (4, 2, 4), (3, 3, 5)),
        said=(
            (
                PETRA,
                "Renewing twice is fine if the proof is one upload and not a form of three pages.",
                _YES,
                "One upload it is.",
            ),
            (
                ANTON,
                "Distributors must see the protection of their resellers' deals.",
                _PARTLY,
                "Days left yes, names of customers no.",
            ),
            (
                AKOSUA,
                "Please keep 180 days. Nobody here has time for proof.",
                _NO,
                "Then small deals would be blocked for half a year.",
            ),
            (AKOSUA, "What counts as proof in a country without a tender portal?", _NEW, ""),
        ),
        risks=(
            ("Nobody renewed in time", "The mail went to somebody who had left", "Tell two people", "Remind 14 days before"),
            ("Proof was rubber-stamped", "Too many at the end of a quarter", "Look at one in ten closely", ""),
        ),
        people=((PETRA, Part.STAKEHOLDER), (ANTON, Part.DISSENTER)),
    ),
    Story(
        "Which workshops the next conference repeats",
        "Six workshops were full within a day. Eighty people waited and got no place.",
        _S.RESEARCH,
        16,
        context=DecisionContext.EVENT,
        openness=Openness.PUBLIC,
        reason="",
        body="Programme team",
        impacted="Everybody who comes to the conference",
        options=(
            ("Repeat all six", "Nobody waits", "No room for new topics"),
            ("Repeat two, stream four", "Room for four new ones", ""),
        ),
        criteria=(("People who wanted it", 60), ("Room for new topics", 40)),
        said=((PETRA, "Hands-on labs cannot be streamed. Repeat those.", _YES, "We look at labs first."),),
    ),
    Story(
        "One support case for both vendors",
        "A case about both products is opened twice and closed by neither.",
        _S.IDEATE,
        6,
        context=DecisionContext.ALLIANCE,
        label="Skylark Cloud",
        openness=Openness.TEAM,
        reason="Under negotiation with the other vendor.",
        owner=ORGANIZER,
        people=((MANAGER, Part.CONTRIBUTOR),),
    ),
    Story(
        "Certificates: valid for two or for three years",
        "Every second certificate lapses in the month of a product release. Engineers then sit exams instead of upgrading.",
        _S.RESEARCH,
        22,
        owner=MANAGER,
        options=(
            ("Three years", "Fewer exams", "Knowledge ages"),
            ("Two years, with a short update", "Stays current", "One more date"),
        ),
        criteria=(("Skills stay current", 50), ("Time of engineers", 50)),
        scores=((2, 5), (4, 3)),
        said=((AKOSUA, "A short update of one hour, on video, would suit us.", _NEW, ""),),
    ),
    Story(
        "Joint budget with Donau: fairs or customer days",
        "The budget covers either two fairs or nine customer days, not both.",
        _S.DEVELOP,
        40,
        owner=MANAGER,
        context=DecisionContext.WORKSHOP,
        label="Planning day with Donau Systemhaus",
        openness=Openness.ORGANISATIONS,
        reason="The budget of one partner.",
        body="",
        options=(("Two fairs", "Seen by many", "Little time with each"), ("Nine customer days", "Long talks", "Nobody new")),
        criteria=(("New customers", 70), ("Cost for each talk", 30)),
        scores=((4, 2), (2, 4)),
        said=(
            (
                PETRA,
                "Seven days and one fair would be possible: the hall in Linz costs half.",
                _YES,
                "Added as what we decide on.",
            ),
        ),
        risks=(("Nobody came to the third day", "Invitations left too late", "Six weeks before", "Dates until March"),),
        result="One fair in Linz and seven customer days.",
        rationale="New customers come from the fair; the days keep those that we have.",
        people=((PETRA, Part.DECIDER),),
    ),
    Story(
        "Two price lists a year instead of four",
        "Quotes become wrong while customers still think about them.",
        _S.DECIDED,
        75,
        options=(("Two a year", "Quotes hold", "Slower to react"), ("Four a year", "Close to the market", "Quotes become wrong")),
        criteria=(("Quotes that hold", 60), ("Reacting to the market", 40)),
        scores=((5, 2), (1, 5)),
        said=(
            (ANTON, "Announce changes sixty days before, not thirty.", _YES, "Sixty days it is."),
            (PETRA, "Keep old prices for registered deals.", _PARTLY, "For sixty days after a change."),
        ),
        risks=(("A currency fell in between", "Prices could not follow", "A clause for more than 8 %", "Wording with finance"),),
        result="Price lists change on 1 February and 1 August, announced sixty days before.",
        rationale="Three quarters of all corrected quotes were wrong only because the list had changed.",
        trade_offs="We react to the market two quarters later.",
    ),
    Story(
        "The partner portal drops the fax form",
        "Eleven faxes came last year. Each costs half an hour.",
        _S.LAUNCHED,
        95,
        openness=Openness.PUBLIC,
        reason="",
        options=(
            ("Drop it in June", "Half an hour saved each", "Two partners use it still"),
            ("Keep it", "Nobody is cut off", ""),
        ),
        criteria=(("Nobody is cut off", 50), ("Effort", 50)),
        scores=((3, 5), (5, 1)),
        said=((AKOSUA, "Call the two who still use it before you drop it.", _YES, "We did. Both have switched."),),
        risks=(("Somebody missed a deadline", "Their fax went nowhere", "An answering page for a year", "Set up the page"),),
        result="The fax form goes on 30 June.",
        rationale="Whoever still used it has another way now.",
    ),
    Story(
        "Conference badges without titles",
        "Badges with titles keep people from talking to each other.",
        _S.CLOSED,
        190,
        context=DecisionContext.EVENT,
        openness=Openness.PUBLIC,
        reason="",
        impacted="Everybody who comes to the conference",
        options=(("Name and company only", "Easier to talk", "Hosts do not know whom to greet"), ("As before", "", "")),
        criteria=(("People talk", 100),),
        said=((PETRA, "Keep the function: sales and engineers look for each other.", _PARTLY, "A colour for it, no words."),),
        risks=(("Sponsors were cross", "They pay to meet managers", "Tell them before", ""),),
        result="Name, company and a colour for what somebody does.",
        rationale="In the trial people spoke with twice as many strangers.",
        lessons="Ask hosts first: their worry was easy to solve. A trial of one evening said more than three meetings.",
    ),
    Story(
        "Training in the evening for other time zones",
        "Courses at nine in Vienna are at five in the morning elsewhere.",
        _S.CLOSED,
        160,
        owner=MANAGER,
        options=(("Each course twice", "Everybody awake", "Twice the trainers"), ("Recordings", "Cheap", "No questions")),
        criteria=(("People can ask", 70), ("Cost", 30)),
        said=((AKOSUA, "Evenings in Europe are fine for all of West Africa.", _YES, "Tuesdays at 17:00 UTC."),),
        risks=(("Nobody came in the evening", "It was not in the calendar", "Both dates on one page", ""),),
        result="Every course on video runs twice, the second time at 17:00 UTC.",
        rationale="Questions are what people come for.",
        lessons="Two dates cost less than we feared: trainers share.",
    ),
    Story(
        "A forum beside the portal",
        "Partners ask each other, but nobody finds the answers again.",
        _S.WITHDRAWN,
        120,
        owner=MANAGER,
    ),
)


def fill(*, at: datetime) -> None:
    """Opens the decisions and takes each to where it stands."""
    users = {user.email: user for user in db.session.scalars(select(User))}
    event_id = db.session.scalar(select(Event.id).where(Event.slug == EVENT))
    for story in sorted(STORIES, key=lambda one: -one.age):
        _tell(story, users, event_id, at)
    _practise(users[PETRA], at)


def viewer_of(user: User, at: datetime) -> Viewer:
    """The user as services see them, acting for their first company."""
    seats, roles = seats_of(user.id, at.date()), roles_of(user, at)
    user.on_behalf = seats[0].company_name if seats and not roles else ""
    return Viewer(user, roles, frozenset(), seats, seats[0].company_id if seats else None)


def _tell(story: Story, users: dict[str, User], event_id: int | None, at: datetime) -> None:
    owner = users[story.owner]
    opened = at - timedelta(days=story.age)
    in_event = event_id if story.context is DecisionContext.EVENT else None
    made = service.open_decision(
        story.title, story.problem, story.context, in_event, story.label, owner=viewer_of(owner, at), at=opened
    )
    facts = service.DecisionFacts(
        story.title,
        story.problem,
        story.not_solving,
        story.impacted,
        story.requirements,
        feedback_until=_feedback_until(story, opened),
        decide_by=(opened + timedelta(days=60)).date(),
    )
    service.change_facts(made, facts, version=made.version, by=owner, at=opened)
    if story.body:
        service.name_body(made, story.body, by=owner, at=opened)
    for address, part in story.people:
        service.name_part(made, address, part, within=None, by=owner, at=opened)
    if story.openness is not None:
        donau = list(db.session.scalars(select(Organisation).where(Organisation.name.startswith(DONAU)).limit(1)))
        companies = donau if story.openness is Openness.ORGANISATIONS else []
        service.set_openness(made, story.openness, story.reason, companies, version=made.version, by=owner, at=opened)
    for title, pros, cons in story.options:
        service.set_option(made, None, service.OptionDetails(title, pros, cons), version=0, by=owner, at=opened)
    criteria = [service.add_criterion(made, text, weight, by=owner, at=opened) for text, weight in story.criteria]
    options = options_of(made)
    cells = {(options[o].id, criteria[c].id): value for o, line in enumerate(story.scores) for c, value in enumerate(line)}
    if cells:
        service.set_scores(made, cells, by=owner, at=opened)
    for text, trigger, prevention, action in story.risks:
        details = service.RiskDetails(text, trigger, prevention, action)
        service.set_risk(made, None, details, version=0, by=owner, at=opened)
    for n, (address, text, state, answer) in enumerate(story.said):
        when = opened + timedelta(days=n + 1)
        one = service.give_feedback(made, text, None, anonymous=False, viewer=viewer_of(users[address], at), at=when)
        if state is not FeedbackState.NEW:
            service.reply(made, one, state, answer, version=one.version, by=owner, at=when + timedelta(hours=20))
    if story.result:
        again = (at + timedelta(days=200)).date()
        outcome = service.Outcome(options[0].id, story.result, story.rationale, story.trade_offs, "", again, "")
        service.note_outcome(made, outcome, version=made.version, by=owner, at=opened)
    if story.lessons:
        done, soon = Maturity.ESTABLISHED, Maturity.FOUNDATIONAL
        lessons = service.Lessons(story.lessons, done, done, soon, Maturity.TRANSFORMATIVE)
        service.note_lessons(made, lessons, version=made.version, by=owner, at=opened)
    _walk(made, story, viewer_of(owner, at), opened)


def _feedback_until(story: Story, opened: datetime) -> date:
    """The end of the window for feedback: before the step by which it was decided, if it is."""
    end = opened + timedelta(days=45)
    decided = _S.DECIDED
    if story.state in PHASES and PHASES.index(story.state) >= PHASES.index(decided):
        end = min(end, _step_at(story, PHASES.index(decided), opened) - timedelta(days=1))
    return end.date()


def _step_at(story: Story, n: int, opened: datetime) -> datetime:
    """When the story took its step number `n`."""
    return opened + timedelta(days=story.age * n / (len(PHASES) + 1))


def _walk(made: Decision, story: Story, owner: Viewer, opened: datetime) -> None:
    """Step by step to where it stands, some days for each."""
    if story.state is _S.WITHDRAWN:
        note = "The portal gets a search that finds the same answers."
        service.take_step(made, story.state, note, viewer=owner, at=opened + timedelta(days=9))
        return
    for n, state in enumerate(PHASES[1 : PHASES.index(story.state) + 1], 1):
        service.take_step(made, state, viewer=owner, at=_step_at(story, n, opened))


def _practise(user: User, at: datetime) -> None:
    problem = "Our Monday meeting takes an hour and decides nothing."
    service.open_decision(
        "Our Monday meeting", problem, DecisionContext.CO_CREATION, owner=viewer_of(user, at), at=at, practice=True
    )
