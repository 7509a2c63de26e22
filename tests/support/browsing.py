"""Filling in forms like somebody without JavaScript: open the page, change some fields, send."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.mail.models import OutboxMail
from tests.support.pages import PageClient, fields


def send(client: PageClient, url: str, values: Mapping[str, Any] | None = None, *, action: str | None = None) -> TestResponse:
    """Opens the page, fills `values` into its form (that with `action`, of several) and sends it."""
    page = client.get(url)
    assert page.status_code == 200, f"{url}: {page.status_code}"
    return send_page(client, page, url, values, action=action)


def send_page(
    client: PageClient, page: TestResponse, url: str, values: Mapping[str, Any] | None = None, *, action: str | None = None
) -> TestResponse:
    """Sends the form of a page that is open already."""
    data = {**fields(page.text, action), **(values or {})}
    return client.post(action or url, data=data)


def press(client: PageClient, page_url: str, action: str) -> TestResponse:
    """Presses the button that is a form of its own with that address."""
    return send(client, page_url, action=action)


def rows(people: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Fields of the rows for new people: given name, family name, address."""
    found = {}
    for n, (given, family, address) in enumerate(people):
        found |= {f"people-{n}-given_name": given, f"people-{n}-family_name": family, f"people-{n}-email": address}
    return found


def check(client: PageClient, event: Event, **values: Any) -> TestResponse:
    """Page one of the company's form: who is to come. `people` are new ones, `values` other fields."""
    people = values.pop("people", ())
    url = register_url(event)
    return send(client, url, {**rows(people), **values})


def confirm(client: PageClient, event: Event, page: TestResponse, **values: Any) -> TestResponse:
    """Page two: everything is right. `page` is the answer of page one."""
    assert "Check and register" in page.text, page.text[:3000]
    return send_page(client, page, register_url(event), values)


def enrol(client: PageClient, event: Event, **values: Any) -> TestResponse:
    """Both pages."""
    return confirm(client, event, check(client, event, **values))


def register_url(event: Event) -> str:
    """Where the company's form is."""
    return f"/events/{event.slug}/register"


def mails(kind: str | None = None, to: str | None = None) -> list[OutboxMail]:
    """The mails in the outbox, oldest first."""
    db.session.rollback()
    query = select(OutboxMail).order_by(OutboxMail.id)
    if kind:
        query = query.where(OutboxMail.kind == kind)
    if to:
        query = query.where(OutboxMail.to_address == to)
    return list(db.session.scalars(query))


def summary(page: TestResponse) -> str:
    """The list of problems on top of a page, as text."""
    start = page.text.find('class="error-summary"')
    assert start > 0, "the page shows no problems"
    return page.text[start : page.text.index("</ul>", start)]
