"""The 3,000 companies of the demo: so many of each type, tier and sub-region as a real programme has."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from eventapp.overview.demo.company_names import CompanyNames
from eventapp.overview.demo.countries import Place, places, places_of_region
from eventapp.overview.demo.people import Colleague
from eventapp.partners.models import IdentifierScheme, OrganisationStatus, PartnerType

# Group of types → tier → companies. Distributors and alliances have no tier.
COUNTS: dict[str, dict[str | None, int]] = {
    "solution_provider_reseller": {"premier": 72, "advanced": 300, "ready": 1188},
    "isv": {"premier": 22, "advanced": 130, "ready": 468},
    "si": {"premier": 30, "advanced": 100, "ready": 280},
    "msp_cloud": {"premier": 15, "advanced": 70, "ready": 225},
    "training_partner": {"premier": 1, "advanced": 10, "ready": 29},
    "alliance_oem_hyperscaler": {None: 36},
    "distributor": {None: 24},
}
REGIONS = {
    "dach": 640, "uki": 520, "france": 360, "nordics": 310, "benelux": 290, "cee": 250, "iberia": 240, "italy": 220, "meat": 110,
    "africa": 60,
}  # fmt: skip

# Within a group, how the types share.
_TYPES = {
    "solution_provider_reseller": ((PartnerType.SOLUTION_PROVIDER, 11), (PartnerType.RESELLER, 5)),
    "isv": ((PartnerType.ISV, 1),),
    "si": ((PartnerType.SI, 1),),
    "msp_cloud": ((PartnerType.MSP, 2), (PartnerType.CLOUD_PROVIDER, 1)),
    "training_partner": ((PartnerType.TRAINING_PARTNER, 1),),
    "alliance_oem_hyperscaler": ((PartnerType.TECHNOLOGY_ALLIANCE, 3), (PartnerType.OEM, 3), (PartnerType.HYPERSCALER, 1)),
    "distributor": ((PartnerType.DISTRIBUTOR, 1),),
}
_OTHER_TYPES = {
    "solution_provider_reseller": (PartnerType.MSP, PartnerType.SI, PartnerType.REFERRAL),
    "isv": (PartnerType.CLOUD_PROVIDER, PartnerType.SOLUTION_PROVIDER),
    "si": (PartnerType.SOLUTION_PROVIDER, PartnerType.TRAINING_PARTNER, PartnerType.MSP),
    "msp_cloud": (PartnerType.RESELLER, PartnerType.SOLUTION_PROVIDER),
}
_STATUSES = ((OrganisationStatus.PROSPECT, 45), (OrganisationStatus.SUSPENDED, 50), (OrganisationStatus.ENDED, 35))
_EMPLOYEES = {"premier": (80, 4000), "advanced": (25, 900), "ready": (2, 250), None: (200, 30000)}
_MANAGERS = (
    "Ines Vollmer", "Tomasz Zięba", "Orla Keane", "Bastien Roussel", "Freya Lindgaard", "Marijn de Wit", "Elena Ricci",
    "Pilar Echave", "Khaled Mansour", "Abena Darko", "Jonas Hartwig", "Silvia Pölzl",
)  # fmt: skip


@dataclass
class Company:
    """A company before it is written. `place` is its country; `people` are added later."""

    name: str
    domain: str
    group: str
    type: PartnerType
    tier: str | None
    place: Place
    city: str
    legal_form: str = ""
    aliases: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    other_types: list[PartnerType] = field(default_factory=list)
    identifiers: list[tuple[IdentifierScheme, str]] = field(default_factory=list)
    status: OrganisationStatus = OrganisationStatus.ACTIVE
    programme_id: str = ""
    partner_since: date | None = None
    manager: str = ""
    employees: int | None = None
    notes: str = ""
    people: list[Colleague] = field(default_factory=list)
    id: int = 0

    @property
    def full_name(self) -> str:
        """Name with legal form."""
        return f"{self.name} {self.legal_form}".strip()


# Companies that logins, stories and pictures refer to: name, legal form, domain, group, type, tier, country, city.
DONAU = "donau-systemhaus.example"
ALPEN = "alpen-distribution.example"
ACCRA = "accra-cloud.example"
_NAMED = (
    ("Donau Systemhaus", "GmbH", DONAU, "solution_provider_reseller", PartnerType.SOLUTION_PROVIDER, "advanced", "AT", "Wien"),
    ("Alpen Distribution", "GmbH", ALPEN, "distributor", PartnerType.DISTRIBUTOR, None, "AT", "Salzburg"),
    ("Accra Cloud Partners", "Ltd", ACCRA, "msp_cloud", PartnerType.CLOUD_PROVIDER, "ready", "GH", "Accra"),
    ("Skylark Cloud", "PLC", "skylark.example", "alliance_oem_hyperscaler", PartnerType.HYPERSCALER, None, "IE", "Dublin"),
    ("Nordlicht Informatik", "AG", "nordlicht.example", "si", PartnerType.SI, "premier", "DE", "Hamburg"),
    (
        "Vereinigte Werkstätten für Datenverarbeitung, Netzbetrieb und Anwendungsentwicklung Hohenlinden und Söhne",
        "GmbH & Co. KG", "vwd-hohenlinden.example", "solution_provider_reseller", PartnerType.RESELLER, "ready", "DE", "Gießen",
    ),
    ("R&D <Labs> 100%", "Ltd", "rd-labs.example", "isv", PartnerType.ISV, "ready", "GB", "Leeds"),
)  # fmt: skip

# Of the companies with a login one is a pioneer and one a newcomer: for how many days they have been partners.
_SINCE = {DONAU: 12 * 365, ACCRA: 150}


def make_companies(random: Random, at: datetime) -> list[Company]:
    """All companies of the demo, by programme ID, in no other order; the named ones first."""
    kinds = [(group, tier) for group, tiers in COUNTS.items() for tier, n in tiers.items() for _n in range(n)]
    regions = [region for region, n in REGIONS.items() for _n in range(n)]
    region_of = {place.code: region for region in REGIONS for place in places_of_region(region)}
    names = CompanyNames(random)
    made = []
    for name, form, domain, group, kind, tier, code, city in _NAMED:
        kinds.remove((group, tier))
        regions.remove(region_of[code])
        made.append(Company(name, names.claim(domain), group, kind, tier, places()[code], city, form))
    random.shuffle(kinds)
    random.shuffle(regions)
    for (group, tier), region in zip(kinds, regions, strict=True):
        choices = places_of_region(region)
        place = random.choices(choices, [p.weight for p in choices])[0]
        types, shares = zip(*_TYPES[group], strict=True)
        name, domain = names.make(place.language, group)
        company = Company(name, domain, group, random.choices(types, shares)[0], tier, place, random.choice(place.cities))
        company.legal_form = random.choice(place.forms) if random.random() < 0.9 else ""
        made.append(company)
    _number(made, random)
    for company in made:
        _details(company, random, at)
    quiet = [c for c in made[len(_NAMED) :] if c.tier == "ready"]
    for status, n in _STATUSES:
        for company in random.sample(quiet, n):
            company.status = status
            quiet.remove(company)
    return made


def _number(companies: list[Company], random: Random) -> None:
    """Programme IDs and the numbers of other registers, each given once."""
    ids = random.sample(range(100_000, 1_000_000), len(companies))
    crm = random.sample(range(100_000_000), len(companies))
    duns = random.sample(range(10_000_000, 1_000_000_000), len(companies))
    taken = set()
    for company, programme_id, crm_id, duns_id in zip(companies, ids, crm, duns, strict=True):
        company.programme_id = f"KP-{programme_id}"
        company.identifiers.append((IdentifierScheme.CRM, f"{crm_id:08}"))
        if random.random() < 0.85:
            company.identifiers.append((IdentifierScheme.DUNS, f"{duns_id:09}"))
        if company.place.vat and random.random() < 0.9:
            vat = digits(company.place.vat, random)
            while vat in taken:
                vat = digits(company.place.vat, random)
            taken.add(vat)
            company.identifiers.append((IdentifierScheme.VAT, vat))


def digits(shape: str, random: Random) -> str:
    """`shape` with a random digit for each #."""
    return "".join(str(random.randrange(10)) if c == "#" else c for c in shape)


def _details(company: Company, random: Random, at: datetime) -> None:
    company.manager = random.choice(_MANAGERS)
    years = random.triangular(0.2, 18, 4 if company.tier == "ready" else 9)
    company.partner_since = (at - timedelta(days=_SINCE.get(company.domain, int(years * 365)))).date()
    low, high = _EMPLOYEES[company.tier]
    if random.random() < 0.8:
        company.employees = int(low * (high / low) ** random.random())
    if random.random() < 0.2:
        company.other_types = [t for t in _OTHER_TYPES.get(company.group, ())[: random.choice((1, 1, 2))] if t != company.type]
    company.domains = [company.domain]
    stem = company.domain.removesuffix(".example")
    if random.random() < 0.06:
        company.domains.append(f"{stem}-{company.place.code.lower()}.example")
    if random.random() < 0.06:
        company.aliases.append("".join(word[0] for word in company.name.replace("-", " ").split()).upper() + " Group")
    if random.random() < 0.03:
        company.notes = "Asked for the agenda in advance.\nWould like to meet other partners of the region."
