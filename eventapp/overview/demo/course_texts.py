"""What the demo's courses teach: twelve courses of a vendor of infrastructure software, as a partner academy has them."""

from dataclasses import dataclass, field

from eventapp.events.models import EventFormat
from eventapp.partners.models import JobFunction, PartnerType
from eventapp.training.models import CourseLevel, CredentialKind, Needed

ROOM, VIDEO, BOTH = EventFormat.IN_PERSON.value, EventFormat.VIRTUAL.value, EventFormat.HYBRID.value
CORE, VAULT, FLEET, RELAY = "Karmin Core", "Karmin Vault", "Karmin Fleet", "Karmin Relay"
SALES = (JobFunction.SALES.value, JobFunction.EXECUTIVE.value)
PRESALES = (JobFunction.PRESALES.value, JobFunction.SALES.value)
TECHNICAL = (JobFunction.TECHNICAL.value, JobFunction.SERVICES.value, JobFunction.PRESALES.value)


@dataclass(frozen=True)
class CourseText:
    """A course of the demo. `needs` are codes of courses and credentials; `agenda` are the lines of what it teaches."""

    code: str
    title: str
    summary: str
    level: CourseLevel
    minutes: int
    products: tuple[str, ...]
    functions: tuple[str, ...]
    intro: str
    agenda: tuple[str, ...]
    afterwards: str
    modes: tuple[str, ...] = (VIDEO,)
    languages: tuple[str, ...] = ("en",)
    types: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    needed: Needed = Needed.ALL
    pass_mark: int | None = 70
    attempts: int = 3
    time_limit: int | None = 30
    validity_months: int | None = 24
    exercise: str = ""
    material: tuple[tuple[str, str, bool], ...] = field(default=())

    @property
    def description(self) -> str:
        """What it teaches, in Markdown."""
        lines = "\n".join(f"- {line}" for line in self.agenda)
        return f"{self.intro}\n\n## What you learn\n\n{lines}\n\n## Afterwards\n\n{self.afterwards}\n"


DOCS = "https://docs.karmin.example"
VIDEO_EXERCISE = """\
Record yourself presenting a Karmin solution to a customer whom you know: **five to seven minutes, one take, no cuts**.

1. Begin with the customer's problem, not with us
2. Show one thing live, on the screen
3. Say what you ask the customer to do next

A phone on a pile of books is enough. Your trainer marks structure, voice, picture and sound, and how the demo went.
"""
LAB_EXERCISE = """\
Repair the broken cluster of the lab, and record your screen while you do. Say aloud what you look at and why.

Your trainer marks how you narrow the fault down, not how fast you are.
"""

