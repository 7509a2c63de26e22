"""What is measured. Each function yields the figures of one subject on one kind of database."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bench import data
from bench.child import hidden_fields
from bench.databases import HOST, Database, Engine
from bench.figures import Figure
from bench.floors import URL, WEIGHT
from bench.load import ROOT, Connection, Server, Work, drive, request
from eventapp import create_app
from eventapp.core.db import db, reading
from eventapp.events.models import Event
from eventapp.registrations import exports, views

CLIENTS, MANY_CLIENTS = 8, 32
Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How much of everything. Times in seconds."""

    companies: int = 3000
    people: int = 9000
    short_list: int = 1000
    long_list: int = 100_000
    seconds: float = 1.5
    slices: int = 9
    rounds: int = 3
    registrations: int = 80
    attempts: int = 400
    places: int = data.RUSH_PLACES
    groups: int = 550
    group: int = 3
    opening_places: int = 1040
    circles: int = 30
    circle: int = 30
    moving: int = 1040
    certificates: int = 500
    plans: int = 3000


QUICK = Sizes(
    companies=60,
    people=300,
    short_list=100,
    long_list=2000,
    seconds=0.3,
    slices=2,
    rounds=1,
    registrations=16,
    attempts=120,
    groups=40,
    opening_places=70,
    circles=4,
    circle=5,
    moving=70,
    certificates=30,
    plans=60,
)


@dataclass
class Bench:
    """One kind of database, the sizes, and databases that were filled already."""

    engine: Engine
    sizes: Sizes
    say: Say
    filled: dict[int, Database] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.engine.kind

    def database(self, registrations: int) -> Database:
        """A database with so many registrations; made once, not to be changed by more than an audit entry."""
        if registrations not in self.filled:
            self.say(f"filling {self.kind} with {registrations:,} registrations")
            made = self.engine.new(f"registrations_{registrations}")
            people = registrations or self.sizes.people
            data.generate(made, companies=self.sizes.companies, people=people, registrations=registrations)
            self.filled[registrations] = made
        return self.filled[registrations]

    def fresh(self, name: str) -> Database:
        """A database of its own with people and no registrations."""
        return self.engine.new(name, self.database(0))


def page(bench: Bench) -> Iterator[Figure]:
    """The public page of an event against a bare Flask page with one query and the same weight of HTML."""
    database, path = bench.database(0), f"/events/{data.SLUG}/"
    with Server("wsgi:app", database.environ()) as ours:
        weight = len(_got(ours, path).body)
        bare = f"/page?slug={data.SLUG}"
        with Server("bench.floors:app", floor_environ(database, weight)) as floor:
            assert len(_got(floor, bare).body) == weight
            own, least = _rates(bench, (ours, path), (floor, bare))
    note = f"GET, {weight:,} bytes, {CLIENTS} clients, without ETag"
    bare_is = "bare Flask page, one query"
    yield Figure("public event page", bench.kind, own.rate, "1/s", least.rate, bare_is, at_least=0.7, note=note)
    yield Figure(
        "public event page, processor time",
        bench.kind,
        own.cpu_ms,
        "ms",
        least.cpu_ms,
        bare_is,
        note="of the workers, per request",
    )
    counted = _child(database.environ(), "statements", "GET", path, f"/events/{data.EMPTY_SLUG}/")
    yield Figure("public event page, queries", bench.kind, counted["statements"], "", at_most=6)
    yield Figure("public event page, queries when rendered", bench.kind, counted["first"], "", at_most=6)


@dataclass(frozen=True)
class Rate:
    """Pieces of work per second, and the workers' processor time for one."""

    rate: float
    cpu_ms: float


def _rates(bench: Bench, *pages: tuple[Server, str]) -> list[Rate]:
    """Requests of pages, in turn and in short slices so that a disturbance meets them all; the medians."""
    found: list[list[Rate]] = [[] for _page in pages]
    for n in range(bench.sizes.slices + 1):
        for (server, path), rates in zip(pages, found, strict=True):
            sent = request(path)

            def get(connection: Connection, _number: int, sent: bytes = sent) -> None:
                assert connection.send(sent).status == 200

            rate = _timed(server, get, seconds=bench.sizes.seconds)
            if n:  # the first round warms up
                rates.append(rate)
    for (_server, path), rates in zip(pages, found, strict=True):
        bench.say(f"  {path}: {', '.join(f'{r.rate:,.0f}' for r in rates)} per second")
    return [_median(rates) for rates in found]


