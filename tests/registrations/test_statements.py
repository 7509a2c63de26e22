"""How often registering asks the database: a statement more is a decision, not an accident."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event as listening

from eventapp.core.db import db
from tests.registrations.conftest import Firm
from tests.registrations.test_public import ask, link_in
from tests.support import factories
from tests.support.browsing import send_page
from tests.support.pages import PageClient

FORM = 3
# A company's first registration, which also makes its pool. Postgres waits for the form's key and for the event's pool.
SENDING = {"sqlite": 20, "postgresql": 22}
NOT_COUNTED = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are sent inside."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.upper().startswith(NOT_COUNTED):
            found.append(statement)

    listening.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        listening.remove(db.engine, "before_cursor_execute", note)


def test_a_registration_takes_few_statements(client: PageClient, firm: Firm) -> None:
    assert firm.ada.id
    url = link_in(ask(client, factories.event(title="Summit"), "ada@donau.example"))
    with statements() as form:
        page = client.get(url)
    assert len(form) <= FORM, "\n".join(form)
    with statements() as sent:
        done = send_page(client, page, url, {"note": ""})
    assert (done.status_code, done.location[:3]) == (302, "/r/")
    assert len(sent) <= SENDING[db.engine.dialect.name], "\n".join(sent)
