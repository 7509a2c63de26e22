"""Files with schedules between their dry run and their import."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base


class AgendaImport(Base):
    """A schedule.json that was sent. Its content goes as soon as it is imported.

    `preview` holds what the dry run found: the counts, and lines of (session, what happens, how).
    """

    __tablename__ = "agenda_import"
    __table_args__ = (Index("ix_agenda_import_event_id", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    file_name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    preview: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    applied_at: Mapped[datetime | None]
