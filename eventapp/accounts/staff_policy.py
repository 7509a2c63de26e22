"""How the vendor's people sign in: the page of the choice, and what it means for each request."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts import queries
from eventapp.accounts.audiences import system_admin
from eventapp.accounts.forms import StaffPolicyForm
from eventapp.accounts.pages import blueprint
from eventapp.accounts.rules import proves_two
from eventapp.accounts.service import passkeys, policy
from eventapp.accounts.service import sessions as session_rows
from eventapp.accounts.session_cookie import me, must_have_two, this_session
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.errors import RefusedPage
from eventapp.core.web.headers import STATIC_ENDPOINTS

# What somebody may open who has yet to set up a second factor: that, proving who they are, and the way out.
OPEN = {
    *STATIC_ENDPOINTS,
    "security.logout",
    "accounts.index",
    "accounts.confirm",
    "accounts.confirm_by_passkey",
    "accounts.second_factor",
    "accounts.set_up_second_factor",
    "accounts.passkeys",
    "accounts.passkey",
    "overview.favicon",
}


@blueprint.route("/admin/sign-in", methods=["GET", "POST"])
@system_admin
def staff_sign_in() -> ResponseReturnValue:
    """The choice whether the vendor's people need a second factor."""
    found = queries.second_factor_for_staff()
    form = StaffPolicyForm(on=bool(found and found.value.get("on")))
    if form.validate_on_submit():
        with saving(form) as saved:
            policy.require_second_factor_of_staff(bool(form.on.data), by=me(), at=now())
            saved.location = url_for(".staff_sign_in")
        if saved.ok:
            flash(_("Saved. It counts from the next click of everybody."), "success")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/staff_sign_in.html", form=form, policy=found, has_errors=form.refused), status


@blueprint.before_app_request
def look_at_session() -> ResponseReturnValue | None:
    """Notes that the session is in use, and leads the vendor's people to their second factor where it is a duty."""
    if request.endpoint in STATIC_ENDPOINTS or "_user_id" not in session:
        return None
    facts = this_session()
    if facts is None:
        return None
    if request.method == "POST" and session_rows.is_long_seen(facts.seen_at, at=now()):
        with saving():  # on its own: what the request itself saves begins later, or is refused
            session_rows.seen(facts.session_id, at=now())
    if request.endpoint in OPEN or not must_have_two(facts.user, facts) or proves_two(facts.methods):
        return None
    if request.method not in ("GET", "HEAD"):
        raise RefusedPage(403, _("Your role needs a second factor. Set it up first, then try again."))
    if facts.user.totp_secret is not None or passkeys.has_any(facts.user):
        return redirect(url_for("accounts.confirm", next=request.full_path.rstrip("?"), second=1))
    flash(_("Your role needs a second factor. Set it up to go on."), "warning")
    return redirect(url_for("accounts.second_factor"))
