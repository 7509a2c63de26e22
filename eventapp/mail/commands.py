"""The worker."""

import click
from flask import current_app

from eventapp.core import jobs
from eventapp.core.clock import now
from eventapp.core.commands import with_app
from eventapp.core.portions import apart
from eventapp.mail import queries


@click.command()
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 16), help="Jobs at the same time.")
@click.option("--once", is_flag=True, help="Do what is waiting and end, for example from cron.")
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
@with_app
def worker(threads: int, once: bool, parent: int | None) -> None:
    """Sends mail and runs jobs until it is stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if once:
        with apart():
            queries.flows(now())  # a database without its tables ends it here, not job by job
        jobs.run_waiting()
        jobs.run_sweeps(app)
        return
    jobs.work(app, threads=threads, parent=parent)


COMMANDS = {"": [worker]}