COURSES = (
    CourseText(
        code="COR-101",
        title="Karmin Core essentials",
        summary="What Karmin Core is made of, and how to install, connect and run it day by day.",
        level=CourseLevel.BEGINNER,
        minutes=480,
        products=(CORE,),
        functions=TECHNICAL,
        modes=(VIDEO, ROOM),
        languages=("en", "de", "fr", "es", "pl"),
        intro="Two half days with a lab of your own. Everything else in the technical academy builds on this course.",
        agenda=(
            "How nodes, volumes and networks fit together",
            "Installing a first cluster of three nodes",
            "Users, roles, and one sign-in with the customer's directory",
            "Updates without an interruption",
            "Reading the four numbers that tell how a cluster is",
        ),
        afterwards="You can install Karmin Core at a small customer's, and you know what to look at first when it is slow.",
        material=(
            ("Course book", f"{DOCS}/academy/cor-101/book.pdf", False),
            ("What is new in Core 9", f"{DOCS}/core/9/new", True),
        ),
    ),
    CourseText(
        code="COR-201",
        title="Karmin Core administration",
        summary="Two days in the lab: capacity, security, automation and everyday operation for many users.",
        level=CourseLevel.INTERMEDIATE,
        minutes=960,
        products=(CORE,),
        functions=TECHNICAL,
        modes=(ROOM, VIDEO),
        languages=("en", "de", "fr"),
        needs=("COR-101",),
        pass_mark=75,
        time_limit=45,
        intro="For those who run Karmin Core for customers. Half of the time is lab work in pairs.",
        agenda=(
            "Planning capacity, and what to do when the plan was wrong",
            "Networks: segments, bonds, and the mistakes that everybody makes once",
            "Certificates, audit log, hardening",
            "Automation by API and by playbook",
            "Support bundles: what support sees, and what you can see yourself",
        ),
        afterwards="You can take over the operation of a cluster of up to 32 nodes.",
        material=(
            ("Lab guide", f"{DOCS}/academy/cor-201/lab.pdf", False),
            ("Playbooks", f"{DOCS}/academy/cor-201/playbooks", False),
        ),
    ),
    CourseText(
        code="COR-301",
        title="Core upgrades and troubleshooting",
        summary="Find faults that nobody has seen before, and bring clusters from Core 7 to Core 9.",
        level=CourseLevel.ADVANCED,
        minutes=960,
        products=(CORE,),
        functions=TECHNICAL,
        modes=(ROOM,),
        languages=("en", "de"),
        needs=("KCE",),
        pass_mark=80,
        attempts=2,
        time_limit=60,
        validity_months=18,
        exercise=LAB_EXERCISE,
        intro="Twelve broken clusters, one after the other. Bring patience and a laptop with 16 GB of memory.",
        agenda=(
            "From symptom to layer: a method that works at three in the morning",
            "Reading traces, and when to stop reading",
            "Upgrade paths from Core 7 and 8, with a way back at each step",
            "Working with support: what makes a case move",
        ),
        afterwards="Customers may ask for you by name, and our support takes your word for the first diagnosis.",
        material=(("Twelve clusters, solutions", f"{DOCS}/academy/cor-301/solutions.pdf", False),),
    ),
    CourseText(
        code="VLT-201",
        title="Karmin Vault: backup that restores",
        summary="Plan, install and – above all – test backups that somebody will need one day.",
        level=CourseLevel.INTERMEDIATE,
        minutes=480,
        products=(VAULT, CORE),
        functions=TECHNICAL,
        modes=(VIDEO, ROOM),
        languages=("en", "de"),
        needs=("COR-101",),
        intro="A backup that was never restored is a hope. This course spends more time on restoring than on backing up.",
        agenda=(
            "How much may be lost, how long may it take: two numbers and a signature",
            "Vault repositories, retention, immutable copies",
            "Restoring a file, a machine, a site",
            "The yearly test that the auditor believes",
        ),
        afterwards="You can offer, install and test Karmin Vault, and write the report of the test.",
        material=(("Restore checklist", f"{DOCS}/vault/restore-checklist.pdf", True),),
    ),
    CourseText(
        code="FLT-201",
        title="Karmin Fleet for managed services",
        summary="One console for many customers: tenants, updates in waves, and reports that customers read.",
        level=CourseLevel.INTERMEDIATE,
        minutes=360,
        products=(FLEET,),
        functions=TECHNICAL,
        types=(PartnerType.MSP.value, PartnerType.CLOUD_PROVIDER.value, PartnerType.SI.value),
        languages=("en",),
        needs=("COR-101",),
        intro="For managed service providers and whoever runs clusters of more than one customer.",
        agenda=(
            "Tenants, and who sees what of whom",
            "Updates in waves, and stopping a wave",
            "Alerts: which to hear, which to leave to the machine",
            "The Fleet API, with two scripts that you keep",
        ),
        afterwards="You can move five customers into one console in a week.",
    ),
    CourseText(
        code="RLY-201",
        title="Building on Relay: integration without glue code",
        summary="Events, connectors and tests for developers who connect their product with Karmin.",
        level=CourseLevel.INTERMEDIATE,
        minutes=480,
        products=(RELAY, FLEET),
        functions=(JobFunction.TECHNICAL.value,),
        types=(PartnerType.ISV.value, PartnerType.TECHNOLOGY_ALLIANCE.value, PartnerType.SI.value),
        needs=("COR-101", "FLT-201"),
        needed=Needed.ANY,
        intro="Bring a product of your own: at the end of the day it listens to Relay.",
        agenda=(
            "Events, and why order is a promise that you should not make",
            "A connector in two hours",
            "Testing against a recorded cluster",
            "Publishing in the marketplace",
        ),
        afterwards="Your connector passes the marketplace's checks, or you know exactly what is missing.",
        material=(("Relay by example", f"{DOCS}/relay/examples", True),),
    ),
    CourseText(
        code="PRE-201",
        title="Sizing and architecture",
        summary="From a customer's numbers to a design that is neither too small nor too dear.",
        level=CourseLevel.INTERMEDIATE,
        minutes=360,
        products=(CORE, VAULT),
        functions=TECHNICAL,
        modes=(VIDEO, ROOM),
        languages=("en", "fr"),
        needs=("COR-101",),
        intro="Eight customer cases, from a dentist with three rooms to a water works that may never stop.",
        agenda=(
            "What to ask, and what customers cannot know",
            "The sizing tool, and where it is wrong",
            "Two sites: stretched, replicated or honest",
            "Writing a design in four pages",
        ),
        afterwards="Your designs pass our review without a second round.",
    ),
    CourseText(
        code="VPS-101",
        title="Presenting on video",
        summary="Sell and teach in front of a camera: voice, picture, demo, and a recording that your trainer marks.",
        level=CourseLevel.BEGINNER,
        minutes=180,
        products=(),
        functions=(*PRESALES, JobFunction.TRAINING.value, JobFunction.MARKETING.value),
        languages=("en", "de", "es", "it"),
        pass_mark=None,
        time_limit=None,
        validity_months=None,
        exercise=VIDEO_EXERCISE,
        intro="Most customers meet you in a window of eight centimetres. Make it a good window.",
        agenda=(
            "Light, sound and picture with what you have",
            "Speaking to people whom you cannot see",
            "Showing a product live, and what to say when it fails",
            "Practice in threes with a trainer",
        ),
        afterwards="You have a recording that you would send to a customer, and a trainer's marks on it.",
        material=(
            ("One page on light and sound", f"{DOCS}/academy/vps-101/light.pdf", True),
            ("Rubric", f"{DOCS}/academy/vps-101/rubric.pdf", False),
        ),
    ),
    CourseText(
        code="PRE-301",
        title="Demos that never fail",
        summary="Build a demo that tells the customer's story, and that survives the conference network.",
        level=CourseLevel.ADVANCED,
        minutes=240,
        products=(CORE, FLEET),
        functions=PRESALES,
        needs=("VPS-101", "PRE-201"),
        pass_mark=None,
        time_limit=None,
        validity_months=36,
        intro="They do fail, of course. This course is about nobody noticing.",
        agenda=(
            "One story, three acts",
            "Resetting in ninety seconds",
            "Three ways out of every step",
            "Demo as code, kept in a repository",
        ),
        afterwards="You own a demo that a colleague can give without you.",
    ),
    CourseText(
        code="SAL-101",
        title="Selling Karmin Core",
        summary="Who buys it, why, and from whom instead: all that a salesperson needs for the first five meetings.",
        level=CourseLevel.BEGINNER,
        minutes=120,
        products=(CORE,),
        functions=SALES,
        languages=("en", "de", "fr", "es", "it", "cs", "tr"),
        time_limit=20,
        intro="Two hours, no slides about our history.",
        agenda=(
            "Four customers, four reasons to buy",
            "Ten questions that open a door",
            "What competitors say, and what to answer",
            "Registering a deal",
        ),
        afterwards="You can hold a first meeting on your own, and you know when to call a colleague.",
        material=(("Ten questions, one page", f"{DOCS}/academy/sal-101/questions.pdf", False),),
    ),
    CourseText(
        code="SAL-201",
        title="Value conversations with executives",
        summary="Talk about money with people who decide: outcomes, business cases and the other side's risks.",
        level=CourseLevel.INTERMEDIATE,
        minutes=240,
        products=(CORE, VAULT),
        functions=SALES,
        modes=(VIDEO, ROOM),
        languages=("en", "de"),
        needs=("SAL-101",),
        pass_mark=75,
        intro="Half a day of role play with people who were on the other side of the table.",
        agenda=("From features to a number", "A business case on one page", "Risk, and who bears it", "Saying no to a bad deal"),
        afterwards="You leave with a business case for a customer of yours.",
    ),
    CourseText(
        code="SAL-210",
        title="Licences, prices and offers",
        summary="Which licence fits, what it costs over five years, and how an offer is written that is read.",
        level=CourseLevel.BEGINNER,
        minutes=90,
        products=(CORE, VAULT, FLEET),
        functions=(*SALES, JobFunction.FINANCE.value),
        languages=("en", "de", "pl"),
        time_limit=20,
        validity_months=12,
        intro="The price list has 214 lines. You need nineteen of them.",
        agenda=(
            "Three licences and their edges",
            "Subscriptions over five years",
            "Discounts, and who may give them",
            "Offers that are read",
        ),
        afterwards="Your offers come back with a signature instead of questions. It lasts a year, as the price list does.",
        material=(("Price list, explained", f"{DOCS}/academy/sal-210/prices.pdf", False),),
    ),
)


