"""A company admin's acts on one of the company's registrations."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.errors import NotFoundError
from eventapp.events import queries as events
from eventapp.partners.audiences import company_admin, viewer
from eventapp.registrations import acts, queries
from eventapp.registrations.company.substituting import substitute_page
from eventapp.registrations.models import Registration, Side
from eventapp.registrations.waiting import acts as waiting

blueprint = Blueprint("registrations_own", __name__)


def _load(slug: str, registration_id: int) -> Registration:
    """A registration of one of the viewer's companies."""
    found = queries.registration(viewer(), events.event_by_slug(viewer(), slug), registration_id)
    if found.organisation_id not in viewer().company_ids:
        raise NotFoundError(registration_id)
    return found


def _list_of(registration: Registration) -> str:
    return url_for("registrations.index", slug=registration.event.slug)


@blueprint.route("/events/<slug:slug>/registrations/<id:registration_id>/cancel", methods=["GET", "POST"])
@company_admin
def cancel(slug: str, registration_id: int) -> ResponseReturnValue:
    """Cancels a colleague's registration."""
    return acts.cancel_page(lambda: _load(slug, registration_id), current_user, _list_of, Side.COMPANY)


@blueprint.route("/events/<slug:slug>/registrations/<id:registration_id>/mode", methods=["GET", "POST"])
@company_admin
def mode(slug: str, registration_id: int) -> ResponseReturnValue:
    """Switches a colleague between in person and on video."""
    return acts.mode_page(lambda: _load(slug, registration_id), current_user, _list_of)


@blueprint.post("/events/<slug:slug>/registrations/<id:registration_id>/accept")
@company_admin
def accept(slug: str, registration_id: int) -> ResponseReturnValue:
    """Takes the place that is offered to a colleague."""
    return waiting.accept(lambda: _load(slug, registration_id), current_user, _list_of)


@blueprint.post("/events/<slug:slug>/registrations/<id:registration_id>/turn-down")
@company_admin
def turn_down(slug: str, registration_id: int) -> ResponseReturnValue:
    """Gives the place that is offered to a colleague to the next one."""
    return waiting.turn_down(lambda: _load(slug, registration_id), current_user, _list_of, Side.COMPANY)


@blueprint.post("/events/<slug:slug>/registrations/<id:registration_id>/undo")
@company_admin
def undo(slug: str, registration_id: int) -> ResponseReturnValue:
    """Takes a cancellation back."""
    return acts.undo_page(lambda: _load(slug, registration_id), current_user, _list_of, Side.COMPANY)


@blueprint.route("/events/<slug:slug>/registrations/<id:registration_id>/substitute", methods=["GET", "POST"])
@company_admin
def substitute(slug: str, registration_id: int) -> ResponseReturnValue:
    """Lets another colleague come instead."""
    return substitute_page(lambda: _load(slug, registration_id), viewer(), current_user, _list_of)
