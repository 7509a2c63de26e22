"""The pages: the organizer's, the holder's, the reseller's, and the form on which people are named."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.events.admission import service as admission
from eventapp.events.admission.service import KindDetails
from eventapp.events.models import EventFormat, Mode, OfferedTo
from eventapp.partners.models import MembershipRole
from eventapp.registrations import queries as registrations
from eventapp.registrations import service
from eventapp.registrations.blocks import queries, releasing
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.registrations.blocks.conftest import UNTIL, Channel, again, counted_right, give, make, name, own, statuses, supply
from tests.support import factories, forms
from tests.support.browsing import check, confirm, enrol, mails, register_url, send, send_page, summary
from tests.support.pages import PageClient, fields

ADMIN = "/admin/events/summit/blocks/"


@pytest.fixture
def organizer(client: PageClient, channel: Channel) -> PageClient:
    """An organizer, signed in."""
    return client.sign_in(factories.organizer())


def signed_in(app: Flask, user: Any) -> PageClient:
    found = app.test_client()
    assert isinstance(found, PageClient)
    found.environ_base["HTTP_HOST"] = "events.test"
    return found.sign_in(user)


@pytest.fixture
def petra(app: Flask, channel: Channel) -> PageClient:
    """The distributor's admin."""
    return signed_in(app, channel.admin)


@pytest.fixture
def dora(app: Flask, channel: Channel) -> PageClient:
    """The first reseller's admin."""
    return signed_in(app, channel.first_admin)


def text_of(page: Any) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


