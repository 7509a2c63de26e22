"""Giving a file out: to be saved, and never shown as a page."""

from flask import Blueprint, Response

from eventapp.core.web.downloads import name_file
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.audiences import plan_reader
from eventapp.plans.files import queries as files

blueprint = Blueprint("plan_files", __name__)


@blueprint.get("/plans/<reference:plan_code>/files/<token:plan_file_key>")
@plan_reader
def download(plan_code: str, plan_file_key: str) -> Response:
    """A file of the plan."""
    seen = queries.plan(viewer(), plan_code)
    found = files.file(seen.plan, plan_file_key, seen.standing)
    answer = Response(bytes(found.content), content_type="application/octet-stream")
    name_file(answer, found.name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
