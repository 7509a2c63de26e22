"""What an import of people found, counted by the names that scripts rely on."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.reasons import value_of
from eventapp.partners.imports.rows import Result
from eventapp.partners.models import JobFunction, MembershipRole, RowOutcome


class PeopleCounts:
    """Counts rows as they come. Figures about people are those of the file, first row of each person first."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.records = 0
        self.outcomes: Counter[RowOutcome] = Counter()
        self.made: Counter[str] = Counter()
        self.rejected_rows: list[dict[str, Any]] = []
        self.rejected_values: dict[int, str] = {}
        self.merged_rows: list[dict[str, Any]] = []
        self.second_company_rows: list[dict[str, Any]] = []
        self.same_person: list[dict[str, Any]] = []
        self.swapped: list[dict[str, Any]] = []
        self.count: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.people_of: dict[str, int] = defaultdict(int)
        self.companies_with_admin: set[str] = set()

    def rejected(self, result: Result, programme_id: str) -> None:
        """A row that was refused."""
        self.outcomes[RowOutcome.REJECTED] += 1
        if (value := value_of(result.warnings)) is not None:
            self.rejected_values[result.record] = value
        code, _sign, key = result.reason.partition(":")
        row = {"record": result.record, "line": result.line, "reason": code, "email": result.key, "programme_id": programme_id}
        self.rejected_rows.append({**row, "field": key} if key else row)

    def merged(self, result: Result, typed: str, first: int) -> None:
        """A row about somebody whom an earlier row brought to the same company."""
        self.outcomes[result.outcome] += 1
        self.merged_rows.append({"record": result.record, "line": result.line, "email": typed, "first_record": first})

    def probably(self, result: Result, same: tuple[str, str, str], other: tuple[int, str, str], programme_id: str) -> None:
        """Somebody with the name and phone of an earlier row, in another company and under another address."""
        given, family, phone = same
        record, address, company = other
        self.same_person.append(
            {
                "record": result.record,
                "line": result.line,
                "first_record": record,
                "given": given,
                "family": family,
                "phone": phone,
                "emails": [address, result.key],
                "programme_ids": [company, programme_id],
            }
        )

    def accepted(
        self, result: Result, values: Mapping[str, Any], programme_id: str, first: tuple[int, str] | None, *, moved: bool
    ) -> None:
        """A row that counts; `first` is number and company of the person's first row, `moved`: known from elsewhere."""
        self.outcomes[result.outcome] += 1
        self.made[result.made] += 1
        self.people_of[programme_id] += 1
        admin = values.get("role") == MembershipRole.ADMIN
        if admin:
            self.companies_with_admin.add(programme_id)
        if first is not None or moved:
            record, company = first or (None, None)
            self.second_company_rows.append(
                {
                    "record": result.record,
                    "line": result.line,
                    "email": result.key,
                    "first_record": record,
                    "first_programme_id": company,
                    "programme_id": programme_id,
                }
            )
        if first is not None:
            return
        self.count["org_admins"] += admin
        self.functions[values.get("function") or ""] += 1
        for name, key in (("with_phone", "phone"), ("with_badge_name", "badge_name")):
            self.count[name] += bool(values.get(key))
        for name, key in (("without_language", "language"), ("without_time_zone", "time_zone")):
            self.count[name] += not values.get(key)
        self.count["beyond_latin"] += any(_beyond_latin(values.get(key, "")) for key in ("given_name", "family_name"))
        self._warned(result, values)

    def _warned(self, result: Result, values: Mapping[str, Any]) -> None:
        codes = {code for code, _value in result.warnings}
        self.count["free_mail"] += "free_mail_person" in codes
        self.count["bad_phones"] += "bad_phone" in codes
        if "names_swapped" in codes:
            self.swapped.append(
                {
                    "record": result.record,
                    "line": result.line,
                    "given_name_cell": values["given_name"],
                    "family_name_cell": values["family_name"],
                }
            )

    def result(self, companies: int) -> dict[str, Any]:
        """Everything counted. `companies` is how many companies the list has."""
        count, outcomes = self.count, self.outcomes
        sizes = Counter(self.people_of.values())
        found: dict[str, Any] = {
            "records_read": self.records,
            "people_created": self.made["person"],
            "memberships_created": self.made["person"] + self.made["membership"],
            "updated": outcomes[RowOutcome.UPDATE],
            "unchanged": outcomes[RowOutcome.UNCHANGED],
            "merged_same_email_same_company": len(self.merged_rows),
            "second_company_same_email": len(self.second_company_rows),
            "rejected": outcomes[RowOutcome.REJECTED],
            "rejected_by_reason": dict(Counter(row["reason"] for row in self.rejected_rows)),
            "rejected_rows": self.rejected_rows,
            "rejected_values": self.rejected_values,
            "merged_rows": self.merged_rows,
            "second_company_rows": self.second_company_rows,
            "given_and_family_name_swapped": self.swapped,
            "companies_with_people": len(self.people_of),
            "companies_without_people": companies - len(self.people_of),
            "companies_by_number_of_people": {str(size): sizes[size] for size in sorted(sizes)},
            "free_mail_people": count["free_mail"],
        }
        if "phone" in self.columns:
            found["probably_same_person"] = self.same_person
            found["with_phone"] = count["with_phone"] + count["bad_phones"]
            found["phones_that_become_e164"] = count["with_phone"]
        if "function" in self.columns:
            found["people_by_function"] = {f.value.title(): self.functions[f.value] for f in JobFunction}
        if "role" in self.columns:
            found["org_admins"] = count["org_admins"]
            found["companies_with_org_admin"] = len(self.companies_with_admin)
        by_column = {"badge_name": "with_badge_name", "language": "without_language", "time_zone": "without_time_zone"}
        found |= {name: count[name] for key, name in by_column.items() if key in self.columns}
        found["names_beyond_latin_script"] = count["beyond_latin"]
        return found


def _beyond_latin(name: str) -> bool:
    """Whether a name has letters of another script."""
    return any(sign.isalpha() and "LATIN" not in unicodedata.name(sign, "LATIN") for sign in name if sign > "\u024f")
