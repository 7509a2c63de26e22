"""Inviting: whom a batch reaches, who gets none and why, and the organizer's pages of it."""

import io

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.lists import service as lists
from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MembershipRole, OrganisationStatus
from eventapp.privacy import service as privacy
from eventapp.registrations import service
from eventapp.registrations.invitations import inviting, jobs, recipients
from eventapp.registrations.invitations.inviting import BatchTerms
from eventapp.registrations.invitations.models import BatchState, Invitation, InvitationBatch, InvitationState
from eventapp.registrations.invitations.rules import Exclusion
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support import inviting as made
from tests.support.browsing import mails, press, send, send_page, summary
from tests.support.pages import PageClient, fields


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("olivia@karmin.example"))


def batch() -> InvitationBatch:
    db.session.rollback()
    return db.session.scalars(select(InvitationBatch).order_by(InvitationBatch.id.desc())).first()  # type: ignore[return-value]


def test_pasted_people_are_previewed_and_then_invited(organizer: PageClient, firm: Firm) -> None:
    event = factories.event(title="Summit")
    text = "Ada Lang <ada@donau.example>\nnew@donau.example\nBen;Moser;ben@donau.example\nstranger@nowhere.example"
    page = send(organizer, f"/admin/events/{event.slug}/invitations/new", {"people": text})
    assert page.status_code == 302, summary(page)
    assert mails() == [], "nothing is sent before it was looked at"
    preview = organizer.get(page.location)
    assert "Send 4 invitations" in preview.text
    assert "Of 1 person we do not know the company." in preview.text
    done = send_page(organizer, preview, page.location, {"note": "We would love to see you."})
    assert done.status_code == 302
    assert [m.to_address for m in mails("registrations.invitation")] == [
        "ada@donau.example",
        "new@donau.example",
        "ben@donau.example",
        "stranger@nowhere.example",
    ]
    mail = mails(to="ada@donau.example")[0]
    assert "You are invited to Summit" in mail.subject
    assert "We would love to see you." in mail.text
    assert "Hello Ada Lang," in mail.text
    ada, new, _ben, stranger = made.of_event(event)
    assert (ada.person_id, ada.organisation_id) == (firm.ada.id, firm.company.id)
    assert (new.person_id, new.organisation_id) == (None, firm.company.id), "by the domain"
    assert stranger.organisation_id is None
    assert batch().state is BatchState.SENT
    assert batch().people == [], "names and addresses are not kept a second time"
    page_list = organizer.get(f"/admin/events/{event.slug}/invitations/")
    assert "<b>4</b> people · <b>1</b> company" in page_list.text


def test_nobody_is_invited_who_should_not_be(app: Flask, firm: Firm) -> None:
    event = factories.event()
    factories.person(firm.company, "Reg", "Istered", "reg@donau.example")
    factories.registration(event, firm.company, "Reg", "Istered", email="reg@donau.example")
    made.invite(event, "ada@donau.example")
    objects = factories.person(firm.company, "Obi", "Ector", "obi@donau.example")
    privacy.object_in_general(objects.id, by=factories.TESTS, now=NOW)
    suspended = factories.organisation("Asleep AG", status=OrganisationStatus.SUSPENDED)
    factories.company_admin(suspended, "asleep@asleep.example")
    lonely = factories.organisation("Lonely KG")
    draft = made.draft(
        event,
        "ada@donau.example",
        "ben@donau.example",
        "BEN@donau.example".lower(),
        "reg@donau.example",
        "obi@donau.example",
        "asleep@asleep.example",
        companies=[firm.company, suspended, lonely],
    )
    counts, _first = recipients.count(event, draft, NOW)
    assert (counts.people, counts.companies, counts.mails) == (1, 1, 2)
    assert counts.excluded == {
        Exclusion.TWICE: 1,
        Exclusion.INVITED: 1,
        Exclusion.REGISTERED: 1,
        Exclusion.OBJECTED: 1,
        Exclusion.SUSPENDED: 2,
        Exclusion.NO_ADDRESS: 1,
    }


