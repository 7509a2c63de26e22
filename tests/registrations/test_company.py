"""A company registers its people: page one chooses, page two checks, and then it is decided."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events import service as events
from eventapp.events.models import Event, EventFormat, EventStatus, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.partners.models import Membership, MembershipState, OrganisationStatus, Person, PersonEmail
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.tallies import miscounted
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import check, confirm, enrol, mails, register_url, send, summary
from tests.support.pages import PageClient, fields


def registered(event: Event) -> list[Registration]:
    db.session.rollback()
    assert miscounts() == []
    assert miscounted() == []
    return list(db.session.scalars(select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)))


def statuses(event: Event) -> list[str]:
    return [r.status.value for r in registered(event)]


def test_ticking_is_all_it_takes_for_known_people(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    page = petra.get(register_url(event))
    assert "Ada Lang" in page.text
    assert "Ben Moser" in page.text
    checked = check(petra, event, colleagues=[firm.ada.id, firm.ben.id])
    assert checked.status_code == 200
    assert "2 people will be registered" in checked.text
    assert registered(event) == []
    done = confirm(petra, event, checked)
    assert (done.status_code, done.location) == (302, f"/events/{event.slug}/registrations")
    assert [(r.name, r.status.value, r.organisation_id) for r in registered(event)] == [
        ("Ada Lang", "confirmed", firm.company.id),
        ("Ben Moser", "confirmed", firm.company.id),
    ]
    listed = petra.get(done.location)
    assert "Registered: 2 confirmed." in listed.text
    assert listed.text.count("Confirmed") >= 2


def test_a_company_with_three_places_registers_four(petra: PageClient, firm: Firm) -> None:
    event = factories.event(title="Summit", quotas={"ready": 3})
    people = [("Cem", "Yıldız", "cem@donau.example"), ("Đorđe", "Novák", "DJORDJE@Donau.example")]
    checked = check(petra, event, colleagues=[firm.ada.id, firm.ben.id], people=people)
    assert "4 people for <bdi>Summit</bdi>: 3 get a place, 1 goes on the waiting list." in checked.text
    assert "Your company has 3 places left." in checked.text
    done = confirm(petra, event, checked)
    assert statuses(event) == ["confirmed"] * 3 + ["waiting"]
    page = petra.get(done.location).text
    assert "Registered: 3 confirmed, 1 on the waiting list." in page
    assert "for a company place, position 1" in page
    assert "Waiting for" not in page, "the status says that"
    assert "3 of 3 company places taken." in page

    assert len(mails("registrations.confirmed")) == 3
    (waiting,) = mails("registrations.waiting")
    assert waiting.to_address == "djordje@donau.example"
    assert "You are waiting for a company place, position 1 of 1." in waiting.text
    assert waiting.calendar is None
    (told,) = mails("registrations.summary")
    assert told.to_address == "petra@donau.example"
    assert "- Ada Lang: confirmed" in told.text
    assert "- Đorđe Novák: waiting for a company place, position 1" in told.text
    assert len(mails()) == 5
    assert {m.about for m in mails()} == {f"event:{event.id}"}
    assert {m.reply_to for m in mails()} == {"events@karmin.example"}


def test_new_people_become_colleagues_who_can_be_ticked_next_time(petra: PageClient, firm: Firm) -> None:
    first, second = factories.event(), factories.event()
    enrol(petra, first, people=[("Cem", "Yıldız", "cem@donau.example")])
    person = db.session.scalars(select(Person).where(Person.family_name == "Yıldız")).one()
    member = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    assert (member.organisation_id, member.state) == (firm.company.id, MembershipState.ACTIVE)
    assert "Cem Yıldız" in petra.get(register_url(second)).text


@pytest.mark.parametrize(
    "paste",
    [
        "Cem Yıldız <cem@donau.example>\nDana Weiß <dana@donau.example>",
        '"Yıldız, Cem" <cem@donau.example>,\n<b>Dana</b> x <> \nWeiß, Dana <dana@donau.example>;'.replace(
            "<b>Dana</b> x <> \n", ""
        ),
        "Cem\tYıldız\tcem@donau.example\nDana\tWeiß\tdana@donau.example",
        "Given name;Family name;E-mail\r\nCem;Yıldız;cem@donau.example\r\nDana;Weiß;dana@donau.example\r\n",
        "cem@donau.example,Cem,Yıldız\n\n  dana@donau.example , Dana , Weiß",
        "Cem Yıldız cem@donau.example\nDana Weiß dana@donau.example",
    ],
)
def test_a_pasted_list_becomes_rows(petra: PageClient, paste: str) -> None:
    event = factories.event()
    checked = check(petra, event, paste=paste)
    assert checked.status_code == 200, summary(checked)
    confirm(petra, event, checked)
    assert [r.name for r in registered(event)] == ["Cem Yıldız", "Dana Weiß"]


def test_pasted_lines_that_cannot_be_read_are_named_and_kept(petra: PageClient) -> None:
    event = factories.event()
    paste = "Cem Yıldız <cem@donau.example>\nnobody at home\nDana Weiß <dana at donau>"
    page = check(petra, event, paste=paste, people=[("Eva", "Klein", "eva@donau.example")])
    assert page.status_code == 422
    assert "Line 2 cannot be read: nobody at home. It has no e-mail. Write it like this: Ada Lang" in summary(page)
    assert "Line 3 cannot be read: Dana Weiß" in summary(page)
    assert 'href="#paste"' in summary(page)
    kept = fields(page.text)
    assert kept["paste"] == paste
    assert kept["people-0-email"] == "eva@donau.example"
    assert registered(event) == []


def test_each_person_of_a_hybrid_event_has_a_mode(petra: PageClient, firm: Firm) -> None:
    event = factories.event(
        format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=5, join_url="https://meet.example/x"
    )
    people = [("Cem", "Yıldız", "cem@donau.example"), ("Dana", "Weiß", "dana@donau.example")]
    checked = check(petra, event, colleagues=[firm.ada.id, firm.ben.id], people=people, mode="in_person")
    modes = {f"mode-c{firm.ben.id}": "virtual", "mode-n1": "virtual"}
    confirm(petra, event, checked, **modes)
    assert {(r.name, r.mode.value, r.status.value) for r in registered(event)} == {
        ("Ada Lang", "in_person", "confirmed"),
        ("Ben Moser", "virtual", "confirmed"),
        ("Cem Yıldız", "in_person", "waiting"),
        ("Dana Weiß", "virtual", "confirmed"),
    }
    page = petra.get(f"/events/{event.slug}/registrations").text
    assert "for a place in the room, position 1" in page
    (waiting,) = mails("registrations.waiting")
    assert "You are waiting for a place in the room, position 1 of 1." in waiting.text


def test_a_mode_that_the_event_does_not_have_is_not_taken(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    checked = check(petra, event, colleagues=[firm.ada.id])
    confirm(petra, event, checked, **{f"mode-c{firm.ada.id}": "virtual"})
    assert [r.mode for r in registered(event)] == [Mode.IN_PERSON]


def test_a_full_event_is_the_reason(petra: PageClient, firm: Firm) -> None:
    event = factories.event(capacity=1)
    enrol(petra, event, colleagues=[firm.ada.id, firm.ben.id])
    assert "for a place at the event, position 1" in petra.get(f"/events/{event.slug}/registrations").text


class TestProblems:
    """Each: what is wrong on top, linked to its field, everything typed kept, nothing saved."""

    def test_nobody_chosen(self, petra: PageClient) -> None:
        event = factories.event()
        page = check(petra, event)
        assert page.status_code == 422
        assert 'href="#colleagues">Tick at least one colleague, or add a new one.' in summary(page)
        assert page.text.count("<title>Error:") == 1
        assert "data-autofocus" in page.text

    @pytest.mark.parametrize("address", ["no address", "a@b", "x@donau..example", "ada@dоnau.example\u202e", "@donau.example"])
    def test_a_bad_address(self, petra: PageClient, firm: Firm, address: str) -> None:
        event = factories.event()
        page = check(petra, event, colleagues=[firm.ada.id], people=[("Cem", "Yıldız", address)])
        assert page.status_code == 422
        assert 'href="#people-0-email"' in summary(page)
        kept = fields(page.text)
        assert (kept["people-0-given_name"], kept["people-0-email"]) == ("Cem", address.strip())
        assert str(firm.ada.id) in kept["colleagues"]
        assert registered(event) == []

    def test_a_row_without_a_name_or_address(self, petra: PageClient) -> None:
        event = factories.event()
        page = check(petra, event, people=[("", "", "cem@donau.example"), ("Dana", "", "")])
        assert page.status_code == 422
        assert 'href="#people-0-family_name"' in summary(page)
        assert 'href="#people-1-email"' in summary(page)

    def test_the_same_person_twice_in_one_form(self, petra: PageClient) -> None:
        event = factories.event()
        people = [("Cem", "Yıldız", "cem@donau.example"), ("C.", "Yıldız", "CEM@donau.example")]
        page = check(petra, event, people=people)
        assert page.status_code == 409
        assert "cem@donau.example stands in this form twice." in summary(page)
        assert 'href="#people-1-email"' in summary(page)
        assert fields(page.text)["people-1-given_name"] == "C."

    def test_a_ticked_colleague_typed_once_more(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event()
        page = check(petra, event, colleagues=[firm.ada.id], people=[("Ada", "Lang", "ada@donau.example")])
        assert page.status_code == 409
        assert "stands in this form twice" in summary(page)

    def test_somebody_registered_already_by_typing(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event()
        enrol(petra, event, colleagues=[firm.ada.id])
        page = check(petra, event, people=[("A.", "Lang", "ada@donau.example")])
        assert page.status_code == 409
        assert "Ada Lang is registered for this event already." in summary(page)

    def test_somebody_registered_meanwhile_by_ticking(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event()
        checked = check(petra, event, colleagues=[firm.ada.id], people=[("Cem", "Yıldız", "cem@donau.example")])
        factories.registration(event, firm.company, email="ada@donau.example")
        page = confirm(petra, event, checked)
        assert page.status_code == 409
        assert "Ada Lang is registered for this event already." in summary(page)
        assert 'href="#colleagues"' in summary(page)
        assert fields(page.text)["people-0-email"] == "cem@donau.example"
        assert len(registered(event)) == 1

    def test_somebody_else_s_person_who_is_registered_is_not_told_by_name(self, petra: PageClient) -> None:
        event = factories.event()
        other = factories.organisation("Isar Netze AG")
        factories.registration(event, other, "Secret", "Name", email="someone@isar.example")
        page = check(petra, event, people=[("Some", "One", "someone@isar.example")], foreign_confirmed="y")
        assert page.status_code == 409
        assert "someone@isar.example cannot be registered here. Ask the organizer." in summary(page)
        assert "Secret" not in page.text

    def test_that_outsiders_were_refused_stands_in_the_log(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event()
        other = factories.organisation("Isar Netze AG")
        people = [("Some", "One", "someone@isar.example")]
        checked = check(petra, event, people=people, foreign_confirmed="y")
        factories.registration(event, other, "Secret", "Name", email="someone@isar.example")
        assert confirm(petra, event, checked, foreign_confirmed="y").status_code == 409
        assert check(petra, event, people=people).status_code == 409
        check(petra, event, people=[("New", "One", "new@isar.example")])
        factories.registration(event, firm.company, email="ada@donau.example")
        check(petra, event, colleagues=[], people=[("A.", "Lang", "ada@donau.example")])
        db.session.rollback()
        query = select(AuditEntry).where(AuditEntry.action == "registrations.refused_foreign")
        assert [(e.actor, e.organisation_id, e.event_id, e.changes) for e in db.session.scalars(query)] == [
            ("petra@donau.example", firm.company.id, event.id, {"people": 1})
        ] * 2

    @pytest.mark.parametrize("known", [True, False])
    def test_outsiders_are_counted_on_each_page_known_or_not(self, petra: PageClient, known: bool) -> None:
        event = factories.event()
        if known:
            factories.registration(event, factories.organisation("Isar Netze AG"), email="p0@isar.example")
        people = [("P", f"Q{n}", f"p{n}@isar.example") for n in range(15)]
        statuses = [check(petra, event, people=people).status_code for _n in range(3)]
        assert statuses == [409 if known else 200] * 2 + [429]
        page = check(petra, event, people=people[:1])
        assert page.status_code == 429
        assert "At most 30 people from outside your company can be entered in 15 minutes." in summary(page)
        assert fields(page.text)["people-0-email"] == "p0@isar.example", "what was typed is still there"
        assert check(petra, event, people=[("C", "D", "cem@donau.example")]).status_code == 200
        confirmed = [check(petra, event, people=people, step="confirm").status_code for _n in range(3)]
        assert confirmed == [409, 409, 429], "page two alone is no way around"

    def test_too_many_outsiders_at_once(self, petra: PageClient) -> None:
        people = [("P", f"Q{n}", f"p{n}@isar.example") for n in range(31)]
        assert check(petra, factories.event(), people=people).status_code == 429

    def test_a_foreign_address_is_confirmed_not_refused(self, petra: PageClient) -> None:
        event = factories.event()
        people = [("Cem", "Yıldız", "cem@elsewhere.example")]
        checked = check(petra, event, people=people)
        assert checked.status_code == 200
        assert "cem@elsewhere.example is not an address of your company." in summary(checked)
        assert 'href="#foreign_confirmed"' in summary(checked)
        refused = confirm(petra, event, checked)
        assert refused.status_code == 409
        assert registered(event) == []
        done = confirm(petra, event, refused, foreign_confirmed="y")
        assert done.status_code == 302
        assert [r.name for r in registered(event)] == ["Cem Yıldız"]

    def test_a_company_without_domains_has_no_foreign_addresses(self, client: PageClient, app: Flask) -> None:
        company = factories.organisation("Ohne Domain KG", domain="")
        client.sign_in(factories.company_admin(company))
        event = factories.event()
        assert enrol(client, event, people=[("Cem", "Yıldız", "cem@anywhere.example")]).status_code == 302

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (
                {"registration_opens_at": datetime(2027, 2, 1, 8, tzinfo=UTC)},
                "Registration opens on 01 Feb 2027, 09:00 Vienna (UTC+1).",
            ),
            ({"registration_closes_at": datetime(2027, 1, 15, tzinfo=UTC)}, "Registration is closed."),
            (
                {"starts_at": datetime(2027, 1, 11, tzinfo=UTC), "ends_at": datetime(2027, 1, 12, tzinfo=UTC)},
                "This event is over.",
            ),
        ],
    )
    def test_outside_the_window(self, petra: PageClient, firm: Firm, values: dict[str, datetime], message: str) -> None:
        opened = factories.event()
        event = factories.event(**values)
        assert message in petra.get(register_url(event)).text
        form = fields(petra.get(register_url(opened)).text)
        for step in ("check", "confirm"):
            page = petra.post(register_url(event), data={**form, "colleagues": firm.ada.id, "step": step})
            assert page.status_code == 409
            assert message in summary(page)
            assert str(firm.ada.id) in fields(page.text)["colleagues"]
        assert registered(event) == []

    def test_closed_between_the_two_pages(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event()
        checked = check(petra, event, colleagues=[firm.ada.id])
        events.change_status(event, EventStatus.CLOSED, by=factories.TESTS, now=factories.AT)
        page = confirm(petra, event, checked)
        assert page.status_code == 409
        assert "Registration is closed." in summary(page)

    def test_a_cancelled_event(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event()
        checked = check(petra, event, colleagues=[firm.ada.id])
        lifecycle.cancel_event(event, "No venue", by=factories.TESTS, now=factories.AT)
        assert confirm(petra, event, checked).status_code == 409
        assert registered(event) == []

    def test_a_company_without_quota(self, petra: PageClient, firm: Firm) -> None:
        event = factories.event(quotas={"ready": 0})
        assert "Your company has no places for this event." in petra.get(register_url(event)).text
        page = check(petra, event, colleagues=[firm.ada.id])
        assert page.status_code == 409
        message = "Donau Systemhaus GmbH has no places for this event. Ask the organizer for an exception."
        assert f'href="#colleagues">{message}' in summary(page)
        lifecycle.set_exception(event, firm.company, 1, "Speaker", by=factories.TESTS, now=factories.AT)
        factories.commit()
        enrol(petra, event, colleagues=[firm.ada.id, firm.ben.id])
        assert statuses(event) == ["confirmed", "waiting"]

    @pytest.mark.parametrize("status", [OrganisationStatus.SUSPENDED, OrganisationStatus.ENDED])
    def test_a_company_whose_contract_does_not_stand(self, petra: PageClient, firm: Firm, status: OrganisationStatus) -> None:
        event = factories.event()
        firm.company.status = status
        page = check(petra, event, colleagues=[firm.ada.id])
        assert page.status_code == 409
        assert "cannot register people at the moment" in summary(page)

    def test_too_many_at_once(self, petra: PageClient) -> None:
        event = factories.event()
        people = [("Given", f"Family{n}", f"p{n}@donau.example") for n in range(201)]
        page = check(petra, event, people=people)
        assert page.status_code == 422
        assert "Register at most 200 people at once." in summary(page)
        assert fields(page.text)["people-200-email"] == "p200@donau.example"
        lines = "\n".join(f"Given Family{n} <p{n}@donau.example>" for n in range(201))
        page = check(petra, event, paste=lines)
        assert page.status_code == 422
        assert fields(page.text)["paste"] == lines

    def test_two_hundred_at_once(self, petra: PageClient) -> None:
        event = factories.event(quotas={"ready": 150})
        lines = "\n".join(f"Given Family{n} <p{n}@donau.example>" for n in range(200))
        enrol(petra, event, paste=lines)
        assert statuses(event) == ["confirmed"] * 150 + ["waiting"] * 50
        assert len(mails()) == 201


def test_more_rows_and_back_keep_everything(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    url = register_url(event)
    typed = {"people-0-given_name": "Cem", "people-0-email": "cem@", "colleagues": firm.ada.id, "paste": "x", "add_rows": "1"}
    page = send(petra, url, typed)
    kept = fields(page.text)
    assert page.status_code == 200
    assert (kept["people-0-given_name"], kept["people-0-email"], kept["paste"]) == ("Cem", "cem@", "x")
    assert "people-4-email" in kept
    checked = check(petra, event, colleagues=[firm.ada.id], people=[("Cem", "Yıldız", "cem@donau.example")])
    back = petra.post(url, data={**fields(checked.text), "back": "1"})
    kept = fields(back.text)
    assert (back.status_code, kept["step"], kept["people-0-email"]) == (200, "check", "cem@donau.example")
    assert str(firm.ada.id) in kept["colleagues"]


def test_the_longest_names_fit_on_both_databases(petra: PageClient) -> None:
    event = factories.event()
    done = enrol(petra, event, people=[("Ä" * 100, "ß" * 100, "long@donau.example")])
    assert done.status_code == 302
    (one,) = registered(event)
    assert petra.get(f"/r/{one.token}").status_code == 200


def test_whoever_belongs_to_two_companies_acts_for_one_at_a_time(client: PageClient, firm: Firm) -> None:
    second = factories.organisation("Enns Software GmbH")
    person = db.session.scalars(select(Person).where(Person.user_id == firm.admin.id)).one()
    db.session.add(Membership(person_id=person.id, organisation_id=second.id, role="admin"))
    carl = factories.person(second, "Carl", "Auer")
    event = factories.event()
    client.sign_in(firm.admin)
    page = client.get(register_url(event)).text
    assert "Carl" not in page
    assert "Ada" in page
    with client.session_transaction() as session:
        session["acting_for"] = second.id
    page = client.get(register_url(event)).text
    assert "Enns Software GmbH" in page
    assert "Ada" not in page
    enrol(client, event, colleagues=[carl.id])
    assert [r.organisation_id for r in registered(event)] == [second.id]
    # Somebody else's colleague cannot be ticked.
    refused = check(client, event, colleagues=[firm.ada.id])
    assert refused.status_code == 422
    assert "Ada" not in refused.text


def test_typing_a_stranger_s_address_tells_nothing_about_the_stranger(petra: PageClient, firm: Firm) -> None:
    other = factories.organisation("Isar Netze AG", domain="isar.example")
    stranger = factories.person(other, "Hidden", "Surname", "stranger@isar.example")
    event = factories.event()
    checked = check(petra, event, people=[("Typed", "Name", "stranger@isar.example")])
    done = confirm(petra, event, checked, foreign_confirmed="y")
    one = registered(event)[0]
    assert one.person_id == stranger.id
    pages = [checked.text, petra.get(done.location).text, petra.get(register_url(event)).text]
    for act in ("cancel", "substitute"):
        pages.append(petra.get(f"/events/{event.slug}/registrations/{one.id}/{act}").text)
    pages += [m.text + m.html + m.subject + m.to_name for m in mails("registrations.summary")]
    for text in pages:
        assert "Typed Name" in text or text in (pages[2],)
        assert "Hidden" not in text
        assert "Surname" not in text
    # Nor does the stranger become a colleague by being typed.
    member = db.session.scalars(
        select(Membership).where(Membership.person_id == stranger.id, Membership.organisation_id == firm.company.id)
    ).one()
    assert member.state is MembershipState.REQUESTED


def test_a_known_secondary_address_is_the_same_person(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    db.session.add(PersonEmail(person_id=firm.ada.id, address="ada.lang@donau.example", is_primary=False))
    enrol(petra, event, colleagues=[firm.ada.id])
    page = check(petra, event, people=[("Ada", "Lang", "ada.lang@donau.example")])
    assert page.status_code == 409
    assert [r.status for r in registered(event)] == [RegistrationStatus.CONFIRMED]


def test_the_list_shows_everybody_with_acts(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    assert "Nobody is registered yet" in petra.get(f"/events/{event.slug}/registrations").text
    enrol(petra, event, colleagues=[firm.ada.id])
    one = registered(event)[0]
    page = petra.get(f"/events/{event.slug}/registrations").text
    for act in ("cancel", "substitute"):
        assert f"/events/{event.slug}/registrations/{one.id}/{act}" in page
    assert not re.search(rf"{one.token}|{one.code}", page), "the secrets belong to the person"
