"""What is signed: frozen versions, and who has signed them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.teams import MemberFunction, Side


class VersionState(StrEnum):
    """What became of a version. Its content never changes, whatever becomes of it.

    Kept: never sent to be signed (a draft for comparison, minutes of a workshop). Dropped: declined, withdrawn or edited
    before everybody had signed. Lapsed: not signed in time. Superseded: was in force until the next one.
    """

    KEPT = "kept"
    IN_SIGNATURE = "in_signature"
    IN_FORCE = "in_force"
    DROPPED = "dropped"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


VERSION_STATE_LABELS = {
    VersionState.KEPT: _l("Kept"),
    VersionState.IN_SIGNATURE: _l("In signature"),
    VersionState.IN_FORCE: _l("In force"),
    VersionState.DROPPED: _l("Dropped"),
    VersionState.LAPSED: _l("Lapsed"),
    VersionState.SUPERSEDED: _l("Superseded"),
}
VERSION_TRANSITIONS = {
    VersionState.KEPT: {VersionState.IN_SIGNATURE},
    VersionState.IN_SIGNATURE: {VersionState.IN_FORCE, VersionState.DROPPED, VersionState.LAPSED},
    VersionState.IN_FORCE: {VersionState.SUPERSEDED},
    VersionState.DROPPED: set(),
    VersionState.LAPSED: set(),
    VersionState.SUPERSEDED: set(),
}


class PlanVersion(Base):
    """A frozen version. `content` is the canonical JSON, byte for byte; `content_hash` its SHA-256 in hexadecimal.

    `due_at` is until when it has to be signed, `reminded` how many reminders have gone out.
    """

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("plan_id", "major", "minor"),
        CheckConstraint("length(content_hash) = 64", name="hash_is_sha256"),
        CheckConstraint("state <> 'in_signature' OR due_at IS NOT NULL", name="signature_has_deadline"),
        *(
            Index(
                f"uq_plan_version_{state}",
                "plan_id",
                unique=True,
                sqlite_where=text(f"state = '{state}'"),
                postgresql_where=text(f"state = '{state}'"),
            )
            for state in ("in_signature", "in_force")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    major: Mapped[int]
    minor: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    change_summary: Mapped[str] = mapped_column(String(1000), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    created_at: Mapped[datetime]
    state: Mapped[VersionState] = mapped_column(text_enum(VersionState), default=VersionState.KEPT)
    due_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]

    @property
    def number(self) -> str:
        """As people say it: 1.0."""
        return f"{self.major}.{self.minor}"


class SignatureState(StrEnum):
    """Whether a signature counts. It is never deleted."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


SIGNATURE_STATE_LABELS = {
    SignatureState.VALID: _l("Signed"),
    SignatureState.SUPERSEDED: _l("Superseded"),
    SignatureState.WITHDRAWN: _l("Withdrawn"),
    SignatureState.DECLINED: _l("Declined"),
}
SIGNATURE_TRANSITIONS = {
    SignatureState.VALID: {SignatureState.SUPERSEDED, SignatureState.WITHDRAWN},
    SignatureState.SUPERSEDED: set(),
    SignatureState.WITHDRAWN: set(),
    SignatureState.DECLINED: set(),
}


class PlanSignature(Base):
    """Somebody signs a version, or declines to with a reason. `side` and `function` are those at that moment.

    `statement` is the sentence that was ticked, `typed_name` what was typed under it, `proven_at` when the login was proven
    again, `network` the network address. `for_sponsor_id`: signed by delegation for that sponsor.
    """

    __tablename__ = "plan_signature"
    __table_args__ = (
        CheckConstraint("state <> 'declined' OR reason <> ''", name="declined_has_reason"),
        CheckConstraint("state = 'declined' OR (typed_name <> '' AND proven_at IS NOT NULL)", name="signed_is_proven"),
        CheckConstraint("length(content_hash) = 64", name="hash_is_sha256"),
        Index("ix_plan_signature_plan_id", "plan_id"),
        Index(
            "uq_plan_signature_valid",
            "version_id",
            "member_id",
            unique=True,
            sqlite_where=text("state = 'valid'"),
            postgresql_where=text("state = 'valid'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    for_sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    side: Mapped[Side] = mapped_column(text_enum(Side))
    function: Mapped[MemberFunction] = mapped_column(text_enum(MemberFunction))
    statement: Mapped[str] = mapped_column(String(500))
    typed_name: Mapped[str] = mapped_column(String(200), default="")
    proven_at: Mapped[datetime | None]
    signed_at: Mapped[datetime]
    network: Mapped[str] = mapped_column(String(60), default="")
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[SignatureState] = mapped_column(text_enum(SignatureState), default=SignatureState.VALID)
    reason: Mapped[str] = mapped_column(String(500), default="")
    ended_at: Mapped[datetime | None]
