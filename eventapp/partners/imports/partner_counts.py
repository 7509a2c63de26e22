"""What an import of companies found, counted by the names that scripts rely on."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.parsing import TYPE_NAMES, line
from eventapp.partners.imports.readers import Record
from eventapp.partners.imports.reasons import value_of
from eventapp.partners.imports.rows import Result
from eventapp.partners.models import TYPE_GROUPS, Country, OrganisationStatus, RowOutcome, SubRegion, Tier

GROUP_OF = {kind.value: group for group, kinds in TYPE_GROUPS.items() for kind in kinds}
NO_TIER = "none"


class PartnerCounts:
    """Counts rows as they come. Figures by type, tier and the like are those of the file's companies, first row first."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.tiers = [(key, label) for key, label in db.session.execute(select(Tier.key, Tier.label).order_by(Tier.position))]
        regions = select(Country.code, SubRegion.label).join(SubRegion, SubRegion.key == Country.sub_region_key)
        self.region_of = {row.code: row.label for row in db.session.execute(regions)}
        self.regions = list(db.session.scalars(select(SubRegion.label).order_by(SubRegion.position)))
        self.records = self.long_records = 0
        self.outcomes: Counter[RowOutcome] = Counter()
        self.rejected_rows: list[dict[str, Any]] = []
        self.rejected_values: dict[int, str] = {}
        self.conflicts: list[dict[str, Any]] = []
        self.repeats: list[dict[str, Any]] = []
        self.counters: dict[str, Counter[Any]] = defaultdict(Counter)
        self.last_tier: dict[str, tuple[Any, Any]] = {}
        self.since: list[str] = []
        self.numbers: dict[str, set[str]] = defaultdict(set)
        self.exponents: list[str] = []
        self.domains: dict[str, list[str]] = defaultdict(list)
        self.several_domains = 0
        self.free_mail: dict[str, list[str]] = defaultdict(list)
        self.parents: dict[str, Any] = {}
        self.suppliers: dict[str, Any] = {}
        self.employees: list[int] = []

    def read(self, record: Record) -> None:
        """A row of the file, whatever comes of it."""
        self.records += 1
        self.long_records += record.over_lines

    def rejected(self, result: Result) -> None:
        """A row that was refused."""
        self.outcomes[RowOutcome.REJECTED] += 1
        if (value := value_of(result.warnings)) is not None:
            self.rejected_values[result.record] = value
        code, _sign, key = result.reason.partition(":")
        row = {"record": result.record, "line": result.line, "reason": code, "programme_id": result.key}
        self.rejected_rows.append({**row, "field": key} if key else row)

    def repeat(self, result: Result, first: int) -> None:
        """A row that says the same as an earlier one."""
        self.outcomes[RowOutcome.REPEAT] += 1
        self.repeats.append({"record": result.record, "line": result.line, "programme_id": result.key, "first_record": first})

    def conflict(
        self, result: Result, first: int, header: str, before: str, later: str, was: Mapping[str, Any], now: Mapping[str, Any]
    ) -> None:
        """A row that contradicts an earlier one."""
        self.outcomes[RowOutcome.CONFLICT] += 1
        self.conflicts.append(
            {
                "record": result.record,
                "line": result.line,
                "programme_id": result.key,
                "field": header,
                "first": before,
                "later": later,
                "first_record": first,
            }
        )
        self.last_tier[result.key] = (was.get("tier_key"), now.get("tier_key"))

    def accepted(self, result: Result, values: Mapping[str, Any], type_cell: str) -> None:
        """A row that counts. `type_cell` is the type as the file names it, since two names can mean one type."""
        self.outcomes[result.outcome] += 1
        count, tier = self.counters, values.get("tier_key")
        if "tier_key" in values:
            count["tier"][tier] += 1
        if "primary_type" in values:
            group = GROUP_OF[values["primary_type"]]
            count["type"][group] += 1
            count["type_and_tier"][group, tier] += 1
            typed = line(type_cell)
            count["type_label"]["SI" if typed.casefold() == "si" else TYPE_NAMES[values["primary_type"]]] += 1
        if "country_code" in values:
            region = self.region_of[values["country_code"]]
            count["country"][values["country_code"]] += 1
            count["region"][region] += 1
            count["region_and_tier"][region, tier] += 1
        if "status" in values:
            count["status"][values["status"]] += 1
        if values.get("partner_since"):
            self.since.append(values["partner_since"])
        if values.get("employees") is not None:
            self.employees.append(values["employees"])
        self._lists(result, values)

    def _lists(self, result: Result, values: Mapping[str, Any]) -> None:
        if values.get("other_types"):
            self.counters["other"]["companies"] += 1
            self.counters["other_label"].update(values["other_types"])
        for name in ("vat", "duns", "crm"):
            if values.get(name):
                self.numbers[name].add(values[name])
        if _like_a_number(values.get("crm", "")):
            self.exponents.append(result.key)
        refused = [value for code, value in result.warnings if code == "free_mail"]
        for domain in refused:
            self.free_mail[domain].append(result.key)
        named = [*values.get("domains", ()), *refused]
        for domain in named:
            self.domains[domain].append(result.key)
        self.several_domains += len(named) > 1

    def connect(
        self,
        parents: Mapping[str, tuple[str, str]],
        found: Mapping[str, str | None],
        suppliers: Mapping[str, list[str]],
        known: set[str],
    ) -> None:
        """The connections that the file asks for, and which of them can be made."""
        named = {key: name for key, (name, _country) in parents.items() if name}
        resolved = {key: parent for key in named if (parent := found[key])}
        self.parents = {
            "rows_with_parent": len(named),
            "resolved": len(resolved),
            "unresolved": sorted({name for key, name in named.items() if key not in resolved}),
            "distinct_parents": len(set(resolved.values())),
        }
        keys = [key for part in suppliers.values() for key in part]
        self.suppliers = {
            "rows_with_supplier": sum(1 for part in suppliers.values() if part),
            "links": len(keys),
            "links_resolved": sum(1 for key in keys if key in known),
            "unresolved": sorted({key for key in keys if key not in known}),
        }

    def result(self) -> dict[str, Any]:
        """Everything counted. Parts about columns that the file does not have are left out."""
        outcomes = self.outcomes
        found: dict[str, Any] = {
            "records_read": self.records,
            "records_over_several_lines": self.long_records,
            "companies_created": outcomes[RowOutcome.CREATE],
            "companies_changed": outcomes[RowOutcome.UPDATE],
            "updated": outcomes[RowOutcome.UPDATE],
            "unchanged": outcomes[RowOutcome.UNCHANGED],
            "exact_repeats": outcomes[RowOutcome.REPEAT],
            "conflicting_repeats": outcomes[RowOutcome.CONFLICT],
            "rejected": outcomes[RowOutcome.REJECTED],
            "rejected_by_reason": dict(Counter(row["reason"] for row in self.rejected_rows)),
            "rejected_rows": self.rejected_rows,
            "rejected_values": self.rejected_values,
            "conflicts": self.conflicts,
            "repeats": self.repeats,
        }
        parts = {
            "primary_type": self._by_type,
            "tier_key": self._by_tier,
            "country_code": self._by_country,
            "status": self._by_status,
            "other_types": self._other_types,
            "partner_since": self._partner_since,
            "employees": self._employees,
            "domains": self._domains,
        }
        for key, part in parts.items():
            if key in self.columns:
                found.update(part())
        found["identifiers"] = self._identifiers()
        if "parent_name" in self.columns:
            found["parents"] = self.parents
        if "suppliers" in self.columns:
            found["supplied_by"] = self.suppliers
        return found

    def _tiers(self, counter: Mapping[Any, int], group: Any = None) -> dict[str, int]:
        pairs = [*((key, label) for key, label in self.tiers), (None, NO_TIER)]
        return {label: counter[(group, key) if group is not None else key] for key, label in pairs}

    def _by_type(self) -> dict[str, Any]:
        count = self.counters
        labels = [name for value in TYPE_NAMES for name in ((TYPE_NAMES[value], "SI") if value == "si" else (TYPE_NAMES[value],))]
        found: dict[str, Any] = {
            "by_type": {group: count["type"][group] for group in TYPE_GROUPS},
            "by_type_label": {label: count["type_label"][label] for label in labels if count["type_label"][label]},
        }
        if "tier_key" in self.columns:
            found["by_type_and_tier"] = {group: self._tiers(count["type_and_tier"], group) for group in TYPE_GROUPS}
        return found

    def _by_tier(self) -> dict[str, Any]:
        last = Counter(self.counters["tier"])
        for was, now in self.last_tier.values():
            last[was] -= 1
            last[now] += 1
        return {"by_tier": self._tiers(self.counters["tier"]), "by_tier_if_last_row_wins": self._tiers(last)}

    def _by_country(self) -> dict[str, Any]:
        count = self.counters
        found: dict[str, Any] = {
            "by_sub_region": {label: count["region"][label] for label in self.regions},
            "by_country": dict(sorted(count["country"].items())),
        }
        if "tier_key" in self.columns:
            found["by_sub_region_and_tier"] = {label: self._tiers(count["region_and_tier"], label) for label in self.regions}
        return found

    def _by_status(self) -> dict[str, Any]:
        order = (OrganisationStatus.ACTIVE, OrganisationStatus.PROSPECT, OrganisationStatus.SUSPENDED, OrganisationStatus.ENDED)
        return {"by_status": {status.value.title(): self.counters["status"][status.value] for status in order}}

    def _other_types(self) -> dict[str, Any]:
        labels = self.counters["other_label"]
        by_label = {name: labels[value] for value, name in TYPE_NAMES.items() if labels[value]}
        return {"other_types": {"companies_with": self.counters["other"]["companies"], "by_label": by_label}}

    def _partner_since(self) -> dict[str, Any]:
        years = Counter(day[:4] for day in self.since)
        return {
            "partner_since": {
                "earliest": min(self.since, default=None),
                "latest": max(self.since, default=None),
                "by_year": dict(sorted(years.items())),
            }
        }

    def _employees(self) -> dict[str, Any]:
        numbers = self.employees
        return {"employees": {"companies_with": len(numbers), "sum": sum(numbers), "largest": max(numbers, default=None)}}

    def _identifiers(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        vat, duns, crm = (self.numbers[name] for name in ("vat", "duns", "crm"))
        if "vat" in self.columns:
            found["vat_ids"] = found["vat_distinct"] = len(vat)
            found |= {f"vat_prefix_{prefix}": sum(1 for value in vat if value.startswith(prefix)) for prefix in ("EL", "XI")}
        if "duns" in self.columns:
            found["duns"] = found["duns_distinct"] = len(duns)
        if "crm" in self.columns:
            found["crm_ids_distinct"] = len(crm)
            found["crm_ids_with_leading_zero"] = sum(1 for value in crm if value.startswith("0"))
            found["crm_id_like_a_number_with_exponent"] = sorted(self.exponents)
        return found

    def _domains(self) -> dict[str, Any]:
        shared = {domain: sorted(keys) for domain, keys in sorted(self.domains.items()) if len(keys) > 1}
        return {
            "email_domains": {
                "distinct": len(self.domains),
                "companies_with_several": self.several_domains,
                "shared_by_companies": shared,
                "free_mail_claims_to_refuse": {domain: sorted(keys) for domain, keys in sorted(self.free_mail.items())},
                "not_ascii": sorted(domain for domain in self.domains if not domain.isascii()),
            }
        }


def _like_a_number(value: str) -> bool:
    """Whether a spreadsheet would take this id for a number with an exponent, like 12E45678."""
    mantissa, _sign, exponent = value.upper().partition("E")
    return mantissa.isdigit() and exponent.isdigit()
