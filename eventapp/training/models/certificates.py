"""Certificates: of a course completed, or of a credential that courses led to."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import EventFormat
from eventapp.partners.models import Person
from eventapp.training.models.catalogue import CourseVersion, Credential
from eventapp.training.models.runs import Enrolment


class CertificateState(StrEnum):
    """What a certificate is worth today, told by `revoked_at`, `replaced_by_id` and `expires_on`."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"


CERTIFICATE_LABELS = {
    CertificateState.VALID: _l("Valid"),
    CertificateState.EXPIRED: _l("Expired"),
    CertificateState.REVOKED: _l("Revoked"),
    CertificateState.REPLACED: _l("Replaced"),
}


class Certificate(Base):
    """That a person completed a version of a course, or holds a credential. It belongs to the person, wherever they work.

    `code` is what `/verify/<code>` knows: 12 characters without 0, O, 1 and I. `name` is printed as it stands. `mode` is how the
    course was taken (none for credentials), `completed_on` and `expires_on` are days of the run's place; it is valid to the
    end of `expires_on` (none: for good). `minutes` and `half_credits` are what it counts for. Without `enrolment_id` it was
    issued by hand or follows from others; by hand `reason` says why. `salt` hashes the address in the badge (Open Badges 3.0).
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(version_id IS NULL) <> (credential_id IS NULL)", name="course_or_credential"),
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("expires_on IS NULL OR expires_on >= completed_on", name="expires_after_completion"),
        CheckConstraint("revoked_at IS NOT NULL OR revoked_reason = ''", name="reason_of_revoked"),
        CheckConstraint("minutes >= 0 AND half_credits >= 0", name="counts_not_negative"),
        CheckConstraint("by_hand OR reason = ''", name="reason_of_by_hand"),
        Index(
            "uq_certificate_enrolment_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("replaced_by_id IS NULL AND revoked_at IS NULL"),
            postgresql_where=text("replaced_by_id IS NULL AND revoked_at IS NULL"),
        ),
        Index("ix_certificate_person_id", "person_id"),
        Index("ix_certificate_version_id", "version_id"),
        Index("ix_certificate_credential_id", "credential_id", "person_id"),
        Index("ix_certificate_expires_on", "expires_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id", ondelete="SET NULL"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id"))
    name: Mapped[str] = mapped_column(String(200))
    mode: Mapped[EventFormat | None] = mapped_column(text_enum(EventFormat))
    completed_on: Mapped[date]
    minutes: Mapped[int] = mapped_column(default=0)
    half_credits: Mapped[int] = mapped_column(default=0)
    expires_on: Mapped[date | None]
    by_hand: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(300), default="")
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(254))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(254), default="")
    revoked_reason: Mapped[str] = mapped_column(String(300), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    salt: Mapped[str] = mapped_column(String(22))
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(lazy="raise")
    enrolment: Mapped[Enrolment | None] = relationship(lazy="raise")
    course_version: Mapped[CourseVersion | None] = relationship(lazy="raise")
    credential: Mapped[Credential | None] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class CertificateNotice(Base):
    """That the person and their company were told `days` (90, 30 or 0) before a certificate expires."""

    __tablename__ = "certificate_notice"
    __table_args__ = (CheckConstraint("days IN (90, 30, 0)", name="days_known"),)

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
