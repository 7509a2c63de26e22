"""Comments and tags on registrations, for the vendor's staff only, and acts on many registrations at once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class Comment(Base):
    """What somebody at the vendor noted about a registration. Goes with the registration when a place is handed on."""

    __tablename__ = "registration_comment"
    __table_args__ = (
        CheckConstraint("text <> ''", name="has_text"),
        Index("ix_registration_comment_registration_id", "registration_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(2000))
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(String(254))
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class TagColour(StrEnum):
    """The colours that tags come in; the style sheet has each in light and dark."""

    GREY = "grey"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    VIOLET = "violet"


COLOUR_LABELS = {
    TagColour.GREY: _l("Grey"),
    TagColour.BLUE: _l("Blue"),
    TagColour.GREEN: _l("Green"),
    TagColour.YELLOW: _l("Yellow"),
    TagColour.ORANGE: _l("Orange"),
    TagColour.RED: _l("Red"),
    TagColour.VIOLET: _l("Violet"),
}


class Tag(Base):
    """A word in a colour that organizers put on registrations of one event. `folded` makes "VIP" and "vip" the same."""

    __tablename__ = "tag"
    __table_args__ = (
        CheckConstraint("word <> ''", name="has_word"),
        Index("uq_tag_event_id_folded", "event_id", "folded", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    word: Mapped[str] = mapped_column(String(40))
    folded: Mapped[str] = mapped_column(String(120))
    colour: Mapped[TagColour] = mapped_column(text_enum(TagColour))


class RegistrationTag(Base):
    """A tag on a registration."""

    __tablename__ = "registration_tag"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True)


class ActState(StrEnum):
    """queued (being carried out, or a job is to) → done → undoing (likewise) → undone."""

    QUEUED = "queued"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


# A job goes on with these.
UNDER_WAY = (ActState.QUEUED, ActState.UNDOING)


class BulkAct(Base):
    """An act on many registrations: whom it is to reach (`ids`), and whom it has reached, with what was before.

    `done` holds [id, what was before] for each it has changed, `refused` reason → number of those it could not change,
    `became` what they are now → number. `choice` is what the act needs besides: a mode, a kind, a tag. When it is undone,
    `looked_back` of those in `done` have been looked at: `taken_back` are as before, `kept` holds reason → number of others.
    """

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_event_id", "event_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    act: Mapped[str] = mapped_column(String(24))
    choice: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[ActState] = mapped_column(text_enum(ActState))
    ids: Mapped[list[Any]]
    reached: Mapped[int] = mapped_column(default=0)
    done: Mapped[list[Any]]
    became: Mapped[dict[str, Any]]
    refused: Mapped[dict[str, Any]]
    moved_up: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(254))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(254), default="", server_default="")
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    looked_back: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    taken_back: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))

    @property
    def under_way(self) -> bool:
        """Whether the worker has not finished."""
        return self.state in UNDER_WAY

    @property
    def progress(self) -> tuple[int, int]:
        """How many have been dealt with, of how many."""
        return (self.looked_back, len(self.done)) if self.state is ActState.UNDOING else (self.reached, len(self.ids))
