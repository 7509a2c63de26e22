"""The devices that are signed in, and signing them out."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts import queries
from eventapp.accounts.pages import blueprint
from eventapp.accounts.service import sessions as service
from eventapp.accounts.session_cookie import forget, me, this_session
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.core.web.audiences import signed_in

METHODS = {
    "password": _l("Password"),
    "mail": _l("Link in a mail"),
    "totp": _l("Code of the app"),
    "recovery": _l("Recovery code"),
    "passkey": _l("Passkey"),
    "oidc": _l("Company login"),
    "staff_oidc": _l("Provider for staff"),
}


@blueprint.get("/account/sessions")
@signed_in
def sessions() -> ResponseReturnValue:
    """Lists the devices that are signed in."""
    facts = this_session()
    rows = [
        (row, [str(METHODS.get(method, method)) for method in row.methods.split(",")])
        for row in queries.sessions_of(me(), at=now())
    ]
    return render_template("accounts/sessions.html", rows=rows, this=facts.session_id if facts else None)


@blueprint.post("/account/sessions/<id:session_id>/end")
@signed_in
def end_session(session_id: int) -> ResponseReturnValue:
    """Signs one device out; it may be this one."""
    facts = this_session()
    with saving():
        if not service.end(me(), session_id, by=me(), at=now()):
            raise NotFoundError
    if facts is not None and facts.session_id == session_id:
        forget()
        return redirect(url_for("security.login"))
    flash(_("The device is logged out."), "success")
    return redirect(url_for(".sessions"))


@blueprint.post("/account/sessions/end-others")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """Signs out every device but this one."""
    facts = this_session()
    with saving():
        service.end_others(me(), facts.session_id if facts else None, by=me(), at=now())
    flash(_("Every other device is logged out."), "success")
    return redirect(url_for(".sessions"))
