"""Comments and tags on registrations, for the vendor's staff only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
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
