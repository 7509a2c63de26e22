"""The public page of an event."""

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, make_response, render_template, session
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.i18n import visitor_language
from eventapp.core.web.audiences import public
from eventapp.core.web.pages import PageCache
from eventapp.core.web.templates import viewer_zone
from eventapp.events import (
    former,  # noqa: F401 - answers for former addresses
    hooks,
    queries,
)
from eventapp.events.admission import queries as admission
from eventapp.events.admission.service import gate_is_open
from eventapp.events.jsonld import description
from eventapp.events.models import Event
from eventapp.events.rules import Blocker, Window, availability, registration_blockers, state_of, window
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.joining import queries as joining

blueprint = Blueprint("events", __name__)
pages = PageCache()


@blueprint.get("/events/<slug:slug>/")
@public
def show(slug: str) -> Response:
    """What, where, when, and the way to register. Visitors without a login share one rendered page."""
    # "_flashes" is where Flask keeps messages for the next page: they are for this visitor only.
    if current_user.is_authenticated or "_flashes" in session:
        event = queries.event_by_slug(viewer(), slug)
        return make_response(_page(event, window(event, now()), availability(state_of(event))))
    state = queries.public_state(slug)
    open_now, places = window(state, now()), availability(state)
    key = (state.id, state.version, state.status, open_now, places, viewer_zone(), visitor_language(), current_app.name)
    return pages.answer(key, lambda: _page(queries.event_by_slug(viewer(), slug), open_now, places))


def _page(event: Event, state: Window, places: str) -> str:
    blockers: Sequence[Blocker] = registration_blockers(event, now())
    if viewer().company_ids:
        (company,) = partners.organisations_of(viewer())
        blockers = hooks.company_blockers(event, company, now())
    return render_template(
        "events/show.html",
        event=event,
        state=state,
        blockers=blockers,
        waves=admission.shown_openings(event),
        gate_open=gate_is_open(event),
        availability=places,
        jsonld=description(event, current_app.config["SETTINGS"].site_name, state),
        pages=hooks.public_pages(event),
        blocks=hooks.public_blocks(event),
        pending=joining.pending(viewer()),
    )
