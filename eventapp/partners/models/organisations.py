"""Companies (organisations) and what identifies them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, and_, false, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.partners.models.reference import PartnerType, folded


class OrganisationKind(StrEnum):
    """On which side of the programme an organisation stands."""

    VENDOR = "vendor"
    PARTNER = "partner"
    AGENCY = "agency"


class OrganisationStatus(StrEnum):
    """Where the contract stands."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


STATUS_LABELS = {
    OrganisationStatus.PROSPECT: _l("Prospect"),
    OrganisationStatus.ACTIVE: _l("Active"),
    OrganisationStatus.SUSPENDED: _l("Suspended"),
    OrganisationStatus.ENDED: _l("Ended"),
}


class Organisation(Base):
    """A company of the partner list. `programme_id` is its key in the vendor's other systems.

    `sort_key` is the folded name; `parent_name` is the parent as a file named it, found in the list or not.
    `auto_join` lets people with an address of the company's domains in without being asked. `merged_into_id` is the
    company that this one was merged into; the row stays for old links and for undoing. One row at most is `unconfirmed`:
    it stands for the companies of people of whom nobody has confirmed yet where they belong, and nobody belongs to it.
    One at most is the vendor itself, with whom its guests come; nobody belongs to it either.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("employees IS NULL OR employees >= 0", name="employees_not_negative"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
        Index("ix_organisation_sort_key_id", "sort_key", "id"),
        Index(
            "uq_organisation_unconfirmed",
            "unconfirmed",
            unique=True,
            sqlite_where=text("unconfirmed"),
            postgresql_where=text("unconfirmed"),
        ),
        Index(
            "uq_organisation_vendor",
            "kind",
            unique=True,
            sqlite_where=text("kind = 'vendor'"),
            postgresql_where=text("kind = 'vendor'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    legal_name: Mapped[str] = mapped_column(String(250), default="")
    sort_key: Mapped[str] = mapped_column(folded(220))
    kind: Mapped[OrganisationKind] = mapped_column(text_enum(OrganisationKind), default=OrganisationKind.PARTNER)
    programme_id: Mapped[str | None] = mapped_column(String(20), unique=True)
    primary_type: Mapped[PartnerType] = mapped_column(text_enum(PartnerType), index=True)
    tier_key: Mapped[str | None] = mapped_column(ForeignKey("tier.key"), index=True)
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code"), index=True)
    city: Mapped[str] = mapped_column(String(120), default="")
    website: Mapped[str] = mapped_column(String(250), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    status: Mapped[OrganisationStatus] = mapped_column(text_enum(OrganisationStatus), default=OrganisationStatus.ACTIVE)
    partner_since: Mapped[date | None]
    partner_manager: Mapped[str] = mapped_column(String(150), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    parent_name: Mapped[str] = mapped_column(String(200), default="")
    employees: Mapped[int | None]
    phone: Mapped[str] = mapped_column(String(20), default="", server_default="")
    about: Mapped[str] = mapped_column(String(600), default="", server_default="")
    auto_join: Mapped[bool] = mapped_column(default=False, server_default=false())
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    unconfirmed: Mapped[bool] = mapped_column(default=False, server_default=false())
    notes: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def stands_aside(self) -> bool:
        """Whether it is no company of the programme, but a row for people without one."""
        return self.unconfirmed or self.kind is OrganisationKind.VENDOR


# The row for people whose company nobody has confirmed, in queries. Said as the index on it says it: SQLite does not find
# "unconfirmed = 1", as the column alone would be written, in an index of those that are "unconfirmed".
IS_UNCONFIRMED = text("organisation.unconfirmed")
# The companies of the programme, in queries.
IN_PROGRAMME = and_(~Organisation.unconfirmed, Organisation.kind != OrganisationKind.VENDOR)


class OrganisationType(Base):
    """A further type of a company, besides its primary one."""

    __tablename__ = "organisation_type"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[PartnerType] = mapped_column(text_enum(PartnerType), primary_key=True)


class IdentifierScheme(StrEnum):
    """Registers that number companies. The programme ID stands on the company itself."""

    DUNS = "duns"
    VAT = "vat"
    LEI = "lei"
    REGISTER = "register"
    CRM = "crm"


SCHEME_LABELS = {
    IdentifierScheme.DUNS: _l("D-U-N-S"),
    IdentifierScheme.VAT: _l("VAT ID"),
    IdentifierScheme.LEI: _l("LEI"),
    IdentifierScheme.REGISTER: _l("Register number"),
    IdentifierScheme.CRM: _l("CRM ID"),
}


class Identifier(Base):
    """A company's number in a register, unique there."""

    __tablename__ = "identifier"
    __table_args__ = (Index("uq_identifier_scheme_value", "scheme", "value", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    scheme: Mapped[IdentifierScheme] = mapped_column(text_enum(IdentifierScheme))
    value: Mapped[str] = mapped_column(String(60))
    verified_at: Mapped[datetime | None]


class EmailDomain(Base):
    """A domain of a company's mail addresses, lower case, in Unicode. Several companies may share one."""

    __tablename__ = "email_domain"
    __table_args__ = (Index("uq_email_domain_domain_organisation_id", "domain", "organisation_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(253))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)


class Alias(Base):
    """Another name under which a company is known: a brand, a former name, a merged company."""

    __tablename__ = "alias"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))


class RelationshipKind(StrEnum):
    """What connects two companies."""

    SUPPLIES = "supplies"
    ALLIANCE = "alliance"
    SUBSIDIARY = "subsidiary"
    SUBCONTRACTS = "subcontracts"


class Relationship(Base):
    """`from` supplies (or is allied with, …) `to`, for a time."""

    __tablename__ = "relationship"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="two_companies"),
        Index("uq_relationship_from_id_to_id_kind", "from_id", "to_id", "kind", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    to_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[RelationshipKind] = mapped_column(text_enum(RelationshipKind))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class MissingSupplier(Base):
    """A supplier that a file named by a programme ID that no company has; becomes a relationship when one gets it."""

    __tablename__ = "missing_supplier"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    programme_id: Mapped[str] = mapped_column(String(20), primary_key=True, index=True)


class OrganisationWord(Base):
    """The search index of companies: folded words of names, aliases, domains and identifiers."""

    __tablename__ = "organisation_word"

    word: Mapped[str] = mapped_column(folded(40), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, index=True)
