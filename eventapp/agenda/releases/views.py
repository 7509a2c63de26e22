"""The public list of changes: what each version of the agenda changed."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from eventapp.agenda.models import CHANGE_LABELS
from eventapp.agenda.releases import queries
from eventapp.core.web.audiences import public
from eventapp.events import queries as events
from eventapp.partners.audiences import viewer

blueprint = Blueprint("releases", __name__)


@blueprint.get("/events/<slug:slug>/agenda/changes")
@public
def changes(slug: str) -> ResponseReturnValue:
    """The versions of the agenda, the newest first, with what they changed of what is public."""
    event = events.event_by_slug(viewer(), slug)
    return render_template(
        "agenda/releases/changes.html",
        event=event,
        versions=queries.changelog(event.id),
        rooms=queries.room_names(event.id),
        kinds=CHANGE_LABELS,
    )
