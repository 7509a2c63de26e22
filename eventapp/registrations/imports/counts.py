"""What an import of registrations found, counted by the names that scripts rely on."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventapp.core.times import to_local
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.parsing import line
from eventapp.partners.imports.reasons import value_of
from eventapp.partners.imports.rows import Result
from eventapp.partners.models import RowOutcome
from eventapp.registrations.imports.cells import Came
from eventapp.registrations.imports.matching import Match, Step


class Counts:
    """Counts rows as they come. Times are shown in the event's zone."""

    def __init__(self, columns: Columns, zone: str) -> None:
        self.columns, self.zone = columns, zone
        self.records = 0
        self.outcomes: Counter[RowOutcome] = Counter()
        self.by_status: Counter[str] = Counter()
        self.by_ticket: Counter[str] = Counter()
        self.by_day: Counter[str] = Counter()
        self.steps: Counter[Step] = Counter()
        self.unmatched_rows: list[dict[str, Any]] = []
        self.by_country: list[dict[str, Any]] = []
        self.rejected_rows: list[dict[str, Any]] = []
        self.rejected_values: dict[int, str] = {}
        self.companies: set[int] = set()
        self.companies_came: set[int] = set()
        self.states: dict[str, set[Came]] = {}
        self.known: dict[str, bool] = {}
        self.moved: set[str] = set()
        self.arrivals: list[datetime] = []

    def read(
        self, record: int, address: str, came: Came, match: Match, raw: Mapping[str, str], checked_in_at: datetime | None
    ) -> None:
        """A row that could be read, whether its company was found or not."""
        self.records += 1
        if address:
            self.states.setdefault(address, set()).add(came)
        self.by_status[line(raw["status"]).casefold()] += 1
        self.by_ticket[line(raw["ticket"])] += 1
        self.steps[match.step] += 1
        if checked_in_at is not None:
            self.arrivals.append(checked_in_at)
            self.by_day[to_local(checked_in_at, self.zone).date().isoformat()] += 1
        if match.company is None:
            candidates = [company.programme_id for company in match.candidates]
            row = {"record": record, "line": int(raw["line"]), "company": line(raw["company"]), "candidates": candidates}
            self.unmatched_rows.append(row)
            return
        if match.by_country:
            found = {"record": record, "company": raw["company"], "programme_id": match.company.programme_id}
            self.by_country.append(found)
        if not came.over:
            self.companies.add(match.company.id)
        if came is Came.CHECKED_IN:
            self.companies_came.add(match.company.id)

    def person(self, address: str, *, known: bool, moved: bool = False) -> None:
        """Whose row it is: somebody `known` already, who by now may belong to another company (`moved`)."""
        if not self.known.setdefault(address, known):
            return
        if moved:
            self.moved.add(address)

    def outcome(self, result: Result) -> None:
        """What a row does."""
        self.outcomes[result.outcome] += 1

    def unsure(self) -> None:
        """A row whose company a person has to say."""
        self.outcomes[RowOutcome.UNSURE] += 1

    def rejected(self, result: Result) -> None:
        """A row that was refused."""
        self.outcomes[RowOutcome.REJECTED] += 1
        if (value := value_of(result.warnings)) is not None:
            self.rejected_values[result.record] = value
        code, _sign, field = result.reason.partition(":")
        found = {"record": result.record, "line": result.line, "reason": code}
        self.rejected_rows.append({**found, "field": field} if field else found)

    def result(self) -> dict[str, Any]:
        """The counts."""
        twice = sorted(address for address, states in self.states.items() if Came.CANCELLED in states and len(states) > 1)
        came = sum(Came.CHECKED_IN in states for states in self.states.values())
        in_contacts = sum(self.known.values())
        total = sum(self.outcomes.values())
        return {
            "records_read": total,
            "by_status": dict(self.by_status) if "status" in self.columns else {},
            "company_matching": {
                **{step.value: self.steps[step] for step in (Step.EXACT, Step.TRIMMED, Step.NORMALISED, Step.DECIDED)},
                "unmatched": len(self.unmatched_rows),
                Step.SEVERAL.value: self.steps[Step.SEVERAL],
                Step.NONE.value: self.steps[Step.NONE],
                "companies_matched": len(self.companies),
                "companies_checked_in_matched": len(self.companies_came),
                "unmatched_rows": self.unmatched_rows,
                "country_decides": self.by_country,
            },
            "people": {
                "distinct_emails": len(self.states),
                "checked_in_distinct_emails": came,
                "in_contacts": in_contacts,
                "not_in_contacts": len(self.known) - in_contacts,
                "cancelled_and_registered_again": twice,
                "since_then_in_another_company": sorted(self.moved),
            },
            "by_ticket": dict(sorted(self.by_ticket.items())) if "ticket" in self.columns else {},
            "first_check_in": self._local(min(self.arrivals)) if self.arrivals else None,
            "last_check_in": self._local(max(self.arrivals)) if self.arrivals else None,
            "check_ins_by_day": dict(sorted(self.by_day.items())),
            "registrations_created": self.outcomes[RowOutcome.CREATE],
            "updated": self.outcomes[RowOutcome.UPDATE],
            "unchanged": self.outcomes[RowOutcome.UNCHANGED],
            "repeats": self.outcomes[RowOutcome.REPEAT],
            "conflicts": self.outcomes[RowOutcome.CONFLICT],
            "unsure": self.outcomes[RowOutcome.UNSURE],
            "rejected": self.outcomes[RowOutcome.REJECTED],
            "rejected_rows": self.rejected_rows,
            "rejected_values": self.rejected_values,
        }

    def _local(self, at: datetime) -> str:
        return to_local(at, self.zone).strftime("%Y-%m-%dT%H:%M")
