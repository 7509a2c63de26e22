"""Consents, needs and the objection: only the person gives them, one click takes each back."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.partners.models import MembershipState, Organisation, Person
from eventapp.privacy import queries, texts
from eventapp.privacy.models import Consent, ConsentKind, Needs, Objection
from eventapp.registrations import service as registering
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.queries import LOADED
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import check, mails, press, send, summary
from tests.support.pages import PageClient, hidden

ANSWERS = {
    "diet": ["vegan", "other"],
    "diet_other": "no onions",
    "allergens": ["nuts", "sesame"],
    "severe_allergy": "y",
    "access": "A seat in front",
    "agreed": "y",
}


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(slug="summit", title="Summit", format=EventFormat.HYBRID)


@pytest.fixture
def registration(event: Event, company: Organisation) -> Registration:
    return factories.registration(event, company, "Eva", "Huber", email="eva@donau.example")


def consents(*, open_only: bool = True) -> list[Consent]:
    db.session.rollback()
    query = select(Consent).order_by(Consent.id)
    return list(db.session.scalars(query.where(Consent.withdrawn_at.is_(None)) if open_only else query))


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def click(client: PageClient, page: str, action: str, do: str) -> Any:
    return client.post(action, data={**hidden(client.get(page).text), "do": do, "once_key": ""})


def test_each_consent_is_given_and_withdrawn_by_one_click_of_its_own(
    client: PageClient, registration: Registration, clock: Any
) -> None:
    page, action = f"/r/{registration.token}/details", f"/r/{registration.token}/consents/"
    html = client.get(page).text
    assert "checked" not in html, "nothing is ticked beforehand"
    assert html.count('value="give"') == 6
    assert click(client, page, action + "photo", "give").status_code == 302
    (given,) = consents()
    assert (given.kind, given.event_id, given.text_version) == (ConsentKind.PHOTO, registration.event_id, "photo-1")
    assert (given.given_by, given.given_through, given.given_at) == ("Eva Huber (by link)", "link", given.given_at)
    assert "You agreed" in client.get(page).text
    assert click(client, page, action + "marketing", "give").status_code == 302
    assert click(client, page, action + "marketing", "give").status_code == 302
    assert [(c.kind.value, c.event_id) for c in consents()] == [("photo", registration.event_id), ("marketing", None)]
    assert click(client, page, action + "photo", "withdraw").status_code == 302
    assert [c.kind.value for c in consents()] == ["marketing"]
    assert [c.kind.value for c in consents(open_only=False)] == ["photo", "marketing"], "what was agreed to stays on record"
    assert client.get(f"/r/{registration.token}").status_code == 200, "no penalty: the place is as it was"


def test_an_older_text_stays_readable_and_the_new_one_is_asked(
    client: PageClient, registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, action = f"/r/{registration.token}/details", f"/r/{registration.token}/consents/photo"
    click(client, page, action, "give")
    newer = texts.ConsentText(ConsentKind.PHOTO, "photo-2", NOW.date(), "Now with drones.")
    monkeypatch.setitem(texts._CURRENT, ConsentKind.PHOTO, newer)
    monkeypatch.setitem(texts._BY_VERSION, "photo-2", newer)
    html = client.get(page).text
    assert "Now with drones." in html
    assert str(texts.by_version("photo-1").text) in html
    click(client, page, action, "give")
    assert [c.text_version for c in consents()] == ["photo-2"]
    assert len(consents(open_only=False)) == 2


def test_texts_never_share_a_version() -> None:
    assert len({text.version for text in texts.TEXTS}) == len(texts.TEXTS)
    assert {text.kind for text in texts.TEXTS} == set(ConsentKind)


@pytest.mark.parametrize("kind", ["needs", "nothing", "PHOTO"])
def test_an_unknown_consent_is_not_there(client: PageClient, registration: Registration, kind: str) -> None:
    data = {**hidden(client.get(f"/r/{registration.token}/details").text), "do": "give", "once_key": ""}
    assert client.post(f"/r/{registration.token}/consents/{kind}", data=data).status_code == 404
    assert consents() == []


def test_needs_are_kept_with_their_own_consent_and_deleted_by_one_click(
    client: PageClient, registration: Registration, clock: Any
) -> None:
    page = f"/r/{registration.token}/details"
    assert send(client, page, ANSWERS).status_code == 302
    needs = db.session.get_one(Needs, registration.id)
    assert (needs.diet, needs.diet_other, needs.allergens) == (["vegan", "other"], "no onions", ["nuts", "sesame"])
    assert needs.severe_allergy
    assert needs.access == "A seat in front"
    assert needs.purge_on == (factories.ENDS + timedelta(days=30)).date()
    assert [c.kind for c in consents()] == [ConsentKind.NEEDS]
    assert "no onions" in client.get(page).text
    told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "needs.tell")).one()
    assert "vegan" not in json.dumps(told.changes), "the log says that something was told, never what"
    assert press(client, page, f"{page}/delete").status_code == 302
    assert (count(Needs), consents()) == (0, [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agreed": ""}, "Tick this"),
        ({"diet": ["none", "vegan"], "diet_other": ""}, "does not go with another"),
        ({"diet": ["other"], "diet_other": ""}, "what else you eat"),
        ({"diet_other": "x" * 81}, "At most 80"),
        ({"diet": ["people"]}, "not a valid choice"),
        ({"allergens": ["pollen"]}, "not a valid choice"),
        ({"diet": [], "diet_other": "", "allergens": [], "severe_allergy": "", "access": ""}, "at least one answer"),
    ],
)
def test_wrong_answers_are_refused_and_stay_typed(
    client: PageClient, registration: Registration, change: dict[str, Any], message: str
) -> None:
    data = {**ANSWERS, **change}
    page = send(client, f"/r/{registration.token}/details", {k: v for k, v in data.items() if v})
    assert page.status_code == 422
    assert message in summary(page)
    assert "A seat in front" in page.text or not data["access"]
    assert (count(Needs), consents()) == (0, [])


def test_needs_are_asked_only_of_those_who_come_in_person_until_the_event_is_over(
    client: PageClient, event: Event, company: Organisation, clock: Any
) -> None:
    virtual = factories.registration(event, company, email="v@donau.example", mode=Mode.VIRTUAL)
    person = factories.registration(event, company, email="p@donau.example")
    assert "What do you eat" not in client.get(f"/r/{virtual.token}/details").text
    refused = client.post(
        f"/r/{virtual.token}/details", data={**hidden(client.get(f"/r/{virtual.token}/details").text), **ANSWERS}
    )
    assert refused.status_code == 409
    assert send(client, f"/r/{person.token}/details", ANSWERS).status_code == 302
    clock.move_to(factories.ENDS + timedelta(days=1))
    after = client.get(f"/r/{person.token}/details").text
    assert "What do you eat" not in after
    assert "no onions" not in after
    assert "Delete my answers" in after
    clock.move_to(factories.ENDS + timedelta(days=31))
    late = client.get(f"/r/{person.token}/details").text
    assert "more than 30 days ago" in late
    assert "Delete my answers" not in late
    data = {**hidden(client.get("/login").text), "do": "give", "once_key": ""}
    assert client.post(f"/r/{person.token}/consents/photo", data=data).status_code == 404
    assert ConsentKind.PHOTO not in {c.kind for c in consents()}


@pytest.mark.parametrize("how", ["cancel", "substitute", "virtual"])
def test_needs_go_with_the_person(client: PageClient, registration: Registration, company: Organisation, how: str) -> None:
    send(client, f"/r/{registration.token}/details", ANSWERS)
    assert count(Needs) == 1
    found = loaded(registration.id)
    if how == "cancel":
        registering.cancel([found], reason="", by=factories.TESTS, at=NOW)
    elif how == "virtual":
        registering.change_mode(found, Mode.VIRTUAL, by=factories.TESTS, at=NOW)
    else:
        factories.person(company, "Otto", "Neu", "otto@donau.example")
        found = loaded(registration.id)
        registering.substitute(found, "Otto", "Neu", "otto@donau.example", by=factories.TESTS, at=NOW)
    factories.commit()
    assert count(Needs) == 0
    token = db.session.get_one(Registration, registration.id).token
    assert "no onions" not in client.get(f"/r/{token}/details").text


def loaded(registration_id: int) -> Registration:
    query = select(Registration).options(*LOADED).where(Registration.id == registration_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def test_nobody_gives_consents_for_somebody_else(app: Flask, client: PageClient, registration: Registration) -> None:
    """The company's admin and the organizer find no page and no address for it, and see nothing of it."""
    company = db.session.get_one(Organisation, registration.organisation_id)
    admin, organizer = factories.company_admin(company, "petra@donau.example"), factories.organizer()
    send(client, f"/r/{registration.token}/details", ANSWERS)
    click(client, f"/r/{registration.token}/details", f"/r/{registration.token}/consents/marketing", "give")
    for user in (admin, organizer):
        other = app.test_client().sign_in(user)
        other.environ_base["HTTP_HOST"] = "events.test"
        for path in ("/account/privacy", "/events/summit/registrations", "/company/", "/admin/events/summit/needs"):
            text = other.get(path).text
            assert "no onions" not in text
            assert "A seat in front" not in text
        # Only the own person stands behind the login: giving touches that one, or nobody.
        page = other.get("/account/privacy")
        other.post("/account/privacy/consents/sponsors", data={**hidden(page.text), "do": "give", "once_key": ""})
        assert ConsentKind.SPONSORS not in queries.consents(registration.person_id, list(ConsentKind))
        db.session.rollback()


