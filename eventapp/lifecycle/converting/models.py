"""What was moved, and what is needed to take it back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class ConversionKind(StrEnum):
    """Where an event goes."""

    VIRTUAL = "virtual"
    IN_PERSON = "in_person"
    DATE = "date"


CONVERSION_LABELS = {
    ConversionKind.VIRTUAL: _l("On video"),
    ConversionKind.IN_PERSON: _l("In person"),
    ConversionKind.DATE: _l("Another date"),
}


class Conversion(Base):
    """An event that was moved with everybody who is registered.

    `steps` are the changed rows of the journal with their old values, `before` holds the rest that an undo needs:
    `capacities` of the event's three pools, its `needs_until`, ids of `questions` that were hidden, of those that were
    `shown` again, and of registrations that `moved_up`. `counts` says in numbers what it did. `decision_id` is the decision
    in which it was agreed, where the organizer names one.
    """

    __tablename__ = "conversion"
    __table_args__ = (
        Index("ix_conversion_event_id", "event_id", "id"),
        CheckConstraint("undone_at IS NOT NULL OR undone_by = ''", name="undone_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[ConversionKind] = mapped_column(text_enum(ConversionKind))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"))
    before: Mapped[dict[str, Any]]
    steps: Mapped[list[Any]]
    counts: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(254))
    undo_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(254), default="")
