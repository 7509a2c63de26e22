"""A company with an admin and two colleagues, and the clock at the tests' moment."""

from dataclasses import dataclass

import pytest
import time_machine

from eventapp.accounts.models import User
from eventapp.partners.models import Organisation, Person
from tests.support import factories
from tests.support.pages import PageClient


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Registration is open at the moment of these tests."""


@dataclass
class Firm:
    """A company and who works there."""

    company: Organisation
    admin: User
    ada: Person
    ben: Person


@pytest.fixture
def firm(app: object) -> Firm:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    admin = factories.company_admin(company, "petra@donau.example")
    ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
    ben = factories.person(company, "Ben", "Moser", "ben@donau.example")
    return Firm(company, admin, ada, ben)


@pytest.fixture
def petra(client: PageClient, firm: Firm) -> PageClient:
    """The company's admin, signed in."""
    return client.sign_in(firm.admin)
