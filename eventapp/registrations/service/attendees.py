"""Who is to be registered: what stands against them, and their rows as people of the company."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.email import domain_of
from eventapp.core.errors import RuleError
from eventapp.events.models import Mode
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.models import MatchedBy, MembershipState, Organisation, Person
from eventapp.registrations import queries
from eventapp.registrations.rules import Candidate, Problem, problems


@dataclass(frozen=True)
class Attendee:
    """Somebody to be registered. `field` is where the form shows what is wrong with them; `kind_id` as what they come."""

    given_name: str
    family_name: str
    address: str
    mode: Mode
    field: str = ""
    badge_name: str = ""
    note: str = ""
    kind_id: int | None = None


class ProblemsError(RuleError):
    """Several people of one form cannot be registered as they stand; each problem belongs to a field."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(found[0].message, found[0].field)
        self.problems = found


def is_foreign(company: Organisation, address: str) -> bool:
    """Whether an address is of none of the company's domains; a company without domains has no foreign ones."""
    domains = partners.domains_of(company.id)
    return bool(domains) and domain_of(address) not in domains


def problems_of(
    company: Organisation,
    attendees: Sequence[Attendee],
    known: dict[str, queries.Known],
    foreign_confirmed: bool,
    barred: set[int],
    unfit: Callable[[Attendee], str],
) -> list[Problem]:
    """What stands against each. Nothing that is known of people outside the company may show in it.

    `unfit` gives the rule of the event that somebody does not meet, or nothing.
    """
    own = {address for address, found in known.items() if found.member}
    domains = partners.domains_of(company.id) if any(a.address not in own for a in attendees) else []
    candidates = []
    for a in attendees:
        name = known[a.address].person.full_name if a.address in own else f"{a.given_name} {a.family_name}".strip()
        candidates.append(
            Candidate(
                field=a.field,
                address=a.address,
                name=name or a.address,
                registered=a.address in known and known[a.address].registered,
                own=a.address in own,
                foreign_domain=bool(domains) and domain_of(a.address) not in domains and a.address not in own,
                barred=a.address in known and known[a.address].person.id in barred,
                unfit=unfit(a),
            )
        )
    return problems(candidates, foreign_confirmed=foreign_confirmed)


def member(
    company: Organisation,
    attendee: Attendee,
    known: queries.Known | None,
    joining: MembershipState,
    by: Actor,
    at: datetime,
) -> Person:
    """The person, known or new. Somebody known who is no colleague only asks to become one: nobody joins by being typed."""
    if known is not None and known.member:
        return known.person
    state = joining if known is None else MembershipState.REQUESTED
    # With a link to the own address one speaks for oneself; everybody else was typed in by the company.
    asked_by = MatchedBy.DOMAIN if joining is MembershipState.REQUESTED else MatchedBy.COMPANY
    return people.add_person(
        company, attendee.given_name, attendee.family_name, attendee.address, state=state, matched_by=asked_by, by=by, at=at
    )
