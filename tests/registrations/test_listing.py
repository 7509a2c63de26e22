"""The organizer's list of an event: search, filters, sorting, pages, totals, acts by hand and in bulk."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import html5lib
import pytest
from sqlalchemy import func, select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.admission.service import KindDetails, add_kind
from eventapp.events.models import Event, EventFormat, Mode, OfferedTo
from eventapp.partners.models import Organisation, PartnerType
from eventapp.places.queries import miscounts
from eventapp.registrations import listing
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.service import cancel
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails, press, send, send_page, summary
from tests.support.pages import PageClient, fields

PEOPLE = [
    # given, family, mode, company
    ("Łukasz", "Żółć", Mode.IN_PERSON, 0),
    ("Ana", "Müller", Mode.VIRTUAL, 0),
    ("Zoë", "O'Neill", Mode.IN_PERSON, 1),
    ("İrem", "Çelik", Mode.VIRTUAL, 1),
    ("Strauß", "Groß", Mode.IN_PERSON, 2),
    ("Bea", "Berg", Mode.IN_PERSON, 2),
    ("Carl", "Auer", Mode.VIRTUAL, 3),
    ("Dora", "Dam", Mode.IN_PERSON, 3),
]


# What could stand in the address instead of a page's key: no base64, other JSON, moments that no calendar has in UTC.
BROKEN_KEYS = ["x", "!!", "²", "Ww" * 400, "/w"] + [
    base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    for text in (
        "",
        "[]",
        "[1,2]",
        "null",
        "{}",
        "[[],{}]",
        '["a",2147483648]',
        '["a",true]',
        '["\\u0000",1]',
        '["\\ud800",1]',
        '["0001-01-01T00:00:00+23:59",1]',
        '["9999-12-31T23:59:59-23:59",1]',
        '["2027-01-01T00:00:00",1]',
        "[" * 300,
    )
]


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


@pytest.fixture
def event(app: object) -> Event:
    """Four companies, eight people: confirmed, waiting for each reason, cancelled, checked in."""
    made = factories.event(
        title="Summit", format=EventFormat.HYBRID, capacity_in_person=3, quotas={"ready": 2, "premier": None, "none": 1}
    )
    companies = [
        factories.organisation("Société Générale d'Énergie", country_code="FR", primary_type=PartnerType.ISV),
        factories.organisation("Çelik Yazılım A.Ş.", country_code="TR", tier_key="premier", primary_type=PartnerType.SI),
        factories.organisation("Donau GmbH", country_code="AT", tier_key=None, primary_type=PartnerType.DISTRIBUTOR),
        factories.organisation("ACME Ltd", country_code="GB", tier_key="premier", primary_type=PartnerType.SOLUTION_PROVIDER),
    ]
    rows = [
        factories.registration(
            made,
            companies[c],
            given,
            family,
            email=f"p{n}@{given[0].lower().replace('i̇', 'i')}{n}.example".encode("ascii", "ignore").decode(),
            mode=mode,
            at=NOW - timedelta(days=3, minutes=-n),
        )
        for n, (given, family, mode, c) in enumerate(PEOPLE)
    ]
    cancel([rows[6]], reason="ill", by=factories.TESTS, at=NOW)
    rows[0].checked_in_at = NOW
    rows[7].registered_at = NOW
    factories.commit()
    return made


def url_of(event: Event, query: str = "") -> str:
    return f"/admin/events/{event.slug}/registrations/" + (f"?{query}" if query else "")


def names(text: str) -> list[str]:
    """The names in the rows of a list, in their order."""
    document = html5lib.parse(text, namespaceHTMLElements=False)
    return ["".join(b.itertext()) for row in document.iter("tr") for th in row.findall("th") for b in th.iter("bdi")]


def totals(text: str) -> tuple[int, int]:
    """People and companies in the footer."""
    found = re.search(r'class="list-totals"[^>]*><b>([\d,]+)</b> \w+ · <b>([\d,]+)</b> \w+', text)
    assert found
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def next_url(text: str, rel: str = "next") -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
    return unescape(found[1]) if found else None


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("lukasz", {"Łukasz Żółć"}),
            ("ZOLC", {"Łukasz Żółć"}),
            ("muller", {"Ana Müller"}),
            ("Mül", {"Ana Müller"}),
            ("societe", {"Łukasz Żółć", "Ana Müller"}),
            ("energie ana", {"Ana Müller"}),
            ("celik", {"Zoë O'Neill", "İrem Çelik"}),
            ("gross", {"Strauß Groß"}),
            ("irem", {"İrem Çelik"}),
            ("oneill", set()),
            ("neill", {"Zoë O'Neill"}),
            ("p4@", {"Strauß Groß"}),
            ("nobody", set()),
            ("ana%", {"Ana Müller"}),
            ("_", set()),
            ("😀 %", set()),
        ],
    )
    @pytest.mark.parametrize("few", [0, 500], ids=["many", "few"])
    def test_accents_and_case_do_not_matter(
        self, organizer: PageClient, event: Event, monkeypatch: pytest.MonkeyPatch, text: str, found: set[str], few: int
    ) -> None:
        monkeypatch.setattr(listing, "FEW", few)
        for sort in ("", "name", "-company", "registered_at"):
            page = organizer.get(url_of(event), query_string={"q": text, "sort": sort}).text
            assert set(names(page)) == found, sort
            assert totals(page)[0] == len(found), sort


def recount(event: Event, *conditions: Any) -> tuple[int, int]:
    query = (
        select(func.count(), func.count(func.distinct(Registration.organisation_id)))
        .select_from(Registration)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(Registration.event_id == event.id, *conditions)
    )
    row = db.session.execute(query).one()
    return row[0], row[1]


def filters(event: Event) -> Iterator[tuple[str, list[Any]]]:
    """Queries for the list, each with what it means."""
    r, o = Registration, Organisation
    yield "", []
    for status in RegistrationStatus:
        yield f"status={status}", [r.status == status]
    yield "status=confirmed&status=waiting", [r.status != RegistrationStatus.CANCELLED]
    for mode in Mode:
        yield f"mode={mode}&status=confirmed", [r.mode == mode, r.status == RegistrationStatus.CONFIRMED]
    yield "tier=premier", [o.tier_key == "premier"]
    yield "tier=none&tier=ready", [o.tier_key.is_(None) | (o.tier_key == "ready")]
    yield "type=isv&type=distributor", [o.primary_type.in_([PartnerType.ISV, PartnerType.DISTRIBUTOR])]
    yield "type=solution_provider_reseller", [o.primary_type == PartnerType.SOLUTION_PROVIDER]
    yield "country=FR", [o.country_code == "FR"]
    yield "country=FR&country=GB&status=confirmed", [o.country_code.in_(["FR", "GB"]), r.status == RegistrationStatus.CONFIRMED]
    yield "new=today", [r.registered_at >= NOW - timedelta(hours=10)]
    yield "door=in", [r.checked_in_at.is_not(None)]
    yield "status=unknown&country=XX&tier=", []
    yield "q=celik&status=confirmed", [o.name.like("%Yaz%"), r.status == RegistrationStatus.CONFIRMED]
    yield "q=%20", []


class TestFilters:
    def test_totals_and_rows_are_those_of_a_recount(self, organizer: PageClient, event: Event) -> None:
        for query, conditions in filters(event):
            page = organizer.get(url_of(event, query)).text
            expected = recount(event, *conditions)
            assert totals(page) == expected, query
            assert len(names(page)) == expected[0], query

    def test_the_reasons_for_waiting(self, organizer: PageClient, event: Event) -> None:
        waiting = names(organizer.get(url_of(event, "status=waiting")).text)
        by_reason = {
            reason: names(organizer.get(url_of(event, f"waiting={reason}")).text) for reason in ("event", "mode", "company")
        }
        assert by_reason["event"] == []
        assert by_reason["company"] == ["Bea Berg"]
        assert by_reason["mode"] == ["Dora Dam"]
        assert sorted(by_reason["company"] + by_reason["mode"]) == sorted(waiting)
        page = organizer.get(url_of(event, "waiting=company&waiting=mode"))
        assert totals(page.text) == (2, 2)
        for words in ("for a company place", "for a place in person"):
            assert words in page.text

    def test_as_what_they_come(self, organizer: PageClient, event: Event, count_queries: Any) -> None:
        assert "kind=" not in organizer.get(url_of(event, "kind=1")).text, "the event has no kinds"
        press, unused = (
            add_kind(
                event, KindDetails(name, "", None, None, None, False, False, OfferedTo.EVERYBODY), by=factories.TESTS, now=NOW
            )
            for name in ("Press & <b>", "Unused")
        )
        rows = db.session.scalars(select(Registration).order_by(Registration.id)).all()
        rows[0].kind_id = rows[4].kind_id = press.id
        factories.commit()
        of_press = [Registration.kind_id == press.id]
        for query, conditions in (
            (f"kind={press.id}", of_press),
            (f"kind={press.id}&status=confirmed", [*of_press, Registration.status == "confirmed"]),
            ("kind=none", [Registration.kind_id.is_(None)]),
            (f"kind=none&kind={press.id}", []),
            (f"kind={unused.id}", [Registration.kind_id == unused.id]),
            ("kind=x&kind=²&kind=99999999999999999999", []),
        ):
            with count_queries() as queries:
                page = organizer.get(url_of(event, query)).text
            expected = recount(event, *conditions)
            assert totals(page) == expected, query
            assert len(names(page)) == expected[0], query
            assert len(queries) <= 12
        shown = organizer.get(url_of(event, f"kind={press.id}")).text
        assert 'class="pill"' in shown
        assert "Press &amp; &lt;b&gt;" in shown
        assert "Change the kind …" in shown
        action = f"/admin/events/{event.slug}/registrations/export?kind={press.id}"
        token = fields(shown, "/export")
        assert len(organizer.post(action, data={**token, "format": "plain"}).text.splitlines()) == 3

    def test_edited_to_look_at_again(self, organizer: PageClient, event: Event) -> None:
        assert "To look at again" not in organizer.get(url_of(event)).text, "nobody asked for it"
        event.reapproval = True
        one = db.session.scalars(select(Registration).order_by(Registration.id)).first()
        assert one is not None
        one.review_at = NOW
        factories.commit()
        page = organizer.get(url_of(event, "review=open")).text
        assert totals(page) == (1, 1)
        assert len(names(page)) == 1
        assert "edited since approved" in page
        event.reapproval = False
        factories.commit()
        assert totals(organizer.get(url_of(event, "review=open")).text) == (1, 1), "also after the event stopped asking"
        action = f"/admin/events/{event.slug}/registrations/export?review=open"
        assert len(organizer.post(action, data={**fields(page, "/export"), "format": "plain"}).text.splitlines()) == 2

    def test_one_company(self, organizer: PageClient, event: Event) -> None:
        company = db.session.scalars(select(Organisation).where(Organisation.name == "ACME Ltd")).one()
        page = organizer.get(url_of(event, f"company={company.id}&status=waiting")).text
        assert names(page) == ["Dora Dam"]
        assert "ACME Ltd" in page
        for nonsense in ("²", "9" * 30, "-1", "x", "0", "٣"):
            assert organizer.get(url_of(event), query_string={"company": nonsense}).status_code == 200

    def test_a_company_that_a_search_has_found_is_chosen_beside_it(self, organizer: PageClient, event: Event) -> None:
        company = db.session.scalars(select(Organisation).where(Organisation.name == "ACME Ltd")).one()
        page = organizer.get(url_of(event, "q=acme&status=waiting&sort=name&columns=company&after=x&_external=1")).text
        link = unescape(re.findall(r'class="only-these" href="([^"]+)"', page)[0])
        assert link == url_of(event, f"status=waiting&sort=name&columns=company&company={company.id}")
        page = organizer.get(link).text
        assert names(page) == ["Dora Dam"]
        assert "Company: <b>ACME Ltd</b>" in page
        assert "only-these" not in page
        assert "only-these" not in organizer.get(url_of(event)).text, "where nothing is searched for it would be in the way"

    def test_pills_take_one_filter_away(self, organizer: PageClient, event: Event) -> None:
        page = organizer.get(url_of(event, "status=confirmed&country=FR&q=ana&sort=name")).text
        pills = [unescape(u) for u in re.findall(r'class="pill" href="([^"]+)"', page)]
        assert len(pills) == 3
        for pill in pills:
            assert totals(organizer.get(pill).text)[0] >= 1
            assert "sort=name" in pill
        cleared = re.search(r'class="pills-clear" href="([^"]+)"', page)
        assert cleared
        assert len(names(organizer.get(unescape(cleared[1])).text)) == 8

    def test_nothing_found_is_not_nothing_there(self, organizer: PageClient, event: Event) -> None:
        assert "No registration fits the search and the filters." in organizer.get(url_of(event, "q=nobody")).text
        assert "Nobody is registered yet" in organizer.get(url_of(factories.event())).text


class TestPages:
    def test_each_row_is_walked_once_in_every_order(
        self, organizer: PageClient, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("eventapp.core.tables.Table.page.__kwdefaults__", {"size": 3})
        expected = {f"{given} {family}" for given, family, _mode, _company in PEOPLE}
        for sort in ("name", "-name", "company", "-company", "registered_at", "-registered_at", "", "nonsense"):
            walked, url, pages = [], url_of(event, f"sort={sort}"), []
            while url:
                text = organizer.get(url).text
                pages.append(names(text))
                walked += names(text)
                assert totals(text) == (8, 4)
                url = next_url(text) or ""
            assert len(walked) == 8, sort
            assert set(walked) == expected, sort
            # And back again.
            back = [names(text)]
            while previous := next_url(text, "prev"):
                text = organizer.get(previous).text
                back.insert(0, names(text))
            assert back == pages, sort

    def test_rows_of_equal_value_are_neither_lost_nor_repeated(
        self, organizer: PageClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("eventapp.core.tables.Table.page.__kwdefaults__", {"size": 2})
        event, company = factories.event(), factories.organisation()
        factories.register(event, company, *[factories.attendee("Same", "Name") for _n in range(7)])
        for sort in ("name", "-registered_at"):
            ids: list[str] = []
            url = url_of(event, f"sort={sort}")
            while url:
                text = organizer.get(url).text
                ids += re.findall(r'name="ids" value="(\d+)"', text)
                url = next_url(text) or ""
            assert len(ids) == len(set(ids)) == 7

    def test_sorting_by_name_goes_by_the_folded_family_name(self, organizer: PageClient, event: Event) -> None:
        assert names(organizer.get(url_of(event, "sort=name")).text) == [
            "Carl Auer", "Bea Berg", "İrem Çelik", "Dora Dam", "Strauß Groß", "Ana Müller", "Zoë O'Neill", "Łukasz Żółć",
        ]  # fmt: skip

    @pytest.mark.parametrize("key", BROKEN_KEYS)
    def test_a_broken_key_is_the_first_page(self, organizer: PageClient, event: Event, key: str) -> None:
        for name in ("after", "before"):
            for sort in ("name", "registered_at"):
                page = organizer.get(url_of(event), query_string={name: key, "sort": sort})
                assert page.status_code == 200


class TestQueries:
    def test_the_number_of_queries_does_not_grow_with_the_rows(self, organizer: PageClient, count_queries: Any) -> None:
        few, many = factories.event(), factories.event()
        company = factories.organisation()
        factories.registration(few, company)
        for _n in range(3):
            factories.register(many, factories.organisation(), factories.attendee(), factories.attendee())
        slugs = (few.slug, many.slug)
        for path in ("registrations/", "", "registrations/?q=given", "quotas"):
            counts = []
            for slug in slugs:
                with count_queries() as queries:
                    assert organizer.get(f"/admin/events/{slug}/{path}").status_code == 200
                counts.append(len(queries))
            assert counts[0] == counts[1] <= 12, f"{path}: {counts}"

    def test_so_do_the_company_s_pages(self, client: PageClient, count_queries: Any) -> None:
        company = factories.organisation()
        client.sign_in(factories.company_admin(company))
        few, many = factories.event(quotas={"ready": 1}), factories.event(quotas={"ready": 1})
        factories.register(few, company, factories.attendee(), factories.attendee())
        factories.register(many, company, *[factories.attendee() for _n in range(6)])
        slugs = (few.slug, many.slug)
        for path in ("registrations", "register"):
            counts = []
            for slug in slugs:
                with count_queries() as queries:
                    assert client.get(f"/events/{slug}/{path}").status_code == 200
                counts.append(len(queries))
            assert counts[0] == counts[1] <= 12, f"{path}: {counts}"


class TestByHand:
    def test_adding_works_before_registration_opens(self, organizer: PageClient) -> None:
        event = factories.event(registration_opens_at=NOW + timedelta(days=1), capacity=1)
        factories.organisation("Ärztehaus Übersee GmbH", programme_id="KP-182660")
        url = f"/admin/events/{event.slug}/registrations/add"
        values = {"company": "KP-182660", "given_name": "Cem", "family_name": "Yıldız", "address": "cem@x.example"}
        assert "Registered. A mail is on its way." in organizer.get(send(organizer, url, values).location).text
        values = {**values, "company": "Ärztehaus Übersee GmbH", "address": "dana@x.example"}
        assert "On the waiting list: there is no place left." in organizer.get(send(organizer, url, values).location).text
        assert [m.kind for m in mails()] == ["registrations.confirmed", "registrations.waiting"]

    @pytest.mark.parametrize(
        ("values", "status", "field"),
        [
            ({"company": "Nobody"}, 422, "company"),
            ({"address": "x"}, 422, "address"),
            ({"given_name": " "}, 422, "given_name"),
            ({"address": "there@x.example"}, 409, "address"),
        ],
    )
    def test_mistakes(self, organizer: PageClient, values: dict[str, str], status: int, field: str) -> None:
        event, company = factories.event(), factories.organisation("Donau GmbH")
        factories.registration(event, company, email="there@x.example")
        filled = {"company": "Donau GmbH", "given_name": "Cem", "family_name": "Y", "address": "c@x.example", **values}
        page = send(organizer, f"/admin/events/{event.slug}/registrations/add", filled)
        assert page.status_code == status
        assert f'href="#{field}"' in summary(page)
        assert {k: v.strip() for k, v in filled.items()} == {k: v for k, v in fields(page.text).items() if k in filled}
        assert "A mail is on its way" not in organizer.get(url_of(event)).text

    def test_changing_name_note_and_mode(self, organizer: PageClient, event: Event) -> None:
        one = db.session.scalars(select(Registration).where(Registration.name == "Ana Müller")).one()
        url = f"/admin/events/{event.slug}/registrations/{one.id}"
        full = send(organizer, url, {"mode": "in_person"})
        assert full.status_code == 409
        assert "There is no place left there." in summary(full)
        assert send(organizer, url, {"family_name": "Müller-Lüdenscheid", "note": "vegan"}).status_code == 302
        page = organizer.get(url).text
        assert "Ana Müller-Lüdenscheid" in page
        assert fields(page)["note"] == "vegan"
        other = db.session.scalars(select(Registration).where(Registration.name == "Łukasz Żółć")).one()
        send(organizer, f"/admin/events/{event.slug}/registrations/{other.id}", {"mode": "virtual"})
        db.session.expire_all()
        dora = db.session.scalars(select(Registration).where(Registration.name == "Dora Dam")).one()
        assert (other.mode, dora.status) == (Mode.VIRTUAL, RegistrationStatus.CONFIRMED)
        assert mails("registrations.promoted")[-1].to_name == "Dora Dam"
        assert (miscounts(), miscounted()) == ([], [])

    def test_the_mode_of_a_cancelled_one_counts_when_it_is_taken_back(self, organizer: PageClient, event: Event) -> None:
        one = db.session.scalars(select(Registration).where(Registration.name == "Carl Auer")).one()
        url = f"/admin/events/{event.slug}/registrations/{one.id}"
        assert one.status is RegistrationStatus.CANCELLED
        assert send(organizer, url, {"mode": "in_person"}, action=None).status_code == 302
        press(organizer, url, f"{url}/undo")
        db.session.expire_all()
        assert (one.mode, one.status) == (Mode.IN_PERSON, RegistrationStatus.WAITING), "all places in person are taken"
        assert (miscounts(), miscounted()) == ([], [])

    def test_a_stale_change_is_told(self, organizer: PageClient, event: Event) -> None:
        one = db.session.scalars(select(Registration).where(Registration.name == "Ana Müller")).one()
        url = f"/admin/events/{event.slug}/registrations/{one.id}"
        old = organizer.get(url)
        send(organizer, url, {"note": "first"})
        page = send_page(organizer, old, url, {"note": "second"})
        assert page.status_code == 409
        assert fields(page.text)["note"] == "second"

    def test_taking_back_at_any_time(self, organizer: PageClient, event: Event, clock: Any) -> None:
        one = db.session.scalars(select(Registration).where(Registration.name == "Carl Auer")).one()
        clock.shift(timedelta(days=2))
        url = f"/admin/events/{event.slug}/registrations/{one.id}"
        press(organizer, url, f"{url}/undo")
        assert "Taken back." in organizer.get(url).text
        db.session.expire_all()
        assert one.status is RegistrationStatus.CONFIRMED


def _has_number(element: Any) -> bool:
    return "stat-number" in (element.get("class") or "") or "bars-value" in (element.get("class") or "")


def _number(element: Any) -> int:
    found = re.match(r"\s*([\d,]+)", "".join(element.itertext()))
    assert found
    return int(found[1].replace(",", ""))


class TestDashboard:
    def test_each_number_opens_its_list(self, organizer: PageClient, event: Event) -> None:
        text = organizer.get(f"/admin/events/{event.slug}/").text
        document = html5lib.parse(text, namespaceHTMLElements=False)
        tiles = [e for e in document.iter("div") if e.get("class") == "stat"] + list(document.iter("tr"))
        seen = []
        for tile in tiles:
            link = next((a for a in tile.iter("a") if (a.get("href") or "").startswith(url_of(event) + "?")), None)
            if link is None:
                continue
            label, number = "".join(link.itertext()), next(_number(e) for e in tile.iter() if _has_number(e))
            people, companies = totals(organizer.get(str(link.get("href"))).text)
            assert number == (companies if label == "Companies" else people), label
            seen.append((label, number))
        assert dict(seen)["Confirmed"] == 5
        assert dict(seen)["Companies"] == 3
        assert dict(seen)["For a company place"] == 1
        assert len(seen) >= 15

    def test_the_start_page_counts_each_event(self, organizer: PageClient, event: Event, count_queries: Any) -> None:
        with count_queries() as one:
            text = organizer.get("/admin/").text
        assert "Summit" in text
        for _n in range(3):
            factories.registration(factories.event(), factories.organisation())
        with count_queries() as four:
            organizer.get("/admin/")
        assert len(one) == len(four) <= 12


def test_every_act_stands_in_the_log(organizer: PageClient, event: Event) -> None:
    one = db.session.scalars(select(Registration).where(Registration.name == "Ana Müller")).one()
    url = f"/admin/events/{event.slug}/registrations/{one.id}"
    send(organizer, url, {"note": "vegan"})
    actions = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor).where(
            AuditEntry.object_type == "registration", AuditEntry.object_id == one.id
        )
    ).all()
    assert ("registrations.register", "tests") in actions
    assert ("registrations.correct", "orga@karmin.example") in actions
