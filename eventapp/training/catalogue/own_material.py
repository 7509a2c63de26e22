"""The material of a course for whoever is enrolled, behind the secret link of their registration."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, render_template
from markupsafe import Markup
from sqlalchemy import select

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.web.audiences import public
from eventapp.registrations import hooks
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration
from eventapp.training import queries
from eventapp.training.catalogue import materials
from eventapp.training.catalogue.files import download
from eventapp.training.models import CourseMaterial, Enrolment, EnrolmentState, Run

blueprint = Blueprint("course_material", __name__)


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _own(registration: Registration, at: datetime) -> list[tuple[Run, Sequence[CourseMaterial]]]:
    """The runs that somebody has a seat in by this registration, each with the material that they may see by now."""
    mine = select(Enrolment.run_id).where(
        Enrolment.registration_id == registration.id,
        Enrolment.person_id == registration.person_id,
        Enrolment.state == EnrolmentState.ENROLLED,
    )
    runs = db.session.scalars(queries.runs().where(Run.id.in_(mine)).order_by(Run.id)).all()
    if not runs:
        return []
    slots = queries.slots_of(runs)
    found = ((run, materials.of_run(run, over=bool(slots[run.id]) and slots[run.id][-1].ends_at <= at)) for run in runs)
    return [(run, pieces) for run, pieces in found if pieces]


def _block(registration: Registration, at: datetime) -> Markup:
    found = _own(registration, at)
    if not found:
        return Markup("")
    return Markup(render_template("training/catalogue/_own_material.html", found=found, token=registration.token))  # noqa: S704


@blueprint.get("/r/<token:token>/material/<token:material_key>")
@public
def file(token: str, material_key: str) -> Response:
    """A file, to be saved, while the seat is held."""
    for _run, pieces in _own(registrations.by_token(token), now()):
        for piece in pieces:
            if piece.key == material_key:
                return download(piece)
    raise NotFoundError(material_key)


hooks.OWN_PAGE.append(_block)
