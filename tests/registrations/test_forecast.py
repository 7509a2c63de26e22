"""What is foreseen before people are registered: who gets a place, who waits and for what. The lock decides."""

import pytest

from eventapp.core.db import db
from eventapp.events.admission.service import KindDetails, add_kind
from eventapp.events.models import Admission, Event, EventFormat, Mode, OfferedTo
from eventapp.registrations.models import Registration
from tests.registrations.conftest import Firm
from tests.registrations.test_public import ask, link_in
from tests.registrations.test_statements import statements
from tests.support import factories
from tests.support.browsing import check, confirm
from tests.support.pages import PageClient

NOW_ONLY = "This is how it stands now; it is decided when you register."


def hybrid(**values: int) -> Event:
    return factories.event(title="Summit", format=EventFormat.HYBRID, join_url="https://meet.example/x", **values)


def fill(event: Event, number: int = 1, mode: Mode = Mode.IN_PERSON) -> None:
    other = factories.organisation("Isar Netze AG", domain="isar.example")
    for n in range(number):
        factories.registration(event, other, email=f"p{n}@isar.example", mode=mode)


def test_where_everybody_gets_a_place_nothing_more_is_said(petra: PageClient, firm: Firm) -> None:
    page = check(petra, factories.event(), colleagues=[firm.ada.id, firm.ben.id]).text
    assert "2 people will be registered for" in page
    for text in ("waiting list", NOW_ONLY, "Gets a place", "Waits"):
        assert text not in page


def test_a_full_mode_is_said_before_with_the_other_one(petra: PageClient, firm: Firm) -> None:
    event = hybrid(capacity_in_person=1, capacity_virtual=5)
    fill(event)
    page = check(petra, event, colleagues=[firm.ada.id, firm.ben.id], mode="in_person").text
    assert "2 people for <bdi>Summit</bdi>: 2 go on the waiting list." in page
    assert "will be registered" not in page
    assert page.count("All places in the room are taken. There are places on video.") == 3, "on top, and for each"
    assert page.count("Waits for a place") == 2
    assert NOW_ONLY in page
    assert "All places" not in check(petra, event, colleagues=[firm.ada.id], mode="virtual").text


def test_what_is_foreseen_is_what_becomes_of_them(petra: PageClient, firm: Firm) -> None:
    event = hybrid(capacity_in_person=1, capacity_virtual=5)
    people = [("Cem", "Yıldız", "cem@donau.example")]
    checked = check(petra, event, colleagues=[firm.ada.id], people=people, mode="in_person")
    assert "1 gets a place, 1 goes on the waiting list." in checked.text
    assert (checked.text.count("Gets a place"), checked.text.count("Waits for a place")) == (1, 1)
    confirm(petra, event, checked)
    db.session.rollback()
    assert [r.status.value for r in db.session.query(Registration).order_by(Registration.id)] == ["confirmed", "waiting"]


def test_full_events_and_company_places(petra: PageClient, firm: Firm) -> None:
    full = factories.event(title="Full", capacity=1)
    fill(full)
    page = check(petra, full, colleagues=[firm.ada.id]).text
    assert "1 person for <bdi>Full</bdi>: 1 goes on the waiting list." in page
    assert "The event is full." in page
    event = factories.event(title="Summit", quotas={"ready": 1})
    factories.registration(event, firm.company, email="ben@donau.example")
    page = check(petra, event, colleagues=[firm.ada.id]).text
    assert "All places of your company are taken." in page
    assert "0 places" not in page


def test_without_a_waiting_list_and_with_an_organizers_yes(petra: PageClient, firm: Firm) -> None:
    event = factories.event(title="Full", capacity=1)
    fill(event)
    db.session.get_one(Event, event.id).waits = False
    factories.commit()
    page = check(petra, event, colleagues=[firm.ada.id]).text
    assert "1 gets none." in page
    assert "There is no waiting list." in page
    asked = factories.event(title="Asked")
    there = db.session.get_one(Event, asked.id)
    there.admission, there.restricted = Admission.APPROVAL, True
    factories.commit()
    page = check(petra, asked, colleagues=[firm.ada.id]).text
    assert "1 person for <bdi>Asked</bdi>: 1 needs an organizer’s yes." in page
    assert "An organizer decides first" in page


class TestAlone:
    """The form for one person says the same before."""

    def form(self, client: PageClient, event: Event) -> str:
        return client.get(link_in(ask(client, event, "ada@donau.example"))).text

    def test_nothing_while_there_are_places(self, client: PageClient, firm: Firm) -> None:
        page = self.form(client, hybrid(capacity_in_person=5))
        assert "taken" not in page
        assert "waiting list" not in page

    def test_a_full_event(self, client: PageClient, firm: Firm) -> None:
        event = factories.event(title="Full", capacity=1)
        fill(event)
        assert "The event is full. If you register now, you go on the waiting list." in self.form(client, event)

    def test_one_full_way(self, client: PageClient, firm: Firm) -> None:
        event = hybrid(capacity_in_person=1, capacity_virtual=5)
        fill(event)
        page = self.form(client, event)
        assert "All places in the room are taken. There are places on video." in page
        assert "you go on the waiting list" not in page

    @pytest.mark.parametrize("address", ["ada@donau.example", "new@donau.example"])
    def test_the_companys_places_are_gone(self, client: PageClient, firm: Firm, address: str) -> None:
        event = factories.event(title="Summit", quotas={"ready": 1})
        factories.registration(event, firm.company, email="ben@donau.example")
        page = client.get(link_in(ask(client, event, address))).text
        assert "All places of your company are taken. If you register now, you go on the waiting list." in page

    def test_few_statements_where_everything_is_full_and_of_many_kinds(self, client: PageClient, firm: Firm) -> None:
        event = factories.event(title="Full", capacity=1, quotas={"ready": 1})
        fill(event)
        factories.registration(event, firm.company, email="ben@donau.example")
        for n in range(4):
            kind = KindDetails(f"Kind {n}", "", 3, None, None, False, True, OfferedTo.EVERYBODY)
            add_kind(db.session.get_one(Event, event.id), kind, by=factories.TESTS, now=factories.AT)
        factories.commit()
        url = link_in(ask(client, event, "ada@donau.example"))
        with statements() as found:
            page = client.get(url)
        assert "The event is full. If you register now, you go on the waiting list." in page.text
        assert len(found) <= 12, "\n".join(found)