class TestOrganizer:
    """Setting places aside, changing, allotting, releasing."""

    def test_a_block_from_nothing_to_its_release(self, organizer: PageClient, channel: Channel) -> None:
        empty = organizer.get(ADMIN)
        assert "No places are set aside" in empty.text
        values = {"company": channel.distributor.programme_id, "size": "20", "name_until": "2027-03-01T18:00"}
        made = send(organizer, ADMIN, values, action=f"{ADMIN}add")
        assert (made.status_code, made.location) == (302, f"{ADMIN}1")
        page = organizer.get(made.location)
        assert "Set aside." in page.text
        assert "1 Mar 2027, 18:00 Vienna (UTC+1)" in page.text
        block = db.session.scalars(db.select(queries.SeatBlock)).one()
        assert block.name_until == block.releases_at == UNTIL
        assert block.created_by

        allotted = send(organizer, made.location, {"company": "Rhein Data GmbH", "places": "4"}, action=f"{made.location}/allot")
        assert allotted.status_code == 302
        share = next(s for s in queries.shares_of(again(block)) if s.allotted)
        name(queries.share(again(block), share.id), factories.attendee("Rita", "Ray"))
        shown = organizer.get(made.location)
        assert "Rhein Data GmbH" in shown.text
        assert "1 of 4 named" in shown.text
        assert "Rita Ray" in shown.text

        changed = send(organizer, made.location, {"size": "10", "note": "as agreed"}, action=f"{made.location}/change")
        assert changed.status_code == 302
        listed = text_of(organizer.get(ADMIN))
        assert "Alpen Distribution GmbH" in listed
        assert "1 of 10 named" in listed
        assert "1 block · 10 places · 1 named" in listed

        preview = organizer.get(f"{made.location}/release")
        assert "Unnamed places that fall back</dt><dd>9" in preview.text
        done = send(organizer, f"{made.location}/release")
        assert done.status_code == 302
        after = organizer.get(made.location)
        assert "9 places have fallen back." in after.text
        assert "Released" in after.text
        assert "Release now" not in after.text
        assert organizer.get(f"{made.location}/release").status_code == 302
        counted_right()

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"company": "Nobody AG"}, "No company has this programme ID or name."),
            ({"size": "31"}, "Only 30 places of the event are free."),
            ({"size": "0"}, "Enter a whole number from 1 to 10000."),
            ({"size": "²"}, "Enter a whole number from"),
            ({"name_until": ""}, "Say until when places may be named."),
            ({"name_until": "2026-01-01T10:00"}, "Choose a moment that is still to come."),
            ({"name_until": "2027-03-28T02:30"}, "Clocks in Vienna change then"),
            ({"releases_at": "2027-02-01T10:00"}, "Places cannot fall back while they may still be named."),
            ({"releases_at": "2027-05-20T10:00"}, "Unnamed places must fall back before the event is over."),
            ({"mode": "virtual"}, "Not a valid choice"),
        ],
    )
    def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
        self, organizer: PageClient, channel: Channel, values: dict[str, str], message: str
    ) -> None:
        right = {"company": "Alpen Distribution GmbH", "size": "20", "name_until": "2027-03-01T18:00", "note": "Kept words"}
        answer = send(organizer, ADMIN, {**right, **values}, action=f"{ADMIN}add")
        assert answer.status_code in (409, 422)
        assert message in answer.text
        assert "Kept words" in answer.text
        assert queries.open_ids() == []

    def test_a_refused_change_shows_the_page_with_what_was_typed(self, organizer: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        page, share = f"{ADMIN}{block.id}", give(block, channel.first, 6)
        name(share, 2)
        refused = send(organizer, page, {"size": "5"}, action=f"{page}/change")
        assert refused.status_code == 409
        assert "Only 14 places are neither named nor allotted" in summary(refused)
        assert fields(refused.text, "/change")["size"] == "5"
        data = fields(organizer.get(page).text, f"/shares/{share.id}")
        refused = organizer.post(f"{page}/shares/{share.id}", data={**data, "places": "1"})
        assert refused.status_code == 409
        assert "2 of these places are named already" in summary(refused)
        assert f'href="#places-{share.id}"' in refused.text
        assert fields(refused.text, f"/shares/{share.id}")["places"] == "1"
        refused = send(organizer, page, {"company": "Rhein Data GmbH", "places": "15"}, action=f"{page}/allot")
        assert "Only 14 places are left to allot." in summary(refused)
        assert fields(refused.text, "/allot")["company"] == "Rhein Data GmbH"

    def test_a_stale_page_is_refused(self, organizer: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        page = f"{ADMIN}{block.id}"
        opened = organizer.get(page)
        assert send(organizer, page, {"size": "19"}, action=f"{page}/change").status_code == 302
        stale = organizer.post(f"{page}/change", data={**fields(opened.text, "/change"), "size": "18"})
        assert stale.status_code == 409
        assert "Somebody else has changed this block" in stale.text
        assert queries.numbers(again(block)).size == 19

    def test_sent_twice_is_done_once(self, organizer: PageClient, channel: Channel) -> None:
        page = organizer.get(ADMIN)
        data = {**fields(page.text, "/add"), "company": "Alpen Distribution GmbH", "size": "9", "name_until": "2027-03-01T18:00"}
        first, second = organizer.post(f"{ADMIN}add", data=data), organizer.post(f"{ADMIN}add", data=data)
        assert first.location == second.location
        assert len(queries.open_ids()) == 1

    def test_an_auditor_reads_and_changes_nothing(self, client: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        client.sign_in(factories.user(None, Role.AUDITOR))
        for page in (ADMIN, f"{ADMIN}{block.id}"):
            assert "<form" not in client.get(page).text.split("<main", 1)[1].split("</main", 1)[0]
        assert client.get(f"{ADMIN}{block.id}/release").status_code == 403

    def test_the_export_says_whose_block(self, organizer: PageClient, channel: Channel) -> None:
        name(give(make(channel.event, channel.distributor), channel.first, 2), 1)
        factories.registration(channel.event, channel.stranger)
        page = organizer.get("/admin/events/summit/registrations/").text
        action = "/admin/events/summit/registrations/export"
        file = organizer.post(action, data={**fields(page, "/export"), "format": "plain"}).get_data(as_text=True)
        assert [row["block"] for row in csv.DictReader(io.StringIO(file))] == ["", "Alpen Distribution GmbH"]

    def test_the_kind_is_asked_where_there_are_kinds(self, organizer: PageClient, channel: Channel) -> None:
        assert 'name="kind"' not in organizer.get(ADMIN).text
        details = KindDetails("Press", "", 4, None, None, False, False, OfferedTo.INVITED)
        kind = admission.add_kind(channel.event, details, by=factories.TESTS, now=NOW)
        factories.commit()
        values = {"company": "Alpen Distribution GmbH", "size": "3", "name_until": "2027-03-01T18:00", "kind": str(kind.id)}
        assert send(organizer, ADMIN, values, action=f"{ADMIN}add").status_code == 302
        assert db.session.scalars(db.select(queries.SeatBlock.kind_id)).one() == kind.id

    def test_pages_take_few_statements_however_many_rows(
        self, organizer: PageClient, channel: Channel, count_queries: Any
    ) -> None:
        def asked(url: str) -> int:
            organizer.get(url)
            with count_queries() as queries_:
                organizer.get(url)
            return len(queries_)

        block = make(channel.event, channel.distributor, 10)
        name(give(block, channel.first, 2), 1)
        before = asked(ADMIN), asked(f"{ADMIN}{block.id}")
        make(channel.event, channel.stranger, 2)
        name(give(block, channel.second, 3), 3)
        assert (asked(ADMIN), asked(f"{ADMIN}{block.id}")) == before
        assert max(before) <= 12


class TestHolder:
    """A distributor's own page of its block."""

    def test_it_allots_and_takes_back(self, petra: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        index = petra.get("/company/blocks/")
        assert "Blocks that you hold" in index.text
        page = f"/company/blocks/{block.id}"
        offered = petra.get(page).text
        assert "Donau Systemhaus GmbH" in offered
        assert "Rhein Data GmbH" not in offered
        done = send(petra, page, {"company": str(channel.first.id), "places": "6"}, action=f"{page}/allot")
        assert done.status_code == 302
        share = next(s for s in queries.shares_of(again(block)) if s.allotted)
        name(queries.share(again(block), share.id), factories.attendee("Nora", "Named", note="secret note"))
        shown = petra.get(page)
        assert "1 of 6 named" in shown.text
        assert "Nora Named" in shown.text
        assert "secret note" not in shown.text
        back = petra.post(f"{page}/shares/{share.id}", data={**fields(shown.text, f"/shares/{share.id}"), "places": "1"})
        assert back.status_code == 302
        assert [s.places for s in queries.shares_of(again(block))] == [19, 1]
        counted_right()

    def test_a_company_that_it_does_not_supply_is_refused(self, petra: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor)
        page = f"/company/blocks/{block.id}"
        for company in (channel.stranger.id, 987_654, 0):
            answer = send(petra, page, {"company": str(company), "places": "1"}, action=f"{page}/allot")
            assert answer.status_code == 422
        assert [s.company for s in queries.shares_of(again(block))] == ["Alpen Distribution GmbH"]

    def test_its_own_people_do_not_use_its_quota(self, petra: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor, 3)
        page = petra.get(f"/company/blocks/{block.id}")
        assert f"/events/summit/register?places={own(block).id}" in page.text
        checked = check(petra, channel.event, people=[("Ada", "Alp", "ada@alpen.example")], places=str(own(block).id))
        assert "They take places of the seat block that you chose." in checked.text
        assert confirm(petra, channel.event, checked).status_code == 302
        assert queries.numbers(again(block)).named == 1
        listed = petra.get("/events/summit/registrations").text
        assert "Own seat block" in listed
        assert "0 of 1 company places taken." in listed
        counted_right()

    def test_others_blocks_are_not_there(self, petra: PageClient, channel: Channel) -> None:
        foreign = make(channel.event, channel.stranger, 2)
        share = give(foreign, channel.first, 1)
        for url in (f"/company/blocks/{foreign.id}", "/company/blocks/987654"):
            assert petra.get(url).status_code == 404
        block = make(channel.event, channel.distributor, 2)
        data = {**fields(petra.get(f"/company/blocks/{block.id}").text, "/allot"), "places": "0"}
        assert petra.post(f"/company/blocks/{block.id}/shares/{share.id}", data=data).status_code == 404

    def test_a_form_opened_for_another_company_is_refused(self, petra: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor, 2)
        page = f"/company/blocks/{block.id}"
        data = {**fields(petra.get(page).text, "/allot"), "company": str(channel.first.id), "places": "1", "acting_for": "99"}
        answer = petra.post(f"{page}/allot", data=data)
        assert answer.status_code == 422
        assert "this page was opened for another company" in answer.text

    def test_an_executive_reads_only(self, app: Flask, channel: Channel) -> None:
        block = make(channel.event, channel.distributor, 2)
        executive = signed_in(app, factories.seat(channel.distributor, MembershipRole.EXECUTIVE))
        page = executive.get(f"/company/blocks/{block.id}")
        assert page.status_code == 200
        assert "Allot places" not in page.text
        assert "csrf_token" not in page.text.split("<main", 1)[1]

    def test_after_the_release(self, petra: PageClient, channel: Channel) -> None:
        block = make(channel.event, channel.distributor, 5)
        name(own(block), 2)
        releasing.release(again(block), by=factories.TESTS, at=NOW)
        factories.commit()
        page = petra.get(f"/company/blocks/{block.id}")
        assert "3 places without a name have fallen back to the event." in page.text
        assert "Allot places" not in page.text
        assert "Name your people" not in page.text
        assert petra.get("/company/blocks/").status_code == 200

    def test_pages_take_few_statements_however_many_rows(self, petra: PageClient, channel: Channel, count_queries: Any) -> None:
        block = make(channel.event, channel.distributor, 10)
        page = f"/company/blocks/{block.id}"

        def asked() -> tuple[int, int]:
            petra.get(page)
            found = []
            for url in ("/company/blocks/", page):
                with count_queries() as queries_:
                    petra.get(url)
                found.append(len(queries_))
            return found[0], found[1]

        name(give(block, channel.first, 2), 1)
        before = asked()
        name(give(block, channel.second, 3), 3)
        supply(channel.distributor, channel.stranger)
        make(factories.event(), channel.distributor, 2)
        assert asked() == before
        assert max(before) <= 12


class TestReseller:
    """Whose places, when it has some of several."""

    def test_it_chooses_whose_places_it_uses(self, dora: PageClient, channel: Channel) -> None:
        other = factories.organisation("Beta Distribution Ltd")
        first = give(make(channel.event, channel.distributor, 5), channel.first, 2)
        second = give(make(channel.event, other, 5), channel.first, 3)
        index = text_of(dora.get("/company/blocks/"))
        assert "From Alpen Distribution GmbH" in index
        assert "From Beta Distribution Ltd" in index
        assert "0 of 2 named" in index
        page = dora.get(f"{register_url(channel.event)}?places={second.id}")
        assert "Company places: 1 left" in page.text
        assert "Places from Alpen Distribution GmbH: 2 left" in page.text
        assert fields(page.text)["places"] == str(second.id)
        people = [("Ada", "Lang", "ada@donau.example"), ("Ben", "Moser", "ben@donau.example")]
        done = enrol(dora, channel.event, people=people, places=str(second.id))
        assert done.status_code == 302
        assert [s.named for s in queries.shares_of(again(queries.block_of(second)))] == [0, 2]
        assert statuses(channel.event) == ["confirmed", "confirmed"]
        assert "Place from Beta Distribution Ltd" in dora.get("/events/summit/registrations").text
        # Without a word the company's own place is taken, and the form says so.
        assert fields(dora.get(register_url(channel.event)).text)["places"] == "own"
        enrol(dora, channel.event, people=[("Cem", "Y", "cem@donau.example")], places="own")
        enrol(dora, channel.event, people=[("Dan", "Z", "dan@donau.example")], places=str(first.id))
        assert statuses(channel.event) == ["confirmed"] * 4
        assert len(mails("registrations.confirmed")) == 4
        counted_right()

    def test_more_people_than_places_are_refused_with_everything_kept(self, dora: PageClient, channel: Channel) -> None:
        share = give(make(channel.event, channel.distributor, 5), channel.first, 1)
        people = [("Ada", "Lang", "ada@donau.example"), ("Ben", "Moser", "ben@donau.example")]
        refused = check(dora, channel.event, people=people, places=str(share.id))
        assert refused.status_code == 409
        assert "Only 1 of these places is left." in summary(refused)
        kept = fields(refused.text)
        assert (kept["people-1-email"], kept["places"]) == ("ben@donau.example", str(share.id))

    def test_places_that_went_while_the_page_was_open_are_not_taken_from_the_quota(
        self, dora: PageClient, channel: Channel
    ) -> None:
        block = make(channel.event, channel.distributor, 5)
        share = give(block, channel.first, 1)
        checked = check(dora, channel.event, people=[("Ada", "Lang", "ada@donau.example")], places=str(share.id))
        releasing.release(again(block), by=factories.TESTS, at=NOW)
        factories.commit()
        refused = send_page(dora, checked, register_url(channel.event))
        assert refused.status_code == 422
        assert "These places can no longer be named. Choose others." in refused.text
        assert "ada@donau.example" in refused.text
        assert statuses(channel.event) == []

    def test_another_company_s_places_are_no_choice(self, dora: PageClient, channel: Channel) -> None:
        give(make(channel.event, channel.distributor, 5), channel.first, 1)
        foreign = give(make(channel.event, channel.distributor, 5), channel.second, 1)
        for value in (str(foreign.id), "987654", "²", "-1", "x"):
            answer = check(dora, channel.event, people=[("Ada", "Lang", "ada@donau.example")], places=value)
            assert answer.status_code == 422
            assert "These places can no longer be named." in answer.text
        assert fields(dora.get(f"{register_url(channel.event)}?places={foreign.id}").text)["places"] == "own"

    def test_naming_goes_on_after_registration_has_closed(
        self, dora: PageClient, channel: Channel, clock: time_machine.Traveller
    ) -> None:
        event = factories.event(slug="late", capacity=9, registration_closes_at=NOW + timedelta(days=1))
        share = give(make(event, channel.distributor, 3), channel.first, 1)
        clock.shift(timedelta(days=2))
        page = dora.get("/events/late/register")
        assert "Registration is closed." not in page.text
        assert "Company places" not in page.text
        assert enrol(dora, event, people=[("Ada", "Lang", "ada@donau.example")], places=str(share.id)).status_code == 302
        clock.move_to(UNTIL)
        assert "Registration is closed." in dora.get("/events/late/register").text

    def test_a_company_without_places_of_its_own_is_not_sent_away(self, dora: PageClient, channel: Channel) -> None:
        event = factories.event(slug="none", quotas={"ready": 0}, capacity=5)
        share = give(make(event, channel.distributor, 3), channel.first, 1)
        page = dora.get("/events/none/register").text
        assert "has no places for this event" not in page
        assert enrol(dora, event, people=[("Ada", "Lang", "ada@donau.example")], places=str(share.id)).status_code == 302

    def test_the_block_s_mode_is_that_of_its_people(self, dora: PageClient, channel: Channel) -> None:
        event = factories.event(slug="hybrid", format=EventFormat.HYBRID, capacity_in_person=5)
        share = give(make(event, channel.distributor, 3), channel.first, 1)
        checked = check(dora, event, people=[("Ada", "Lang", "ada@donau.example")], places=str(share.id), mode="virtual")
        assert "mode-n0" not in checked.text
        confirm(dora, event, checked)
        assert queries.named_in([share.id])[0].status.value == "confirmed"
        assert db.session.scalars(db.select(Registration.mode)).one() is Mode.IN_PERSON
        counted_right()

    def test_it_is_asked_what_the_block_s_way_to_take_part_asks(self, dora: PageClient, channel: Channel) -> None:
        event = factories.event(slug="asks", format=EventFormat.HYBRID, capacity_in_person=5)
        where = forms.section(event)
        forms.question(event, where, "Which hotel?", required=True, shown_if=[forms.part("mode", "in_person")])
        factories.commit()
        share = give(make(event, channel.distributor, 3, mode=Mode.VIRTUAL), channel.first, 1)
        people = [("Ada", "Lang", "ada@donau.example")]
        enrol(dora, event, people=people, places=str(share.id), mode="in_person")
        enrol(dora, event, people=[("Ben", "Moser", "ben@donau.example")], places="own", mode="in_person")
        missing = db.session.scalars(db.select(Registration.missing_answers).order_by(Registration.id)).all()
        assert missing == [0, 1], "who takes part on video needs no hotel"
        counted_right()

    def test_a_company_without_any_is_asked_nothing(self, dora: PageClient, channel: Channel) -> None:
        page = dora.get(register_url(channel.event))
        assert 'name="places"' not in page.text
        assert "No places from blocks" in dora.get("/company/blocks/").text
        assert dora.post(register_url(channel.event), data={**fields(page.text), "places": "12"}).status_code == 422


def test_the_first_page_of_a_company_names_its_places(petra: PageClient, dora: PageClient, channel: Channel) -> None:
    assert "from Alpen Distribution GmbH" not in text_of(dora.get("/company/"))
    give(make(channel.event, channel.distributor, 5), channel.first, 2)
    ours = text_of(dora.get("/company/"))
    assert "2 places from Alpen Distribution GmbH" in ours
    assert "/company/blocks/" in petra.get("/company/").text


def test_whoever_waits_for_a_place_of_the_block_reads_so(
    app: Flask, organizer: PageClient, dora: PageClient, channel: Channel
) -> None:
    block = make(channel.event, channel.distributor)
    share = give(block, channel.first, 1)
    (one,) = name(share, 1)
    service.cancel([again_registered(one)], reason="", by=factories.TESTS, at=NOW)
    name(share, 1)
    service.undo_cancel(again_registered(one), by=factories.TESTS, at=NOW)
    factories.commit()
    words = "place of the block of Alpen Distribution GmbH"
    assert f"for a {words}, position 1 of 1" in text_of(dora.get("/events/summit/registrations"))
    assert f"for a {words}" in text_of(dora.get("/company/registrations/"))
    assert f"Waiting for a {words}" in text_of(app.test_client().get(f"/r/{one.token}", headers={"Host": "events.test"}))
    assert f"for a {words}" in text_of(organizer.get("/admin/events/summit/registrations/?waiting=block"))
    assert "for a company place" not in text_of(organizer.get("/admin/events/summit/registrations/?waiting=company"))
    assert f"a {words}" in text_of(organizer.get("/admin/events/summit/waiting/"))
    assert f"for a {words}" in text_of(organizer.get(f"/admin/events/summit/registrations/{one.id}"))
    assert "for a place of a block" in text_of(dora.get("/company/"))


def again_registered(one: Registration) -> Registration:
    """The registration as a request loads it."""
    return registrations.by_token(one.token)


def test_the_dashboard_shows_what_waits_and_places_without_a_name(
    organizer: PageClient, channel: Channel, count_queries: Any
) -> None:
    page = "/admin/events/summit/"
    assert "Block places" not in organizer.get(page).text
    block = make(channel.event, channel.distributor, size=5)
    share = give(block, channel.first, 1)
    (one,) = name(share, 1)
    service.cancel([again_registered(one)], reason="", by=factories.TESTS, at=NOW)
    name(share, 1)
    service.undo_cancel(again_registered(one), by=factories.TESTS, at=NOW)
    for _n in range(2):
        factories.registration(channel.event, channel.second)
    with count_queries() as found:
        shown = organizer.get(page)
    assert len(found) <= 12
    assert re.search(r">4</span>\s*<a class=\"stat-label\" href=\"/admin/events/summit/blocks/\">Block places<", shown.text)
    assert 'registrations/?waiting=block">For a place of a block</a>' in shown.text
    assert 'registrations/?waiting=company">For a company place</a>' in shown.text
    assert 'waiting=event"' not in shown.text
    channel.event.reapproval = True
    db.session.execute(update(Registration).where(Registration.id == one.id).values(review_at=NOW))
    factories.commit()
    assert 'registrations/?review=open">Edited</a>' in organizer.get(page).text
    releasing.release(again(block), by=factories.TESTS, at=NOW)
    factories.commit()
    assert "Block places" not in organizer.get(page).text
