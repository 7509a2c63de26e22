"""Made-up joint plans in any number, written in bulk: teams, objectives with their values, actions, reviews, signatures."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from bench.data import ORGANIZER
from bench.databases import Database
from eventapp.accounts.models import Grant, Role
from eventapp.core.db import Base
from eventapp.partners.models import Organisation
from eventapp.plans.models import (
    Actual,
    Objective,
    Plan,
    PlanAction,
    PlanMember,
    PlanSection,
    PlanSignature,
    PlanVersion,
    Review,
)
from eventapp.plans.rules import default_end, quarter_of
from eventapp.plans.signing.canonical import canonical, digest

# Who reads all plans: the login that reads everything else here as well.
READER = ORGANIZER
MEMBERS = [(side, function) for side in "ab" for function in ("exec_sponsor", "owner", "sales")]
# Of twenty plans so many are in each state.
STATES = ["active"] * 13 + ["in_signature"] * 2 + ["final_review", "workshop", "workshop", "draft", "completed"]
CATEGORIES = (("revenue", "currency"), ("pipeline", "currency"), ("new_customers", "count"), ("certification", "count"))
CURRENCIES = ("EUR", "EUR", "GBP", "SEK")
ACTIONS = 6


def generate_plans(database: Database, plans: int, *, objectives: int = 6, at: datetime | None = None) -> None:
    """Puts so many plans into a database that `data.generate` has filled with at least as many companies, one for each."""
    made = _Plans(database, plans, objectives, at or datetime.now(UTC))
    with database.raw() as connection:
        made.template_id = connection.execute("SELECT min(id) FROM plan_template WHERE kind = 'partner'").fetchone()[0]
        for model, rows in made.tables():
            database.fill(connection, model.__table__, rows)  # type: ignore[arg-type] # a mapped class has a Table
    database.settle(list(Base.metadata.tables.values()))


class _Plans:
    """The rows, table by table. Plan n is with company n, its members are 6 n - 5 to 6 n, its objectives follow likewise."""

    def __init__(self, database: Database, plans: int, objectives: int, at: datetime) -> None:
        self.database, self.plans, self.objectives = database, plans, objectives
        self.now, self.at = at, database.moment(at - timedelta(days=300))
        self.random = Random(11)
        self.template_id = 1
        self.vendor_id = database.one("SELECT max(id) FROM organisation") + 1
        self.version_of: dict[int, int] = {}

    def tables(self) -> list[tuple[type[Base], Iterator[dict[str, Any]]]]:
        """Every table, those that others point to first."""
        return [
            (Grant, iter([{"user_id": 1, "role": Role.AUDITOR.value, "granted_by": "bench", "granted_at": self.at}])),
            (Organisation, iter([self._vendor()])),
            (Plan, self._plans()),
            (PlanMember, self._members()),
            (PlanSection, self._sections()),
            (Objective, self._objectives()),
            (Actual, self._actuals()),
            (PlanAction, self._actions()),
            (Review, self._reviews()),
            (PlanVersion, self._versions()),
            (PlanSignature, self._signatures()),
        ]

    def _vendor(self) -> dict[str, Any]:
        names = {"id": self.vendor_id, "name": "Guests", "legal_name": "Keystone Systems", "sort_key": "guests"}
        rest = {"kind": "vendor", "primary_type": "reseller", "country_code": "AT", "status": "active"}
        return {**names, **rest, "created_at": self.at, "updated_at": self.at}

    def _ids(self) -> range:
        return range(1, self.plans + 1)

    def _state(self, n: int) -> str:
        return STATES[n % len(STATES)]

    def _start(self, n: int) -> date:
        """Each plan began on the first of a month within the last eleven."""
        months = self.now.year * 12 + self.now.month - 1 - n % 11
        return date(months // 12, months % 12 + 1, 1)

    def _plans(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            start = self._start(n)
            yield {
                "id": n,
                "code": f"JBP-{start.year}-{n:04}",
                "kind": "distributor" if n % 25 == 0 else "partner",
                "title": f"Growing together {n}",
                "side_a_id": self.vendor_id,
                "side_b_id": n,
                "template_id": self.template_id,
                "period_start": start.isoformat(),
                "period_end": default_end(start).isoformat(),
                "currency": CURRENCIES[n % len(CURRENCIES)],
                "status": self._state(n),
                "confidentiality": "team",
                "created_at": self.at,
            }

    def _member(self, n: int, place: int) -> int:
        return 6 * (n - 1) + place + 1

    def _members(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            for place, (side, function) in enumerate(MEMBERS):
                yield {
                    "id": self._member(n, place),
                    "plan_id": n,
                    "side": side,
                    "name": f"Member {place} of {n}",
                    "name_salt": "0" * 32,
                    "function": function,
                    "signatory": True,
                    "joined_at": self.at,
                    "added_by": "bench",
                }

    def _sections(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            row = {"id": n, "plan_id": n, "position": 1, "key": "objectives", "kind": "objectives", "title": "Objectives"}
            yield {**row, "state": "drafted", "changed_at": self.at}

    def _objectives(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            for place in range(self.objectives):
                category, unit = CATEGORIES[place % len(CATEGORIES)]
                target = self.random.randint(1000, 100_000) * 100
                yield {
                    "id": (n - 1) * self.objectives + place + 1,
                    "plan_id": n,
                    "section_id": n,
                    "position": place,
                    "category": category,
                    "statement": f"Objective {place} of plan {n}, one sentence that says what is wanted",
                    "unit": unit,
                    "direction": "maximize",
                    "roll_up": "additive",
                    "annual": 4 * target,
                    **{f"q{quarter}": target for quarter in range(1, 5)},
                    "weight": 100 // self.objectives,
                    "owner_a_id": self._member(n, 1),
                    "owner_b_id": self._member(n, 4),
                    "source": "manual",
                }

    def _actuals(self) -> Iterator[dict[str, Any]]:
        """Of the quarters so far, those under way among them; of the last one not everything is confirmed."""
        for n in self._ids():
            last = quarter_of(self._start(n), self.now.date()) if self._state(n) in ("active", "completed") else None
            for place in range(self.objectives):
                for quarter in range(1, (last or 0) + 1):
                    confirmed = quarter != last or self.random.random() < 0.8
                    yield {
                        "plan_id": n,
                        "objective_id": (n - 1) * self.objectives + place + 1,
                        "quarter": quarter,
                        "value": self.random.randint(60_000, 11_000_000),
                        "source": "manual",
                        "entered_by_id": self._member(n, 1),
                        "entered_at": self.at,
                        "confirmed_by_id": self._member(n, 4) if confirmed else None,
                        "confirmed_at": self.at if confirmed else None,
                    }

    def _actions(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            for number in range(1, ACTIONS + 1):
                done = (n + number) % 3 == 0
                yield {
                    "plan_id": n,
                    "number": number,
                    "text": f"Action {number}",
                    "accountable_id": self._member(n, number % 6),
                    "due_on": (self.now.date() + timedelta(days=self.random.randint(-20, 60))).isoformat(),
                    "status": "done" if done else "open",
                    "origin": "plan",
                    "created_at": self.at,
                    "ended_at": self.at if done else None,
                }

    def _reviews(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            if self._state(n) == "active":
                planned = self.database.moment(self.now + timedelta(days=n % 90 - 10))
                row = {"plan_id": n, "quarter": 1, "state": "planned", "planned_at": planned, "time_zone": "Europe/Vienna"}
                yield {**row, "numbers": "{}"}

    def _versions(self) -> Iterator[dict[str, Any]]:
        for n in self._ids():
            state = {"active": "in_force", "completed": "in_force", "in_signature": "in_signature"}.get(self._state(n))
            if state is not None:
                self.version_of[n] = len(self.version_of) + 1
                content = self._content(n)
                due = self.database.moment(self.now + timedelta(days=7)) if state == "in_signature" else None
                facts = {"id": self.version_of[n], "plan_id": n, "major": 1, "minor": 0, "state": state, "due_at": due}
                yield {**facts, "content": content, "content_hash": digest(content), "created_at": self.at}

    def _content(self, n: int) -> str:
        """A version that says who signs, and nothing else."""
        start = self._start(n)
        team = [
            {"member": self._member(n, place), "name_sha256": "", "side": side, "function": function, "signatory": True}
            for place, (side, function) in enumerate(MEMBERS)
        ]
        facts = {"period_start": start.isoformat(), "period_end": default_end(start).isoformat(), "fiscal_start": 1}
        parts: dict[str, Any] = {
            "team": team,
            "delegations": [],
            "sections": [],
            "summary": "",
            "small_partner": "",
            "kind": "partner",
        }
        return canonical({"code": f"JBP-{start.year}-{n:04}", "currency": CURRENCIES[n % len(CURRENCIES)], **facts, **parts})

    def _signatures(self) -> Iterator[dict[str, Any]]:
        for n, version_id in self.version_of.items():
            given = len(MEMBERS) if self._state(n) != "in_signature" else n % len(MEMBERS)
            for place, (side, function) in enumerate(MEMBERS[:given]):
                yield {
                    "plan_id": n,
                    "version_id": version_id,
                    "member_id": self._member(n, place),
                    "side": side,
                    "function": function,
                    "statement": "Signed",
                    "typed_name": f"Member {place} of {n}",
                    "proven_at": self.at,
                    "signed_at": self.at,
                    "content_hash": digest(self._content(n)),
                    "state": "valid",
                }
