"""The public page of an event."""

from flask import Blueprint, Response, current_app, make_response, render_template, session
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.i18n import visitor_language
from eventapp.core.web.audiences import public
from eventapp.core.web.pages import PageCache
from eventapp.core.web.templates import viewer_zone
from eventapp.events import queries
from eventapp.events.jsonld import description
from eventapp.events.models import Event
from eventapp.events.rules import Window, registration_blockers, window
from eventapp.partners.audiences import viewer

blueprint = Blueprint("events", __name__)
pages = PageCache()


@blueprint.get("/events/<slug:slug>/")
@public
def show(slug: str) -> Response:
    """What, where, when, and the way to register. Visitors without a login share one rendered page."""
    event = queries.event_by_slug(viewer(), slug)
    state = window(event, now())
    # "_flashes" is where Flask keeps messages for the next page: they are for this visitor only.
    if current_user.is_authenticated or "_flashes" in session:
        return make_response(_page(event, state))
    key = (event.id, event.version, event.status, state, availability(event), viewer_zone(), visitor_language(), current_app.name)
    return pages.answer(key, lambda: _page(event, state))


def availability(event: Event) -> str:
    """`free`, `few` (a tenth or less is left) or `full`, over the modes together; `none` where there is no limit."""
    pools = [event.pool, *(event.in_person_pool if m.value == "in_person" else event.virtual_pool for m in event.modes)]
    limited = [pool for pool in pools if pool.capacity is not None]
    if not limited:
        return "none"
    open_modes = [p for p in limited if p is not event.pool] or limited
    free = sum(pool.free or 0 for pool in open_modes)
    capacity = sum(pool.capacity or 0 for pool in open_modes)
    if free <= 0 or event.pool.free == 0:
        return "full"
    return "few" if free * 10 <= capacity else "free"


def _page(event: Event, state: Window) -> str:
    return render_template(
        "events/show.html",
        event=event,
        state=state,
        blockers=registration_blockers(event, now()),
        availability=availability(event),
        jsonld=description(event, current_app.config["SETTINGS"].site_name, state),
    )