def test_a_known_person_is_invited_at_the_primary_address_once(app: Flask, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    again = made.draft(event, "ada@donau.example")
    counts, _first = recipients.count(event, again, NOW)
    assert counts.total == 0
    assert counts.excluded == {Exclusion.INVITED: 1}


def test_a_company_is_invited_through_its_admins(app: Flask, firm: Firm) -> None:
    event = factories.event(title="Summit")
    factories.person(firm.company, "Ina", "Zwei", "ina@donau.example", role=MembershipRole.ADMIN)
    (found,) = made.invite(event, companies=[firm.company], places=3)
    assert found.of_company
    assert found.pool_id is not None
    sent = mails("registrations.invitation")
    assert {m.to_address for m in sent} == {"petra@donau.example", "ina@donau.example"}
    assert all("Donau Systemhaus GmbH is invited to Summit" in m.subject for m in sent)


def test_companies_are_chosen_from_the_list(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    other = factories.organisation("Isar Netze AG", tier_key="premier")
    factories.company_admin(other, "xaver@isar.example")
    address = f"/admin/events/{event.slug}/invitations/companies"
    assert "Isar Netze AG" in organizer.get(f"{address}?tier=premier").text
    page = organizer.get(f"{address}?tier=premier")
    chosen = organizer.post(f"{address}?tier=premier", data={**fields(page.text, address), "all": "1"})
    assert chosen.status_code == 302
    preview = organizer.get(chosen.location)
    assert "Send 1 invitation" in preview.text
    send_page(organizer, preview, chosen.location, {})
    assert made.one(event).organisation_id == other.id
    ticked = organizer.post(address, data={**fields(organizer.get(address).text, address), "ids": [str(firm.company.id)]})
    assert "Donau Systemhaus GmbH" in organizer.get(ticked.location).text


def test_who_was_at_another_event_is_a_segment(organizer: PageClient, firm: Firm) -> None:
    last, event = factories.event(slug="last-year"), factories.event()
    factories.registration(last, firm.company, "Ada", "Lang", email="ada@donau.example")
    gone = factories.registration(last, firm.company, "Ben", "Moser", email="ben@donau.example")
    service.cancel([gone], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    address = f"/admin/events/{event.slug}/invitations/from/last-year?status=confirmed"
    page = organizer.get(address)
    assert "Ada Lang" in page.text
    chosen = send_page(organizer, page, address, {})
    preview = organizer.get(chosen.location)
    assert "Send 1 invitation" in preview.text
    send_page(organizer, preview, chosen.location, {})
    assert [i.address for i in made.of_event(event)] == ["ada@donau.example"]


def test_people_come_from_a_file(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    content = f"Email;Given Name;Programme ID\nx@gmail.com;Xenia;{firm.company.programme_id}\nada@donau.example;;\n".encode()
    address = f"/admin/events/{event.slug}/invitations/new"
    form = {**fields(organizer.get(address).text), "file": (io.BytesIO(content), "people.csv")}
    page = organizer.post(address, data=form, content_type="multipart/form-data")
    assert page.status_code == 302, summary(page)
    send(organizer, page.location)
    found = {i.address: i for i in made.of_event(event)}
    assert found["x@gmail.com"].organisation_id == firm.company.id
    assert found["x@gmail.com"].given_name == "Xenia"
    assert found["ada@donau.example"].given_name == "Ada", "we know her name"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"people": ""}, "Enter somebody to invite."),
        ({"people": "nobody to be read"}, "Line 1 cannot be read"),
        ({"people": "a@b@c"}, "Line 1 cannot be read"),
        ({"companies": "Unknown GmbH"}, "No company has this programme ID or name: Unknown GmbH"),
    ],
)
def test_what_cannot_be_read_is_named_and_kept(organizer: PageClient, values: dict[str, str], message: str) -> None:
    event = factories.event()
    page = send(organizer, f"/admin/events/{event.slug}/invitations/new", values)
    assert page.status_code == 422
    assert message in summary(page)
    assert all(value in page.text for value in values.values())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"Name\nAda\n", "No column of the file is called E-mail."),
        (b"Email\nnot-an-address\n", "no e-mail that mail could reach: 2 (not-an-address)"),
        (b"PK\x03\x04broken", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(organizer: PageClient, content: bytes, message: str) -> None:
    event = factories.event()
    address = f"/admin/events/{event.slug}/invitations/new"
    form = {**fields(organizer.get(address).text), "file": (io.BytesIO(content), "people.csv")}
    page = organizer.post(address, data=form, content_type="multipart/form-data")
    assert page.status_code == 422
    assert message in page.text


def test_terms_are_checked_and_nothing_typed_is_lost(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    page = send(organizer, f"/admin/events/{event.slug}/invitations/new", {"companies": firm.company.name})
    for values, message in (
        ({"expires_on": "2020-01-01"}, "Choose a day from today until the end of the event."),
        ({"expires_on": "soon"}, "Enter a day like 31.12.2027."),
        ({"places": "0"}, "Enter a whole number from 1 to 1,000"),
        ({"waives": "gravity"}, "not a valid choice"),
        ({"kind": "77"}, "Not a valid choice"),
    ):
        refused = send(organizer, page.location, {"note": "Come!", **values})
        assert refused.status_code in (409, 422), values
        assert message in refused.text, values
        assert "Come!" in refused.text
    assert made.of_event(event) == []


def test_a_batch_sends_once(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    page = send(organizer, f"/admin/events/{event.slug}/invitations/new", {"people": "ada@donau.example"})
    form = fields(organizer.get(page.location).text, page.location)
    first, second = organizer.post(page.location, data=form), organizer.post(page.location, data=form)
    assert first.location == second.location
    assert len(mails("registrations.invitation")) == 1
    late = organizer.post(page.location, data={**form, "once_key": "another-key-0123456789"})
    assert late.status_code in (409, 422)
    assert len(made.of_event(event)) == 1


def many(event: Event, number: int) -> InvitationBatch:
    return made.draft(event, *(f"person{n}@donau.example" for n in range(number)))


def test_a_big_batch_is_left_to_the_worker(app: Flask, firm: Firm) -> None:
    event = factories.event()
    found = many(event, 120)
    assert not inviting.send(found.id, by=factories.TESTS, at=NOW)
    factories.commit()
    assert made.of_event(event) == []
    jobs.send_batch(found.id)
    assert len(made.of_event(event)) == 120
    assert batch().state is BatchState.SENT
    assert batch().counts["people"] == batch().counts["mails"] == 120
    jobs.send_batch(found.id)
    assert len(made.of_event(event)) == 120, "twice is once"


def test_a_batch_goes_on_where_its_worker_died(app: Flask, firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    event = factories.event()
    found = many(event, 250)
    inviting.send(found.id, by=factories.TESTS, at=NOW)
    factories.commit()
    sent = inviting.send_portion
    calls = []

    def dies(*args: object, **values: object) -> bool:
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError
        return sent(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(inviting, "send_portion", dies)
    with pytest.raises(MemoryError):
        jobs.send_batch(found.id)
    assert len(made.of_event(event)) == 100
    monkeypatch.setattr(inviting, "send_portion", sent)
    jobs.send_batch(found.id)
    invited = made.of_event(event)
    assert len(invited) == len({i.address for i in invited}) == 250
    assert len(mails("registrations.invitation")) == 250


def test_a_batch_that_is_stopped_stays_stopped(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    found = many(event, 60)
    inviting.send(found.id, by=factories.TESTS, at=NOW)
    factories.commit()
    page = f"/admin/events/{event.slug}/invitations/batches/{found.id}"
    told = organizer.get(f"{page}/progress").get_json()
    assert not told["finished"]
    press(organizer, page, f"{page}/cancel")
    jobs.send_batch(found.id)
    assert made.of_event(event) == []
    assert batch().state is BatchState.CANCELLED
    assert organizer.get(f"{page}/progress").get_json()["finished"]
    assert "Stopped." in organizer.get(page).text


def test_nobody_is_invited_to_a_draft_or_a_cancelled_event(organizer: PageClient, firm: Firm) -> None:
    event = factories.event(published=False)
    page = send(organizer, f"/admin/events/{event.slug}/invitations/new", {"people": "ada@donau.example"})
    assert page.status_code == 409
    assert "Publish the event first" in page.text


def test_the_lists_are_those_of_their_event(organizer: PageClient, firm: Firm) -> None:
    mine, other = factories.event(), factories.event()
    made.invite(mine, "ada@donau.example")
    assert "ada@donau.example" not in organizer.get(f"/admin/events/{other.slug}/invitations/").text
    foreign = batch()
    assert organizer.get(f"/admin/events/{other.slug}/invitations/batches/{foreign.id}").status_code == 404
    assert organizer.get(f"/admin/events/{other.slug}/invitations/batches/99999").status_code == 404


def test_the_list_is_searched_filtered_and_exported(organizer: PageClient, firm: Firm) -> None:
    event = factories.event(title="Summit")
    other = factories.organisation("Isar Netze AG")
    factories.company_admin(other, "xaver@isar.example")
    made.invite(event, "ada@donau.example", "=cmd@donau.example", companies=[other])
    address = f"/admin/events/{event.slug}/invitations/"
    assert "Nobody is invited yet" in organizer.get(f"/admin/events/{factories.event().slug}/invitations/").text
    for query, found, missing in (
        ("q=ada", "ada@donau.example", "Isar Netze AG"),
        ("q=isar", "Isar Netze AG", "ada@donau.example"),
        ("whom=companies", "Isar Netze AG", "ada@donau.example"),
        ("state=invited&whom=people", "ada@donau.example", "xaver"),
        ("answer=silent", "ada@donau.example", "xaver"),
        ("q=%25", "No invitation fits", "ada@donau.example"),
        ("state=done", "No invitation fits", "ada@donau.example"),
    ):
        text = organizer.get(f"{address}?{query}").text.split("<main", 1)[1].split('class="toolbar"', 1)[1]
        assert found in text, query
        assert missing not in text.split("</form>", 1)[1], query
    for key in ("name", "-name", "company", "-company", "sent", "until", "-until"):
        assert "ada@donau.example" in organizer.get(f"{address}?sort={key}").text
    file = organizer.post(f"{address}export", data={**fields(organizer.get(address).text, "export"), "format": "plain"})
    lines = file.text.splitlines()
    assert lines[0].startswith("state,given_name,family_name,email,company")
    assert len(lines) == 4
    assert made.of_event(event)[0].token not in file.text, "the links are no column"
    assert "'=cmd@donau.example" in file.text


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(
    organizer: PageClient, firm: Firm, count_queries: object
) -> None:
    event = factories.event()
    address = f"/admin/events/{event.slug}/invitations/"
    counts = []
    for people in (["ada@donau.example"], ["ben@donau.example", "new@donau.example"]):
        made.invite(event, *people, companies=[firm.company] if len(people) == 2 else None)
        with count_queries() as queries:  # type: ignore[operator]
            assert organizer.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12, counts
    with count_queries() as queries:  # type: ignore[operator]
        assert organizer.get(f"{address}?q=ada&tier=none&state=invited").status_code == 200
    assert len(queries) <= 12


def test_a_company_list_may_be_empty(organizer: PageClient) -> None:
    event = factories.event()
    assert "Nothing found" in organizer.get(f"/admin/events/{event.slug}/invitations/companies?q=zzz").text
    assert organizer.get(f"/admin/events/{event.slug}/invitations/from/nothing").status_code == 404
    assert db.session.scalars(select(OutboxMail)).all() == []
    assert db.session.scalars(select(Invitation).where(Invitation.state == InvitationState.INVITED)).all() == []


def test_the_preview_asks_the_database_as_often_for_three_as_for_one(
    organizer: PageClient, firm: Firm, count_queries: object
) -> None:
    event = factories.event()
    counts = []
    for people in (["ada@donau.example"], ["ada@donau.example", "ben@donau.example", "new@donau.example"]):
        found = made.draft(event, *people, companies=[firm.company])
        with count_queries() as queries:  # type: ignore[operator]
            assert organizer.get(f"/admin/events/{event.slug}/invitations/batches/{found.id}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
    assert counts[0] <= 12, "\n".join(queries.statements)


def save_filter(name: str, endpoint: str, query: str, address: str = "olivia@karmin.example") -> int:
    owner = db.session.scalars(select(User).where(User.email == address)).one()
    saved = lists.save(owner, endpoint, name, query, shared=False, by=factories.TESTS, at=NOW)
    factories.commit()
    return saved.id


def test_a_saved_filter_of_companies_is_a_segment(organizer: PageClient, firm: Firm) -> None:
    event = factories.event()
    other = factories.organisation("Isar Netze AG", tier_key="premier")
    factories.company_admin(other, "xaver@isar.example")
    kept = save_filter("All <b>premier", "partners_admin.index", "tier=premier&sort=-people")
    address = f"/admin/events/{event.slug}/invitations/companies"
    page = organizer.get(f"/admin/events/{event.slug}/invitations/new").text
    assert f'<a href="{address}?filter={kept}"><bdi>All &lt;b&gt;premier</bdi></a>' in page
    opened = organizer.get(f"{address}?filter={kept}")
    assert opened.location == f"{address}?tier=premier&sort=-people"
    page = organizer.get(opened.location)
    assert '<span class="saved-name">All &lt;b&gt;premier</span>' in page.text
    chosen = organizer.post(opened.location, data={**fields(page.text, address), "all": "1"})
    preview = organizer.get(chosen.location)
    assert "Send 1 invitation" in preview.text
    send_page(organizer, preview, chosen.location, {})
    assert made.one(event).organisation_id == other.id


def test_a_saved_filter_of_registrations_is_a_segment(organizer: PageClient, firm: Firm) -> None:
    last, event = factories.event(slug="last-year"), factories.event()
    factories.registration(last, firm.company, "Ada", "Lang", email="ada@donau.example")
    kept = save_filter("Confirmed", "registrations_admin.index", "status=confirmed&columns=note")
    address = f"/admin/events/{event.slug}/invitations/from/last-year"
    opened = organizer.get(f"{address}?filter={kept}")
    page = organizer.get(opened.location)
    assert "Ada Lang" in page.text
    assert page.text.count('<th scope="col"') == 4, "its columns are those of this page"
    preview = organizer.get(send_page(organizer, page, opened.location, {}).location)
    assert "Send 1 invitation" in preview.text


def test_a_filter_saved_here_serves_the_list_itself(organizer: PageClient, firm: Firm) -> None:
    path = f"/admin/events/{factories.event().slug}/invitations/companies"
    page = organizer.get("/lists/filters/new", query_string={"path": path, "query": "q=donau"})
    data = {**fields(page.text), "path": path, "query": "q=donau", "name": "Donau"}
    saved = organizer.post("/lists/filters/new", data=data)
    assert saved.location.startswith(f"{path}?filter=")
    number = saved.location.partition("=")[2]
    assert organizer.get(f"/admin/companies/?filter={number}").location == "/admin/companies/?q=donau"


def test_a_partner_manager_s_own_companies_stay_the_own_ones(client: PageClient, firm: Firm) -> None:
    user = factories.user("mana@karmin.example", Role.ORGANIZER, Role.PARTNER_MANAGER)
    other = factories.organisation("Isar Netze AG")
    factories.company_admin(other, "xaver@isar.example")
    event = factories.event()
    client.sign_in(user)
    address = f"/admin/events/{event.slug}/invitations/companies"
    page = client.get(f"{address}?own=mine")
    assert "Isar Netze AG" not in page.text
    assert "Donau" not in page.text
    for source, wanted in (({"companies": "own=mine", "manager_id": user.id}, 0), ({"companies": ""}, 2)):
        terms = BatchTerms(expires_at=event.starts_at)
        draft = inviting.begin(event, source, [], terms, by=factories.TESTS, at=NOW)
        assert len(recipients.of_batch(draft, NOW)[0]) == wanted, "neither the vendor nor the unconfirmed"