def _timed(server: Server, work: Work, *, seconds: float | None = None, count: int | None = None) -> Rate:
    before = server.cpu_seconds()
    done, taken = drive(server.port, work, clients=CLIENTS, seconds=seconds, count=count)
    return Rate(done / taken, (server.cpu_seconds() - before) / done * 1000)


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(statistics.median(r.rate for r in rates), statistics.median(r.cpu_ms for r in rates))


def registration(bench: Bench) -> Iterator[Figure]:
    """One person of a known company registers behind the signed link: form and sending, as a browser does it.

    The floors get a page of the form's weight with one query, and send what becomes the same rows by hand, or one INSERT.
    """
    sizes, database = bench.sizes, bench.fresh("registering")
    links = _links(database, data.SLUG, sizes.people)
    # From the other end of the list, so that nobody is registered twice.
    addresses = (data.address_of(number, sizes.companies) for number in range(sizes.people, 0, -1))
    found: dict[str, list[Rate]] = {"whole": [], "rows": [], "insert": []}
    with Server("wsgi:app", database.environ()) as ours:
        weight = len(_got(ours, next(links)).body)
        with Server("bench.floors:app", floor_environ(database, weight)) as floor:
            for n in range(sizes.slices + 1):
                todo, others = list(islice(links, sizes.registrations)), list(islice(addresses, 2 * sizes.registrations))

                def whole(connection: Connection, number: int, todo: list[str] = todo) -> None:
                    register(connection, todo[number])

                def rows(connection: Connection, number: int, others: list[str] = others) -> None:
                    _by_hand(connection, "/register", others[number])

                def insert(connection: Connection, number: int) -> None:
                    _by_hand(connection, "/insert", f"person{number}@company.example")

                for name, server, work, count in (
                    ("whole", ours, whole, len(todo)),
                    ("rows", floor, rows, len(others)),
                    ("insert", floor, insert, len(others)),
                ):
                    rate = _timed(server, work, count=count)
                    found[name] += [rate] * bool(n)  # the first round warms up
        warm = ours.memory()
    for name, rates in found.items():
        bench.say(f"  {name}: {', '.join(f'{r.rate:,.0f}' for r in rates)} per second")
    own, same, least = (_median(rates) for rates in found.values())
    note = f"GET of the form and POST, {CLIENTS} clients"
    same_is, least_is = (
        "bare Flask, page of that weight, the same rows by hand in 15 statements",
        "bare Flask, page of that weight, one INSERT",
    )
    yield Figure("whole registration", bench.kind, own.rate, "1/s", same.rate, same_is, at_least=0.4, note=note)
    yield Figure("whole registration, processor time", bench.kind, own.cpu_ms, "ms", same.cpu_ms, same_is, note="of the workers")
    yield Figure("whole registration, to one INSERT", bench.kind, own.rate, "1/s", least.rate, least_is, note=note)
    counted = _child(database.environ(), "statements", "POST", next(links), next(links))
    note = f"{counted['form']} of them for the form"
    yield Figure("whole registration, statements", bench.kind, counted["statements"], "", note=note)
    yield Figure("memory of a warm worker", bench.kind, warm, "MB", note="resident, after the registrations")


def register(connection: Connection, path: str) -> int:
    """One registration; gives the status of the last answer."""
    form = connection.get(path)
    assert form.status == 200, form.status
    cookie = form.header("Set-Cookie").partition(";")[0]
    fields = {**hidden_fields(form.body.decode()), "given_name": "Greta", "family_name": "Vogel", "note": ""}
    answer = connection.send(request(path, cookie=cookie, form=fields))
    assert answer.status == 302, answer.status
    assert "/r/" in answer.header("Location")
    return answer.status


def _by_hand(connection: Connection, path: str, address: str) -> None:
    assert connection.get(f"/page?slug={data.SLUG}").status == 200
    form = {"name": "Greta Vogel", "address": address, "note": ""}
    assert connection.send(request(f"{path}?slug={data.SLUG}", form=form)).status == 302


