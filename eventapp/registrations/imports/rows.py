"""Rows of a list that count, and with whom people come who have no address of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.text import fold
from eventapp.events.models import Mode
from eventapp.partners.imports import person_store
from eventapp.partners.imports.readers import Record
from eventapp.partners.imports.rows import Result
from eventapp.partners.models import PersonEmail
from eventapp.registrations.imports.cells import Came
from eventapp.registrations.imports.matching import Company
from eventapp.registrations.models import ENDED, Registration


@dataclass(frozen=True, slots=True)
class Host:
    """With whom somebody comes: a registration of the event, or one that a row before makes."""

    company: Company
    result: Result | None = None
    stored: int | None = None

    @property
    def id(self) -> int | None:
        """The id of the registration; none while the file is only looked at."""
        return self.stored if self.result is None else self.result.object_id

    @property
    def key(self) -> str:
        """What tells hosts of one file apart."""
        return f"#{self.stored}" if self.result is None else self.result.key


@dataclass(slots=True)
class Row:
    """A row that counts, read and matched. Only who comes along with a `host` may have no address."""

    result: Result
    record: Record
    address: str
    given_name: str
    family_name: str
    badge_name: str
    note: str
    phone: str
    came: Came
    mode: Mode
    kind_id: int | None
    registered_at: datetime
    checked_in_at: datetime | None
    cancelled_at: datetime | None
    company: Company
    host: Host | None = None

    @property
    def name(self) -> str:
        """Given and family name, as the registration shows it."""
        return f"{self.given_name} {self.family_name}".strip()[:200]

    @property
    def person_values(self) -> dict[str, Any]:
        """What is known of somebody new."""
        names = {"given_name": self.given_name, "family_name": self.family_name, "phone": self.phone}
        return {**person_store.PERSON_DEFAULTS, **names}

    @property
    def who(self) -> str:
        """What two rows about one person have in common."""
        return self.address or f"{fold(self.name)} + {self.host.key if self.host else ''}"


class Hosts:
    """Finds whom a cell means by an address or a name: somebody of a row before, else of the event."""

    def __init__(self, event_id: int, companies: Mapping[int, Company]) -> None:
        self.event_id, self.companies = event_id, companies
        self._rows: dict[str, list[Host]] = {}
        self._stored: dict[str, list[Host]] | None = None

    def remember(self, row: Row) -> None:
        """Lets later rows come with this one."""
        if row.host is None and not row.came.over:
            for key in {row.address, fold(row.name)}:
                self._rows.setdefault(key, []).append(Host(row.company, row.result))

    def find(self, text: str) -> Host | None:
        """The one who is meant; none for nobody or several."""
        key = text.lower() if "@" in text else fold(text)
        found = self._rows.get(key) or self._of_event().get(key, [])
        return found[0] if len(found) == 1 else None

    def _of_event(self) -> dict[str, list[Host]]:
        """Everybody who could bring somebody along, by address and by name. Read once, and only when somebody is looked for."""
        if self._stored is None:
            self._stored = {}
            query = (
                select(Registration.id, Registration.name, Registration.organisation_id, PersonEmail.address)
                .join(PersonEmail, (PersonEmail.person_id == Registration.person_id) & PersonEmail.is_primary)
                .where(
                    Registration.event_id == self.event_id,
                    Registration.status.not_in(ENDED),
                    Registration.guest_of_id.is_(None),
                )
            )
            for id_, name, organisation_id, address in db.session.execute(query):
                if (company := self.companies.get(organisation_id)) is not None:
                    for key in {address, fold(name)}:
                        self._stored.setdefault(key, []).append(Host(company, stored=id_))
        return self._stored
