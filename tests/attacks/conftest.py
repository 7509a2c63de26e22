"""A company and its rival, both with a login and people."""

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
    """A company, its admin and somebody who works there."""

    company: Organisation
    admin: User
    ada: Person


@pytest.fixture
def firm(app: object) -> Firm:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    admin = factories.company_admin(company, "petra@donau.example")
    return Firm(company, admin, factories.person(company, "Ada", "Lang", "ada@donau.example"))


@pytest.fixture
def rival(app: object) -> Firm:
    company = factories.organisation("Rivalin AG", domain="rival.example")
    admin = factories.company_admin(company, "rita@rival.example")
    return Firm(company, admin, factories.person(company, "Zora", "Canary", "zora@rival.example"))


@pytest.fixture
def petra(client: PageClient, firm: Firm) -> PageClient:
    """The company's admin, signed in."""
    return client.sign_in(firm.admin)
