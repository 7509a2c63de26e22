"""Companies from a file: what each row does, and doing it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventapp.partners.imports import company_store, links, parsing
from eventapp.partners.imports.fields import PARTNER_FIELDS, Columns
from eventapp.partners.imports.parsing import Reference, Refused, fits, items, line
from eventapp.partners.imports.partner_counts import PartnerCounts
from eventapp.partners.imports.readers import Record, Source
from eventapp.partners.imports.rows import Doubts, Result, value_or
from eventapp.partners.models import RowOutcome
from eventapp.partners.rules import PROGRAMME_ID, normal_domain

LENGTHS = {field.key: field.length for field in PARTNER_FIELDS}
LINES = ("name", "legal_name", "city", "website", "parent_name", "crm")


class PartnerImporter:
    """Plans the rows of a file, and carries them out when `apply` is set; both in the same way."""

    def __init__(self, source: Source, columns: Columns, *, apply: bool, at: datetime) -> None:
        self.headers = source.headers
        self.columns = dict(columns)
        self.apply = apply
        self.at = at
        self.reference = Reference.load()
        self.tally = PartnerCounts(self.columns)
        # Programme ID → number and cells of the row that brought it first.
        self.first: dict[str, tuple[int, str]] = {}
        self.taken: dict[tuple[str, str], str] = {}
        self.named: dict[str, links.Family] = {}
        self.parents: dict[str, tuple[str, str]] = {}
        self.suppliers: dict[str, list[str]] = {}
        self.created: dict[str, int] = {}
        self.ids: dict[str, int] = {}
        self.links: dict[str, Any] = {}

    def take(self, records: Sequence[Record]) -> list[Result]:
        """What each of these rows does."""
        results: list[Result] = []
        accepted: list[tuple[Result, company_store.Values]] = []
        for record in records:
            result = Result(record.record, record.line, RowOutcome.UNCHANGED)
            results.append(result)
            self.tally.read(record)
            try:
                values = self._parse(record, result)
            except Refused as refused:
                self._reject(record, result, refused.reason, refused.value)
                continue
            if result.key in self.first:
                self._repeat(record, result, values)
                continue
            self.first[result.key] = (record.record, json.dumps(record.cells))
            accepted.append((result, values))
        self._decide(accepted)
        return results

    def _cell(self, record: Record, key: str) -> str:
        at = self.columns.get(key)
        return record.cells[at] if at is not None and at < len(record.cells) else ""

    def _reject(self, record: Record, result: Result, reason: str, value: str | None = None) -> None:
        result.refuse(reason, record.cells, value)
        result.key = line(self._cell(record, "programme_id"))
        result.label = line(self._cell(record, "name"))
        self.tally.rejected(result)

    def _parse(self, record: Record, result: Result) -> company_store.Values:
        """The values of the columns that the file has; raises `Refused`."""
        if len(record.cells) < len(self.headers):
            raise Refused("too_few_columns")
        if len(record.cells) > len(self.headers):
            raise Refused("too_many_columns")
        values: company_store.Values = {}
        doubts: Doubts = []
        cells = {key: record.cells[at] for key, at in self.columns.items()}
        for key in LINES:
            if key in cells:
                values[key] = fits(key, line(cells[key]), LENGTHS[key])
        if not values.get("name", "-"):
            raise Refused("empty_name")
        result.key = parsing.programme_id(cells["programme_id"])
        result.label = values.get("name", "")
        ref = self.reference
        if "primary_type" in cells:
            values["primary_type"] = parsing.partner_type(cells["primary_type"], ref)
        if "tier_key" in cells:
            values["tier_key"] = parsing.tier(cells["tier_key"], ref)
        if "country_code" in cells:
            values["country_code"] = parsing.country(cells["country_code"], ref)
        if "partner_since" in cells:
            values["partner_since"] = parsing.day(cells["partner_since"])
        if "status" in cells and (status := parsing.status(cells["status"])):
            values["status"] = status
        if "partner_manager" in cells:
            values["partner_manager"] = fits(
                "partner_manager", parsing.manager(cells["partner_manager"]), LENGTHS["partner_manager"]
            )
        if "notes" in cells:
            values["notes"] = fits("notes", parsing.text(cells["notes"]), LENGTHS["notes"])
        if "vat" in cells:
            values["vat"] = fits("vat", value_or(parsing.vat, cells["vat"], "", doubts), LENGTHS["vat"])
        if "duns" in cells:
            values["duns"] = value_or(parsing.duns, cells["duns"], "", doubts)
        if "employees" in cells:
            values["employees"] = value_or(parsing.employees, cells["employees"], None, doubts)
        if "other_types" in cells:
            values["other_types"] = self._types(cells["other_types"], doubts)
        if "domains" in cells:
            values["domains"] = self._domains(cells["domains"], doubts)
        if "suppliers" in cells:
            values["suppliers"] = self._suppliers(cells["suppliers"], doubts, result.key)
        result.warnings = doubts
        return values

    def _types(self, cell: str, doubts: Doubts) -> list[str]:
        found = set()
        for name in items(cell):
            kind = self.reference.types.get(name.casefold())
            if kind is None:
                doubts.append(["unknown_other_type", name[:80]])
            else:
                found.add(kind.value)
        return sorted(found)

    def _domains(self, cell: str, doubts: Doubts) -> list[str]:
        found = set()
        for part in items(cell.replace(" ", ",")):
            domain = normal_domain(part)
            if domain is None:
                doubts.append(["bad_domain", part[:80]])
            elif domain in self.reference.free_mail:
                doubts.append(["free_mail", domain])
            else:
                found.add(domain)
        return sorted(found)

    def _suppliers(self, cell: str, doubts: Doubts, key: str) -> list[str]:
        found = set()
        for part in items(cell):
            if part == key or not PROGRAMME_ID.fullmatch(part):
                doubts.append(["bad_supplier", part[:80]])
            else:
                found.add(part)
        return sorted(found)

    def _repeat(self, record: Record, result: Result, values: company_store.Values) -> None:
        """A programme ID that an earlier row has: the first row counts, this one is only reported."""
        number, packed = self.first[result.key]
        cells = json.loads(packed)
        before = self._parse(Record(number, 0, cells, False), Result(number, 0, RowOutcome.UNCHANGED))
        result.cells = record.cells
        different = [key for key in self._in_file_order() if values.get(key) != before.get(key)]
        if not different:
            result.outcome = RowOutcome.REPEAT
            self.tally.repeat(result, number)
            return
        result.outcome, result.reason = RowOutcome.CONFLICT, f"conflict:{different[0]}"
        result.changes = {key: [before.get(key), values.get(key)] for key in different}
        at = self.columns[different[0]]
        self.tally.conflict(result, number, self.headers[at], line(cells[at]), line(record.cells[at]), before, values)

    def _in_file_order(self) -> list[str]:
        return sorted((key for key in self.columns if key != "programme_id"), key=lambda key: self.columns[key])

    def _decide(self, accepted: list[tuple[Result, company_store.Values]]) -> None:
        """Compares the rows with the companies that exist, and writes the difference."""
        stored = company_store.load([result.key for result, _values in accepted], lock=self.apply)
        wanted = {name: [values[name] for _r, values in accepted if values.get(name)] for name in company_store.SCHEMES}
        holders = company_store.taken_numbers(wanted)
        new: dict[str, company_store.Values] = {}
        full: dict[int, company_store.Values] = {}
        changed: dict[int, set[str]] = {}
        merged = company_store.merged([result.key for result, _values in accepted])
        for result, values in accepted:
            if result.key in merged:
                record = Record(result.record, result.line, json.loads(self.first.pop(result.key)[1]), False)
                self._reject(record, result, "merged_away")
                continue
            known = stored.get(result.key)
            self._drop_taken_numbers(result, values, known.id if known else None, holders)
            if known is None:
                reason = self._cannot_create()
                if reason:
                    record = Record(result.record, result.line, json.loads(self.first.pop(result.key)[1]), False)
                    self._reject(record, result, reason)
                    continue
                result.outcome, result.made = RowOutcome.CREATE, "company"
                new[result.key] = {**company_store.DEFAULTS, **values, "programme_id": result.key}
            else:
                result.object_id, result.object_version = known.id, known.version
                result.label = result.label or known.values["name"]
                result.changes = {key: [known.values[key], new] for key, new in values.items() if known.values[key] != new}
                if result.changes:
                    result.outcome = RowOutcome.UPDATE
                    result.object_version = known.version + 1
                    changed[known.id] = set(result.changes)
                    full[known.id] = {**known.values, **values}
            self._remember(result, values, known.values if known else company_store.DEFAULTS)
        if self.apply:
            self._write(accepted, new, changed, full)

    def _drop_taken_numbers(
        self, result: Result, values: company_store.Values, id_: int | None, holders: dict[tuple[str, str], int]
    ) -> None:
        """An identifier belongs to one company: whoever has it keeps it."""
        for name in company_store.SCHEMES:
            value = values.get(name)
            if not value:
                continue
            holder = holders.get((name, value))
            first = self.taken.setdefault((name, value), result.key)
            if first != result.key or (holder is not None and holder != id_):
                result.warnings.append([f"{name}_taken", value])
                values[name] = ""

    def _cannot_create(self) -> str:
        """Why a company cannot be made of the columns that the file has; empty if it can."""
        # The file may have no column for what a new company needs; one that stands empty is refused when it is read.
        missing = next((field.key for field in PARTNER_FIELDS if field.for_new and field.key not in self.columns), "")
        return f"no_column:{missing}" if missing else ""

    def _remember(self, result: Result, values: company_store.Values, before: company_store.Values) -> None:
        """Counts an accepted row, and keeps what has to be connected at the end."""
        name = values.get("name") or before.get("name", "")
        country = values.get("country_code") or before.get("country_code", "")
        if result.made or "name" in result.changes:
            self.named.setdefault(name, links.Family()).members[result.key] = country
        if values.get("parent_name"):
            self.parents[result.key] = (values["parent_name"], country)
        elif "parent_name" in result.changes:
            self.parents[result.key] = ("", country)
        if "suppliers" in values:
            self.suppliers[result.key] = values["suppliers"]
        type_cell = json.loads(self.first[result.key][1])[self.columns["primary_type"]] if "primary_type" in self.columns else ""
        self.tally.accepted(result, values, type_cell)

    def _write(
        self,
        accepted: list[tuple[Result, company_store.Values]],
        new: dict[str, company_store.Values],
        changed: dict[int, set[str]],
        full: dict[int, company_store.Values],
    ) -> None:
        ids = company_store.create(new, self.at)
        company_store.change(changed, full, self.at)
        self.created.update(ids)
        for result, _values in accepted:
            if result.made:
                result.object_id, result.object_version = ids[result.key], 1
            if result.outcome in (RowOutcome.CREATE, RowOutcome.UPDATE) and result.object_id:
                self.ids[result.key] = result.object_id

    def finish(self) -> None:
        """Connects parents and suppliers, those of earlier files too that waited for a company of this one."""
        for name, family in links.families(name for name, _country in self.parents.values() if name).items():
            own = self.named.setdefault(name, links.Family())
            own.members = {**family.members, **own.members}
        found: dict[str, str | None] = {}
        for key, (name, country) in self.parents.items():
            found[key] = self.named.get(name, links.Family()).parent_of(key, country) if name else None
        known = self._known_suppliers()
        self.tally.connect(self.parents, found, self.suppliers, known)
        if not self.apply:
            return
        parent_ids = links.known_ids(parent for parent in found.values() if parent)
        touched = self.ids
        links.set_parents({touched[k]: parent_ids.get(parent) if parent else None for k, parent in found.items() if k in touched})
        links.set_suppliers({touched[key]: keys for key, keys in self.suppliers.items() if key in touched})
        self.links = links.resolve_waiting(self.created, set(touched.values()))

    def _known_suppliers(self) -> set[str]:
        wanted = {key for keys in self.suppliers.values() for key in keys}
        return {key for key in wanted if key in self.first} | set(links.known_ids(wanted - set(self.first)))

    def counts(self) -> dict[str, Any]:
        """What the import found, by the names that scripts rely on."""
        return self.tally.result()
