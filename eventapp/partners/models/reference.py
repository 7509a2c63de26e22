"""Reference tables of the programme: tiers, sub-regions, countries, free-mail domains. Rows, so that they can be edited."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from eventapp.core.db import Base
from eventapp.core.i18n import _l


def folded(length: int) -> TypeEngine[str]:
    """A column type for folded text, in byte order on both databases, so that an index finds what starts with a text."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class PartnerType(StrEnum):
    """What a company does in the channel. It only segments; rights come from roles and relationships."""

    SOLUTION_PROVIDER = "solution_provider"
    RESELLER = "reseller"
    ISV = "isv"
    SI = "si"
    MSP = "msp"
    CLOUD_PROVIDER = "cloud_provider"
    TRAINING_PARTNER = "training_partner"
    TECHNOLOGY_ALLIANCE = "technology_alliance"
    OEM = "oem"
    HYPERSCALER = "hyperscaler"
    DISTRIBUTOR = "distributor"
    REFERRAL = "referral"


TYPE_LABELS = {
    PartnerType.SOLUTION_PROVIDER: _l("Solution provider"),
    PartnerType.RESELLER: _l("Reseller"),
    PartnerType.ISV: _l("ISV"),
    PartnerType.SI: _l("System integrator"),
    PartnerType.MSP: _l("MSP"),
    PartnerType.CLOUD_PROVIDER: _l("Cloud provider"),
    PartnerType.TRAINING_PARTNER: _l("Training partner"),
    PartnerType.TECHNOLOGY_ALLIANCE: _l("Technology alliance"),
    PartnerType.OEM: _l("OEM"),
    PartnerType.HYPERSCALER: _l("Hyperscaler"),
    PartnerType.DISTRIBUTOR: _l("Distributor"),
    PartnerType.REFERRAL: _l("Referral partner"),
}

# The groups in which figures are given.
TYPE_GROUPS = {
    "solution_provider_reseller": (PartnerType.SOLUTION_PROVIDER, PartnerType.RESELLER),
    "isv": (PartnerType.ISV,),
    "si": (PartnerType.SI,),
    "msp_cloud": (PartnerType.MSP, PartnerType.CLOUD_PROVIDER),
    "training_partner": (PartnerType.TRAINING_PARTNER,),
    "alliance_oem_hyperscaler": (PartnerType.TECHNOLOGY_ALLIANCE, PartnerType.OEM, PartnerType.HYPERSCALER),
    "distributor": (PartnerType.DISTRIBUTOR,),
}


class Tier(Base):
    """A level of the programme; companies of no tier have none."""

    __tablename__ = "tier"

    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class SubRegion(Base):
    """A group of countries."""

    __tablename__ = "sub_region"

    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class Country(Base):
    """A country that the programme serves, by its ISO 3166-1 code, and the sub-region it belongs to."""

    __tablename__ = "country"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    sub_region_key: Mapped[str] = mapped_column(ForeignKey("sub_region.key"), index=True)


class CountryName(Base):
    """A spelling of a country in files, folded (no case, no accents)."""

    __tablename__ = "country_name"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    country_code: Mapped[str] = mapped_column(ForeignKey("country.code", ondelete="CASCADE"), index=True)


class FreeMailDomain(Base):
    """A mail provider's domain; it can never say which company somebody belongs to."""

    __tablename__ = "free_mail_domain"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
