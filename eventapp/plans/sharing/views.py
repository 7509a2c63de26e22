"""The list of shared summaries."""

from flask import Blueprint, render_template, request, url_for

from eventapp.partners.audiences import viewer
from eventapp.plans.audiences import plan_reader
from eventapp.plans.pages import list_tabs
from eventapp.plans.sharing import listing

blueprint = Blueprint("plan_sharing", __name__)


@blueprint.get("/plans/shared")
@plan_reader
def index() -> str:
    """Summaries for everybody of both organisations."""
    found = listing.summaries(viewer(), url_for(".index"), request.args)
    return render_template("plans/sharing/index.html", listing=found, **list_tabs())
