"""People from outside a company who are typed into its form: each answer tells a little of them, so they are counted."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.accounts.models import User
from eventapp.accounts.rules import WINDOW
from eventapp.accounts.service import throttled
from eventapp.audit.service import Actor, record
from eventapp.core.email import domain_of
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.partners import queries as partners
from eventapp.partners.models import Organisation
from eventapp.registrations.rules import Problem

# In a quarter of an hour, for one login, on each of the two pages. Of a company without domains everybody new counts, and
# it may bring as many as fit into one form.
MOST, MOST_WITHOUT_DOMAINS = 30, 200


def addresses(company: Organisation, typed: Sequence[str]) -> set[str]:
    """Those of the typed addresses that are of none of the company's domains.

    It must not be asked whether they are known: else the limit itself would tell who is.
    """
    domains = partners.domains_of(company.id) if typed else []
    return {address for address in typed if domain_of(address) not in domains}


def count(company: Organisation, found: set[str], page: str, *, by: User, at: datetime) -> None:
    """Counts these addresses as asked about on that page, known or not. Raises RuleError (429) above the limit."""
    most = MOST if partners.domains_of(company.id) else MOST_WITHOUT_DOMAINS
    if len(found) > most or throttled(f"outsiders-{page}", [f"user:{by.id}"], [most], at=at, weight=len(found)) is not None:
        text = _(
            "At most %(n)d people from outside your company can be entered in %(minutes)d minutes. Wait, or ask the organizer.",
            n=most,
            minutes=WINDOW.seconds // 60,
        )
        raise RuleError(text, status=429)


def note_refused(event: Event, company: Organisation, found: Sequence[Problem], *, by: Actor, at: datetime) -> None:
    """Writes into the log that people from outside were refused: how many, but not who."""
    record(
        "registrations.refused_foreign",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        organisation_id=company.id,
        changes={"people": sum(problem.outsider for problem in found)},
    )
