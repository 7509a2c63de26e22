"""Choosing the company to act for."""

from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from eventapp.accounts.permissions import Seat
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open, safe_target
from eventapp.partners.audiences import ACTING_FOR, company_member, viewer

blueprint = Blueprint("company_acting", __name__)


@blueprint.post("/company/acting-for")
@company_member
def choose() -> ResponseReturnValue:
    """Acts for another of one's companies from now on.

    No one-time key: choosing the same twice is choosing it, and a page that came back by the browser's button must
    still choose what is pressed on it.
    """
    chosen = next((seat for seat in viewer().seats if str(seat.company_id) == request.form.get("company")), None)
    if chosen is None:
        raise NotFoundError
    session[ACTING_FOR] = chosen.company_id
    g.pop("viewer", None)
    flash(_("You act for %(company)s now.", company=chosen.company_name), "success")
    return redirect(_target(request.form.get("next")))


def _target(asked: str | None) -> str:
    """The page asked for, if it is the same for every company and open to the visitor there; else the company's first page."""
    target = safe_target(asked)
    if target is not None:
        try:
            endpoint, values = current_app.create_url_adapter(request).match(target.partition("?")[0], method="GET")  # type: ignore[union-attr] # a request has one
        except (HTTPException, RequestRedirect):
            return url_for("company.index")
        if _is_for_all(values) and may_open(endpoint):
            return target
    return url_for("company.index")


def _is_for_all(values: Any) -> bool:
    """Whether an address names nothing that belongs to one company."""
    return not any(name.endswith("_id") or name == "token" for name in values)


def seats() -> tuple[Seat, ...]:
    """The companies to choose from, if there are several."""
    if not current_user.is_authenticated or len(viewer().seats) < 2:
        return ()
    return viewer().seats


def here() -> str:
    """Where to come back to after choosing: this page without its filters."""
    return request.path if request.method == "GET" and _is_for_all(request.view_args or {}) else ""


def init_acting(app: Flask) -> None:
    """Gives templates what the choice in the page head needs."""
    app.jinja_env.globals.update(seats_to_choose=seats, acting_seat=lambda: viewer().seat, acting_back=here)
