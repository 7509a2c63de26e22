"""Applications: the organizer's yes and no, and what they do to places, mails and counts."""

import pytest

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Admission, Event
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import enrol, mails, press, send
from tests.support.pages import PageClient


@pytest.fixture
def event(app: object) -> Event:
    """One place, and each application is decided."""
    made = factories.event(title="Council", slug="council", capacity=1)
    made.admission = Admission.APPROVAL
    factories.commit()
    return made


@pytest.fixture
def organizer(app: object) -> User:
    return factories.organizer()


def apply(event: Event, firm: Firm, address: str) -> Registration:
    (made,) = factories.register(event, firm.company, factories.attendee(email=address), source=Source.COMPANY)
    factories.commit()
    return made


def status_of(one: Registration) -> str:
    db.session.rollback()
    db.session.expire_all()
    assert (miscounts(), miscounted()) == ([], [])
    return db.session.get_one(Registration, one.id).status.value


def taken(event: Event) -> int:
    return db.session.get_one(Pool, event.pool_id, populate_existing=True).taken


def page_of(one: Registration) -> str:
    return f"/admin/events/council/registrations/{one.id}"


def test_an_application_holds_no_place(petra: PageClient, event: Event, firm: Firm) -> None:
    answer = enrol(petra, event, colleagues=[firm.ada.id])
    assert answer.status_code == 302
    (mail,) = mails(to="ada@donau.example")
    assert mail.subject == "We have your application: Council"
    assert mail.calendar is None
    assert taken(event) == 0
    assert "To approve" in petra.get(answer.headers["Location"]).text


def test_yes_confirms_while_there_is_room_and_the_next_waits(
    client: PageClient, event: Event, firm: Firm, organizer: User
) -> None:
    first, second = apply(event, firm, "ada@donau.example"), apply(event, firm, "ben@donau.example")
    client.sign_in(organizer)
    assert "Approved. A mail is on its way." in follow(client, press(client, page_of(first), f"{page_of(first)}/approve"))
    assert "so they wait" in follow(client, press(client, page_of(second), f"{page_of(second)}/approve"))
    assert (status_of(first), status_of(second)) == ("confirmed", "waiting")
    assert [m.kind for m in mails(to="ada@donau.example")] == ["registrations.pending", "registrations.approved"]


def test_no_tells_the_reason_and_can_be_taken_back(client: PageClient, event: Event, firm: Firm, organizer: User) -> None:
    one = apply(event, firm, "ada@donau.example")
    client.sign_in(organizer)
    refused = send(client, f"{page_of(one)}/decline", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert send(client, f"{page_of(one)}/decline", {"reason": "Only architects this time."}).status_code == 302
    assert status_of(one) == "declined"
    mail = mails(to="ada@donau.example")[-1]
    assert "Only architects this time." in mail.text
    assert "Only architects this time." in client.get(f"/r/{one.token}").text
    press(client, page_of(one), f"{page_of(one)}/reconsider")
    assert status_of(one) == "pending"


def test_a_second_decision_changes_nothing(client: PageClient, event: Event, firm: Firm, organizer: User) -> None:
    one = apply(event, firm, "ada@donau.example")
    client.sign_in(organizer)
    page = client.get(page_of(one))
    assert send(client, f"{page_of(one)}/decline", {"reason": "Full of architects."}).status_code == 302
    sent = len(mails())
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    late = client.post(f"{page_of(one)}/approve", data={"csrf_token": token})
    assert "decided already" in follow(client, late)
    assert (status_of(one), len(mails())) == ("declined", sent)


def test_whoever_was_declined_may_apply_again(event: Event, firm: Firm) -> None:
    one = apply(event, firm, "ada@donau.example")
    service.decline([load(one)], reason="Not now", by=factories.TESTS, at=NOW)
    again = apply(event, firm, "ada@donau.example")
    assert (status_of(one), status_of(again)) == ("declined", "pending")
    with pytest.raises(RuleError, match="registered again"):
        service.reconsider(load(one), by=factories.TESTS, at=NOW)


def test_a_withdrawn_application_is_one_again_when_that_is_undone(client: PageClient, event: Event, firm: Firm) -> None:
    one = apply(event, firm, "ada@donau.example")
    assert "Withdraw my application" in client.get(f"/r/{one.token}").text
    assert send(client, f"/r/{one.token}/cancel").status_code == 302
    assert status_of(one) == "cancelled"
    press(client, f"/r/{one.token}", f"/r/{one.token}/undo")
    assert (status_of(one), taken(event)) == ("pending", 0)


def load(one: Registration) -> Registration:
    (found,) = queries.of_bookings([one.booking_id])
    return found


def follow(client: PageClient, answer: object) -> str:
    """The page behind a redirect."""
    text: str = client.get(answer.headers["Location"]).text  # type: ignore[attr-defined]
    return text


def test_nothing_to_decide(event: Event) -> None:
    assert service.approve([], by=factories.TESTS, at=NOW) == []
    assert service.decline([], reason="", by=factories.TESTS, at=NOW) == []
