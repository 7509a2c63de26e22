"""Who may take a cancellation back: whoever has cancelled, and organizers."""

from typing import Any

import pytest

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration, Side
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, press, send
from tests.support.pages import PageClient, fields, hidden


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit", title="Summit")


@pytest.fixture
def ada(event: Event, firm: Firm) -> Registration:
    return factories.registration(event, firm.company, email="ada@donau.example")


def status_of(one: Registration) -> str:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Registration, one.id).status.value


def cancel(client: PageClient, event: Event, firm: Firm, ada: Registration, side: Side) -> None:
    if side is Side.PERSON:
        send(client, f"/r/{ada.token}/cancel")
    elif side is Side.COMPANY:
        client.sign_in(firm.admin)
        send(client, f"/events/{event.slug}/registrations/{ada.id}/cancel")
    else:
        client.sign_in(factories.organizer("orga@karmin.example"))
        in_bulk(client, ada, confirm="1", number="1", reason="No visa")


def in_bulk(client: PageClient, *rows: Registration, **values: str) -> Any:
    where = "/admin/events/summit/registrations/"
    data = {**hidden(client.get(where).text), "act": "cancel", "ids": [str(r.id) for r in rows], **values}
    return client.post(f"{where}bulk", data=data)


@pytest.mark.parametrize("side", list(Side))
def test_the_link_takes_back_what_was_cancelled_by_the_link_alone(
    client: PageClient, event: Event, firm: Firm, ada: Registration, side: Side
) -> None:
    page = f"/r/{ada.token}"
    form = hidden(client.get("/events/summit/register").text)
    cancel(client, event, firm, ada, side)
    own = side is Side.PERSON
    (told,) = mails("registrations.cancelled")
    assert ("Undo within 15 minutes" in told.text, "Undo within 15 minutes" in told.html) == (own, own)
    assert (f"/r/{ada.token}" in told.text) == own
    shown = client.get(page).text
    assert ("Undo cancelling" in shown) == own
    answer = client.post(f"{page}/undo", data=form)
    assert status_of(ada) == ("confirmed" if own else "cancelled")
    if side is Side.ORGANIZER:
        assert "only an organizer can take it back" in client.get(answer.location).text


@pytest.mark.parametrize("side", list(Side))
def test_the_company_takes_back_what_it_has_cancelled_itself(
    client: PageClient, event: Event, firm: Firm, ada: Registration, side: Side
) -> None:
    cancel(client, event, firm, ada, side)
    client.sign_in(firm.admin)
    own = side is Side.COMPANY
    where = f"/events/{event.slug}/registrations"
    page = client.get(where).text
    assert (f"{where}/{ada.id}/undo" in page) == own
    client.post(f"{where}/{ada.id}/undo", data=hidden(client.get(f"/events/{event.slug}/register").text))
    assert status_of(ada) == ("confirmed" if own else "cancelled")


@pytest.mark.parametrize("side", list(Side))
def test_organizers_take_back_what_anybody_has_cancelled(
    client: PageClient, event: Event, firm: Firm, ada: Registration, side: Side
) -> None:
    cancel(client, event, firm, ada, side)
    client.sign_in(factories.organizer("olga@karmin.example"))
    url = f"/admin/events/{event.slug}/registrations/{ada.id}"
    press(client, url, f"{url}/undo")
    assert status_of(ada) == "confirmed"
    assert db.session.get_one(Registration, ada.id).cancelled_by is None


def test_the_service_itself_refuses_others(event: Event, firm: Firm, ada: Registration) -> None:
    service.cancel([queries.by_token(ada.token)], reason="", by=factories.TESTS, at=NOW)
    for side in (Side.PERSON, Side.COMPANY):
        with pytest.raises(RuleError, match="only an organizer can take it back"):
            service.undo_cancel(queries.by_token(ada.token), by=factories.TESTS, at=NOW, side=side)


def test_the_preview_says_who_has_checked_in(client: PageClient, event: Event, firm: Firm, ada: Registration) -> None:
    ben = factories.registration(event, firm.company, email="ben@donau.example")
    client.sign_in(factories.organizer("orga@karmin.example"))
    assert "checked in already" not in in_bulk(client, ada, ben).text
    db.session.get_one(Registration, ada.id).checked_in_at = NOW
    factories.commit()
    assert "1 of them has checked in already." in in_bulk(client, ada, ben).text
    assert fields(in_bulk(client, ada, ben).text)["number"] == "2"