def rush(bench: Bench) -> Iterator[Figure]:
    """Many at once for few places: how long it takes, and how many were given."""
    sizes, database = bench.sizes, bench.fresh("rush")
    todo = [link for _, link in zip(range(sizes.attempts), _links(database, data.RUSH_SLUG, sizes.people), strict=False)]
    with Server("wsgi:app", database.environ()) as ours:
        _got(ours, f"/events/{data.RUSH_SLUG}/")
        _done, seconds = drive(ours.port, lambda c, k: register(c, todo[k]) and None, clients=MANY_CLIENTS, count=sizes.attempts)  # type: ignore[func-returns-value]
    with Server("bench.floors:app", floor_environ(database, 10_000)) as floor:
        with database.raw() as connection:
            sold = connection.execute("SELECT taken FROM pool WHERE id = 7").fetchone()[0]
            connection.execute("UPDATE pool SET taken = 0 WHERE id = 7")
        _done, bare = drive(floor.port, _take, clients=MANY_CLIENTS, count=sizes.attempts)
    confirmed = database.one("SELECT count(*) FROM registration WHERE event_id = 3 AND status = 'confirmed'")
    waiting = database.one("SELECT count(*) FROM registration WHERE event_id = 3 AND status = 'waiting'")
    exact = sold == confirmed == sizes.places and waiting == sizes.attempts - sizes.places
    name = f"{sizes.attempts} attempts on {sizes.places} places"
    note = f"{MANY_CLIENTS} clients, form and sending; {confirmed} confirmed, {waiting} waiting"
    yield Figure(name, bench.kind, seconds, "s", bare, "guarded UPDATE and INSERT in bare Flask", note=note)
    yield Figure(f"{name}, exact", bench.kind, int(exact), "", at_least=1, note=note)


def _take(connection: Connection, number: int) -> None:
    assert connection.get(f"/page?slug={data.RUSH_SLUG}").status == 200
    assert connection.send(request("/take", form={"address": f"person{number}@company.example"})).status == 200


def export(bench: Bench) -> Iterator[Figure]:
    """All registrations as CSV by the command, its start-up taken off, against the bare writer and COPY over the same rows."""
    database = bench.database(bench.sizes.long_list)
    query = export_query(database)
    with tempfile.TemporaryDirectory(dir=database.folder) as folder:
        found: dict[str, list[Any]] = {"ours": [], "empty": [], "csv": [], "copy": []}
        for _round in range(bench.sizes.rounds):
            for name, slug in (("ours", data.SLUG), ("empty", data.EMPTY_SLUG)):
                found[name].append(
                    _child(database.environ(), "command", "export", "registrations", slug, "-o", f"{folder}/{name}.csv")
                )
            for how in ("csv", "copy") if bench.kind == "postgres" else ("csv",):
                found[how].append(_run(["bench.floors", how, database.url, query, f"{folder}/{how}.csv"], {}))
        lines = Path(f"{folder}/ours.csv").read_bytes().count(b"\n")
        assert lines == Path(f"{folder}/csv.csv").read_bytes().count(b"\n") == bench.sizes.long_list + 1, lines
    seconds = {name: statistics.median(r["seconds"] for r in results) for name, results in found.items() if results}
    net = seconds["ours"] - seconds["empty"]
    name, note = f"CSV of {bench.sizes.long_list:,} registrations", f"start-up of {seconds['empty']:.2f} s taken off"
    yield Figure(name, bench.kind, net, "s", seconds["csv"], "csv.writer over the driver's cursor", at_most=2, note=note)
    if "copy" in seconds:
        yield Figure(f"{name}, to COPY", bench.kind, net, "s", seconds["copy"], "COPY … TO STDOUT", note=note)
    yield Figure(f"{name}, peak memory", bench.kind, max(r["MB"] for r in found["ours"]), "MB", at_most=120)
    empty = max(r["MB"] for r in found["empty"])
    yield Figure(f"{name}, memory over an empty one", bench.kind, max(r["MB"] for r in found["ours"]) - empty, "MB")