def test_the_own_page_gives_and_withdraws_and_shows_the_own_events(
    app: Flask, client: PageClient, registration: Registration
) -> None:
    user = factories.user("eva@donau.example")
    db.session.execute(update(Person).where(Person.id == registration.person_id).values(user_id=user.id))
    factories.commit()
    client.sign_in(user)
    html = client.get("/account/privacy").text
    assert registration.token in html
    assert html.count('value="give"') == 4
    assert click(client, "/account/privacy", "/account/privacy/consents/directory", "give").status_code == 302
    (given,) = consents()
    assert (given.kind, given.given_by, given.given_through) == (ConsentKind.DIRECTORY, "eva@donau.example", "page")
    click(client, "/account/privacy", "/account/privacy/consents/directory", "withdraw")
    assert consents() == []
    assert click(client, "/account/privacy", "/account/privacy/consents/photo", "give").status_code == 404


def test_a_login_without_a_person_has_an_empty_page(client: PageClient) -> None:
    client.sign_in(factories.user(None, Role.AUDITOR))
    assert "Nothing is kept about you" in client.get("/account/privacy").text
    data = {**hidden(client.get("/account/password").text), "shape": "json", "once_key": ""}
    assert client.post("/account/privacy/data", data=data).status_code == 404


def register_as(admin: Any, event: Event, company: Organisation, address: str) -> Registration:
    (made,) = factories.register(
        event,
        company,
        factories.attendee("Typed", "Name", address),
        source=Source.COMPANY,
        by=admin,
        joining=MembershipState.ACTIVE,
    )
    return made


