"""Acts on companies and people."""

from eventapp.partners.service.companies import CompanyDetails, change_organisation, create_organisation
from eventapp.partners.service.people import add_person, change_membership, change_person, end_membership

__all__ = [
    "CompanyDetails",
    "add_person",
    "change_membership",
    "change_organisation",
    "change_person",
    "create_organisation",
    "end_membership",
]
