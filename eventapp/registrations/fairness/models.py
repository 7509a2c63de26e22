"""The outcome of a draw, kept as it was drawn."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base


class Lot(Base):
    """A lot of a draw: `ticket` stands for a registration without telling whose, `position` is its turn, from 1."""

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("event_id", "ticket", name="uq_lot_event_id_ticket"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    ticket: Mapped[str] = mapped_column(String(64))
