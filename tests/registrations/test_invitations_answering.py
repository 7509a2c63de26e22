"""The personal link: opening, registering, declining, naming a deputy; and what old and foreign links say."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, table
from eventapp.events.admission import service as admission
from eventapp.events.admission.service import KindDetails
from eventapp.events.models import Admission, AdmissionKind, AudienceField, Event, OfferedTo
from eventapp.partners.models import OrganisationStatus
from eventapp.places.queries import miscounts
from eventapp.registrations.address_links import sign
from eventapp.registrations.invitations import managing
from eventapp.registrations.invitations.models import Invitation, InvitationState, Waiver
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support import inviting as made
from tests.support.browsing import check, confirm, enrol, mails, press, send, send_page, summary
from tests.support.pages import PageClient, fields


def by_invitation(event: Event) -> Event:
    """Makes the event one that people come to by invitation only."""
    db.session.execute(update(table(Event)).where(table(Event).c.id == event.id).values(admission=Admission.INVITATION))
    factories.commit()
    db.session.expire_all()
    return event


def registrations(event: Event) -> list[Registration]:
    db.session.rollback()
    return list(db.session.scalars(select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)))


def go_to_the_form(client: PageClient, link: str) -> str:
    """Presses "Register" on the invitation; the address of the form."""
    page = press(client, link, f"{link}/register")
    assert page.status_code == 302, page.text
    return str(page.location)


def test_a_known_person_registers_in_two_clicks_without_typing(client: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event(title="Summit"))
    made.invite(event, "ada@donau.example", note="See you!")
    link = made.link_to("ada@donau.example")
    page = client.get(link)
    assert "You are invited" in page.text
    assert "ada@donau.example" in page.text
    assert "See you!" in page.text
    assert made.one(event).state is InvitationState.INVITED, "a GET never writes"
    form = go_to_the_form(client, link)
    assert made.one(event).state is InvitationState.STARTED
    done = send(client, form)
    assert done.location.startswith("/r/")
    (registration,) = registrations(event)
    assert registration.source is Source.INVITATION
    assert registration.status is RegistrationStatus.CONFIRMED
    assert registration.person_id == firm.ada.id
    invitation = made.one(event)
    assert invitation.state is InvitationState.DONE
    assert invitation.done_at is not None
    used = client.get(link)
    assert "This invitation has been used." in used.text
    assert "Ada" not in used.text
    assert "/r/" not in used.text


def test_a_newcomer_registers_with_the_invited_address(client: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event())
    made.invite(event, "new@donau.example")
    form = go_to_the_form(client, made.link_to("new@donau.example"))
    page = client.get(form)
    sent = send_page(
        client, page, form, {"given_name": "Nina", "family_name": "Neu", "email": "evil@donau.example", "address": "x@y.example"}
    )
    assert sent.status_code == 302
    assert mails("registrations.confirmed")[0].to_address == "new@donau.example", "the address cannot be changed"
    assert made.one(event).person_id == registrations(event)[0].person_id


def test_opening_is_told_by_a_post_of_our_script_only(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    link = made.link_to("ada@donau.example")
    client.get(link)
    client.head(link)
    assert made.one(event).state is InvitationState.INVITED
    token = fields(client.get(link).text, "/register")["csrf_token"]
    for _n in range(2):
        assert client.post(f"{link}/opened", data={"csrf_token": token}).status_code == 204
    assert made.one(event).state is InvitationState.OPENED
    opened_at = made.one(event).opened_at
    go_to_the_form(client, link)
    client.post(f"{link}/opened", data={"csrf_token": token})
    assert (made.one(event).state, made.one(event).opened_at) == (InvitationState.STARTED, opened_at)


def test_declining_with_a_reason(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    link = made.link_to("ada@donau.example")
    send(client, f"{link}/decline", {"reason": "<b>On leave</b>"})
    invitation = made.one(event)
    assert (invitation.state, invitation.reason) == (InvitationState.DECLINED, "<b>On leave</b>")
    page = client.get(link)
    assert "This invitation was declined." in page.text
    assert "On leave" not in page.text
    again = client.get(f"{link}/decline")
    assert "This invitation was declined." in again.text
    organizer = client.sign_in(factories.organizer())
    shown = organizer.get(f"/admin/events/{event.slug}/invitations/").text
    assert "&lt;b&gt;On leave&lt;/b&gt;" in shown


def test_a_deputy_comes_instead(client: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event(title="Summit"))
    made.invite(event, "ada@donau.example", note="See you!", waives=[Waiver.COMPANY_QUOTA])
    link = made.link_to("ada@donau.example")
    values = {"given_name": "Ben", "family_name": "Moser", "address": "ben@donau.example", "reason": "On leave: secret"}
    page = send(client, f"{link}/deputy", values)
    assert page.status_code == 302, summary(page)
    old, new = made.of_event(event)
    assert (old.state, old.delegated_to_id, old.reason) == (InvitationState.DELEGATED, new.id, "On leave: secret")
    assert (new.person_id, new.address, new.waives) == (firm.ben.id, "ben@donau.example", old.waives)
    mail = mails(to="ben@donau.example")[-1]
    assert "Ada Lang cannot come and has named you" in mail.text
    assert "secret" not in mail.text + mail.html, "the reason is for the organizer"
    assert "passed on to a deputy" in client.get(link).text
    assert "Ben" not in client.get(link).text
    assert press_dead(client, link, event) is InvitationState.DELEGATED
    done = send(client, go_to_the_form(client, made.link_to("ben@donau.example")))
    assert done.location.startswith("/r/")
    assert [r.person_id for r in registrations(event)] == [firm.ben.id]


def press_dead(client: PageClient, link: str, event: Event) -> InvitationState:
    """Sends "Register" to a link that does not show the button any more; the invitation's state after that."""
    token = fields(client.get("/login").text)["csrf_token"]
    answer = client.post(f"{link}/register", data={"csrf_token": token})
    assert answer.location.startswith("/i/"), answer.location
    return made.of_event(event)[0].state


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("someone@elsewhere.example", "Enter the address of a colleague at Donau Systemhaus GmbH."),
        ("foreign@isar.example", "Enter the address of a colleague at Donau Systemhaus GmbH."),
        ("ada@donau.example", "This is your own address."),
        ("ben@donau.example", "ben@donau.example cannot be invited here."),
        ("cleo@donau.example", "cleo@donau.example cannot be invited here."),
        ("not an address", "Enter an e-mail like name@company.com."),
    ],
)
def test_a_deputy_must_be_a_free_colleague(client: PageClient, firm: Firm, address: str, message: str) -> None:
    event = factories.event()
    other = factories.organisation("Isar Netze AG")
    factories.person(other, "For", "Eign", "foreign@isar.example")  # known, and no colleague
    factories.person(firm.company, "Cleo", "Klein", "cleo@donau.example")
    factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")
    made.invite(event, "ada@donau.example", "cleo@donau.example")
    link = made.link_to("ada@donau.example")
    values = {"given_name": "Some", "family_name": "One", "address": address, "reason": "Ill"}
    page = send(client, f"{link}/deputy", values)
    assert page.status_code in (409, 422)
    assert message in summary(page)
    assert 'value="Some"' in page.text, "nothing typed is lost"
    assert made.of_event(event)[0].state is InvitationState.INVITED


