"""Work after the commit: named jobs, a queue that pokes them, and progress that other processes can read.

The queue only says "there is something to do": the truth stands in rows, and a sweep every minute finds what a lost
poke or a killed worker left. So a queue that is locked or down never fails a request.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

import huey.storage
import structlog
from flask import Flask, current_app
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.constants import EmptyData
from huey.consumer import Consumer

from eventapp.core.doors import Door, through
from eventapp.settings import Settings

log = structlog.get_logger()
Job = TypeVar("Job", bound=Callable[..., None])

JOBS: dict[str, Callable[..., None]] = {}
SWEEPS: list[str] = []

QUEUE_WAIT_SECONDS = 2
SWEEP_SECONDS = 60
PROGRESS_SECONDS = 0.1


def job(name: str, *, every_minute: bool = False) -> Callable[[Job], Job]:
    """Registers a function as a job under a lasting name; `every_minute` makes it part of the worker's sweep.

    A job takes ids only, runs inside the application's context, and may run twice: it must find out from its rows
    what is still to do.
    """

    def register(function: Job) -> Job:
        JOBS[name] = function
        if every_minute and name not in SWEEPS:
            SWEEPS.append(name)
        return function

    return register


@dataclass(frozen=True)
class Progress:
    """How far a job is; `text` says what it is doing."""

    done: int
    total: int
    text: str


class Queue:
    """The queue of one application. It is opened at first use, so that a process may fork before."""

    def __init__(self, app: Flask, huey: Huey) -> None:
        self.app = app
        self.huey = huey
        self.told: dict[str, float] = {}
        self._ready = False
        self._lock = threading.Lock()
        self._task = huey.task(name="run_job")(self._run)

    def _run(self, name: str, ids: tuple[int | str, ...]) -> None:
        run_job(self.app, name, *ids)

    def storage(self) -> Any:
        """huey's storage, its tables made."""
        with self._lock:
            if not self._ready:
                if isinstance(self.huey, SqliteHuey):
                    os.makedirs(os.path.dirname(self.huey.storage.filename), exist_ok=True)
                if not isinstance(self.huey, RedisHuey):
                    self.huey.storage.initialize_schema()
                self._ready = True
        return self.huey.storage

    def send(self, name: str, ids: tuple[int | str, ...]) -> None:
        """Puts a job into the queue."""
        self.storage()
        self._task(name, ids)

    def run_waiting(self) -> int:
        """Runs what is in the queue, here and now, and returns how many jobs that were."""
        self.storage()
        count = 0
        while (task := self.huey.dequeue()) is not None:
            self.huey.execute(task)
            count += 1
        return count

    def close(self) -> None:
        """Closes the connection to the queue, for example before a fork."""
        if not isinstance(self.huey, RedisHuey):
            self.huey.storage.close()


def init_jobs(app: Flask, settings: Settings) -> None:
    """Gives the application its queue; nothing is opened yet."""
    app.extensions["jobs"] = Queue(app, _huey(settings))


def _huey(settings: Settings) -> Huey:
    url, common = settings.queue_url, {"name": "eventapp", "results": False}
    if url.startswith(("redis://", "rediss://")):
        mark = "&" if "?" in url else "?"
        waits = f"socket_connect_timeout={QUEUE_WAIT_SECONDS}&socket_timeout=10"
        return RedisHuey(**common, url=f"{url}{mark}{waits}")
    if url.startswith("postgres"):
        import psycopg  # 9 MB, needed only here: `eventapp.spared` keeps huey from taking it along

        huey.storage.psycopg = psycopg
        return PostgresHuey(**common, dsn=url, create_tables=False, connect_timeout=QUEUE_WAIT_SECONDS)
    filename = str(settings.instance / "queue.sqlite")
    return SqliteHuey(**common, filename=filename, create_tables=False, fsync=False, timeout=QUEUE_WAIT_SECONDS)


def _queue() -> Queue:
    queue: Queue = current_app.extensions["jobs"]
    return queue


