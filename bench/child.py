"""What is measured inside a process of its own; the result is one JSON object at the end of standard output.

Run by `measures`: `python -m bench.child command export registrations …`, `… pages`, `… statements`.
"""

import json
import os
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

BORN = time.perf_counter()

from eventapp import cli, create_app  # noqa: E402 - its import is part of what a command takes
from eventapp.core import wall  # noqa: E402
from eventapp.core.db import db, rollback, table, transaction, write  # noqa: E402

ROUNDS = 30


def peak_megabytes() -> float:
    """The most memory this process has had. VmHWM is its own; `ru_maxrss` would begin with that of its parent."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
    except OSError:
        found = None
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def command(arguments: list[str]) -> dict[str, Any]:
    """An eventapp command, from the first import to the end. `MB` is the peak."""
    code = cli.main.main(arguments, prog_name="eventapp", standalone_mode=False)
    return {"seconds": time.perf_counter() - BORN, "MB": peak_megabytes(), "code": code}


@contextmanager
def _counting() -> Iterator[list[str]]:
    """Statements sent, without BEGIN and the like."""
    from sqlalchemy import event  # as late as the rest of it: `command` has no use for it

    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.upper().startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _client(user: str = "") -> Any:
    app = create_app()
    client = app.test_client()
    client.environ_base["HTTP_HOST"] = app.config["SETTINGS"].host
    client.environ_base["wsgi.url_scheme"] = "https"
    if user:
        with client.session_transaction(base_url=f"https://{app.config['SETTINGS'].host}") as session:
            session["_user_id"], session["_fresh"], session["key"] = user, True, user
    return client


def _get(client: Any, path: str) -> Any:
    answer = client.get(path, base_url=f"https://{client.application.config['SETTINGS'].host}")
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer


def pages(arguments: list[str]) -> dict[str, Any]:
    """Median milliseconds of pages for a signed-in user: `USER PATH…`, in turn so that a disturbance meets them all."""
    user, *paths = arguments
    client = _client(user)
    times: dict[str, list[float]] = {path: [] for path in paths}
    for path in paths:
        _get(client, path)
    for _round in range(ROUNDS):
        for path in paths:
            began = time.perf_counter()
            _get(client, path)
            times[path].append((time.perf_counter() - began) * 1000)
    return {path: statistics.median(found) for path, found in times.items()}


def walls(arguments: list[str]) -> dict[str, Any]:
    """Median milliseconds of pages for a partner, with row-level security and without it: `USER PATH…`."""
    user, *paths = arguments
    client = _client(user)
    settings, found = wall.Wall.settings, {"with": 0.0, "without": 0.0}
    for path in paths:
        times: dict[str, list[float]] = {"with": [], "without": []}
        for n in range(2 * ROUNDS):
            for name, made in (("with", settings), ("without", lambda _self: wall.NO_WALL)):
                wall.Wall.settings = made  # type: ignore[method-assign] # switched off in this process only
                began = time.perf_counter()
                _get(client, path)
                times[name] += [(time.perf_counter() - began) * 1000] * bool(n)
        for name in found:
            found[name] += statistics.median(times[name])
    return found


def statements(arguments: list[str]) -> dict[str, Any]:
    """Queries of a page (`GET PATH`), or of a form and its sending (`POST PATH`), the second time each."""
    method, warm, path = arguments
    client = _client()
    with client.application.app_context():
        if method == "GET":
            _get(client, warm)
            with _counting() as cold:
                _get(client, path)
            with _counting() as found:
                _get(client, path)
            return {"first": len(cold), "statements": len(found)}
        _send(client, warm)
        with _counting() as found:
            post = _send(client, path, lambda: len(found))
        return {"form": post, "statements": len(found), "texts": [s.split("\n")[0][:120] for s in found]}


def move(arguments: list[str]) -> dict[str, Any]:
    """Moves the event of that slug on video and commits. `floor` is how long its mails alone take to be written."""
    # As late as this: `command` has no use for them.
    from sqlalchemy import insert, select

    from eventapp.audit.service import NamedActor
    from eventapp.events.models import Event
    from eventapp.lifecycle.converting import service as converting
    from eventapp.lifecycle.converting.models import ConversionKind
    from eventapp.lifecycle.converting.rules import Plan
    from eventapp.mail.models import OutboxMail

    app = create_app()
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.slug == arguments[0])).one()
        plan = Plan(ConversionKind.VIRTUAL, join_url="https://meet.example/one", above_company=True)
        at, before = event.starts_at - timedelta(days=30), peak_megabytes()
        with _counting() as found:
            began = time.perf_counter()
            with transaction():
                made, _told = converting.convert(event, plan, by=NamedActor("bench"), at=at)
            seconds = time.perf_counter() - began
        memory, mails = peak_megabytes() - before, made.counts["mails"]
        assert made.counts["lost"] == 0
        rows = [dict(row) for row in db.session.execute(select(table(OutboxMail)).where(table(OutboxMail).c.id > 0)).mappings()]
        for row in rows:
            del row["id"]
            row["message_id"] = f"x{row['message_id']}"
        rollback()
        began = time.perf_counter()
        write(insert(table(OutboxMail)), rows)
        floor = time.perf_counter() - began
        rollback()
    return {"seconds": seconds, "floor": floor, "MB": memory, "mails": mails, "statements": len(found)}


def certificates(arguments: list[str]) -> dict[str, Any]:
    """So many certificates as PDFs, and what typst alone takes for as many."""
    from bench.certificates import measured  # as late as this: `command` has no use for it

    return measured(int(arguments[0]))


def portfolio(_arguments: list[str]) -> dict[str, Any]:
    """The portfolio of all plans, its statements, and their objectives as a file."""
    from bench.plans import measured  # as late as this: `command` has no use for it

    return measured()


def plan_pdf(_arguments: list[str]) -> dict[str, Any]:
    """A full plan as a PDF, and typst alone."""
    from bench.plans import measured_pdf  # as late as this: `command` has no use for it

    return measured_pdf()


def report(arguments: list[str]) -> dict[str, Any]:
    """Takes in a report for a run: `RUN PATH`; then the file alone, read by Python's csv."""
    from bench.reports import measured  # as late as this: `command` has no use for it

    return measured(int(arguments[0]), arguments[1])


