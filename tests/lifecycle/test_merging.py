"""Merging companies and people: everything moves, nothing is lost, and it can be taken back."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from eventapp.accounts.models import Role, User
from eventapp.core.db import Base, db, rollback, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.lifecycle import erasing
from eventapp.lifecycle import service as lifecycle
from eventapp.lifecycle.merging import companies, people
from eventapp.lifecycle.models import Merge
from eventapp.mail.models import OutboxMail
from eventapp.overview import doctor
from eventapp.partners.imports import service as imports
from eventapp.partners.models import (
    Alias,
    EmailDomain,
    Identifier,
    ImportKind,
    ImportRow,
    Membership,
    MembershipRole,
    Organisation,
    OrganisationWord,
    Person,
    PersonEmail,
    PersonWord,
    Relationship,
)
from eventapp.partners.service.companies import renew_words
from eventapp.places.queries import miscounts
from eventapp.privacy.registry import ERASED
from eventapp.registrations import queries
from eventapp.registrations.models import Registration
from eventapp.registrations.plus_ones.service import bring
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import press, send
from tests.support.pages import PageClient

DAY = timedelta(days=1)
# What a merge writes besides the rows that it moves.
BESIDES = {"merge", "audit_entry", "audit_head", "outbox_mail", "one_time_key"}


def everything() -> dict[str, list[Any]]:
    """All rows of all tables that a merge might touch."""
    db.session.expire_all()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in BESIDES:
            rows = db.session.execute(select(*(c for c in table.c if c.name not in ("sequence", "version")))).all()
            found[table.name] = sorted(map(repr, rows))
    return found


def counted_right() -> None:
    db.session.expire_all()
    assert (miscounts(), miscounted()) == ([], [])


def merged(kept: Organisation, dropped: Organisation) -> Merge:
    made = companies.merge(kept, dropped, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    return made


def two() -> tuple[Organisation, Organisation]:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example"), factories.organisation(
        "Donau Systemhaus AG", domain="donau-ag.example"
    )


def test_everything_of_the_dropped_company_moves_and_comes_back(app: Flask) -> None:
    kept, dropped = two()
    third = factories.organisation("Isar Netze AG")
    event = factories.event(quotas={"ready": 2})
    mine = factories.register(event, kept, factories.attendee(email="a@donau.example"))
    theirs = factories.register(event, dropped, *[factories.attendee(email=f"b{n}@donau-ag.example") for n in range(3)])
    other = factories.event(slug="other", quotas={"ready": 5})
    factories.register(other, dropped, factories.attendee(email="c@donau-ag.example"))
    db.session.add_all(
        [
            Alias(organisation_id=dropped.id, name="DSH"),
            Identifier(organisation_id=dropped.id, scheme="duns", value="123456789"),
            Relationship(from_id=third.id, to_id=dropped.id, kind="supplies"),
            Relationship(from_id=kept.id, to_id=dropped.id, kind="alliance"),
        ]
    )
    db.session.flush()
    renew_words(dropped)
    factories.commit()
    before = everything()
    made = merged(kept, dropped)
    assert (made.counts["registrations"], made.counts["events"], made.counts["over_quota"]) == (4, 2, 1)
    assert {r.organisation_id for r in db.session.scalars(select(Registration))} == {kept.id}
    assert [db.session.get_one(Registration, r.id).status.value for r in (*mine, *theirs)] == [
        *("confirmed", "confirmed", "confirmed", "waiting")
    ]
    names = db.session.scalars(select(Alias.name).where(Alias.organisation_id == kept.id)).all()
    assert set(names) == {"DSH", "Donau Systemhaus AG"}
    assert db.session.get_one(Organisation, dropped.id).merged_into_id == kept.id
    assert db.session.scalar(select(func.count()).where(EmailDomain.organisation_id == kept.id)) == 2
    assert db.session.scalars(select(Relationship.to_id)).all() == [kept.id], "the one between the two is gone"
    assert not db.session.scalar(select(func.count()).where(OrganisationWord.organisation_id == dropped.id))
    companies.undo(made, by=factories.TESTS, at=NOW + timedelta(days=29))
    factories.commit()
    counted_right()
    assert everything() == before


def test_people_of_both_companies_belong_once(app: Flask) -> None:
    kept, dropped = two()
    anna = factories.person(kept, "Anna", "Auer", "anna@donau.example")
    db.session.add(Membership(person_id=anna.id, organisation_id=dropped.id, role=MembershipRole.ADMIN))
    berta = factories.person(dropped, "Berta", "Berg", "berta@donau-ag.example", role=MembershipRole.ADMIN)
    factories.commit()
    made = merged(kept, dropped)
    assert (made.counts["people"], made.counts["people_in_both"]) == (1, 1)
    rows = db.session.execute(select(Membership.person_id, Membership.state).where(Membership.organisation_id == kept.id)).all()
    assert sorted((p, s.value) for p, s in rows) == sorted([(anna.id, "active"), (anna.id, "ended"), (berta.id, "active")])


def test_free_places_of_one_let_the_waiting_of_the_other_in(app: Flask) -> None:
    kept, dropped = two()
    event = factories.event(quotas={"ready": 2})
    lifecycle.set_exception(event, kept, 5, "Sponsor", by=factories.TESTS, now=NOW)
    factories.register(event, kept, factories.attendee(email="a@donau.example"))
    late = factories.register(event, dropped, *[factories.attendee(email=f"b{n}@donau-ag.example") for n in range(3)])
    made = merged(kept, dropped)
    assert made.counts["promoted"] == 1
    assert db.session.get_one(Registration, late[2].id).status == "confirmed"
    assert (
        db.session.scalar(select(func.count()).select_from(OutboxMail).where(OutboxMail.to_address == "b2@donau-ag.example")) == 2
    )
    companies.undo(made, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert db.session.get_one(Registration, late[2].id).status == "confirmed", "who was told keeps the place"


def test_what_cannot_be_merged_or_undone_is_refused(app: Flask) -> None:
    kept, dropped = two()
    with pytest.raises(RuleError, match="two different"):
        companies.merge(kept, kept, by=factories.TESTS, at=NOW)
    made = merged(kept, dropped)
    with pytest.raises(RuleError, match="merged already"):
        companies.merge(factories.organisation(), dropped, by=factories.TESTS, at=NOW)
    rollback()
    with pytest.raises(RuleError, match="30 days"):
        companies.undo(made, by=factories.TESTS, at=NOW + timedelta(days=31))
    rollback()
    domain = db.session.scalars(select(EmailDomain).where(EmailDomain.domain == "donau-ag.example")).one()
    domain.organisation_id = factories.organisation("Isar Netze AG").id
    factories.commit()
    before = everything()
    with pytest.raises(RuleError, match="email domain"):
        companies.undo(made, by=factories.TESTS, at=NOW)
    rollback()
    assert everything() == before
    companies_twice = merged(factories.organisation("A"), factories.organisation("B"))
    companies.undo(companies_twice, by=factories.TESTS, at=NOW)
    factories.commit()
    with pytest.raises(RuleError, match="undone already"):
        companies.undo(companies_twice, by=factories.TESTS, at=NOW)


def test_two_merges_of_the_same_pair_at_once_are_one(app: Flask) -> None:
    kept, dropped = two()
    factories.register(factories.event(), dropped, factories.attendee(email="a@donau-ag.example"))
    ids, found = (kept.id, dropped.id), []

    def merge(first: int, second: int) -> None:
        with app.app_context():
            try:
                with transaction():
                    one, other = db.session.get_one(Organisation, first), db.session.get_one(Organisation, second)
                    companies.merge(one, other, by=factories.TESTS, at=NOW)
                found.append("merged")
            except RuleError:
                found.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=merge, args=pair) for pair in (ids, ids[::-1]) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == ["merged", *["refused"] * 5]
    counted_right()


def test_a_person_who_is_in_the_list_twice_becomes_one(app: Flask) -> None:
    company, second = factories.organisation(), factories.organisation()
    event, other = factories.event(capacity=2), factories.event(slug="other")
    kept = factories.person(company, "Anna", "Auer", "anna@old.example")
    dropped = factories.person(company, "Anna", "Auer", "anna.auer@new.example", user=factories.user("anna.auer@new.example"))
    db.session.add(Membership(person_id=dropped.id, organisation_id=second.id))
    factories.commit()
    first = factories.register(event, company, factories.attendee("Anna", "Auer", "anna@old.example"))[0]
    double = factories.register(event, company, factories.attendee("Anna", "Auer", "anna.auer@new.example"))[0]
    late = factories.register(event, company, factories.attendee("Late", "Comer", "late@old.example"))[0]
    only = factories.register(other, second, factories.attendee("Anna", "Auer", "anna.auer@new.example"))[0]
    before = everything()
    made = people.merge(kept, dropped, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert {k: made.counts[k] for k in ("cancelled", "promoted", "registrations", "memberships", "addresses")} == {
        **{"cancelled": 1, "promoted": 1, "registrations": 2, "memberships": 1, "addresses": 1}
    }
    status = [db.session.get_one(Registration, r.id).status.value for r in (first, double, late, only)]
    assert status == ["confirmed", "cancelled", "confirmed", "confirmed"]
    assert {db.session.get_one(Registration, r.id).person_id for r in (first, double, only)} == {kept.id}
    assert db.session.get_one(Person, kept.id).user_id is not None, "the only login goes along"
    assert db.session.scalar(select(func.count()).where(PersonEmail.person_id == kept.id)) == 2
    assert not db.session.scalar(select(func.count()).where(PersonWord.person_id == dropped.id))
    people.undo(made, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert db.session.get_one(Registration, double.id).status == "waiting", "its place has gone on meanwhile"
    after = everything()
    for name in ("person", "person_email", "person_word", "membership", "user_account", "consent"):
        assert after[name] == before[name], name


@pytest.fixture
def gala(app: Flask) -> tuple[Event, Registration, Registration]:
    """An event to which somebody comes, with somebody who has no address."""
    event = factories.event(slug="gala")
    event.plus_ones = 2
    factories.commit()
    host = factories.registration(event, factories.organisation(), "Ada", "Lang", email="ada@old.example")
    guest = bring(queries.by_token(host.token), "Inês", "Óváry", by=factories.TESTS, at=NOW)
    factories.commit()
    return event, queries.by_token(host.token), queries.by_token(guest.token)


def person_of(registration: Registration) -> Person:
    return db.session.get_one(Person, registration.person_id)


def addresses(person_id: int) -> dict[str, bool]:
    query = select(PersonEmail.address, PersonEmail.is_primary).where(PersonEmail.person_id == person_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


@pytest.mark.parametrize("keep_guest", [True, False])
def test_somebody_without_an_address_becomes_one_with_somebody_who_has_one(
    gala: tuple[Event, Registration, Registration], keep_guest: bool
) -> None:
    _event, host, guest = gala
    known = factories.person(None, "Inês", "Óváry", "ines@home.example")
    before = everything()
    kept, dropped = (person_of(guest), known) if keep_guest else (known, person_of(guest))
    made = people.merge(kept, dropped, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert addresses(kept.id) == {"ines@home.example": True}
    come = queries.by_token(guest.token)
    assert (come.person_id, come.guest_of_id, come.status.value) == (kept.id, host.id, "confirmed")
    assert list(doctor.without_address(NOW)) == []
    people.undo(made, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert everything() == before


def test_whoever_comes_along_stays_when_the_host_was_in_the_list_twice(
    gala: tuple[Event, Registration, Registration],
) -> None:
    event, host, guest = gala
    twin = factories.registration(
        event, db.session.get_one(Organisation, host.organisation_id), "Ada", "Lang", email="ada@new.example", at=factories.AT
    )
    db.session.execute(update(Registration).where(Registration.id == twin.id).values(registered_at=host.registered_at - DAY))
    factories.commit()
    db.session.expire_all()
    twin = queries.by_token(twin.token)
    made = people.merge(person_of(host), person_of(twin), by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert [queries.by_token(r.token).status.value for r in (host, twin, guest)] == ["cancelled", "confirmed", "confirmed"]
    assert queries.by_token(guest.token).guest_of_id == twin.id
    people.undo(made, by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert [queries.by_token(r.token).status.value for r in (host, twin, guest)] == ["confirmed"] * 3
    assert queries.by_token(guest.token).guest_of_id == host.id


def test_a_guest_who_was_the_host_all_along(gala: tuple[Event, Registration, Registration]) -> None:
    _event, host, guest = gala
    people.merge(person_of(host), person_of(guest), by=factories.TESTS, at=NOW)
    factories.commit()
    counted_right()
    assert [queries.by_token(r.token).status.value for r in (host, guest)] == ["confirmed", "cancelled"]


def test_erasing_somebody_without_an_address_and_their_host(gala: tuple[Event, Registration, Registration]) -> None:
    _event, host, guest = gala
    labels = {one.label: one.number for one in erasing.preview(person_of(host), NOW)}
    assert labels["People who come along with them, cancelled too"] == 1
    erasing.erase(guest.person_id, by=factories.TESTS, now=NOW)
    factories.commit()
    counted_right()
    come = queries.by_token(db.session.get_one(Registration, guest.id).token)
    assert (come.status.value, come.name) == ("cancelled", ERASED)
    for mail in db.session.scalars(select(OutboxMail)):
        assert "Óváry" not in mail.text + (mail.html or "") + mail.subject + (mail.calendar or "")
    second = bring(queries.by_token(host.token), "Jo", "Next", by=factories.TESTS, at=NOW)
    factories.commit()
    erasing.erase(host.person_id, by=factories.TESTS, now=NOW)
    factories.commit()
    counted_right()
    along = queries.by_token(second.token)
    assert (along.status.value, along.name) == ("cancelled", "Jo Next")
    assert "Lang" not in along.registered_by
    assert list(doctor.without_address(NOW)) == []


def test_merging_disables_no_login_that_works_for_the_vendor(app: Flask) -> None:
    company = factories.organisation()
    admin = factories.user("anna@karmin.example", Role.SYSTEM_ADMIN)
    kept = factories.person(company, "Anna", "Auer", "anna@old.example", user=factories.user("anna@old.example"))
    dropped = factories.person(company, "Anna", "Auer", "anna@karmin.example", user=admin)
    factories.commit()
    before = everything()
    with pytest.raises(RuleError, match=r"End the roles of anna@karmin\.example first\."), transaction():
        people.merge(kept, dropped, by=factories.TESTS, at=NOW)
    assert everything() == before
    with transaction():
        db.session.get_one(User, admin.id).grants[0].ends_at = NOW
        made = people.merge(kept, dropped, by=factories.TESTS, at=NOW)
    assert made.counts["logins"] == 1
    assert not db.session.get_one(User, admin.id).active


def test_a_login_with_roles_goes_along_when_it_is_the_only_one(app: Flask) -> None:
    company = factories.organisation()
    admin = factories.user("anna@karmin.example", Role.ORGANIZER)
    kept = factories.person(company, "Anna", "Auer", "anna@old.example")
    dropped = factories.person(company, "Anna", "Auer", "anna@karmin.example", user=admin)
    with transaction():
        people.merge(kept, dropped, by=factories.TESTS, at=NOW)
    assert db.session.get_one(Person, kept.id).user_id == admin.id
    assert db.session.get_one(User, admin.id).active


def test_organizers_see_every_number_first(client: PageClient) -> None:
    kept, dropped = two()
    factories.register(factories.event(), dropped, factories.attendee(email="a@donau-ag.example"))
    client.sign_in(factories.organizer())
    url = f"/admin/companies/{kept.id}/merge"
    assert "Donau Systemhaus AG" in client.get(url).text, "it looks alike"
    wrong = send(client, url, {"other": "KP-999999"})
    assert wrong.status_code == 422
    assert "Copy the ID" in wrong.text
    before = everything()
    check = send(client, url, {"other": dropped.programme_id})
    assert "Registrations that move" in check.text
    assert everything() == before, "only looked at"
    done = send(client, url, {"other": dropped.programme_id, "step": "merge"})
    assert done.status_code == 302
    moved = client.get(f"/admin/companies/{dropped.id}")
    assert moved.location.endswith(f"/admin/companies/{kept.id}"), "old links keep working"
    assert "was merged into this company" in client.get(moved.location).text
    assert "Donau Systemhaus AG" not in client.get("/admin/companies/").text
    merges = client.get("/admin/merges/")
    assert "Donau Systemhaus AG" in merges.text
    made = db.session.scalars(select(Merge)).one()
    assert press(client, "/admin/merges/", f"/admin/merges/{made.id}/undo").status_code == 302
    assert everything() == before
    factories.register(factories.event(slug="more"), kept, factories.attendee(email="x@donau.example"))
    assert client.get(f"/admin/people/{10**6}/merge").status_code == 404


def test_an_import_leaves_what_was_merged_alone(app: Flask) -> None:
    kept, dropped = two()
    merged(kept, dropped)
    before = everything()["organisation"]
    rows = f"Programme ID,Account Name,Type,Country\n{dropped.programme_id},Back Again AG,Reseller,AT\n".encode()
    found = imported(ImportKind.PARTNERS, rows)
    assert [(row.outcome.value, row.reason) for row in found] == [("rejected", "merged_away")]
    assert everything()["organisation"] == before
    people_rows = f"Programme ID,Given Name,Family Name,Email\n{dropped.programme_id},Neu,Mann,neu@donau-ag.example\n".encode()
    imported(ImportKind.PEOPLE, people_rows)
    query = select(Membership.organisation_id).join(PersonEmail, PersonEmail.person_id == Membership.person_id)
    assert db.session.scalars(query.where(PersonEmail.address == "neu@donau-ag.example")).all() == [kept.id]


def imported(kind: ImportKind, content: bytes) -> list[ImportRow]:
    batch = imports.begin(kind, "list.csv", content, by=factories.TESTS, at=NOW)
    imports.preview(batch, at=NOW)
    imports.apply(batch.id, by=factories.TESTS, at=NOW)
    factories.commit()
    return list(db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.record)))
