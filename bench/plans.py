"""Joint plans: the portfolio over thousands of them, their files, and a full plan as a PDF."""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import select, text, update

from bench import data
from bench.figures import Figure
from bench.measures import Bench, _child
from bench.plans_data import MEMBERS, READER, generate_plans
from eventapp import create_app
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.plans.models import Plan, PlanVersion, Side
from eventapp.plans.signing.canonical import canonical, digest

OBJECTIVES, ROWS = 10, 100
PORTFOLIO = "/plans/portfolio"
# What any portfolio has to read at least: all objectives with the values of a quarter, and all plans.
LEAST = (
    "SELECT o.category, count(*), sum(o.annual), sum(a.value) FROM plan_objective o"
    " LEFT JOIN plan_actual a ON a.objective_id = o.id AND a.quarter = 2 GROUP BY o.category",
    "SELECT p.status, c.country_code, count(*) FROM plan p JOIN organisation c ON c.id = p.side_b_id GROUP BY 1, 2",
)


def plans(bench: Bench) -> Iterator[Figure]:
    """How long the numbers of all plans take beside reading their rows once, with how many queries and how much memory."""
    many, few = bench.sizes.plans, max(20, bench.sizes.plans // 30)
    small = _filled(bench, "plans_few", few)
    began = time.perf_counter()
    database = _filled(bench, "plans", many)
    made = time.perf_counter() - began
    yield Figure(
        f"{many:,} plans made up", bench.kind, made, "s", note="companies, teams, objectives, values, actions, signatures"
    )
    counted = _child(small.environ(), "portfolio")
    found = _child(database.environ(), "portfolio")
    name = f"portfolio of {many:,} plans"
    note = f"page by an auditor, {found['objectives']:,.0f} objectives, median of 10, server side"
    yield Figure(name, bench.kind, found["page"], "ms", at_most=1000, note=note)
    floor_is = "two bare statements over the same rows, nothing judged"
    yield Figure(f"{name}, its statements", bench.kind, found["statements_ms"], "ms", found["floor_ms"], floor_is, at_most=12)
    yield Figure(f"{name}, queries", bench.kind, found["queries"], "", at_most=12, note=f"with {few}: {counted['queries']:.0f}")
    assert found["queries"] == counted["queries"]
    yield Figure(f"{name}, memory on top", bench.kind, found["MB"], "MB", at_most=25, note="beside the application as it starts")
    shown = _child(database.environ(), "pages", READER, "/plans/", "/plans/?rag=red", "/plans/?due=signatures")
    yield Figure(f"list of {many:,} plans", bench.kind, shown["/plans/"], "ms", note="median of 30, server side")
    yield Figure(f"list of {many:,} plans, those that are behind", bench.kind, shown["/plans/?rag=red"], "ms", note="the same")
    name = f"objectives of {many:,} plans as CSV"
    note = f"{found['rows']:,.0f} rows, attainment and colour for each"
    yield Figure(name, bench.kind, found["export"], "s", note=note)
    more = max(0.0, found["export_MB"] - counted["export_MB"])
    yield Figure(f"{name}, memory over {few}", bench.kind, more, "MB", at_most=25, note="peak of the process")


def plan_pdf(bench: Bench) -> Iterator[Figure]:
    """A full plan as a PDF, against typst alone."""
    database = _filled(bench, "plan_pdf", 20)
    app = create_app(database.settings())
    with app.app_context():
        with transaction():
            content = full_plan()
            values = {"content": content, "content_hash": digest(content)}
            db.session.execute(update(PlanVersion).where(PlanVersion.id == 1).values(values))
        db.session.remove()
    took = _child(database.environ(), "plan_pdf")
    name = f"PDF of a plan with {OBJECTIVES} objectives and {ROWS} rows"
    note = f"{took['pages']:.0f} pages, request to answer, median of 5, {took['queries']:.0f} queries"
    yield Figure(name, bench.kind, took["ms"], "ms", took["floor_ms"], "typst alone", at_most=1.5, note=note)
    yield Figure(f"{name}, the first", bench.kind, took["first_ms"], "ms", at_most=5000, note="fonts looked for, glyphs checked")
    yield Figure(
        f"{name}, peak memory", bench.kind, took["MB"], "MB", at_most=400, note="of the process, typst's library included"
    )


def _filled(bench: Bench, name: str, number: int) -> Any:
    database = bench.engine.new(name)
    data.generate(database, companies=number, people=number, registrations=0)
    generate_plans(database, number)
    return database


def measured() -> dict[str, Any]:
    """In a process of its own: the page, its statements beside the least that has to be read, and the largest file."""
    # As late as this: what else is measured in such a process has no use for them.
    from bench.child import _client, _counting, _get, peak_megabytes
    from eventapp.core.clock import now
    from eventapp.core.exports import write
    from eventapp.plans.exports.rows import OBJECTIVES as FILE
    from eventapp.plans.exports.rows import rows

    client = _client(READER)
    _get(client, "/plans/")
    before = peak_megabytes()
    with client.application.app_context():
        _get(client, PORTFOLIO)
        more = peak_megabytes() - before
        with _counting() as sent:
            _get(client, PORTFOLIO)
        page = _median(lambda: _get(client, PORTFOLIO))
        spent = _median(_statements)
        floor = _median(lambda: [db.session.execute(text(one)).all() for one in LEAST])
        rollback()
        objectives = db.session.scalar(text("SELECT count(*) FROM plan_objective"))
        rollback()
        began, size, number = time.perf_counter(), 0, 0

        def counted() -> Iterator[Any]:
            nonlocal number
            for row in rows(FILE, [Plan.id > 0], now().date()):
                number += 1
                yield row

        for chunk in write(counted(), FILE.columns, "excel-eu", title="", zone="UTC"):
            size += len(chunk)
        seconds = time.perf_counter() - began
    return {
        "page": page,
        "queries": len(sent),
        "MB": more,
        "statements_ms": spent,
        "floor_ms": floor,
        "objectives": objectives,
        "export": seconds,
        "rows": number,
        "bytes": size,
        "export_MB": peak_megabytes(),
    }


def _statements() -> None:
    from eventapp.accounts.models import Role  # as late as in `measured`
    from eventapp.accounts.permissions import Viewer
    from eventapp.core.clock import now
    from eventapp.plans.models import PlanStatus
    from eventapp.plans.portfolio import queries
    from eventapp.plans.portfolio.amended import amended

    viewer, at = Viewer(None, frozenset({Role.AUDITOR})), now()
    with reading():
        changed = amended([], at.date())
        queries.cells(viewer, [], changed, at)
        queries.sums(viewer, [], changed, [PlanStatus.ACTIVE])
        rollback()


def _median(act: Callable[[], object], times: int = 10) -> float:
    """Milliseconds."""
    found = []
    for _n in range(times):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


def measured_pdf() -> dict[str, Any]:
    """In a process of its own: a full plan as a PDF, each time under another title, since typst keeps what it has set."""
    from bench.child import _client, _counting, _get, peak_megabytes
    from eventapp.core import pdf

    client = _client(READER)
    with client.application.app_context():
        plan = db.session.scalars(select(Plan).join(PlanVersion, PlanVersion.plan_id == Plan.id).where(PlanVersion.id == 1)).one()
        path, plan_id = f"/plans/{plan.code}/versions/1/pdf", plan.id
        rollback()
        _get(client, "/plans/")
        kept: list[Any] = []
        draw = pdf._compile

        def noted(name: str, given: Any, **options: Any) -> Any:
            kept.append((name, given, options))
            return draw(name, given, **options)

        pdf._compile = noted
        first = _median(lambda: _get(client, path), 1)
        document = next(one for one in kept if one[0] == "plan.typ")
        pdf._compile = draw
        with _counting() as sent:
            answer = _get(client, path)

        def another(n: int) -> None:
            with transaction():
                db.session.execute(update(Plan).where(Plan.id == plan_id).values(title=f"Another title {n}"))

        name, given, options = document
        ours, floor = [], []
        for n in range(5):
            another(n)
            ours.append(_median(lambda: _get(client, path), 1))
            other = {**given, "title": f"Yet another one {n}"}
            floor.append(_median(partial(draw, name, other, **options), 1))
        rollback()
        return {
            "ms": statistics.median(ours),
            "first_ms": first,
            "floor_ms": statistics.median(floor),
            "queries": len(sent),
            "MB": peak_megabytes(),
            "pages": answer.data.count(b"/Type /Page\n") or answer.data.count(b"/Type/Page"),
        }


def full_plan() -> str:
    """The canonical content of a plan with ten objectives and a hundred further rows; its members are those of plan 1."""
    owners = {"owner_a_id": 2, "owner_b_id": 5}
    sections: list[dict[str, Any]] = [
        {"key": "strategy", "kind": "text", "title": "Strategies of both sides", "text": data.PARAGRAPH * 6},
        {
            "key": "objectives",
            "kind": "objectives",
            "title": "Objectives",
            "rows": [_objective(n, owners) for n in range(OBJECTIVES)],
        },
    ]
    for kind, make in _ROWS.items():
        rows = [{"id": n + 1, **make(n, owners)} for n in range(ROWS // len(_ROWS))]
        sections.append({"key": kind, "kind": kind, "title": kind.capitalize(), "rows": rows})
    members = enumerate(MEMBERS, start=1)
    team = [
        {"member": n, "name_sha256": "0" * 64, "side": side, "function": function, "signatory": True}
        for n, (side, function) in members
    ]
    facts: dict[str, Any] = {"period_start": "2027-01-01", "period_end": "2027-12-31", "fiscal_start": 1, "currency": "EUR"}
    facts |= {"code": "JBP-2027-0001", "kind": "partner", "summary": data.PARAGRAPH, "small_partner": "", "delegations": []}
    return canonical({**facts, "sides": {side.value: n for n, side in enumerate(Side)}, "team": team, "sections": sections})


def _objective(n: int, owners: dict[str, int]) -> dict[str, Any]:
    quarters = {f"q{quarter}": "250000" for quarter in range(1, 5)}
    counts = {"unit": "currency", "direction": "maximize", "roll_up": "additive", "source": "manual", "category": "revenue"}
    rest = {"baseline": "900000", "annual": "1000000", "weight": 10, "product": "Server", "country_code": "AT"}
    return {"id": n + 1, "statement": f"Sell more in the public sector, objective {n}", **quarters, **counts, **rest, **owners}


_ROWS: dict[str, Callable[[int, dict[str, int]], dict[str, Any]]] = {
    "accounts": lambda n, owners: {"customer": f"Customer {n}", "country_code": "DE", "expected": "125000.50", **owners},
    "initiatives": lambda n, owners: {
        "name": f"Initiative {n}",
        "kind": "campaign",
        "description": data.PARAGRAPH[:150],
        "quarter": n % 4 + 1,
        "budget": "20000",
        **owners,
    },
    "risks": lambda n, _owners: {
        "text": f"Risk {n}",
        "probability": 2,
        "impact": 3,
        "mitigation": data.PARAGRAPH[:120],
        "owner_id": 2,
    },
    "resources": lambda n, _owners: {
        "side": "b",
        "kind": "people",
        "description": f"People {n}",
        "quantity": "1.5",
        "unit": "FTE",
        "quarter": None,
    },
}
