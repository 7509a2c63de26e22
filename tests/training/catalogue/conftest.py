"""What the tests of the catalogue share."""

import pytest

from eventapp.training.catalogue.views import pages
from tests.support import factories
from tests.support.pages import PageClient


@pytest.fixture(autouse=True)
def _no_kept_pages() -> None:
    """Ids begin at 1 again in each test, so a page of another test would be taken for this one's."""
    pages.pages.clear()


@pytest.fixture
def orga(client: PageClient) -> PageClient:
    """A browser in which an organizer is signed in."""
    return client.sign_in(factories.organizer("olga@karmin.example"))
