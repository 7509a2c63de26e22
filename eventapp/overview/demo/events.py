"""The three events of the demo."""

from datetime import datetime, timedelta

from eventapp.audit.service import Actor, record
from eventapp.core.times import to_local, to_utc
from eventapp.events import service
from eventapp.events.models import NO_TIER, Event, EventFormat, EventStatus
from eventapp.events.service import EventDetails
from eventapp.overview.demo.seats import QUOTAS

FLAGSHIP = "epc-2027"
VIRTUAL = "product-update-live"
HYBRID = "africa-partner-days"
SLUGS = (FLAGSHIP, VIRTUAL, HYBRID)

_FLAGSHIP_TEXT = """\
Three days with the people behind the platform, and with 550 partner companies from all over EMEA.

## What to expect

- **Tuesday** – keynotes: where the platform goes, what customers ask for, what you have built
- **Wednesday** – workshops in six tracks, from sales stories to hands-on labs; in the evening we drum together
- **Thursday** – joint business planning, one to one with your partner manager

## Who comes

| Tier | Places per company |
|---|---|
| Premier | 5 |
| Advanced | 3 |
| Ready | 2 |
| Distributors and alliances | 10 |

Mix your team: someone who sells, someone who builds, someone who decides.
If all places of your company are taken, further colleagues wait; a place that becomes free goes to them at once.

## Good to know

The conference is free of charge. Book travel and hotel yourself, rooms near the venue fill up early.
The languages are English and German, keynotes are interpreted.
"""
_VIRTUAL_TEXT = """\
Ninety minutes with product management, live and with your questions.

1. What is new in the spring release
2. Migration paths that worked, told by two partners
3. Questions and answers

The recording is yours afterwards. Bring your whole team, there is no limit per company.
"""
_HYBRID_TEXT = """\
Two days for partners in Africa and the Middle East: in a small room in Nairobi, or on video from wherever you are.

- **Day one** – the market, offers on Skylark Cloud, success stories from Accra, Cairo and Cape Town
- **Day two** – workshops, and a plan for the next two quarters

The room holds 40 people. Whoever takes part on video sees every session and speaks in every workshop.
"""


# Opening times are full minutes, as organizers enter them: else the first save of the page would change the seconds.
def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def flagship_details(at: datetime) -> EventDetails:
    """The conference in Vienna. It does not move: its figures are those of May 2027."""
    zone = "Europe/Vienna"
    starts = to_utc(datetime(2027, 5, 18, 9), zone)  # noqa: DTZ001 - local time, made UTC here
    return EventDetails(
        title="EMEA Partner Conference 2027",
        slug=FLAGSHIP,
        summary="Meet the people behind the platform and 550 partner companies: keynotes, workshops, joint planning.",
        description=_FLAGSHIP_TEXT,
        format=EventFormat.IN_PERSON,
        venue="Redoute am Burgring",
        address="Heldenplatz 12, 1010 Wien",
        city="Vienna",
        country_code="AT",
        join_url="",
        time_zone=zone,
        starts_at=starts,
        ends_at=to_utc(datetime(2027, 5, 20, 16), zone),  # noqa: DTZ001 - local time, made UTC here
        registration_opens_at=_minute(min(at, starts) - timedelta(days=61)),
        registration_closes_at=to_utc(datetime(2027, 5, 14, 18), zone),  # noqa: DTZ001 - local time, made UTC here
        contact_email="conference@karmin.example",
        sender_name="EMEA Partner Conference",
        capacity=1100,
        quotas={tier or NO_TIER: places for tier, places in QUOTAS.items()},
    )


def virtual_details(at: datetime) -> EventDetails:
    """A live stream three weeks and some days from now."""
    zone = "Europe/London"
    starts = _weekday(at + timedelta(days=23), 14, zone)
    return EventDetails(
        title="Product Update Live",
        slug=VIRTUAL,
        summary="What is new, what comes next, and your questions answered live.",
        description=_VIRTUAL_TEXT,
        format=EventFormat.VIRTUAL,
        venue="",
        address="",
        city="London",
        country_code="GB",
        join_url="https://meet.karmin.example/product-update-live",
        time_zone=zone,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=90),
        registration_opens_at=_minute(at - timedelta(days=21)),
        registration_closes_at=starts - timedelta(minutes=30),
        contact_email="events@karmin.example",
        sender_name="Karmin partner events",
        capacity=500,
        quotas={tier or NO_TIER: None for tier in QUOTAS},
    )


def hybrid_details(at: datetime) -> EventDetails:
    """Two days in Nairobi six weeks and some days from now, also on video."""
    zone = "Africa/Nairobi"
    starts = _weekday(at + timedelta(days=44), 9, zone)
    return EventDetails(
        title="Africa & Middle East Partner Days",
        slug=HYBRID,
        summary="Two days for partners of the region: in Nairobi or on video.",
        description=_HYBRID_TEXT,
        format=EventFormat.HYBRID,
        venue="Jacaranda Conference House",
        address="Ngong View Road 8",
        city="Nairobi",
        country_code="KE",
        join_url="https://meet.karmin.example/partner-days",
        time_zone=zone,
        starts_at=starts,
        ends_at=starts + timedelta(hours=31),
        registration_opens_at=_minute(at - timedelta(days=21)),
        registration_closes_at=starts - timedelta(days=1),
        contact_email="africa@karmin.example",
        sender_name="Karmin partner events",
        capacity_in_person=40,
        capacity_virtual=200,
        quotas={"ready": 4, "advanced": 6, "premier": 10, NO_TIER: None},
    )


def publish(details: EventDetails, *, by: Actor, at: datetime) -> Event:
    """Creates the event and opens it, whatever the date: years later the demo shows one that is over."""
    event = service.create(details, by=by, now=at)
    event.status = EventStatus.PUBLISHED
    record(
        "events.published",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"status": [EventStatus.DRAFT, EventStatus.PUBLISHED]},
    )
    return event


def _weekday(moment: datetime, hour: int, zone: str) -> datetime:
    """That hour of the first Tuesday from `moment` on, in UTC."""
    local = to_local(moment, zone).replace(tzinfo=None, hour=hour, minute=0, second=0, microsecond=0)
    return to_utc(local + timedelta(days=(1 - local.weekday()) % 7), zone)
