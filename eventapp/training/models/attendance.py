"""Who was there from when to when, by each source."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.training.models.runs import Enrolment, Run


class MeetingTool(StrEnum):
    """Which program has written an attendance report."""

    TEAMS = "teams"
    ZOOM = "zoom"
    WEBEX = "webex"
    OTHER = "other"


TOOL_LABELS = {
    MeetingTool.TEAMS: "Microsoft Teams",
    MeetingTool.ZOOM: "Zoom",
    MeetingTool.WEBEX: "Webex",
    MeetingTool.OTHER: _l("Another table"),
}


class AttendanceReport(Base):
    """An imported report of a meeting tool. The same file (`sha256`) is one report of a run.

    `lines` is how many joins it holds, `added` how many of them were new.
    """

    __tablename__ = "attendance_report"
    __table_args__ = (
        UniqueConstraint("run_id", "sha256"),
        CheckConstraint("lines >= 0 AND added >= 0", name="counts_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    tool: Mapped[MeetingTool] = mapped_column(text_enum(MeetingTool))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    added: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(254))

    run: Mapped[Run] = relationship(lazy="raise")


class DayOrder(StrEnum):
    """How a report writes dates with slashes."""

    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"


DAY_ORDER_LABELS = {DayOrder.MONTH_FIRST: _l("month/day/year"), DayOrder.DAY_FIRST: _l("day/month/year")}


class AttendanceImport(Base):
    """What an import of a report needs besides the file: its run, and how the file writes times.

    `zone` is the IANA zone of times that say none, `sha256` the fingerprint of the file as it was uploaded; `report_id` is
    the report that came of it once it was applied.
    """

    __tablename__ = "attendance_import"
    __table_args__ = (Index("ix_attendance_import_run_id", "run_id"), Index("ix_attendance_import_report_id", "report_id"))

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    tool: Mapped[MeetingTool] = mapped_column(text_enum(MeetingTool))
    sha256: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(60))
    day_order: Mapped[DayOrder] = mapped_column(text_enum(DayOrder))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("attendance_report.id", ondelete="SET NULL"))


class IntervalSource(StrEnum):
    """Who says that somebody was there."""

    JOIN = "join"
    DOOR = "door"
    IMPORT = "import"
    SIGN_SHEET = "sign_sheet"
    ROLL_CALL = "roll_call"


INTERVAL_LABELS = {
    IntervalSource.JOIN: _l("Join link"),
    IntervalSource.DOOR: _l("At the door"),
    IntervalSource.IMPORT: _l("Meeting report"),
    IntervalSource.SIGN_SHEET: _l("Sign-in sheet"),
    IntervalSource.ROLL_CALL: _l("Roll call"),
}


class MatchedRow(StrEnum):
    """How a line of a report was found to be somebody's."""

    TOKEN = "token"  # noqa: S105 - a way to match, no secret
    ADDRESS = "address"
    NAME = "name"
    HAND = "hand"


MATCHED_LABELS = {
    MatchedRow.TOKEN: _l("by the join link"),
    MatchedRow.ADDRESS: _l("by the address"),
    MatchedRow.NAME: _l("by the name"),
    MatchedRow.HAND: _l("by hand"),
}


class AttendanceInterval(Base):
    """A time in which somebody was there, as its source has it: neither clipped to the slots nor merged with others.

    Without `enrolment_id` it is a line of a report that was matched to nobody: it waits in the queue until somebody matches
    it or puts it aside (`aside_at`); those of the vendor's own people (`is_staff`) do not wait. `left_at` none: the source
    does not say; the end of the slot is taken, and that is shown. `key` is the fingerprint of source and line: the same line
    again is the same row. `checks_asked` and `checks_answered` count the engagement checks of the tool, where it has any.
    """

    __tablename__ = "attendance_interval"
    __table_args__ = (
        UniqueConstraint("run_id", "key"),
        CheckConstraint("left_at IS NULL OR left_at >= joined_at", name="in_order"),
        CheckConstraint("(enrolment_id IS NULL) = (matched IS NULL)", name="matched_says_how"),
        CheckConstraint("checks_answered IS NULL OR checks_answered <= checks_asked", name="checks_in_order"),
        Index("ix_attendance_interval_enrolment_id", "enrolment_id"),
        Index("ix_attendance_interval_report_id", "report_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("attendance_report.id", ondelete="CASCADE"))
    source: Mapped[IntervalSource] = mapped_column(text_enum(IntervalSource))
    key: Mapped[str] = mapped_column(String(64))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(254), default="")
    matched: Mapped[MatchedRow | None] = mapped_column(text_enum(MatchedRow))
    is_staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    aside_at: Mapped[datetime | None]
    checks_asked: Mapped[int | None]
    checks_answered: Mapped[int | None]
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(254))

    run: Mapped[Run] = relationship(lazy="raise")
    enrolment: Mapped[Enrolment | None] = relationship(lazy="raise")
    report: Mapped[AttendanceReport | None] = relationship(lazy="raise")


class RollMark(StrEnum):
    """What the trainer saw in one slot."""

    PRESENT = "present"
    ABSENT = "absent"


ROLL_LABELS = {RollMark.PRESENT: _l("Here"), RollMark.ABSENT: _l("Not here")}


class RollCall(Base):
    """The trainer's mark for somebody in the slot that starts at `slot_at`.

    "Here" is an interval of the source `roll_call` over the whole slot; "not here" is none, and says so where others differ.
    """

    __tablename__ = "roll_call"

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(primary_key=True)
    mark: Mapped[RollMark] = mapped_column(text_enum(RollMark))
    called_at: Mapped[datetime]
    called_by: Mapped[str] = mapped_column(String(254))
