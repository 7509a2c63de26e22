"""People, their companies, and who may see them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import NOBODY, Viewer
from eventapp.core.db import db, transaction
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.partners import queries, service
from eventapp.partners.models import (
    EmailDomain,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    OrganisationStatus,
    Person,
    PersonEmail,
    PersonWord,
)
from tests.partners.files import AT, BY
from tests.support import factories


def test_a_known_address_is_the_same_person_and_keeps_the_name(app: Flask) -> None:
    one, two = factories.organisation("One"), factories.organisation("Two")
    known = factories.person(one, "Jana", "Nováková", "jana@one.example")
    with transaction():
        same = service.add_person(two, "Somebody", "Else", "jana@one.example", by=BY, at=AT)
        again = service.add_person(two, "Third", "Name", "jana@one.example", by=BY, at=AT)
    assert same.id == again.id == known.id
    assert same.full_name == "Jana Nováková"
    assert db.session.query(Person).count() == 1
    assert db.session.query(Membership).count() == 2


def test_a_requested_membership_comes_into_force_and_an_ended_one_begins_anew(app: Flask) -> None:
    company = factories.organisation()
    with transaction():
        person = service.add_person(company, "A", "B", "a@b.example", state=MembershipState.REQUESTED, by=BY, at=AT)
    membership = db.session.scalars(select(Membership)).one()
    assert membership.state is MembershipState.REQUESTED
    with transaction():
        service.add_person(company, "A", "B", "a@b.example", state=MembershipState.REQUESTED, by=BY, at=AT)
        assert membership.state is MembershipState.REQUESTED
        service.add_person(company, "A", "B", "a@b.example", by=BY, at=AT)
        assert membership.state is MembershipState.ACTIVE
        service.end_membership(membership, person, by=BY, at=AT)
        service.add_person(company, "A", "B", "a@b.example", by=BY, at=AT)
    states = db.session.scalars(select(Membership.state).order_by(Membership.id)).all()
    assert states == [MembershipState.ENDED, MembershipState.ACTIVE]


def test_the_same_person_added_twice_at_once_is_one(app: Flask) -> None:
    company_id = factories.organisation().id
    db.session.commit()

    def add(_n: int) -> int:
        with app.app_context(), transaction():
            company = db.session.get_one(Organisation, company_id)
            return service.add_person(company, "Jana", "Nováková", "jana@one.example", by=BY, at=AT).id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(add, range(8)))
    assert len(ids) == 1
    assert db.session.query(Person).count() == 1
    assert db.session.query(PersonEmail).count() == 1
    assert db.session.query(Membership).count() == 1


def test_changing_a_person_keeps_sorting_and_search_right(app: Flask) -> None:
    person = factories.person(None, "Jana", "Nováková", "jana@one.example")
    other = factories.person(None, "Petra", "Huber", "petra@one.example")
    with transaction():
        service.change_person(person, family_name="Łukasz", address="j@two.example", by=BY, at=AT)
    assert person.sort_key == "lukasz jana"
    words = set(db.session.scalars(select(PersonWord.word).where(PersonWord.person_id == person.id)))
    assert words == {"jana", "lukasz", "j", "two", "example"}
    assert queries.person_by_address("jana@one.example") is None
    with pytest.raises(RuleError, match="Petra Huber already has this address"):
        service.change_person(person, address="petra@one.example", by=BY, at=AT)
    db.session.rollback()
    with pytest.raises(RuleError, match="Enter a name"):
        service.change_person(other, given_name="", family_name="", by=BY, at=AT)
    db.session.rollback()


def test_the_company_of_an_address(app: Flask) -> None:
    one = factories.organisation("One", domain="shared.example")
    two = factories.organisation("Two", domain="shared.example")
    ended = factories.organisation("Gone", domain="gone.example", status=OrganisationStatus.ENDED)
    db.session.add(EmailDomain(domain="gmail.com", organisation_id=one.id))
    db.session.add(EmailDomain(domain="grünschleuse.example", organisation_id=two.id))
    db.session.commit()
    assert [o.name for o in queries.company_for_address("a@shared.example")] == ["One", "Two"]
    assert [o.name for o in queries.company_for_address("a@grünschleuse.example")] == ["Two"]
    assert queries.company_for_address("a@sub.shared.example") == []
    assert queries.company_for_address("a@gmail.com") == []
    assert queries.company_for_address("a@gone.example") == []
    assert ended.id


def test_a_company_admin_sees_the_own_company_only(app: Flask) -> None:
    mine, theirs = factories.organisation("Mine"), factories.organisation("Theirs")
    account = factories.company_admin(mine)
    factories.person(theirs, "Canary", "Canary")
    ids = queries.administered_by(account.id, AT.date())
    assert ids == {mine.id}
    viewer = Viewer(account, frozenset(), ids)
    assert queries.organisation(viewer, mine.id).name == "Mine"
    assert [o.name for o in queries.organisations_of(viewer)] == ["Mine"]
    assert [c.full_name for c in queries.colleagues(viewer, mine.id)] == ["Petra Huber"]
    for ask in (queries.organisation, queries.colleagues, queries.members):
        with pytest.raises(NotFoundError):
            ask(viewer, theirs.id)
        with pytest.raises(NotFoundError):
            ask(NOBODY, mine.id)
        with pytest.raises(NotFoundError):
            ask(viewer, 999)
    organizer = Viewer(None, frozenset({Role.ORGANIZER}))
    assert queries.organisation(organizer, theirs.id).name == "Theirs"
    assert queries.organisations_of(organizer) == []


def test_who_no_longer_is_admin_administers_nothing(app: Flask) -> None:
    company = factories.organisation()
    account = factories.company_admin(company)
    membership = db.session.scalars(select(Membership)).one()
    for change in ({"role": MembershipRole.MEMBER}, {"state": MembershipState.ENDED}, {"valid_to": AT.date().replace(year=2026)}):
        before = {name: getattr(membership, name) for name in change}
        for name, value in change.items():
            setattr(membership, name, value)
        db.session.commit()
        assert queries.administered_by(account.id, AT.date()) == frozenset(), change
        for name, value in before.items():
            setattr(membership, name, value)
        db.session.commit()
    assert queries.administered_by(account.id, AT.date()) == {company.id}
