"""Cohorts of companies by how long they have been partners: pioneers, the established, newcomers. Pure but for the condition.

The cohorts are those of domain.md, chapter 1 ("pioneers and newcomers"), which leaves their bounds to the programme: [P].
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_

from eventapp.core.i18n import _l
from eventapp.partners.models import Organisation

# Partners for less than this are newcomers.
NEWCOMER_YEARS = 1
# Partners for this or longer are pioneers.
PIONEER_YEARS = 10


class Cohort(StrEnum):
    """How long a company has been a partner."""

    PIONEER = "pioneer"
    ESTABLISHED = "established"
    NEWCOMER = "newcomer"


COHORT_LABELS = {
    Cohort.PIONEER: _l("Pioneer"),
    Cohort.ESTABLISHED: _l("Established"),
    Cohort.NEWCOMER: _l("Newcomer"),
}


def years_before(day: date, years: int) -> date:
    """The same day so many years before; for 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def cohort_of(since: date | None, today: date) -> Cohort | None:
    """The cohort of a company that has been a partner since that day; none where nobody knows since when."""
    if since is None:
        return None
    if since > years_before(today, NEWCOMER_YEARS):
        return Cohort.NEWCOMER
    return Cohort.PIONEER if since <= years_before(today, PIONEER_YEARS) else Cohort.ESTABLISHED


def in_cohorts(values: Iterable[str], today: date) -> ColumnElement[bool]:
    """The condition of companies in one of these cohorts."""
    new, old = years_before(today, NEWCOMER_YEARS), years_before(today, PIONEER_YEARS)
    conditions = {
        Cohort.NEWCOMER: Organisation.partner_since > new,
        Cohort.PIONEER: Organisation.partner_since <= old,
        Cohort.ESTABLISHED: and_(Organisation.partner_since <= new, Organisation.partner_since > old),
    }
    return or_(*(conditions[Cohort(value)] for value in values))
