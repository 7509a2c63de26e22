"""Mails to send."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from eventapp.core.db import db, transaction
from eventapp.mail import service
from eventapp.mail.models import OutboxMail

Queue = Callable[..., OutboxMail]


@pytest.fixture
def queue(app: Flask) -> Queue:
    """Puts a mail into the outbox, committed; everything about it has a default."""

    def put(address: str = "petra@partner.example", **values: Any) -> OutboxMail:
        defaults: dict[str, Any] = {
            "kind": "test",
            "about": "event:1",
            "to_name": "Petra Huber",
            "subject": "Confirmed",
            "text": "You are in.\n",
            "html": "<p>You are in.</p>",
            "at": datetime.now(UTC),
        }
        with transaction():
            return db.session.get_one(OutboxMail, service.queue(to_address=address, **{**defaults, **values}))

    return put


@pytest.fixture
def again(app: Flask) -> Callable[[OutboxMail], OutboxMail]:
    """The row as it stands in the database now."""

    def fresh(mail: OutboxMail) -> OutboxMail:
        row = db.session.get_one(OutboxMail, mail.id, populate_existing=True)
        db.session.commit()
        return row

    return fresh
