"""Where people are who would come, for the holidays that they keep."""

from babel.core import get_global
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Organisation
from eventapp.plans.models import Plan, Workshop
from eventapp.plans.reaching import HOME


def countries_of(plan: Plan, workshop: Workshop) -> list[str]:
    """The countries of the vendor, of the other organisation, and of the place, each once.

    The vendor's own row holds no country that anybody has chosen: it is at home where its logins are taken to be.
    """
    other = db.session.scalar(select(Organisation.country_code).where(Organisation.id == plan.side_b_id))
    return list(dict.fromkeys(code for code in (_of_zone(HOME), other, _of_zone(workshop.time_zone)) if code))


def _of_zone(zone: str) -> str | None:
    """The country of an IANA zone; none for UTC, and for names that are newer than our list."""
    found = get_global("zone_territories").get(zone)
    return str(found) if found is not None and found != "001" else None
