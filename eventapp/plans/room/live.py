"""What keeps pages of a plan live: the pulse that they ask for each second, and saying that one has them open."""

import hashlib

from flask import Blueprint, Response, abort, jsonify, request
from wtforms import HiddenField

from eventapp.core.clock import now
from eventapp.core.forms import Form
from eventapp.core.saving import saving
from eventapp.core.text import clean
from eventapp.partners.audiences import viewer
from eventapp.plans import presence as here
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.room import pulse as pulses

blueprint = Blueprint("plan_live", __name__)


class PresenceForm(Form):
    """Which section somebody has open; empty for the room."""

    section = HiddenField()


@blueprint.get("/plans/<reference:plan_code>/workshop/pulse")
@plan_reader
def pulse(plan_code: str) -> Response:
    """Whether anything has happened, and who is where; 304 as long as it is what the page knows."""
    found = pulses.pulse(viewer(), plan_code, now())
    people = [{"id": one.member_id, "name": one.name, "section": one.section_key} for one in found.people]
    answer = jsonify(state=found.state, people=people)
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:20])
    answer.make_conditional(request)
    return answer


@blueprint.post("/plans/<reference:plan_code>/presence")
@plan_writer
def presence(plan_code: str) -> Response:
    """Somebody of the teams has a section open, or the room."""
    seen = queries.plan(viewer(), plan_code)
    member = seen.standing.member
    if member is None:
        abort(403)
    key = PresenceForm().section.data or ""
    if key:
        key = queries.section(seen.plan, clean(key)).key
    with saving():
        here.note(seen.plan, member, key, at=now())
    return Response(status=204)
