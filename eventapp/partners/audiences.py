"""Who is looking, with the companies that they act for."""

from flask import g
from flask_login import current_user

from eventapp.accounts.permissions import NOBODY, Viewer, roles_of
from eventapp.core.clock import now
from eventapp.core.web.audiences import Audience
from eventapp.partners import queries


def viewer() -> Viewer:
    """The visitor of this request; asked for once, kept until the request ends."""
    if not current_user.is_authenticated:
        return NOBODY
    kept = g.get("viewer")
    if kept is None or kept.user is not current_user._get_current_object():
        user = current_user._get_current_object()
        at = now()
        kept = g.viewer = Viewer(user, roles_of(user, at), queries.administered_by(user.id, at.date()))
    return kept  # type: ignore[no-any-return] # flask.g holds anything


company_admin = Audience("company_admin", lambda: bool(viewer().company_ids))
