"""Companies ask for more places; the partner manager decides with one click; countries have places of their own."""

from typing import Any

import pytest
import time_machine

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.admission import service as admission
from eventapp.events.models import Event, QuotaRequest, RequestState
from eventapp.events.queries import places_of_company
from eventapp.partners.models import Territory
from eventapp.places.queries import miscounts
from eventapp.registrations import queries
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.quota_requests import service
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, press, send, summary
from tests.support.pages import PageClient

ASK = "/events/summit/more-places"
LIST = "/admin/quota-requests/"


@pytest.fixture
def event(app: object) -> Event:
    """Companies of no tier and of tier ready have one place each."""
    return factories.event(title="Summit", slug="summit", quotas={"ready": 1, "none": 1})


def manager(**part: Any) -> Any:
    made = factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Manager")
    db.session.add(Territory(user_id=made.id, granted_by="tests", granted_at=NOW, **part))
    factories.commit()
    return made


def latest() -> QuotaRequest:
    db.session.rollback()
    return db.session.query(QuotaRequest).order_by(QuotaRequest.id.desc()).first()  # type: ignore[return-value] # there is one


def test_one_click_grants_and_lets_the_waiting_in(petra: PageClient, event: Event, firm: Firm) -> None:
    mona = manager(organisation_id=firm.company.id)
    first, second = factories.register(event, firm.company, *(factories.attendee() for _n in range(2)), source=Source.COMPANY)
    assert second.status.value == "waiting"
    assert "Ask for more places" in petra.get("/events/summit/register").text
    assert send(petra, ASK, {"wanted": "3", "reason": "Two architects more"}).status_code == 302
    (told,) = mails("registrations.more_asked")
    assert (told.to_address, "Two architects more" in told.text) == ("mona@karmin.example", True)
    petra.sign_in(mona)
    assert "Two architects more" in petra.get(LIST).text
    press(petra, LIST, f"{LIST}{latest().id}/grant")
    assert places_of_company(event, firm.company)[0] == 3
    db.session.expire_all()
    assert queries.waiting_standings([db.session.get_one(Registration, second.id)]) == {}
    assert latest().state is RequestState.GRANTED
    (answer,) = mails("registrations.more_decided")
    assert "has 3 places" in answer.text
    assert miscounts() == []
    assert first.id


def test_a_no_tells_why(petra: PageClient, event: Event, firm: Firm) -> None:
    mona = manager(organisation_id=firm.company.id)
    send(petra, ASK, {"wanted": "9", "reason": "Many"})
    petra.sign_in(mona)
    refuse = f"{LIST}{latest().id}/refuse"
    assert send(petra, refuse, {"answer": ""}).status_code == 422
    assert send(petra, refuse, {"answer": "The hall is full."}).status_code == 302
    (answer,) = mails("registrations.more_decided")
    assert "The hall is full." in answer.text
    assert places_of_company(event, firm.company)[0] == 1


def test_another_number_than_asked_for(petra: PageClient, event: Event, firm: Firm) -> None:
    send(petra, ASK, {"wanted": "9", "reason": "Many"})
    petra.sign_in(factories.organizer())
    change = f"{LIST}{latest().id}"
    low = send(petra, change, {"granted": "0"})
    assert low.status_code == 422
    assert send(petra, change, {"granted": "2", "answer": "Two is what we have."}).status_code == 302
    assert places_of_company(event, firm.company)[0] == 2


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"wanted": "", "reason": "x"}, "Enter a whole number"),
        ({"wanted": "zwei", "reason": "x"}, "Enter a whole number from 1 to 100,000."),
        ({"wanted": "2147483648", "reason": "x"}, "Enter a whole number"),
        ({"wanted": "1", "reason": "x"}, "has that many places already"),
        ({"wanted": "4", "reason": " "}, "Say why"),
        ({"wanted": "4", "reason": "x" * 501}, "At most 500"),
    ],
)
def test_bad_input_is_told_and_kept(petra: PageClient, event: Event, values: dict[str, str], told: str) -> None:
    answer = send(petra, ASK, values)
    assert answer.status_code == 422
    assert told in summary(answer)
    assert values["reason"].strip() in answer.text


def test_one_request_at_a_time_and_taking_it_back(petra: PageClient, event: Event) -> None:
    send(petra, ASK, {"wanted": "4", "reason": "first"})
    page = petra.get(ASK).text
    assert "To decide" in page
    assert "How many places in all?" not in page
    press(petra, ASK, f"{ASK}/withdraw")
    assert latest().state is RequestState.WITHDRAWN
    assert send(petra, ASK, {"wanted": "5", "reason": "again"}).status_code == 302


