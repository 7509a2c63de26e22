"""Acts on companies and people."""

from eventapp.partners.service.companies import (
    CompanyDetails,
    change_organisation,
    changed,
    create_organisation,
    details_of,
    unconfirmed,
    vendor,
)
from eventapp.partners.service.logins import give_login
from eventapp.partners.service.people import (
    accept_membership,
    add_person,
    call,
    change_membership,
    change_person,
    create_person,
    end_membership,
)

__all__ = [
    "CompanyDetails",
    "accept_membership",
    "add_person",
    "call",
    "change_membership",
    "change_organisation",
    "change_person",
    "changed",
    "create_organisation",
    "create_person",
    "details_of",
    "end_membership",
    "give_login",
    "unconfirmed",
    "vendor",
]
