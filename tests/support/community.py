"""The community for tests: entries, meetings and buddies, made by the services."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.community.buddies import service as buddies
from eventapp.community.directory import queries as directory
from eventapp.community.directory import service as listings
from eventapp.community.directory.service import ListingDetails
from eventapp.community.meetings import queries, service
from eventapp.community.meetings.queries import Shown
from eventapp.community.meetings.rules import Say
from eventapp.community.meetings.service import MeetingDetails
from eventapp.community.models import BuddyPair, Listing, MeetingRequest, ProposedBy
from eventapp.core.db import db
from eventapp.partners.models import MembershipRole, Organisation
from tests.conftest import NOW
from tests.support import factories
from tests.support.decisions import company_of, viewer
from tests.support.factories import TESTS

NEW, OLD = date(2026, 12, 1), date(2010, 3, 1)
SOON = NOW + timedelta(days=7)
DETAILS = ListingDetails("Edge", "We run clusters in shops.", "Storage people", "A test shop", ("de", "en"))


def company(name: str, since: date | None = None, **values: Any) -> User:
    """A company with an admin, whose login it gives."""
    made = factories.organisation(name, partner_since=since, **values)
    return factories.seat(made, MembershipRole.ADMIN, "Petra", "Huber")


def list_company(user: User, details: ListingDetails = DETAILS, *, shown: bool = True) -> Listing:
    """Puts the company of an admin into the directory, committed."""
    there = directory.own_company(viewer(user))
    version = there.version if there is not None else 0
    made = listings.list_company(company_of(user), details, shown=shown, version=version, by=user, at=NOW)
    factories.commit()
    return made


def list_person(user: User, details: ListingDetails = DETAILS) -> Listing:
    """Puts somebody into the directory, committed."""
    there = directory.own(viewer(user))
    made = listings.list_person(viewer(user), details, version=there.version if there is not None else 0, at=NOW)
    factories.commit()
    return made


def ask(sender: User, listing: Listing, subject: str = "A coffee", *, at: datetime = NOW, **values: Any) -> MeetingRequest:
    """A request for a meeting, committed."""
    given = {"text": "We should talk.", "times": [SOON], "time_zone": "Europe/Vienna", **values}
    made = service.ask(viewer(sender), directory.entry(listing.id, at), MeetingDetails(subject, **given), at=at)
    factories.commit()
    return made


def seen(user: User, meeting: MeetingRequest) -> Shown:
    """The request as the user sees it."""
    return queries.meeting(viewer(user), meeting.id, NOW)


def answer(user: User, meeting: MeetingRequest, say: Say, text: str = "", **values: Any) -> None:
    """Answers a request, committed."""
    shown = seen(user, meeting)
    given: dict[str, Any] = {"chosen": SOON if say is Say.YES else None, "time_zone": "Europe/Vienna", **values}
    service.answer(shown, say, text, version=shown.meeting.version, viewer=viewer(user), at=NOW, **given)
    factories.commit()


def offer(user: User, most: int = 1, note: str = "Ask us anything.") -> Organisation:
    """The company of an admin offers to be a buddy, committed."""
    own = company_of(user)
    contact_id = viewer(user).seats[0].person_id
    buddies.offer(own, note, most, contact_id=contact_id, version=0, by=user, at=NOW)
    factories.commit()
    return own


def pair(newcomer: User, buddy: User, by: ProposedBy = ProposedBy.VENDOR) -> BuddyPair:
    """A newcomer and a buddy who are brought together, committed."""
    contact_id = viewer(newcomer).seats[0].person_id
    made = buddies.propose(company_of(newcomer), company_of(buddy), by, contact_id=contact_id, by=TESTS, at=NOW)
    factories.commit()
    return made


def addresses_of(*users: User) -> set[str]:
    """The addresses of logins."""
    return {user.email for user in db.session.scalars(select(User).where(User.id.in_([one.id for one in users])))}
