"""People and their companies from a file: what each row does, and doing it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.email import EmailError, domain_of, normal_address
from eventapp.partners.imports import parsing, person_store
from eventapp.partners.imports.fields import PEOPLE_FIELDS, Columns
from eventapp.partners.imports.parsing import Reference, Refused, fits, line
from eventapp.partners.imports.people_counts import PeopleCounts
from eventapp.partners.imports.readers import Record, Source
from eventapp.partners.imports.rows import Doubts, Result, value_or
from eventapp.partners.models import MembershipRole, MembershipState, Organisation, RowOutcome
from eventapp.partners.rules import PROGRAMME_ID

LENGTHS = {field.key: field.length for field in PEOPLE_FIELDS}
LINES = ("given_name", "family_name", "badge_name", "job_title")


@dataclass(slots=True)
class Accepted:
    """A row that counts, for one person in one company."""

    result: Result
    programme_id: str
    company_id: int
    values: person_store.Values
    first_of_person: bool


class PeopleImporter:
    """Plans the rows of a file, and carries them out when `apply` is set; both in the same way."""

    def __init__(self, source: Source, columns: Columns, *, apply: bool, at: datetime) -> None:
        self.headers = source.headers
        self.columns = dict(columns)
        self.apply = apply
        self.at = at
        self.reference = Reference.load()
        self.tally = PeopleCounts(self.columns)
        # Who is listed under a company that was merged belongs to the one that it went into.
        home = func.coalesce(Organisation.merged_into_id, Organisation.id).label("id")
        companies = select(Organisation.programme_id, home).where(Organisation.programme_id.is_not(None))
        self.companies = {str(row.programme_id): row.id for row in db.session.execute(companies)}
        # Address → number and programme ID of the row that brought it first; and its cells, for each company.
        self.first: dict[str, tuple[int, str]] = {}
        self.pairs: dict[tuple[str, str], tuple[int, str]] = {}
        # Address → id, of people created earlier in this run; 0 in a dry run.
        self.created: dict[str, int] = {}
        # Name and phone → number of the first row, its address and programme ID.
        self.known_as: dict[tuple[str, str, str], tuple[int, str, str]] = {}
        self.links: dict[str, Any] = {}

    def take(self, records: Sequence[Record]) -> list[Result]:
        """What each of these rows does."""
        results: list[Result] = []
        accepted: list[Accepted] = []
        for record in records:
            result = Result(record.record, record.line, RowOutcome.UNCHANGED)
            results.append(result)
            self.tally.records += 1
            try:
                values, company = self._parse(record, result)
            except Refused as refused:
                self._reject(record, result, refused.reason, refused.value)
                continue
            pair = (result.key, company)
            if pair in self.pairs:
                self._repeat(record, result, values, company)
                continue
            self.pairs[pair] = (record.record, json.dumps(record.cells))
            first = result.key not in self.first
            if first:
                self.first[result.key] = (record.record, company)
            else:
                self._named_before(result, values)
            accepted.append(Accepted(result, company, self.companies[company], values, first))
        self._decide(accepted)
        return results

    def _cell(self, record: Record, key: str) -> str:
        at = self.columns.get(key)
        return line(record.cells[at]) if at is not None and at < len(record.cells) else ""

    def _reject(self, record: Record, result: Result, reason: str, value: str | None = None) -> None:
        result.refuse(reason, record.cells, value)
        result.key = self._cell(record, "address")
        result.label = f"{self._cell(record, 'given_name')} {self._cell(record, 'family_name')}".strip()
        self.tally.rejected(result, self._cell(record, "programme_id"))

    def _parse(self, record: Record, result: Result) -> tuple[person_store.Values, str]:
        """The values of the columns that the file has, and the company's programme ID; raises `Refused`."""
        if len(record.cells) < len(self.headers):
            raise Refused("too_few_columns")
        if len(record.cells) > len(self.headers):
            raise Refused("too_many_columns")
        cells = {key: record.cells[at] for key, at in self.columns.items()}
        try:
            result.key = normal_address(line(cells["address"]))
        except EmailError as error:
            raise Refused("invalid_email", line(cells["address"])) from error
        company = line(cells["programme_id"])
        if company not in self.companies:
            known_form = PROGRAMME_ID.fullmatch(company) or not company
            raise Refused("unknown_programme_id" if known_form else "bad_programme_id", company)
        doubts: Doubts = []
        values: person_store.Values = {key: fits(key, line(cells[key]), LENGTHS[key]) for key in LINES if key in cells}
        if "phone" in cells:
            values["phone"] = value_or(parsing.phone, cells["phone"], "", doubts)
        if "language" in cells:
            values["language"] = value_or(parsing.language, cells["language"], "", doubts)
        if "time_zone" in cells:
            values["time_zone"] = value_or(parsing.time_zone, cells["time_zone"], "", doubts)
        if "function" in cells:
            values["function"] = value_or(parsing.function, cells["function"], None, doubts)
        if "role" in cells:
            admin = value_or(parsing.yes, cells["role"], False, doubts)
            values["role"] = (MembershipRole.ADMIN if admin else MembershipRole.MEMBER).value
        if {"given_name", "family_name"} <= values.keys() and not (values["given_name"] or values["family_name"]):
            raise Refused("empty_name")
        self._look_closer(result, values, doubts)
        return values, company

    def _look_closer(self, result: Result, values: person_store.Values, doubts: Doubts) -> None:
        """Doubts that change nothing, but that somebody should see."""
        given, family = values.get("given_name", ""), values.get("family_name", "")
        result.label = f"{given} {family}".strip()
        if _in_capitals(given) and family and not _in_capitals(family):
            doubts.append(["names_swapped", ""])
        domain = domain_of(result.key)
        if domain in self.reference.free_mail:
            doubts.append(["free_mail_person", domain])
        result.warnings = doubts

    def _earlier(self, address: str, company: str) -> tuple[int, person_store.Values]:
        """Number and values of the row that counts for this person in this company."""
        number, packed = self.pairs[address, company]
        values, _company = self._parse(Record(number, 0, json.loads(packed), False), Result(number, 0, RowOutcome.UNCHANGED))
        return number, values

    def _named_before(self, result: Result, values: person_store.Values) -> None:
        """A person who stands in an earlier row for another company: that row says how they are called."""
        _number, before = self._earlier(result.key, self.first[result.key][1])
        names = [f"{one.get('given_name', '')} {one.get('family_name', '')}".strip() for one in (before, values)]
        if all(names) and names[0] != names[1]:
            result.warnings.append(["named_before", names[0]])

    def _repeat(self, record: Record, result: Result, values: person_store.Values, company: str) -> None:
        """A person who stands in an earlier row for the same company: the first row counts."""
        number, before = self._earlier(result.key, company)
        different = {key: [before[key], value] for key, value in values.items() if before[key] != value}
        result.outcome = RowOutcome.CONFLICT if different else RowOutcome.REPEAT
        result.changes, result.cells = different, record.cells
        result.warnings += [["differs", key] for key in different]
        self.tally.merged(result, self._cell(record, "address"), number)

    def _decide(self, accepted: list[Accepted]) -> None:
        """Compares the rows with the people who exist, and writes the difference."""
        stored = person_store.load([row.result.key for row in accepted], lock=self.apply)
        new: dict[str, person_store.Values] = {}
        full: dict[int, person_store.Values] = {}
        joining: list[Accepted] = []
        members: dict[int, tuple[MembershipState, person_store.Values]] = {}
        kept: list[Accepted] = []
        for row in accepted:
            result, address = row.result, row.result.key
            known = stored.get(address)
            if known is None and address not in self.created:
                if not (row.values.get("given_name") or row.values.get("family_name")):
                    self._refuse_nameless(row)
                    continue
                new[address] = {**person_store.PERSON_DEFAULTS, **_part(row.values, person_store.OF_PERSON)}
                self.created[address] = 0
                result.outcome, result.made = RowOutcome.CREATE, "person"
                joining.append(row)
            elif known is None:
                result.outcome, result.made = RowOutcome.CREATE, "membership"
                joining.append(row)
            else:
                self._compare(row, known, full, joining, members)
            kept.append(row)
        if self.apply:
            self._write(accepted, new, full, joining, members)
        for row in kept:
            self._count(row, stored.get(row.result.key))

    def _refuse_nameless(self, row: Accepted) -> None:
        number, packed = self.pairs.pop((row.result.key, row.programme_id))
        if row.first_of_person:
            self.first.pop(row.result.key)
        self._reject(Record(number, row.result.line, json.loads(packed), False), row.result, "empty_name")

    def _compare(
        self,
        row: Accepted,
        known: person_store.StoredPerson,
        full: dict[int, person_store.Values],
        joining: list[Accepted],
        members: dict[int, tuple[MembershipState, person_store.Values]],
    ) -> None:
        """What a row changes about a person whom we know. Only the first row of a person speaks about the person."""
        result = row.result
        result.object_id, result.object_version = known.id, known.version
        result.label = result.label or f"{known.values['given_name']} {known.values['family_name']}".strip()
        changes: dict[str, Any] = {}
        if row.first_of_person:
            wanted = {**known.values, **_part(row.values, person_store.OF_PERSON)}
            if wanted["given_name"] or wanted["family_name"]:
                changes = {key: [known.values[key], new] for key, new in wanted.items() if known.values[key] != new}
        membership = known.memberships.get(row.company_id)
        if changes:
            full[known.id] = {**known.values, **_part(row.values, person_store.OF_PERSON)}
            result.object_version = known.version + 1
        if membership is None:
            # Somebody known who comes to one more company, and may be called otherwise by now: that must not pass for new.
            result.outcome, result.made = RowOutcome.UPDATE if changes else RowOutcome.CREATE, "membership"
            joining.append(row)
        else:
            result.membership_id, state, values = membership
            part = _part(row.values, person_store.OF_MEMBERSHIP)
            if values["role"] == MembershipRole.EXECUTIVE and part.get("role") == MembershipRole.MEMBER:
                # A file only knows admins and others; it does not take an executive's role away.
                part.pop("role")
            changes |= {key: [values[key], new] for key, new in part.items() if values[key] != new}
            if state is not MembershipState.ACTIVE:
                changes["state"] = [state.value, MembershipState.ACTIVE.value]
            if changes.keys() & {*person_store.OF_MEMBERSHIP, "state"}:
                members[result.membership_id] = (MembershipState.ACTIVE, {**values, **part})
            if changes:
                result.outcome = RowOutcome.UPDATE
        result.changes = changes

    def _write(
        self,
        accepted: list[Accepted],
        new: dict[str, person_store.Values],
        full: dict[int, person_store.Values],
        joining: list[Accepted],
        members: dict[int, tuple[MembershipState, person_store.Values]],
    ) -> None:
        ids = person_store.create(new, self.at)
        self.created.update(ids)
        person_store.change(full, self.at)
        person_store.change_memberships(members)
        for row in accepted:
            if row.result.object_id is None and row.result.key in self.created:
                row.result.object_id, row.result.object_version = self.created[row.result.key], 1
        rows = [
            (
                row.result.object_id or 0,
                row.company_id,
                {**person_store.MEMBERSHIP_DEFAULTS, **_part(row.values, person_store.OF_MEMBERSHIP)},
            )
            for row in joining
        ]
        for row, id_ in zip(joining, person_store.add_memberships(rows, self.at), strict=True):
            row.result.membership_id = id_

    def _count(self, row: Accepted, known: person_store.StoredPerson | None) -> None:
        result, values = row.result, row.values
        first = None if row.first_of_person else self.first[result.key]
        moved = first is None and known is not None and result.made == "membership"
        phone = values.get("phone", "")
        if phone and row.first_of_person:
            same = (values.get("given_name", ""), values.get("family_name", ""), phone)
            other = self.known_as.setdefault(same, (result.record, result.key, row.programme_id))
            if other[1] != result.key and other[2] != row.programme_id:
                result.warnings.append(["probably_same_person", str(other[0])])
                self.tally.probably(result, same, other, row.programme_id)
        self.tally.accepted(result, values, row.programme_id, first, moved=moved)

    def finish(self) -> None:
        """Nothing is left to do: companies of people must exist before."""

    def counts(self) -> dict[str, Any]:
        """What the import found, by the names that scripts rely on."""
        return self.tally.result(len(self.companies))


def _part(values: person_store.Values, names: Sequence[str]) -> person_store.Values:
    return {name: values[name] for name in names if name in values}


def _in_capitals(name: str) -> bool:
    return len(name) > 1 and name.isupper()
