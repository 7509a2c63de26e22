"""Who is to be told of a release."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base

_OPEN = text("done_at IS NULL")


class ReleaseNotice(Base):
    """Somebody whom a release concerns and who is to get one mail about it: somebody registered, a speaker, or both in one.

    Written in the transaction of the release, so that nobody is told twice or forgotten, whatever the worker does.
    `words` says whether that mail also tells what changed in words only.
    """

    __tablename__ = "release_notice"
    __table_args__ = (
        UniqueConstraint("release_id", "registration_id"),
        UniqueConstraint("release_id", "speaker_id"),
        CheckConstraint("registration_id IS NOT NULL OR speaker_id IS NOT NULL", name="about_somebody"),
        Index("ix_release_notice_registration_id", "registration_id"),
        Index("ix_release_notice_speaker_id", "speaker_id"),
        Index("ix_release_notice_open", "release_id", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("agenda_release.id", ondelete="CASCADE"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"))
    words: Mapped[bool] = mapped_column(default=False, server_default=false())
    done_at: Mapped[datetime | None]