def test_two_asking_at_once_leave_one(event: Event, firm: Firm) -> None:
    service.ask(event, firm.company, 3, "a", by=firm.admin, at=NOW)
    with pytest.raises(RuleError, match="asked already"):
        service.ask(event, firm.company, 4, "b", by=firm.admin, at=NOW)


def test_two_deciding_at_once_decide_once(event: Event, firm: Firm) -> None:
    made = service.ask(event, firm.company, 3, "a", by=firm.admin, at=NOW)
    service.refuse(made, event, firm.company, "no", by=factories.TESTS, at=NOW)
    with pytest.raises(RuleError, match="decided already"):
        service.grant(made, event, firm.company, 3, "", by=factories.TESTS, at=NOW)
    assert places_of_company(event, firm.company)[0] == 1


def test_a_manager_decides_for_the_own_territory_only(petra: PageClient, event: Event, firm: Firm) -> None:
    other = factories.organisation("Far Ltd", domain="far.example")
    mona = manager(organisation_id=other.id)
    send(petra, ASK, {"wanted": "4", "reason": "Our plans for spring"})
    petra.sign_in(mona)
    assert "Our plans for spring" not in petra.get(LIST).text
    assert "Our plans for spring" in petra.get(f"{LIST}?whose=all").text
    for path in ("", "/refuse"):
        assert petra.get(f"{LIST}{latest().id}{path}").status_code == 404
    assert petra.get(f"{LIST}999/refuse").status_code == 404


def test_another_company_sees_nothing_of_it(petra: PageClient, client: PageClient, event: Event) -> None:
    send(petra, ASK, {"wanted": "4", "reason": "Canary reason"})
    other = factories.organisation("Far Ltd", domain="far.example")
    client.sign_in(factories.company_admin(other, "ida@far.example"))
    assert "Canary reason" not in client.get(ASK).text
    press_missing = client.get(ASK).text
    assert f"{ASK}/withdraw" not in press_missing


def test_nothing_to_decide(client: PageClient, event: Event) -> None:
    client.sign_in(factories.organizer())
    assert "Nothing to decide" in client.get(LIST).text


class TestCountries:
    def test_the_country_goes_before_the_tier_and_the_exception_before_the_country(
        self, client: PageClient, event: Event, clock: time_machine.Traveller
    ) -> None:
        client.sign_in(factories.organizer())
        austria = factories.organisation(domain="a.example", country_code="AT")
        france = factories.organisation(domain="f.example", country_code="FR")
        url = "/admin/events/summit/quotas/countries"
        assert send(client, url, {"country": "AT", "country_places": "5"}).status_code == 302
        db.session.rollback()
        assert (places_of_company(event, austria)[0], places_of_company(event, france)[0]) == (5, 1)
        assert "Austria" in client.get("/admin/events/summit/quotas").text
        press(client, "/admin/events/summit/quotas", f"{url}/AT/remove")
        assert places_of_company(event, austria)[0] == 1

    def test_pools_that_exist_follow_and_the_waiting_move_up(self, event: Event) -> None:
        company = factories.organisation(domain="a.example", country_code="AT")
        made = factories.register(event, company, *(factories.attendee() for _n in range(2)), source=Source.COMPANY)
        assert [r.status.value for r in made] == ["confirmed", "waiting"]
        moved = admission.set_country_quota(event, "AT", 2, by=factories.TESTS, now=NOW)
        factories.commit()
        assert [b.id for b in moved] == [made[1].booking_id]
        assert miscounts() == []

    def test_no_limit_for_a_country(self, event: Event) -> None:
        company = factories.organisation(domain="a.example", country_code="AT")
        admission.set_country_quota(event, "AT", None, by=factories.TESTS, now=NOW)
        factories.commit()
        assert places_of_company(event, company)[0] is None


class TestSharedPlaces:
    def test_subsidiaries_use_the_places_of_their_parent(self, event: Event) -> None:
        event.shared_quota = True
        parent = factories.organisation("Parent AG", domain="p.example")
        child = factories.organisation("Child GmbH", domain="c.example", parent_id=parent.id)
        grandchild = factories.organisation("Grandchild KG", domain="g.example", parent_id=child.id)
        factories.register(event, child, factories.attendee(), source=Source.COMPANY)
        assert places_of_company(event, parent) == (1, 1)
        (late,) = factories.register(event, grandchild, factories.attendee(), source=Source.COMPANY)
        assert late.status.value == "waiting"
        assert miscounts() == []

    def test_a_circle_of_parents_ends(self, event: Event) -> None:
        event.shared_quota = True
        one = factories.organisation("One", domain="o.example")
        two = factories.organisation("Two", domain="t.example", parent_id=one.id)
        one.parent_id = two.id
        factories.commit()
        assert places_of_company(event, one)[0] == 1
