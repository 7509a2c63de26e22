"""Former addresses of events: what mails, calendars and bookmarks carry goes on leading to the event."""

from flask import request, url_for

from eventapp.core.web.errors import MOVED
from eventapp.events import queries
from eventapp.partners.audiences import viewer


def address_today() -> str | None:
    """Where the page of an event is today that is asked for by a former address of the event; none if it is nowhere."""
    arguments = request.view_args or {}
    rule = request.url_rule.rule if request.url_rule is not None else ""
    if "/events/<slug:slug>/" not in rule or request.endpoint is None:
        return None
    slug = queries.slug_today(viewer(), arguments["slug"])
    if slug is None:
        return None
    # The query goes along as it came: as arguments its names could be those that make an address of another site.
    query = request.query_string.decode("ascii", "replace")
    return url_for(request.endpoint, **{**arguments, "slug": slug}) + (f"?{query}" if query else "")


MOVED.append(address_today)
