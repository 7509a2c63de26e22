"""Which company a proven address leads to, and what becomes of asking."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.email import normal_address
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.partners import service as people
from eventapp.partners.joining import decisions, queries, rules, service
from eventapp.partners.joining.rules import Reason, Way
from eventapp.partners.joining.service import Told
from eventapp.partners.models import (
    CompanyRequest,
    EmailDomain,
    FreeMailDomain,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    OrganisationKind,
    OrganisationStatus,
    Person,
    PersonEmail,
)
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails


def newcomer(address: str, name: str = "Nora Neu") -> User:
    """A login whose address has just been proven."""
    made = factories.user(normal_address(address), name=name)
    made.verified_at = NOW
    factories.commit()
    return made


def matched(user: User, at: Any = NOW) -> Way:
    with transaction():
        return service.match(user, by=user, at=at)


def asked(user: User, company: Organisation, at: Any = NOW) -> Membership:
    person = queries.person_of(user.id)
    assert person is not None
    with transaction():
        return service.ask(user, person, company.id, by=user, at=at)


def person_of(user: User) -> Person:
    found = queries.person_of(user.id)
    assert found is not None
    return found


def only() -> Membership:
    """The one membership that nobody but the newcomer has."""
    return db.session.scalars(select(Membership).where(Membership.matched_by.is_not(None))).one()


@pytest.fixture
def donau(app: Flask) -> Organisation:
    """A company with an admin who can sign in."""
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    factories.company_admin(company, "petra@donau.example")
    return company


def test_the_exact_domain_of_one_company_asks_its_admins(donau: Organisation) -> None:
    user = newcomer("Nora@DONAU.example")
    assert matched(user) is Way.ASKED
    membership = only()
    assert (membership.state, membership.role) == (MembershipState.REQUESTED, MembershipRole.MEMBER)
    assert (membership.matched_by, membership.requested_at) == (MatchedBy.DOMAIN, NOW)
    sent = mails("joining.asked")
    assert [m.to_address for m in sent] == ["petra@donau.example"]
    assert "Nora Neu (nora@donau.example)" in sent[0].text
    assert "/company/requests/" in sent[0].text
    assert person_of(user).full_name == "Nora Neu"
    assert matched(user) is Way.PENDING
    assert len(mails("joining.asked")) == 1
    assert queries.person_of(user.id) is not None


def test_where_the_company_lets_its_domain_in_one_is_a_member_at_once(donau: Organisation) -> None:
    donau.auto_join = True
    factories.commit()
    assert matched(newcomer("nora@donau.example")) is Way.JOINED
    assert only().state is MembershipState.ACTIVE
    assert only().decided_at is not None
    assert mails("joining.asked") == []


def test_letting_the_domain_in_lets_nobody_else_in(donau: Organisation) -> None:
    donau.auto_join = True
    factories.commit()
    stranger = newcomer("nora@elsewhere.example")
    assert matched(stranger) is Way.SEARCH
    assert asked(stranger, donau).state is MembershipState.REQUESTED
    assert only().matched_by is MatchedBy.SEARCH


def test_an_address_that_is_not_proven_claims_no_domain(donau: Organisation) -> None:
    donau.auto_join = True
    user = factories.user("nora@donau.example")
    person = factories.person(None, "Nora", "Neu", "nora@donau.example", user=user)
    with transaction():
        service.ask(user, person, donau.id, by=user, at=NOW)
    assert (only().state, only().matched_by) == (MembershipState.REQUESTED, MatchedBy.SEARCH)


@pytest.mark.parametrize(
    "address", ["nora@mail.donau.example", "nora@donau.example.evil.example", "nora@xdonau.example", "nora@example"]
)
def test_only_the_exact_domain_counts(donau: Organisation, address: str) -> None:
    if address.endswith("@example"):
        address = "nora@donau.other.example"
    assert matched(newcomer(address)) is Way.SEARCH
    assert db.session.scalars(select(Membership).where(Membership.matched_by.is_not(None))).all() == []


def test_a_mail_provider_s_domain_claims_nothing_even_if_a_company_has_it(donau: Organisation) -> None:
    free = db.session.scalars(select(FreeMailDomain.domain).order_by(FreeMailDomain.domain).limit(1)).one()
    db.session.add(EmailDomain(domain=free, organisation_id=donau.id))
    factories.commit()
    assert matched(newcomer(f"nora@{free}")) is Way.SEARCH


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("bücher.example", "nora@BÜCHER.example"), ("bücher.example", "nora@xn--bcher-kva.example")],
)
def test_domains_with_umlauts_match_in_either_spelling(app: Flask, stored: str, typed: str) -> None:
    company = factories.organisation("Bücher AG", domain=stored)
    factories.company_admin(company, "petra@bücher.example")
    assert matched(newcomer(typed)) is Way.ASKED


def test_look_alike_letters_are_another_domain(donau: Organisation) -> None:
    assert matched(newcomer("nora@dоnau.example")) is Way.SEARCH  # a Cyrillic о


@pytest.mark.parametrize(
    "values",
    [
        {"status": OrganisationStatus.SUSPENDED},
        {"status": OrganisationStatus.ENDED},
        {"kind": OrganisationKind.VENDOR},
    ],
)
def test_companies_that_take_nobody_are_not_found_asked_or_matched(app: Flask, values: dict[str, Any]) -> None:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example", auto_join=True, **values)
    user = newcomer("nora@donau.example")
    assert matched(user) is Way.SEARCH
    assert queries.search("Donau", "") == ([], False)
    with pytest.raises(NotFoundError):
        asked(user, company)
    db.session.rollback()


def test_a_company_that_was_merged_into_another_takes_nobody(donau: Organisation) -> None:
    old = factories.organisation("Old Donau AG", domain="old.example")
    old.merged_into_id = donau.id
    factories.commit()
    assert matched(newcomer("nora@old.example")) is Way.SEARCH


def test_of_several_companies_of_one_domain_one_chooses(donau: Organisation) -> None:
    swiss = factories.organisation("Donau Schweiz AG", domain="donau.example", country_code="CH")
    user = newcomer("nora@donau.example")
    assert matched(user) is Way.CHOOSE
    assert [(c.name, c.country) for c in queries.by_domain(user.email)] == [
        ("Donau Systemhaus GmbH", "Austria"),
        ("Donau Schweiz AG", "Switzerland"),
    ]
    membership = asked(user, swiss)
    assert (membership.matched_by, membership.role) == (MatchedBy.CHOICE, MembershipRole.ADMIN)


def test_the_first_person_of_a_company_asks_to_be_its_admin(app: Flask) -> None:
    company = factories.organisation(domain="first.example")
    # An admin in the list who cannot sign in decides nothing.
    factories.person(company, "Listed", "Admin", "listed@first.example", role=MembershipRole.ADMIN)
    assert matched(newcomer("nora@first.example")) is Way.ASKED
    assert (only().state, only().role) == (MembershipState.REQUESTED, MembershipRole.ADMIN)
    assert mails("joining.asked") == []


def test_an_admin_whose_login_was_disabled_or_whose_time_is_over_does_not_count(donau: Organisation) -> None:
    assert queries.company_has_admin(donau.id, NOW.date())
    admin = db.session.scalars(select(Membership).where(Membership.role == MembershipRole.ADMIN)).one()
    admin.valid_to = NOW.date() - timedelta(days=1)
    factories.commit()
    assert not queries.company_has_admin(donau.id, NOW.date())
    admin.valid_to = None
    db.session.scalars(select(User).where(User.email == "petra@donau.example")).one().active = False
    factories.commit()
    assert not queries.company_has_admin(donau.id, NOW.date())


def test_who_is_in_the_list_already_is_the_same_person_and_a_member(donau: Organisation) -> None:
    known = factories.person(donau, "Jana", "Nováková", "jana@donau.example")
    user = newcomer("jana@donau.example", "Somebody Else")
    assert matched(user) is Way.MEMBER
    assert person_of(user).id == known.id
    assert person_of(user).full_name == "Jana Nováková"


def test_nobody_takes_over_a_person_who_has_another_login(donau: Organisation) -> None:
    other = factories.user("other@donau.example")
    person = factories.person(donau, "Jana", "Nováková", "jana@donau.example", user=other)
    user = newcomer("jana@donau.example")
    assert matched(user) is Way.SEARCH
    assert queries.person_of(user.id) is None
    assert person_of(other).id == person.id


def test_a_new_address_becomes_the_person_s(donau: Organisation) -> None:
    user = newcomer("nora@elsewhere.example")
    matched(user)
    person = person_of(user)
    user.email = "nora@donau.example"
    assert matched(user) is Way.ASKED
    assert db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id == person.id)).all() == [user.email]


def test_who_works_for_the_vendor_is_matched_to_nobody(donau: Organisation) -> None:
    staff = factories.organizer("olivia@donau.example")
    assert matched(staff) is Way.MEMBER
    assert queries.person_of(staff.id) is None


def test_a_login_without_a_name_is_called_by_its_address(app: Flask) -> None:
    user = newcomer("nora.neu@x.example", "")
    user.name = ""
    matched(user)
    assert person_of(user).family_name == "nora.neu"


def test_whom_the_company_typed_in_is_asked_for_once_they_ask_themselves(donau: Organisation) -> None:
    with transaction():
        people.add_person(
            donau,
            "N",
            "N",
            "nora@elsewhere.example",
            state=MembershipState.REQUESTED,
            matched_by=MatchedBy.COMPANY,
            by=factories.TESTS,
            at=NOW,
        )
    user = newcomer("nora@elsewhere.example")
    assert matched(user) is Way.SEARCH
    assert queries.own_request(person_of(user).id) is None
    membership = asked(user, donau)
    assert only().id == membership.id
    assert membership.matched_by is MatchedBy.SEARCH


def test_one_company_at_a_time_and_asking_twice_is_once(donau: Organisation) -> None:
    other = factories.organisation("Other AG", domain="other.example")
    user = newcomer("nora@elsewhere.example")
    matched(user)
    first = asked(user, donau)
    assert asked(user, donau).id == first.id
    with pytest.raises(RuleError, match="Withdraw that first"):
        asked(user, other)
    db.session.rollback()
    with pytest.raises(RuleError, match="Withdraw that first"), transaction():
        service.tell(person_of(user), Told("New AG", "AT"), by=user, at=NOW)
    with transaction():
        service.withdraw(person_of(user), by=user, at=NOW)
    assert queries.own_request(person_of(user).id) is None
    assert asked(user, other).state is MembershipState.REQUESTED
    with transaction():
        service.withdraw(person_of(user), by=user, at=NOW)
    with pytest.raises(RuleError, match="has been decided"), transaction():
        service.withdraw(person_of(user), by=user, at=NOW)


def test_after_a_refusal_one_waits_a_week_or_asks_elsewhere(donau: Organisation) -> None:
    other = factories.organisation("Other AG", domain="other.example")
    user = newcomer("nora@donau.example")
    matched(user)
    with transaction():
        decisions.decline(only(), person_of(user), reason="Not one of us", by=factories.TESTS, at=NOW)
    day = timedelta(days=1)
    assert matched(user, NOW + day) is Way.SEARCH
    with pytest.raises(RuleError, match="again from"):
        asked(user, donau, NOW + 6 * day)
    db.session.rollback()
    asked(user, other, NOW + day)
    with transaction():
        service.withdraw(person_of(user), by=user, at=NOW + day)
    assert asked(user, donau, NOW + 7 * day).state is MembershipState.REQUESTED
    assert [m.to_address for m in mails("joining.declined")] == ["nora@donau.example"]
    assert "Not one of us" in mails("joining.declined")[0].text


def test_a_member_may_ask_a_second_company_and_keeps_the_first(donau: Organisation) -> None:
    factories.person(donau, "Jana", "Nováková", "jana@donau.example")
    user = newcomer("jana@donau.example")
    matched(user)
    other = factories.organisation("Other AG", domain="other.example")
    asked(user, other)
    with pytest.raises(RuleError, match="already"):
        asked(user, donau)


def test_a_member_wishes_to_look_after_a_company_that_nobody_looks_after(app: Flask) -> None:
    company = factories.organisation(domain="small.example")
    factories.person(company, "Jana", "Nováková", "jana@small.example")
    user = newcomer("jana@small.example")
    matched(user)
    with transaction():
        service.wish(person_of(user), company.id, by=user, at=NOW)
        service.wish(person_of(user), company.id, by=user, at=NOW)
    wished = queries.own_wish(person_of(user).id)
    assert wished is not None
    membership = db.session.get_one(Membership, wished.membership_id)
    assert (membership.state, membership.role) == (MembershipState.ACTIVE, MembershipRole.MEMBER)
    with transaction():
        decisions.approve(membership, person_of(user), by=factories.TESTS, at=NOW)
    assert membership.role is MembershipRole.ADMIN
    assert queries.own_wish(person_of(user).id) is None
    with pytest.raises(RuleError, match="has an admin"), transaction():
        service.wish(person_of(user), company.id, by=user, at=NOW)


def test_nobody_wishes_for_a_company_that_is_not_theirs(donau: Organisation) -> None:
    user = newcomer("nora@elsewhere.example")
    matched(user)
    with pytest.raises(NotFoundError), transaction():
        service.wish(person_of(user), donau.id, by=user, at=NOW)
    asked(user, donau)
    with pytest.raises(NotFoundError), transaction():
        service.wish(person_of(user), donau.id, by=user, at=NOW)


def test_a_company_that_was_refused_is_not_told_again_for_a_week(donau: Organisation) -> None:
    user = newcomer("nora@elsewhere.example")
    matched(user)
    with transaction():
        told = service.tell(person_of(user), Told("Ghost Ltd", "GB"), by=user, at=NOW)
        decisions.decline_company(told, reason="No such company", by=factories.TESTS, at=NOW)
    with pytest.raises(RuleError, match="again from"), transaction():
        service.tell(person_of(user), Told("GHOST Ltd", "GB"), by=user, at=NOW + timedelta(days=1))
    with transaction():
        service.tell(person_of(user), Told("Real Ltd", "GB"), by=user, at=NOW + timedelta(days=1))
    assert db.session.query(CompanyRequest).count() == 2


def test_the_search_knows_names_and_programme_ids_only(app: Flask) -> None:
    company = factories.organisation("Łódź Straße GmbH", domain="secret-domain.example", legal_name="Lodz Holding")
    factories.person(company, "Zacharias", "Zebra", "z@secret-domain.example")
    for text in ("lodz", "LODZ strasse", company.programme_id, "holding"):
        found, more = queries.search(text or "", "")
        assert [c.organisation_id for c in found] == [company.id] if text != "holding" else True, text
        assert not more
    for text in ("secret", "secret-domain.example", "example", "zebra", "z", "", "  ", "-"):
        assert queries.search(text, "") == ([], False), text
    assert queries.search("lodz", "AT")[0]
    assert queries.search("lodz", "DE") == ([], False)


def test_the_search_stops_at_twenty(app: Flask) -> None:
    for number in range(22):
        factories.organisation(f"Same {number:02}")
    found, more = queries.search("same", "")
    assert (len(found), more) == (20, True)


def test_twenty_clicks_ask_once(app: Flask, donau: Organisation) -> None:
    other = factories.organisation("Other AG", domain="other.example")
    user = newcomer("nora@elsewhere.example")
    matched(user)
    ids, user_id = (donau.id, other.id), user.id
    db.session.commit()

    def click(n: int) -> str:
        with app.app_context():
            try:
                with transaction():
                    me = db.session.get_one(User, user_id)
                    service.ask(me, person_of(me), ids[n % 2], by=me, at=NOW)
                return "asked"
            except RuleError:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(20)))
    assert set(answers) == {"asked", "refused"}
    assert only().state is MembershipState.REQUESTED


def test_twenty_proofs_of_one_address_make_one_person(app: Flask, donau: Organisation) -> None:
    user_id = newcomer("nora@donau.example").id
    db.session.commit()

    def prove(_n: int) -> None:
        with app.app_context():
            try:
                with transaction():
                    me = db.session.get_one(User, user_id)
                    service.match(me, by=me, at=NOW)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(prove, range(20)))
    assert only().state is MembershipState.REQUESTED
    assert len(mails("joining.asked")) == 1


def test_two_who_are_first_at_once_both_wait_for_the_vendor(app: Flask) -> None:
    factories.organisation(domain="first.example")
    ids = [newcomer(f"p{n}@first.example").id for n in range(2)]
    db.session.commit()

    def prove(user_id: int) -> None:
        with app.app_context():
            try:
                with transaction():
                    me = db.session.get_one(User, user_id)
                    service.match(me, by=me, at=NOW)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(prove, ids))
    found = db.session.scalars(select(Membership)).all()
    assert [(m.state, m.role) for m in found] == 2 * [(MembershipState.REQUESTED, MembershipRole.ADMIN)]


def test_of_twenty_decisions_one_counts_and_the_others_hear_whose(app: Flask, donau: Organisation) -> None:
    user = newcomer("nora@donau.example")
    matched(user)
    membership_id = only().id
    db.session.commit()

    def decide(n: int) -> str:
        with app.app_context():
            try:
                with transaction():
                    membership = db.session.get_one(Membership, membership_id)
                    person = db.session.get_one(Person, membership.person_id)
                    by = factories.NamedActor(f"admin{n}")
                    if n % 2:
                        decisions.approve(membership, person, by=by, at=NOW)
                    else:
                        decisions.decline(membership, person, reason="No", by=by, at=NOW)
                return "done"
            except RuleError as error:
                return error.message
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(decide, range(20)))
    assert answers.count("done") == 1
    who = only().decided_by
    assert all(who in answer for answer in answers if answer != "done"), answers
    assert len(mails("joining.approved")) + len(mails("joining.declined")) == 1


def test_whoever_decides_about_what_was_withdrawn_is_told(donau: Organisation) -> None:
    user = newcomer("nora@donau.example")
    matched(user)
    membership, person = only(), person_of(user)
    db.session.expunge_all()  # as another request has read them
    with transaction():
        service.withdraw(person_of(user), by=user, at=NOW)
    with pytest.raises(RuleError, match="withdrawn"), transaction():
        decisions.approve(membership, person, by=factories.TESTS, at=NOW)


def test_a_request_at_a_company_that_was_suspended_meanwhile_is_not_approved(donau: Organisation) -> None:
    user = newcomer("nora@donau.example")
    matched(user)
    donau.status = OrganisationStatus.SUSPENDED
    factories.commit()
    with pytest.raises(RuleError, match="takes nobody"), transaction():
        decisions.approve(only(), person_of(user), by=factories.TESTS, at=NOW)


def test_a_company_admin_sees_own_requests_only(donau: Organisation) -> None:
    from eventapp.accounts.permissions import Viewer

    user = newcomer("nora@donau.example")
    matched(user)
    other = factories.organisation()
    assert queries.request(Viewer(company_ids=frozenset({donau.id})), only().id)[0].id == only().id
    for ids in (frozenset({other.id}), frozenset[int]()):
        with pytest.raises(NotFoundError):
            queries.request(Viewer(company_ids=ids), only().id)
    member = db.session.scalars(select(Membership).where(Membership.matched_by.is_(None))).first()
    assert member is not None
    with pytest.raises(NotFoundError):
        queries.request(Viewer(company_ids=frozenset({donau.id})), member.id)


def test_everything_asked_and_decided_stands_in_the_log(donau: Organisation) -> None:
    user = newcomer("nora@donau.example")
    matched(user)
    with transaction():
        decisions.approve(only(), person_of(user), by=factories.TESTS, at=NOW)
    found = db.session.scalars(select(AuditEntry.action).where(AuditEntry.organisation_id == donau.id).order_by(AuditEntry.id))
    assert list(found)[-2:] == ["membership.ask", "membership.accept"]


def test_what_speaks_for_a_company() -> None:
    known = rules.Known(["Isar Netze AG"], "DE", ["isar.example"], "https://www.isar.example/de", "KP-123456")
    wanted = rules.Wanted
    assert rules.reasons(wanted("ISAR Netze GmbH", "DE"), known) == [Reason.SAME_NAME, Reason.COUNTRY]
    assert rules.reasons(wanted("Isar Consulting", "AT"), known) == [Reason.SIMILAR_NAME]
    assert rules.reasons(wanted("Other", "DE"), known) == []
    assert rules.reasons(wanted("Other", "DE", "isar.example"), known) == [Reason.DOMAIN, Reason.COUNTRY]
    assert rules.reasons(wanted("Other", "AT", website="http://isar.example"), known) == [Reason.WEBSITE]
    assert rules.reasons(wanted("Other", "AT", programme_id="KP-123456"), known) == [Reason.PROGRAMME_ID]
    assert rules.reasons(wanted("GmbH AG", "AT"), known) == []


def test_names_come_apart_at_the_last_blank() -> None:
    assert rules.parted("Ana María Pérez", "a@b.example") == ("Ana María", "Pérez")
    assert rules.parted("Prince", "a@b.example") == ("", "Prince")
    assert rules.parted("", "a.b@b.example") == ("", "a.b")


def test_who_registered_by_link_before_asks_anew_with_a_login(donau: Organisation) -> None:
    event = factories.event()
    guest = factories.attendee("Nora", "Neu", "nora@donau.example")
    factories.register(event, donau, guest, joining=MembershipState.REQUESTED)
    assert (only().state, only().requested_at) == (MembershipState.REQUESTED, factories.AT)
    assert mails("joining.asked") == []
    assert matched(newcomer("nora@donau.example")) is Way.ASKED
    assert only().requested_at == NOW
    assert len(mails("joining.asked")) == 1
