"""Who stands behind the database's wall: whoever is signed in and has no role at the vendor."""

from flask import Flask, current_app, request
from flask_login import current_user

from eventapp.core.db import db
from eventapp.core.wall import Wall, stand_behind
from eventapp.core.web.audiences import Audience, audience_of
from eventapp.core.web.headers import STATIC_ENDPOINTS
from eventapp.partners import queries
from eventapp.partners.audiences import viewer

# Pages of the vendor that are open to somebody without a role as well: to who helps with one event.
HELPERS = frozenset({"vendor", "event_reader"})


def _helps_the_vendor() -> bool:
    """Whether this is a page for helpers of an event, and the visitor is one."""
    name = audience_of(current_app, request.endpoint) if request.endpoint else None
    return name in HELPERS and Audience.registry[name].admits()


def init_walls(app: Flask) -> None:
    """Raises the wall before each request of a partner; a secret link is a right of its own and stands before it."""

    @app.before_request
    def stand() -> None:
        secret = any(name.endswith("token") for name in request.view_args or {})
        if request.endpoint in STATIC_ENDPOINTS or secret or db.engine.dialect.name != "postgresql":
            return
        if not current_user.is_authenticated:
            return
        who = viewer()
        if who.user is None or who.roles or _helps_the_vendor():
            return
        ids = frozenset({who.acting_for} if who.acting_for is not None else ())
        person_id = who.seats[0].person_id if who.seats else queries.person_of_user(who.user.id)
        stand_behind(Wall(ids, person_id, who.user.id))
