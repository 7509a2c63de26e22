"""Who may come: admission kinds, audience rules, and waves that open registration by tier and region."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.places.models import Pool


class OfferedTo(StrEnum):
    """Who may choose an admission kind when registering."""

    EVERYBODY = "everybody"
    INVITED = "invited"
    ORGANIZERS = "organizers"


OFFERED_LABELS = {
    OfferedTo.EVERYBODY: _l("Everybody who registers"),
    OfferedTo.INVITED: _l("Only who is invited as such"),
    OfferedTo.ORGANIZERS: _l("Only organizers give it"),
}


class AdmissionKind(Base):
    """As what somebody comes: delegate, speaker, sponsor, press, vendor staff.

    Each has a pool of its own besides those of the event and the mode. Its window, where given, goes before that of the
    event. With `counts_on_company` the person takes one of the company's places.
    """

    __tablename__ = "admission_kind"
    __table_args__ = (
        UniqueConstraint("event_id", "name", name="uq_admission_kind_event_id_name"),
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR closes_at > opens_at", name="window_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(300), default="")
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    counts_on_company: Mapped[bool] = mapped_column(default=True, server_default=true())
    offered_to: Mapped[OfferedTo] = mapped_column(text_enum(OfferedTo), default=OfferedTo.EVERYBODY)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())

    pool: Mapped[Pool] = relationship(lazy="raise")


class AudienceField(StrEnum):
    """What an audience rule looks at: the company, or the person's place in it."""

    TYPE = "type"
    TIER = "tier"
    COUNTRY = "country"
    SUB_REGION = "sub_region"
    FUNCTION = "function"
    COMPANY = "company"


AUDIENCE_LABELS = {
    AudienceField.TYPE: _l("Partner type"),
    AudienceField.TIER: _l("Tier"),
    AudienceField.COUNTRY: _l("Country"),
    AudienceField.SUB_REGION: _l("Sub-region"),
    AudienceField.FUNCTION: _l("Job function"),
    AudienceField.COMPANY: _l("Company"),
}


class AudienceRule(Base):
    """Who may come must have one of `values` in `field`. All rules of the event and of the kind must hold.

    Values are keys (of types, tiers with `none`, sub-regions, functions), country codes, or ids of companies.
    """

    __tablename__ = "audience_rule"
    __table_args__ = (Index("ix_audience_rule_event_id", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("admission_kind.id", ondelete="CASCADE"))
    field: Mapped[AudienceField] = mapped_column(text_enum(AudienceField))
    values: Mapped[list[Any]]


class Wave(Base):
    """Registration opens at `opens_at` for companies of a tier (`none`: of no tier) and a sub-region; none: of any.

    A company's own hour is the earliest of the waves that fit it; who fits none waits for the event's own opening.
    """

    __tablename__ = "wave"
    __table_args__ = (Index("ix_wave_event_id", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    tier: Mapped[str | None] = mapped_column(String(30))
    sub_region_key: Mapped[str | None] = mapped_column(ForeignKey("sub_region.key"))
    opens_at: Mapped[datetime]
