"""Who stands in the directory of partners."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base


class Interest(Base):
    """A word of the vocabulary that everybody chooses from. One that is not `active` is offered no more and stays where it is."""

    __tablename__ = "interest"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())


class Listing(Base):
    """The entry of a company, or (`person_id`) of a person as one of that company.

    That of a company may be prepared: it is shown from `listed_at` on. That of a person is there only while it is shown:
    whoever does not want to be found any more leaves nothing behind. A person stands in the directory for one company.
    `languages` are codes of ISO 639. `searched` holds the folded words of what was typed; names are looked up where they
    stand. An entry holds no address, so none can be told by it.
    """

    __tablename__ = "listing"
    __table_args__ = (
        CheckConstraint("person_id IS NULL OR listed_at IS NOT NULL", name="people_only_while_shown"),
        Index(
            "uq_listing_organisation",
            "organisation_id",
            unique=True,
            sqlite_where=text("person_id IS NULL"),
            postgresql_where=text("person_id IS NULL"),
        ),
        Index("uq_listing_person_id", "person_id", unique=True),
        Index("ix_listing_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    headline: Mapped[str] = mapped_column(String(150), default="")
    about: Mapped[str] = mapped_column(String(1000), default="")
    looking_for: Mapped[str] = mapped_column(String(500), default="")
    offering: Mapped[str] = mapped_column(String(500), default="")
    languages: Mapped[list[Any]]
    searched: Mapped[str] = mapped_column(Text, default="")
    listed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class ListingInterest(Base):
    """What somebody is interested in."""

    __tablename__ = "listing_interest"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    interest_id: Mapped[int] = mapped_column(ForeignKey("interest.id", ondelete="CASCADE"), primary_key=True, index=True)


class ListingCountry(Base):
    """A country in which a company works, besides that of its seat."""

    __tablename__ = "listing_country"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"), primary_key=True, index=True)
