"""The clock at the tests' moment, and a company with people."""

import pytest

from eventapp.partners.models import Organisation
from tests.support import factories


@pytest.fixture(autouse=True)
def _time(request: pytest.FixtureRequest) -> None:
    """Registration is open at the moment of these tests. Only for those that have an app."""
    if "app" in request.fixturenames:
        request.getfixturevalue("clock")


@pytest.fixture
def donau(app: object) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example", tier_key="premier")


@pytest.fixture
def isar(app: object) -> Organisation:
    return factories.organisation("Isar Netze AG", domain="isar.example")