@dataclass(frozen=True)
class CredentialText:
    """A credential of the demo, with the way to it: codes of required courses, of electives, and how many of these."""

    code: str
    name: str
    kind: CredentialKind
    points: int
    description: str
    required: tuple[str, ...]
    elective: tuple[str, ...] = ()
    electives: int = 0


# In this order: the first one is asked for by a course of the second.
CREDENTIALS = (
    CredentialText(
        code="KCE",
        name="Karmin Certified Engineer",
        kind=CredentialKind.TECHNICAL,
        points=2,
        description="Installs and runs Karmin Core at customers', and one more product.",
        required=("COR-101", "COR-201"),
        elective=("VLT-201", "FLT-201", "RLY-201", "PRE-201"),
        electives=1,
    ),
    CredentialText(
        code="KCX",
        name="Karmin Certified Expert",
        kind=CredentialKind.TECHNICAL,
        points=3,
        description="Finds faults that nobody has seen before, designs what others install, and explains both.",
        required=("COR-301", "PRE-201"),
        elective=("VPS-101", "PRE-301"),
        electives=1,
    ),
    CredentialText(
        code="KSP",
        name="Karmin Sales Professional",
        kind=CredentialKind.SALES,
        points=1,
        description="Sells Karmin with a business case and an offer that is read.",
        required=("SAL-101", "SAL-201"),
        elective=("SAL-210", "VPS-101"),
        electives=1,
    ),
)
