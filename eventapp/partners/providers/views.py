"""Signing in with the own company's login."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.oidc import flow
from eventapp.accounts.oidc import queries as oidc
from eventapp.accounts.oidc.companies import COMPANIES
from eventapp.accounts.session_cookie import target_or_home
from eventapp.core.i18n import _
from eventapp.core.web.audiences import public
from eventapp.partners.providers import queries
from eventapp.partners.providers.forms import CompanySignInForm
from eventapp.partners.providers.service import OwnPeople

blueprint = Blueprint("company_sign_in", __name__)

COMPANIES.append(OwnPeople())


@blueprint.route("/login/company", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """Asks for the address, and goes to the provider of the company that owns its domain."""
    if current_user.is_authenticated:
        return redirect(target_or_home(request.values.get("next")))
    form = CompanySignInForm(next=request.args.get("next"))
    if form.validate_on_submit():
        key = queries.key_for(form.email.data)
        if key is not None:
            return flow.leave(oidc.usable(key), form.next.data, login_hint=form.email.data)
        form.email.errors = [_("There is no company login for this address. Log in another way.")]
    status = 422 if request.method == "POST" else 200
    return render_template("partners/providers/ask.html", form=form, has_errors=form.refused), status
