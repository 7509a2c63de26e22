"""Who is to be registered: what stands against them, and their rows as people of the company."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.email import domain_of
from eventapp.core.errors import RuleError
from eventapp.events.models import Mode
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.models import MatchedBy, MembershipState, Organisation, Person
from eventapp.questions.rules.asked import Given
from eventapp.registrations import queries
from eventapp.registrations.rules import Candidate, Problem, problems


@dataclass(frozen=True)
class Attendee:
    """Somebody to be registered. The address may be empty.

    `field` is where the form shows what is wrong with them; `kind_id` as what they come. `answers` are those to the event's
    questions, none if nothing was asked.
    """

    given_name: str
    family_name: str
    address: str
    mode: Mode
    field: str = ""
    badge_name: str = ""
    note: str = ""
    kind_id: int | None = None
    answers: Given | None = None


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
        name = known[a.address].called if a.address in own else f"{a.given_name} {a.family_name}".strip()
        candidates.append(
            Candidate(
                field=a.field,
                address=a.address,
                name=name or a.address,
                registered=a.address in known and known[a.address].registered,
                own=a.address in own,
                foreign_domain=bool(a.address and domains) and domain_of(a.address) not in domains and a.address not in own,
                barred=a.address in known and known[a.address].person.id in barred,
                unfit=unfit(a),
            )
        )
    return problems(candidates, foreign_confirmed=foreign_confirmed)


def sole_domains(company: Organisation, addresses: Sequence[str], known: Mapping[str, queries.Known]) -> set[str]:
    """The company's own domains, as far as they are needed: of colleagues nothing is asked."""
    return partners.sole_domains(company.id) if any(a not in known or not known[a].member for a in addresses) else set()


def member(
    company: Organisation,
    attendee: Attendee,
    known: queries.Known | None,
    joining: MembershipState,
    sole: set[str] | None,
    by: Actor,
    at: datetime,
) -> Person:
    """The person, known or new.

    `sole` are the company's own domains where it has typed the address: who has one there joins, everybody else has to
    confirm it, whether we know them or not (docs/decisions/0006-who-joins.md). None: the person or the vendor has entered
    it; new ones join as `joining` says, others only ask. Nobody joins by being typed.
    """
    if known is not None and (known.member or company.stands_aside):
        return known.person
    if not attendee.address:
        # Who has no address cannot confirm where they belong.
        return people.create_person(attendee.given_name, attendee.family_name, "", at=at)
    if company.stands_aside:
        # Nobody belongs to the row of the unconfirmed, or to that of the vendor.
        return people.create_person(attendee.given_name, attendee.family_name, attendee.address, at=at)
    if sole is not None:
        state = MembershipState.ACTIVE if domain_of(attendee.address) in sole else MembershipState.REQUESTED
    else:
        state = joining if known is None else MembershipState.REQUESTED
    # With a link to the own address one speaks for oneself; everybody else was typed in by others.
    by_themselves = sole is None and joining is MembershipState.REQUESTED
    return people.add_person(
        company,
        attendee.given_name,
        attendee.family_name,
        attendee.address,
        state=state,
        matched_by=MatchedBy.DOMAIN if by_themselves else MatchedBy.COMPANY,
        typed=sole is not None,
        by=by,
        at=at,
    )
