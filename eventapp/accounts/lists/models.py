"""Saved filters."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base


class SavedFilter(Base):
    """What somebody looks for in a list: `query` is the search, filters, order and columns as its address has them.

    `endpoint` is the view of the list, so that a filter serves the same list of every event (see `same.py`). `shared`:
    everybody who works for the vendor and may open the list has it.
    """

    __tablename__ = "saved_filter"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        Index("uq_saved_filter_user_id_endpoint_name", "user_id", "endpoint", "name", unique=True),
        Index("ix_saved_filter_endpoint", "endpoint", "shared"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(2000))
    shared: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]
