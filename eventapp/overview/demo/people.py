"""The 9,000 people of the demo, in 2,500 of its companies."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from eventapp.overview.demo.company_names import slug
from eventapp.overview.demo.countries import Place
from eventapp.overview.demo.names import ODD_NAMES, TRAVELLERS, names
from eventapp.partners.models import JobFunction, MembershipRole, PartnerType

PEOPLE = 9_000
COMPANIES_WITH_PEOPLE = 2_500

_TITLES = {
    JobFunction.SALES: (
        25,
        ("Account Manager", "Sales Director", "Key Account Manager", "Inside Sales", "Partner Sales Manager"),
    ),
    JobFunction.TECHNICAL: (
        25,
        ("Systems Engineer", "Cloud Architect", "DevOps Engineer", "Platform Engineer", "Linux Administrator"),
    ),
    JobFunction.PRESALES: (12, ("Solution Architect", "Presales Consultant")),
    JobFunction.EXECUTIVE: (12, ("Managing Director", "CEO", "CTO", "Owner")),
    JobFunction.MARKETING: (10, ("Marketing Manager", "Partner Marketing Manager", "Events and Communication")),
    JobFunction.SERVICES: (8, ("Head of Services", "Project Manager", "Support Team Lead")),
    JobFunction.TRAINING: (4, ("Trainer", "Learning Manager")),
    JobFunction.FINANCE: (4, ("Finance Manager", "Office Manager")),
}


@dataclass
class Colleague:
    """A person before being written. Their address is of their company's domain."""

    given: str
    family: str
    address: str
    title: str
    function: JobFunction | None
    role: MembershipRole
    zone: str
    language: str
    phone: str = ""
    badge_name: str = ""
    id: int = 0

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}".strip()


class Employer(Protocol):
    """What is asked of a company to give it people."""

    domain: str
    place: Place
    type: PartnerType
    people: list[Colleague]


def colleague(given: str, family: str, local_part: str, company: Employer, **values: str) -> Colleague:
    """A colleague with a name of one's choice."""
    place = company.place
    made = Colleague(
        given,
        family,
        f"{local_part}@{company.domain}",
        "Account Manager",
        JobFunction.SALES,
        MembershipRole.MEMBER,
        place.zone,
        f"{'en' if place.language in ('ga', 'af') else place.language}-{place.code}",
    )
    for name, value in values.items():
        setattr(made, name, value)
    return made


def hire(company: Employer, n: int, random: Random) -> None:
    """Gives the company people until it has `n`. The first one is its admin."""
    taken = {c.address for c in company.people}
    while len(company.people) < n:
        language = company.place.language if random.random() < 0.88 else random.choice(TRAVELLERS)
        givens, families = names(language)
        first, last = random.choice(givens), random.choice(families)
        given, family = first.man, last.woman if first.is_womans else last.man
        local = local_part(given[1], family[1])
        if f"{local}@{company.domain}" in taken:
            continue
        taken.add(f"{local}@{company.domain}")
        made = colleague(given[0], family[0], local, company)
        if given[0] != given[1] or family[0] != family[1]:
            made.badge_name = f"{given[1]} {family[1]}"
        elif random.random() < 0.04:
            made.badge_name = given[0]
        _job(made, company, random)
        company.people.append(made)


def _job(made: Colleague, company: Employer, random: Random) -> None:
    functions = list(_TITLES)
    made.function = random.choices(functions, [_TITLES[f][0] for f in functions])[0]
    made.title = random.choice(_TITLES[made.function][1])
    if not company.people:
        made.role = MembershipRole.ADMIN
    elif made.function is JobFunction.EXECUTIVE:
        made.role = MembershipRole.EXECUTIVE
    if random.random() < 0.06:
        made.function = None
    if random.random() < 0.6:
        made.phone = f"+{company.place.dial}555{random.randrange(10**6):06}"


def local_part(given: str, family: str) -> str:
    """The part of an address before the @."""
    return f"{slug(given)}.{slug(family)}"


def give_odd_names(companies: Sequence[Employer]) -> None:
    """Renames one person in each of these companies to a name that is hard to print, sort or find."""
    for company, (given, family, local) in zip(companies, ODD_NAMES, strict=False):
        person = company.people[-1]
        person.given, person.family, person.address, person.badge_name = given, family, f"{local}@{company.domain}", ""


def staff(companies: Sequence[Employer], least: Sequence[int], weights: Sequence[float], random: Random) -> None:
    """Shares out all 9,000 people: to each company at least so many, the rest by weight, at most 25 each."""
    sizes = list(least)
    missing = PEOPLE - sum(sizes)
    while missing:
        for index in random.choices(range(len(sizes)), weights, k=missing):
            if sizes[index] < 25:
                sizes[index] += 1
                missing -= 1
    for company, size in zip(companies, sizes, strict=True):
        hire(company, size, random)
