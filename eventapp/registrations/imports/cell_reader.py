"""What the cells of a row say: who, with whom, of which company, as what, and when."""

from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.email import EmailError, normal_address
from eventapp.core.text import fold
from eventapp.events.models import AdmissionKind, Event
from eventapp.partners.imports import parsing
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.parsing import Refused, line
from eventapp.partners.imports.readers import Record, Source
from eventapp.partners.imports.rows import Result
from eventapp.partners.rules import PROGRAMME_ID
from eventapp.registrations.imports import cells, store
from eventapp.registrations.imports.cells import Came
from eventapp.registrations.imports.matching import Match, Step, key_of
from eventapp.registrations.imports.rows import Host, Hosts


class CellReader:
    """Reads the cells of a file for an event, with all companies and what was decided about names (`decisions`)."""

    def __init__(self, source: Source, columns: Columns, *, event: Event, decisions: dict[str, int | None]) -> None:
        self.headers, self.columns = source.headers, dict(columns)
        self.event, self.decisions = event, decisions
        self.reference = parsing.Reference.load()
        self.directory = store.directory()
        self.hosts = Hosts(event.id, self.directory.by_id)
        self.by_programme_id = {c.programme_id: c for c in self.directory.by_id.values() if c.programme_id}
        kinds = db.session.scalars(select(AdmissionKind).where(AdmissionKind.event_id == event.id))
        self.kinds = {fold(kind.name): kind for kind in kinds}

    def _cell(self, record: Record, key: str) -> str:
        at = self.columns.get(key)
        return record.cells[at] if at is not None and at < len(record.cells) else ""

    def _moment(self, record: Record, key: str) -> datetime | None:
        """A moment in the zone that the row names for its times, else in that of the event."""
        return cells.moment(self._cell(record, key), self._zone(record))

    def _zone(self, record: Record) -> str:
        return cells.known_zone(line(self._cell(record, "zone")), self.event.time_zone)

    def _address(self, record: Record) -> str:
        """The address; who comes along with somebody may have none. Raises `Refused`."""
        text = line(self._cell(record, "address"))
        if not text and line(self._cell(record, "comes_with")):
            return ""
        try:
            return normal_address(text)
        except EmailError as error:
            raise Refused("invalid_email", text) from error

    def _host(self, record: Record) -> Host | None:
        """With whom somebody comes; none for whoever comes alone. Raises `Refused`."""
        text = line(self._cell(record, "comes_with"))
        found = self.hosts.find(text) if text else None
        if text and found is None:
            raise Refused("no_host", text)
        return found

    def _raw(self, record: Record) -> dict[str, str]:
        return {key: self._cell(record, key) for key in ("status", "ticket", "company")} | {"line": str(record.line)}

    def _came(self, record: Record) -> Came:
        if "status" in self.columns:
            return cells.state(self._cell(record, "status"))
        return Came.CHECKED_IN if line(self._cell(record, "checked_in_at")) else Came.CONFIRMED

    def _kind(self, record: Record, result: Result) -> int | None:
        """As what somebody comes: the kind with the name of the ticket, if the event has kinds."""
        ticket = line(self._cell(record, "ticket"))
        kind = self.kinds.get(fold(ticket))
        if self.kinds and ticket and kind is None:
            result.warnings.append(["unknown_ticket", ticket[:80]])
        return kind.id if kind else None

    def _company(self, record: Record) -> Match:
        text, country = self._cell(record, "company"), self._country(record)
        found = self._match_of(record)
        if found.company is None and not line(text):
            raise Refused("empty_company")
        if found.company is None and (key := key_of(text, country)) in self.decisions:
            chosen = self.decisions[key]
            if chosen is None:
                raise Refused("left_out")
            company = self.directory.by_id.get(chosen)
            if company is not None:
                return Match(Step.DECIDED, self.directory.by_id.get(company.home, company), found.candidates)
        return found

    def _match_of(self, record: Record) -> Match:
        """The company by its programme ID, else by its name."""
        programme_id = line(self._cell(record, "programme_id"))
        if programme_id and PROGRAMME_ID.fullmatch(programme_id) and (known := self.by_programme_id.get(programme_id)):
            return Match(Step.EXACT, self.directory.by_id.get(known.home, known))
        text = self._cell(record, "company")
        return self.directory.find(text, self._country(record)) if line(text) else Match(Step.NONE)

    def _country(self, record: Record) -> str:
        """The country, if it is one: a wrong one costs a hint, not the row."""
        return self.reference.countries.get(fold(line(self._cell(record, "country"))), "")
