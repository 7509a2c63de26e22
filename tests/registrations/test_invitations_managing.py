"""What organizers do with invitations, and what time and other acts do with them."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.lifecycle import erasing
from eventapp.lifecycle import service as lifecycle
from eventapp.lifecycle.merging import companies as merging_companies
from eventapp.lifecycle.merging import people as merging_people
from eventapp.lifecycle.moving import service as moving
from eventapp.overview.doctor import examine
from eventapp.partners.models import Membership
from eventapp.registrations.invitations import answering, calling_off, jobs, managing, queries
from eventapp.registrations.invitations.models import InvitationBatch, InvitationReminder, InvitationState
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support import inviting as made
from tests.support.browsing import mails, press, send, send_page, summary
from tests.support.pages import PageClient, fields

DAY = timedelta(days=1)


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("olivia@karmin.example"))


def act(client: PageClient, slug: str, name: str, ids: list[int]) -> tuple[str, object]:
    """Ticks invitations and presses a button; the address and the preview."""
    address = f"/admin/events/{slug}/invitations/{name}"
    token = fields(client.get(f"/admin/events/{slug}/invitations/").text, "/resend")["csrf_token"]
    return address, client.post(address, data={"csrf_token": token, "ids": [str(i) for i in ids]})


def test_sending_again_keeps_the_link_and_opens_what_has_ended(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    ada, ben = made.invite(event, "ada@donau.example", "ben@donau.example")
    link = made.link_to("ben@donau.example")
    answering.decline(queries.by_token(ben.token), "Ill", by=factories.TESTS, at=NOW)
    factories.commit()
    address, preview = act(organizer, event.slug, "resend", [ada.id, ben.id])
    assert "2 mails go out" in preview.text
    done = send_page(organizer, preview, address, {})
    assert done.status_code == 302, summary(done)
    assert made.link_to("ben@donau.example") == link
    assert [i.state for i in made.of_event(event)] == [InvitationState.INVITED] * 2
    assert made.of_event(event)[1].declined_at is None
    assert len(mails("registrations.invitation")) == 4


def test_sending_again_what_has_expired_needs_a_new_day(organizer: PageClient, firm: Firm, clock: time_machine.Traveller) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example", expires_at=NOW + DAY)
    clock.shift(2 * 86400)
    jobs.sweep()
    assert made.one(event).state is InvitationState.EXPIRED
    address, preview = act(organizer, event.slug, "resend", [made.one(event).id])
    refused = send_page(organizer, preview, address, {"expires_on": ""})
    assert "Choose a new day" in summary(refused)
    done = send_page(organizer, preview, address, {"expires_on": "2027-02-01"})
    assert done.status_code == 302
    assert made.one(event).state is InvitationState.INVITED
    assert made.one(event).expires_at.isoformat() == "2027-02-01T23:00:00+00:00", "the end of that day in Vienna"


def test_a_double_is_not_sent_again(app: Flask, firm: Firm) -> None:
    event = factories.event()
    (first,) = made.invite(event, "ada@donau.example")
    managing.withdraw(event, [first.id], "", by=factories.TESTS, at=NOW)
    factories.commit()
    (second,) = made.invite(event, "ada@donau.example")
    assert managing.plan_resend(made.of_event(event)).going == [second], "what was withdrawn stays withdrawn"
    answering.decline(queries.by_token(second.token), "", by=factories.TESTS, at=NOW)
    factories.commit()
    assert len(managing.plan_resend(made.of_event(event)).going) == 1


def test_withdrawing_and_giving_more_time(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    ada, ben = made.invite(event, "ada@donau.example", "ben@donau.example", expires_at=NOW + DAY)
    address, preview = act(organizer, event.slug, "extend", [ada.id, ben.id])
    send_page(organizer, preview, address, {"expires_on": "2027-03-01"})
    assert {i.expires_at.date().isoformat() for i in made.of_event(event)} == {"2027-03-01"}
    late = send_page(organizer, preview, address, {"expires_on": "2020-03-01", "once_key": "another-key-01234567"})
    assert "Choose a day from today on." in late.text
    address, preview = act(organizer, event.slug, "withdraw", [ada.id])
    send_page(organizer, preview, address, {"reason": "Mistake"})
    assert [i.state for i in made.of_event(event)] == [InvitationState.WITHDRAWN, InvitationState.INVITED]
    _address, again = act(organizer, event.slug, "withdraw", [ada.id])
    assert again.status_code == 302, "nothing is left to do"


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["99999999999999"], ["2147483647"]])
def test_ticking_nothing_or_nonsense(organizer: PageClient, firm: Firm, ids: list[str]) -> None:
    event, other = factories.event(), factories.event()
    made.invite(event, "ada@donau.example")
    foreign = made.invite(other, "ada@donau.example")[0]
    token = fields(organizer.get(f"/admin/events/{event.slug}/invitations/").text, "/resend")["csrf_token"]
    address = f"/admin/events/{event.slug}/invitations/withdraw"
    data = {"csrf_token": token, "ids": [*ids, str(foreign.id)], "confirm": "1", "reason": ""}
    assert organizer.post(address, data=data).status_code in (302, 409)
    assert made.one(other).state is InvitationState.INVITED, "another event's invitation"


def test_the_silent_are_reminded_and_nobody_else(organizer: PageClient, firm: Firm, clock: time_machine.Traveller) -> None:
    event = factories.event(title="Summit")
    factories.person(firm.company, "Cleo", "Klein", "cleo@donau.example")
    people = ("ada@donau.example", "ben@donau.example", "cleo@donau.example", "dora@donau.example")
    made.invite(event, *people, companies=[firm.company])
    answering.start(queries.by_token(made.of_event(event)[0].token), by=factories.TESTS, at=NOW)
    factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")
    answering.note_opened(queries.by_token(made.of_event(event)[2].token), at=NOW)
    factories.commit()
    address = f"/admin/events/{event.slug}/invitations/reminders"
    assert "Now it would reach 0 invitations" in organizer.get(address).text, "they were written to today"
    clock.shift(3 * 86400)
    assert "Now it would reach 3 invitations (3 mails)" in organizer.get(address).text
    done = send(organizer, address)
    assert done.status_code == 302
    db.session.rollback()
    jobs.remind(db.session.scalars(select(InvitationReminder.id)).one())
    sent = mails("registrations.invitation_reminder")
    assert {m.to_address for m in sent} == {"cleo@donau.example", "dora@donau.example", "petra@donau.example"}
    assert all(m.subject.startswith("Reminder:") for m in sent)
    assert [i.reminders for i in made.of_event(event)] == [0, 0, 1, 1, 1]
    jobs.sweep()
    assert len(mails("registrations.invitation_reminder")) == 3, "never twice"
    assert "Now it would reach 0 invitations" in organizer.get(address).text
    refused = send(organizer, address)
    assert "Nobody has to be reminded." in refused.text


def test_reminders_have_dates_a_gap_and_an_end(organizer: PageClient, firm: Firm, clock: time_machine.Traveller) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    address = f"/admin/events/{event.slug}/invitations/reminders"
    for day in ("2027-01-25", "2027-01-26", "2027-02-01"):
        assert send(organizer, address, {"on": day, "times": "1"}).status_code == 302
    db.session.rollback()
    dates = queries.reminders(event.id)
    assert dates[0].due_at.isoformat() == "2027-01-25T08:00:00+00:00", "nine o'clock in Vienna"
    jobs.sweep()
    assert mails("registrations.invitation_reminder") == []
    for day, number in ((25, 1), (26, 1), (32, 1)):
        clock.move_to(NOW.replace(hour=8, minute=5) + timedelta(days=day - 20))
        jobs.sweep()
        assert len(mails("registrations.invitation_reminder")) == number
    late = send(organizer, address, {"on": "2027-01-21"})
    assert "clock of that day is over." in summary(late)
    over = send(organizer, address, {"on": "2028-01-01"})
    assert "Choose a day before the event ends." in summary(over)
    for values in ({"days": "0"}, {"days": "x"}, {"times": "11"}, {"on": "0001-01-01"}):
        assert send(organizer, address, values).status_code == 422
    send(organizer, address, {"on": "2027-03-01"})
    db.session.rollback()
    last = queries.reminders(event.id)[-1]
    press(organizer, address, f"{address}/{last.id}/drop")
    assert len(queries.reminders(event.id)) == 3
    assert organizer.post(f"{address}/99/drop", data=fields(organizer.get(address).text)).status_code == 404


def test_a_date_that_nobody_served_is_skipped(app: Flask, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example", at=NOW - 10 * DAY)
    due = managing.add_reminder(event, NOW - 2 * DAY, 3, 3, by=factories.TESTS, at=NOW - 5 * DAY)
    factories.commit()
    assert managing.remind_portion(due.id, at=NOW) == 0
    factories.commit()
    assert due.done_at is not None
    assert mails("registrations.invitation_reminder") == []


def test_many_are_reminded_in_portions(app: Flask, firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managing, "PORTION", 2)
    event = factories.event()
    made.invite(event, *(f"p{n}@donau.example" for n in range(5)), at=NOW - 10 * DAY)
    due = managing.add_reminder(event, NOW, 3, 3, by=factories.TESTS, at=NOW)
    factories.commit()
    jobs.remind(due.id)
    assert len(mails("registrations.invitation_reminder")) == 5
    db.session.refresh(due)
    assert due.sent == 5


def test_a_cancelled_event_sends_nothing(app: Flask, firm: Firm) -> None:
    event = factories.event()
    (ada,) = made.invite(event, "ada@donau.example", at=NOW - 10 * DAY)
    due = managing.add_reminder(event, NOW, 3, 3, by=factories.TESTS, at=NOW)
    lifecycle.cancel_event(event, "Storm", by=factories.TESTS, now=NOW)
    factories.commit()
    jobs.remind(due.id)
    assert mails("registrations.invitation_reminder") == []
    assert "This event was cancelled." in app.test_client().get(f"/i/{ada.token}").text


def test_whoever_reads_sees_the_list_and_no_buttons(client: PageClient, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    auditor = client.sign_in(factories.user(None, Role.AUDITOR))
    page = auditor.get(f"/admin/events/{event.slug}/invitations/")
    assert "ada@donau.example" in page.text
    assert "Withdraw" not in page.text.split("<main", 1)[1].replace("Withdrawn", "")
    assert auditor.get(f"/admin/events/{event.slug}/invitations/new").status_code == 403


def test_erasing_a_person_withdraws_and_empties(app: Flask, firm: Firm) -> None:
    event, other = factories.event(), factories.event()
    made.invite(event, "ada@donau.example")
    draft = made.draft(other, "ada@donau.example", "ben@donau.example").id
    erasing.erase(firm.ada.id, by=factories.TESTS, now=NOW)
    factories.commit()
    invitation = made.one(event)
    assert invitation.state is InvitationState.WITHDRAWN
    assert "ada" not in f"{invitation.given_name}{invitation.address}".lower()
    left = db.session.scalar(select(InvitationBatch.id).where(InvitationBatch.id == draft))
    assert left is None, "a draft with the address goes"
    db.session.rollback()
    assert [f for f in examine(NOW) if f.level != "ok"] == []


def test_merging_people_and_companies_and_taking_it_back(app: Flask, firm: Firm) -> None:
    event = factories.event()
    twin = factories.organisation("Donau Systemhaus Ges.m.b.H.", domain="")
    factories.company_admin(twin, "twin@donau.example")
    double = factories.person(twin, "Ada", "Lang", "a.lang@donau.example")
    made.invite(event, "ada@donau.example", "a.lang@donau.example", companies=[firm.company, twin])
    open_before = [i.organisation_id for i in made.of_event(event)]
    of_firm = {i.id for i in made.of_event(event) if i.organisation_id == firm.company.id}
    people = merging_people.merge(firm.ada, double, by=factories.TESTS, at=NOW)
    factories.commit()
    companies = merging_companies.merge(firm.company, twin, by=factories.TESTS, at=NOW)
    factories.commit()
    states = {(i.address, i.id in of_firm): i.state.value for i in made.of_event(event)}
    assert states == {
        ("ada@donau.example", True): "invited",
        ("a.lang@donau.example", False): "withdrawn",
        ("", True): "invited",
        ("", False): "withdrawn",
    }
    assert {i.organisation_id for i in made.of_event(event)} == {firm.company.id}
    merging_companies.undo(companies, by=factories.TESTS, at=NOW)
    factories.commit()
    merging_people.undo(people, by=factories.TESTS, at=NOW)
    factories.commit()
    assert [i.state.value for i in made.of_event(event)] == ["invited"] * 4
    assert [i.organisation_id for i in made.of_event(event)] == open_before


def test_whoever_changes_company_answers_for_the_new_one(app: Flask, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    new = factories.organisation("Isar Netze AG")
    membership = db.session.scalars(select(Membership).where(Membership.person_id == firm.ada.id)).one()
    moving.move(membership, firm.ada, new, job_title="", cancel=False, by=factories.TESTS, at=NOW)
    factories.commit()
    assert made.one(event).organisation_id == new.id


class TestCancelledEvent:
    def test_whoever_has_not_answered_is_told_once(self, client: PageClient, firm: Firm) -> None:
        event = factories.event(title="Summit")
        isar = factories.organisation("Isar <b>Netze")
        factories.company_admin(isar, "xaver@isar.example")
        ada, ben, gone, over = made.invite(
            event, "ada@donau.example", "ben@donau.example", "no@x.example", "late@x.example", at=NOW - DAY
        )
        made.invite(event, companies=[isar])
        answering.decline(gone, "", by=factories.TESTS, at=NOW)
        over.expires_at = NOW
        factories.registration(event, firm.company, "Ben", "Moser", email="ben@donau.example")
        factories.commit()
        organizer = client.sign_in(factories.organizer())
        url = f"/admin/events/{event.slug}/cancel"
        assert "Invitations without an answer</dt><dd>2<" in organizer.get(url).text
        assert send(organizer, url, {"reason": "Storm & flood"}).status_code == 302
        jobs.sweep()
        jobs.call_off()
        jobs.sweep()
        told = mails("registrations.invitation_called_off")
        assert sorted(m.to_address for m in told) == ["ada@donau.example", "xaver@isar.example"]
        assert {m.subject for m in told} == {"Cancelled: Summit"}
        assert all("Storm & flood" in m.text and "Storm &amp; flood" in m.html for m in told)
        (company,) = (m for m in told if m.to_address == "xaver@isar.example")
        assert "Isar <b>Netze was invited to Summit" in company.text
        assert "<b>Netze" not in company.html
        db.session.rollback()
        assert [one.state for one in made.of_event(event)] == ["withdrawn", "done", "declined", "expired", "withdrawn"]
        page = client.get(f"/i/{ada.token}").text
        assert "This event was cancelled. Storm &amp; flood" in page
        assert ben.token

    def test_many_are_told_in_portions_also_after_a_worker_died(
        self, app: Flask, firm: Firm, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calling_off, "PORTION", 2)
        event, other = factories.event(), factories.event()
        made.invite(event, *(f"p{n}@donau.example" for n in range(5)), at=NOW)
        made.invite(other, "p1@donau.example", at=NOW)
        lifecycle.cancel_event(event, "", by=factories.TESTS, now=NOW)
        factories.commit()
        calling_off.portion(at=NOW)
        db.session.rollback()  # it dies before it has committed
        assert mails("registrations.invitation_called_off") == []
        jobs.sweep()
        told = [m.to_address for m in mails("registrations.invitation_called_off")]
        assert sorted(told) == [f"p{n}@donau.example" for n in range(5)]
        assert made.one(other).state is InvitationState.INVITED

    def test_nobody_is_told_of_an_event_whose_time_is_over(self, app: Flask, firm: Firm) -> None:
        event = factories.event()
        made.invite(event, "ada@donau.example", at=NOW)
        lifecycle.cancel_event(event, "", by=factories.TESTS, now=NOW)
        calling_off.portion(at=event.ends_at)
        factories.commit()
        assert mails("registrations.invitation_called_off") == []
        assert made.one(event).state is InvitationState.WITHDRAWN
