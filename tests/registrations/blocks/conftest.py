"""A distributor with a block, resellers that it supplies, and one that it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.events.models import Event, Mode
from eventapp.overview.doctor import examine
from eventapp.partners.models import Organisation, Relationship, RelationshipKind
from eventapp.registrations.blocks import queries, service
from eventapp.registrations.blocks.models import BlockShare, SeatBlock
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories

UNTIL = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
RELEASES = UNTIL + timedelta(days=2)


@dataclass
class Channel:
    """An event of 30 places; a distributor, two resellers that it supplies, and a stranger."""

    event: Event
    distributor: Organisation
    admin: User
    first: Organisation
    first_admin: User
    second: Organisation
    second_admin: User
    stranger: Organisation


@pytest.fixture
def channel(app: object) -> Channel:
    event = factories.event(slug="summit", title="Summit", capacity=30, quotas={"ready": 1, "none": 1})
    distributor = factories.organisation("Alpen Distribution GmbH", domain="alpen.example", tier_key=None)
    first = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    second = factories.organisation("Isar Netze AG", domain="isar.example")
    stranger = factories.organisation("Rhein Data GmbH", domain="rhein.example")
    for reseller in (first, second):
        supply(distributor, reseller)
    made = Channel(
        event,
        distributor,
        factories.company_admin(distributor, "petra@alpen.example"),
        first,
        factories.company_admin(first, "dora@donau.example"),
        second,
        factories.company_admin(second, "ida@isar.example"),
        stranger,
    )
    factories.commit()
    return made


def supply(distributor: Organisation, reseller: Organisation, **values: Any) -> None:
    """Says that the one supplies the other."""
    row = Relationship(from_id=distributor.id, to_id=reseller.id, kind=RelationshipKind.SUPPLIES, **values)
    db.session.add(row)
    factories.commit()


def make(event: Event, holder: Organisation, size: int = 20, **values: Any) -> SeatBlock:
    """A block, committed."""
    options: dict[str, Any] = {
        "mode": Mode.IN_PERSON,
        "kind_id": None,
        "name_until": UNTIL,
        "releases_at": RELEASES,
        "note": "",
        "at": NOW,
    }
    made = service.create(event, holder, size=size, by=factories.TESTS, **{**options, **values})
    factories.commit()
    return again(made)


def again(block: SeatBlock) -> SeatBlock:
    """The block as a request loads it."""
    query = select(SeatBlock).options(*queries.LOADED).where(SeatBlock.id == block.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def give(block: SeatBlock, company: Organisation, number: int, *, supplied_only: bool = False) -> BlockShare:
    """An allotment, committed."""
    made = service.allot(again(block), company, number, supplied_only=supplied_only, by=factories.TESTS, at=NOW)
    factories.commit()
    return made


def own(block: SeatBlock) -> BlockShare:
    """The holder's own share."""
    return db.session.scalars(select(BlockShare).where(BlockShare.block_id == block.id, ~BlockShare.allotted)).one()


def name(share: BlockShare, *people: Any, at: datetime = NOW) -> list[Registration]:
    """People named for places of a share by its company, committed; attendees, or a number of invented ones."""
    company = db.session.get_one(Organisation, share.organisation_id)
    attendees: Sequence[Any] = [factories.attendee() for _n in range(people[0])] if isinstance(people[0], int) else people
    made = service.claim(share, company, attendees, by=factories.TESTS, at=at)
    factories.commit()
    return made


def taken(event: Event) -> tuple[int, int]:
    """Places of the event and of its room that are taken."""
    db.session.expire_all()
    found = db.session.get_one(Event, event.id)
    return found.pool.taken, found.in_person_pool.taken


def counted_right() -> None:
    """Everything that is counted agrees, by all checks of the doctor."""
    db.session.rollback()
    found = [(r.check.name, r.details) for r in examine(NOW) if r.level == "error"]
    assert found == []


def statuses(event: Event) -> list[str]:
    """Of all registrations of the event, in the order they came in."""
    db.session.rollback()
    query = select(Registration.status).where(Registration.event_id == event.id).order_by(Registration.id)
    return [status.value for status in db.session.scalars(query)]
