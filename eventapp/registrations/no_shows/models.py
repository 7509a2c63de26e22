"""What an event makes of a company's no-shows at earlier ones. No row: nothing."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class Consequence(StrEnum):
    """What follows for a company with too many no-shows."""

    APPROVAL = "approval"
    ONE_LESS = "one_less"


CONSEQUENCE_LABELS = {
    Consequence.APPROVAL: _l("Its registrations need approval"),
    Consequence.ONE_LESS: _l("It gets one place less, but always one"),
}


class NoShowRule(Base):
    """Companies with more than `percent` no-shows over their last `events` events meet the consequence."""

    __tablename__ = "no_show_rule"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 99", name="percent_in_range"),
        CheckConstraint("events BETWEEN 1 AND 20", name="events_in_range"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    consequence: Mapped[Consequence] = mapped_column(text_enum(Consequence))
    percent: Mapped[int]
    events: Mapped[int]
