"""Steps in the editor of the draft, kept so that the last ones can be undone."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class StepKind(StrEnum):
    """What somebody did: placed one part, or took a whole release back into the draft."""

    PLACE = "place"
    RESTORE = "restore"


STEP_LABELS = {StepKind.PLACE: _l("Placed"), StepKind.RESTORE: _l("Took back a release")}


class DraftStep(Base):
    """One step in the editor. Of an event the last fifty are kept.

    `changes` are `{"slot": id, "before": [...], "after": [...]}`, where a list is what `service.Placing.state` gives, and
    for sessions whose cancelling was taken back `{"session": id, "before": [cancelled at, reason]}`. `title` is the
    session's or the release's.
    """

    __tablename__ = "draft_step"
    __table_args__ = (Index("ix_draft_step_event_id", "event_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[StepKind] = mapped_column(text_enum(StepKind))
    title: Mapped[str] = mapped_column(String(200))
    changes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]
