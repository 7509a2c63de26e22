"""Giving out a file of a course's material: to be saved, never shown as a page."""

from flask import Response

from eventapp.core.errors import NotFoundError
from eventapp.core.web.downloads import name_file
from eventapp.training.models import CourseMaterial


def download(material: CourseMaterial) -> Response:
    """The file. Raises NotFoundError if the material is a link."""
    if material.content is None:
        raise NotFoundError(material.id)
    response = Response(bytes(material.content), content_type="application/octet-stream")
    name_file(response, material.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