def test_a_deputy_with_an_address_of_ours_is_taken_known_or_not(client: PageClient, firm: Firm) -> None:
    """It must not tell which of the two, nor what we know of the person."""
    event = factories.event()
    other = factories.organisation("Isar Netze AG")
    factories.person(other, "For", "Eign", "known@donau.example")
    factories.person(firm.company, "Cleo", "Klein", "cleo@donau.example")
    made.invite(event, "ada@donau.example", "cleo@donau.example")
    for holder, deputy in (("ada@donau.example", "known@donau.example"), ("cleo@donau.example", "fresh@donau.example")):
        link = made.link_to(holder)
        values = {"given_name": "Some", "family_name": "One", "address": deputy, "reason": "Ill"}
        assert send(client, f"{link}/deputy", values).location == link
    names = {one.address: one.full_name for one in made.of_event(event)}
    assert (names["known@donau.example"], names["fresh@donau.example"]) == ("Some One", "Some One")


def test_a_deputy_needs_a_reason_and_a_company(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example", "x@nowhere.example")
    values = {"given_name": "Ben", "family_name": "Moser", "address": "ben@donau.example", "reason": ""}
    assert "Say why somebody else comes." in summary(send(client, f"{made.link_to('ada@donau.example')}/deputy", values))
    stranger = made.link_to("x@nowhere.example")
    assert "We do not know yet which company you come from." in client.get(stranger).text
    assert "cannot be passed on" in client.get(f"{stranger}/deputy").text


def test_time_is_over(client: PageClient, firm: Firm, clock: time_machine.Traveller) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example", expires_at=NOW + timedelta(days=1))
    link = made.link_to("ada@donau.example")
    clock.shift(86400)
    page = client.get(link)
    assert "The time to answer this invitation is over." in page.text
    assert "events@karmin.example" in page.text, "whom to ask"
    assert "ada@" not in page.text
    press_dead(client, link, event)
    assert made.one(event).state is InvitationState.INVITED
    assert managing.expire_portion(at=NOW + timedelta(days=1)) == 1
    factories.commit()
    assert made.one(event).state is InvitationState.EXPIRED
    assert managing.expire_portion(at=NOW + timedelta(days=1)) == 0
    assert "The time to answer this invitation is over." in client.get(link).text


def test_links_that_are_none(client: PageClient) -> None:
    for token in ("x" * 32, "short", "%00" * 10, "a" * 400):
        for path in ("", "/decline", "/deputy"):
            assert client.get(f"/i/{token}{path}").status_code == 404


def test_a_withdrawn_invitation_tells_nothing(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    (invitation,) = made.invite(event, "ada@donau.example")
    managing.withdraw(event, [invitation.id], "Mistake", by=factories.TESTS, at=NOW)
    factories.commit()
    page = client.get(made.link_to("ada@donau.example"))
    assert "This invitation was taken back." in page.text
    assert "Ada" not in page.text
    assert "Mistake" not in page.text


def test_without_an_invitation_the_form_says_so(client: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event())
    with client.application.test_request_context():
        link = f"/events/{event.slug}/register/{sign(event, 'ada@donau.example')}"
    page = client.get(link)
    assert "People come to this event by invitation only." in page.text
    assert 'name="given_name"' not in page.text, "no form, no button"
    token = fields(client.get("/login").text)["csrf_token"]
    values = {"csrf_token": token, "given_name": "Ada", "family_name": "Lang", "company": firm.company.id, "mode": "in_person"}
    forced = client.post(link, data=values)
    assert forced.status_code == 409
    assert registrations(event) == []
    made.invite(event, "ada@donau.example")
    assert 'name="given_name"' in client.get(link).text, "the address is proven either way"


def test_the_button_is_for_who_is_invited(client: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event())
    page, form = f"/events/{event.slug}/", f"/events/{event.slug}/register"
    button = f'href="{form}"'
    for url in (page, form):
        public = client.get(url)
        assert "by invitation only" in public.text
        assert button not in public.text
    assert 'name="email"' not in client.get(form).text
    token = fields(client.get("/login").text)["csrf_token"]
    forced = client.post(form, data={"csrf_token": token, "email": "ada@donau.example"})
    assert forced.status_code == 409
    petra = client.sign_in(firm.admin)
    assert button not in petra.get(page).text
    assert "by invitation only" in petra.get(form).text
    made.invite(event, companies=[firm.company])
    assert button in petra.get(page).text
    assert "by invitation only" not in petra.get(form).text


def test_a_company_registers_on_its_invitation(petra: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event(quotas={"ready": 0}))
    refused = check(petra, event, colleagues=[str(firm.ada.id)])
    assert "by invitation only" in refused.text
    made.invite(event, companies=[firm.company], places=1)
    link = made.link_to("petra@donau.example")
    page = press(petra, link, f"{link}/register")
    assert page.location == f"/events/{event.slug}/register"
    assert made.one(event).state is InvitationState.STARTED
    confirm(petra, event, check(petra, event, colleagues=[str(firm.ada.id), str(firm.ben.id)]))
    assert made.one(event).state is InvitationState.DONE
    states = sorted(r.status.value for r in registrations(event))
    assert states == ["confirmed", "waiting"], "one invited place, though the tier has none"
    assert miscounts() == []
    assert "Register" in petra.get(link).text, "until it expires more may come"
    declined = send_or_none(petra, link)
    assert "Cancel them one by one" in declined


def send_or_none(client: PageClient, link: str) -> str:
    page = send(client, f"{link}/decline", {"reason": ""})
    return page.text


def test_a_forwarded_company_link_gives_nobody_a_right(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, companies=[firm.company])
    link = made.link_to("petra@donau.example")
    anonymous = client.get(link)
    assert "Log in as your company" in anonymous.text
    token = fields(client.get("/login").text)["csrf_token"]
    assert client.post(f"{link}/decline", data={"csrf_token": token}).location.startswith("/login")
    other = factories.organisation("Isar Netze AG")
    stranger = client.sign_in(factories.company_admin(other, "xaver@isar.example"))
    token = fields(stranger.get("/account/password").text)["csrf_token"]
    for path in ("register", "decline"):
        answer = stranger.post(f"{link}/{path}", data={"csrf_token": token})
        assert answer.location == link
    assert made.one(event).state is InvitationState.INVITED


def test_a_company_registers_those_of_its_people_who_are_invited(petra: PageClient, firm: Firm) -> None:
    event = by_invitation(factories.event())
    made.invite(event, "ada@donau.example")
    mixed = check(petra, event, colleagues=[str(firm.ada.id), str(firm.ben.id)])
    assert "ben@donau.example has no invitation to this event." in mixed.text
    done = confirm(petra, event, check(petra, event, colleagues=[str(firm.ada.id)]))
    assert done.status_code == 302
    assert made.one(event).state is InvitationState.DONE


def test_a_company_does_not_use_the_invitations_of_others(petra: PageClient, firm: Firm) -> None:
    """Typing a stranger's address neither tells whether they are invited, nor uses their invitation up."""
    event = by_invitation(factories.event())
    other = factories.organisation("Isar Netze AG", domain="isar.example")
    factories.person(other, "Xaver", "Fremd", "xaver@isar.example")
    made.invite(event, "xaver@isar.example", "ada@donau.example")
    said = []
    for name in ("xaver", "nobody"):
        page = check(petra, event, people=[("Typed", "Name", f"{name}@isar.example")], foreign_confirmed="y")
        said.append((page.status_code, summary(page).replace(f"{name}@", "…@")))
    assert said[0] == said[1]
    assert registrations(event) == []
    open_event = factories.event(slug="open")
    made.invite(open_event, "xaver@isar.example")
    enrol(petra, open_event, people=[("Typed", "Name", "xaver@isar.example")], foreign_confirmed="y")
    assert made.one(open_event).state is InvitationState.INVITED


def test_what_is_waived_is_waived_and_nothing_else(client: PageClient, firm: Firm) -> None:
    event = factories.event(registration_closes_at=NOW - timedelta(days=1), quotas={"ready": 0})
    made.invite(event, "ada@donau.example", waives=[Waiver.WINDOW, Waiver.COMPANY_QUOTA])
    made.invite(event, "ben@donau.example")
    form = go_to_the_form(client, made.link_to("ada@donau.example"))
    assert send(client, form).location.startswith("/r/")
    closed = client.get(go_to_the_form(client, made.link_to("ben@donau.example")))
    assert "Registration is closed." in closed.text
    assert [r.person_id for r in registrations(event)] == [firm.ada.id]


def press_kind(event: Event) -> AdmissionKind:
    """A kind that people come as by invitation only."""
    details = KindDetails("Press", "", None, None, None, False, False, OfferedTo.INVITED)
    kind = admission.add_kind(event, details, by=factories.TESTS, now=NOW)
    factories.commit()
    return kind


def test_a_kind_by_invitation_is_for_whom_the_invitation_names_it(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    usual = KindDetails("Delegate", "", None, None, None, False, True, OfferedTo.EVERYBODY)
    delegate = admission.add_kind(event, usual, by=factories.TESTS, now=NOW)
    press = press_kind(event)
    made.invite(event, "ada@donau.example", kind_id=press.id)
    made.invite(event, "ben@donau.example")
    send(client, go_to_the_form(client, made.link_to("ada@donau.example")))
    form = go_to_the_form(client, made.link_to("ben@donau.example"))
    assert "Press" not in client.get(form).text
    send(client, form, {"kind": str(press.id)})
    send(client, form)
    assert [r.kind_id for r in registrations(event)] == [press.id, delegate.id]


def test_whom_the_event_is_for_is_waived_for_the_invited(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    admission.add_rule(event, AudienceField.TIER, ["premier"], None, by=factories.TESTS, now=NOW)
    factories.commit()
    made.invite(event, "ben@donau.example")
    made.invite(event, "ada@donau.example", waives=[Waiver.AUDIENCE])
    closed = client.get(go_to_the_form(client, made.link_to("ben@donau.example")))
    assert "This event is for partners of other tiers" in closed.text
    send(client, go_to_the_form(client, made.link_to("ada@donau.example")))
    assert [r.person_id for r in registrations(event)] == [firm.ada.id]


def test_approval_is_asked_unless_waived(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    db.session.execute(update(table(Event)).where(table(Event).c.id == event.id).values(admission=Admission.APPROVAL))
    factories.commit()
    made.invite(event, "ada@donau.example")
    made.invite(event, "ben@donau.example", waives=[Waiver.APPROVAL])
    for address in ("ada@donau.example", "ben@donau.example"):
        send(client, go_to_the_form(client, made.link_to(address)))
    assert [r.status for r in registrations(event)] == [RegistrationStatus.PENDING, RegistrationStatus.CONFIRMED]


def test_a_suspended_company_passes_nothing_on(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    firm.company.status = OrganisationStatus.SUSPENDED
    factories.commit()
    values = {"given_name": "Ben", "family_name": "Moser", "address": "ben@donau.example", "reason": "Ill"}
    page = send(client, f"{made.link_to('ada@donau.example')}/deputy", values)
    assert "cannot register people at the moment" in page.text


def test_registering_by_another_way_answers_the_invitation(app: Flask, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example", companies=[firm.company])
    factories.registration(event, firm.company, "Ada", "Lang", email="ada@donau.example")
    ada, company = made.of_event(event)
    assert ada.state is InvitationState.DONE
    assert company.state is InvitationState.INVITED, "an organizer added her, the company did not answer"


def test_the_company_sees_its_own_invitations_only(petra: PageClient, firm: Firm) -> None:
    event = factories.event(title="Summit")
    other = factories.organisation("Isar Netze AG")
    factories.company_admin(other, "xaver@isar.example")
    assert "No invitations" in petra.get("/company/invitations/").text
    made.invite(event, "ada@donau.example", "new@donau.example", companies=[firm.company, other])
    page = petra.get("/company/invitations/").text
    assert "Ada Lang" in page
    assert "The company" in page
    assert "new@donau.example" not in page, "who is none of its people is none of its business"
    assert "Isar" not in page
    assert made.of_event(event)[0].token not in page, "a person's link is the person's"


def test_who_did_what_stands_in_the_log(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    link = made.link_to("ada@donau.example")
    go_to_the_form(client, link)
    send(client, f"{link}/decline", {"reason": "Ill"})
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "invitation").order_by(AuditEntry.id)).all()
    assert [e.action for e in entries] == ["invitations.invite", "invitations.start", "invitations.decline"]
    assert {e.person_id for e in entries} == {firm.ada.id}
    assert entries[2].changes == {"state": ["started", "declined"], "reason": "Ill"}
    assert not any(made.one(event).token in str(e.changes) for e in entries)


def test_hostile_values_are_kept_as_text(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    link = made.link_to("ada@donau.example")
    long = send(client, f"{link}/decline", {"reason": "x" * 301})
    assert long.status_code == 422
    values = {
        "given_name": "\x00<script>",
        "family_name": "http://evil.example",
        "address": "dora@donau.example",
        "reason": "a\r\nb",
    }
    assert send(client, f"{link}/deputy", values).status_code == 302
    mail = mails(to="dora@donau.example")[-1]
    assert "<script>" not in mail.html
    assert "\x00" not in mail.text
    assert db.session.scalars(select(Invitation.reason).where(Invitation.reason != "")).one() == "a b"
