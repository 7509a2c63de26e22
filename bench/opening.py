"""The first minute after registration opens: many companies register their people at the same time.

Each company admin, signed in, opens the form, ticks colleagues, checks and confirms: three requests. The floor answers
the same three: pages of the form's weight with one query each, and the people's rows in one transaction.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from html import unescape

from flask.sessions import SecureCookieSessionInterface

from bench import data
from bench.databases import Database
from bench.figures import Figure
from bench.load import Answer, Connection, Server, drive, request
from bench.measures import CLIENTS, MANY_CLIENTS, Bench, floor_environ
from eventapp import create_app

Pairs = list[tuple[str, str]]
POOL = 3 * data.OPENING_ID - 2  # of the event as a whole


def opening(bench: Bench) -> Iterator[Figure]:
    """How fast they get through, how long one answer takes, and whether each of them is right."""
    sizes, database = bench.sizes, bench.fresh("opening")
    companies = list(range(1, sizes.groups + 1))
    people = sizes.groups * sizes.group
    cookies = _signed_in(database, range(1, sizes.groups + CLIENTS + 1))
    with database.raw() as connection:
        connection.execute(f"UPDATE pool SET capacity = {sizes.opening_places} WHERE id = {POOL}")
    took: dict[str, list[float]] = {"ours": [], "bare": [], "warm-up": []}
    path = f"/events/{data.OPENING_SLUG}/register"
    with Server("wsgi:app", database.environ()) as ours:

        def group(company: int, slug: str, times: list[float]) -> Callable[[Connection], Answer]:
            members = [str(company + k * sizes.companies) for k in range(sizes.group)]
            return lambda connection: _register(connection, slug, cookies[company], members, times)

        weight = len(Connection(ours.port).send(request(path, cookie=cookies[1])).body)
        others = range(sizes.groups + 1, sizes.groups + CLIENTS + 1)  # they warm up, at another event
        drive(ours.port, lambda c, n: group(others[n], data.SLUG, took["warm-up"])(c) and None, clients=CLIENTS, count=CLIENTS)  # type: ignore[func-returns-value]
        work = [group(company, data.OPENING_SLUG, took["ours"]) for company in companies]
        _done, seconds = drive(ours.port, lambda c, n: work[n](c) and None, clients=MANY_CLIENTS, count=len(work))  # type: ignore[func-returns-value]
    with Server("bench.floors:app", floor_environ(database, weight)) as floor:
        _done, bare = drive(
            floor.port, lambda c, _n: _by_hand(c, sizes.group, took["bare"]), clients=MANY_CLIENTS, count=len(work)
        )
    mistakes = wrong(database, sizes.groups, sizes.group, sizes.opening_places)
    for line in mistakes:
        bench.say(f"  wrong: {line}")
    name = f"{people:,} people of {sizes.groups} companies"
    note = f"{MANY_CLIENTS} clients, groups of {sizes.group}, {sizes.opening_places:,} places: form, check, confirm"
    least_is = "bare Flask, two pages of that weight, the people's rows in one INSERT transaction"
    yield Figure(f"{name}, people", bench.kind, people / seconds, "1/s", people / bare, least_is, note=note)
    yield Figure(f"{name}, p95 of an answer", bench.kind, _p95(took["ours"]), "ms", _p95(took["bare"]), least_is, note=note)
    yield Figure(f"{name}, all of it", bench.kind, seconds, "s", at_most=60, note=note)
    yield Figure(
        f"{name}, every answer right", bench.kind, int(not mistakes), "", at_least=1, note="none was an error of the server"
    )


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def _signed_in(database: Database, companies: Sequence[int]) -> dict[int, str]:
    """The cookie of each company's admin, as signing in would give it."""
    app = create_app(database.settings())
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    name = app.config["SESSION_COOKIE_NAME"]
    keys = {company: data.admin_of(company) for company in companies}
    return {company: f"{name}={serializer.dumps({'_user_id': key, '_fresh': True, 'key': key})}" for company, key in keys.items()}


def _register(connection: Connection, slug: str, cookie: str, members: Sequence[str], times: list[float]) -> Answer:
    """One company's three requests; raises AssertionError at the first answer that is not the right one."""
    path = f"/events/{slug}/register"
    form, cookie = _timed(connection, request(path, cookie=cookie), cookie, times)
    assert form.status == 200, form.status
    fields = [pair for pair in hidden(form.body.decode()) if pair[0] != "mode"]
    chosen = [*fields, *(("colleagues", member) for member in members), ("mode", "in_person")]
    check, cookie = _timed(connection, request(path, cookie=cookie, form=chosen), cookie, times)
    body = check.body.decode()
    assert check.status == 200, check.status
    assert ("step", "confirm") in hidden(body), "the page to check did not come"
    done, _cookie = _timed(connection, request(path, cookie=cookie, form=hidden(body)), cookie, times)
    assert done.status == 302, done.status
    assert done.header("Location").endswith(f"/events/{slug}/registrations"), done.header("Location")
    return done


def _timed(connection: Connection, sent: bytes, cookie: str, times: list[float]) -> tuple[Answer, str]:
    """The answer, and the cookie that goes with the next request."""
    began = time.perf_counter()
    answer = connection.send(sent)
    times.append(time.perf_counter() - began)
    return answer, answer.header("Set-Cookie").partition(";")[0] or cookie


def hidden(html: str) -> Pairs:
    """Names and values of all hidden fields of a page's main part, in order."""
    main = html.partition("<main")[2]
    found = re.findall(r'<input(?=[^>]* type="hidden")(?=[^>]* name="([^"]*)")(?=[^>]* value="([^"]*)")[^>]*>', main)
    return [(unescape(name), unescape(value)) for name, value in found]


def _by_hand(connection: Connection, people: int, times: list[float]) -> None:
    page = request(f"/page?slug={data.OPENING_SLUG}")
    form = [("name", f"Greta Vogel {n}") for n in range(people)]
    for sent, status in ((page, 200), (page, 200), (request("/group", form=form), 302)):
        answer, _cookie = _timed(connection, sent, "", times)
        assert answer.status == status, answer.status


def wrong(database: Database, groups: int, group: int, places: int) -> list[str]:
    """What is not as it has to be afterwards, in words."""
    people, of = groups * group, f"FROM registration WHERE event_id = {data.OPENING_ID}"
    pool = f"FROM pool WHERE id = {POOL}"
    complete = f"FROM (SELECT organisation_id {of} GROUP BY organisation_id HAVING count(DISTINCT person_id) = {group}) AS whole"
    mails = f"FROM outbox_mail WHERE about = 'event:{data.OPENING_ID}'"
    expected = {
        f"SELECT count(*) {of} AND status = 'confirmed'": places,
        f"SELECT count(*) {of} AND status = 'waiting'": people - places,
        f"SELECT count(*) {of}": people,
        f"SELECT count(*) {complete}": groups,
        f"SELECT taken {pool}": places,
        f"SELECT waiting {pool}": people - places,
        f"SELECT count(*) {mails} AND kind = 'registrations.summary'": groups,
        f"SELECT count(*) {mails} AND kind <> 'registrations.summary'": people,
    }
    found = {statement: database.one(statement) for statement in expected}
    return [f"{statement}: {found[statement]}, not {n}" for statement, n in expected.items() if found[statement] != n]
