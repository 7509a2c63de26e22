"""An event with people of several companies, and a set of groups for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.groups import queries, service
from eventapp.groups.models import Group, GroupKind, GroupSet
from eventapp.groups.service import SetDetails
from eventapp.overview.doctor import examine
from eventapp.partners.models import Organisation
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories
from tests.support.pages import PageClient


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Registration is open at the moment of these tests."""


@dataclass
class Scene:
    """Three companies with two people each at an event; three groups of two for them."""

    event: Event
    organizer: User
    companies: list[Organisation]
    people: list[Registration]
    found: GroupSet

    @property
    def groups(self) -> Sequence[Group]:
        """The groups of the set, read again."""
        return queries.groups_of(self.found)

    @property
    def url(self) -> str:
        """The board."""
        return f"/admin/events/{self.event.slug}/groups/{self.found.id}"

    @property
    def places(self) -> dict[str, int]:
        """Who sits in which group, by name and number."""
        db.session.rollback()
        numbers = {one.id: one.number for one in self.groups}
        names = dict(db.session.execute(select(Registration.id, Registration.name)).all())
        return {names[id_]: numbers[group] for id_, group in queries.placed_ids(self.found).items()}

    def viewer(self, *roles: Role) -> Viewer:
        """The organizer, with further roles."""
        return Viewer(self.organizer, frozenset({Role.ORGANIZER, *roles}))

    def move(self, *people: int, to: int | None) -> None:
        """Moves people, by their position, into the group of that number; committed."""
        target = self.groups[to - 1] if to else None
        service.move(self.found, [self.people[n].id for n in people], target, by=factories.TESTS, at=NOW)
        factories.commit()

    def place(self, *, anew: bool = False, seed: int = 1, roles: tuple[Role, ...] = ()) -> service.Draft:
        """Places automatically, committed."""
        seen_by = self.viewer(*roles)
        draft = service.draft(seen_by, self.event, self.found, anew=anew, seed=seed)
        made = service.apply(
            seen_by,
            self.event,
            self.found,
            anew=anew,
            seed=seed,
            fingerprint=draft.fingerprint,
            by=factories.TESTS,
            at=NOW,
        )
        factories.commit()
        return made


def make_set(event: Event, groups: int = 3, **values: Any) -> GroupSet:
    """A set of groups, committed."""
    details = SetDetails(**{"name": "Drumming", "kind": GroupKind.CIRCLE, "place": "Hall B", "size": 2, **values})
    made = service.create(event, details, groups, by=factories.TESTS, at=NOW)
    factories.commit()
    return made


@pytest.fixture
def scene(app: object) -> Scene:
    organizer = factories.organizer("orga@karmin.example")
    event = factories.event(slug="summit", title="Summit", quotas={"ready": None, "none": None})
    names = {"Donau GmbH": "donau.example", "Isar AG": "isar.example", "Rhein SE": "rhein.example"}
    companies = [factories.organisation(name, domain=domain) for name, domain in names.items()]
    people: list[Registration] = []
    for n, company in enumerate(companies):
        guests = [factories.attendee(given, f"Of{n}", f"{given}{n}@company.example".lower()) for given in ("Ada", "Ben")]
        people += factories.register(event, company, *guests)
    found = make_set(event)
    return Scene(event, organizer, companies, people, found)


@pytest.fixture
def orga(client: PageClient, scene: Scene) -> PageClient:
    """The organizer, signed in."""
    return client.sign_in(scene.organizer)


def counted_right() -> None:
    """Everything that is counted agrees, by all checks of the doctor."""
    db.session.rollback()
    found = [(r.check.name, r.details) for r in examine(NOW) if r.level == "error"]
    assert found == []
