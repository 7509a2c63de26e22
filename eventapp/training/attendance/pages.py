"""What the pages of attendance share: the run's tabs, its slots, and who sees addresses."""

from typing import Any

from flask import render_template

from eventapp.accounts.audiences import visitors_roles
from eventapp.accounts.permissions import READERS
from eventapp.core import exports as files
from eventapp.core.times import span
from eventapp.partners.audiences import viewer
from eventapp.training import queries
from eventapp.training.models import ATTENDANCE_LABELS, INTERVAL_LABELS, MATCHED_LABELS, Run
from eventapp.training.rules import Slot
from eventapp.training.subnav import run_tabs

FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


def run_of(run_id: int) -> Run:
    """The run of that id among those that the visitor gives or reads. Raises NotFoundError."""
    return queries.run_to_teach(viewer(), run_id)


def run_to_give(run_id: int) -> Run:
    """The run of that id among those that the visitor gives, to change what stands there. Raises NotFoundError."""
    return queries.run_to_give(viewer(), run_id)


def page(template: str, run: Run, tab: str, **values: Any) -> str:
    """A page of a run with its tabs."""
    return render_template(
        template,
        run=run,
        zone=run.event.time_zone,
        subnav=run_tabs(run, tab),
        subnav_title=run.event.title,
        attendance_labels=ATTENDANCE_LABELS,
        interval_labels=INTERVAL_LABELS,
        matched_labels=MATCHED_LABELS,
        span=span,
        **values,
    )


def sees_addresses() -> bool:
    """Whether the visitor may see addresses: trainers see names and companies only."""
    return bool(visitors_roles() & READERS)


def slot_words(slot: Slot, zone: str) -> str:
    """A slot as people read it: its times in the run's zone, and what it is called."""
    times = span(slot.starts_at, slot.ends_at, zone)
    return f"{slot.label} · {times}" if slot.label else times