def _send(client: Any, path: str, after_form: Callable[[], int] = lambda: 0) -> int:
    form = hidden_fields(_get(client, path).get_data(as_text=True))
    counted = after_form()
    base_url = f"https://{client.application.config['SETTINGS'].host}"
    answer = client.post(path, data={**form, "given_name": "Greta", "family_name": "Vogel"}, base_url=base_url)
    assert answer.status_code == 302, f"{path}: {answer.status_code}"
    return counted


def hidden_fields(html: str) -> dict[str, str]:
    """The hidden fields of the registration form."""
    found = (
        re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', html)
        for name in ("csrf_token", "once_key", "company", "mode")
    )
    return {re.search(r'name="([^"]*)"', f[0])[1]: f[1] for f in found if f}  # type: ignore[index] # the name is in what matched


def compliance(_arguments: list[str]) -> dict[str, Any]:
    """The nightly evaluation of all companies; then its rows alone, read and written without a verdict."""
    from sqlalchemy import func, insert, select

    from eventapp.core.clock import now
    from eventapp.partners.models import Membership
    from eventapp.training.models import Certificate, Standing
    from eventapp.training.programme import facts, jobs
    from eventapp.training.programme.simulating import simulate

    app = create_app()
    with app.app_context():
        with transaction():
            facts.rules()
        before = peak_megabytes()
        with _counting() as sent:
            began = time.perf_counter()
            jobs.each_day()
            seconds = time.perf_counter() - began
        more = peak_megabytes() - before
        began = time.perf_counter()
        with transaction():
            changed = facts.rules()[0]
            simulate(
                changed._replace(demand=replace(changed.demand, people_min=changed.demand.people_min + 1)), changed, now().date()
            )
        simulated = time.perf_counter() - began
        began = time.perf_counter()
        with transaction():
            db.session.execute(
                select(Certificate.__table__).join(Membership, Membership.person_id == Certificate.person_id)
            ).all()
            db.session.execute(select(Membership.__table__)).all()
            rows = [dict(row) for row in db.session.execute(select(table(Standing))).mappings()]
            db.session.execute(table(Standing).delete())
            write(insert(table(Standing)), rows)
        floor = time.perf_counter() - began
        with transaction():
            verdicts = db.session.scalar(select(func.count()).select_from(Standing))
    return {
        "seconds": seconds, "floor": floor, "MB": more, "verdicts": verdicts, "statements": len(sent), "simulated": simulated,
    }  # fmt: skip


if __name__ == "__main__":
    # What the application prints goes elsewhere: the last line is ours.
    out = os.fdopen(os.dup(1), "w")
    acts = {
        "command": command,
        "pages": pages,
        "statements": statements,
        "walls": walls,
        "move": move,
        "compliance": compliance,
        "certificates": certificates,
        "report": report,
        "portfolio": portfolio,
        "plan_pdf": plan_pdf,
    }
    result = acts[sys.argv[1]](sys.argv[2:])
    out.write("\n" + json.dumps(result) + "\n")
    out.flush()
