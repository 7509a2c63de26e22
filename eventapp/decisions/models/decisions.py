"""A decision, its states and the steps between them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class DecisionState(StrEnum):
    """Where a decision stands: the phases of the Open Decision Framework in their order, then the side states."""

    IDEATE = "ideate"
    RESEARCH = "research"
    DEVELOP = "develop"
    DECIDED = "decided"
    LAUNCHED = "launched"
    CLOSED = "closed"
    PAUSED = "paused"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


_S = DecisionState
STATE_LABELS = {
    _S.IDEATE: _l("Define the problem"),
    _S.RESEARCH: _l("Plan and research"),
    _S.DEVELOP: _l("Design and test"),
    _S.DECIDED: _l("Decided"),
    _S.LAUNCHED: _l("Launched"),
    _S.CLOSED: _l("Closed"),
    _S.PAUSED: _l("Paused"),
    _S.REOPENED: _l("Reopened"),
    _S.WITHDRAWN: _l("Withdrawn"),
    _S.SUPERSEDED: _l("Superseded"),
}
PHASES = (_S.IDEATE, _S.RESEARCH, _S.DEVELOP, _S.DECIDED, _S.LAUNCHED, _S.CLOSED)
# Being worked on: the board shows these, and people may say what they think.
UNDECIDED = (_S.IDEATE, _S.RESEARCH, _S.DEVELOP, _S.REOPENED)
OPEN = (*UNDECIDED, _S.PAUSED, _S.DECIDED, _S.LAUNCHED)


class Hand(StrEnum):
    """Who may take a step. The decider where that is a person; for a named body the owner notes what it decided."""

    OWNER = "owner"
    DECIDER = "decider"
    # Only by answering a request of somebody who takes part.
    REQUEST = "request"


# From each state to those that a step may lead to, and in whose hand that is. What a step asks for stands in rules.GUARDS.
TRANSITIONS: dict[DecisionState, dict[DecisionState, Hand]] = {
    _S.IDEATE: {_S.RESEARCH: Hand.OWNER, _S.PAUSED: Hand.OWNER, _S.WITHDRAWN: Hand.OWNER},
    _S.RESEARCH: {_S.DEVELOP: Hand.OWNER, _S.IDEATE: Hand.OWNER, _S.PAUSED: Hand.OWNER, _S.WITHDRAWN: Hand.OWNER},
    _S.DEVELOP: {_S.DECIDED: Hand.DECIDER, _S.RESEARCH: Hand.OWNER, _S.PAUSED: Hand.OWNER, _S.WITHDRAWN: Hand.OWNER},
    _S.DECIDED: {_S.LAUNCHED: Hand.OWNER, _S.REOPENED: Hand.REQUEST, _S.SUPERSEDED: Hand.OWNER},
    _S.LAUNCHED: {_S.CLOSED: Hand.OWNER, _S.REOPENED: Hand.REQUEST, _S.SUPERSEDED: Hand.OWNER},
    _S.CLOSED: {_S.REOPENED: Hand.REQUEST, _S.SUPERSEDED: Hand.OWNER},
    # Back to where it was paused, see `Decision.paused_from`.
    _S.PAUSED: {_S.IDEATE: Hand.OWNER, _S.RESEARCH: Hand.OWNER, _S.DEVELOP: Hand.OWNER, _S.WITHDRAWN: Hand.OWNER},
    _S.REOPENED: {_S.RESEARCH: Hand.OWNER, _S.DEVELOP: Hand.OWNER, _S.WITHDRAWN: Hand.OWNER},
    _S.WITHDRAWN: {},
    _S.SUPERSEDED: {},
}
# Those that may be asked to be opened again.
REOPENABLE = tuple(state for state, steps in TRANSITIONS.items() if _S.REOPENED in steps)


class Openness(StrEnum):
    """Who may read a decision: everybody, all partners, two or more named companies, or those who take part."""

    PUBLIC = "public"
    PARTNERS = "partners"
    ORGANISATIONS = "organisations"
    TEAM = "team"


OPENNESS_LABELS = {
    Openness.PUBLIC: _l("Public"),
    Openness.PARTNERS: _l("All partners"),
    Openness.ORGANISATIONS: _l("Both organisations"),
    Openness.TEAM: _l("The team alone"),
}


class DecisionContext(StrEnum):
    """What a decision belongs to. Later features say in `references.py` what theirs are called and who takes part."""

    EVENT = "event"
    WORKSHOP = "workshop"
    PLAN = "plan"
    ALLIANCE = "alliance"
    CO_CREATION = "co_creation"


CONTEXT_LABELS = {
    DecisionContext.EVENT: _l("Event"),
    DecisionContext.WORKSHOP: _l("Workshop"),
    DecisionContext.PLAN: _l("Joint plan"),
    DecisionContext.ALLIANCE: _l("Alliance"),
    DecisionContext.CO_CREATION: _l("Co-creation"),
}


class Maturity(StrEnum):
    """How far one way of working is, by the maturity sheet of the framework."""

    FOUNDATIONAL = "foundational"
    ESTABLISHED = "established"
    TRANSFORMATIVE = "transformative"


MATURITY_LABELS = {
    Maturity.FOUNDATIONAL: _l("Foundational"),
    Maturity.ESTABLISHED: _l("Established"),
    Maturity.TRANSFORMATIVE: _l("Transformative"),
}


class Decision(Base):
    """A decision with its base of facts.

    `not_solving` and `requirements` are lists, a line each. Without `openness` nobody has chosen yet, and only the team
    reads it. `decider_body` is set where a named body decides; else the decider is whoever has that role. `paused_from` is
    where it goes on. `practice`: an exercise, read by its team alone, which nobody gets a mail about. `searched` holds the
    folded words that the archive looks through. Days are those of UTC.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("(state = 'paused') = (paused_from IS NOT NULL)", name="paused_from_somewhere"),
        CheckConstraint("(state = 'superseded') = (superseded_by_id IS NOT NULL)", name="superseded_by_something"),
        CheckConstraint("superseded_by_id IS NULL OR superseded_by_id <> id", name="not_by_itself"),
        CheckConstraint("NOT practice OR openness IS NULL OR openness = 'team'", name="practice_stays_inside"),
        Index("ix_decision_context_context_id", "context", "context_id"),
        Index("ix_decision_state_changed_at", "state", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    practice: Mapped[bool] = mapped_column(default=False, server_default=false())
    title: Mapped[str] = mapped_column(String(200))
    context: Mapped[DecisionContext] = mapped_column(text_enum(DecisionContext))
    context_id: Mapped[int | None]
    context_label: Mapped[str] = mapped_column(String(200), default="")
    problem: Mapped[str] = mapped_column(String(600), default="")
    not_solving: Mapped[str] = mapped_column(String(1500), default="")
    impacted: Mapped[str] = mapped_column(String(1000), default="")
    decider_body: Mapped[str] = mapped_column(String(200), default="")
    requirements: Mapped[str] = mapped_column(String(1500), default="")
    constraints: Mapped[str] = mapped_column(String(1500), default="")
    assumptions: Mapped[str] = mapped_column(String(1500), default="")
    openness: Mapped[Openness | None] = mapped_column(text_enum(Openness))
    openness_reason: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[DecisionState] = mapped_column(text_enum(DecisionState), default=DecisionState.IDEATE)
    paused_from: Mapped[DecisionState | None] = mapped_column(text_enum(DecisionState, name="paused_from"))
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    feedback_until: Mapped[date | None]
    decide_by: Mapped[date | None]
    launch_by: Mapped[date | None]
    result: Mapped[str] = mapped_column(String(2000), default="")
    rationale: Mapped[str] = mapped_column(String(2000), default="")
    trade_offs: Mapped[str] = mapped_column(String(2000), default="")
    success_measures: Mapped[str] = mapped_column(String(1500), default="")
    revisit_on: Mapped[date | None] = mapped_column(index=True)
    revisit_when: Mapped[str] = mapped_column(String(300), default="")
    revisit_told_at: Mapped[datetime | None]
    lessons: Mapped[str] = mapped_column(String(2000), default="")
    communication: Mapped[Maturity | None] = mapped_column(text_enum(Maturity, name="communication"))
    transparency: Mapped[Maturity | None] = mapped_column(text_enum(Maturity, name="transparency"))
    release_early: Mapped[Maturity | None] = mapped_column(text_enum(Maturity, name="release_early"))
    collaboration: Mapped[Maturity | None] = mapped_column(text_enum(Maturity, name="collaboration"))
    searched: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class DecisionCounter(Base):
    """The last number given under a prefix like DEC-2027, so that two decisions opened at once get two codes."""

    __tablename__ = "decision_counter"

    prefix: Mapped[str] = mapped_column(String(12), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