def export_query(database: Database) -> str:
    """The rows of the export as one statement of plain SQL."""
    app = create_app(database.settings())
    with app.app_context(), reading():
        event = db.session.scalars(select(Event).where(Event.slug == data.SLUG)).one()
        dialect = postgresql.dialect() if database.kind == "postgres" else sqlite.dialect()  # type: ignore[no-untyped-call]
        return str(exports.statement(event).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def lists(bench: Bench) -> Iterator[Figure]:
    """The organizer's list with many registrations against the same with few: first page and search."""
    sizes, path = bench.sizes, f"/admin/events/{data.SLUG}/registrations/"
    subjects = {
        "first page": path,
        "search, hits alike": f"{path}?q={data.RARE_NAME}",
        "search, hits grow too": f"{path}?q={data.FREQUENT_NAME}",
    }
    times: dict[int, list[dict[str, float]]] = {sizes.short_list: [], sizes.long_list: []}
    for _round in range(2):
        for size, results in times.items():
            results.append(_child(bench.database(size).environ(), "pages", data.ORGANIZER, *subjects.values()))
    for name, url in subjects.items():
        short, long = (min(r[url] for r in times[size]) for size in (sizes.short_list, sizes.long_list))
        at_most = 1.2 if name == "first page" else 1.5
        title = f"list of {sizes.long_list:,}, {name}"
        yield Figure(
            title,
            bench.kind,
            long,
            "ms",
            short,
            f"list of {sizes.short_list:,}",
            at_most=at_most,
            note="median of 30, server side",
        )


def walls(bench: Bench) -> Iterator[Figure]:
    """What row-level security costs a company's pages, against the same pages without it. SQLite has none."""
    if bench.kind == "sqlite":
        return
    paths = ("/company/", "/company/people/", "/company/registrations/")
    took = _child(bench.database(bench.sizes.long_list).environ(), "walls", data.COMPANY_ADMIN, *paths)
    note = f"three pages, {bench.sizes.long_list:,} registrations, medians"
    yield Figure(
        "a company's pages, row-level security", bench.kind, took["with"], "ms", took["without"], "without it", note=note
    )


def imports(bench: Bench) -> Iterator[Figure]:
    """The partner list and its people, by command, start-up included."""
    folder = ROOT / "tests" / "data"
    database = bench.engine.new("importing")
    total = 0.0
    for what, file in (("partners", "partners.csv"), ("people", "contacts.csv")):
        if not (folder / file).exists():
            bench.say(f"  tests/data/{file} is not there, left out")
            return
        result = _child(database.environ(), "command", "import", what, str(folder / file), "--json")
        total += result["seconds"]
        yield Figure(f"import of {what}", bench.kind, result["seconds"], "s", note=f"{file}, start-up included")
        yield Figure(f"import of {what}, peak memory", bench.kind, result["MB"], "MB", at_most=150)
    companies, people = database.one("SELECT count(*) FROM organisation"), database.one("SELECT count(*) FROM person")
    yield Figure(
        "import of both", bench.kind, total, "s", at_most=10, note=f"{companies:,} companies and {people:,} people afterwards"
    )


MEASURES: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "page": page,
    "registration": registration,
    "rush": rush,
    "export": export,
    "lists": lists,
    "walls": walls,
    "imports": imports,
}


def _got(server: Server, path: str) -> Any:
    connection = Connection(server.port)
    answer = connection.get(path)
    connection.close()
    assert answer.status == 200, f"{path}: {answer.status}"
    return answer


def _links(database: Database, slug: str, people: int) -> Iterator[str]:
    """The addresses behind which people register alone, each once. Signed as the mail has them, which is not measured."""
    app = create_app(database.settings())
    event = type("E", (), {"id": 1 if slug == data.SLUG else 3})()
    companies = database.one("SELECT count(*) FROM organisation")
    for number in range(1, people + 1):
        with app.test_request_context(base_url=f"https://{HOST}"):
            yield f"/events/{slug}/register/{views.sign(event, data.address_of(number, companies))}"


def floor_environ(database: Database, weight: int) -> dict[str, str]:
    """The settings of a floor's server with a page of that weight; makes its table."""
    key = "INTEGER PRIMARY KEY" if database.kind == "sqlite" else "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    with database.raw() as connection:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS bench_floor (id {key}, name varchar(200), address varchar(254), note varchar(500))"
        )
    return {URL: database.url, WEIGHT: str(weight)}


def _child(environ: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    return _run(["bench.child", *arguments], environ)


def _run(arguments: list[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """Runs a module of ours in a process of its own and gives what it found."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EVENTAPP_")}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, **environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[:4])} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
