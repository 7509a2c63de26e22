"""Who is looking, with the company that they act for."""

from flask import g, session
from flask_login import current_user

from eventapp.accounts.permissions import NOBODY, Viewer, roles_of
from eventapp.core.clock import now
from eventapp.core.web.audiences import Audience
from eventapp.partners import queries
from eventapp.partners.models import MembershipRole

ACTING_FOR = "acting_for"


def viewer() -> Viewer:
    """The visitor of this request; asked for once, kept until the request ends.

    Whoever belongs to several companies acts for one at a time: the one chosen in this session, else the first that
    they are an admin of.
    """
    if not current_user.is_authenticated:
        return NOBODY
    kept = g.get("viewer")
    if kept is None or kept.user is not current_user._get_current_object():
        kept = g.viewer = _look(current_user._get_current_object())
    return kept  # type: ignore[no-any-return] # flask.g holds anything


def _look(user: object) -> Viewer:
    at = now()
    seats = queries.seats_of(user.id, at.date())  # type: ignore[attr-defined] # flask-login's user is ours
    chosen = session.get(ACTING_FOR)
    seat = next((seat for seat in seats if seat.company_id == chosen), seats[0] if seats else None)
    ids = frozenset({seat.company_id} if seat is not None and seat.role == MembershipRole.ADMIN else ())
    return Viewer(user, roles_of(user, at), ids, seats, seat.company_id if seat else None)  # type: ignore[arg-type]


company_admin = Audience("company_admin", lambda: bool(viewer().company_ids))
company_member = Audience("company_member", lambda: viewer().seat is not None)
