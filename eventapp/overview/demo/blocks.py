"""The demo's seat block: a distributor with places on video, some of them allotted to resellers and named."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.events.models import Event, Mode
from eventapp.overview.demo.companies import ALPEN, DONAU, Company
from eventapp.partners.models import Organisation, OrganisationStatus, Relationship, RelationshipKind
from eventapp.registrations.blocks import service
from eventapp.registrations.service import Attendee

SIZE = 20
# Places allotted to each of six resellers, and how many of them are named; the first one's login is in the demo.
ALLOTTED = ((4, 0), (3, 2), (3, 3), (2, 1), (2, 0), (2, 1))


def hold(event: Event, companies: Sequence[Company], *, by: Actor, at: datetime) -> None:
    """Gives the distributor of the demo's logins a block, as the pages would have done it one by one."""
    distributor = next(c for c in companies if c.domain == ALPEN)
    until = event.starts_at - timedelta(days=14)
    block = service.create(
        event,
        db.session.get_one(Organisation, distributor.id),
        mode=Mode.VIRTUAL,
        kind_id=None,
        size=SIZE,
        name_until=until,
        releases_at=until + timedelta(days=3),
        note="",
        by=by,
        at=at,
    )
    for reseller, (places, named) in zip(_resellers(distributor, companies), ALLOTTED, strict=True):
        company = db.session.get_one(Organisation, reseller.id)
        share = service.allot(block, company, places, supplied_only=True, by=by, at=at)
        guests = [Attendee(p.given, p.family, p.address, Mode.VIRTUAL) for p in reseller.people[:named]]
        if guests:
            service.claim(share, company, guests, by=by, at=at)


def _resellers(distributor: Company, companies: Sequence[Company]) -> list[Company]:
    """Six of the companies that the distributor supplies, with enough people: that of the demo's login and five others."""
    supplies = Relationship.from_id == distributor.id, Relationship.kind == RelationshipKind.SUPPLIES
    supplied = set(db.session.scalars(select(Relationship.to_id).where(*supplies)))
    donau = next(c for c in companies if c.domain == DONAU)
    if donau.id not in supplied:
        db.session.add(Relationship(from_id=distributor.id, to_id=donau.id, kind=RelationshipKind.SUPPLIES))
        db.session.flush()
    most = max(named for _places, named in ALLOTTED)
    others = [
        c
        for c in companies
        if c.id in supplied and c is not donau and c.status is OrganisationStatus.ACTIVE and len(c.people) >= most
    ]
    return [donau, *others[: len(ALLOTTED) - 1]]
