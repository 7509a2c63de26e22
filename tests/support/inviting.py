"""Invitations for tests, made by the services and committed."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.registrations.invitations import inviting
from eventapp.registrations.invitations.inviting import BatchTerms
from eventapp.registrations.invitations.models import Invitation, InvitationBatch
from eventapp.registrations.invitations.queries import LOADED
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails


def draft(
    event: Event, *people: str, companies: list[Organisation] | None = None, at: datetime = NOW, **values: Any
) -> InvitationBatch:
    """A batch that was not sent: `people` are addresses, `values` terms."""
    terms = BatchTerms(**{"expires_at": event.starts_at, **values})
    source = {"company_ids": [company.id for company in companies or []]}
    batch = inviting.begin(event, source, [("", "", address, "") for address in people], terms, by=factories.TESTS, at=at)
    factories.commit()
    return batch


def invite(
    event: Event, *people: str, companies: list[Organisation] | None = None, at: datetime = NOW, **values: Any
) -> list[Invitation]:
    """Invitations that went out, in the order of the list."""
    batch = draft(event, *people, companies=companies, at=at, **values)
    assert inviting.send(batch.id, by=factories.TESTS, at=at)
    factories.commit()
    return of_event(event, batch)


def of_event(event: Event, batch: InvitationBatch | None = None) -> list[Invitation]:
    """The invitations to an event as they are now, the oldest first."""
    query = select(Invitation).options(*LOADED).where(Invitation.event_id == event.id).order_by(Invitation.id)
    if batch is not None:
        query = query.where(Invitation.batch_id == batch.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def one(event: Event) -> Invitation:
    """The only invitation to the event, as it is now."""
    (found,) = of_event(event)
    return found


def link_to(address: str) -> str:
    """The path of the personal link in the last mail to that address."""
    found = re.search(r"/i/[\w-]+", mails(to=address)[-1].text)
    assert found, mails(to=address)[-1].text
    return found[0]
