"""Who is looking, with the company that they act for."""

from flask import flash, g, session
from flask_login import current_user

from eventapp.accounts.permissions import NOBODY, Viewer, roles_of
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.web.audiences import Audience
from eventapp.partners import queries
from eventapp.partners.models import MembershipRole
from eventapp.partners.permissions import may_read_company

ACTING_FOR = "acting_for"


def viewer() -> Viewer:
    """The visitor of this request; asked for once, kept until the request ends.

    Whoever belongs to several companies acts for one at a time: the one chosen in this session, else the first that
    they are an admin of, which then is the choice: losing a role must not silently make it another company. A choice
    that does not hold any more is dropped, and said so.
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
    if chosen is not None and (seat is None or seat.company_id != chosen):
        session.pop(ACTING_FOR)
        if seat is None:
            flash(_("You do not belong to the company that you acted for any more."), "warning")
        else:
            text = _(
                "You do not belong to the company that you acted for any more. You act for %(company)s now.",
                company=seat.company_name,
            )
            flash(text, "warning")
    if len(seats) > 1 and seat is not None and session.get(ACTING_FOR) is None:
        session[ACTING_FOR] = seat.company_id
    ids = frozenset({seat.company_id} if seat is not None and seat.role == MembershipRole.ADMIN else ())
    roles = roles_of(user, at)  # type: ignore[arg-type]
    user.on_behalf = seat.company_name if seat is not None and not roles else ""  # type: ignore[attr-defined]
    return Viewer(user, roles, ids, seats, seat.company_id if seat else None)  # type: ignore[arg-type]


company_admin = Audience("company_admin", lambda: bool(viewer().company_ids))
company_reader = Audience("company_reader", lambda: may_read_company(viewer()))
company_member = Audience("company_member", lambda: viewer().seat is not None)
