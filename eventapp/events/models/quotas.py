"""How many people a company may send to an event."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.places.models import Pool

NO_TIER = "none"


class TierQuota(Base):
    """How many people a company of a tier may send; `none` is the row of companies without a tier. No places: no limit."""

    __tablename__ = "tier_quota"
    __table_args__ = (CheckConstraint("places IS NULL OR places >= 0", name="places_not_negative"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    tier: Mapped[str] = mapped_column(String(30), primary_key=True)
    places: Mapped[int | None]


class CompanyQuota(Base):
    """A company's own pool for an event, made at its first registration or exception.

    With `exception` the pool's capacity was set by hand and no longer follows the tier.
    """

    __tablename__ = "company_quota"
    __table_args__ = (Index("ix_company_quota_organisation_id", "organisation_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    exception: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")

    pool: Mapped[Pool] = relationship(lazy="raise")


class CountryQuota(Base):
    """How many people a company of a country may send, whatever its tier. No places: no limit.

    It goes before the quota of the tier; an exception for a company goes before both.
    """

    __tablename__ = "country_quota"
    __table_args__ = (CheckConstraint("places IS NULL OR places >= 0", name="places_not_negative"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"), primary_key=True)
    places: Mapped[int | None]


class RequestState(StrEnum):
    """What became of a company's wish for more places."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


REQUEST_LABELS = {
    RequestState.OPEN: _l("To decide"),
    RequestState.GRANTED: _l("Granted"),
    RequestState.REFUSED: _l("Refused"),
    RequestState.WITHDRAWN: _l("Withdrawn"),
}


class QuotaRequest(Base):
    """A company asks for `wanted` places in all, with a reason; one request of a company is open at a time."""

    __tablename__ = "quota_request"
    __table_args__ = (
        CheckConstraint("wanted > 0", name="wanted_positive"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        Index(
            "uq_quota_request_event_id_organisation_id",
            "event_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_quota_request_state_asked_at", "state", "asked_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    wanted: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    state: Mapped[RequestState] = mapped_column(text_enum(RequestState), default=RequestState.OPEN)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(254))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(254), default="")
    answer: Mapped[str] = mapped_column(String(500), default="")
