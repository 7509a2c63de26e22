"""The organizer's pages about who may come, and what they do to registering."""

from datetime import timedelta

import pytest
import time_machine

from eventapp.core.db import db
from eventapp.events.admission.service import add_rule
from eventapp.events.models import AdmissionKind, AudienceField, AudienceRule, CompanyQuota, Event, EventFormat, Wave
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import check, enrol, press, send, send_page, summary
from tests.support.pages import PageClient

BASE = "/admin/events/council/admission"


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Registration is open."""


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(title="Council", slug="council")


@pytest.fixture
def olivia(client: PageClient, event: Event) -> PageClient:
    return client.sign_in(factories.organizer())


def add_kind(client: PageClient, name: str, **values: object) -> None:
    answer = send(client, f"{BASE}/kinds/new", {"name": name, **values})
    assert answer.status_code == 302, summary(answer)


def kinds() -> dict[str, AdmissionKind]:
    db.session.rollback()
    return {k.name: k for k in db.session.query(AdmissionKind).order_by(AdmissionKind.position)}


def test_an_event_that_asks_nothing_says_so(olivia: PageClient) -> None:
    page = olivia.get(f"{BASE}/").text
    for text in ("One kind for all", "Every partner may come", "The same hour for everybody"):
        assert text in page


def test_kinds_have_places_and_an_order(olivia: PageClient) -> None:
    add_kind(olivia, "Delegate", capacity="2")
    add_kind(olivia, "Speaker", capacity="", offered_to="invited")
    twice = send(olivia, f"{BASE}/kinds/new", {"name": "Speaker"})
    assert twice.status_code == 409
    assert "There is a kind of this name already" in summary(twice)
    found = kinds()
    press(olivia, f"{BASE}/", f"{BASE}/kinds/{found['Speaker'].id}/up")
    assert list(kinds()) == ["Speaker", "Delegate"]
    press(olivia, f"{BASE}/", f"{BASE}/kinds/{found['Speaker'].id}/remove")
    assert f"kinds/{found['Speaker'].id}" not in olivia.get(f"{BASE}/").text


def test_people_choose_among_the_kinds_that_are_open_to_them(client: PageClient, olivia: PageClient, event: Event) -> None:
    add_kind(olivia, "Delegate", capacity="1")
    add_kind(olivia, "Guest", capacity="5", counts_on_company="")
    add_kind(olivia, "Speaker", offered_to="invited")
    company = factories.organisation(domain="donau.example")
    admin = factories.company_admin(company, "petra@donau.example")
    ada, ben = (factories.person(company, n, "Lang", f"{n}@donau.example".lower()) for n in ("Ada", "Ben"))
    client.sign_in(admin)
    page = client.get("/events/council/register").text
    assert ("Delegate" in page, "Guest" in page, "Speaker" in page) == (True, True, False)
    found = kinds()
    checked = check(client, event, colleagues=[ada.id, ben.id], kind=str(found["Delegate"].id))
    assert "Comes as" in checked.text
    answer = enrol(client, event, colleagues=[ada.id, ben.id], kind=str(found["Delegate"].id))
    assert answer.status_code == 302
    page = client.get(answer.headers["Location"]).text
    assert "for a place of this kind, position 1" in page
    assert miscounts() == []
    forged = check(client, event, people=[("Eva", "Neu", "eva@donau.example")], kind=str(found["Speaker"].id))
    assert forged.status_code in (200, 422), "a kind that is not offered is not taken"
    assert "Not a valid choice" in forged.text or "Comes as" in forged.text


def test_a_kind_of_its_own_places_leaves_the_company_s_alone(client: PageClient, olivia: PageClient, event: Event) -> None:
    add_kind(olivia, "Delegate")
    add_kind(olivia, "Guest", counts_on_company="")
    company = factories.organisation(domain="donau.example")
    (made,) = factories.register(event, company, factories.attendee(kind_id=kinds()["Guest"].id))
    assert places_of(event, company.id) in (None, 0)
    edit = f"/admin/events/council/registrations/{made.id}"
    assert send(olivia, edit, {"kind": str(kinds()["Delegate"].id)}).status_code == 302
    db.session.rollback()
    assert db.session.get_one(Registration, made.id).kind_id == kinds()["Delegate"].id
    assert places_of(event, company.id) == 1
    assert send(olivia, edit, {"kind": str(kinds()["Guest"].id)}).status_code == 302
    assert places_of(event, company.id) == 0
    assert miscounts() == []


def places_of(event: Event, organisation_id: int) -> int | None:
    db.session.rollback()
    quota = db.session.get(CompanyQuota, (event.id, organisation_id))
    return None if quota is None else db.session.get_one(Pool, quota.pool_id, populate_existing=True).taken


def test_an_audience_keeps_others_out_on_page_and_in_the_act(client: PageClient, olivia: PageClient, event: Event) -> None:
    nothing = send(olivia, f"{BASE}/audience/tier", {})
    assert "Tick at least one" in summary(nothing)
    assert send(olivia, f"{BASE}/audience/tier", {"values": ["premier"]}).status_code == 302
    company = factories.organisation("Small AG", domain="small.example", tier_key="ready")
    admin = factories.company_admin(company, "ida@small.example")
    client.sign_in(admin)
    page = client.get("/events/council/").text
    assert "This event is for partners of other tiers: Premier." in page
    assert "/register" not in page.split("event-card")[1].split("</div>")[0]
    form = client.get("/events/council/register").text
    assert "This event is for partners of other tiers" in form


def test_a_list_of_companies_is_told_to_nobody(client: PageClient, olivia: PageClient, event: Event) -> None:
    factories.organisation("Secret Partner AG", programme_id="KP-100001")
    unknown = send(olivia, f"{BASE}/audience/company", {"companies": "KP-100001\nNobody Ltd"})
    assert "Not in the partner list: Nobody Ltd" in summary(unknown)
    assert "KP-100001\nNobody Ltd" in unknown.text
    assert send(olivia, f"{BASE}/audience/company", {"companies": "KP-100001"}).status_code == 302
    assert "Secret Partner AG" in olivia.get(f"{BASE}/").text
    company = factories.organisation("Small AG", domain="small.example")
    client.sign_in(factories.company_admin(company, "ida@small.example"))
    page = client.get("/events/council/register").text
    assert "Your company is not among those that this event is for." in page
    assert "Secret Partner" not in page


def test_openings_by_tier(client: PageClient, olivia: PageClient, event: Event) -> None:
    local = {"tier": "premier", "sub_region": "", "opens_at": "2027-01-19T09:00"}
    assert send(olivia, f"{BASE}/openings/new", local).status_code == 302
    twice = send(olivia, f"{BASE}/openings/new", local)
    assert "There is an opening for this tier and region already" in summary(twice)
    (wave,) = db.session.query(Wave).all()
    assert (wave.tier, wave.sub_region_key) == ("premier", None)
    page = client.get("/events/council/").text
    assert "Premier from 19 Jan 2027" in page
    press(olivia, f"{BASE}/", f"{BASE}/openings/{wave.id}/remove")
    assert "The same hour for everybody" in olivia.get(f"{BASE}/").text


def test_a_gap_of_the_clock_is_asked_about(olivia: PageClient) -> None:
    answer = send(olivia, f"{BASE}/openings/new", {"tier": "", "sub_region": "", "opens_at": "2027-03-28T02:30"})
    assert answer.status_code == 422
    assert "never show 02:30 that night" in summary(answer)


def test_the_way_in_is_saved_and_a_stale_page_refused(olivia: PageClient, event: Event) -> None:
    values = {"admission": "approval", "fairness": "draw", "fairness_at": "2027-02-01T10:00", "reapproval": "y"}
    old = olivia.get(f"{BASE}/way")
    assert send(olivia, f"{BASE}/way", {**values, "fairness_at": ""}).status_code == 422
    assert send(olivia, f"{BASE}/way", values).status_code == 302
    page = olivia.get(f"{BASE}/").text
    assert "With approval" in page
    assert "SHA-256 of the seed" in page
    stale = send_page(olivia, old, f"{BASE}/way", values)
    assert stale.status_code == 409
    assert "Somebody else has changed this event" in stale.text


@pytest.mark.parametrize("path", ["kinds/999", "kinds/2147483648", "audience/nonsense", "audience/tier%00"])
def test_what_is_not_there(olivia: PageClient, path: str) -> None:
    assert olivia.get(f"{BASE}/{path}").status_code == 404


def test_a_rule_of_another_event_is_not_found(olivia: PageClient) -> None:
    other = factories.event(slug="other")
    add_rule(other, AudienceField.TIER, ["ready"], None, by=factories.TESTS, now=NOW)
    factories.commit()
    (rule,) = db.session.query(AudienceRule).all()
    page = olivia.get(f"{BASE}/way")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert olivia.post(f"{BASE}/audience/{rule.id}/remove", data={"csrf_token": token}).status_code == 404


class TestTester:
    def test_it_says_the_same_as_registering(self, olivia: PageClient, event: Event) -> None:
        company = factories.organisation("Small AG", domain="small.example", tier_key="ready", programme_id="KP-100007")
        person = factories.person(company, "Ida", "Klein", "ida@small.example")
        page = olivia.get(f"{BASE}/test?company=KP-100007&person=ida@small.example").text
        assert "They could register now." in page
        assert "Belongs to the company." in page
        assert send(olivia, f"{BASE}/audience/tier", {"values": ["premier"]}).status_code == 302
        page = olivia.get(f"{BASE}/test?company=KP-100007&person=ida@small.example").text
        assert "They could not register now." in page
        assert "partners of other tiers" in page
        assert person.id

    def test_it_shows_what_is_left(self, olivia: PageClient, event: Event) -> None:
        company = factories.organisation("Small AG", programme_id="KP-100007")
        factories.registration(event, company)
        page = olivia.get(f"{BASE}/test?company=KP-100007").text
        assert "Company places" in page
        assert "Places at the event" in page

    @pytest.mark.parametrize(
        "query", ["company=", "company=Nobody", "company=A%00B", "company=KP-1&person=no", "company=x&kind=99"]
    )
    def test_bad_input_is_told_at_its_field(self, olivia: PageClient, query: str) -> None:
        answer = olivia.get(f"{BASE}/test?{query}")
        assert answer.status_code == 422
        assert "There is a problem" in answer.text


def test_switching_the_mode_until_the_cut_off(client: PageClient, clock: time_machine.Traveller) -> None:
    event = factories.event(slug="mixed", format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=5)
    company = factories.organisation(domain="donau.example")
    ada = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    ben = factories.registration(event, company, "Ben", "Moser", email="ben@donau.example")
    assert "Take part on video instead" in client.get(f"/r/{ada.token}").text
    assert send(client, f"/r/{ada.token}/mode").status_code == 302
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Registration, ben.id).status.value == "confirmed", "the place in the room goes to who waited"
    back = send(client, f"/r/{ada.token}/mode")
    assert back.status_code == 409
    assert "There is no place left there" in back.text
    event = db.session.get_one(Event, event.id)
    event.mode_change_until = NOW + timedelta(days=1)
    factories.commit()
    clock.shift(timedelta(days=2))
    assert "Take part on video instead" not in client.get(f"/r/{ben.token}").text
    late = send(client, f"/r/{ben.token}/mode")
    assert late.status_code == 409
    assert "cannot be changed any more" in late.text


def test_answers_freeze_on_their_date(client: PageClient, event: Event, clock: time_machine.Traveller) -> None:
    one = factories.registration(event, factories.organisation(domain="donau.example"), "Ada", "Lang", email="ada@donau.example")
    page = client.get(f"/r/{one.token}/edit")
    event = db.session.get_one(Event, event.id)
    event.edit_until = NOW + timedelta(days=1)
    factories.commit()
    clock.shift(timedelta(days=2))
    assert "Correct name or answers" not in client.get(f"/r/{one.token}").text
    late = send_page(client, page, f"/r/{one.token}/edit", {"badge_name": "Ada L."})
    assert late.status_code == 409
    assert "Answers cannot be edited any more" in late.text
    assert "Ada L." in late.text
