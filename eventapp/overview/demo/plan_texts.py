"""What the demo's joint plans say."""

from typing import Any, NamedTuple

from eventapp.plans.models import (
    Cadence,
    Direction,
    GovernanceLayer,
    InitiativeKind,
    ObjectiveCategory,
    ObjectiveUnit,
    PrepKind,
    ResourceKind,
    RollUp,
    Side,
    ValueFor,
)


class Aim(NamedTuple):
    """An objective: what of a big plan's year it is, in which unit and direction, and how much it weighs of 100."""

    category: ObjectiveCategory
    statement: str
    unit: ObjectiveUnit
    annual: int
    weight: int
    direction: Direction = Direction.MAXIMIZE
    roll_up: RollUp = RollUp.ADDITIVE


_C, _U, _D = ObjectiveCategory, ObjectiveUnit, Direction
AIMS = (
    Aim(_C.REVENUE, "Revenue with the container platform", _U.CURRENCY, 1_200_000, 30),
    Aim(_C.NEW_CUSTOMERS, "New customers on the platform", _U.COUNT, 12, 20),
    Aim(_C.PIPELINE, "Registered pipeline for automation", _U.CURRENCY, 2_400_000, 20),
    Aim(_C.CERTIFICATION, "People certified as platform engineers", _U.COUNT, 12, 15, roll_up=RollUp.LEVEL),
    Aim(_C.SATISFACTION, "Days until a support case is solved", _U.COUNT, 4, 15, _D.MINIMIZE, RollUp.LEVEL),
)
# In place of the fourth: how many people are certified is read, and so is who has a place at the conference.
CERTIFIED = Aim(_C.CERTIFICATION, "People certified as platform engineers", _U.COUNT, 12, 10, roll_up=RollUp.LEVEL)
CONFERENCE = Aim(_C.MARKETING, "Colleagues with a place at the partner conference", _U.COUNT, 4, 5, roll_up=RollUp.LEVEL)
CHANNEL_AIMS = (
    Aim(_C.REVENUE, "Revenue through resellers", _U.CURRENCY, 4_800_000, 30),
    Aim(_C.NEW_CUSTOMERS, "Resellers who sell for the first time", _U.COUNT, 40, 30),
    Aim(_C.LEARNING, "Reseller staff trained by the distributor", _U.COUNT, 160, 20),
    Aim(_C.MARKETING, "Campaigns run together with resellers", _U.COUNT, 8, 20),
)
ALLIANCE_AIMS = (
    Aim(_C.REVENUE, "Revenue of joint offers", _U.CURRENCY, 6_000_000, 40),
    Aim(_C.CO_CREATION, "Reference architectures published together", _U.COUNT, 4, 20),
    Aim(_C.LEARNING, "Staff trained on the other side's products", _U.COUNT, 80, 20),
    Aim(_C.SATISFACTION, "Joint support cases solved within two days, in percent", _U.PERCENT, 90, 20, roll_up=RollUp.LEVEL),
)

SUMMARY = (
    "{company} and {vendor} want to win public and industrial customers together. {company} brings its engineers and its"
    " customers, {vendor} the platform, enablement and marketing money. By the end of the year both sides want the objectives"
    " below, each with an owner on both sides."
)
TEXTS = {
    "strategy": (
        "**{vendor}** wants partners who deliver platform projects on their own, and fewer partners who only resell.\n\n"
        "**{company}** wants recurring revenue from managed platforms, and to be less dependent on single large projects."
    ),
    "market": (
        "- The market for container platforms in the region grew by 14 percent.\n"
        "- Last year: 9 joint projects, 2 lost for lack of certified people.\n"
        "- Lesson: bring presales in before the offer, not after it."
    ),
    "channel": (
        "Twelve resellers in the south and eight in the north are to be developed; four of them for public tenders. Each has a"
        " named person at the distributor."
    ),
    "rules": (
        "- Both work together on joint offers and on support.\n"
        "- Both compete in databases; what concerns them stays apart.\n"
        "- What one side learns in a joint deal it does not use against the other."
    ),
}


class Work(NamedTuple):
    """An initiative: its kind, the quarter (none: all year), the budget, and how its success is measured."""

    kind: InitiativeKind
    name: str
    quarter: int | None
    budget: int
    success: str