def test_objecting_cancels_tells_the_company_and_bars_others(client: PageClient, event: Event, company: Organisation) -> None:
    admin = factories.company_admin(company, "petra@donau.example")
    made = register_as(admin, event, company, "eva@donau.example")
    (mail,) = mails("registrations.confirmed")
    assert "petra@donau.example" in mail.text
    assert f"/r/{made.token}/object" in mail.text
    assert f"/r/{made.token}/details" in mail.text
    page = f"/r/{made.token}/object"
    assert "petra@donau.example" in client.get(page).text
    assert send(client, page, {"note": "No, thanks"}).status_code == 302
    assert db.session.get_one(Registration, made.id).status is RegistrationStatus.CANCELLED
    (told,) = mails("privacy.objected")
    assert told.to_address == "petra@donau.example"
    assert "Typed Name" in told.text
    assert "No, thanks" not in told.text
    # Neither the company nor an organizer can register the person again, nor take the cancelling back.
    client.sign_in(admin)
    refused = check(client, event, people=[("Eva", "Huber", "eva@donau.example")])
    assert "cannot be registered here" in summary(refused)
    undo = client.post(
        f"/events/summit/registrations/{made.id}/undo", data=hidden(client.get("/account/password").text), follow_redirects=True
    )
    assert "so only they can take it back" in undo.text
    client.sign_in(factories.organizer())
    url = f"/admin/events/summit/registrations/{made.id}"
    assert "cannot be taken up again" in client.get(press(client, url, f"{url}/undo").location).text
    assert db.session.get_one(Registration, made.id).status is RegistrationStatus.CANCELLED


def test_the_refusal_is_that_of_somebody_registered_elsewhere(client: PageClient, event: Event, company: Organisation) -> None:
    """A company cannot tell whether a stranger objects or is registered by another company."""
    other = factories.organisation("Isar Netze AG", domain="isar.example")
    stranger = factories.registration(event, other, email="x@isar.example")
    objector = factories.registration(factories.event(slug="other"), other, email="y@isar.example")
    send(client, f"/r/{objector.token}/object")
    admin = factories.company_admin(company, "petra@donau.example")
    client.sign_in(admin)
    answers = [
        summary(check(client, event, people=[("A", "B", address)])).replace(address, "ADDRESS")
        for address in ("x@isar.example", "y@isar.example")
    ]
    assert answers[0] == answers[1]
    assert stranger.status is RegistrationStatus.CONFIRMED


