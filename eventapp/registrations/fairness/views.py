"""The public page of a draw: the seed, the rule, and the lots, so that anybody can draw them again."""

import csv
import io

from flask import Blueprint, Response, render_template
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.web.audiences import public
from eventapp.events import queries as events
from eventapp.events.admission.service import gate_is_open, seed_hash
from eventapp.events.models import Event, Fairness
from eventapp.partners.audiences import viewer
from eventapp.registrations.fairness import (
    jobs,  # noqa: F401 - registers the job
)
from eventapp.registrations.fairness.models import Lot
from eventapp.registrations.fairness.rules import lot_of

blueprint = Blueprint("draw", __name__)
SHOWN = 50


def _event(slug: str) -> Event:
    event = events.event_by_slug(viewer(), slug)
    if event.fairness is not Fairness.DRAW:
        raise NotFoundError(slug)
    return event


def _lots(event: Event, limit: int | None = None) -> list[tuple[int, str, str]]:
    query = select(Lot.position, Lot.ticket).where(Lot.event_id == event.id).order_by(Lot.position).limit(limit)
    return [(row[0], row[1], lot_of(event.draw_seed, row[1])) for row in db.session.execute(query)]


@blueprint.get("/events/<slug:slug>/draw")
@public
def show(slug: str) -> str:
    """When the draw is, by which rule, and afterwards the seed and the first lots."""
    event = _event(slug)
    held = gate_is_open(event)
    return render_template(
        "registrations/fairness/show.html",
        event=event,
        held=held,
        seed_hash=seed_hash(event),
        lots=_lots(event, SHOWN) if held else [],
    )


@blueprint.get("/events/<slug:slug>/draw.csv")
@public
def lots(slug: str) -> Response:
    """All lots in the order of the draw. It names nobody: a ticket is the SHA-256 of a code that only its owner knows."""
    event = _event(slug)
    if not gate_is_open(event):
        raise NotFoundError(slug)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["position", "ticket", "lot"])
    writer.writerows(_lots(event))
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{event.slug}-draw.csv"'
    return response