_I = InitiativeKind
WORK = (
    Work(_I.CAMPAIGN, "“Off the old virtual machines”: letters, calls, two webinars", 1, 18_000, "40 first meetings"),
    Work(_I.EVENT, "Breakfast briefings in three cities", 2, 12_000, "60 guests from 35 companies"),
    Work(_I.SOLUTION, "Managed platform as an offer with a fixed price", 3, 30_000, "5 customers signed"),
    Work(_I.ENABLEMENT, "Six engineers through the platform path", 2, 9_000, "6 certificates"),
)
# In plans that read who has a place there.
TO_THE_CONFERENCE = Work(_I.EVENT, "To the partner conference with four colleagues", None, 4_000, "4 places, 10 meetings")
WORKSTREAMS = (
    Work(_I.WORKSTREAM, "Offers available on the other's cloud", None, 120_000, "10 offers listed"),
    Work(_I.WORKSTREAM, "Integrated support across both", None, 60_000, "One case number for both sides"),
    Work(_I.WORKSTREAM, "The developer platform on both", None, 90_000, "Same build runs on both"),
    Work(_I.WORKSTREAM, "Unified workload management", None, 80_000, "One console for both"),
)
ACCOUNTS = (
    ("Stadtwerke Lindau", "Energy", 180_000, "proposal", "Send the offer with both logos"),
    ("Landesamt für Statistik", "Public sector", 420_000, "qualified", "Workshop with their architects"),
    ("Brenner Logistics", "Transport", 95_000, "contacted", "Call the new head of operations"),
    ("Klinikum Nordtal", "Health", 260_000, "won", "Kick-off with both project leads"),
)
RISKS = (
    ("Certified people leave for larger companies.", 3, 4, "Two further people per skill; a bonus for those who stay"),
    ("Tenders ask for references that neither side has.", 2, 4, "Publish the two finished projects"),
    ("Marketing money comes too late for the first quarter.", 4, 4, "Agree on the campaign before the year begins"),
)
RESOURCES: tuple[tuple[Side, ResourceKind, str, str, str], ...] = (
    (Side.A, ResourceKind.PEOPLE, "Partner manager and presales", "0.40", "FTE"),
    (Side.B, ResourceKind.PEOPLE, "Architect for joint projects", "1.50", "FTE"),
    (Side.B, ResourceKind.LAB, "Demo lab in the data centre", "1.00", "lab"),
)
VALUES = (
    (ValueFor.VENDOR, "Reach into customers of medium size", "Customers with one project", "9", "20"),
    (ValueFor.PARTNER, "Recurring revenue", "Share of revenue", "12 %", "25 %"),
    (ValueFor.CUSTOMER, "Faster to a running platform", "Weeks from order to use", "14", "8"),
)
GOVERNANCE = (
    (GovernanceLayer.STEERING, "Executive steering", Cadence.QUARTERLY, 90, "Sponsors decide within a week"),
    (GovernanceLayer.MANAGERS, "Owners of the plan", Cadence.FORTNIGHTLY, 45, "To the sponsors after two meetings"),
    (GovernanceLayer.WORKING, "Presales and marketing", Cadence.WEEKLY, 30, "To the owners"),
)
# Title, code of the course or credential, how many people, by the end of which quarter.
ENABLEMENT = (("Platform engineer", "KCE", 6, 3), ("Subscription seller", "KSP", 2, 2))
ENABLEMENT_OF_OURS = ("Architect on the other side's cloud", "", 6, 3)
SUSPENDED = "The company is being bought, and the buyer has not said yet whether it stays a partner."
FUNDS = (("Webinars of the campaign", 1, 9_000, 50), ("Breakfast briefings", 2, 6_000, 50))
SWOT = (
    ("strength", "Engineers with ten years of experience in public tenders", Side.B, 7),
    ("strength", "Support around the clock in four languages", Side.A, 5),
    ("weakness", "Few people who sell subscriptions", Side.B, 6),
    ("weakness", "Price lists that customers do not understand", Side.A, 4),
    ("opportunity", "Virtual machines of 40 customers come to the end of their support", None, 8),
    ("threat", "The other distributor pays more for the first project", None, 3),
)
ACTIONS = (
    "Name the engineers who take the platform path",
    "Agree on the list of customers for the campaign",
    "Send the offer for the managed platform to both sponsors",
    "Publish the reference of the last project",
    "Book the rooms for the breakfast briefings",
    "Bring the support contacts of both sides together",
    "Write down how deals are registered and by whom",
    "Put the demo lab onto the new release",
    "Ask finance for the claim of the first quarter",
    "Fix the date of the next review",
)
BLOCKED = "Waits for the new price list"
LESSONS = (
    ("keep", "A weekly call of presales of both sides found more deals than any campaign."),
    ("change", "Targets per quarter were too even: public customers buy at the end of the year."),
    ("try", "Invite a customer to the second half of the workshop."),
)
PREPARATIONS: dict[PrepKind, str] = {
    PrepKind.STRATEGY: "Where the next year shall go:\n\n- fewer products, more **services**\n- two industries instead of six",
    PrepKind.NUMBERS: "| | Last year |\n| - | - |\n| Revenue | 1,240,000 |\n| Projects | 31 |\n| Certificates | 14 |",
    PrepKind.SWOT: "- **Strength**: both know the public sector\n- **Weakness**: few engineers\n- **Threat**: budgets are late",
    PrepKind.ACCOUNTS: "1. City of Linz: renewal in spring\n2. Donau Energie: new platform\n3. Alpen Versicherung: support",
    PrepKind.OBJECTIVES: "- 20 % more revenue\n- six new customers\n- four more engineers with a certificate",
    PrepKind.LIMITS: "Two engineers, half a person for marketing, no travel in December.",
}
AGENDA: tuple[tuple[str, int, str | None], ...] = (
    ("Aims, roles, ground rules", 15, None),
    ("Strategies of both sides", 45, "strategy"),
    ("Facts: market, last year, lessons", 45, "market"),
    ("Break", 15, None),
    ("SWOT in mixed groups", 60, "swot"),
    ("Lunch", 60, None),
    ("Objectives and quarterly targets", 75, "objectives"),
    ("Go-to-market, accounts, funds", 45, "accounts"),
    ("Break", 15, None),
    ("Enablement and resources", 30, "enablement"),
    ("Risks and open decisions", 30, "risks"),
    ("Actions, governance, confidence vote", 30, "governance"),
    ("Close", 15, None),
)
MINUTES = "All sections were agreed but the marketing funds. The next review is in the second month of the quarter."
REVIEWED = """Looked at every objective; most of the time went into the next quarter.

- Revenue follows two large customers, so we need more small ones
- The certified people are booked until summer
- The actions below were agreed"""
CHANGE = ("Move a quarter of the new customers into the last two quarters.", "The tenders we wait for are decided after summer.")
NOTES: dict[Side, str] = {
    Side.A: "They will ask for a higher discount. Offer more enablement instead.",
    Side.B: "We can put in a third engineer from the second quarter, if they ask.",
}


def filled(text: str, names: dict[str, Any]) -> str:
    """A text with the names of both sides."""
    return text.format(**names)
