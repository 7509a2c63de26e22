"""A version of a plan to download as a PDF, for both teams and for auditors."""

import json

from flask import Blueprint, Response

from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader
from eventapp.plans.documents.drawing import Frozen, version_pdf
from eventapp.plans.documents.queries import event_titles
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing.reading import Words, masked

blueprint = Blueprint("plan_documents", __name__)


@blueprint.get("/plans/<reference:plan_code>/versions/<id:plan_version_id>/pdf")
@plan_reader
def pdf(plan_code: str, plan_version_id: int) -> Response:
    """The version on paper. Confidential accounts are left out for whoever may not read them."""
    seen = queries.plan(viewer(), plan_code)
    version = versions.version(seen.plan, plan_version_id)
    people = versions.people(seen.plan, version)
    signatures = [one for one in versions.signatures(seen.plan) if one.version_id == version.id]
    content = json.loads(version.content)
    shown = masked(content, seen.standing)
    frozen = Frozen(version, shown, shown == content, people.required, signatures, event_titles(shown))
    made = version_pdf(frozen, Words(people.by_id, seen.names))
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{seen.plan.code}_{version.number}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
