"""An organizer at the tests' moment."""

import pytest
import time_machine

from tests.support import factories
from tests.support.pages import PageClient


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """The events of these tests lie ahead."""


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    """An organizer, signed in."""
    return client.sign_in(factories.organizer("orga@karmin.example"))
