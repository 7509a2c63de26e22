"""Creating, changing, publishing, closing and cancelling an event over its pages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.saving import constraint_message
from eventapp.events import service
from eventapp.events.models import CompanyQuota, Event, EventFormat, EventSlug, EventStatus, Mode
from eventapp.events.queries import tier_quotas
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration
from eventapp.registrations.tallies import miscounted
from tests.support import factories
from tests.support.browsing import mails, press, send, send_page, summary
from tests.support.pages import PageClient, fields

NEW = "/admin/events/new"
FILLED = {
    "title": "Partner Summit 2027",
    "summary": "Two days in Vienna.",
    "description": "# Welcome\n\n<script>alert(1)</script> **you**",
    "format": "in_person",
    "venue": "Messe Wien",
    "address": "Messeplatz 1",
    "city": "Wien",
    "country_code": "AT",
    "time_zone": "Europe/Vienna",
    "starts_at": "2027-05-18T09:00",
    "ends_at": "2027-05-19T17:00",
    "registration_opens_at": "2027-01-15T00:00",
    "registration_closes_at": "2027-05-01T23:59",
    "capacity": "120",
    "quota_ready": "2",
    "quota_none": "5",
    "contact_email": "events@karmin.example",
    "sender_name": "Karmin Events",
}


def the_event() -> Event:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def edit_url(event: Event) -> str:
    return f"/admin/events/{event.slug}/edit"


class TestCreating:
    def test_the_form_marks_what_is_required_and_nothing_else(self, organizer: PageClient) -> None:
        page = organizer.get(NEW).text
        marked = re.findall(r'<(?:label|legend)[^>]*>([^<]*) <span class="field-optional">\(([^)]*)\)</span>', page)
        assert marked == [(name, "required") for name in ("Title", "Format", "Time zone", "Starts", "Ends")]

    def test_everything_is_saved_as_typed(self, organizer: PageClient) -> None:
        done = send(organizer, NEW, FILLED)
        assert (done.status_code, done.location) == (302, "/admin/events/partner-summit-2027/")
        event = the_event()
        assert event.status is EventStatus.DRAFT
        assert (event.starts_at, event.ends_at) == (datetime(2027, 5, 18, 7, tzinfo=UTC), datetime(2027, 5, 19, 15, tzinfo=UTC))
        assert event.registration_opens_at == datetime(2027, 1, 14, 23, tzinfo=UTC)
        assert event.registration_closes_at == datetime(2027, 5, 1, 21, 59, tzinfo=UTC)
        assert event.contact_email == "events@karmin.example"
        assert db.session.get_one(Pool, event.pool_id).capacity == 120
        assert {k: v for k, v in tier_quotas(event.id).items() if v is not None} == {"ready": 2, "none": 5}
        assert "<h2>Welcome</h2>" in event.description_html
        assert "<script" not in event.description_html
        page = organizer.get(edit_url(event))
        assert {k: v for k, v in fields(page.text).items() if k in FILLED} == FILLED
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "events.create")).one()
        assert (entry.actor, entry.object_name) == ("orga@karmin.example", "Partner Summit 2027")

    @pytest.mark.parametrize(
        ("title", "slug"),
        [
            ("Łódź – Straße & Café", "lodz-strasse-cafe"),
            ("  A  B  ", "a-b"),
            ("x" * 150, "x" * 80),
            ("Über/Unter: 1.000 €", "uber-unter-1-000"),
        ],
    )
    def test_an_address_is_made_from_the_title(self, organizer: PageClient, title: str, slug: str) -> None:
        send(organizer, NEW, {**FILLED, "title": title})
        assert the_event().slug == slug

    def test_a_title_without_letters_needs_an_address(self, organizer: PageClient) -> None:
        page = send(organizer, NEW, {**FILLED, "title": "イベント"})
        assert page.status_code == 422
        assert 'href="#slug"' in summary(page)
        assert send_page(organizer, page, NEW, {"slug": "event-jp"}).status_code == 302

    def test_without_a_title_nobody_speaks_of_its_letters(self, organizer: PageClient) -> None:
        page = send(organizer, NEW, {**FILLED, "title": ""})
        assert page.status_code == 422
        assert "Give the event a title." in summary(page)
        assert 'href="#slug"' not in summary(page)

    def test_what_is_required_is_marked(self, organizer: PageClient) -> None:
        page = organizer.get(NEW).text
        assert "(optional)" not in page
        marked = re.findall(r"<(?:label|legend)[^>]*>([^<]+) <span class=\"field-optional\">\(required\)", page)
        assert marked == ["Title", "Format", "Time zone", "Starts", "Ends"]

    def test_an_address_is_given_once(self, organizer: PageClient) -> None:
        factories.event(slug="taken")
        page = send(organizer, NEW, {**FILLED, "slug": "taken"})
        assert page.status_code == 409
        assert "Another event has this address, or had it" in summary(page)
        assert {k: v for k, v in fields(page.text).items() if k in FILLED} == FILLED

    @pytest.mark.parametrize(
        ("values", "field", "message"),
        [
            ({"title": ""}, "title", "Give the event a title."),
            ({"title": "x" * 151}, "title", "At most 150 characters."),
            ({"slug": "Not An Address"}, "slug", "Use small letters"),
            ({"slug": "-x"}, "slug", "Use small letters"),
            ({"starts_at": ""}, "starts_at", "Say when the event starts."),
            ({"starts_at": "tomorrow"}, "starts_at", "Enter a date and a time"),
            ({"starts_at": "1500-01-01T00:00"}, "starts_at", "Enter a year between"),
            ({"ends_at": "2027-05-18T09:00"}, "ends_at", "The event must end after it starts."),
            ({"registration_closes_at": "2027-01-14T00:00"}, "registration_closes_at", "Registration must close after it opens."),
            ({"registration_closes_at": "2027-06-01T00:00"}, "registration_closes_at", "when the event ends at the latest"),
            ({"registration_opens_at": "2027-06-01T00:00", "registration_closes_at": ""}, "registration_opens_at", "open before"),
            ({"time_zone": "CET"}, "time_zone", "Not a valid choice"),
            ({"format": "party"}, "format", "Not a valid choice"),
            ({"country_code": "XX"}, "country_code", "Not a valid choice"),
            ({"capacity": "-1"}, "capacity", "Enter a whole number from 0 to 100,000"),
            ({"capacity": "2147483648"}, "capacity", "Enter a whole number from 0 to 100,000"),
            ({"capacity": "many"}, "capacity", "Enter a whole number from 0 to 100,000"),
            ({"quota_ready": "-1"}, "quota_ready", "Enter a whole number from 0 to 100,000"),
            ({"join_url": "javascript:alert(1)"}, "join_url", "Enter a link like"),
            ({"join_url": "https://"}, "join_url", "Enter a link like"),
            ({"contact_email": "me"}, "contact_email", "Enter an e-mail"),
            ({"description": "x" * 20_001}, "description", "At most 20000 characters."),
        ],
    )
    def test_mistakes_are_shown_at_their_field_and_everything_is_kept(
        self, organizer: PageClient, values: dict[str, str], field: str, message: str
    ) -> None:
        page = send(organizer, NEW, {**FILLED, **values})
        assert page.status_code == 422
        assert f'href="#{field}"' in summary(page)
        assert message in summary(page)
        kept = fields(page.text)
        expected = {**FILLED, **values}
        lost = {k for k, v in expected.items() if kept.get(k, "") != v}
        # What is not among the choices of a list cannot be shown in it.
        assert lost <= ({field} & {"time_zone", "format", "country_code"})
        assert db.session.scalars(select(Event)).all() == []


class TestClocks:
    """Local times that do not exist or exist twice are asked about."""

    def test_a_time_that_never_comes(self, organizer: PageClient) -> None:
        page = send(organizer, NEW, {**FILLED, "starts_at": "2027-03-28T02:30"})
        assert page.status_code == 422
        assert "Clocks in Vienna never show 02:30 that night" in summary(page)
        assert "Enter 01:30 or 03:30." in summary(page)
        assert "Which one?" not in page.text

    @pytest.mark.parametrize(("which", "utc"), [("0", 0), ("1", 1)])
    def test_a_time_that_comes_twice(self, organizer: PageClient, which: str, utc: int) -> None:
        page = send(organizer, NEW, {**FILLED, "starts_at": "2027-10-31T02:30", "ends_at": "2027-10-31T12:00"})
        assert page.status_code == 422
        assert "Clocks in Vienna show 02:30 twice that night: UTC+2 and UTC+1." in summary(page)
        assert "Which one?" in page.text
        assert "starts_at_fold" not in fields(page.text), "nothing is chosen for them"
        assert send_page(organizer, page, NEW, {"starts_at_fold": which}).status_code == 302
        event = the_event()
        assert event.starts_at == datetime(2027, 10, 31, utc, 30, tzinfo=UTC)
        # Opening and saving it again does not move it.
        assert send(organizer, edit_url(event)).status_code == 302
        assert the_event().starts_at == datetime(2027, 10, 31, utc, 30, tzinfo=UTC)

    def test_the_choice_is_forgotten_when_the_time_changes(self, organizer: PageClient) -> None:
        page = send(organizer, NEW, {**FILLED, "starts_at": "2027-10-31T02:30", "ends_at": "2027-10-31T12:00"})
        send_page(organizer, page, NEW, {"starts_at_fold": "1", "starts_at": "2027-10-31T04:30"})
        assert the_event().starts_at == datetime(2027, 10, 31, 3, 30, tzinfo=UTC)


class TestFormerAddresses:
    def moved(self, organizer: PageClient, *slugs: str, **values: Any) -> Event:
        event = factories.event(slug=slugs[0], **values)
        for slug in slugs[1:]:
            assert send(organizer, edit_url(the_event()), {"slug": slug}).status_code == 302
        return event

    def test_pages_and_their_queries_go_on_from_each(self, organizer: PageClient, client: PageClient, app: Flask) -> None:
        self.moved(organizer, "first", "second", "third")
        stranger = app.test_client()
        for before in ("first", "second"):
            for page in ("", "register", "agenda", "agenda.ics", "schedule.json", "agenda/ABCDEF"):
                answer = stranger.get(f"/events/{before}/{page}?tz=local&_external=1&_scheme=x")
                assert answer.status_code == 302, page
                assert answer.location == f"/events/third/{page}?tz=local&_external=1&_scheme=x"
        assert stranger.get("/events/third/").status_code == 200
        assert stranger.get("/events/fourth/").status_code == 404
        assert organizer.get("/admin/events/first/").location == "/admin/events/third/"
        assert stranger.get("/admin/events/first/").location.startswith("/login")

    def test_what_was_typed_goes_along(self, organizer: PageClient) -> None:
        factories.event(slug="first")
        page = organizer.get("/admin/events/first/edit")
        assert send(organizer, "/admin/events/first/edit", {"slug": "second"}).status_code == 302
        answer = send_page(organizer, page, "/admin/events/first/edit", {"title": "Mine"})
        assert (answer.status_code, answer.location) == (307, "/admin/events/second/edit")

    def test_it_may_have_its_former_address_again(self, organizer: PageClient, app: Flask) -> None:
        self.moved(organizer, "first", "second", "first")
        assert app.test_client().get("/events/first/").status_code == 200
        assert app.test_client().get("/events/second/").location == "/events/first/"

    def test_nobody_else_may_have_it(self, organizer: PageClient) -> None:
        self.moved(organizer, "first", "second")
        page = send(organizer, NEW, {**FILLED, "slug": "first"})
        assert page.status_code == 409
        assert "Another event has this address, or had it, and mails lead there." in summary(page)
        other = factories.event(slug="other")
        page = send(organizer, edit_url(other), {"slug": "first"})
        assert (page.status_code, fields(page.text)["slug"]) == (409, "first")

    def test_the_address_of_a_draft_is_free_again_and_tells_nothing(self, organizer: PageClient, app: Flask) -> None:
        self.moved(organizer, "first", "second", published=False)
        assert app.test_client().get("/events/first/").status_code == 404
        assert app.test_client().get("/events/second/").status_code == 404
        assert factories.event(slug="first").slug == "first"

    def test_one_that_takes_a_former_address_at_the_same_moment_is_refused(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        event = factories.event(slug="first")
        db.session.add(EventSlug(slug="past", event_id=event.id))
        db.session.commit()
        monkeypatch.setattr(service.queries, "slug_taken", lambda *_args: False)
        with pytest.raises(IntegrityError) as refused:
            factories.event(slug="past")
        db.session.rollback()
        assert constraint_message(refused.value).field == "slug"


class TestChanging:
    def test_a_stale_edit_shows_both_versions(self, organizer: PageClient) -> None:
        event = factories.event(title="Before")
        url = edit_url(event)
        old = organizer.get(url)
        assert send(organizer, url, {"title": "Theirs", "city": "Graz"}).status_code == 302
        page = send_page(organizer, old, url, {"title": "Mine", "venue": "Castle"})
        assert page.status_code == 409
        assert "Somebody else has changed this event since you opened it." in summary(page)
        rows = page.text[page.text.index("Yours, not saved") : page.text.index("</table>")]
        for text in ("Mine", "Theirs", "Castle", "Graz"):
            assert text in rows
        assert fields(page.text)["title"] == "Mine"
        assert the_event().title == "Theirs"
        # Saved again after looking at both.
        assert send_page(organizer, page, url).status_code == 302
        assert (the_event().title, the_event().venue) == ("Mine", "Castle")

    @pytest.mark.parametrize("version", ["", "0", "²", "9" * 5000, "x", "-1"])
    def test_a_version_that_is_none_is_stale(self, organizer: PageClient, version: str) -> None:
        event = factories.event()
        assert send(organizer, edit_url(event), {"version": version}).status_code == 409

    def test_an_edit_loses_nothing_of_the_event(self, organizer: PageClient) -> None:
        event = factories.event(
            format=EventFormat.HYBRID,
            capacity_in_person=3,
            capacity_virtual=7,
            join_url="https://meet.example/x",
            quotas={"ready": 1, "premier": 4, "none": None},
            registration_opens_at=datetime(2027, 1, 1, tzinfo=UTC),
        )
        names = [c.name for c in Event.__table__.columns if c.name not in ("updated_at", "version")]
        before = {name: getattr(event, name) for name in names}
        pools = [(p.capacity, p.taken) for p in db.session.scalars(select(Pool).order_by(Pool.id))]
        quotas = {k: v for k, v in tier_quotas(event.id).items() if v is not None}
        assert send(organizer, edit_url(event)).status_code == 302
        after = the_event()
        assert {name: getattr(after, name) for name in names} == before
        assert [(p.capacity, p.taken) for p in db.session.scalars(select(Pool).order_by(Pool.id))] == pools
        assert {k: v for k, v in tier_quotas(event.id).items() if v is not None} == quotas

    def test_more_places_let_the_waiting_in_with_a_mail(self, organizer: PageClient) -> None:
        event = factories.event(capacity=1)
        company = factories.organisation()
        made = [factories.registration(event, company, email=f"p{n}@x.example") for n in range(3)]
        assert send(organizer, edit_url(event), {"capacity": "2"}).status_code == 302
        db.session.expire_all()
        assert [db.session.get_one(Registration, r.id).status.value for r in made] == ["confirmed", "confirmed", "waiting"]
        assert [m.to_address for m in mails("registrations.confirmed")] == ["p0@x.example"]
        assert [m.to_address for m in mails("registrations.promoted")] == ["p1@x.example"]
        assert (miscounts(), miscounted()) == ([], [])

    def test_fewer_places_are_a_visible_overbooking(self, organizer: PageClient) -> None:
        event = factories.event(capacity=3)
        company = factories.organisation()
        made = [factories.registration(event, company) for _n in range(3)]
        send(organizer, edit_url(event), {"capacity": "1"})
        page = organizer.get(f"/admin/events/{event.slug}/").text
        assert "More people are confirmed than there are places: 2 too many." in page
        db.session.expire_all()
        assert {db.session.get_one(Registration, r.id).status.value for r in made} == {"confirmed"}
        late = factories.registration(db.session.get_one(Event, event.id), company)
        assert late.status.value == "waiting"

    def test_more_places_for_a_tier_reach_its_companies_but_not_exceptions(self, organizer: PageClient) -> None:
        event = factories.event(quotas={"ready": 1, "premier": 1})
        ready, special = factories.organisation("Ready GmbH"), factories.organisation("Special GmbH")
        premier = factories.organisation("Premier GmbH", tier_key="premier")
        send(organizer, f"/admin/events/{event.slug}/quotas", {"company": "special gmbh", "places": "2", "reason": "Speaker"})
        event = the_event()
        for company in (ready, special, premier):
            factories.register(event, company, *[factories.attendee() for _n in range(3)])
        send(organizer, edit_url(event), {"quota_ready": "3"})
        db.session.expire_all()
        rows = db.session.execute(select(CompanyQuota.organisation_id, Pool.capacity, Pool.taken).join(Pool))
        assert {row[0]: (row[1], row[2]) for row in rows} == {ready.id: (3, 3), special.id: (2, 2), premier.id: (1, 1)}
        assert (miscounts(), miscounted()) == ([], [])

    def test_a_format_that_would_leave_people_without_their_mode_is_refused(self, organizer: PageClient) -> None:
        event = factories.event(format=EventFormat.HYBRID, quotas={"ready": 1})
        company = factories.organisation()
        factories.registration(event, company, mode=Mode.IN_PERSON)
        waiting = factories.registration(event, company, mode=Mode.VIRTUAL)
        assert waiting.status.value == "waiting", "for a company place, not for one of the mode"
        for wanted in ("in_person", "virtual"):
            page = send(organizer, edit_url(event), {"format": wanted})
            assert page.status_code == 409
            assert "1 people are registered in a mode that this format does not have." in summary(page)
            assert 'href="#format"' in summary(page)
        assert the_event().format is EventFormat.HYBRID


class TestStatus:
    def test_publish_close_reopen(self, organizer: PageClient) -> None:
        event = factories.event(published=False)
        overview = f"/admin/events/{event.slug}/"
        public = f"/events/{event.slug}/"
        anonymous = organizer.application.test_client()
        assert isinstance(anonymous, PageClient)
        anonymous.environ_base["HTTP_HOST"] = "events.test"
        assert anonymous.get(public).status_code == 404
        for status, state in (
            ("published", "Registration open"),
            ("closed", "Registration closed"),
            ("published", "Registration open"),
        ):
            press(organizer, overview, f"/admin/events/{event.slug}/status/{status}")
            assert state in anonymous.get(public).text
        assert the_event().status is EventStatus.PUBLISHED

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"venue": ""}, "Name the venue"),
            ({"starts_at": datetime(2027, 1, 1, tzinfo=UTC), "ends_at": datetime(2027, 1, 2, tzinfo=UTC)}, "lies in the past"),
        ],
    )
    def test_what_is_missing_stands_in_the_way(self, organizer: PageClient, values: dict[str, Any], message: str) -> None:
        event = factories.event(published=False, **values)
        overview = f"/admin/events/{event.slug}/"
        assert message in organizer.get(overview).text
        press(organizer, overview, f"/admin/events/{event.slug}/status/published")
        assert message in organizer.get(overview).text
        assert the_event().status is EventStatus.DRAFT

    @pytest.mark.parametrize(("link", "said"), [("", True), ("https://meet.example/room", False)])
    def test_without_a_join_link_it_is_open_and_one_is_asked_for(self, organizer: PageClient, link: str, said: bool) -> None:
        event = factories.event(published=False, format=EventFormat.VIRTUAL, venue="", join_url=link)
        overview = f"/admin/events/{event.slug}/"
        press(organizer, overview, f"/admin/events/{event.slug}/status/published")
        assert ("It has no join link yet." in organizer.get(overview).text) is said
        assert the_event().status is EventStatus.PUBLISHED

    def test_a_draft_cannot_be_closed_nor_cancelled(self, organizer: PageClient) -> None:
        event = factories.event(published=False)
        form = fields(organizer.get(f"/admin/events/{event.slug}/").text, "published")
        organizer.post(f"/admin/events/{event.slug}/status/closed", data=form)
        assert the_event().status is EventStatus.DRAFT
        assert organizer.get(f"/admin/events/{event.slug}/cancel").status_code == 404

    def test_cancelling_tells_everybody_once_and_is_final(self, organizer: PageClient) -> None:
        event = factories.event(capacity=2)
        companies = [factories.organisation(), factories.organisation()]
        for n in range(3):
            factories.registration(event, companies[n % 2], email=f"p{n}@x.example")
        factories.register(event, companies[0], factories.attendee(email="gone@x.example"))
        url = f"/admin/events/{event.slug}/cancel"
        page = organizer.get(url)
        assert "People with a place" in page.text
        refused = send_page(organizer, page, url, {"reason": ""})
        assert refused.status_code == 422
        assert 'href="#reason"' in summary(refused)
        done = send_page(organizer, page, url, {"reason": "The venue burnt down"})
        assert "Cancelled. 4 people are told by mail." in organizer.get(done.location).text
        db.session.expire_all()
        assert {r.status.value for r in db.session.scalars(select(Registration))} == {"cancelled"}
        told = mails("registrations.event_cancelled")
        assert sorted(m.to_address for m in told) == ["gone@x.example", "p0@x.example", "p1@x.example", "p2@x.example"]
        assert all("The venue burnt down" in m.text for m in told)
        assert len(mails("registrations.confirmed")) == 2, "nobody moved up on the way"
        assert "The venue burnt down" in organizer.get(f"/events/{event.slug}/").text
        assert organizer.get(url).status_code == 404
        assert (miscounts(), miscounted()) == ([], [])

    def test_a_cancelled_event_takes_nobody_by_hand(self, organizer: PageClient) -> None:
        event = factories.event()
        company = factories.organisation("Donau GmbH")
        one = factories.registration(event, company, email="p0@x.example")
        add = organizer.get(f"/admin/events/{event.slug}/registrations/add")
        undo_page = f"/admin/events/{event.slug}/registrations/{one.id}"
        send(organizer, f"/admin/events/{event.slug}/cancel", {"reason": "x"})
        values = {"company": "Donau GmbH", "given_name": "A", "family_name": "B", "address": "a@x.example"}
        page = send_page(organizer, add, f"/admin/events/{event.slug}/registrations/add", values)
        assert page.status_code == 409
        press(organizer, undo_page, f"{undo_page}/undo")
        db.session.expire_all()
        assert {r.status.value for r in db.session.scalars(select(Registration))} == {"cancelled"}


class TestExceptions:
    def test_give_change_and_remove(self, organizer: PageClient) -> None:
        event = factories.event(quotas={"ready": 1})
        company = factories.organisation("Ärztehaus Österreich GmbH", programme_id="KP-182660")
        url = f"/admin/events/{event.slug}/quotas"
        made = factories.register(event, company, *[factories.attendee() for _n in range(3)])
        done = send(organizer, url, {"company": "Ärztehaus Österreich GmbH", "places": "2", "reason": "Sponsor"})
        assert done.status_code == 302
        assert len(mails("registrations.promoted")) == 1
        assert "Sponsor" in organizer.get(url).text
        send(organizer, url, {"company": "kp-182660", "places": "", "reason": "Big sponsor"})
        assert "no limit" in organizer.get(url).text
        db.session.expire_all()
        assert [db.session.get_one(Registration, r.id).status.value for r in made] == ["confirmed"] * 3
        press(organizer, url, f"{url}/{company.id}/remove")
        assert "Ärztehaus Österreich GmbH follows its tier again." in organizer.get(url).text
        pool = db.session.scalars(select(Pool).join(CompanyQuota, CompanyQuota.pool_id == Pool.id)).one()
        assert (pool.capacity, pool.taken, pool.overbooked) == (1, 3, 2)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"company": "Nobody Ltd"}, "company"),
            ({"company": ""}, "company"),
            ({"places": "-1"}, "places"),
            ({"reason": ""}, "reason"),
        ],
    )
    def test_mistakes(self, organizer: PageClient, values: dict[str, str], field: str) -> None:
        event = factories.event()
        factories.organisation("Donau GmbH")
        url = f"/admin/events/{event.slug}/quotas"
        filled = {"company": "Donau GmbH", "places": "2", "reason": "Sponsor", **values}
        page = send(organizer, url, filled)
        assert page.status_code == 422
        assert f'href="#{field}"' in summary(page)
        assert {k: v for k, v in fields(page.text).items() if k in filled} == filled

    def test_of_two_companies_of_one_name_the_id_must_tell(self, organizer: PageClient) -> None:
        event = factories.event()
        factories.organisation("Donau GmbH", programme_id="KP-000001")
        two = factories.organisation("Donau GmbH", programme_id="KP-000002")
        url = f"/admin/events/{event.slug}/quotas"
        values = {"company": "Donau GmbH", "places": "2", "reason": "Sponsor"}
        assert send(organizer, url, values).status_code == 422
        assert send(organizer, url, {**values, "company": "KP-000002"}).status_code == 302
        assert db.session.scalars(select(CompanyQuota.organisation_id)).all() == [two.id]

    def test_removing_what_is_not_there(self, organizer: PageClient) -> None:
        event = factories.event()
        company = factories.organisation()
        form = fields(organizer.get(f"/admin/events/{event.slug}/quotas").text)
        for organisation_id in (company.id, 999_999):
            url = f"/admin/events/{event.slug}/quotas/{organisation_id}/remove"
            assert organizer.post(url, data=form).status_code == 404
