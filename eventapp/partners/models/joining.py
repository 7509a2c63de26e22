"""How people, staff and sign-in providers come to companies."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class CompanyRequestState(StrEnum):
    """What became of a company that is not listed: still to decide, added, found in the list, refused."""

    OPEN = "open"
    ADDED = "added"
    FOUND = "found"
    DECLINED = "declined"


class CompanyRequest(Base):
    """ "My company is not listed": what a person with a proven address says about the company, for the vendor to decide.

    `organisation_id` is the company that it became or turned out to be.
    """

    __tablename__ = "company_request"
    __table_args__ = (
        Index("ix_company_request_state_id", "state", "id"),
        Index(
            "uq_company_request_open",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"))
    city: Mapped[str] = mapped_column(String(120), default="")
    website: Mapped[str] = mapped_column(String(250), default="")
    programme_id: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[CompanyRequestState] = mapped_column(text_enum(CompanyRequestState), default=CompanyRequestState.OPEN)
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(254), default="")
    decline_reason: Mapped[str] = mapped_column(String(300), default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))


class Territory(Base):
    """What a partner manager looks after: a sub-region, the companies with a manager's name in the list, or one company."""

    __tablename__ = "territory"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN sub_region_key IS NULL THEN 0 ELSE 1 END) + (CASE WHEN manager_name IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="names_one_thing",
        ),
        Index("ix_territory_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    sub_region_key: Mapped[str | None] = mapped_column(ForeignKey("sub_region.key"))
    manager_name: Mapped[str | None] = mapped_column(String(150))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(254))


class CompanyProvider(Base):
    """The identity provider that signs in a company's people."""

    __tablename__ = "company_provider"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"), unique=True)
