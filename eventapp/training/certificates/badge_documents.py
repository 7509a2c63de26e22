"""The documents that verifiers of badges ask for: who issues them, the keys, what they stand for, whether one was revoked."""

from typing import Any

from flask import Blueprint, Response, jsonify

from eventapp.core.errors import NotFoundError
from eventapp.core.web.audiences import public
from eventapp.training.certificates import badges, queries, signing
from eventapp.training.certificates.rules import normal_code

blueprint = Blueprint("badges", __name__)


def _json(document: dict[str, Any]) -> Response:
    """For every verifier, whatever page it runs on; there is nothing in it that a cookie would change."""
    response = jsonify(document)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/badges/issuer")
@public
def issuer() -> Response:
    """Who issues the badges."""
    return _json(badges.profile())


@blueprint.get("/.well-known/jwks.json")
@public
def keys() -> Response:
    """The keys that badges are signed with."""
    return _json(badges.keys())


@blueprint.get("/badges/keys/<token:kid>")
@public
def key(kid: str) -> Response:
    """One key by its thumbprint."""
    own = signing.public_key()
    if kid != own["kid"]:
        raise NotFoundError(kid)
    return _json(own)


@blueprint.get("/badges/courses/<id:of_version>")
@public
def course(of_version: int) -> Response:
    """What a version of a course stands for."""
    return _json({"@context": badges.CONTEXTS, **badges.achievement_of_course(queries.version_taught(of_version))})


@blueprint.get("/badges/credentials/<id:of_credential>")
@public
def credential(of_credential: int) -> Response:
    """What a credential stands for."""
    return _json({"@context": badges.CONTEXTS, **badges.achievement_of_credential(queries.credential(of_credential))})


@blueprint.get("/badges/revocations/<token:code_token>")
@public
def revocations(code_token: str) -> Response:
    """Whether one badge was revoked."""
    certificate = queries.by_code(normal_code(code_token))
    if certificate is None:
        raise NotFoundError(code_token)
    response = _json(badges.revocations(certificate))
    response.headers["Cache-Control"] = "no-store"
    return response