def test_whoever_objects_can_still_register_and_take_it_back(client: PageClient, event: Event, company: Organisation) -> None:
    made = register_as(factories.company_admin(company, "petra@donau.example"), event, company, "eva@donau.example")
    page = f"/r/{made.token}/object"
    send(client, page)
    own = factories.register(
        event, company, factories.attendee("Eva", "Huber", "eva@donau.example"), source=Source.PERSON, by=factories.TESTS
    )
    assert own[0].status is RegistrationStatus.CONFIRMED
    assert "nobody but you" in client.get(page).text
    assert send(client, page).status_code == 302
    assert db.session.scalars(select(Objection.withdrawn_at)).one() is not None
    registering.cancel([loaded(own[0].id)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    assert register_as(factories.TESTS, event, company, "eva@donau.example").status is RegistrationStatus.CONFIRMED


def test_a_registration_of_ones_own_survives_the_objection(client: PageClient, event: Event, company: Organisation) -> None:
    (own,) = factories.register(
        event, company, factories.attendee("Eva", "Huber", "eva@donau.example"), source=Source.PERSON, by=factories.TESTS
    )
    assert "/object" not in mails("registrations.confirmed")[0].text
    send(client, f"/r/{own.token}/object")
    assert db.session.get_one(Registration, own.id).status is RegistrationStatus.CONFIRMED
    assert count(Objection) == 1


def test_who_registers_herself_is_not_asked_whether_others_may(client: PageClient, event: Event, company: Organisation) -> None:
    eva = factories.user("eva@donau.example")
    factories.person(company, "Eva", "Huber", eva.email, user=eva)
    factories.registration(event, company, "Eva", "Huber", email=eva.email, by=eva)
    factories.registration(event, company, "Ben", "Moser", email="ben@donau.example", by=eva)
    assert "/object" not in mails("registrations.confirmed", "eva@donau.example")[0].text
    assert "/object" in mails("registrations.confirmed", "ben@donau.example")[0].text


def test_a_second_page_asks_the_organizers_to_erase(client: PageClient, registration: Registration) -> None:
    user, organizer = factories.user("eva@donau.example"), factories.organizer("orga@karmin.example")
    db.session.execute(update(Person).where(Person.id == registration.person_id).values(user_id=user.id))
    factories.commit()
    client.sign_in(user)
    assert press(client, "/account/privacy", "/account/privacy/erasure").status_code == 302
    (mail,) = mails("privacy.erasure_asked")
    assert mail.to_address == organizer.email
    assert f"/admin/people/{registration.person_id}/erase" in mail.text
    for _n in range(2):
        last = press(client, "/account/privacy", "/account/privacy/erasure")
    assert last.status_code == 429


def test_pages_of_foreign_and_unknown_links_are_not_there(client: PageClient, app: Flask) -> None:
    for path in ("details", "object"):
        assert client.get(f"/r/{'x' * 32}/{path}").status_code == 404


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.ORGANIZER, Role.AUDITOR, Role.CATERING, Role.TRAINER])
def test_the_vendor_s_staff_do_not_see_answers_by_link(client: PageClient, registration: Registration, role: Role) -> None:
    url = f"/r/{registration.token}/details"
    assert send(client, url, ANSWERS).status_code == 302
    assert send(client, url, action=f"/r/{registration.token}/consents/photo").status_code == 302
    (given,) = consents()
    client.sign_in(factories.user("staff@karmin.example", role))
    page = client.get(url)
    assert page.status_code == 403
    assert "Only the person can see and change this." in page.text
    assert "no onions" not in page.text
    values = hidden(client.get("/account/").text)
    for tail in ("details", "details/delete", "consents/photo"):
        assert client.post(f"/r/{registration.token}/{tail}", data=values).status_code == 403
    assert (count(Needs), consents()) == (1, [given])


def test_staff_see_their_own_answers_by_link(client: PageClient, event: Event, company: Organisation) -> None:
    account = factories.user("eva@donau.example", Role.ORGANIZER)
    factories.person(company, "Eva", "Huber", "eva@donau.example", user=account)
    own = factories.registration(event, company, "Eva", "Huber", email="eva@donau.example")
    client.sign_in(account)
    assert send(client, f"/r/{own.token}/details", ANSWERS).status_code == 302
    assert count(Needs) == 1
