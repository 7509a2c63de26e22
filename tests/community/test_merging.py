"""What a merge of companies or people does with the community, and that it can be taken back."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import User
from eventapp.audit.service import NamedActor
from eventapp.community.directory.service import ListingDetails
from eventapp.community.meetings import service
from eventapp.community.models import (
    BuddyOffer,
    BuddyPair,
    Listing,
    ListingInterest,
    MeetingBlock,
    MeetingRequest,
    OnboardingItem,
    OnboardingTick,
)
from eventapp.community.onboarding import service as onboarding
from eventapp.core.db import Base, db
from eventapp.lifecycle.merging import companies, people
from eventapp.partners.models import Person
from tests.conftest import NOW
from tests.guarantees.world import browser
from tests.support import community, factories
from tests.support.decisions import company_of

BY = NamedActor("tests")
TABLES = (Listing, ListingInterest, MeetingRequest, MeetingBlock, OnboardingTick, BuddyOffer, BuddyPair)


def rows() -> dict[str, list[Any]]:
    """Everything of the community."""
    db.session.expire_all()
    found = {}
    for model in TABLES:
        table = Base.metadata.tables[model.__tablename__]
        found[table.name] = sorted(map(tuple, db.session.execute(select(table))), key=repr)
    return found


def count(model: type[Base], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


@pytest.fixture
def neu(app: Flask, clock: Any) -> User:
    return community.company("Neu GmbH", community.NEW)


@pytest.fixture
def alt(app: Flask, clock: Any) -> User:
    return community.company("Alt AG", community.OLD)


def everything(one: User, other: User, third: User) -> None:
    """Rows of both, some of which cannot be there twice."""
    asked = community.list_person(third)
    for n, user in enumerate((one, other)):
        community.list_company(user, ListingDetails(about=f"Company {n}", interests=(1, 2)))
        community.list_person(user, ListingDetails(headline=f"Person {n}", interests=(3,)))
        community.ask(user, asked)
        community.ask(third, db.session.scalars(select(Listing).where(Listing.about == f"Company {n}")).one())
        item = db.session.scalars(select(OnboardingItem).order_by(OnboardingItem.position)).first()
        assert item is not None
        onboarding.tick(company_of(user), item, done=True, by=BY, at=NOW)
    met = community.ask(third, db.session.scalars(select(Listing).where(Listing.headline == "Person 1")).one())
    service.block(community.seen(other, met), at=NOW)
    community.ask(one, db.session.scalars(select(Listing).where(Listing.about == "Company 1")).one())
    factories.commit()


class TestCompanies:
    """The kept one's stays where there can be one only."""

    def test_and_back(self, app: Flask, neu: User, alt: User) -> None:
        other, third = community.company("Auch Neu GmbH", community.NEW), community.company("Dritte AG", community.OLD)
        everything(neu, other, third)
        community.offer(third, 3)
        community.offer(alt, 3)
        for newcomer in (neu, other):
            community.pair(newcomer, alt)
        before = rows()
        kept, dropped = company_of(neu), company_of(other)
        made = companies.merge(kept, dropped, by=BY, at=NOW)
        factories.commit()
        assert count(Listing, Listing.organisation_id == kept.id, Listing.person_id.is_(None)) == 1
        assert count(Listing, Listing.organisation_id == kept.id) == 3, "and the people of both"
        assert count(MeetingRequest, MeetingRequest.to_organisation_id == kept.id, MeetingRequest.to_person_id.is_(None)) == 2
        assert count(OnboardingTick, OnboardingTick.organisation_id == kept.id) == 1
        assert count(BuddyPair, BuddyPair.newcomer_id == kept.id, BuddyPair.ended_at.is_(None)) == 1
        assert "Company 1" not in browser(app, third).get("/community/").text
        companies.undo(db.session.merge(made), by=BY, at=NOW)
        factories.commit()
        assert rows() == before

    def test_a_pioneer_and_its_newcomer(self, neu: User, alt: User) -> None:
        community.offer(alt)
        community.pair(neu, alt)
        before = rows()
        made = companies.merge(company_of(neu), company_of(alt), by=BY, at=NOW)
        factories.commit()
        assert count(BuddyPair) == 0
        assert count(BuddyOffer, BuddyOffer.organisation_id == company_of(neu).id) == 1
        companies.undo(made, by=BY, at=NOW)
        factories.commit()
        assert rows() == before


class TestPeople:
    """The kept person's entry stays, or the other's becomes theirs."""

    @pytest.mark.parametrize("listed", [True, False])
    def test_and_back(self, neu: User, alt: User, listed: bool) -> None:
        third = community.company("Dritte AG")
        everything(neu, alt, third)
        kept, dropped = (db.session.scalars(select(Person).where(Person.user_id == user.id)).one() for user in (neu, alt))
        if not listed:
            own = db.session.scalars(select(Listing).where(Listing.person_id == kept.id)).one()
            db.session.delete(own)
            factories.commit()
        before = rows()
        made = people.merge(kept, dropped, by=BY, at=NOW)
        factories.commit()
        assert db.session.scalars(select(Listing.headline).where(Listing.person_id == kept.id)).one() == f"Person {1 - listed}"
        assert count(MeetingRequest, MeetingRequest.from_person_id == kept.id, MeetingRequest.to_person_id.is_not(None)) == 1
        assert count(MeetingBlock, MeetingBlock.person_id == kept.id) == 1
        people.undo(made, by=BY, at=NOW)
        factories.commit()
        assert rows() == before

    def test_two_who_have_asked_and_blocked_each_other(self, neu: User, alt: User) -> None:
        listing = community.list_person(alt)
        service.block(community.seen(alt, community.ask(neu, listing)), at=NOW)
        community.ask(neu, listing)
        factories.commit()
        before = rows()
        kept, dropped = (db.session.scalars(select(Person).where(Person.user_id == user.id)).one() for user in (neu, alt))
        made = people.merge(kept, dropped, by=BY, at=NOW)
        factories.commit()
        assert (count(MeetingRequest), count(MeetingBlock)) == (0, 0)
        people.undo(made, by=BY, at=NOW)
        factories.commit()
        assert rows() == before


def test_every_column_that_names_a_company_or_a_person_is_thought_of() -> None:
    """Those of the community that point at either; whoever adds one looks at `lifecycle/merging/community.py` too."""

    def pointing(target: str) -> set[str]:
        tables = [Base.metadata.tables[model.__tablename__] for model in TABLES]
        columns = [column for table in tables for column in table.c]
        found = [one for one in columns if any(key.target_fullname == target for key in one.foreign_keys)]
        return {f"{one.table.name}.{one.name}" for one in found}

    assert pointing("organisation.id") == {
        *("listing.organisation_id", "meeting_request.from_organisation_id", "meeting_request.to_organisation_id"),
        *("meeting_block.organisation_id", "onboarding_tick.organisation_id", "buddy_offer.organisation_id"),
        *("buddy_pair.newcomer_id", "buddy_pair.buddy_id"),
    }
    assert pointing("person.id") == {
        *("listing.person_id", "meeting_request.from_person_id", "meeting_request.to_person_id"),
        *("meeting_request.answered_by_id", "meeting_block.person_id", "meeting_block.blocked_id"),
        *("buddy_offer.contact_id", "buddy_pair.newcomer_contact_id", "buddy_pair.buddy_contact_id"),
    }
