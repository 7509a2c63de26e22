"""What the pages of runs share."""

from typing import Any

from flask import render_template, request

from eventapp.events.parts import MOST_PARTS
from eventapp.training.models import Run, RunStatus
from eventapp.training.runs.forms import MORE
from eventapp.training.subnav import run_tabs

TONES = {
    RunStatus.DRAFT: "neutral",
    RunStatus.OPEN: "ok",
    RunStatus.FULL: "wait",
    RunStatus.CLOSED: "wait",
    RunStatus.RUNNING: "info",
    RunStatus.ENDED: "warn",
    RunStatus.DONE: "off",
    RunStatus.CANCELLED: "off",
}


def title_of(run: Run) -> str:
    """What a run is called: as its session, or as its event."""
    return run.event.title if run.session is None else run.session.title


def page(template: str, run: Run, active: str, **values: Any) -> str:
    """A page of a run with its tabs."""
    return render_template(template, run=run, title=title_of(run), subnav=run_tabs(run, active), **values)


def rows_in(least: int) -> int:
    """How many lines for slots the form that was sent has, and more of them if that was asked for."""
    text = request.form.get("slots", "")
    sent = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else least
    return min(MOST_PARTS, max(1, sent) + (MORE if more_rows() else 0)) if request.method == "POST" else least


def more_rows() -> bool:
    """Whether only more lines for slots are wanted."""
    return request.method == "POST" and "more" in request.form