def enqueue(name: str, *ids: int | str) -> None:
    """Asks the worker to run a job soon. Never fails: what could not be asked for, the sweep will find."""
    try:
        _queue().send(name, ids)
    except Exception as error:  # each queue has its own errors, and none of them may reach the visitor
        log.warning("queue unavailable", job=name, error=str(error))


def run_job(app: Flask, name: str, *ids: int | str) -> None:
    """Runs a job in a context of its own. An error is logged; the next sweep tries again."""
    try:
        with app.app_context(), through(Door.JOB):
            JOBS[name](*ids)
    except Exception:
        log.exception("job failed", job=name, ids=ids)


def run_waiting() -> int:
    """Runs everything in the queue in this process and returns how many jobs that were."""
    return _queue().run_waiting()


def run_sweeps(app: Flask) -> None:
    """Runs what the worker runs every minute."""
    for name in SWEEPS:
        run_job(app, name)


def progress(key: str, done: int, total: int, text: str = "") -> None:
    """Tells how far a job is, visible at once in every process, also from inside a long transaction.

    May be called for each row: it writes at most ten times a second. Never fails.
    """
    queue, at = _queue(), time.monotonic()
    if done < total and at - queue.told.get(key, -1.0) < PROGRESS_SECONDS:
        return
    queue.told[key] = at
    value = json.dumps({"done": done, "total": total, "text": text}).encode()
    with _forgiving("progress"):
        queue.storage().put_data(f"progress:{key}", value)


def read_progress(key: str) -> Progress | None:
    """What the job last told, or none if it has not begun."""
    with _forgiving("progress"):
        value = _queue().storage().peek_data(f"progress:{key}")
        return None if value is EmptyData else Progress(**json.loads(bytes(value)))
    return None


def forget_progress(key: str) -> None:
    """Forgets what a job told, and whether it was to be cancelled."""
    _queue().told.pop(key, None)
    with _forgiving("progress"):
        for prefix in ("progress", "cancel"):
            _queue().storage().pop_data(f"{prefix}:{key}")


def cancel(key: str) -> None:
    """Asks a running job to give up."""
    with _forgiving("cancel"):
        _queue().storage().put_data(f"cancel:{key}", b"1")


def cancelled(key: str) -> bool:
    """Whether the job was asked to give up; jobs look every few hundred rows."""
    with _forgiving("cancel"):
        return bool(_queue().storage().has_data_for_key(f"cancel:{key}"))
    return False


@contextmanager
def _forgiving(what: str) -> Iterator[None]:
    """Progress is a courtesy: a queue that is down gets a line in the log and must not stop the work."""
    try:
        yield
    except Exception as error:  # each queue has its own errors
        log.warning("queue unavailable", what=what, error=str(error))


class _Consumer(Consumer):
    """huey's consumer; both SIGTERM and Ctrl+C let running jobs finish."""

    def _set_signal_handlers(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self._signum, self._graceful = number, True


def work(app: Flask, *, threads: int = 2, parent: int | None = None) -> None:
    """Runs the worker until SIGTERM or Ctrl+C: jobs as they come, and the sweep every minute.

    The sweep has its own clock, not the queue's, so it goes on while the queue is down. With `parent`, the process id
    of the server that started it, the worker ends when that server is gone.
    """
    queue: Queue = app.extensions["jobs"]
    with suppress(Exception):
        queue.storage()
    stop = threading.Event()
    helpers = [threading.Thread(target=_sweep_until, args=(app, stop), name="sweep", daemon=True)]
    if parent is not None:
        helpers.append(threading.Thread(target=_end_with, args=(parent, stop), name="parent", daemon=True))
    for helper in helpers:
        helper.start()
    consumer = _Consumer(
        queue.huey,
        workers=threads,
        periodic=False,
        initial_delay=0.05,
        max_delay=0.5,
        shutdown_timeout=20,
        graceful_signal="TERM",
    )
    try:
        consumer.run()
    finally:
        stop.set()


def _sweep_until(app: Flask, stop: threading.Event) -> None:
    while True:
        run_sweeps(app)
        if stop.wait(SWEEP_SECONDS):
            return


def _end_with(parent: int, stop: threading.Event) -> None:
    while not stop.wait(1):
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return
