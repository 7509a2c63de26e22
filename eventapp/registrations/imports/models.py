"""What an import of registrations needs besides the file: its event, and which company a name means."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base


class RegistrationImport(Base):
    """The event whose registrations a file holds."""

    __tablename__ = "registration_import"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)


class NameDecision(Base):
    """Which company a name in a file means, as a person said; without a company its rows are left out.

    `key` is country and name in plain form (`matching.key_of`). It counts for later files of the same event as well.
    """

    __tablename__ = "name_decision"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(254))
