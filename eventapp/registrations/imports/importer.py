"""Registrations from a file: what each row does, and doing it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from eventapp.core.text import fold
from eventapp.core.times import to_local
from eventapp.events.models import Event
from eventapp.partners.imports import parsing, person_store
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.parsing import Refused, fits, line
from eventapp.partners.imports.readers import Record, Source
from eventapp.partners.imports.rows import Result, value_or
from eventapp.partners.models import RowOutcome
from eventapp.places import service as places
from eventapp.registrations import hooks
from eventapp.registrations.imports import cells, store
from eventapp.registrations.imports.cell_reader import CellReader
from eventapp.registrations.imports.cells import Came
from eventapp.registrations.imports.counts import Counts
from eventapp.registrations.imports.matching import Match, Step
from eventapp.registrations.imports.rows import Row
from eventapp.registrations.models import RegistrationStatus

LENGTHS = {field.key: field.length for field in cells.FIELDS}
LINES = ("given_name", "family_name", "badge_name", "note", "company")
# What becomes of a row that is over; any other that is taken in holds a place.
STATUSES = {Came.CANCELLED: RegistrationStatus.CANCELLED, Came.DECLINED: RegistrationStatus.DECLINED}


def _lacks(row: Row, person_id: int | None, asked: hooks.Required | None) -> str:
    """What somebody of a row lacks for the event, in words that follow a name; whoever has cancelled needs nothing."""
    if asked is None or row.came.over:
        return ""
    return asked.lacking.get(person_id, "") if person_id is not None else asked.stranger


class RegistrationImporter(CellReader):
    """Plans the rows of a file, and carries them out when `apply` is set; both in the same way.

    `decisions` say which company a name means that finds none by itself (key → company id, none to leave its rows out).
    People are not told: what another tool has confirmed, it has said. Places are taken whether there are any or not, as a
    visible overbooking: the people have been told already.
    """

    def __init__(
        self,
        source: Source,
        columns: Columns,
        *,
        event: Event,
        decisions: dict[str, int | None],
        apply: bool,
        at: datetime,
        by: str = "",
        by_id: int | None = None,
    ) -> None:
        if apply:
            places.lock([event.pool_id])
        super().__init__(source, columns, event=event, decisions=decisions)
        self.apply, self.at = apply, at
        self.by, self.by_id = by, by_id
        self.kind_pools = {k.id: (k.pool_id, k.counts_on_company) for k in self.kinds.values()}
        self.tally = Counts(self.columns, event.time_zone)
        # Address → number of the row that is not cancelled; and all that a row says of a registration → its number.
        self.active: dict[str, int] = {}
        self.seen: dict[tuple[Any, ...], int] = {}
        # Registration → number of the row that names it by its code.
        self.named: dict[int, int] = {}
        self.created: dict[str, int] = {}
        self.pools: dict[int, int] = {}
        self.touched: set[int] = set()
        self.links: dict[str, Any] = {}

    def take(self, records: Sequence[Record]) -> list[Result]:
        """What each of these rows does."""
        results: list[Result] = []
        accepted: list[Row] = []
        asked: list[str] = []
        arrived: dict[int, datetime | None] = {}
        coded = self._coded(records)
        for record in records:
            result = Result(record.record, record.line, RowOutcome.UNCHANGED)
            results.append(result)
            try:
                if (again := self._own(record, result, coded)) is not None:
                    self._compare(record, result, again, arrived)
                    continue
                row = self._read(record, result)
            except Refused as refused:
                self._reject(record, result, refused.reason, refused.value)
                continue
            if row is None:
                asked.append(result.key)
            elif self._first(row):
                accepted.append(row)
                self.hosts.remember(row)
        # Whoever comes along needs the registration of their host first.
        self._decide([row for row in accepted if row.host is None])
        self._decide([row for row in accepted if row.host is not None and row.address])
        self._decide_nameless([row for row in accepted if not row.address])
        if self.apply:
            store.check_in(arrived)
        known = person_store.load(asked, lock=False) if asked else {}
        for address in asked:
            self.tally.person(address, known=address in known)
        return results

    def finish(self) -> None:
        """Counts the places that were taken."""
        if self.apply and self.touched:
            places.recount(self.touched)

    def counts(self) -> dict[str, Any]:
        """What the import found, by the names that scripts rely on."""
        return self.tally.result()

    def _reject(self, record: Record, result: Result, reason: str, value: str | None = None) -> None:
        result.refuse(reason, record.cells, value)
        result.key = line(self._cell(record, "address"))
        result.label = f"{line(self._cell(record, 'given_name'))} {line(self._cell(record, 'family_name'))}".strip()
        self.tally.rejected(result)

    def _coded(self, records: Sequence[Record]) -> dict[str, store.Coded]:
        """The registrations of the event that these rows name by their code."""
        codes = {code for record in records if (code := line(self._cell(record, "code")))}
        return store.by_code(self.event.id, codes) if codes else {}

    def _own(self, record: Record, result: Result, coded: dict[str, store.Coded]) -> store.Coded | None:
        """The registration that a row names by its code, if it is about the same person. Raises `Refused`."""
        if len(record.cells) < len(self.headers):
            raise Refused("too_few_columns")
        if len(record.cells) > len(self.headers):
            raise Refused("too_many_columns")
        code = line(self._cell(record, "code"))
        found = coded.get(code)
        if found is None:
            return None
        name = f"{line(self._cell(record, 'given_name'))} {line(self._cell(record, 'family_name'))}".strip()
        address = line(self._cell(record, "address"))
        if found.means(address.lower(), fold(name)):
            result.key, result.label = address or name or code, name
            return found
        result.warnings.append(["other_code", code])
        return None

    def _compare(self, record: Record, result: Result, again: store.Coded, arrived: dict[int, datetime | None]) -> None:
        """A row of our own export against its registration, to which it adds at most that the person came.

        Nothing else of it is asked for: what a registration may be today, a list of it may say. Raises `Refused`.
        """
        found, came = again.stored, self._came(record)
        checked_in_at = self._moment(record, "checked_in_at")
        first = self.named.setdefault(found.id, record.record)
        if first != record.record:
            result.outcome, result.cells = RowOutcome.REPEAT, record.cells
        else:
            if came is Came.CHECKED_IN and checked_in_at is None:
                checked_in_at = self.event.starts_at
            if came.over and not found.ended:
                result.warnings.append(["cancel_by_hand", ""])
                checked_in_at = None
            result.object_id, result.object_version = found.id, found.version
            self._arrive(result, found, checked_in_at, arrived)
        company = self.directory.by_id[found.organisation_id]
        match = self._match_of(record)
        if match.company is not None and match.company.home != company.home:
            result.warnings.append(["other_company", match.company.name])
        if found.checked_in_at is not None and not came.over:
            came = Came.CHECKED_IN
        address = line(self._cell(record, "address")).lower()
        self.tally.read(record.record, address, came, Match(Step.EXACT, company), self._raw(record), checked_in_at)
        if address:
            self.tally.person(address, known=True)
        self.tally.outcome(result)

    def _read(self, record: Record, result: Result) -> Row | None:
        """The row with its company, or none if a person has to say which that is. Raises `Refused`."""
        address = self._address(record)
        host = self._host(record)
        text = {key: fits(key, line(self._cell(record, key)), LENGTHS[key]) for key in LINES}
        if not (text["given_name"] or text["family_name"]):
            raise Refused("empty_name")
        result.label = f"{text['given_name']} {text['family_name']}".strip()
        result.key = address or result.label
        came = self._came(record)
        registered_at = self._moment(record, "registered_at") or self.at
        checked_in_at, cancelled_at = self._moment(record, "checked_in_at"), self._moment(record, "cancelled_at")
        if came is Came.CHECKED_IN and checked_in_at is None:
            result.warnings.append(["no_check_in_time", ""])
            checked_in_at = self.event.starts_at
        elif came is not Came.CHECKED_IN and checked_in_at is not None:
            if came.over:
                result.warnings.append(["cancelled_but_came", ""])
                checked_in_at = None
            elif came is Came.CONFIRMED:
                came = Came.CHECKED_IN
        mode = cells.mode(self._cell(record, "mode"), self.event.modes)
        match = Match(Step.EXACT, host.company) if host is not None else self._company(record)
        self.tally.read(record.record, address, came, match, self._raw(record), checked_in_at)
        if match.company is None:
            self._ask(record, result, match)
            return None
        row = Row(
            result,
            record,
            address,
            text["given_name"],
            text["family_name"],
            text["badge_name"],
            text["note"],
            self._cell(record, "phone"),
            came,
            mode,
            self._kind(record, result),
            registered_at,
            checked_in_at,
            cancelled_at,
            match.company,
            host,
        )
        result.changes = {"company": ["", match.company.name]}
        return row

    def _ask(self, record: Record, result: Result, match: Match) -> None:
        text = line(self._cell(record, "company"))
        result.outcome, result.cells = RowOutcome.UNSURE, record.cells
        result.reason = "several_companies" if match.step is Step.SEVERAL else "no_company"
        result.warnings = [["company_named", text[:120]]]
        self.tally.unsure()

    def _first(self, row: Row) -> bool:
        """Whether no earlier row of the file says the same, or otherwise of a place that one person can have only once."""
        same = (row.who, row.came, row.registered_at, row.company.id)
        earlier = self.seen.setdefault(same, row.record.record)
        if earlier == row.record.record and not row.came.over:
            earlier = self.active.setdefault(row.who, row.record.record)
            conflict = earlier != row.record.record
        else:
            conflict = False
        if earlier == row.record.record:
            return True
        row.result.outcome = RowOutcome.CONFLICT if conflict else RowOutcome.REPEAT
        row.result.cells, row.result.changes = row.record.cells, {}
        row.result.warnings = [["registered_twice", str(earlier)]] if conflict else []
        self.tally.outcome(row.result)
        return False

    def _decide(self, rows: Sequence[Row]) -> None:
        """Compares the rows with the registrations that exist, and writes the difference."""
        people = person_store.load([row.address for row in rows], lock=self.apply)
        known = {person.id for person in people.values()}
        here = store.registrations_of(self.event.id, known) if known else {}
        barred, elsewhere = (hooks.barred(known), store.moved_on(known)) if known else (set(), set())
        asked = hooks.required(self.event, known, self.at)
        new: list[Row] = []
        arrived: dict[int, datetime | None] = {}
        for row in rows:
            person = people.get(row.address)
            moved = person is not None and (person.id in elsewhere or row.company.id not in person.memberships)
            if moved:
                row.result.warnings.append(["moved_on", ""])
            self.tally.person(row.address, known=person is not None, moved=moved)
            if person is not None and self._known(row, here.get(person.id, []), arrived):
                pass
            elif row.came is Came.OPEN:
                self._reject(row.record, row.result, "open_elsewhere", line(self._cell(row.record, "status")))
                continue
            elif person is not None and person.id in barred:
                self._reject(row.record, row.result, "objected")
                continue
            elif lacks := _lacks(row, person.id if person is not None else None, asked):
                self._lacking(row, lacks)
                continue
            else:
                row.result.outcome, row.result.made = RowOutcome.CREATE, "registration"
                if person is None and row.address not in self.created:
                    self.created[row.address] = 0
                    row.phone = self._phone(row)
                    row.result.warnings.append(["new_person", ""])
                new.append(row)
            self.tally.outcome(row.result)
        if self.apply:
            self._write(new, {address: person.id for address, person in people.items()})
            store.check_in(arrived)

    def _decide_nameless(self, rows: Sequence[Row]) -> None:
        """The same for people without an address: they are told apart by name and by with whom they come."""
        here = store.guests_of({row.host.id for row in rows if row.host is not None and row.host.id is not None})
        asked = hooks.required(self.event, (), self.at) if rows else None
        new: list[Row] = []
        arrived: dict[int, datetime | None] = {}
        for row in rows:
            stored = here.get((row.host.id if row.host is not None else None, fold(row.name)), [])
            if not self._known(row, stored, arrived):
                if row.came is Came.OPEN:
                    self._reject(row.record, row.result, "open_elsewhere", line(self._cell(row.record, "status")))
                    continue
                if lacks := _lacks(row, None, asked):
                    self._lacking(row, lacks)
                    continue
                row.phone = self._phone(row)
                row.result.outcome, row.result.made = RowOutcome.CREATE, "registration"
                new.append(row)
            self.tally.outcome(row.result)
        if self.apply and rows:
            self._add(new, person_store.create_without_address([r.person_values for r in new], self.at))
            store.check_in(arrived)

    def _phone(self, row: Row) -> str:
        """The phone of somebody new; one that is none is left out, with a warning."""
        return value_or(parsing.phone, row.phone, "", row.result.warnings)

    def _lacking(self, row: Row, words: str) -> None:
        """Refuses a row of somebody who lacks what the event asks of people themselves, with the way to get it."""
        row.result.warnings.append(["lacks", words])
        self._reject(row.record, row.result, "lacks")

    def _known(self, row: Row, stored: Sequence[store.Stored], arrived: dict[int, datetime | None]) -> bool:
        """Whether the event has this registration already; then the row says at most that the person came."""
        active = next((one for one in stored if not one.ended), None)
        same = [one for one in stored if one.ended and self._same_moment(row, one.registered_at)]
        if row.came.over:
            if not same and active is not None and self._same_moment(row, active.registered_at):
                row.result.warnings.append(["cancel_by_hand", ""])
                same = [active]
            found = same[0] if same else None
        else:
            found = active
        if found is None:
            return False
        result = row.result
        result.object_id, result.object_version, result.changes = found.id, found.version, {}
        if found.organisation_id != row.company.id:
            result.warnings.append(["other_company", row.company.name])
        self._arrive(result, found, row.checked_in_at, arrived)
        return True

    def _same_moment(self, row: Row, moment: datetime) -> bool:
        """Whether a row means that moment: a file knows whole seconds, and local times that come twice as one."""
        zone = self._zone(row.record)
        clocks = [to_local(at, zone).replace(tzinfo=None) for at in (row.registered_at, moment)]
        return abs(clocks[0] - clocks[1]) <= timedelta(seconds=1)

    def _arrive(
        self, result: Result, found: store.Stored, checked_in_at: datetime | None, arrived: dict[int, datetime | None]
    ) -> None:
        """Says of a registration that the person came, if that is new."""
        if checked_in_at is not None and found.checked_in_at is None and not found.ended:
            result.outcome, result.object_version = RowOutcome.UPDATE, found.version + 1
            result.changes = {"checked_in_at": ["", checked_in_at.isoformat()]}
            arrived[found.id] = checked_in_at

    def _write(self, rows: Sequence[Row], person_ids: dict[str, int]) -> None:
        if not rows:
            return
        unknown = {
            row.address: row for row in reversed(rows) if not (person_ids.get(row.address) or self.created.get(row.address))
        }
        self.created |= person_store.create({address: row.person_values for address, row in unknown.items()}, self.at)
        joined = person_store.add_memberships(
            [(self.created[address], row.company.id, person_store.MEMBERSHIP_DEFAULTS) for address, row in unknown.items()],
            self.at,
        )
        for row, membership_id in zip(unknown.values(), joined, strict=True):
            row.result.membership_id = membership_id
        self._add(rows, [person_ids.get(row.address) or self.created[row.address] for row in rows])

    def _add(self, rows: Sequence[Row], person_ids: Sequence[int]) -> None:
        missing = {row.company.id for row in rows if self._of_company(row)} - self.pools.keys()
        self.pools |= store.company_pools(self.event, missing) if missing else {}
        seats = [self._seat(row, person_id) for row, person_id in zip(rows, person_ids, strict=True)]
        for row, id_ in zip(rows, store.add(self.event, seats, by=self.by, by_id=self.by_id), strict=True):
            row.result.object_id, row.result.object_version = id_, 1
        self.touched.update(pool for seat in seats for pool in seat.pools)

    def _of_company(self, row: Row) -> bool:
        return row.host is None and (row.kind_id is None or self.kind_pools[row.kind_id][1])

    def _seat(self, row: Row, person_id: int) -> store.Seat:
        own = (self.pools[row.company.id],) if self._of_company(row) else ()
        kind = (self.kind_pools[row.kind_id][0],) if row.kind_id is not None else ()
        return store.Seat(
            company_id=row.company.id,
            person_id=person_id,
            name=row.name,
            mode=row.mode,
            status=STATUSES.get(row.came, RegistrationStatus.CONFIRMED),
            pools=(*own, *kind, self.event.pool_id, self.event.mode_pool_id(row.mode)),
            registered_at=row.registered_at,
            checked_in_at=row.checked_in_at,
            cancelled_at=row.cancelled_at,
            kind_id=row.kind_id,
            badge_name=row.badge_name,
            note=row.note,
            guest_of=row.host.id if row.host is not None else None,
        )
