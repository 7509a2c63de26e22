"""`eventapp serve` and `eventapp migrate`: the web server, with the worker as a second process beside it."""

import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import click
from flask import Flask, current_app
from whitenoise import WhiteNoise

from eventapp.accounts.demo import DEMO_PASSWORD
from eventapp.accounts.queries import demo_logins
from eventapp.core.assets import YEAR
from eventapp.core.commands import fail, with_app
from eventapp.core.db import db, reading
from eventapp.core.web.headers import CONTENT_SECURITY_POLICY
from eventapp.core.web.turns import Turns
from eventapp.overview import migrations
from eventapp.settings import Settings

WEB_WORKERS = 2
WEB_THREADS = 4
STOP_SECONDS = 25
RESTART_SECONDS = 2


class StaticFiles(WhiteNoise):
    """Sends the static files without asking the application; a file asked for by its version may be kept for a year."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers for a static file, else lets the application answer."""
        if not environ.get("QUERY_STRING", "").startswith("v="):
            return super().__call__(environ, start_response)  # type: ignore[no-any-return]

        def keeping(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if environ.get("PATH_INFO", "") in self.files:
                headers = [(n, v) for n, v in headers if n.lower() != "cache-control"] + [("Cache-Control", YEAR)]
            return start_response(status, headers, *rest)

        return super().__call__(environ, keeping)  # type: ignore[no-any-return]


def with_front(app: Flask) -> StaticFiles:
    """The application, complete, with what stands in front of it: static files, then turns."""
    gc.collect()
    gc.freeze()  # what is loaded by now stays: it is looked through no more for what can go
    production = app.config["PRODUCTION"]

    def headers(found: Any, _path: str, _url: str) -> None:
        found["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        found["X-Content-Type-Options"] = "nosniff"
        found["X-Frame-Options"] = "DENY"
        found["Referrer-Policy"] = "same-origin"
        found["Cross-Origin-Resource-Policy"] = "same-origin"
        if production:
            found["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    front = StaticFiles(Turns(app), max_age=300, allow_all_origins=False, add_headers_function=headers)
    bootstrap = app.blueprints["bootstrap"]
    for folder, rule in ((app.static_folder, "static"), (bootstrap.static_folder, "bootstrap.static")):
        prefix = next(app.url_map.iter_rules(rule)).rule.partition("<")[0]
        front.add_files(folder, prefix)
    return front


class Worker:
    """The worker as a child process, started again when it dies. It ends by itself when this process is gone."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.owner = os.getpid()
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def keep(self) -> None:
        """Starts the worker if none runs, but not more often than every two seconds."""
        running = self.process is not None and self.process.poll() is None
        if running or time.monotonic() - self.started < RESTART_SECONDS:
            return
        self.started = time.monotonic()
        command = [sys.executable, "-m", "eventapp.cli", "worker", "--parent", str(self.owner)]
        self.process = subprocess.Popen(command, env=self.environ)  # noqa: S603 - our own command, no input in it

    def stop(self) -> None:
        """Lets the worker finish what it is doing. Does nothing in a forked copy of this process."""
        if self.process is None or os.getpid() != self.owner:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _prepared() -> None:
    """Makes the instance folder and brings the database to the newest revision."""
    folder = current_app.config["SETTINGS"].instance
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"Cannot write to {folder}: {error.strerror}. Set EVENTAPP_INSTANCE to a folder of your own.")
    with reading():
        up_to_date = migrations.at_head()
        db.session.remove()
    if not up_to_date:
        from eventapp.core.migrations import upgrade  # only where there is something to do: see there

        upgrade()


@click.command()
@with_app
def migrate() -> None:
    """Brings the database to the newest revision."""
    _prepared()
    with reading():
        click.echo(f"The database is at revision {migrations.revision()}")


@with_app
def _ready_app(demo: bool) -> Flask:
    """The application, its database migrated and, if asked for, filled with the demo."""
    _prepared()
    if demo:
        # Only a first start needs what makes up the demo's companies and people.
        from eventapp.overview import demo as made_up

        if made_up.is_empty() and not made_up.demo_loaded():
            _load_demo(current_app.config["SETTINGS"])
    logins = demo_logins()
    db.session.remove()
    db.engine.dispose()
    current_app.extensions["jobs"].close()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    app.extensions["demo_logins"] = logins
    return app


def _load_demo(settings: Settings) -> None:
    """Makes up the demo in a process of its own.

    It prints documents. The library for that starts threads, which processes forked from this one would not have and wait
    for: no PDF would ever be made until the next start.
    """
    db.session.remove()
    db.engine.dispose()
    command = [sys.executable, "-m", "eventapp.cli", "demo", "--quiet"]
    environ = {**os.environ, "EVENTAPP_BASE_URL": settings.base_url}
    done = subprocess.run(command, env=environ, check=False)  # noqa: S603 - our own command, no input in it
    if done.returncode:
        sys.exit(done.returncode)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--demo", is_flag=True, help="Fill an empty database with the demo.")
@click.pass_context
def serve(context: click.Context, host: str, port: int, demo: bool) -> None:
    """Migrates, then serves the pages and runs the worker until it is stopped."""
    settings: Settings = context.obj
    _refuse_used_port(host, port)
    if "EVENTAPP_BASE_URL" not in os.environ and not settings.production:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - a comparison, not a default
        context.obj = settings = replace(settings, base_url=f"http://{shown}:{port}")
    app = context.invoke(_ready_app, demo=demo)
    worker = Worker({**os.environ, "EVENTAPP_BASE_URL": settings.base_url})

    def ready() -> None:
        worker.keep()
        click.echo(f"{settings.site_name} is at {settings.base_url} (Ctrl+C stops it)")
        if app.extensions["demo_logins"]:
            click.echo(f"Logins of the demo, all with the password {DEMO_PASSWORD}:")
        for login in app.extensions["demo_logins"]:
            click.echo(f"  {login.email}  {login.label}")
        sys.stdout.flush()

    try:
        if sys.platform == "win32":
            _serve_waitress(app, host, port, ready)
        else:
            _serve_gunicorn(app, host, port, ready, worker)
    finally:
        worker.stop()


def _refuse_used_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --port.")


def _serve_gunicorn(app: Flask, host: str, port: int, ready: Callable[[], None], worker: Worker) -> None:
    from gunicorn.app.base import BaseApplication  # not on Windows
    from gunicorn.arbiter import Arbiter  # not on Windows

    class Server(BaseApplication):
        def load_config(self) -> None:
            options = {
                "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
                "workers": WEB_WORKERS,
                "threads": WEB_THREADS,
                "worker_class": "gthread",
                "preload_app": True,
                "timeout": 60,
                "graceful_timeout": 15,
                "keepalive": 5,
                "loglevel": "warning",
                "control_socket_disable": True,
                "post_fork": lambda _server, _worker: _after_fork(app),
                "when_ready": lambda _server: ready(),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return with_front(app)

    class Master(Arbiter):
        """Looks after the worker as it looks after the web processes, once a second."""

        def manage_workers(self) -> None:
            super().manage_workers()
            worker.keep()

    Master(Server()).run()


def _after_fork(app: Flask) -> None:
    """Leaves connections to the process that opened them."""
    with app.app_context():
        db.engine.dispose(close=False)


def _serve_waitress(app: Flask, host: str, port: int, ready: Callable[[], None]) -> None:
    # waitress is installed on Windows only.
    import waitress

    ready()
    waitress.serve(with_front(app), host=host, port=port, threads=WEB_WORKERS * WEB_THREADS)


COMMANDS = {"": [serve, migrate]}
